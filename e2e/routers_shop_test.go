package e2e

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/highhelptest"
	"github.com/go-highhelp/highhelp/sandbox"
	"github.com/gofiber/fiber/v3"
	"github.com/stretchr/testify/require"
)

// An app is what a router makes: an http.Handler, or a *fiber.App, which has a
// server of its own.
type app any

// A routedShop is a shop behind a router, on a server of its own, with a
// sandbox for its gateway.
type routedShop struct {
	*highhelptest.Sandbox
	t         *testing.T
	url       string // origin
	mount     string // the PublicURL
	tickets   string // URLs, here and below
	assets    string
	callbacks highhelp.CallbackURLs
	client    *http.Client
	checkout  *highhelp.Checkout
	log       *logText
}

func init() { gin.SetMode(gin.ReleaseMode) }

var routerPrice = highhelp.Money{Minor: 10000, Currency: "RUB"}

// findAnything is an OrderFunc of a shop in which every order costs the same,
// and one that panics.
func findAnything(r *http.Request) (highhelp.Order, error) {
	id, err := highhelp.OrderID(r)
	if id == "panics" {
		panic("a bug of the shop")
	}
	return highhelp.Order{ID: id, Amount: routerPrice}, err
}

// newRoutedShop serves what build makes. The handlers are below /pay, unless a
// change says otherwise.
func newRoutedShop(t *testing.T, build func(*highhelp.Checkout) app, changes ...func(*highhelp.Config)) *routedShop {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s := &routedShop{
		t: t, Sandbox: highhelptest.New(t), url: "http://" + listener.Addr().String(), log: &logText{},
		client: &http.Client{
			Transport:     &http.Transport{},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
	cfg := s.Config()
	cfg.PublicURL, cfg.Logger = s.url+"/pay", slog.New(slog.NewTextHandler(s.log, nil))
	base := cfg.PublicURL + "/callbacks/"
	cfg.CallbackURLs = highhelp.CallbackURLs{Info: base + "info", Success: base + "success", Decline: base + "decline"}
	for _, change := range changes {
		change(&cfg)
	}
	s.mount, s.callbacks = cfg.PublicURL, cfg.CallbackURLs
	s.tickets, s.assets = s.mount+"/tickets", s.mount+"/widget/"
	s.checkout, err = highhelp.New(cfg)
	require.NoError(t, err)
	s.serve(listener, build(s.checkout))
	return s
}

// wholeHandler builds an app from Checkout.Handler.
func wholeHandler(mount func(http.Handler) app) func(*highhelp.Checkout) app {
	return func(c *highhelp.Checkout) app { return mount(c.Handler(findAnything)) }
}

func (s *routedShop) serve(l net.Listener, a app) {
	s.t.Helper()
	switch a := a.(type) {
	case http.Handler:
		server := &httptest.Server{Listener: l, Config: &http.Server{Handler: a, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, 0)}}
		server.Config.Protocols = new(http.Protocols)
		server.Config.Protocols.SetHTTP1(true)
		server.Config.Protocols.SetUnencryptedHTTP2(true)
		server.Start()
		s.t.Cleanup(server.Close)
	case *fiber.App:
		ended := make(chan error, 1)
		go func() { ended <- a.Listener(l, fiber.ListenConfig{DisableStartupMessage: true}) }()
		s.t.Cleanup(func() { // Shutdown races with contexts that come from requests, in fasthttp
			require.NoError(s.t, l.Close())
			require.NoError(s.t, <-ended)
		})
	default:
		s.t.Fatalf("%T can't be served", a)
	}
	s.t.Cleanup(s.client.CloseIdleConnections)
}

// An asked is an answer, read to its end.
type asked struct {
	*http.Response
	body string
}

// ask sends a request; headers come in pairs.
func (s *routedShop) ask(method, url, body string, headers ...string) asked {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), method, url, strings.NewReader(body))
	require.NoError(s.t, err)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	return s.do(req)
}

func (s *routedShop) do(req *http.Request) asked {
	s.t.Helper()
	resp, err := s.client.Do(req)
	require.NoError(s.t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	require.NoError(s.t, err)
	return asked{resp, string(text)}
}

// ticket asks for one as the widget's script does.
func (s *routedShop) ticket(order string, headers ...string) asked {
	s.t.Helper()
	headers = append([]string{"Content-Type", "application/json", "Accept", "application/json"}, headers...)
	return s.ask(http.MethodPost, s.tickets, `{"order_id":"`+order+`"}`, headers...)
}

// form asks for a ticket as a page without scripts does.
func (s *routedShop) form(order string) asked {
	s.t.Helper()
	return s.ask(http.MethodPost, s.tickets, url.Values{"order_id": {order}}.Encode(),
		"Content-Type", "application/x-www-form-urlencoded", "Accept", "text/html,*/*;q=0.8")
}

// statusURL is where the status of a ticket is.
func (s *routedShop) statusURL(ticket asked) string {
	s.t.Helper()
	var answer struct {
		StatusURL string `json:"status_url"`
	}
	require.NoError(s.t, json.Unmarshal([]byte(ticket.body), &answer), ticket.body)
	base, err := url.Parse(s.tickets)
	require.NoError(s.t, err)
	status, err := base.Parse(answer.StatusURL)
	require.NoError(s.t, err)
	return status.String()
}

// pay lets the payer pay, and the gateway say so, as often as it takes. It
// returns what its callbacks were answered.
func (s *routedShop) pay(order string) (codes []int) {
	s.t.Helper()
	_, err := s.Act(order, sandbox.Pay)
	require.NoError(s.t, err)
	s.Settle()
	for _, d := range s.Deliveries() {
		if d.PaymentID == order {
			codes = append(codes, d.HTTPStatus)
		}
	}
	return codes
}

// success is the callback of a paid order, signed by the gateway's key.
func (s *routedShop) success(order string) *http.Request {
	s.t.Helper()
	req := highhelptest.Sign(s.t, highhelp.Event{Key: highhelp.Key{OrderID: order}, Status: highhelp.Status{Main: "success"}, Amount: routerPrice})
	target, err := url.Parse(s.callbacks.Success)
	require.NoError(s.t, err)
	req.URL, req.Host = target, target.Host
	return req
}

// logText is a log that a test can read.
type logText struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

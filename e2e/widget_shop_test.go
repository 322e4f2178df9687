package e2e

import (
	"bytes"
	"embed"
	"encoding/json"
	"html/template"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp/widget"
)

//go:embed testdata/widget
var widgetFiles embed.FS

var widgetPages = template.Must(template.ParseFS(widgetFiles, "testdata/widget/*.html"))

// A widgetShop is a shop with one order, and the gateway's payment page on a
// host of its own. Both say what a test wants them to say.
type widgetShop struct {
	t        *testing.T
	url, pay string // origins

	mu        sync.Mutex
	snippet   widget.Snippet
	body      func(widgetShopPage) template.HTML // of the page; default: the snippet
	policy    func(widget.CSPOptions) string     // of the page; default: the strictest that works
	lang      string                             // of the page
	dir       string
	assets    http.HandlerFunc // default: ScriptHandler
	ticket    http.HandlerFunc // default: a ticket
	statuses  []string         // one answer each; the last one stays
	returnURL string           // where the payment page leads to
	how       string           // what the merchant's form does
	expires   time.Duration
	script    http.HandlerFunc // default: form.js
	payment   http.HandlerFunc // default: the payment page
	asked     map[string]int
}

// A widgetShopPage is what a page of the shop shows.
type widgetShopPage struct {
	Lang, Dir, Nonce string
	Snippet, Body    template.HTML
}

func newWidgetShop(t *testing.T, mode widget.Mode) *widgetShop {
	t.Helper()
	s := &widgetShop{t: t, lang: "en", statuses: []string{"pending"}, how: "promise", expires: 10 * time.Minute, asked: map[string]int{}}
	shop := httptest.NewServer(s.count(s.shopRoutes()))
	t.Cleanup(shop.Close)
	gateway := httptest.NewServer(s.count(s.gatewayRoutes()))
	t.Cleanup(gateway.Close)
	s.url, s.pay, s.returnURL = shop.URL, gateway.URL, shop.URL+"/return"
	s.snippet = widget.Snippet{OrderID: "1042", TicketURL: "/pay/tickets", AssetsURL: "/pay/widget/", Mode: mode, Amount: "1500.00 RUB"}
	if mode == widget.Script {
		s.snippet.Script = widget.ScriptSource{URL: s.pay + "/form.js", Init: "HighHelp.init"}
	}
	return s
}

func (s *widgetShop) shopRoutes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /order", s.showOrder)
	mux.HandleFunc("GET /page.css", func(w http.ResponseWriter, r *http.Request) {
		http.ServeFileFS(w, r, widgetFiles, "testdata/widget/page.css")
	})
	mux.HandleFunc("GET /app.js", func(w http.ResponseWriter, r *http.Request) {
		http.ServeFileFS(w, r, widgetFiles, "testdata/widget/app.js")
	})
	mux.HandleFunc("/pay/widget/", func(w http.ResponseWriter, r *http.Request) {
		s.answer(&s.assets, widget.ScriptHandler().ServeHTTP)(w, r)
	})
	mux.HandleFunc("POST /pay/tickets", func(w http.ResponseWriter, r *http.Request) {
		s.answer(&s.ticket, s.giveTicket)(w, r)
	})
	mux.HandleFunc("GET /pay/status", s.giveStatus)
	mux.HandleFunc("GET /return", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte("<!DOCTYPE html><title>Thanks</title><p>Back at the shop"))
	})
	return mux
}

func (s *widgetShop) gatewayRoutes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /pay/{id}", func(w http.ResponseWriter, r *http.Request) {
		s.answer(&s.payment, s.showPayment)(w, r)
	})
	mux.HandleFunc("POST /pay/{id}", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, s.returnURL, http.StatusSeeOther)
	})
	mux.HandleFunc("GET /form.js", func(w http.ResponseWriter, r *http.Request) {
		s.answer(&s.script, s.giveScript)(w, r)
	})
	return mux
}

// count also spares the tests the icon that a browser asks for by itself.
func (s *widgetShop) count(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/favicon.ico" {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		s.mu.Lock()
		s.asked[r.Method+" "+r.URL.Path]++
		s.mu.Unlock()
		next.ServeHTTP(w, r)
	})
}

// answer returns what a test put in the place of the usual.
func (s *widgetShop) answer(special *http.HandlerFunc, usual http.HandlerFunc) http.HandlerFunc {
	s.mu.Lock()
	defer s.mu.Unlock()
	if *special != nil {
		return *special
	}
	return usual
}

// times says how often a route was asked.
func (s *widgetShop) times(route string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked[route]
}

// set changes what the servers say.
func (s *widgetShop) set(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

func (s *widgetShop) showOrder(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	html, err := s.snippet.HTML()
	if err != nil {
		s.t.Error(err)
	}
	page := widgetShopPage{Lang: s.lang, Dir: s.dir, Nonce: s.snippet.Nonce, Snippet: html, Body: html}
	if s.body != nil {
		page.Body = s.body(page)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", s.pagePolicy())
	_ = widgetPages.ExecuteTemplate(w, "page.html", page)
}

// pagePolicy allows what a snippet needs and nothing else.
func (s *widgetShop) pagePolicy() string {
	o := widget.CSPOptions{
		TicketURL: s.snippet.TicketURL, AssetsURL: s.snippet.AssetsURL, PaymentOrigins: []string{s.pay}, Mode: s.snippet.Mode,
		ScriptURL: s.snippet.Script.URL, ReturnOrigin: s.snippet.ReturnOrigin, Nonce: s.snippet.Nonce, TrustedTypes: true,
	}
	if s.policy != nil {
		return s.policy(o)
	}
	return strictPolicy(s.t, o)
}

func strictPolicy(t *testing.T, o widget.CSPOptions) string {
	d, err := widget.CSP(o)
	if err != nil {
		t.Error(err)
	}
	return "default-src 'none'; base-uri 'none'; " + d.String()
}

func (s *widgetShop) giveTicket(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !strings.Contains(r.Header.Get("Content-Type"), "json") {
		http.Redirect(w, r, s.pay+"/pay/1042", http.StatusSeeOther)
		return
	}
	giveJSON(w, http.StatusOK, map[string]any{
		"payment_id": "1042", "url": s.pay + "/pay/1042", "expires_at": time.Now().Add(s.expires), "request_id": "r1",
		"status_url": "status?payment=1042&token=secret", "widget": map[string]string{"how": s.how},
	})
}

func (s *widgetShop) showPayment(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_ = widgetPages.ExecuteTemplate(w, "payment.html", map[string]string{"ID": r.PathValue("id")})
}

func (s *widgetShop) giveScript(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Access-Control-Allow-Origin", "*")
	http.ServeFileFS(w, r, widgetFiles, "testdata/widget/form.js")
}

func (s *widgetShop) giveStatus(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.URL.Query().Get("token") != "secret" {
		giveJSON(w, http.StatusNotFound, map[string]any{"error": map[string]string{"code": "unknown"}})
		return
	}
	status := s.statuses[0]
	if len(s.statuses) > 1 {
		s.statuses = slices.Delete(s.statuses, 0, 1)
	}
	giveJSON(w, http.StatusOK, map[string]any{"status": status})
}

func giveJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	var body bytes.Buffer
	_ = json.NewEncoder(&body).Encode(v)
	_, _ = w.Write(body.Bytes())
}

// refusing answers every ticket request with an error.
func refusing(status int, code string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		giveJSON(w, status, map[string]any{"error": map[string]string{"code": code, "message": "no"}})
	}
}

// holding answers when it is let go, or the test is over.
func holding(t *testing.T, next http.HandlerFunc) (http.HandlerFunc, func()) {
	t.Helper()
	gate := make(chan struct{})
	open := sync.OnceFunc(func() { close(gate) })
	return func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body) // only then does the server see that the browser is gone
		r.Body = io.NopCloser(bytes.NewReader(body))
		select {
		case <-gate:
			next(w, r)
		case <-r.Context().Done():
		}
	}, open
}

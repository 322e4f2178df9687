package highhelp_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/stretchr/testify/require"
)

func newClient(t testing.TB, g *gateway) *highhelp.Client {
	t.Helper()
	return &highhelp.Client{ProjectID: project, BaseURL: g.URL, Signer: testKeys().request, Now: newClock().Now}
}

// A gateway that answers nonsense, too much, too late or elsewhere: a typed
// error in bounded time and memory, and the next click goes on.
func TestBrokenAnswers(t *testing.T) {
	elsewhere := atomic.Int32{}
	thief := newServer(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) }))
	for _, c := range []struct {
		name   string
		answer answer
		status int // of the APIError
		text   string
		retry  time.Duration
	}{
		{"HTML", answer{status: 200, body: "<html><body>It works!</body></html>"}, 200, "not a JSON object", 0},
		{"nothing", answer{status: 200}, 200, "not a JSON object", 0},
		{"an array", answer{status: 200, body: `[]`}, 200, "not a JSON object", 0},
		{"null", answer{status: 200, body: `null`}, 200, "not a JSON object", 0},
		{"no status", answer{status: 200, body: `{"ok":true}`}, 200, "no status", 0},
		{"a status out of form", answer{status: 200, body: `{"status":"<b>"}`}, 200, "no status", 0},
		{"no page", answer{status: 200, body: `{"status":"processing"}`}, 200, "no payment page", 0},
		{"a page over http", answer{status: 200, body: `{"status":"processing","integration":{"form_url":"http://pay.example/"}}`}, 200, "not https", 0},
		{"a page that is a script", answer{status: 200, body: `{"status":"processing","form_url":"javascript:alert(1)"}`}, 200, "no usable URL", 0},
		{"a page with a user", answer{status: 200, body: `{"status":"processing","form_url":"https://a@pay.example/"}`}, 200, "no usable URL", 0},
		{"a page without a host", answer{status: 200, body: `{"status":"processing","form_url":"https:///x"}`}, 200, "no usable URL", 0},
		{"ten megabytes", answer{status: 200, body: `{"status":"processing","x":"` + strings.Repeat("x", 10<<20) + `"}`}, 200, "over 1 MiB", 0},
		{"500", answer{status: 500, body: "oops"}, 500, "refuses or fails", 0},
		{"503 in seconds", answer{status: 503, header: map[string]string{"Retry-After": "7"}}, 503, "refuses or fails", 7 * time.Second},
		{"429 by date", answer{status: 429, body: `{"status":"error"}`, header: map[string]string{"Retry-After": "Mon, 23 Nov 2026 12:00:09 GMT"}}, 429, "refuses or fails", 9 * time.Second},
		{"a redirect", answer{status: 307, header: map[string]string{"Location": thief.URL}}, 307, "redirect", 0},
		{"a redirect without the body", answer{status: 303, header: map[string]string{"Location": thief.URL}}, 303, "redirect", 0},
		{"hangs up", answer{}, 0, "EOF", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newShop(t)
			o := s.sells("1")
			s.Gateway.on("create", func(gatewayCall) answer { return c.answer })
			_, err := s.Checkout.CreateTicket(t.Context(), o)
			var api *highhelp.APIError
			require.ErrorAs(t, err, &api)
			require.Equal(t, "create", api.Call)
			require.Equal(t, c.status, api.HTTPStatus)
			require.Equal(t, c.retry, api.RetryAfter)
			require.ErrorContains(t, err, c.text)
			require.Less(t, len(err.Error()), 300)
			require.Equal(t, []string{"1"}, s.Gateway.ids("create"), "sent once")
			code, _ := s.click("1")
			require.Equal(t, 502, code)

			s.Gateway.on("create", s.Gateway.created)
			code, body := s.click("1")
			require.Equal(t, 200, code, body)
			require.Contains(t, body, `"payment_id":"1"`)
		})
	}
	require.Zero(t, elsewhere.Load(), "a redirect was followed")
}

// The payer's page hears when to come again.
func TestRetryAfterReachesThePage(t *testing.T) {
	s := newShop(t)
	s.sells("1")
	s.Gateway.on("create", func(gatewayCall) answer {
		return answer{status: 429, header: map[string]string{"Retry-After": "7"}}
	})
	resp, err := http.Post(s.URL+"/pay/tickets", "application/json", strings.NewReader(`{"order_id":"1"}`))
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Equal(t, 502, resp.StatusCode)
	require.Equal(t, "7", resp.Header.Get("Retry-After"))
}

func TestGatewayHangs(t *testing.T) {
	s := newShop(t, func(c *highhelp.Config) { c.TicketWait = 200 * time.Millisecond })
	s.sells("1")
	never := make(chan struct{})
	defer close(never)
	s.Gateway.on("create", func(gatewayCall) answer { return answer{status: 200, wait: never} })
	code, body := s.click("1")
	require.Equal(t, 504, code)
	require.Contains(t, body, "gateway_timeout")
	s.Gateway.on("create", s.Gateway.created)
	require.Equal(t, "1", s.ticket("1").PaymentID, "the claim was given back")
}

// The shop's own redirect URL in an answer is no payment page.
func TestOwnRedirectIsNoPage(t *testing.T) {
	s := newShop(t)
	o := s.sells("1")
	o.RedirectURL = s.URL + "/orders/1"
	s.Gateway.say("create", 200, `{"status":"processing","redirect_url":"`+o.RedirectURL+`"}`)
	_, err := s.Checkout.CreateTicket(t.Context(), o)
	require.ErrorContains(t, err, "no payment page")
	s.Gateway.say("create", 200, `{"status":"processing","redirect_url":"https://pay.example/x"}`)
	ticket, err := s.Checkout.CreateTicket(t.Context(), o)
	require.NoError(t, err)
	require.Equal(t, "https://pay.example/x", ticket.URL)
}

// Only a gateway on this machine may send payers to a page on this machine.
func TestPageOnThisMachine(t *testing.T) {
	page := `{"status":"processing","form_url":"http://127.0.0.1/x"}`
	c := &highhelp.Client{ProjectID: project, BaseURL: "https://gateway.example", Signer: testKeys().request,
		HTTPClient: &http.Client{Transport: roundTripper(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(page))}, nil
		})}}
	_, err := c.CreateTicket(t.Context(), "1", highhelp.Order{ID: "1", Amount: rub(1)}, highhelp.CallbackURLs{})
	require.ErrorContains(t, err, "not https")
	c.DangerouslyAllowHTTP = true
	_, err = c.CreateTicket(t.Context(), "1", highhelp.Order{ID: "1", Amount: rub(1)}, highhelp.CallbackURLs{})
	require.NoError(t, err)
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// Info is asked again where that may help, with a new signature each time.
func TestInfoTriesAgain(t *testing.T) {
	for _, c := range []struct {
		name    string
		answers []answer
		tries   int
		ok      bool
	}{
		{"hangs up once", []answer{{}, {status: 200, body: `{"status":"processing"}`}}, 2, true},
		{"fails twice", []answer{{status: 500}, {status: 503}, {status: 200, body: `{"status":"processing"}`}}, 3, true},
		{"overrun", []answer{{status: 429}, {status: 200, body: `{"status":"processing"}`}}, 2, true},
		{"fails always", []answer{{status: 500}, {status: 500}, {status: 500}}, 3, false},
		{"refused", []answer{{status: 400, body: `{"status":"error"}`}}, 1, false},
		{"nonsense", []answer{{status: 200, body: `x`}}, 1, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := newGateway(t)
			n := 0
			g.on("info", func(gatewayCall) answer { n++; return c.answers[n-1] })
			clock := newClock()
			client := newClient(t, g)
			client.Now = func() time.Time { clock.Add(time.Second); return clock.Now() }
			got, err := client.Info(t.Context(), "1")
			require.Equal(t, c.ok, err == nil, "%v", err)
			require.Equal(t, c.tries, n)
			if c.ok {
				require.Equal(t, "processing", got.Status.Main)
			}
			stamps := map[string]bool{}
			for _, call := range g.calls {
				stamps[call.Header.Get("x-access-timestamp")] = true
			}
			require.Len(t, stamps, c.tries, "a signature was sent twice")
		})
	}
}

// No waiting beyond the end of the context, whatever the gateway asks for.
func TestRetryAfterIsBounded(t *testing.T) {
	g := newGateway(t)
	g.on("info", func(gatewayCall) answer {
		return answer{status: 503, header: map[string]string{"Retry-After": "3600"}}
	})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	start := time.Now()
	_, err := newClient(t, g).Info(ctx, "1")
	var api *highhelp.APIError
	require.ErrorAs(t, err, &api)
	require.Equal(t, time.Hour, api.RetryAfter)
	require.Less(t, time.Since(start), 30*time.Second)
}

// A create request that can't have arrived is sent again.
func TestCreateAfterRefusedConnection(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	closed := "http://" + l.Addr().String()
	require.NoError(t, l.Close())
	tries := 0
	g := newGateway(t)
	c := newClient(t, g)
	c.BaseURL = closed
	c.HTTPClient = &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		if tries++; tries == 3 {
			r.URL.Host = strings.TrimPrefix(g.URL, "http://")
		}
		return http.DefaultTransport.RoundTrip(r)
	})}
	ticket, err := c.CreateTicket(t.Context(), "1", highhelp.Order{ID: "1", Amount: rub(1)}, highhelp.CallbackURLs{})
	require.NoError(t, err)
	require.Equal(t, "req-1", ticket.RequestID)
	require.Equal(t, 3, tries)

	c.HTTPClient = &http.Client{Transport: roundTripper(func(*http.Request) (*http.Response, error) {
		tries++
		return nil, errors.New("reset while writing")
	})}
	_, err = c.CreateTicket(t.Context(), "1", highhelp.Order{ID: "1", Amount: rub(1)}, highhelp.CallbackURLs{})
	require.ErrorContains(t, err, "reset while writing")
	require.Equal(t, 4, tries)
}

func TestInfoForms(t *testing.T) {
	g := newGateway(t)
	for body, want := range map[string]highhelp.Event{
		`{"status":"success","sub_status":null,"status_description":"ok","request_id":"R","amount":100,"currency":"RUB"}`: {
			Status: highhelp.Status{Main: "success", Description: "ok"}, RequestID: "R", Amount: rub(100)},
		`{"project_id":"` + project + `","general":{"payment_id":"1~2","request_id":"R"},"status":{"status":"dispute","sub_status":"no_payment"},"payment_info":{"amount":"100","currency":"RUB"}}`: {
			Status: highhelp.Status{Main: "dispute", Sub: "no_payment"}, RequestID: "R", Amount: rub(100)},
		`{"status":"processing","sub_status":"None","payment":{"amount":100.5,"currency":"rub"}}`:                    {Status: highhelp.Status{Main: "processing"}},
		`{"status":"processing","sub_status":"NEW","amount":0,"integration":null,"unknown":{"deep":[1,{"x":null}]}}`: {Status: highhelp.Status{Main: "processing"}},
	} {
		g.say("info", 200, body)
		got, err := newClient(t, g).Info(t.Context(), "1~2")
		require.NoError(t, err, body)
		require.Equal(t, highhelp.Key{ProjectID: project, OrderID: "1"}, got.Key)
		require.Equal(t, "1~2", got.PaymentID)
		require.Equal(t, "poll", got.Route)
		require.NotZero(t, got.SignedAt)
		require.Equal(t, body, string(got.Raw))
		require.Equal(t, want.Status, got.Status, body)
		require.Equal(t, want.Amount, got.Amount, body)
		require.Equal(t, want.RequestID, got.RequestID, body)
	}
}

// What Info says is verified: Apply takes it.
func TestInfoEventApplies(t *testing.T) {
	s := newShop(t)
	s.ticket("1")
	s.Gateway.say("info", 200, `{"status":"success","amount":10000,"currency":"RUB"}`)
	e, err := s.Checkout.Client().Info(t.Context(), "1")
	require.NoError(t, err)
	o, err := s.Checkout.Apply(t.Context(), e)
	require.NoError(t, err)
	require.Equal(t, highhelp.Applied, o)
	require.Equal(t, 1, s.shipped("1"))

	// But not what another project's gateway says.
	other := newClient(t, s.Gateway)
	s.ticket("2")
	e, err = other.Info(t.Context(), "2")
	require.NoError(t, err)
	e.ProjectID = "other"
	_, err = s.Checkout.Apply(t.Context(), e)
	require.ErrorIs(t, err, highhelp.ErrUnverified)
}

// Where an answer has several URLs, the form's counts; where it has a bad one,
// none does.
func TestPaymentPageForms(t *testing.T) {
	for body, want := range map[string]string{
		`{"status":"processing","integration":{"form_url":"https://a.example","redirect_url":"https://b.example"},"form_url":"https://c.example"}`: "https://a.example",
		`{"status":"processing","integration":{"redirect_url":"https://b.example"},"form_url":"https://c.example"}`:                                "https://b.example",
		`{"status":"processing","form_url":"https://c.example","redirect_url":"https://d.example"}`:                                                "https://c.example",
		`{"status":"processing","integration":null,"redirect_url":"https://d.example"}`:                                                            "https://d.example",
	} {
		s := newShop(t)
		s.Gateway.say("create", 200, body)
		require.Equal(t, want, s.ticket("1").URL)
	}
}

func TestBalance(t *testing.T) {
	g := newGateway(t)
	g.say("balance", 200, `{"balance":[{"currency":"UZS","amount":100,"locked_amount":0},{"currency":"RUB","amount":10000000000000,"locked_amount":5}]}`)
	available, frozen, err := newClient(t, g).Balance(t.Context())
	require.NoError(t, err)
	require.Equal(t, []highhelp.Money{{Minor: 100, Currency: "UZS"}, rub(10_000_000_000_000)}, available)
	require.Equal(t, []highhelp.Money{{Currency: "UZS"}, rub(5)}, frozen)
	for _, body := range []string{`{}`, `{"balance":{}}`, `{"balance":[{"currency":"RUB","amount":1.5}]}`, `{"balance":[{"amount":1}]}`, `{"status":"error"}`} {
		g.say("balance", 200, body)
		_, _, err := newClient(t, g).Balance(t.Context())
		var api *highhelp.APIError
		require.ErrorAs(t, err, &api, body)
	}
}

func TestClientWithoutSigner(t *testing.T) {
	c := &highhelp.Client{ProjectID: project, BaseURL: "https://gateway.example"}
	_, err := c.Info(t.Context(), "1")
	require.ErrorContains(t, err, "no Signer")
	c = &highhelp.Client{ProjectID: project, BaseURL: "://", Signer: testKeys().request}
	_, err = c.Info(t.Context(), "1")
	require.ErrorContains(t, err, "not a URL")
}

func TestAPIErrorText(t *testing.T) {
	err := &highhelp.APIError{Call: "create", HTTPStatus: 400, Status: "error", SubStatus: "limit", Description: "card 4111", Err: errors.New("refused")}
	require.Equal(t, "highhelp: gateway call create: HTTP 400: status error:limit: refused", err.Error())
	require.NotContains(t, fmt.Sprint(err), "4111")
}

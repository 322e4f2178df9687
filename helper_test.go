package highhelp_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/signer"
	"github.com/stretchr/testify/require"
)

const project = "57aff4db-b45d-42bf-bc5f-b7a499a01782"

// testKeys are made once for all tests: RSA keys are slow to make.
var testKeys = sync.OnceValue(func() (k struct{ request, callback, foreign *signer.PrivateKey }) {
	for _, key := range []**signer.PrivateKey{&k.request, &k.callback, &k.foreign} {
		generated, err := rsa.GenerateKey(rand.Reader, 2048)
		if err == nil {
			*key, err = signer.NewPrivateKey(generated)
		}
		if err != nil {
			panic(err)
		}
	}
	return k
})

// A clock is driven by hand.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// A lockedBuffer collects log lines of several goroutines.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// A gateway is a gateway whose answers a test writes. It verifies each request
// with the real signature and keeps it.
type gateway struct {
	*httptest.Server
	t testing.TB

	mu      sync.Mutex
	calls   []gatewayCall
	answers map[string]func(call gatewayCall) answer // by name of the call
}

type gatewayCall struct {
	Name      string // create, info or balance
	PaymentID string
	Body      map[string]any
	Header    http.Header
}

// An answer is what the gateway says; the zero answer hangs up.
type answer struct {
	status int
	body   string
	header map[string]string
	wait   <-chan struct{} // before answering
}

func newGateway(t testing.TB) *gateway {
	g := &gateway{t: t, answers: map[string]func(gatewayCall) answer{}}
	g.Server = httptest.NewServer(g)
	t.Cleanup(g.Close)
	g.on("create", g.created)
	g.on("info", func(gatewayCall) answer { return unknownPayment })
	return g
}

var unknownPayment = answer{status: 404, body: `{"status":"error","sub_status":null,"status_description":"payment not found"}`}

// created is the answer to a create request that went well.
func (g *gateway) created(call gatewayCall) answer {
	return answer{status: 200, body: `{"status":"processing","sub_status":"new","status_description":null,"request_id":"req-` +
		call.PaymentID + `","payment_id":"` + call.PaymentID + `","integration":{"form_url":"` + g.URL + `/page/` + url.PathEscape(call.PaymentID) + `"}}`}
}

func (g *gateway) on(name string, f func(call gatewayCall) answer) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.answers[name] = f
}

// say lets a call be answered with a fixed answer.
func (g *gateway) say(name string, status int, body string) {
	g.on(name, func(gatewayCall) answer { return answer{status: status, body: body} })
}

// ids returns the payment_ids of all calls of that name.
func (g *gateway) ids(name string) []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	var out []string
	for _, c := range g.calls {
		if c.Name == name {
			out = append(out, c.PaymentID)
		}
	}
	return out
}

func (g *gateway) last() gatewayCall {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.calls[len(g.calls)-1]
}

func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	call := gatewayCall{Header: r.Header, Name: map[string]string{
		"/api/v1/widget/payin": "create", "/api/v1/widget/payin/info": "info", "/api/v1/balance/info": "balance",
	}[r.URL.Path]}
	if err := g.verify(r.Header, body, &call); err != nil {
		g.t.Errorf("the gateway refuses %s: %v", r.URL.Path, err)
	}
	g.mu.Lock()
	g.calls = append(g.calls, call)
	f := g.answers[call.Name]
	g.mu.Unlock()
	var a answer
	if f != nil {
		a = f(call)
	}
	if a.wait != nil {
		select {
		case <-a.wait:
		case <-r.Context().Done():
		}
	}
	if a.status == 0 {
		panic(http.ErrAbortHandler)
	}
	w.Header().Set("Content-Type", "application/json")
	for name, value := range a.header {
		w.Header().Set(name, value)
	}
	w.WriteHeader(a.status)
	_, _ = io.WriteString(w, a.body)
}

func (g *gateway) verify(h http.Header, body []byte, call *gatewayCall) error {
	doc, err := signer.Parse(body)
	if err != nil {
		return err
	}
	if _, err := testKeys().request.Public("request").Verify(doc, h); err != nil {
		return err
	}
	require.Equal(g.t, project, h.Get("x-access-merchant-id"))
	require.NotEmpty(g.t, h.Get("x-access-token"))
	call.PaymentID, _ = doc.Text("general:payment_id")
	return json.Unmarshal(body, &call.Body)
}

// A shop is a Checkout behind a real server, with everything that its hooks
// and logs have seen.
type shop struct {
	*httptest.Server
	t        testing.TB
	Checkout *highhelp.Checkout
	Gateway  *gateway
	Clock    *clock
	Store    *highhelp.MemStore
	Log      *lockedBuffer

	mu        sync.Mutex
	paid      map[string]int // shipments by order
	declined  []string
	progress  []string
	anomalies []highhelp.Anomaly
	orders    map[string]highhelp.Order
	fail      error // what the hooks return
}

// validConfig is complete. Nothing is at its addresses.
func validConfig() highhelp.Config {
	return highhelp.Config{
		ProjectID: project, BaseURL: "https://api.example", PublicURL: "https://shop.example/pay",
		Signer: testKeys().request, Verifier: testKeys().callback.Public("callback"), Store: &highhelp.MemStore{},
		OnPaid: func(context.Context, highhelp.Event) error { return nil },
	}
}

func newShop(t testing.TB, change ...func(*highhelp.Config)) *shop {
	return newShopAt(t, newGateway(t), &highhelp.MemStore{}, change...)
}

func newShopAt(t testing.TB, g *gateway, store *highhelp.MemStore, change ...func(*highhelp.Config)) *shop {
	t.Helper()
	s := &shop{t: t, Gateway: g, Clock: newClock(), Store: store, Log: &lockedBuffer{}, paid: map[string]int{}, orders: map[string]highhelp.Order{}}
	mux := http.NewServeMux()
	s.Server = httptest.NewServer(mux)
	t.Cleanup(s.Close)
	cfg := highhelp.Config{
		ProjectID: project, BaseURL: g.URL, PublicURL: s.URL + "/pay",
		Signer: testKeys().request, Verifier: testKeys().callback.Public("callback"), Store: s.Store,
		OnPaid: s.onPaid, OnDeclined: s.onDeclined, OnProgress: s.onProgress, OnAnomaly: s.onAnomaly,
		Now: s.Clock.Now, Logger: slog.New(slog.NewTextHandler(s.Log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	for _, f := range change {
		f(&cfg)
	}
	var err error
	s.Checkout, err = highhelp.New(cfg)
	require.NoError(t, err)
	mux.Handle("/pay/", s.Checkout.Handler(s.order))
	return s
}

func (s *shop) onPaid(_ context.Context, e highhelp.Event) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		return s.fail
	}
	s.paid[e.OrderID]++
	return nil
}

func (s *shop) onDeclined(_ context.Context, e highhelp.Event) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.declined = append(s.declined, e.PaymentID)
	return s.fail
}

func (s *shop) onProgress(_ context.Context, e highhelp.Event) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.progress = append(s.progress, e.PaymentID+" "+e.Status.String())
	return s.fail
}

func (s *shop) onAnomaly(_ context.Context, a highhelp.Anomaly) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.anomalies = append(s.anomalies, a)
}

func (s *shop) setFail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = err
}

// kinds returns the kinds of all anomalies and forgets them.
func (s *shop) kinds() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	kinds := []string{}
	for _, a := range s.anomalies {
		kinds = append(kinds, a.Kind)
	}
	s.anomalies = nil
	return kinds
}

func (s *shop) shipped(orderID string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.paid[orderID]
}

func (s *shop) order(r *http.Request) (highhelp.Order, error) {
	id, err := highhelp.OrderID(r)
	if err != nil {
		return highhelp.Order{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	o, ok := s.orders[id]
	if !ok {
		return highhelp.Order{}, highhelp.ErrNoOrder
	}
	return o, nil
}

func rub(minor int64) highhelp.Money { return highhelp.Money{Minor: minor, Currency: "RUB"} }

// sells adds an order of 100.00 RUB to the shop.
func (s *shop) sells(id string) highhelp.Order {
	o := highhelp.Order{ID: id, Amount: rub(10000)}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.orders[id] = o
	return o
}

// ticket creates a ticket for a new order of 100.00 RUB.
func (s *shop) ticket(id string) highhelp.Ticket {
	s.t.Helper()
	ticket, err := s.Checkout.CreateTicket(context.Background(), s.sells(id))
	require.NoError(s.t, err)
	return ticket
}

// journal returns what the store has recorded, the oldest first.
func (s *shop) journal() []highhelp.Delivery { return journalOf(s.t, s.Store, project) }

// journalOf returns the deliveries of a project, the oldest first.
func journalOf(t testing.TB, s *highhelp.MemStore, project string) (list []highhelp.Delivery) {
	t.Helper()
	for d, err := range s.Deliveries(t.Context(), highhelp.Delivery{Key: highhelp.Key{ProjectID: project}}, time.Time{}, time.Time{}) {
		require.NoError(t, err)
		list = append(list, d)
	}
	slices.Reverse(list)
	return list
}

func (s *shop) payment(id string) highhelp.Payment {
	s.t.Helper()
	p, err := s.Checkout.Payment(context.Background(), id)
	require.NoError(s.t, err)
	return p
}

// A callback is what a test sends. Zero fields are left out of the body.
type callback struct {
	project, payment, status, sub, description string
	amount                                     int64
	currency                                   string
	extra                                      map[string]any
}

func success(payment string) callback {
	return callback{project: project, payment: payment, status: "success", amount: 10000, currency: "RUB"}
}

func with(payment, status, sub string) callback {
	return callback{project: project, payment: payment, status: status, sub: sub, amount: 10000, currency: "RUB"}
}

func (c callback) body() []byte {
	status := map[string]any{"status": c.status, "sub_status": nil, "status_description": nil}
	if c.sub != "" {
		status["sub_status"] = c.sub
	}
	if c.description != "" {
		status["status_description"] = c.description
	}
	info := map[string]any{"type": "payin"}
	if c.amount != 0 {
		info["amount"] = c.amount
	}
	if c.currency != "" {
		info["currency"] = c.currency
	}
	body := map[string]any{
		"general": map[string]any{"payment_id": c.payment, "request_id": "req-" + c.payment}, "status": status, "payment_info": info,
	}
	if c.project != "" {
		body["project_id"] = c.project
	}
	for k, v := range c.extra {
		body[k] = v
	}
	raw, err := json.Marshal(body)
	if err != nil {
		panic(err)
	}
	return raw
}

// deliver sends a callback, signed now, to a route and returns the answer.
func (s *shop) deliver(route string, c callback) int {
	s.t.Helper()
	return s.deliverRaw(route, c.body(), testKeys().callback, nil).StatusCode
}

func (s *shop) deliverRaw(route string, body []byte, key signer.Signer, change func(*http.Request)) *http.Response {
	s.t.Helper()
	req, err := http.NewRequest(http.MethodPost, s.URL+"/pay/callbacks/"+route, bytes.NewReader(body))
	require.NoError(s.t, err)
	if key != nil {
		h, err := key.Sign(body, s.Clock.Now())
		require.NoError(s.t, err)
		h.Del("x-access-token")
		req.Header = h
	}
	req.Header.Set("Content-Type", "application/json")
	if change != nil {
		change(req)
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(s.t, err)
	s.t.Cleanup(func() { resp.Body.Close() })
	return resp
}

func newServer(t testing.TB, h http.Handler) *httptest.Server {
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

func readAll(t testing.TB, resp *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return string(b)
}

// click posts to the ticket route as a page with a script does.
func (s *shop) click(orderID string) (int, string) {
	s.t.Helper()
	resp, err := http.Post(s.URL+"/pay/tickets", "application/json", strings.NewReader(`{"order_id":"`+orderID+`"}`))
	require.NoError(s.t, err)
	defer resp.Body.Close()
	return resp.StatusCode, readAll(s.t, resp)
}

package otelhighhelp_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/signer"
	"github.com/stretchr/testify/require"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

const project = "57aff4db-b45d-42bf-bc5f-b7a499a01782"

// Keys as the dashboard makes them: one for requests, one for callbacks, and
// one that is nobody's.
var requestKey, callbackKey, foreignKey = hmacKey("request"), hmacKey("callback"), hmacKey("foreign")

func hmacKey(name string) *signer.HMACKey {
	key, err := signer.NewHMACKey(name, name+"-key-of-tests-which-is-long-enough")
	if err != nil {
		panic(err)
	}
	return key
}

// A gateway verifies each request and answers what its test wants. Without a
// wish it creates payments and knows none.
type gateway struct {
	tb testing.TB

	mu   sync.Mutex
	says map[string]func(http.ResponseWriter) // by path
}

const (
	createPath = "/api/v1/widget/payin"
	infoPath   = "/api/v1/widget/payin/info"
)

func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	doc, err := signer.Parse(body)
	if err == nil {
		_, err = requestKey.Verify(doc, r.Header)
	}
	if err != nil {
		g.tb.Errorf("the gateway refuses %s: %v", r.URL.Path, err)
	}
	w.Header().Set("Content-Type", "application/json")
	g.mu.Lock()
	says := g.says[r.URL.Path]
	g.mu.Unlock()
	switch {
	case says != nil:
		says(w)
	case r.URL.Path == createPath:
		_, _ = io.WriteString(w, `{"status":"processing","sub_status":"new","request_id":"req","integration":{"form_url":"http://127.0.0.1/page"}}`)
	default:
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, `{"status":"error","sub_status":null,"status_description":"payment not found"}`)
	}
}

func (g *gateway) say(path string, status int, body string) {
	g.on(path, func(w http.ResponseWriter) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	})
}

func (g *gateway) on(path string, f func(http.ResponseWriter)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.says[path] = f
}

// A shop is a Checkout behind a real server, with its gateway behind another.
type shop struct {
	tb       testing.TB
	Checkout *highhelp.Checkout
	Gateway  *gateway
	Store    *faultyStore
	URL      string // of Handler
	BaseURL  string // of the gateway
}

// A faultyStore fails as its test wants.
type faultyStore struct {
	highhelp.MemStore

	mu             sync.Mutex
	record, update error
}

func (s *faultyStore) fail(record, update error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.record, s.update = record, update
}

func (s *faultyStore) Record(ctx context.Context, d highhelp.Delivery) error {
	s.mu.Lock()
	err := s.record
	s.mu.Unlock()
	if err != nil {
		return err
	}
	return s.MemStore.Record(ctx, d)
}

func (s *faultyStore) Update(ctx context.Context, k highhelp.Key, change func(context.Context, *highhelp.Payment) error) error {
	s.mu.Lock()
	err := s.update
	s.mu.Unlock()
	if err != nil {
		return err
	}
	return s.MemStore.Update(ctx, k, change)
}

func newShop(tb testing.TB, hooks func(baseURL string) highhelp.Hooks, change ...func(*highhelp.Config)) *shop {
	tb.Helper()
	s := &shop{tb: tb, Gateway: &gateway{tb: tb, says: map[string]func(http.ResponseWriter){}}, Store: &faultyStore{}}
	s.BaseURL = serve(tb, s.Gateway)
	mux := http.NewServeMux()
	s.URL = serve(tb, mux) + "/pay"
	cfg := highhelp.Config{
		ProjectID: project, BaseURL: s.BaseURL, PublicURL: s.URL, Signer: requestKey, Verifier: callbackKey, Store: s.Store,
		OnPaid: func(context.Context, highhelp.Event) error { return nil }, OnAnomaly: func(context.Context, highhelp.Anomaly) {},
		Logger: slog.New(slog.DiscardHandler), Hooks: hooks(s.BaseURL),
	}
	for _, f := range change {
		f(&cfg)
	}
	var err error
	s.Checkout, err = highhelp.New(cfg)
	require.NoError(tb, err)
	mux.Handle("/pay/", s.Checkout.Handler(func(r *http.Request) (highhelp.Order, error) {
		id, err := highhelp.OrderID(r)
		return order(id), err
	}))
	return s
}

func serve(tb testing.TB, h http.Handler) string {
	s := httptest.NewServer(h)
	tb.Cleanup(s.Close)
	return s.URL
}

func order(id string) highhelp.Order {
	return highhelp.Order{ID: id, Amount: highhelp.Money{Minor: 10000, Currency: "RUB"}}
}

// click asks for a ticket as the payer's page does.
func (s *shop) click(id string) int {
	s.tb.Helper()
	body, _ := json.Marshal(map[string]string{"order_id": id})
	resp, err := http.Post(s.URL+"/tickets", "application/json", bytes.NewReader(body))
	require.NoError(s.tb, err)
	defer resp.Body.Close()
	return resp.StatusCode
}

// deliver sends a callback to a route, and returns the answer.
func (s *shop) deliver(route string, body []byte, key signer.Signer) int {
	s.tb.Helper()
	resp, err := http.DefaultClient.Do(callback(s.tb, s.URL+"/callbacks/"+route, body, key))
	require.NoError(s.tb, err)
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	require.NoError(s.tb, err)
	return resp.StatusCode
}

func callback(tb testing.TB, url string, body []byte, key signer.Signer) *http.Request {
	tb.Helper()
	req, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(body))
	require.NoError(tb, err)
	req.Header, err = key.Sign(body, time.Now())
	require.NoError(tb, err)
	req.Header.Del("X-Access-Token")
	req.Header.Set("Content-Type", "application/json")
	return req
}

// sampling traces a share of what is asked for, in batches as in production, but
// throws the spans away.
func sampling(tb testing.TB, share float64) *sdktrace.TracerProvider {
	p := sdktrace.NewTracerProvider(sdktrace.WithBatcher(tracetest.NewNoopExporter()),
		sdktrace.WithSampler(sdktrace.ParentBased(sdktrace.TraceIDRatioBased(share))))
	tb.Cleanup(func() { require.NoError(tb, p.Shutdown(context.Background())) })
	return p
}

// says is the body of a callback about a payment of 100.00 RUB.
func says(payment, status, sub string) []byte { return saysOf(payment, status, sub, 10000) }

func saysOf(payment, status, sub string, minor int64) []byte {
	body, err := json.Marshal(map[string]any{
		"project_id": project,
		"general":    map[string]any{"payment_id": payment, "request_id": "req-" + payment},
		"status":     map[string]any{"status": status, "sub_status": sub, "status_description": nil},
		"payment_info": map[string]any{
			"type": "payin", "method": "card", "amount": minor, "currency": "RUB",
			"customer": map[string]any{"account": "220000******0000", "name": "IVAN IVANOV"},
		},
	})
	if err != nil {
		panic(err)
	}
	return body
}

var errBroken = errors.New("broken, with the secret of order-1 in its text")

package sandbox_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp/sandbox"
	"github.com/go-highhelp/highhelp/signer"
	"github.com/stretchr/testify/require"
)

const projectID = "57aff4db-b45d-42bf-bc5f-b7a499a01782"

// RSA keys are slow to make, so tests share them.
var (
	sharedKeys = sync.OnceValue(func() *sandbox.Keys { return generate(projectID) })
	otherKeys  = sync.OnceValue(func() *sandbox.Keys { return generate("other") })
)

func generate(id string) *sandbox.Keys {
	k, err := sandbox.GenerateKeys(id)
	if err != nil {
		panic(err)
	}
	return k
}

// A clock is driven by hand.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// A rig is a gateway on a real server, below a path, and a shop that it calls.
type rig struct {
	t       *testing.T
	keys    *sandbox.Keys
	gateway *sandbox.Gateway
	clock   *clock
	url     string
	shop    *shop
	client  *http.Client // follows no redirects
	log     *bytes.Buffer
}

func newRig(t *testing.T, changes ...func(*sandbox.Config)) *rig {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	r := &rig{
		t: t, keys: sharedKeys(), shop: newShop(t), log: new(bytes.Buffer),
		clock: &clock{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)},
		url:   "http://" + server.Listener.Addr().String() + "/hh",
	}
	cfg := sandbox.Config{
		PublicURL: r.url + "/",
		Projects:  []sandbox.Project{r.keys.Project()},
		Now:       r.clock.Now,
		Logger:    slog.New(slog.NewTextHandler(&lockedWriter{w: r.log}, nil)),
	}
	for _, change := range changes {
		change(&cfg)
	}
	g, err := sandbox.New(cfg)
	require.NoError(t, err)
	r.gateway = g
	server.Config.Handler = http.StripPrefix("/hh", g)
	server.Start()
	t.Cleanup(server.Close)
	r.client = server.Client()
	r.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return r
}

// on returns r for a subtest.
func (r *rig) on(t *testing.T) *rig {
	c := *r
	c.t = t
	return &c
}

type lockedWriter struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *lockedWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

// object is a JSON object.
type object = map[string]any

// order is a create request with all that is required, and the shop's URLs.
func (r *rig) order(paymentID string) object {
	return object{
		"general": object{
			"project_id": projectID, "payment_id": paymentID,
			"merchant_callback_url":         r.shop.url("/info"),
			"merchant_success_callback_url": r.shop.url("/success"),
			"merchant_decline_callback_url": r.shop.url("/decline"),
		},
		"payment": object{"amount": 123450, "currency": "RUB"},
	}
}

func set(o object, block, field string, v any) object {
	o[block].(object)[field] = v
	return o
}

func general(paymentID string) object {
	return object{"general": object{"project_id": projectID, "payment_id": paymentID}}
}

// An answer is what the gateway answers.
type answer struct {
	code   int
	header http.Header
	text   string
}

func (a answer) object(t *testing.T) object {
	t.Helper()
	var o object
	require.NoError(t, json.Unmarshal([]byte(a.text), &o), a.text)
	return o
}

// sign returns an API request signed by s.
func (r *rig) sign(s signer.Signer, path string, body any) *http.Request {
	r.t.Helper()
	data, ok := body.([]byte)
	if !ok {
		var err error
		data, err = json.Marshal(body)
		require.NoError(r.t, err)
	}
	header, err := s.Sign(data, r.clock.Now())
	require.NoError(r.t, err)
	req, err := http.NewRequest(http.MethodPost, r.url+path, bytes.NewReader(data))
	require.NoError(r.t, err)
	req.Header = header
	req.Header.Set("content-type", "application/json")
	req.Header.Set("x-access-merchant-id", projectID)
	return req
}

func (r *rig) do(req *http.Request) answer {
	r.t.Helper()
	resp, err := r.client.Do(req)
	require.NoError(r.t, err)
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	require.NoError(r.t, err)
	return answer{resp.StatusCode, resp.Header, string(data)}
}

const (
	createPath  = "/api/v1/widget/payin"
	infoPath    = "/api/v1/widget/payin/info"
	balancePath = "/api/v1/balance/info"
)

func (r *rig) post(path string, body any) answer {
	r.t.Helper()
	return r.do(r.sign(r.keys.RequestPrivate, path, body))
}

// create creates a ticket and returns it.
func (r *rig) create(order object) sandbox.Ticket {
	r.t.Helper()
	a := r.post(createPath, order)
	require.Equal(r.t, http.StatusOK, a.code, a.text)
	t, err := r.gateway.Ticket(a.object(r.t)["request_id"].(string))
	require.NoError(r.t, err)
	return t
}

func (r *rig) act(paymentID string, actions ...sandbox.Action) {
	r.t.Helper()
	for _, a := range actions {
		_, err := r.gateway.Act(paymentID, a)
		require.NoError(r.t, err)
	}
}

func (r *rig) deliver() {
	r.t.Helper()
	require.NoError(r.t, r.gateway.Deliver(context.Background()))
}

// A shop verifies and keeps every callback it gets.
type shop struct {
	server *httptest.Server
	keys   signer.Verifier

	mu     sync.Mutex
	came   []arrival
	got    []alert
	answer http.HandlerFunc // default: 200
}

// An alert is one verified callback.
type alert struct {
	path   string
	body   string
	header http.Header
	fields signer.Fields
	match  signer.Match
}

// An arrival is one request, verified or not.
type arrival struct {
	path   string
	body   []byte
	header http.Header
	err    error // that refused it: io.ErrUnexpectedEOF if the body broke off
}

func newShop(t *testing.T) *shop {
	s := offlineShop(t)
	s.server = httptest.NewServer(s)
	t.Cleanup(s.server.Close)
	return s
}

// offlineShop returns a shop without a server.
func offlineShop(t *testing.T) *shop {
	k := sharedKeys()
	verifiers, err := signer.NewKeySet(k.CallbackPublic, signer.Until(k.CallbackHMAC, time.Now().Add(time.Hour)))
	require.NoError(t, err)
	return &shop{keys: verifiers}
}

func (s *shop) url(path string) string { return s.server.URL + path }

func (s *shop) respond(f http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = f
}

func (s *shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	a := alert{path: r.URL.Path, body: string(body), header: r.Header.Clone()}
	var doc *signer.Document
	if err == nil {
		doc, err = signer.Parse(body)
	}
	if err == nil {
		a.match, err = s.keys.Verify(doc, r.Header)
	}
	if err == nil {
		a.fields, err = doc.Fields(a.match.Scheme)
	}
	s.mu.Lock()
	s.came = append(s.came, arrival{a.path, body, a.header, err})
	s.mu.Unlock()
	if err != nil {
		http.Error(w, err.Error(), http.StatusUnauthorized)
		return
	}
	s.mu.Lock()
	s.got = append(s.got, a)
	answer := s.answer
	s.mu.Unlock()
	if answer != nil {
		answer(w, r)
		return
	}
	_, _ = io.WriteString(w, "OK")
}

// arrivals returns every request so far.
func (s *shop) arrivals() []arrival {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]arrival(nil), s.came...)
}

// alerts returns what the shop has got so far.
func (s *shop) alerts() []alert {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]alert(nil), s.got...)
}

// told lists the alerts as "path status:sub_status".
func (s *shop) told() []string {
	var out []string
	for _, a := range s.alerts() {
		out = append(out, a.path+" "+sandbox.Status{Main: a.fields.Status, Sub: a.fields.SubStatus}.String())
	}
	return out
}

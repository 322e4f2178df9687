package highhelp_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/sandbox"
	"github.com/go-highhelp/highhelp/signer"
	"github.com/stretchr/testify/require"
)

// A lasting store says of itself what a real one says.
type lasting struct {
	*highhelp.MemStore
	check error
	keeps time.Duration
}

func (l *lasting) Transactional() bool         { return true }
func (l *lasting) Check(context.Context) error { return l.check }
func (l *lasting) Retention() time.Duration    { return l.keeps }

// A clinic is a shop at https://shop.example and a gateway at
// https://api.example, both on servers of this machine, in good health as long
// as nobody makes them ill.
type clinic struct {
	t       *testing.T
	cfg     highhelp.Config
	store   *lasting
	serving *highhelp.Config                // of the program that serves; nil: cfg
	proxy   func(http.Handler) http.Handler // before the shop; nil: none
	api     http.Handler                    // the gateway
	cert    x509.Certificate                // what is special about the shop's certificate
	issuer  authority
	closed  map[string]bool // hosts that can't be reached
}

func newClinic(t *testing.T) *clinic {
	c := &clinic{t: t, store: &lasting{MemStore: &highhelp.MemStore{}, keeps: 90 * 24 * time.Hour}, issuer: trusted(), closed: map[string]bool{}}
	c.cert = x509.Certificate{DNSNames: []string{"shop.example"}, NotAfter: time.Now().Add(60 * 24 * time.Hour)}
	g := newGateway(t)
	g.say("balance", 200, `{"balance":[{"currency":"RUB","amount":5,"locked_amount":0}]}`)
	c.api = g
	c.cfg = validConfig()
	c.cfg.Store, c.cfg.Logger = c.store, slog.New(slog.DiscardHandler)
	return c
}

// examine builds what the clinic describes and calls the doctor.
func (c *clinic) examine() highhelp.Diagnosis {
	c.t.Helper()
	roots := x509.NewCertPool()
	roots.AddCert(trusted().cert)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}
	c.t.Cleanup(transport.CloseIdleConnections)
	c.cfg.HTTPClient = &http.Client{Transport: transport}
	checkout, err := highhelp.New(c.cfg)
	require.NoError(c.t, err)
	serves := checkout
	if c.serving != nil {
		serves, err = highhelp.New(*c.serving)
		require.NoError(c.t, err)
	}
	mux := http.NewServeMux()
	mux.Handle("/pay/", serves.Handler(func(*http.Request) (highhelp.Order, error) { return highhelp.Order{}, highhelp.ErrNoOrder }))
	var shop http.Handler = mux
	if c.proxy != nil {
		shop = c.proxy(mux)
	}
	plain := newServer(c.t, shop).Listener.Addr().String()
	hosts := map[string]string{
		"shop.example:443": c.serveTLS(shop, c.issuer.issue(c.t, c.cert)), "shop.example:80": plain, "10.0.0.5:443": plain,
		"api.example:443": c.serveTLS(c.api, trusted().issue(c.t, x509.Certificate{DNSNames: []string{"api.example"}, NotAfter: time.Now().Add(time.Hour)})),
	}
	transport.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		if c.closed[addr] {
			return nil, errors.New("connection refused")
		}
		if real, ok := hosts[addr]; ok {
			addr = real
		}
		return new(net.Dialer).DialContext(ctx, network, addr)
	}
	return checkout.Doctor(c.t.Context())
}

func (c *clinic) serveTLS(h http.Handler, cert tls.Certificate) string {
	s := httptest.NewUnstartedServer(h)
	s.TLS = &tls.Config{Certificates: []tls.Certificate{cert}}
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	s.StartTLS()
	c.t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

// An authority issues certificates.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

var trusted = sync.OnceValue(newAuthority)

func newAuthority() authority {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	a := authority{&x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-1e3 * time.Hour), NotAfter: time.Now().Add(1e4 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}, key}
	der, err := x509.CreateCertificate(rand.Reader, a.cert, a.cert, &key.PublicKey, key)
	if err == nil {
		a.cert, err = x509.ParseCertificate(der)
	}
	if err != nil {
		panic(err)
	}
	return a
}

func (a authority) issue(t *testing.T, cert x509.Certificate) tls.Certificate {
	t.Helper()
	cert.SerialNumber, cert.NotBefore = big.NewInt(2), time.Now().Add(-1e3*time.Hour)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	der, err := x509.CreateCertificate(rand.Reader, &cert, a.cert, &key.PublicKey, a.key)
	require.NoError(t, err)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func finding(d highhelp.Diagnosis, check string) highhelp.Finding {
	for _, f := range d {
		if f.Check == check {
			return f
		}
	}
	return highhelp.Finding{}
}

func TestDoctorFindsNothing(t *testing.T) {
	for _, mode := range []string{"full", "masked", "none"} {
		c := newClinic(t)
		c.cfg.JournalBodies = mode
		d := c.examine()
		require.Equal(t, "green", d.Level(), d.String())
		var checks []string
		for _, f := range d {
			checks = append(checks, f.Check)
			require.NotEmpty(t, f.Seen)
			require.Empty(t, f.Advice)
		}
		require.Equal(t, []string{
			"keys", "sandbox", "urls", "https", "balance", "clock", "certificate", "route_info", "route_success", "route_decline",
			"store", "schema", "durability", "journal", "retention",
		}, checks)
	}
}

// answers is a proxy that answers by itself.
func answers(status int, header, value string) func(http.Handler) http.Handler {
	return func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if header != "" {
				w.Header().Set(header, value)
			}
			w.WriteHeader(status)
			_, _ = io.WriteString(w, http.StatusText(status))
		})
	}
}

// changes is a proxy that changes the request.
func changes(f func(r *http.Request)) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			f(r)
			next.ServeHTTP(w, r)
		})
	}
}

// rewrite is what a proxy does that parses JSON and writes it anew.
func rewrite(r *http.Request) {
	var v any
	_ = json.NewDecoder(r.Body).Decode(&v)
	body, _ := json.Marshal(v)
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
}

// absent signs nothing.
type absent struct{}

func (absent) Sign([]byte, time.Time) (http.Header, error) { return nil, errors.New("the HSM is gone") }

// Set-ups that are wrong on purpose, and what the doctor must say of each.
func TestDoctor(t *testing.T) {
	keys, err := sandbox.GenerateKeys(project)
	require.NoError(t, err)
	local := func(c *clinic) {
		c.cfg.BaseURL = newServer(t, answers(200, "", "")(nil)).URL
	}
	for _, p := range []struct {
		name         string
		ill          func(c *clinic)
		check, level string
		says         string
	}{
		{"the shop's own key checks callbacks", func(c *clinic) { c.cfg.Verifier = testKeys().request.Public("callback") }, "keys", "red", "the shop's own key"},
		{"the same among others", func(c *clinic) {
			set, err := signer.NewKeySet(testKeys().callback.Public("callback"), testKeys().request.Public("mine"))
			require.NoError(t, err)
			c.cfg.Verifier = set
		}, "keys", "red", "the shop's own key"},
		{"the file of the wrong public key", func(c *clinic) { c.cfg.Verifier = testKeys().callback.Public("public_key_42") }, "keys", "yellow", "named like a file for requests"},
		{"the HMAC key for callbacks signs requests", func(c *clinic) {
			key, err := signer.NewHMACKey("hmac_callback_key_42", strings.Repeat("k", 32))
			require.NoError(t, err)
			c.cfg.Signer, c.api = key, answers(401, "", "")(nil)
		}, "keys", "yellow", "hmac_private_key_"},
		{"a signer that can't sign", func(c *clinic) { c.cfg.Signer = absent{} }, "keys", "red", "the HSM is gone"},
		{"one key of a sandbox", func(c *clinic) { local(c); c.cfg.Signer = keys.RequestPrivate }, "sandbox", "red", "the other is not"},
		{"a sandbox", func(c *clinic) { local(c); c.cfg.Signer, c.cfg.Verifier = keys.RequestPrivate, keys.CallbackPublic }, "sandbox", "yellow", "no real money"},
		{"real keys for a gateway on this machine", local, "sandbox", "yellow", "BaseURL is on this machine"},
		{"two callback URLs are one", func(c *clinic) {
			c.cfg.CallbackURLs = highhelp.CallbackURLs{Success: "https://shop.example/pay/callbacks/info"}
		}, "urls", "red", "info and success are the same"},
		{"success leads to info", func(c *clinic) {
			c.cfg.CallbackURLs.Success = "https://shop.example/pay/x/callbacks/info"
		}, "route_success", "red", "leads to the handler of info"},
		{"plain http", func(c *clinic) { c.cfg.PublicURL, c.cfg.DangerouslyAllowHTTP = "http://shop.example/pay", true }, "https", "red", "over http"},
		{"an address inside", func(c *clinic) { c.cfg.PublicURL = "https://10.0.0.5/pay" }, "https", "red", "this network only"},
		{"the gateway refuses the key", func(c *clinic) { c.api = answers(401, "", "")(nil) }, "balance", "red", "highhelp probe"},
		{"the gateway fails", func(c *clinic) { c.api = answers(404, "", "")(nil) }, "balance", "red", "look at BaseURL"},
		{"the gateway can't be reached", func(c *clinic) { c.closed["api.example:443"] = true }, "balance", "red", "firewall"},
		{"nobody tells the time", func(c *clinic) { c.closed["api.example:443"] = true }, "clock", "yellow", "NTP"},
		{"the clock is a bit ahead", func(c *clinic) { c.cfg.Now = func() time.Time { return time.Now().Add(30 * time.Second) } }, "clock", "yellow", "ahead"},
		{"the clock is far behind", func(c *clinic) { c.cfg.Now = func() time.Time { return time.Now().Add(-time.Hour) } }, "clock", "red", "behind"},
		{"the certificate has expired", func(c *clinic) { c.cert.NotAfter = time.Now().Add(-time.Hour) }, "certificate", "red", "expired"},
		{"the certificate expires soon", func(c *clinic) { c.cert.NotAfter = time.Now().Add(100 * time.Hour) }, "certificate", "yellow", "4 days"},
		{"the certificate of another host", func(c *clinic) { c.cert.DNSNames = []string{"www.shop.example"} }, "certificate", "red", "www.shop.example"},
		{"an unknown authority", func(c *clinic) { c.issuer = newAuthority() }, "certificate", "red", "unknown authority"},
		{"nothing listens", func(c *clinic) { c.closed["shop.example:443"] = true }, "route_info", "red", "nothing answers"},
		{"a proxy cuts the path", func(c *clinic) { c.proxy = changes(func(r *http.Request) { r.URL.Path = "/" }) }, "route_decline", "red", "cuts the path"},
		{"a login page", func(c *clinic) { c.proxy = answers(302, "Location", "/login") }, "route_success", "red", "redirected"},
		{"a page for all paths", func(c *clinic) { c.proxy = answers(200, "", "") }, "route_success", "red", "something else answers"},
		{"a password", func(c *clinic) { c.proxy = answers(401, "WWW-Authenticate", "Basic") }, "route_success", "red", "a login"},
		{"a firewall", func(c *clinic) { c.proxy = answers(403, "", "") }, "route_success", "red", "a firewall"},
		{"a proxy without a program", func(c *clinic) { c.proxy = answers(502, "", "") }, "route_success", "red", "their logs"},
		{"a proxy drops the body", func(c *clinic) {
			c.proxy = changes(func(r *http.Request) { r.Body, r.ContentLength = http.NoBody, 0 })
		}, "route_info", "red", "drops or rewrites"},
		{"a proxy turns POST into GET", func(c *clinic) { c.proxy = changes(func(r *http.Request) { r.Method = "GET" }) }, "route_info", "red", "changes its method"},
		{"a proxy rewrites the body", func(c *clinic) { c.proxy = changes(rewrite) }, "route_info", "red", "came in changed"},
		{"a proxy drops headers", func(c *clinic) {
			c.proxy = changes(func(r *http.Request) { r.Header.Del("x-access-signature") })
		}, "route_info", "red", "drops headers"},
		{"another program answers", func(c *clinic) {
			other := c.cfg
			other.Store = &highhelp.MemStore{}
			c.serving = &other
		}, "route_info", "red", "another Store"},
		{"the store is down", func(c *clinic) {
			c.cfg.Store = &faults{MemStore: c.store.MemStore, payment: errors.New("dial postgres://shop:hunter2@db: refused, password=hunter2")}
		}, "store", "red", "dial postgres://…@db"},
		{"the schema is old", func(c *clinic) { c.store.check = errors.New("schema has version 1, needed is 2") }, "schema", "red", "version 1"},
		{"payments end with the process", func(c *clinic) { c.cfg.Store = &highhelp.MemStore{} }, "durability", "yellow", "end with the process"},
		{"OnPaid is at-least-once", func(c *clinic) { c.cfg.Store = &faults{MemStore: c.store.MemStore} }, "durability", "yellow", "idempotent"},
		{"no journal", func(c *clinic) { c.cfg.Store = struct{ highhelp.Store }{c.store.MemStore} }, "journal", "yellow", "no journal"},
		{"the store forgets too soon", func(c *clinic) { c.store.keeps = time.Hour }, "retention", "red", "forgets after 1h0m0s"},
	} {
		t.Run(p.name, func(t *testing.T) {
			c := newClinic(t)
			p.ill(c)
			d := c.examine()
			f := finding(d, p.check)
			require.Equal(t, p.level, f.Level, d.String())
			require.Contains(t, f.Seen+" "+f.Advice, p.says)
			require.NotEmpty(t, f.Advice)
			require.Contains(t, []string{p.level, "red"}, d.Level())
			raw, err := json.Marshal(d)
			require.NoError(t, err)
			for _, secret := range []string{"hunter2", "PRIVATE KEY", strings.Repeat("k", 32)} {
				require.NotContains(t, d.String()+string(raw), secret)
			}
		})
	}
}

// A store that keeps everything for ever says 0.
func TestDoctorRetention(t *testing.T) {
	c := newClinic(t)
	c.store.keeps = 0
	require.Equal(t, highhelp.Finding{Check: "retention", Level: "green", Seen: "the store keeps everything for ever"}, finding(c.examine(), "retention"))
}

// The doctor obeys ctx: what it could not find out is red.
func TestDoctorObeysContext(t *testing.T) {
	s := newShop(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	d := s.Checkout.Doctor(ctx)
	for _, check := range []string{"balance", "route_info", "route_success", "route_decline", "store"} {
		require.Equal(t, "red", finding(d, check).Level, check)
	}
}

func TestDiagnosisPrints(t *testing.T) {
	d := highhelp.Diagnosis{
		{Check: "keys", Level: "green", Seen: "all is well"},
		{Check: "clock", Level: "yellow", Seen: "it is late", Advice: "set it"},
	}
	require.Equal(t, "yellow", d.Level())
	require.Equal(t, "green   keys           all is well\nyellow  clock          it is late\n                       -> set it\n", d.String())
	raw, err := json.Marshal(d)
	require.NoError(t, err)
	require.JSONEq(t, `[{"check":"keys","level":"green","seen":"all is well"},{"check":"clock","level":"yellow","seen":"it is late","advice":"set it"}]`, string(raw))
	require.Equal(t, "green", highhelp.Diagnosis{}.Level())
	require.Equal(t, "red", append(d, highhelp.Finding{Level: "red"}).Level())
}

package highhelptest

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/sandbox"
	"github.com/go-highhelp/highhelp/signer"
)

// A Sandbox is a gateway for one test, on a server of its own. What a
// [sandbox.Gateway] can do it can do too: Play a scenario, SetFaults, look at
// Deliveries. It is safe for concurrent use, but for the test that it fails.
//
// It sends callbacks only during Deliver and [Sandbox.Settle].
type Sandbox struct {
	*sandbox.Gateway
	BaseURL string        // of the gateway, as highhelp.Config wants it
	ShopURL string        // origin at which Survive serves the application; "" after New
	Keys    *sandbox.Keys // the shop's and the gateway's

	clock
	ships
	t       testing.TB
	project sandbox.Project
}

// New starts a sandbox gateway, which is stopped when the test ends. Each
// change is applied to its configuration before; that of HTTPClient, Logger,
// Now and Schedule is replaced only if a change sets it anew.
//
// By default callbacks that fail are tried again after 1, 2, 5 and 15 seconds
// by the clock of the Sandbox, and are given up then.
func New(t testing.TB, changes ...func(*sandbox.Config)) *Sandbox {
	t.Helper()
	s := &Sandbox{t: t, Keys: Keys(t)}
	server := httptest.NewUnstartedServer(nil)
	s.start(server, changes)
	server.Config.Handler = s.Gateway
	server.Start()
	t.Cleanup(server.Close)
	return s
}

// start makes the gateway that a server will serve.
func (s *Sandbox) start(server *httptest.Server, changes []func(*sandbox.Config)) {
	s.t.Helper()
	s.BaseURL = "http://" + server.Listener.Addr().String()
	cfg := sandbox.Config{
		PublicURL: s.BaseURL,
		Projects:  []sandbox.Project{s.Keys.Project()},
		Logger:    slog.New(slog.DiscardHandler),
		Now:       s.Now,
		Schedule:  []time.Duration{0, time.Second, 2 * time.Second, 5 * time.Second, 15 * time.Second},
	}
	for _, change := range changes {
		change(&cfg)
	}
	gateway, err := sandbox.New(cfg)
	if err != nil {
		s.t.Fatalf("highhelptest: %v", err)
	}
	s.Gateway, s.project = gateway, cfg.Projects[0]
}

// Config returns the configuration of a shop that takes its payments from s:
// with the keys, the clock and the address of s, a new [highhelp.MemStore],
// [Sandbox.Ship] as OnPaid, and no log. A test replaces what it has of its own.
// PublicURL is the path /pay below ShopURL, or, after [New], missing.
func (s *Sandbox) Config() highhelp.Config {
	cfg := highhelp.Config{
		ProjectID: s.project.ID,
		BaseURL:   s.BaseURL,
		Signer:    s.Keys.RequestPrivate,
		Verifier:  s.Verifier(),
		Store:     &highhelp.MemStore{},
		OnPaid:    func(_ context.Context, e highhelp.Event) error { return s.Ship(e.OrderID) },
		Logger:    slog.New(slog.DiscardHandler),
		Now:       s.Now,
	}
	if s.ShopURL != "" {
		cfg.PublicURL = s.ShopURL + defaultMount
	}
	return cfg
}

// Verifier returns the key that checks the callbacks of s: RSA, unless a
// change of [New] has made the gateway sign with HMAC.
func (s *Sandbox) Verifier() signer.Verifier {
	switch k := s.project.CallbackSigner.(type) {
	case *signer.PrivateKey:
		return k.Public(s.Keys.CallbackPublic.Name())
	case *signer.HMACKey:
		return k
	}
	return s.Keys.CallbackPublic
}

// Settle sends all callbacks that are due now or later: it puts the clock
// ahead to each, until none is left.
func (s *Sandbox) Settle() {
	s.t.Helper()
	for more := true; more; {
		if err := s.Deliver(s.t.Context()); err != nil {
			s.t.Fatalf("highhelptest: %v", err)
		}
		more = s.skip()
	}
}

// skip puts the clock ahead to the next callback, if there is one.
func (s *Sandbox) skip() bool {
	next := s.NextDue()
	if next.IsZero() {
		return false
	}
	if wait := next.Sub(s.Now()); wait > 0 {
		s.Advance(wait)
	}
	return true
}

package highhelp_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/signer"
	"github.com/stretchr/testify/require"
)

// A witness writes down how each operation began and ended.
type witness struct {
	mu    sync.Mutex
	begun int
	lines []string
}

func (w *witness) hooks() highhelp.Hooks {
	return highhelp.Hooks{Start: func(ctx context.Context, operation string, attrs ...slog.Attr) (context.Context, func(error, ...slog.Attr)) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.begun++
		return ctx, func(err error, more ...slog.Attr) {
			w.mu.Lock()
			defer w.mu.Unlock()
			words := []string{operation}
			for _, a := range append(attrs, more...) {
				words = append(words, a.String())
			}
			if err != nil {
				words = append(words, "error="+err.Error())
			}
			w.lines = append(w.lines, strings.Join(words, " "))
		}
	}}
}

// told returns what has ended since the last time, and checks that nothing else
// has begun.
func (w *witness) told(t *testing.T) []string {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	require.Len(t, w.lines, w.begun, "what begins must end once")
	lines := w.lines
	w.lines, w.begun = nil, 0
	return lines
}

func TestHooks(t *testing.T) {
	w := &witness{}
	s := newShop(t, fast, func(c *highhelp.Config) { c.Hooks = w.hooks() })
	s.sells("1")
	status, _ := s.click("1")
	require.Equal(t, 200, status)
	require.Equal(t, []string{
		"gateway call=create http_status=200 tries=1",
		"ticket http_status=200 code=ok",
	}, w.told(t))

	require.Equal(t, 200, s.deliver("success", success("1")))
	require.Equal(t, []string{
		"callback.read", "callback.verify", "hook hook=OnPaid", "callback.apply",
		"callback route=success http_status=200 outcome=applied code=ok",
	}, w.told(t))

	require.Equal(t, 404, s.deliver("success", success("2")))
	lines := w.told(t)
	require.Contains(t, lines[len(lines)-1], "callback route=success http_status=404 outcome=none code=not_found error=")

	s.ticket("3")
	w.told(t)
	s.Clock.Add(time.Minute)
	s.Gateway.say("info", 503, "down")
	_, err := s.Checkout.Reconcile(t.Context())
	require.Error(t, err)
	lines = w.told(t)
	require.Contains(t, lines[len(lines)-1], "reconcile asked=1 applied=0 unresolved=0 abandoned=0 failed=1 error=")
}

// Whatever of the application's panics, each operation ends with an error, and
// the panic goes on to whoever is responsible for it.
func TestHooksEndAfterPanics(t *testing.T) {
	boom := func() { panic("boom") }
	for _, c := range []struct {
		name   string
		ticket bool
		change func(*highhelp.Config)
		ends   []string // with the error of a panic
	}{
		{"Verifier", false, func(c *highhelp.Config) { c.Verifier = panicking{boom} }, []string{"callback.verify", "callback route=success http_status=500"}},
		{"Store.Update", false, func(c *highhelp.Config) { c.Store = panickingStore{Store: c.Store, update: boom} },
			[]string{"callback.apply", "callback route=success http_status=500"}},
		{"Store.Record", false, func(c *highhelp.Config) {
			c.Store, c.Verifier = panickingStore{Store: c.Store, record: boom}, testKeys().request.Public("another")
		}, []string{"callback.record", "callback route=success http_status=500"}},
		{"OrderFunc", true, func(*highhelp.Config) {}, []string{"ticket http_status=500"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := &witness{}
			s := newShop(t, func(cfg *highhelp.Config) { cfg.Hooks = w.hooks() }, c.change)
			var panicked any
			s.Server = newServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				defer func() { panicked = recover() }()
				s.Checkout.Handler(func(*http.Request) (highhelp.Order, error) { panic("boom") }).ServeHTTP(w, r)
			}))
			s.sells("1")
			if c.ticket {
				s.click("1")
			} else {
				s.deliver("success", success("1"))
			}
			require.Equal(t, "boom", panicked)
			ended := strings.Join(w.told(t), "\n") + "\n"
			for _, line := range c.ends {
				require.Regexp(t, "(?m)^"+line+".*error=highhelp: panic$", ended)
			}
		})
	}
	t.Run("Reconcile", func(t *testing.T) {
		w := &witness{}
		s := newShop(t, func(c *highhelp.Config) {
			c.Hooks, c.Store = w.hooks(), panickingStore{Store: c.Store, pending: boom}
		})
		require.Panics(t, func() { _, _ = s.Checkout.Reconcile(t.Context()) })
		require.Contains(t, fmt.Sprint(w.told(t)), "error=highhelp: panic")
	})
}

type panicking struct{ boom func() }

func (p panicking) Verify(*signer.Document, http.Header) (signer.Match, error) {
	p.boom()
	return signer.Match{}, nil
}

// A panickingStore does what it is told to where others work.
type panickingStore struct {
	highhelp.Store
	update, record, pending func()
}

func (s panickingStore) Update(ctx context.Context, k highhelp.Key, change func(context.Context, *highhelp.Payment) error) error {
	if s.update != nil {
		s.update()
	}
	return s.Store.Update(ctx, k, change)
}

func (s panickingStore) Record(ctx context.Context, d highhelp.Delivery) error {
	if s.record != nil {
		s.record()
	}
	return s.Store.Record(ctx, d)
}

func (s panickingStore) Pending(ctx context.Context, project string, due time.Time, limit int) ([]highhelp.Payment, error) {
	if s.pending != nil {
		s.pending()
	}
	return s.Store.Pending(ctx, project, due, limit)
}

package e2e

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-chi/chi/v5/middleware"
	"github.com/go-highhelp/highhelp"
	recipes "github.com/go-highhelp/highhelp/e2e/routers"
	"github.com/gorilla/csrf"
	"github.com/justinas/nosurf"
	"github.com/stretchr/testify/require"
)

// What a middleware lets through. The zero expected: everything.
type expected struct {
	ticket, form, callback int    // answers; 0 means the usual
	log                    string // what the shop's log says of the cause
}

type layer struct {
	name string
	wrap func(http.Handler) http.Handler
	want expected
}

var csrfKey = bytes.Repeat([]byte("k"), 32)

// layers are what shops have in front of their handlers.
var layers = []layer{
	{"nothing", func(next http.Handler) http.Handler { return next }, expected{}},
	{"access log that eats the body", eatsBody, expected{ticket: 400, form: 400, callback: 400, log: eatenLog}},
	{"access log that gives the body back", givesBodyBack, expected{}},
	{"forms parsed before", parsesForms, expected{}},
	{"recover", middleware.Recoverer, expected{}},
	{"timeout", func(next http.Handler) http.Handler { return http.TimeoutHandler(next, time.Minute, "") }, expected{}},
	{"deadline in the context", middleware.Timeout(time.Minute), expected{}},
	{"compression", middleware.Compress(5, "text/plain", "application/json", "text/javascript", "text/css"), expected{}},
	{"body limit that is too small", limitsTo(100), expected{callback: 413, log: "body is too large"}},
	{"body limit", limitsTo(1 << 20), expected{}},
	{"wrapped writer", hidesWriter, expected{}},
	{"login", asksForLogin, expected{ticket: 401, form: 401, callback: 401}},
	{"CSRF by origin", recipes.CSRFByOrigin, expected{}},
	{"CSRF by gorilla", csrf.Protect(csrfKey), expected{ticket: 403, form: 403, callback: 403}},
	{"CSRF by gorilla, exempt", func(next http.Handler) http.Handler { return recipes.CSRFByGorilla(csrfKey, next) }, expected{}},
	{"CSRF by nosurf", nosurf.NewPure, expected{ticket: 400, form: 400, callback: 400}},
	{"CSRF by nosurf, exempt", recipes.CSRFByNosurf, expected{}},
	{"CORS", recipes.CORSForAnotherOrigin, expected{}},
}

// eatenLog is how the log names a body that another has read before.
const eatenLog = "a middleware has read it before this handler"

// What each middleware does to a shop, in front of each router.
func TestMiddleware(t *testing.T) {
	for _, l := range layers {
		t.Run(l.name, func(t *testing.T) {
			for _, r := range routers {
				t.Run(r.name, func(t *testing.T) { behind(t, l, r) })
			}
		})
	}
}

func behind(t *testing.T, l layer, r router) {
	t.Helper()
	s := newRoutedShop(t, wholeHandler(func(pay http.Handler) app {
		h, ok := r.whole(pay).(http.Handler)
		if !ok { // fiber, whose middlewares are its own
			return r.whole(l.wrap(pay))
		}
		return l.wrap(h)
	}))
	if l.want == (expected{}) {
		sells(s)
		return
	}
	want := l.want
	require.Equal(t, orElse(want.ticket, 200), s.ticket("1").StatusCode)
	require.Equal(t, orElse(want.form, 303), s.form("2").StatusCode)
	_, err := s.checkout.CreateTicket(t.Context(), highhelp.Order{ID: "3", Amount: routerPrice})
	require.NoError(t, err)
	require.Equal(t, []int{orElse(want.callback, 200)}, slices.Compact(s.pay("3")))
	require.Equal(t, want.callback == 0, s.Shipped("3") == 1)
	require.Contains(t, s.log.String(), want.log)
}

func orElse(code, usual int) int {
	if code != 0 {
		return code
	}
	return usual
}

func eatsBody(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		next.ServeHTTP(w, r)
	})
}

func givesBodyBack(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		next.ServeHTTP(w, r)
	})
}

// parsesForms looks for a field, as a middleware that overrides methods does.
func parsesForms(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.FormValue("_method")
		next.ServeHTTP(w, r)
	})
}

func limitsTo(n int64) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler { return http.MaxBytesHandler(next, n) }
}

// hidesWriter has a ResponseWriter that can do nothing but what it must, and
// does not lead to the one below.
func hidesWriter(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(struct{ http.ResponseWriter }{w}, r)
	})
}

func asksForLogin(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, _, ok := r.BasicAuth(); !ok {
			http.Error(w, "log in", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// An answer goes compressed where the client takes that, and an asset that is
// compressed already is not compressed again.
func TestCompressedOnce(t *testing.T) {
	for _, l := range layers {
		if l.name != "compression" {
			continue
		}
		s := newRoutedShop(t, wholeHandler(func(pay http.Handler) app { return l.wrap(recipes.OnServeMux(pay)) }))
		for name, got := range map[string]asked{
			"ticket": s.ticket("1", "Accept-Encoding", "gzip"),
			"script": s.ask(http.MethodGet, s.assets+"highhelp.js", "", "Accept-Encoding", "gzip"),
		} {
			require.Equal(t, []string{"gzip"}, got.Header.Values("Content-Encoding"), name)
			text, err := gzip.NewReader(strings.NewReader(got.body))
			require.NoError(t, err)
			plain, err := io.ReadAll(text)
			require.NoError(t, err)
			require.Contains(t, string(plain), map[string]string{"ticket": `"payment_id":"1"`, "script": "export"}[name])
		}
	}
}

// A shop that takes longer than a TimeoutHandler gives it: the gateway hears
// 503, but what was begun is finished, and taken once.
func TestTimedOutCallback(t *testing.T) {
	for _, r := range routers {
		if r.name == "fiber" {
			continue // its requests don't end before their handler
		}
		t.Run(r.name, func(t *testing.T) {
			entered, hold := make(chan struct{}, 9), make(chan struct{})
			var runs atomic.Int32
			s := newRoutedShop(t, wholeHandler(func(pay http.Handler) app {
				return http.TimeoutHandler(r.whole(pay).(http.Handler), 200*time.Millisecond, "")
			}), func(cfg *highhelp.Config) {
				ship := cfg.OnPaid
				cfg.OnPaid = func(ctx context.Context, e highhelp.Event) error {
					runs.Add(1)
					entered <- struct{}{}
					<-hold
					return ship(ctx, e)
				}
			})
			_, err := s.checkout.CreateTicket(t.Context(), highhelp.Order{ID: "1", Amount: routerPrice})
			require.NoError(t, err)
			require.Equal(t, http.StatusServiceUnavailable, s.do(s.success("1")).StatusCode)
			<-entered
			require.Zero(t, s.Shipped("1"))
			close(hold)
			codes := s.pay("1")
			require.Equal(t, http.StatusOK, codes[len(codes)-1])
			require.EqualValues(t, 1, runs.Load())
			require.Equal(t, 1, s.Shipped("1"))
		})
	}
}

// A page of another origin gets its ticket where both the shop and the CORS
// headers say so.
func TestTicketFromAnotherOrigin(t *testing.T) {
	from := []string{"Origin", "https://app.example", "Sec-Fetch-Site", "cross-site"}
	mount := func(pay http.Handler) app { return recipes.CORSForAnotherOrigin(recipes.OnServeMux(pay)) }
	trusting := newRoutedShop(t, wholeHandler(mount), func(cfg *highhelp.Config) { cfg.TrustedOrigins = []string{"https://app.example"} })
	preflight := trusting.ask(http.MethodOptions, trusting.tickets, "", append(from,
		"Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "content-type")...)
	require.Equal(t, "https://app.example", preflight.Header.Get("Access-Control-Allow-Origin"))
	require.Equal(t, "content-type", preflight.Header.Get("Access-Control-Allow-Headers"))
	ticket := trusting.ticket("1", from...)
	require.Equal(t, http.StatusOK, ticket.StatusCode)
	require.Equal(t, "https://app.example", ticket.Header.Get("Access-Control-Allow-Origin"))
	status := trusting.ask(http.MethodGet, trusting.statusURL(ticket), "", from...)
	require.Equal(t, "https://app.example", status.Header.Get("Access-Control-Allow-Origin"))

	require.Equal(t, http.StatusForbidden, newRoutedShop(t, wholeHandler(mount)).ticket("1", from...).StatusCode)
}

package highhelptest

import (
	"context"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp/sandbox"
)

// trialTimeout bounds one trial, so that an application that hangs fails it.
const trialTimeout = 30 * time.Second

// Survive lets an application live through every scenario of [sandbox.Scenarios]
// under every fault of [sandbox.FaultKinds], and under none, and demands of
// each order that it was shipped once if it was paid, and else never. Where the
// application ships by [Sandbox.Ship], shipping fails and panics once, too.
//
// Each trial has an order of its own: the application makes it, a payer asks
// for a payment page and does what the scenario says, comes back to the
// application before any callback is sent, and then the callbacks are sent,
// spoiled, and repeated until each is answered 2xx or given up. No trial waits
// for the clock of the machine, but for a slow body of 20 milliseconds a
// callback: all of them together take seconds.
//
// The application is opened once, with the keys and the addresses of s. If t
// is a [*testing.T] each trial is a subtest named scenario/fault, so that
//
//	go test -run 'TestSurvive/3ds/duplicate'
//
// repeats one. A failure tells the trial as a story: what was sent, what was
// answered, and what should have happened.
func Survive(t testing.TB, open func(s *Sandbox) Shop) {
	t.Helper()
	survive(t, open, sandbox.Scenarios())
}

func survive(t testing.TB, open func(*Sandbox) Shop, scenarios []sandbox.Scenario) {
	t.Helper()
	a := newArena(t, open)
	for _, scenario := range scenarios {
		group(t, scenario.Name, func(t testing.TB) {
			t.Helper()
			for _, trouble := range a.troubles {
				group(t, trouble.name, func(t testing.TB) {
					t.Helper()
					if story := a.try(scenario, trouble); story != "" {
						t.Error("highhelptest: " + story)
					}
				})
			}
		})
	}
}

// group runs f as a subtest where t has any.
func group(t testing.TB, name string, f func(testing.TB)) {
	t.Helper()
	if t, ok := t.(*testing.T); ok {
		t.Run(name, func(t *testing.T) {
			t.Helper()
			f(t)
		})
		return
	}
	f(t)
}

// An arena is where all trials of an application take place.
type arena struct {
	sandbox  *Sandbox
	shop     Shop
	troubles []trouble
	lossy    *lossy
	traffic  *traffic
}

// newArena starts gateway and application.
func newArena(t testing.TB, open func(*Sandbox) Shop) *arena {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	a := &arena{traffic: newTraffic(), lossy: &lossy{}}
	a.sandbox = a.gateway(t, "http://"+server.Listener.Addr().String())
	shop := open(a.sandbox)
	if mistake := shop.mistake(); mistake != "" {
		t.Fatal("highhelptest: " + mistake)
	}
	origin := strings.TrimSuffix(shop.URL, "/")
	if shop.Handler != nil {
		origin = a.sandbox.ShopURL
		server.Config.Handler, server.Config.ErrorLog = a.traffic.count(shop.Handler), log.New(quiet{}, "", 0)
		server.Start()
		t.Cleanup(server.Close)
	} else {
		_ = server.Listener.Close() // nobody has connected
		a.sandbox.ShopURL = origin
	}
	a.troubles = troubles(shop.Shipped == nil)
	a.shop = shop.withDefaults(origin, &a.sandbox.ships)
	return a
}

// gateway starts the gateway of an arena. Its callbacks reach the shop's
// origin, whatever host their URLs name.
func (a *arena) gateway(t testing.TB, shop string) *Sandbox {
	t.Helper()
	former, err := formerKeys()
	if err != nil {
		t.Fatalf("highhelptest: %v", err)
	}
	s := &Sandbox{t: t, Keys: Keys(t), ShopURL: shop}
	server := httptest.NewUnstartedServer(nil)
	s.start(server, []func(*sandbox.Config){func(c *sandbox.Config) {
		c.Projects[0].FormerCallbackSigner = former.CallbackPrivate
		c.HTTPClient = &http.Client{Transport: &homeward{s}}
		c.TryTimeout = trialTimeout / 3
	}})
	a.lossy.gateway = s.Gateway
	server.Config.Handler = a.lossy
	server.Start()
	t.Cleanup(server.Close)
	return s
}

// try makes one trial and returns its story if it fails, else "".
func (a *arena) try(scenario sandbox.Scenario, what trouble) string {
	ctx, cancel := context.WithTimeout(a.sandbox.t.Context(), trialTimeout)
	defer cancel()
	a.sandbox.reset()
	tr := &trial{arena: a, scenario: scenario, trouble: what}
	defer tr.drain(ctx)
	if end := tr.run(ctx); end != nil {
		return tr.write(tr.title(), tr.scenario.Title+". "+tr.trouble.about, *end)
	}
	return ""
}

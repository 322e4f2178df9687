package highhelptest_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/highhelptest"
	"github.com/stretchr/testify/require"
)

// openKit is a shop that uses a Checkout, mounted at a path of its own.
func openKit(changes ...func(*highhelp.Config)) func(*highhelptest.Sandbox) highhelptest.Shop {
	return func(s *highhelptest.Sandbox) highhelptest.Shop {
		cfg := s.Config()
		cfg.PublicURL = s.ShopURL + "/shop/money"
		for _, change := range changes {
			change(&cfg)
		}
		checkout, err := highhelp.New(cfg)
		if err != nil {
			panic(err)
		}
		price := highhelp.Money{Minor: 10000, Currency: "RUB"}
		mux := http.NewServeMux()
		mux.Handle("/shop/money/", checkout.Handler(func(r *http.Request) (highhelp.Order, error) {
			id, err := highhelp.OrderID(r)
			return highhelp.Order{ID: id, Amount: price, RedirectURL: s.ShopURL + "/orders/" + id}, err
		}))
		mux.HandleFunc("GET /orders/{id}", func(http.ResponseWriter, *http.Request) {})
		n := 0
		return highhelptest.Shop{Handler: mux, Mount: "/shop/money/", NewOrder: func(context.Context) (string, highhelp.Money, error) {
			n++
			return fmt.Sprintf("order-%d", n), price, nil
		}}
	}
}

func TestSurvive(t *testing.T) { highhelptest.Survive(t, openKit()) }

// An application need not use the kit.
func TestSurviveWithoutKit(t *testing.T) { highhelptest.Survive(t, openLittle(mistakes{})) }

// An application that measures the age of signatures shares the clock.
func TestSurviveWithTolerance(t *testing.T) {
	highhelptest.SurviveSome(t, openKit(func(c *highhelp.Config) { c.Tolerance = 5 * time.Minute }), "success", "late-success")
}

// Each little shop makes one mistake, which Survive must find, under the fault
// that brings it to light, and must tell.
func TestSurviveFindsMistakes(t *testing.T) {
	for _, c := range []struct {
		name     string
		mistakes mistakes
		fault    string // that must be named
		survived string // a fault that the mistake has nothing to do with, or ""
		happened string
	}{
		{"ships twice", mistakes{shipsTwice: true}, "duplicate", "reorder", "the order was shipped 3 times"},
		{"trusts the browser", mistakes{trustsBrowser: true}, "none", "", "the order was shipped when the browser came back"},
		{"answers first", mistakes{answersFirst: true}, "shipping-fails", "shipping-panics", "a success was answered 2xx, and the order is not shipped"},
		{"ignores the amount", mistakes{ignoresAmount: true}, "wrong-amount", "none", "the order was shipped once"},
		{"overwrites a final status", mistakes{overwritesFinal: true}, "contradict", "none", "the order was shipped once"},
		{"loses on panic", mistakes{losesOnPanic: true}, "shipping-panics", "duplicate", "a success was answered 2xx, and the order is not shipped"},
		{"accepts unsigned", mistakes{acceptsUnsigned: true}, "unsigned", "wrong-key", `a callback spoiled by "unsigned" was answered 200`},
		{"trusts the route", mistakes{trustsRoute: true}, "wrong-route", "none", "the order was shipped once"},
		{"ships on the payer's word", mistakes{shipsOnPaid: true}, "none", "", "the order was shipped once"},
		{"refuses duplicates", mistakes{refusesTwice: true}, "duplicate", "none", "the application refused an authentic callback (processing:requisites) 5 times"},
		{"asks for another amount", mistakes{wrongPrice: true}, "none", "", "the gateway was asked for 4899 KZT"},
		{"asks for the same again", mistakes{asksAgain: true}, "create-answer-lost", "none", "the payer never got a payment page"},
		{"forgets what it has asked for", mistakes{forgets: true}, "none", "", "the application refused an authentic callback"},
	} {
		t.Run(c.name, func(t *testing.T) {
			said := during(t, func(t testing.TB) {
				highhelptest.SurviveSome(t, openLittle(c.mistakes), "success", "refusal", "paid-declined")
			})
			found := byFault(said)
			require.Contains(t, found, c.fault)
			require.NotContains(t, slices.Collect(maps.Keys(found)), c.survived)
			require.Contains(t, found[c.fault][0], "what happened:            "+c.happened)
		})
	}
}

func TestSurviveSaysWhatIsMissing(t *testing.T) {
	order := func(context.Context) (string, highhelp.Money, error) {
		return "1", highhelp.Money{Minor: 1, Currency: "RUB"}, nil
	}
	failing := errors.New("out of order")
	for _, c := range []struct {
		name string
		shop highhelptest.Shop
		want string
	}{
		{"nothing", highhelptest.Shop{}, "Shop has neither a Handler nor a URL"},
		{"both", highhelptest.Shop{Handler: http.NotFoundHandler(), URL: "http://127.0.0.1"}, "Shop has both a Handler and a URL"},
		{"orders", highhelptest.Shop{Handler: http.NotFoundHandler()}, "Shop.NewOrder is missing"},
		{"no order", highhelptest.Shop{Handler: http.NotFoundHandler(), NewOrder: func(context.Context) (string, highhelp.Money, error) {
			return "", highhelp.Money{}, failing
		}}, "the shop made no order: out of order"},
		{"no ticket", highhelptest.Shop{Handler: http.NotFoundHandler(), NewOrder: order}, `POST /pay/tickets was answered 404 Not Found, "404 page not found"`},
		{"another page", highhelptest.Shop{Handler: http.NotFoundHandler(), NewOrder: order, Ticket: func(context.Context, string) (string, error) {
			return "http://127.0.0.1/pay", nil
		}}, "the page is none of the gateway's"},
	} {
		t.Run(c.name, func(t *testing.T) {
			said := during(t, func(t testing.TB) {
				highhelptest.SurviveSome(t, func(*highhelptest.Sandbox) highhelptest.Shop { return c.shop }, "success")
			})
			require.NotEmpty(t, said)
			require.Contains(t, said[0], c.want)
		})
	}
}

// An application may ship from a queue, if that is durable.
func TestSurviveWithQueue(t *testing.T) {
	open := func(settle bool) func(s *highhelptest.Sandbox) highhelptest.Shop {
		return func(s *highhelptest.Sandbox) highhelptest.Shop {
			var mu sync.Mutex
			var queue []string
			shop := openKit(func(c *highhelp.Config) {
				c.OnPaid = func(_ context.Context, e highhelp.Event) error {
					mu.Lock()
					defer mu.Unlock()
					queue = append(queue, e.OrderID)
					return nil
				}
			})(s)
			shop.Shipped = func(_ context.Context, id string) (int, error) { return s.Shipped(id), nil }
			if settle {
				shop.Settle = func(context.Context) error {
					mu.Lock()
					defer mu.Unlock()
					for _, id := range queue {
						if err := s.Ship(id); err != nil {
							return err
						}
					}
					queue = nil
					return nil
				}
			}
			return shop
		}
	}
	highhelptest.SurviveSome(t, open(true), "success", "refusal")
	said := during(t, func(t testing.TB) { highhelptest.SurviveSome(t, open(false), "success") })
	require.Contains(t, said[0], "or its shipping is durably queued (see Shop.Settle)")
	require.NotContains(t, byFault(said), "shipping-fails", "nobody can let the shipping of a queue fail")
}

package highhelp_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/stretchr/testify/require"
)

// fast lets a test ask as often as it wants.
func fast(c *highhelp.Config) { c.Checks.PerSecond = 1_000_000 }

func (s *shop) reconcile(want highhelp.Report) {
	s.t.Helper()
	got, err := s.Checkout.Reconcile(s.t.Context())
	require.NoError(s.t, err)
	require.Equal(s.t, want, got)
}

// A success whose callback never comes is found, and a callback that comes
// after all is a duplicate.
func TestReconcile(t *testing.T) {
	s := newShop(t, fast)
	s.ticket("1")
	s.reconcile(highhelp.Report{})
	require.Empty(t, s.Gateway.ids("info"), "not due yet")

	s.Gateway.say("info", 200, `{"status":"processing","sub_status":"paid"}`)
	s.Clock.Add(time.Minute)
	s.reconcile(highhelp.Report{Asked: 1, Applied: 1})
	s.reconcile(highhelp.Report{})
	s.Clock.Add(4 * time.Minute)
	s.reconcile(highhelp.Report{Asked: 1})

	s.Gateway.say("info", 200, `{"status":"success","amount":10000,"currency":"RUB"}`)
	s.Clock.Add(time.Hour)
	s.reconcile(highhelp.Report{Asked: 1, Applied: 1})
	require.Equal(t, 1, s.shipped("1"))
	require.Zero(t, s.payment("1").CheckAt)
	require.Equal(t, 200, s.deliver("success", success("1")))
	require.Equal(t, 1, s.shipped("1"))
	s.Clock.Add(48 * time.Hour)
	s.reconcile(highhelp.Report{})
	require.Empty(t, s.kinds())
}

// The page of an older attempt may have been paid: a late success is found.
func TestReconcileOldAttempts(t *testing.T) {
	s := newShop(t, fast)
	s.ticket("1")
	s.Clock.Add(12 * time.Minute)
	s.Gateway.say("info", 200, `{"status":"dispute","sub_status":"no_payment"}`)
	require.Equal(t, "1~2", s.ticket("1").PaymentID)
	s.Gateway.on("info", func(call gatewayCall) answer {
		if call.PaymentID == "1" {
			return answer{status: 200, body: `{"status":"success","amount":10000,"currency":"RUB"}`}
		}
		return answer{status: 200, body: `{"status":"processing","sub_status":"new"}`}
	})
	s.Clock.Add(time.Minute)
	report, err := s.Checkout.Reconcile(t.Context())
	require.NoError(t, err)
	require.Equal(t, 2, report.Asked)
	require.Equal(t, 1, s.shipped("1"))
}

// Processes that share a store ask once for each step.
func TestReconcileInManyProcesses(t *testing.T) {
	g, store := newGateway(t), &highhelp.MemStore{}
	g.say("info", 200, `{"status":"success","amount":10000,"currency":"RUB"}`)
	var shops []*shop
	for range 3 {
		s := newShopAt(t, g, store, fast)
		s.Clock.Add(2 * time.Minute)
		shops = append(shops, s)
	}
	const orders = 250 // more than a page
	for i := range orders {
		id := fmt.Sprint("order-", i)
		s := shops[0]
		s.Clock.Add(-2 * time.Minute)
		s.ticket(id)
		s.Clock.Add(2 * time.Minute)
	}
	var running sync.WaitGroup
	for _, s := range shops {
		running.Go(func() {
			for range 3 { // one of them may find others at work on all of a page
				_, err := s.Checkout.Reconcile(t.Context())
				require.NoError(t, err)
			}
		})
	}
	running.Wait()
	asked := map[string]int{}
	for _, id := range g.ids("info") {
		asked[id]++
	}
	require.Len(t, asked, orders)
	for i := range orders {
		id, shipped := fmt.Sprint("order-", i), 0
		for _, s := range shops {
			shipped += s.shipped(id)
		}
		require.Equal(t, 1, shipped, id)
		require.Equal(t, 1, asked[id], id)
	}
}

// At the horizon a payment that may have been paid reaches a human, once; an
// abandoned one does not.
func TestReconcileGivesUp(t *testing.T) {
	s := newShop(t, fast)
	s.ticket("paid, he says")
	s.ticket("abandoned")
	s.Gateway.on("info", func(call gatewayCall) answer {
		if call.PaymentID == "abandoned" {
			return answer{status: 200, body: `{"status":"processing","sub_status":"new"}`}
		}
		return answer{status: 200, body: `{"status":"processing","sub_status":"paid"}`}
	})
	for range 30 {
		s.Clock.Add(time.Hour)
		_, err := s.Checkout.Reconcile(t.Context())
		require.NoError(t, err)
	}
	require.Equal(t, []string{"unresolved"}, s.kinds())
	require.Len(t, s.Gateway.ids("info"), 2*3, "after one hour for three steps, six, and a day")
	for _, id := range []string{"paid, he says", "abandoned"} {
		require.True(t, s.payment(id).Newest().GaveUp)
		require.Zero(t, s.payment(id).CheckAt)
	}
	// What comes late takes effect all the same.
	require.Equal(t, 200, s.deliver("success", success("paid, he says")))
	require.Equal(t, 1, s.shipped("paid, he says"))
}

// A process that dies between the claim of a step and its end loses nothing.
func TestReconcileAfterACrash(t *testing.T) {
	s := newShop(t, fast)
	s.ticket("1")
	s.Clock.Add(24 * time.Hour)
	ctx, crash := context.WithCancel(t.Context())
	s.Gateway.on("info", func(gatewayCall) answer {
		crash()
		return answer{}
	})
	_, err := s.Checkout.Reconcile(ctx)
	require.ErrorIs(t, err, context.Canceled)
	s.reconcile(highhelp.Report{})
	s.Gateway.say("info", 200, `{"status":"processing","sub_status":"paid"}`)
	s.Clock.Add(3 * time.Minute)
	s.reconcile(highhelp.Report{Asked: 1, Applied: 1, Unresolved: 1})
	require.Equal(t, []string{"unresolved"}, s.kinds())
}

// A gateway that is down is left alone after a few tries, and nothing is given
// up meanwhile.
func TestReconcileGatewayDown(t *testing.T) {
	s := newShop(t, fast, func(c *highhelp.Config) { c.Checks.AtOnce = 1 })
	for i := range 20 {
		s.ticket(fmt.Sprint(i))
	}
	s.Clock.Add(24 * time.Hour)
	s.Gateway.say("info", 503, "down")
	report, err := s.Checkout.Reconcile(t.Context())
	var api *highhelp.APIError
	require.ErrorAs(t, err, &api)
	require.Equal(t, 503, api.HTTPStatus)
	require.Equal(t, highhelp.Report{Asked: 3, Failed: 3}, report)
	require.Len(t, s.Gateway.ids("info"), 3, "each is tried once")
	require.Empty(t, s.kinds())

	s.Gateway.on("info", func(gatewayCall) answer { return unknownPayment })
	s.Clock.Add(3 * time.Minute)
	s.reconcile(highhelp.Report{Asked: 20, Abandoned: 20})
}

// Nor is it taken for well if it fails for the few payments that are due.
func TestReconcileGatewayDownForOne(t *testing.T) {
	s := newShop(t, fast)
	s.ticket("1")
	s.Clock.Add(time.Minute)
	s.Gateway.say("info", 503, "down")
	report, err := s.Checkout.Reconcile(t.Context())
	var api *highhelp.APIError
	require.ErrorAs(t, err, &api)
	require.Equal(t, highhelp.Report{Asked: 1, Failed: 1}, report)
}

// One payment that the gateway can't tell of does not keep the others waiting.
func TestReconcileOneFails(t *testing.T) {
	s := newShop(t, fast, func(c *highhelp.Config) { c.Checks.AtOnce = 1 })
	for i := range 9 {
		s.ticket(fmt.Sprint(i))
	}
	s.Clock.Add(2 * time.Minute)
	s.Gateway.on("info", func(call gatewayCall) answer {
		if call.PaymentID < "5" {
			return answer{status: 400, body: `{"status":"error"}`}
		}
		return answer{status: 200, body: `{"status":"success","amount":10000,"currency":"RUB"}`}
	})
	s.reconcile(highhelp.Report{Asked: 9, Applied: 4, Failed: 5})
	require.Equal(t, 1, s.shipped("8"))
}

// A hook that fails is tried again.
func TestReconcileHookFails(t *testing.T) {
	s := newShop(t, fast)
	s.ticket("1")
	s.Gateway.say("info", 200, `{"status":"success","amount":10000,"currency":"RUB"}`)
	s.Clock.Add(time.Minute)
	s.setFail(errors.New("no paper"))
	s.reconcile(highhelp.Report{Asked: 1})
	require.Equal(t, 0, s.shipped("1"))
	s.setFail(nil)
	s.Clock.Add(3 * time.Minute)
	s.reconcile(highhelp.Report{Asked: 1, Applied: 1})
	require.Equal(t, 1, s.shipped("1"))
}

func TestReconcileWithoutInfo(t *testing.T) {
	s := newShop(t, fast, func(c *highhelp.Config) { c.InfoPath = "-" })
	s.ticket("1")
	require.Equal(t, 200, s.deliver("info", with("1", "processing", "paid")))
	s.Clock.Add(24 * time.Hour)
	s.reconcile(highhelp.Report{Unresolved: 1})
	require.Empty(t, s.Gateway.ids("info"))
}

func TestReconcileStoreFails(t *testing.T) {
	broken := errors.New("disk full")
	f := &faults{MemStore: &highhelp.MemStore{}, pending: broken}
	s := newShop(t, fast, func(c *highhelp.Config) { f.MemStore, c.Store = c.Store.(*highhelp.MemStore), f })
	s.ticket("1")
	s.Clock.Add(time.Minute)
	_, err := s.Checkout.Reconcile(t.Context())
	require.ErrorIs(t, err, broken)
	f.pending, f.update = nil, broken
	_, err = s.Checkout.Reconcile(t.Context())
	require.ErrorIs(t, err, broken)
	require.Empty(t, s.Gateway.ids("info"), "never without a claim")
}

// Run asks no faster than it may, goes on after failures, and stops at once.
func TestRun(t *testing.T) {
	const perSecond = 50
	s := newShop(t, func(c *highhelp.Config) { c.Checks.PerSecond, c.Checks.Every = perSecond, time.Millisecond })
	for i := range 20 {
		s.ticket(fmt.Sprint(i))
	}
	s.Clock.Add(2 * time.Minute)
	ctx, stop := context.WithCancel(t.Context())
	var mu sync.Mutex
	calls := 0
	start := time.Now()
	s.Gateway.on("info", func(gatewayCall) answer {
		mu.Lock()
		defer mu.Unlock()
		if calls++; calls == 20 {
			stop()
		}
		return answer{status: http.StatusOK, body: `{"status":"success","amount":10000,"currency":"RUB"}`}
	})
	require.ErrorIs(t, s.Checkout.Run(ctx), context.Canceled)
	require.Equal(t, 20, calls)
	require.GreaterOrEqual(t, time.Since(start), 19*time.Second/perSecond, "no faster than Checks.PerSecond")
}

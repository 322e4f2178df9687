package highhelp_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/stretchr/testify/require"
)

func counts(list []highhelp.Delivery) map[highhelp.Outcome]int {
	n := map[highhelp.Outcome]int{}
	for _, d := range list {
		n[d.Outcome]++
	}
	return n
}

// A fault in OnPaid refuses a hundred callbacks. When it is mended, a replay
// ships every order once, whatever the journal has kept of the bodies, and the
// journal tells the story.
func TestReplayAfterAFix(t *testing.T) {
	const orders = 100
	for _, mode := range []string{"full", "masked", "none"} {
		t.Run(mode, func(t *testing.T) {
			s := newShop(t, func(c *highhelp.Config) { c.JournalBodies = mode })
			s.setFail(errors.New("a fault of the shop"))
			for i := range orders {
				id := fmt.Sprint(i)
				s.ticket(id)
				require.Equal(t, 500, s.deliver("success", success(id)))
				if i%3 == 0 { // the gateway has tried again
					require.Equal(t, 500, s.deliver("success", success(id)))
				}
			}
			s.setFail(nil)
			require.Equal(t, 200, s.deliver("success", success("7")), "one comes again by itself")
			broken := s.journal()

			foreseen, err := s.Checkout.ReplayFailed(t.Context(), time.Time{}, time.Time{}, true)
			require.NoError(t, err)
			require.Equal(t, map[highhelp.Outcome]int{highhelp.Applied: orders - 1}, counts(foreseen))
			require.Equal(t, broken, s.journal(), "a dry run changes nothing")
			require.Zero(t, s.shipped("0"))
			require.Equal(t, "pending", s.payment("0").State())

			s.Clock.Add(time.Hour)
			done, err := s.Checkout.ReplayFailed(t.Context(), time.Time{}, time.Time{}, false)
			require.NoError(t, err)
			require.Equal(t, foreseen, done)
			for i := range orders {
				require.Equal(t, 1, s.shipped(fmt.Sprint(i)))
				require.Equal(t, "paid", s.payment(fmt.Sprint(i)).State())
			}
			story := s.journal()[len(broken):]
			require.Len(t, story, orders-1)
			byID := map[string]highhelp.Delivery{}
			for _, d := range broken {
				byID[d.ID] = d
			}
			for i, d := range story {
				first := byID[d.Replay]
				require.Contains(t, first.Error, "a fault of the shop")
				require.Equal(t, done[i].ID, d.Replay)
				require.Equal(t, highhelp.Applied, d.Outcome)
				require.Equal(t, first.Fingerprint, d.Fingerprint)
				require.Equal(t, first.Raw, d.Raw)
				require.Equal(t, first.SignedAt, d.SignedAt)
				require.Equal(t, s.Clock.Now(), d.ReceivedAt, "it says when it was replayed")
			}

			for _, dry := range []bool{true, false} {
				again, err := s.Checkout.ReplayFailed(t.Context(), time.Time{}, time.Time{}, dry)
				require.NoError(t, err)
				require.Empty(t, again)
			}
			require.Equal(t, 200, s.deliver("success", success("0")))
			require.Equal(t, 1, s.shipped("0"))
			require.Empty(t, s.kinds())
		})
	}
}

// last returns the newest row of the journal.
func (s *shop) last() highhelp.Delivery {
	journal := s.journal()
	return journal[len(journal)-1]
}

// Each row can be replayed alone; what has taken effect does not do so again.
func TestReplayOne(t *testing.T) {
	s := newShop(t)
	s.ticket("1")
	s.setFail(errors.New("no stock"))
	require.Equal(t, 500, s.deliver("success", success("1")))
	failed := s.last()
	_, err := s.Checkout.Replay(t.Context(), failed.ID, false)
	require.ErrorContains(t, err, "no stock")
	require.Equal(t, failed.ID, s.last().Replay, "that it failed again is a row too")
	require.Zero(t, s.last().Outcome)
	s.setFail(nil)
	for i, want := range []highhelp.Outcome{highhelp.Applied, highhelp.Duplicate, highhelp.Duplicate} {
		dry, err := s.Checkout.Replay(t.Context(), failed.ID, true)
		require.NoError(t, err)
		require.Equal(t, want, dry)
		o, err := s.Checkout.Replay(t.Context(), failed.ID, false)
		require.NoError(t, err)
		require.Equal(t, want, o, i)
	}
	require.Equal(t, 1, s.shipped("1"))
	require.Equal(t, 200, s.deliver("info", with("1", "processing", "paid")))
	o, err := s.Checkout.Replay(t.Context(), s.last().ID, true)
	require.NoError(t, err)
	require.Equal(t, highhelp.Stale, o)
	o, err = s.Checkout.Replay(t.Context(), s.last().ID, false)
	require.NoError(t, err)
	require.Equal(t, highhelp.Stale, o)
}

// What was never authentic can't become so by a replay.
func TestReplayRefuses(t *testing.T) {
	s := newShop(t, fast)
	s.ticket("1")
	require.Equal(t, 401, s.deliverRaw("success", success("1").body(), testKeys().foreign, nil).StatusCode)
	refused := s.last().ID
	require.Equal(t, 403, s.deliver("success", callback{project: "other", payment: "1", status: "success", amount: 10000, currency: "RUB"}))
	foreign := s.last().ID
	s.Gateway.say("info", 200, `{"status":"processing","sub_status":"paid"}`)
	s.Clock.Add(time.Minute)
	s.reconcile(highhelp.Report{Asked: 1, Applied: 1})
	answer := s.last()
	require.Equal(t, "poll", answer.Route)
	for id, want := range map[string]error{
		refused: highhelp.ErrUnverified, foreign: highhelp.ErrUnverified, answer.ID: highhelp.ErrUnverified,
		"9999": highhelp.ErrNotFound, "": highhelp.ErrNotFound,
	} {
		for _, dry := range []bool{true, false} {
			_, err := s.Checkout.Replay(t.Context(), id, dry)
			require.ErrorIs(t, err, want, id)
		}
	}
	list, err := s.Checkout.ReplayFailed(t.Context(), time.Time{}, time.Time{}, false)
	require.NoError(t, err)
	require.Empty(t, list)
	require.Zero(t, s.shipped("1"))

	bare := newShop(t, func(c *highhelp.Config) { c.Store = struct{ highhelp.Store }{&highhelp.MemStore{}} })
	_, err = bare.Checkout.Replay(t.Context(), "1", true)
	require.ErrorIs(t, err, errors.ErrUnsupported)
	_, err = bare.Checkout.ReplayFailed(t.Context(), time.Time{}, time.Time{}, true)
	require.ErrorIs(t, err, errors.ErrUnsupported)
}

// A range replays what came in within it, the oldest first; one that fails
// again does not stop the others, a Store that fails does.
func TestReplayRange(t *testing.T) {
	f := &faults{}
	var order []string
	shipped := func() {}
	broken := map[string]bool{}
	s := newShop(t, func(c *highhelp.Config) {
		f.MemStore = c.Store.(*highhelp.MemStore)
		c.Store = f
		c.OnPaid = func(_ context.Context, e highhelp.Event) error {
			if broken[e.OrderID] {
				return errors.New("no stock")
			}
			order = append(order, e.OrderID)
			shipped()
			return nil
		}
	})
	begin := s.Clock.Now()
	for i := range 6 {
		id := fmt.Sprint(i)
		s.ticket(id)
		broken[id] = true
		require.Equal(t, 500, s.deliver("success", success(id)))
		s.Clock.Add(time.Minute)
	}
	broken = map[string]bool{"2": true}
	from, to := begin.Add(time.Minute), begin.Add(5*time.Minute)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	list, err := s.Checkout.ReplayFailed(ctx, from, to, false)
	require.ErrorIs(t, err, context.Canceled)
	require.Empty(t, list)

	f.update = errors.New("the database is gone")
	list, err = s.Checkout.ReplayFailed(t.Context(), from, to, false)
	require.ErrorContains(t, err, "the database is gone")
	require.Empty(t, list)
	f.update = nil

	ctx, cancel = context.WithCancel(t.Context())
	defer cancel()
	shipped = cancel
	list, err = s.Checkout.ReplayFailed(ctx, from, to, false)
	require.Equal(t, context.Canceled, err, "not a failure of the Store")
	require.Equal(t, map[highhelp.Outcome]int{highhelp.Applied: 1}, counts(list), "what had begun was finished")

	list, err = s.Checkout.ReplayFailed(t.Context(), from, to, false)
	require.NoError(t, err)
	require.Equal(t, []string{"1", "3", "4"}, order)
	require.Equal(t, map[highhelp.Outcome]int{highhelp.Applied: 2, 0: 1}, counts(list))
	require.Equal(t, "2", list[0].PaymentID)
	require.Contains(t, list[0].Error, "no stock")
	require.Empty(t, list[1].Error)
	broken = nil
	list, err = s.Checkout.ReplayFailed(t.Context(), time.Time{}, time.Time{}, false)
	require.NoError(t, err)
	require.Len(t, list, 3)
	require.Equal(t, []string{"1", "3", "4", "0", "5", "2"}, order, "2 has failed last")
}

// A dry run asks the gateway for an amount as the replay would.
func TestDryRunAsksForTheAmount(t *testing.T) {
	s := newShop(t)
	s.ticket("1")
	c := callback{project: project, payment: "1", status: "success"}
	s.Gateway.say("info", 500, "oops")
	require.Equal(t, 503, s.deliver("success", c))
	failed := s.last().ID
	_, err := s.Checkout.Replay(t.Context(), failed, true)
	require.ErrorIs(t, err, highhelp.ErrInfoUnavailable)
	for amount, want := range map[string]highhelp.Outcome{
		`,"amount":1,"currency":"RUB"`: highhelp.Mismatch, `,"amount":10000,"currency":"RUB"`: highhelp.Applied, "": highhelp.Mismatch,
	} {
		s.Gateway.say("info", 200, `{"status":"success"`+amount+`}`)
		o, err := s.Checkout.Replay(t.Context(), failed, true)
		require.NoError(t, err)
		require.Equal(t, want, o)
	}
	require.Zero(t, s.shipped("1"))
	require.Empty(t, s.payment("1").Held)
}

// A callback for a payment that was never made here can be replayed once it is.
func TestReplayOfAnUnknownPayment(t *testing.T) {
	s := newShop(t)
	require.Equal(t, http.StatusNotFound, s.deliver("success", success("1")))
	id := s.last().ID
	for _, dry := range []bool{true, false} {
		_, err := s.Checkout.Replay(t.Context(), id, dry)
		require.ErrorIs(t, err, highhelp.ErrNotFound)
	}
	s.ticket("1")
	o, err := s.Checkout.Replay(t.Context(), id, false)
	require.NoError(t, err)
	require.Equal(t, highhelp.Applied, o)
	require.Equal(t, 1, s.shipped("1"))
}

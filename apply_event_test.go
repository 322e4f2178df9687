package highhelp_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/stretchr/testify/require"
)

// What a hook and a human hear of names the attempt, and what is saved says when
// to ask the gateway again.
func TestAppliedEvent(t *testing.T) {
	var heard []highhelp.Event
	hook := func(_ context.Context, e highhelp.Event) error {
		heard = append(heard, e)
		return nil
	}
	var told []highhelp.Anomaly
	s := newShop(t, func(cfg *highhelp.Config) {
		cfg.OnPaid, cfg.OnDeclined, cfg.OnProgress = hook, hook, hook
		cfg.OnAnomaly = func(_ context.Context, a highhelp.Anomaly) { told = append(told, a) }
	})
	s.ticket("1")
	require.False(t, s.payment("1").CheckAt.IsZero())
	require.Equal(t, 200, s.deliver("info", with("1", "processing", "paid")))
	require.False(t, s.payment("1").CheckAt.IsZero())
	require.Equal(t, 200, s.deliver("decline", with("1", "decline", "")))
	require.Zero(t, s.payment("1").CheckAt, "there is nothing to ask any more")

	require.Equal(t, 200, s.deliver("success", success("1")))
	require.Len(t, heard, 2)
	for _, e := range heard {
		require.Equal(t, 1, e.Attempt)
	}
	require.Len(t, told, 1)
	require.Equal(t, 1, told[0].Event.Attempt)
	require.Contains(t, told[0].Detail, "decline")
}

// A hook that says ErrNotFound, of a row of its own, has failed: the payment is
// there, and the gateway has to come again.
func TestHookMissesSomething(t *testing.T) {
	s := newShop(t)
	s.ticket("1")
	s.setFail(highhelp.ErrNotFound)
	require.Equal(t, 500, s.deliver("success", success("1")))
	require.Empty(t, s.kinds())
	s.setFail(nil)
	require.Equal(t, 200, s.deliver("success", success("1")))
	require.Equal(t, 1, s.shipped("1"))
}

// An answer of the gateway is as old as its date says, and without one no older
// than what is known.
func TestPolledEventsByDate(t *testing.T) {
	date := func(at time.Time) string { return at.UTC().Format(http.TimeFormat) }
	known := newClock().Now().Truncate(time.Second)
	for _, c := range []struct {
		name, date string
		applied    int
		signedAt   time.Time // of what the hook hears
	}{
		{"no date", "", 1, known},
		{"no date at all that can be read", "yesterday", 1, known},
		{"older", date(known.Add(-time.Second)), 0, time.Time{}},
		{"the same second", date(known), 1, known},
		{"newer", date(known.Add(time.Minute)), 1, known.Add(time.Minute)},
	} {
		t.Run(c.name, func(t *testing.T) {
			var heard []highhelp.Event
			s := newShop(t, fast, func(cfg *highhelp.Config) {
				cfg.OnProgress = func(_ context.Context, e highhelp.Event) error {
					heard = append(heard, e)
					return nil
				}
			})
			s.ticket("1")
			require.Equal(t, 200, s.deliver("info", with("1", "processing", "requisites")))
			require.True(t, known.Equal(heard[0].SignedAt))
			s.Gateway.on("info", func(gatewayCall) answer {
				return answer{status: 200, body: `{"status":"processing","sub_status":"paid"}`, header: map[string]string{"Date": c.date}}
			})
			s.Clock.Add(time.Minute)
			s.reconcile(highhelp.Report{Asked: 1, Applied: c.applied})
			require.Len(t, heard, 1+c.applied)
			if c.applied > 0 {
				require.True(t, c.signedAt.Equal(heard[1].SignedAt), heard[1].SignedAt)
				require.Equal(t, 1, heard[1].Attempt)
			}
		})
	}
}

// A gone is a Store that has lost a payment, or its attempts, for those who
// read.
type gone struct {
	highhelp.Store
	payment, attempts bool
}

func (g *gone) Payment(ctx context.Context, k highhelp.Key) (highhelp.Payment, error) {
	p, err := g.Store.Payment(ctx, k)
	if g.payment {
		return highhelp.Payment{}, highhelp.ErrNotFound
	}
	if g.attempts {
		p.Attempts = nil
	}
	return p, err
}

// A callback that was known before is refused like that of a stranger once its
// payment is gone.
func TestKnownEventsOfWhatIsGone(t *testing.T) {
	g := &gone{}
	s := newShop(t, func(cfg *highhelp.Config) { g.Store = cfg.Store; cfg.Store = g })
	s.ticket("1")
	require.Equal(t, 200, s.deliver("success", success("1")))
	require.Equal(t, http.StatusNotFound, s.deliver("success", success("stranger")))
	g.payment = true
	require.Equal(t, http.StatusNotFound, s.deliver("success", success("1")))
	g.payment, g.attempts = false, true
	require.Equal(t, http.StatusNotFound, s.deliver("success", success("1")))
	for _, d := range s.journal()[1:] {
		require.Contains(t, d.Error, "the callback names none of this shop")
	}
	g.attempts = false
	require.Equal(t, 200, s.deliver("success", success("1")))
	require.Equal(t, []highhelp.Outcome{highhelp.Applied, 0, 0, 0, highhelp.Duplicate}, outcomes(s.journal()))
}

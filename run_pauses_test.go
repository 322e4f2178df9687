package highhelp_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/signer"
	"github.com/stretchr/testify/require"
)

// A watchedStore notes when it is asked for pending payments, and fails the
// first few times.
type watchedStore struct {
	highhelp.MemStore
	failing int
	asked   []time.Time
	enough  int
	stop    func()
}

func (s *watchedStore) Pending(context.Context, string, time.Time, int) ([]highhelp.Payment, error) {
	s.asked = append(s.asked, time.Now())
	if len(s.asked) == s.enough {
		s.stop()
	}
	if len(s.asked) <= s.failing {
		return nil, errors.New("the database is down")
	}
	return nil, nil
}

// checkout talks to nobody: a connection would keep time from standing still.
func (s *watchedStore) checkout(t *testing.T, every time.Duration) *highhelp.Checkout {
	t.Helper()
	key, err := signer.NewHMACKey("test", strings.Repeat("k", 64))
	require.NoError(t, err)
	c, err := highhelp.New(highhelp.Config{
		ProjectID: "P", BaseURL: "https://gateway.example", PublicURL: "https://shop.example/pay", Signer: key, Verifier: key,
		Store: s, Logger: slog.New(slog.DiscardHandler), OnPaid: func(context.Context, highhelp.Event) error { return nil },
		Checks: highhelp.Checks{Every: every},
	})
	require.NoError(t, err)
	return c
}

// Run pauses for Every, give or take a fifth, twice as long after each failure
// in a row, up to five minutes, and never for less than Every.
func TestRunPauses(t *testing.T) {
	minutes := func(list ...float64) (out []time.Duration) {
		for _, m := range list {
			out = append(out, time.Duration(m*float64(time.Minute)))
		}
		return out
	}
	for name, c := range map[string]struct {
		every   time.Duration
		failing int
		want    []time.Duration // without what chance adds or takes away
	}{
		"nothing fails":     {time.Minute, 0, minutes(1, 1, 1)},
		"longer each time":  {20 * time.Second, 5, minutes(2./3, 4./3, 8./3, 5, 5, 1./3, 1./3)},
		"already longer":    {time.Hour, 2, minutes(60, 60, 60)},
		"for a whole night": {time.Minute, 70, append(minutes(2, 4), minutes(5, 5, 5, 5, 5, 5, 5, 5, 5, 5)...)},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, stop := context.WithCancel(t.Context())
				store := &watchedStore{failing: c.failing, enough: len(c.want) + 1, stop: stop}
				require.ErrorIs(t, store.checkout(t, c.every).Run(ctx), context.Canceled)
				require.Len(t, store.asked, store.enough)
				for i, want := range c.want {
					pause := store.asked[i+1].Sub(store.asked[i])
					require.InDelta(t, want.Seconds(), pause.Seconds(), want.Seconds()/5+0.001, "pause %d", i)
				}
			})
		})
	}
}

// It does not go on pausing when it is told to stop.
func TestRunStopsInAPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &watchedStore{}
		checkout := store.checkout(t, time.Hour)
		ctx, stop := context.WithCancel(t.Context())
		start := time.Now()
		time.AfterFunc(time.Minute, stop)
		require.ErrorIs(t, checkout.Run(ctx), context.Canceled)
		require.Equal(t, time.Minute, time.Since(start))
	})
}

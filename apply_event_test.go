package highhelp_test

import (
	"context"
	"testing"

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

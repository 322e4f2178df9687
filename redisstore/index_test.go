package redisstore_test

import (
	"context"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/redisstore"
	"github.com/stretchr/testify/require"
)

// The indexes hold what the payments say, and nothing besides: what has been
// settled costs no one who asks for what is pending.
func TestIndexes(t *testing.T) {
	client := running(t)
	s := open(t, client, redisstore.Options{})
	p := inserted(t, s)
	pending, settled := prefix+":{"+p.ProjectID+"}:pending", prefix+":{"+p.ProjectID+"}:settled"
	at := time.Date(2026, 11, 23, 12, 0, 0, 123456000, time.UTC)
	require.EqualValues(t, 1, client.ZCard(t.Context(), settled).Val(), "it has a URL to forget")
	for _, check := range []time.Time{at, at.Add(time.Microsecond), at, {}, at, {}} {
		require.NoError(t, s.Update(t.Context(), p.Key, func(_ context.Context, p *highhelp.Payment) error {
			p.CheckAt, p.UpdatedAt = check, at
			return nil
		}))
		waits, done := client.ZScore(t.Context(), pending, p.OrderID), client.ZScore(t.Context(), settled, p.OrderID)
		if check.IsZero() {
			require.Error(t, waits.Err())
			require.EqualValues(t, at.UnixMicro(), int64(done.Val()))
		} else {
			require.Error(t, done.Err())
			require.EqualValues(t, check.UnixMicro(), int64(waits.Val()))
		}
	}
	n, err := s.Prune(t.Context(), p.ProjectID, time.Now(), 10)
	require.NoError(t, err)
	require.Equal(t, 1, n)
	require.Zero(t, client.Exists(t.Context(), pending, settled).Val())
}

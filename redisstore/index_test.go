package redisstore_test

import (
	"context"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/redisstore"
	"github.com/redis/go-redis/v9"
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
			require.Equal(t, at.UnixMicro(), int64(done.Val()))
		} else {
			require.Error(t, done.Err())
			require.Equal(t, check.UnixMicro(), int64(waits.Val()))
		}
	}
	n, err := s.Prune(t.Context(), p.ProjectID, time.Now(), 10)
	require.NoError(t, err)
	require.Equal(t, 1, n)
	require.Zero(t, client.Exists(t.Context(), pending, settled).Val())
}

// Between the look into the index and that at the payment others may have
// settled it; then it is pending no more.
func TestPendingBelievesThePayment(t *testing.T) {
	client := running(t)
	s := open(t, client, redisstore.Options{})
	p, now := inserted(t, s), time.Now()
	require.NoError(t, client.ZAdd(t.Context(), prefix+":{"+p.ProjectID+"}:pending", redis.Z{Score: 1, Member: p.OrderID}).Err())
	list, err := s.Pending(t.Context(), p.ProjectID, now, 10)
	require.NoError(t, err)
	require.Empty(t, list)
	require.NoError(t, s.Update(t.Context(), p.Key, func(_ context.Context, p *highhelp.Payment) error {
		p.CheckAt = now.Add(time.Hour)
		return nil
	}))
	require.NoError(t, client.ZAdd(t.Context(), prefix+":{"+p.ProjectID+"}:pending", redis.Z{Score: 1, Member: p.OrderID}).Err())
	list, err = s.Pending(t.Context(), p.ProjectID, now, 10)
	require.NoError(t, err)
	require.Empty(t, list)
}

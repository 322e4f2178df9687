package redisstore_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/redisstore"
	"github.com/stretchr/testify/require"
)

// A holder whose lease ended while it slept changes nothing once another has
// come, whatever it still has to say.
func TestStalledHolderLoses(t *testing.T) {
	client := running(t)
	stalled, other := open(t, client, redisstore.Options{}), open(t, running(t), redisstore.Options{})
	p := inserted(t, stalled)
	err := stalled.Update(t.Context(), p.Key, func(ctx context.Context, q *highhelp.Payment) error {
		require.NoError(t, stalled.Record(ctx, highhelp.Delivery{Key: p.Key, ReceivedAt: time.Now(), Error: "stalled"}))
		q.Held, q.CheckAt = "stalled", time.Now()
		require.NoError(t, client.Del(t.Context(), leaseKey(p.Key)).Err()) // its time is up
		require.NoError(t, other.Update(t.Context(), p.Key, hold("other")))
		return nil
	})
	require.ErrorIs(t, err, highhelp.ErrLost)
	require.Equal(t, "other", held(t, stalled, p.Key))
	require.Empty(t, deliveries(t, stalled, highhelp.Delivery{Key: p.Key}))
	pending, err := stalled.Pending(t.Context(), p.ProjectID, time.Now().Add(time.Hour), 1)
	require.NoError(t, err)
	require.Empty(t, pending)
	require.NoError(t, stalled.Update(t.Context(), p.Key, hold("next")))
}

// The other need not have saved anything: it has seen the payment, and may be
// at work on it.
func TestStalledHolderLosesToOneAtWork(t *testing.T) {
	client := running(t)
	stalled, other := open(t, client, redisstore.Options{}), open(t, running(t), redisstore.Options{})
	p := inserted(t, stalled)
	err := stalled.Update(t.Context(), p.Key, func(_ context.Context, q *highhelp.Payment) error {
		require.NoError(t, client.Del(t.Context(), leaseKey(p.Key)).Err())
		failed := other.Update(t.Context(), p.Key, func(context.Context, *highhelp.Payment) error { return errors.New("changed its mind") })
		require.ErrorContains(t, failed, "changed its mind")
		q.Held = "stalled"
		return nil
	})
	require.ErrorIs(t, err, highhelp.ErrLost)
	require.Empty(t, held(t, stalled, p.Key))
}

// What a stalled holder gives back is not the lease of the next one.
func TestStalledHolderFreesItsOwnLease(t *testing.T) {
	client := running(t)
	stalled, other := open(t, client, redisstore.Options{}), open(t, running(t), redisstore.Options{})
	p := inserted(t, stalled)
	entered, leave, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	err := stalled.Update(t.Context(), p.Key, func(context.Context, *highhelp.Payment) error {
		require.NoError(t, client.Del(t.Context(), leaseKey(p.Key)).Err())
		go func() {
			done <- other.Update(t.Context(), p.Key, func(context.Context, *highhelp.Payment) error {
				close(entered)
				<-leave
				return nil
			})
		}()
		<-entered
		return errors.New("failed")
	})
	require.ErrorContains(t, err, "failed")
	require.EqualValues(t, 1, client.Exists(t.Context(), leaseKey(p.Key)).Val(), "the other's lease is gone")
	close(leave)
	require.NoError(t, <-done)
}

// Version, fence and token each keep a save from going through that does not
// meet what was read: a failover can bring back an old state of any of them.
func TestEachConditionOfTheSave(t *testing.T) {
	client := running(t)
	s := open(t, client, redisstore.Options{})
	for _, field := range []string{"version", "fence", "holder"} {
		t.Run(field, func(t *testing.T) {
			p := inserted(t, s)
			err := s.Update(t.Context(), p.Key, func(_ context.Context, q *highhelp.Payment) error {
				q.Held = "lost"
				return client.HSet(t.Context(), paymentKey(p.Key), field, "7").Err()
			})
			require.ErrorIs(t, err, highhelp.ErrLost)
			require.Empty(t, held(t, s, p.Key))
		})
	}
}

func TestChangeCannotMoveAPayment(t *testing.T) {
	s := open(t, running(t), redisstore.Options{})
	p, other := inserted(t, s), newKey()
	require.NoError(t, s.Update(t.Context(), p.Key, func(_ context.Context, q *highhelp.Payment) error {
		q.Key, q.Held = other, "here"
		return nil
	}))
	require.Equal(t, "here", held(t, s, p.Key))
	_, err := s.Payment(t.Context(), other)
	require.ErrorIs(t, err, highhelp.ErrNotFound)
}

// A lease that ended while nobody came is no reason to lose work.
func TestLeaseEndsUnnoticed(t *testing.T) {
	client := running(t)
	s := open(t, client, redisstore.Options{})
	p := inserted(t, s)
	require.NoError(t, s.Update(t.Context(), p.Key, func(_ context.Context, q *highhelp.Payment) error {
		q.Held = "saved"
		return client.Del(t.Context(), leaseKey(p.Key)).Err()
	}))
	require.Equal(t, "saved", held(t, s, p.Key))
}

// The lease lasts as long as change does, and no longer. Its length is set by
// hand to what it can't be, so that a renewal shows.
func TestLeaseIsRenewed(t *testing.T) {
	client := running(t)
	const length = 300 * time.Millisecond
	s := open(t, client, redisstore.Options{Lease: length})
	p := inserted(t, s)
	left := func() time.Duration {
		ttl, err := client.PTTL(t.Context(), leaseKey(p.Key)).Result()
		require.NoError(t, err)
		return ttl
	}
	renewed := func() bool { ttl := left(); return ttl > 0 && ttl <= length }
	require.NoError(t, s.Update(t.Context(), p.Key, func(context.Context, *highhelp.Payment) error {
		require.True(t, renewed())
		for range 2 {
			require.NoError(t, client.PExpire(t.Context(), leaseKey(p.Key), time.Hour).Err())
			require.Eventually(t, renewed, 10*time.Second, time.Millisecond, "the lease is not renewed")
		}
		require.NoError(t, client.Del(t.Context(), leaseKey(p.Key)).Err())
		require.Eventually(t, renewed, 10*time.Second, time.Millisecond, "a lease that has ended is not taken again")
		return nil
	}))
	require.Negative(t, left(), "the lease is not given back")
}

// Renewal goes on when ctx has ended, as change may.
func TestLeaseIsRenewedAfterContext(t *testing.T) {
	client := running(t)
	s := open(t, client, redisstore.Options{Lease: 300 * time.Millisecond})
	p := inserted(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	err := s.Update(ctx, p.Key, func(context.Context, *highhelp.Payment) error {
		cancel()
		require.NoError(t, client.PExpire(t.Context(), leaseKey(p.Key), time.Hour).Err())
		require.Eventually(t, func() bool {
			return client.PTTL(t.Context(), leaseKey(p.Key)).Val() <= time.Second
		}, 10*time.Second, time.Millisecond)
		return nil
	})
	require.ErrorIs(t, err, context.Canceled)
}

// A holder that hears of another stops working.
func TestLostHolderIsTold(t *testing.T) {
	client := running(t)
	s, other := open(t, client, redisstore.Options{Lease: 300 * time.Millisecond}), open(t, running(t), redisstore.Options{})
	p := inserted(t, s)
	err := s.Update(t.Context(), p.Key, func(ctx context.Context, _ *highhelp.Payment) error {
		require.NoError(t, client.Del(t.Context(), leaseKey(p.Key)).Err())
		require.NoError(t, other.Update(t.Context(), p.Key, hold("other")))
		<-ctx.Done()
		require.ErrorIs(t, context.Cause(ctx), highhelp.ErrLost)
		return fmt.Errorf("shipping: %w", ctx.Err())
	})
	require.ErrorIs(t, err, highhelp.ErrLost)
	require.ErrorContains(t, err, "shipping")
	require.Equal(t, "other", held(t, s, p.Key))
}

// The keys of a payment that TestHolder holds until it is killed.
const holderOrder, holderProject, holderPrefix = "HIGHHELP_TEST_ORDER", "HIGHHELP_TEST_PROJECT", "HIGHHELP_TEST_PREFIX"

// TestHolder is the process that TestKilledHolder kills.
func TestHolder(t *testing.T) {
	if os.Getenv(holderOrder) == "" {
		return
	}
	s := open(t, running(t), redisstore.Options{Prefix: os.Getenv(holderPrefix)})
	k := highhelp.Key{ProjectID: os.Getenv(holderProject), OrderID: os.Getenv(holderOrder)}
	_ = s.Update(t.Context(), k, func(_ context.Context, p *highhelp.Payment) error {
		p.Held = "killed"
		fmt.Println("held")
		select {} // until it is killed
	})
}

// A holder that was killed has saved nothing. Others find the payment busy
// until its lease ends.
func TestKilledHolder(t *testing.T) {
	client := running(t)
	s := open(t, client, redisstore.Options{})
	p := inserted(t, s)
	cmd := exec.Command(os.Args[0], "-test.run=^TestHolder$", "-test.v")
	cmd.Env = append(os.Environ(), holderOrder+"="+p.OrderID, holderProject+"="+p.ProjectID, holderPrefix+"="+prefix)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	for text := ""; ; {
		var buf [256]byte
		n, err := out.Read(buf[:])
		require.NoError(t, err, text)
		if text += string(buf[:n]); len(text) > 5 && text[len(text)-5:] == "held\n" {
			break
		}
	}
	require.NoError(t, cmd.Process.Kill())
	require.Error(t, cmd.Wait())

	short, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	err = s.Update(short, p.Key, hold("next"))
	require.ErrorIs(t, err, highhelp.ErrBusy)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	left, err := client.PTTL(t.Context(), leaseKey(p.Key)).Result()
	require.NoError(t, err)
	require.Positive(t, left, "the lease would never end")
	require.NoError(t, client.PExpire(t.Context(), leaseKey(p.Key), time.Millisecond).Err()) // the time is up
	require.NoError(t, s.Update(t.Context(), p.Key, func(_ context.Context, p *highhelp.Payment) error {
		require.Empty(t, p.Held)
		p.Held = "next"
		return nil
	}))
	require.Equal(t, "next", held(t, s, p.Key))
}

// However an Update ends, it leaves neither a goroutine nor a lease behind.
func TestNothingIsLeftRunning(t *testing.T) {
	client := running(t)
	s := open(t, client, redisstore.Options{Lease: 100 * time.Millisecond})
	p := inserted(t, s)
	require.NoError(t, s.Update(t.Context(), p.Key, hold("")))
	before := runtime.NumGoroutine()
	gone := func() {
		require.Zero(t, client.Exists(t.Context(), leaseKey(p.Key)).Val(), "the lease is left")
		require.Equal(t, before, runtime.NumGoroutine())
	}
	for range 50 {
		require.NoError(t, s.Update(t.Context(), p.Key, hold("")))
		gone()
		require.Error(t, s.Update(t.Context(), p.Key, func(context.Context, *highhelp.Payment) error { return errors.New("failed") }))
		gone()
		require.Panics(t, func() {
			_ = s.Update(t.Context(), p.Key, func(context.Context, *highhelp.Payment) error { panic("failed") })
		})
		gone()
		ctx, cancel := context.WithCancel(t.Context())
		require.ErrorIs(t, s.Update(ctx, p.Key, func(context.Context, *highhelp.Payment) error { cancel(); return nil }), context.Canceled)
		gone()
	}
	require.NoError(t, s.Update(t.Context(), p.Key, func(context.Context, *highhelp.Payment) error { // a long one
		require.NoError(t, client.PExpire(t.Context(), leaseKey(p.Key), time.Hour).Err())
		require.Eventually(t, func() bool {
			return client.PTTL(t.Context(), leaseKey(p.Key)).Val() <= time.Second
		}, 10*time.Second, time.Millisecond)
		return nil
	}))
	gone()
}

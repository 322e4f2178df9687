package redisstore_test

import (
	"bytes"
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/redisstore"
	"github.com/stretchr/testify/require"
)

// The scripts are told apart by their keys.
func has(request []byte, key string) bool { return bytes.Contains(request, []byte("}:"+key)) }

func isTake(b []byte) bool   { return has(b, "lease:") && has(b, "payment:") && !has(b, "pending") }
func isSave(b []byte) bool   { return has(b, "lease:") && has(b, "pending") }
func isInsert(b []byte) bool { return !has(b, "lease:") && has(b, "pending") }
func isRecord(b []byte) bool { return !has(b, "lease:") && has(b, "clock") }

// behindProxy returns a store behind a proxy, and one beside it. Both have run
// every script before, so that the server knows them.
func behindProxy(t *testing.T) (p *proxy, s, other *redisstore.Store) {
	client := running(t)
	p = startProxy(t, client.Options().Addr)
	through := connect(p.Addr)
	t.Cleanup(func() { through.Close() })
	s, other = open(t, through, redisstore.Options{}), open(t, client, redisstore.Options{})
	k := inserted(t, s).Key
	require.NoError(t, s.Update(t.Context(), k, hold("")))
	require.NoError(t, s.Record(t.Context(), highhelp.Delivery{Key: k}))
	return p, s, other
}

func nothing() {}

// adds counts how often a change was saved, and keeps a delivery each time.
func adds(s *redisstore.Store) func(context.Context, *highhelp.Payment) error {
	return func(ctx context.Context, p *highhelp.Payment) error {
		p.Attempts[0].Amount.Minor++
		return s.Record(ctx, highhelp.Delivery{Key: p.Key, ReceivedAt: time.Now()})
	}
}

// saved demands that so many changes were saved, each once.
func saved(t *testing.T, s *redisstore.Store, p highhelp.Payment, n int) {
	t.Helper()
	got, err := s.Payment(t.Context(), p.Key)
	require.NoError(t, err)
	require.EqualValues(t, n, got.Attempts[0].Amount.Minor-p.Attempts[0].Amount.Minor)
	require.Len(t, deliveries(t, s, highhelp.Delivery{Key: p.Key}), n)
}

// A connection that breaks at the save leaves open what became of it. The
// script knows, so Update finds out.
func TestAnswerToSaveIsLost(t *testing.T) {
	proxy, s, other := behindProxy(t)
	p := inserted(t, s)
	proxy.drop.Store(&loss{request: isSave, then: nothing})
	require.NoError(t, s.Update(t.Context(), p.Key, adds(s)))
	require.Nil(t, proxy.drop.Load(), "no answer was lost")
	saved(t, s, p, 1)
	require.NoError(t, other.Update(t.Context(), p.Key, adds(other)))
	saved(t, s, p, 2)
}

// If others have saved since, nobody can tell. That is an error, but not
// ErrLost, which would say that nothing was saved.
func TestAnswerToSaveIsLostAndOthersCome(t *testing.T) {
	proxy, s, other := behindProxy(t)
	p := inserted(t, s)
	proxy.drop.Store(&loss{request: isSave, then: func() { _ = other.Update(context.Background(), p.Key, adds(other)) }})
	err := s.Update(t.Context(), p.Key, adds(s))
	require.Error(t, err)
	require.NotErrorIs(t, err, highhelp.ErrLost)
	require.NotErrorIs(t, err, highhelp.ErrNotFound)
	saved(t, s, p, 2)
}

func TestAnswerToTakeIsLost(t *testing.T) {
	proxy, s, _ := behindProxy(t)
	p := inserted(t, s)
	proxy.drop.Store(&loss{request: isTake, then: nothing})
	soon, cancel := context.WithTimeout(t.Context(), 5*time.Second) // before the lease ends
	defer cancel()
	require.NoError(t, s.Update(soon, p.Key, adds(s)))
	require.Nil(t, proxy.drop.Load(), "no answer was lost")
	saved(t, s, p, 1)
}

// A lease that was taken without an answer blocks nobody.
func TestNoAnswerToTake(t *testing.T) {
	proxy, s, other := behindProxy(t)
	p := inserted(t, s)
	proxy.drop.Store(&loss{request: isTake, then: nothing, again: true})
	err := s.Update(t.Context(), p.Key, adds(s))
	require.Error(t, err)
	require.NotErrorIs(t, err, highhelp.ErrNotFound)
	soon, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	require.NoError(t, other.Update(soon, p.Key, adds(other)))
	saved(t, other, p, 1)
}

func TestAnswerToInsertIsLost(t *testing.T) {
	proxy, s, other := behindProxy(t)
	p := payment(newKey())
	proxy.drop.Store(&loss{request: isInsert, then: nothing})
	require.NoError(t, s.Insert(t.Context(), p))
	require.Nil(t, proxy.drop.Load(), "no answer was lost")
	require.ErrorIs(t, s.Insert(t.Context(), p), highhelp.ErrExists)

	// The repeated Insert must not undo what others have done since.
	p = payment(newKey())
	proxy.drop.Store(&loss{request: isInsert, then: func() { _ = other.Update(context.Background(), p.Key, hold("other")) }})
	err := s.Insert(t.Context(), p)
	require.Error(t, err)
	require.NotErrorIs(t, err, highhelp.ErrExists)
	require.Equal(t, "other", held(t, s, p.Key))
}

// The repeated Insert leaves a holder alone that has come between.
func TestAnswerToInsertIsLostAndOthersHold(t *testing.T) {
	proxy, s, other := behindProxy(t)
	p := payment(newKey())
	entered, leave, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	proxy.drop.Store(&loss{request: isInsert, then: func() {
		go func() {
			done <- other.Update(context.Background(), p.Key, func(_ context.Context, p *highhelp.Payment) error {
				close(entered)
				<-leave
				p.Held = "other"
				return nil
			})
		}()
		<-entered
	}})
	require.NoError(t, s.Insert(t.Context(), p))
	close(leave)
	require.NoError(t, <-done)
	require.Equal(t, "other", held(t, s, p.Key))
}

// A delivery is not recorded twice behind the caller's back.
func TestAnswerToRecordIsLost(t *testing.T) {
	proxy, s, _ := behindProxy(t)
	k := newKey()
	proxy.drop.Store(&loss{request: isRecord, then: nothing})
	require.Error(t, s.Record(t.Context(), highhelp.Delivery{Key: k, ReceivedAt: time.Now()}))
	require.Len(t, deliveries(t, s, highhelp.Delivery{Key: k}), 1)
}

// Update does not return while it renews its lease.
func TestUpdateWaitsForRenewal(t *testing.T) {
	proxy, _, _ := behindProxy(t)
	client := connect(proxy.Addr)
	defer client.Close()
	s := open(t, client, redisstore.Options{Lease: 300 * time.Millisecond})
	p := inserted(t, s)
	renewing := make(chan struct{})
	var renewed atomic.Bool
	require.NoError(t, s.Update(t.Context(), p.Key, func(context.Context, *highhelp.Payment) error {
		proxy.drop.Store(&loss{request: isTake, then: func() {
			close(renewing)
			<-time.After(50 * time.Millisecond)
			renewed.Store(true)
		}})
		<-renewing
		return nil
	}))
	require.True(t, renewed.Load())
}

// A server that does not answer is a context that ends, not a payment that is
// not there.
func TestServerStalls(t *testing.T) {
	server := start(t, redisServer)
	s := open(t, server.client, redisstore.Options{})
	p := inserted(t, s)
	require.NoError(t, s.Update(t.Context(), p.Key, hold("")))
	require.NoError(t, connect(server.Addr).Do(t.Context(), "client", "pause", 60_000, "all").Err())
	for name, call := range map[string]func(context.Context) error{
		"Payment": func(ctx context.Context) error { _, err := s.Payment(ctx, p.Key); return err },
		"Insert":  func(ctx context.Context) error { return s.Insert(ctx, payment(newKey())) },
		"Update":  func(ctx context.Context) error { return s.Update(ctx, p.Key, hold("")) },
		"Pending": func(ctx context.Context) error { _, err := s.Pending(ctx, "p", time.Now(), 1); return err },
		"Record":  func(ctx context.Context) error { return s.Record(ctx, highhelp.Delivery{Key: p.Key}) },
		"Prune":   func(ctx context.Context) error { _, err := s.Prune(ctx, "p", time.Now(), 1); return err },
		"Check":   s.Check,
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			begin := time.Now()
			err := call(ctx)
			require.ErrorIs(t, err, context.DeadlineExceeded)
			require.NotErrorIs(t, err, highhelp.ErrNotFound)
			require.NotErrorIs(t, err, highhelp.ErrBusy, "nobody holds the payment")
			require.Less(t, time.Since(begin), 5*time.Second)
		})
	}
}

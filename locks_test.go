package highhelp

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
)

// Those who wait for a key come in their order; another key waits for nobody.
func TestKeyLocksInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l keyLocks
		k := Key{"P", "1"}
		unlock, err := l.lock(t.Context(), k)
		require.NoError(t, err)
		var order []int
		for i := range 5 {
			go func() {
				unlock, err := l.lock(t.Context(), k)
				require.NoError(t, err)
				order = append(order, i)
				unlock()
			}()
			synctest.Wait()
		}
		other, err := l.lock(t.Context(), Key{"P", "2"})
		require.NoError(t, err)
		other()
		require.Empty(t, order)
		unlock()
		synctest.Wait()
		require.Equal(t, []int{0, 1, 2, 3, 4}, order)
		require.Empty(t, l.held)
	})
}

// Whoever gives up does not keep those behind from their turn.
func TestKeyLocksGivingUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l keyLocks
		k := Key{"P", "1"}
		unlock, err := l.lock(t.Context(), k)
		require.NoError(t, err)
		impatient, giveUp := context.WithCancel(t.Context())
		gaveUp, got := make(chan error, 1), make(chan error, 1)
		go func() { _, err := l.lock(impatient, k); gaveUp <- err }()
		synctest.Wait()
		go func() {
			unlock, err := l.lock(t.Context(), k)
			got <- err
			unlock()
		}()
		synctest.Wait()
		giveUp()
		err = <-gaveUp
		require.ErrorIs(t, err, ErrBusy)
		require.ErrorIs(t, err, context.Canceled)
		unlock()
		require.NoError(t, <-got)
		synctest.Wait()
		require.Empty(t, l.held)
	})
}

// A turn that comes while its waiter gives up goes to the next.
func TestKeyLocksTurnOfOneWhoLeaves(t *testing.T) {
	var l keyLocks
	k := Key{"P", "1"}
	require.Nil(t, l.queue(k))
	first, second := l.queue(k), l.queue(k)
	l.pass(k)
	<-first // it is its turn, and it leaves all the same
	l.leave(k, first)
	<-second
	l.pass(k)
	require.Empty(t, l.held)
}

// Never two at once, whoever gives up when, and nothing is left behind.
func TestKeyLocksUnderStress(t *testing.T) {
	var l keyLocks
	var inside, worked atomic.Int64
	var running sync.WaitGroup
	for i := range 64 {
		running.Go(func() {
			for range 200 {
				ctx, cancel := context.WithCancel(t.Context())
				if i%2 == 0 {
					go cancel()
				}
				if unlock, err := l.lock(ctx, Key{"P", "1"}); err == nil {
					if inside.Add(1) != 1 {
						t.Error("two at once")
					}
					worked.Add(1)
					inside.Add(-1)
					unlock()
				}
				cancel()
			}
		})
	}
	running.Wait()
	require.GreaterOrEqual(t, worked.Load(), int64(32*200))
	require.Empty(t, l.held)
}

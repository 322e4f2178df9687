package redisstore

import (
	"context"
	"crypto/rand"
	"fmt"
	mathrand "math/rand/v2"
	"sync"
	"time"

	"github.com/go-highhelp/highhelp"
)

// A lease is the right to change one payment for a time.
type lease struct {
	highhelp.Key
	payment, key   string // names in Redis
	token          string // whose lease it is
	version, fence string // of the payment when it was taken
}

// How long an Update waits before it asks for a busy payment again: longer
// each time, and never exactly as long as others do.
const (
	firstWait = 2 * time.Millisecond
	maxWait   = 50 * time.Millisecond
)

// freeTimeout bounds giving a lease back after a failure. If that fails too,
// the lease ends by itself.
const freeTimeout = time.Second

// take takes the lease, waiting for another holder until ctx ends, and reads
// the payment.
func (s *Store) take(ctx context.Context, k highhelp.Key) (*lease, highhelp.Payment, error) {
	space := s.space(k.ProjectID)
	l := &lease{Key: k, payment: space.payment(k.OrderID), key: space.lease(k.OrderID), token: rand.Text()}
	for wait := firstWait; ; wait = min(2*wait, maxWait) {
		reply, err := takeScript.run(ctx, s.client, []string{l.payment, l.key}, l.token, s.options.Lease.Milliseconds())
		if err != nil {
			return nil, highhelp.Payment{}, s.notTaken(ctx, l, wait > firstWait, err)
		}
		switch reply := reply.(type) {
		case []any:
			p, err := l.taken(reply)
			if err != nil {
				s.free(ctx, l)
			}
			return l, p, err
		case int64:
			if reply == 0 {
				return nil, highhelp.Payment{}, highhelp.ErrNotFound
			}
		}
		if err := pause(ctx, wait/2+mathrand.N(wait)); err != nil {
			return nil, highhelp.Payment{}, fmt.Errorf("%w: %w", highhelp.ErrBusy, err)
		}
	}
}

// taken reads what the script returned.
func (l *lease) taken(reply []any) (highhelp.Payment, error) {
	l.version, _ = reply[0].(string)
	l.fence, _ = reply[2].(string)
	return decode(l.payment, l.Key, reply[:2])
}

// notTaken says why there is no lease. If no answer came, there may be one
// that nobody uses.
func (s *Store) notTaken(ctx context.Context, l *lease, waited bool, err error) error {
	if open(err) {
		s.free(ctx, l)
	}
	if end := ended(ctx); end != nil && waited {
		return fmt.Errorf("%w: %w", highhelp.ErrBusy, end)
	}
	return failure(ctx, "update", err)
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// keep renews the lease until stop is called, which waits for a renewal that
// is under way. It goes on if ctx ends: change may go on as well. If another
// holder has come, it calls lose. Most changes are over before it has begun.
func (s *Store) keep(ctx context.Context, l *lease, lose context.CancelCauseFunc) (stop func()) {
	ctx = context.WithoutCancel(ctx)
	every := s.options.Lease / 3
	over, done := make(chan struct{}), make(chan struct{})
	first := time.AfterFunc(every, func() {
		defer close(done)
		tick := time.NewTicker(every)
		defer tick.Stop()
		for !s.lost(ctx, l, every) {
			select {
			case <-over:
				return
			case <-tick.C:
			}
		}
		lose(highhelp.ErrLost)
	})
	return sync.OnceFunc(func() {
		close(over)
		if !first.Stop() {
			<-done
		}
	})
}

// lost renews the lease, and reports whether another holder has come. If the
// server does not answer, that is not known: the save will tell.
func (s *Store) lost(ctx context.Context, l *lease, timeout time.Duration) bool {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	reply, err := renewScript.run(ctx, s.client, []string{l.payment, l.key}, l.token, s.options.Lease.Milliseconds())
	return err == nil && reply == int64(0)
}

// free gives the lease back, even if ctx has ended.
func (s *Store) free(ctx context.Context, l *lease) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), freeTimeout)
	defer cancel()
	_, _ = freeScript.run(ctx, s.client, []string{l.key}, l.token)
}

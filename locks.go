package highhelp

import (
	"context"
	"fmt"
	"slices"
	"sync"
)

// keyLocks lets one caller at a time work on a key, in the order in which they
// came, so that a burst of callbacks for one order waits here and does not take
// every connection of the database. The zero value is ready to use.
type keyLocks struct {
	mu   sync.Mutex
	held map[Key][]chan struct{} // the keys that somebody works on, and who waits for each: its turn is closed when it comes
}

// lock waits for its turn until ctx ends, then returns ErrBusy, which wraps
// ctx's error. The func it returns must be called once.
func (l *keyLocks) lock(ctx context.Context, k Key) (unlock func(), err error) {
	if turn := l.queue(k); turn != nil {
		select {
		case <-turn:
		case <-ctx.Done():
			l.leave(k, turn)
			return nil, fmt.Errorf("%w: %w", ErrBusy, ctx.Err())
		}
	}
	return func() { l.pass(k) }, nil
}

// queue returns nil if nobody works on k, and else what to wait for.
func (l *keyLocks) queue(k Key) (turn chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.held == nil {
		l.held = map[Key][]chan struct{}{}
	}
	waiting, held := l.held[k]
	if held {
		turn = make(chan struct{})
		waiting = append(waiting, turn)
	}
	l.held[k] = waiting
	return turn
}

// pass gives k to the next who waits for it.
func (l *keyLocks) pass(k Key) {
	l.mu.Lock()
	defer l.mu.Unlock()
	waiting := l.held[k]
	if len(waiting) == 0 {
		delete(l.held, k)
		return
	}
	close(waiting[0])
	l.held[k] = waiting[1:]
}

// leave ends the wait for a turn, which may have come at the same moment.
func (l *keyLocks) leave(k Key, turn chan struct{}) {
	l.mu.Lock()
	i := slices.Index(l.held[k], turn)
	if i >= 0 {
		l.held[k] = slices.Delete(l.held[k], i, i+1)
	}
	l.mu.Unlock()
	if i < 0 {
		l.pass(k)
	}
}

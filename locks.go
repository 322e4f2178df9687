package highhelp

import (
	"context"
	"fmt"
	"sync"
)

// keyLocks lets one caller at a time work on a key, so that a burst of
// callbacks for one order waits here and does not take every connection of the
// database. The zero value is ready to use.
type keyLocks struct {
	mu    sync.Mutex
	locks map[Key]*keyLock
}

type keyLock struct {
	turn  chan struct{} // holds a token while nobody has the lock
	users int           // holder and waiters
}

// lock waits for its turn until ctx ends, then returns ErrBusy, which wraps
// ctx's error. The func it returns must be called once.
func (l *keyLocks) lock(ctx context.Context, k Key) (unlock func(), err error) {
	l.mu.Lock()
	if l.locks == nil {
		l.locks = map[Key]*keyLock{}
	}
	lock := l.locks[k]
	if lock == nil {
		lock = &keyLock{turn: make(chan struct{}, 1)}
		lock.turn <- struct{}{}
		l.locks[k] = lock
	}
	lock.users++
	l.mu.Unlock()

	select {
	case <-lock.turn:
		return func() {
			lock.turn <- struct{}{}
			l.leave(k, lock)
		}, nil
	case <-ctx.Done():
		l.leave(k, lock)
		return nil, fmt.Errorf("%w: %w", ErrBusy, ctx.Err())
	}
}

func (l *keyLocks) leave(k Key, lock *keyLock) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if lock.users--; lock.users == 0 {
		delete(l.locks, k)
	}
}

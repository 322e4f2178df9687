package sqlstore

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/go-highhelp/highhelp"
)

// The pauses between two tries: the first is at most firstPause, each bound is
// twice the one before, none is over longestPause.
const (
	firstPause   = time.Millisecond
	longestPause = 50 * time.Millisecond
)

// pause waits before try n+1, for a random time so that two who met don't meet
// again. It reports false if ctx ends.
func pause(ctx context.Context, n int) bool {
	bound := min(firstPause<<min(n, 10), longestPause)
	t := time.NewTimer(rand.N(bound) + 1)
	defer t.Stop()
	select {
	case <-t.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

// newTries bounds how often a connection may break before change has run. It
// costs nothing to take another one, which the pool may have broken ones of.
const newTries = 10

// retry runs f until it does not ask for another run, or ctx ends.
func (s *Store) retry(ctx context.Context, f func() (again bool, err error)) error {
	broken := 0
	for n := 0; ; n++ {
		again, err := f()
		if !again {
			return err
		}
		if s.fault(err) == faultNoAnswer {
			if broken++; broken > newTries {
				return err
			}
		}
		if !pause(ctx, n) {
			return fmt.Errorf("%w: %w: %w", highhelp.ErrBusy, ctx.Err(), err)
		}
	}
}

// poll runs f until the database is not locked by another process, or ctx
// ends: SQLite has no queue to wait in. Others have, so f runs once.
func (s *Store) poll(ctx context.Context, f func() error) error {
	for n := 0; ; n++ {
		err := f()
		if s.dialect != SQLite || s.fault(err) != faultWaited {
			return err
		}
		if !pause(ctx, n) {
			return err
		}
	}
}

// passing reports whether a statement that failed, and has done nothing, may
// succeed when it is run again.
func (s *Store) passing(err error) bool {
	fault := s.fault(err)
	return fault == faultConflict || fault == faultWaited
}

package redisstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

// ErrNotDurable means that Options.WaitAOF is set, and the server can't say in
// time that a write is on disk. It wraps the server's error, if there was one.
// Where the server can't wait at all, nothing has been written; else the write
// stands, unless the server loses it.
var ErrNotDurable = errors.New("redisstore: the write is not known to be on disk")

// errEnded is what Record returns for the ctx of a change that is over: there
// is nothing left to save the delivery with.
var errEnded = errors.New("redisstore: the Update of this context is over")

// A DamagedError means that a stored value can't be read: something else has
// written under the store's prefix, or a newer release has.
type DamagedError struct {
	Key string // as the server knows it
	Err error
}

// Error names the key, and nothing of the value.
func (e *DamagedError) Error() string {
	return fmt.Sprintf("redisstore: the value of key %q can't be read: %v", e.Key, e.Err)
}

// Unwrap returns Err.
func (e *DamagedError) Unwrap() error { return e.Err }

// failure wraps an error of the server or of the way to it. If ctx has ended,
// it is ctx's error too: the connection then says only that time was up.
func failure(ctx context.Context, what string, err error) error {
	if ended := ended(ctx); ended != nil && !errors.Is(err, ended) {
		return fmt.Errorf("redisstore: %s: %w: %w", what, ended, err)
	}
	return fmt.Errorf("redisstore: %s: %w", what, err)
}

// ended returns ctx's error. A connection can find a deadline passed before
// the context does.
func ended(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if deadline, ok := ctx.Deadline(); ok && !time.Now().Before(deadline) {
		return context.DeadlineExceeded
	}
	return nil
}

// open reports whether err leaves open if a script has run: no answer came.
func open(err error) bool {
	var answer redis.Error
	return err != nil && !errors.As(err, &answer) && !errors.Is(err, ErrNotDurable)
}

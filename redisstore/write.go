package redisstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

// write runs a script that saves something, and reports whether it did. With
// WaitAOF it returns once that is on disk. The server waits for what came over
// the same connection, which Watch holds.
func (s *Store) write(ctx context.Context, sc *script, keys []string, args ...any) (saved bool, err error) {
	if s.options.WaitAOF == 0 {
		reply, err := sc.run(ctx, unrepeated{s.client}, keys, args...)
		return reply == int64(1), err
	}
	if err := s.canWait(ctx, keys[0]); err != nil {
		return false, err
	}
	err = s.client.Watch(ctx, func(conn *redis.Tx) error {
		reply, err := sc.run(ctx, unrepeated{conn}, keys, args...)
		if saved = reply == int64(1); err != nil || !saved {
			return err
		}
		return s.wait(ctx, conn)
	}, keys[0])
	return saved, err
}

// writeKnown is write for a script that knows its own work. If no answer
// comes, it asks the script again: so what a broken connection leaves open is
// most often found out. If the script then says that it has saved nothing,
// others may have come between, and the error stays.
func (s *Store) writeKnown(ctx context.Context, sc *script, keys []string, args ...any) (saved bool, err error) {
	saved, err = s.write(ctx, sc, keys, args...)
	if !open(err) || ended(ctx) != nil {
		return saved, err
	}
	if again, errAgain := s.write(ctx, sc, keys, args...); again {
		return true, errAgain
	}
	return false, err
}

// wait waits for the disks.
func (s *Store) wait(ctx context.Context, conn *redis.Tx) error {
	n, err := conn.WaitAOF(ctx, 1, s.options.WaitReplicas, s.options.WaitAOF).Result()
	switch {
	case err != nil:
		return fmt.Errorf("%w: %w", ErrNotDurable, err)
	case len(n) != 2:
		return fmt.Errorf("%w: WAITAOF gave another answer than two numbers", ErrNotDurable)
	case n[0] < 1 || int(n[1]) < s.options.WaitReplicas:
		return fmt.Errorf("%w after %v: primary %d of 1, replicas %d of %d", ErrNotDurable, s.options.WaitAOF, n[0], n[1], s.options.WaitReplicas)
	}
	return nil
}

// canWait asks a server once whether it knows WAITAOF and has an append-only
// file, so that nothing is written and no hook runs where it does not.
func (s *Store) canWait(ctx context.Context, key string) error {
	if s.options.WaitAOF == 0 || s.waits.Load() {
		return nil
	}
	err := s.client.Watch(ctx, func(conn *redis.Tx) error {
		return conn.WaitAOF(ctx, 1, 0, time.Millisecond).Err()
	}, key)
	var answer redis.Error
	if errors.As(err, &answer) {
		return fmt.Errorf("%w: %w", ErrNotDurable, err)
	}
	s.waits.Store(err == nil)
	return err
}

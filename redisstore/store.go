package redisstore

import (
	"context"
	"crypto/rand"
	"errors"
	"strconv"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/go-highhelp/highhelp"
	"github.com/redis/go-redis/v9"
)

// A Store is a [highhelp.Store] in Redis or Valkey, with its journal and its
// retention. Make it with [New]; it is safe for concurrent use and needs no
// closing.
type Store struct {
	client  redis.UniversalClient
	options Options
	waits   atomic.Bool // the server is known to wait for its disk
}

var (
	_ highhelp.Store   = (*Store)(nil)
	_ highhelp.Journal = (*Store)(nil)
	_ highhelp.Pruner  = (*Store)(nil)
)

// New returns a Store on a client, which stays the caller's to close. It asks
// the server nothing; see [Store.Check].
//
// The client must have ContextTimeoutEnabled set and read from primaries. A
// call notices at once that its ctx has run out of time, and that it was
// canceled at the latest after the client's ReadTimeout. The error joins a
// [*highhelp.ConfigError] for each mistake.
func New(client redis.UniversalClient, o Options) (*Store, error) {
	o, err := complete(client, o)
	if err != nil {
		return nil, err
	}
	return &Store{client: client, options: o}, nil
}

// Transactional reports false: what OnPaid does elsewhere is not undone if the
// save fails, so OnPaid is at-least-once. See [highhelp.Store].
func (s *Store) Transactional() bool { return false }

// enter is what each method but Record does first.
func (s *Store) enter(ctx context.Context) error {
	if s.inside(ctx) != nil {
		return highhelp.ErrNested
	}
	return ctx.Err()
}

// Insert implements [highhelp.Store].
func (s *Store) Insert(ctx context.Context, p highhelp.Payment) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	if !utf8.ValidString(p.ProjectID) || !utf8.ValidString(p.OrderID) {
		return errors.New("redisstore: insert: an id is not valid UTF-8")
	}
	row, err := p.MarshalBinary()
	if err != nil {
		return failure(ctx, "insert", err)
	}
	space := s.space(p.ProjectID)
	check, settled := scores(p)
	saved, err := s.writeKnown(ctx, insertScript,
		[]string{space.payment(p.OrderID), space.pending(), space.settled()},
		rand.Text(), row, check, settled, p.OrderID)
	switch {
	case err != nil:
		return failure(ctx, "insert", err)
	case !saved:
		return highhelp.ErrExists
	}
	return nil
}

// scores returns where p stands in the two indexes: "" if not at all.
func scores(p highhelp.Payment) (check, settled string) {
	if !p.CheckAt.IsZero() {
		check = micros(p.CheckAt)
	}
	if _, less := p.Tombstone(); less {
		settled = micros(p.UpdatedAt)
	}
	return check, settled
}

func micros(t time.Time) string { return strconv.FormatInt(t.UnixMicro(), 10) }

// Payment implements [highhelp.Store].
func (s *Store) Payment(ctx context.Context, k highhelp.Key) (highhelp.Payment, error) {
	if err := s.enter(ctx); err != nil {
		return highhelp.Payment{}, err
	}
	key := s.space(k.ProjectID).payment(k.OrderID)
	stored, err := s.client.HMGet(ctx, key, paymentFields...).Result()
	if err != nil {
		return highhelp.Payment{}, failure(ctx, "payment", err)
	}
	return decode(key, k, stored)
}

// paymentFields are what decode takes. The version is read too so that a hash
// which has lost its payment is not taken for none.
var paymentFields = []string{"version", "payment"}

func decode(key string, k highhelp.Key, stored []any) (p highhelp.Payment, err error) {
	if stored[0] == nil && stored[1] == nil {
		return p, highhelp.ErrNotFound
	}
	row, ok := stored[1].(string)
	if !ok || stored[0] == nil {
		return p, &DamagedError{key, errors.New("a part of it is not there")}
	}
	if err := p.UnmarshalBinary([]byte(row)); err != nil {
		return highhelp.Payment{}, &DamagedError{key, err}
	}
	if p.Key != k {
		return highhelp.Payment{}, &DamagedError{key, errors.New("it is another order's")}
	}
	return p, nil
}

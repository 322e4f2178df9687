package redisstore

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/go-highhelp/highhelp"
)

// A change is the Update that a context belongs to.
type change struct {
	store   *Store
	project string

	mu   sync.Mutex
	over bool
	rows []delivery
}

type changeKey struct{}

// inside returns the Update of s in which ctx was made, or nil.
func (s *Store) inside(ctx context.Context) *change {
	c, _ := ctx.Value(changeKey{}).(*change)
	if c == nil || c.store != s {
		return nil
	}
	return c
}

// add keeps a delivery until the save.
func (c *change) add(project string, d delivery) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.over:
		return errEnded
	case project != c.project: // in a cluster it may live on another node
		return errors.New("redisstore: a delivery of another project can't be saved with this payment")
	}
	c.rows = append(c.rows, d)
	return nil
}

// end returns what was recorded; nothing can be added any more.
func (c *change) end() []delivery {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.over = true
	return c.rows
}

// Update implements [highhelp.Store]. It asks the server twice: to take the
// lease and read the payment, and to save it and give the lease back.
//
// If another holder takes the payment while change runs, because this one was
// cut off for longer than its lease, the ctx of change ends with
// [highhelp.ErrLost] as its cause, and Update returns that.
func (s *Store) Update(ctx context.Context, k highhelp.Key, change func(ctx context.Context, p *highhelp.Payment) error) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	if err := s.canWait(ctx, s.space(k.ProjectID).payment(k.OrderID)); err != nil {
		return failure(ctx, "update", err)
	}
	l, p, err := s.take(ctx, k)
	if err != nil {
		return err
	}
	freed := false
	defer func() {
		if !freed { // a failure or panic
			s.free(ctx, l)
		}
	}()
	rows, err := s.run(ctx, l, &p, change)
	if err != nil {
		return err
	}
	freed, err = s.save(ctx, l, p, rows)
	return err
}

// run lets change work on p, and renews the lease meanwhile.
func (s *Store) run(ctx context.Context, l *lease, p *highhelp.Payment, f func(ctx context.Context, p *highhelp.Payment) error) ([]delivery, error) {
	c := &change{store: s, project: l.ProjectID}
	defer c.end()
	inner, lose := context.WithCancelCause(context.WithValue(ctx, changeKey{}, c))
	defer lose(nil)
	stop := s.keep(inner, l, lose)
	defer stop()
	err := f(inner, p)
	stop()
	switch {
	case err != nil && errors.Is(context.Cause(inner), highhelp.ErrLost):
		return nil, fmt.Errorf("%w: %w", highhelp.ErrLost, err)
	case err != nil:
		return nil, err
	}
	return c.end(), ctx.Err()
}

// save reports whether the payment was saved, which gives the lease back too.
func (s *Store) save(ctx context.Context, l *lease, p highhelp.Payment, rows []delivery) (saved bool, err error) {
	p.Key = l.Key // a change can't move a payment
	row, err := p.MarshalBinary()
	if err != nil {
		return false, failure(ctx, "save", err)
	}
	space := s.space(l.ProjectID)
	check, settled := scores(p)
	keys := append(make([]string, 0, 6+len(rows)), l.payment, l.key, space.pending(), space.settled(), space.journal(), space.clock())
	args := append(make([]any, 0, 9+3*len(rows)), l.token, l.version, l.fence, row, check, settled, l.OrderID, s.age(), s.length())
	for _, d := range rows {
		keys = append(keys, d.list)
		args = append(args, d.received, d.row, d.body)
	}
	saved, err = s.writeKnown(ctx, saveScript, keys, args...)
	switch {
	case err != nil:
		return saved, failure(ctx, "save", err)
	case !saved:
		return false, highhelp.ErrLost
	}
	return true, nil
}

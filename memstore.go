package highhelp

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"
)

// A MemStore is a [Store] in memory, for tests and for trials in one process:
// payments end with the process. The zero value is ready to use; it must not
// be copied.
//
// It is not transactional for what OnPaid does elsewhere: if a hook fails
// after a part of its work, that part stays.
type MemStore struct {
	locks keyLocks

	mu         sync.RWMutex
	payments   map[Key]Payment
	pending    map[Key]time.Time // CheckAt of the payments that have one
	deliveries []Delivery        // the oldest first
	recorded   uint64            // deliveries so far
}

var (
	_ Store   = (*MemStore)(nil)
	_ Journal = (*MemStore)(nil)
	_ Pruner  = (*MemStore)(nil)
)

// keepDeliveries bounds what a MemStore remembers of the journal.
const keepDeliveries = 1000

// A change is the Update that a context belongs to.
type change struct {
	store      *MemStore
	deliveries []Delivery
}

type changeKey struct{}

// inside returns the Update of s in which ctx was made, or nil.
func (s *MemStore) inside(ctx context.Context) *change {
	c, _ := ctx.Value(changeKey{}).(*change)
	if c == nil || c.store != s {
		return nil
	}
	return c
}

// enter is what each method but Record does first.
func (s *MemStore) enter(ctx context.Context) error {
	if s.inside(ctx) != nil {
		return ErrNested
	}
	return ctx.Err()
}

// Transactional reports false: see [Store].
func (s *MemStore) Transactional() bool { return false }

// Insert implements [Store].
func (s *MemStore) Insert(ctx context.Context, p Payment) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.payments[p.Key]; known {
		return ErrExists
	}
	s.save(p)
	return nil
}

// Payment implements [Store].
func (s *MemStore) Payment(ctx context.Context, k Key) (Payment, error) {
	if err := s.enter(ctx); err != nil {
		return Payment{}, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	p, known := s.payments[k]
	if !known {
		return Payment{}, ErrNotFound
	}
	return p.Clone(), nil
}

// Update implements [Store].
func (s *MemStore) Update(ctx context.Context, k Key, change func(ctx context.Context, p *Payment) error) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	unlock, err := s.locks.lock(ctx, k)
	if err != nil {
		return err
	}
	defer unlock()
	p, err := s.Payment(ctx, k)
	if err != nil {
		return err
	}
	return s.run(ctx, p, change)
}

// run lets change work on a copy and saves that if all went well. A panic goes
// on to the caller, past the saving.
func (s *MemStore) run(ctx context.Context, p Payment, f func(ctx context.Context, p *Payment) error) error {
	c := &change{store: s}
	k := p.Key
	if err := f(context.WithValue(ctx, changeKey{}, c), &p); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p.Key = k // a change can't move a payment
	s.save(p)
	for _, d := range c.deliveries {
		s.record(d)
	}
	return nil
}

// save stores a copy as every Store gives it back. The caller holds mu.
func (s *MemStore) save(p Payment) {
	p = normal(p.Clone())
	if s.payments == nil {
		s.payments, s.pending = map[Key]Payment{}, map[Key]time.Time{}
	}
	s.payments[p.Key] = p
	if p.CheckAt.IsZero() {
		delete(s.pending, p.Key)
	} else {
		s.pending[p.Key] = p.CheckAt
	}
}

// normal rounds times as databases do, so that a program that works on this
// store works on the others.
func normal(p Payment) Payment {
	for _, t := range []*time.Time{&p.CreatedAt, &p.UpdatedAt, &p.CheckAt, &p.Claim.Until} {
		*t = micro(*t)
	}
	for i := range p.Attempts {
		a := &p.Attempts[i]
		a.CreatedAt, a.Ticket.ExpiresAt = micro(a.CreatedAt), micro(a.Ticket.ExpiresAt)
		for j := range a.Marks {
			a.Marks[j].SignedAt, a.Marks[j].At = micro(a.Marks[j].SignedAt), micro(a.Marks[j].At)
		}
	}
	return p
}

func micro(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// Pending implements [Store]. It looks at the payments with CheckAt only.
func (s *MemStore) Pending(ctx context.Context, projectID string, due time.Time, limit int) ([]Payment, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	var keys []Key
	for k, at := range s.pending {
		if k.ProjectID == projectID && !at.After(due) {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, func(a, b Key) int {
		return cmp.Or(s.pending[a].Compare(s.pending[b]), cmp.Compare(a.OrderID, b.OrderID))
	})
	keys = keys[:max(0, min(limit, len(keys)))]
	var out []Payment
	for _, k := range keys {
		out = append(out, s.payments[k].Clone())
	}
	return out, nil
}

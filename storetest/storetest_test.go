package storetest_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/storetest"
	"github.com/stretchr/testify/require"
)

func TestMemStore(t *testing.T) {
	store := &highhelp.MemStore{}
	storetest.Run(t, func(*testing.T) storetest.Harness { return storetest.Harness{Store: store} })
}

// A sound store that is transactional, to plant faults in: what the
// application writes goes with the payment.
type sound struct {
	highhelp.MemStore
	db *rows
}

func (s *sound) Transactional() bool { return true }

type rows struct {
	mu   sync.Mutex
	rows map[string]int
}

type txKey struct{}

// A tx is what the application wrote in one change.
type tx struct {
	names  []string
	doomed bool
}

func (s *sound) Update(ctx context.Context, k highhelp.Key, change func(context.Context, *highhelp.Payment) error) error {
	var t *tx
	err := s.MemStore.Update(ctx, k, func(ctx context.Context, p *highhelp.Payment) error {
		t = &tx{}
		if err := change(context.WithValue(ctx, txKey{}, t), p); err != nil {
			return err
		}
		if t.doomed {
			return highhelp.ErrLost
		}
		return nil
	})
	if err == nil {
		s.db.commit(t.names)
	}
	return err
}

func (r *rows) commit(names []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, name := range names {
		r.rows[name]++
	}
}

func (r *rows) count(_ context.Context, name string) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.rows[name], nil
}

func write(ctx context.Context, name string) error {
	t := ctx.Value(txKey{}).(*tx)
	t.names = append(t.names, name)
	return nil
}

func doom(ctx context.Context) error {
	ctx.Value(txKey{}).(*tx).doomed = true
	return errors.New("current transaction is aborted")
}

func newSound() *sound { return &sound{db: &rows{rows: map[string]int{}}} }

func harness(s *sound, store highhelp.Store) storetest.Harness {
	return storetest.Harness{Store: store, Write: write, Written: s.db.count, Doom: doom}
}

func TestSoundStorePasses(t *testing.T) {
	s := newSound()
	storetest.Run(t, func(*testing.T) storetest.Harness { return harness(s, s) })
}

// broken is a sound store with one fault.
type broken struct {
	*sound
	insert   func(ctx context.Context, p highhelp.Payment) error
	payment  func(ctx context.Context, k highhelp.Key) (highhelp.Payment, error)
	update   func(ctx context.Context, k highhelp.Key, change change) error
	pending  func(ctx context.Context, project string, due time.Time, limit int) ([]highhelp.Payment, error)
	record   func(ctx context.Context, d highhelp.Delivery) error
	list     func(ctx context.Context, like highhelp.Delivery, from, to time.Time) iter.Seq2[highhelp.Delivery, error]
	prune    func(ctx context.Context, project string, before time.Time, limit int) (int, error)
	delivery func(ctx context.Context, project, id string) (highhelp.Delivery, error)
}

type change = func(context.Context, *highhelp.Payment) error

func (b *broken) Insert(ctx context.Context, p highhelp.Payment) error {
	if b.insert != nil {
		return b.insert(ctx, p)
	}
	return b.sound.Insert(ctx, p)
}

func (b *broken) Payment(ctx context.Context, k highhelp.Key) (highhelp.Payment, error) {
	if b.payment != nil {
		return b.payment(ctx, k)
	}
	return b.sound.Payment(ctx, k)
}

func (b *broken) Update(ctx context.Context, k highhelp.Key, change change) error {
	if b.update != nil {
		return b.update(ctx, k, change)
	}
	return b.sound.Update(ctx, k, change)
}

func (b *broken) Pending(ctx context.Context, project string, due time.Time, limit int) ([]highhelp.Payment, error) {
	if b.pending != nil {
		return b.pending(ctx, project, due, limit)
	}
	return b.sound.Pending(ctx, project, due, limit)
}

func (b *broken) Record(ctx context.Context, d highhelp.Delivery) error {
	if b.record != nil {
		return b.record(ctx, d)
	}
	return b.sound.Record(ctx, d)
}

func (b *broken) Deliveries(ctx context.Context, like highhelp.Delivery, from, to time.Time) iter.Seq2[highhelp.Delivery, error] {
	if b.list != nil {
		return b.list(ctx, like, from, to)
	}
	return b.sound.Deliveries(ctx, like, from, to)
}

func (b *broken) Delivery(ctx context.Context, project, id string) (highhelp.Delivery, error) {
	if b.delivery != nil {
		return b.delivery(ctx, project, id)
	}
	return b.sound.Delivery(ctx, project, id)
}

func (b *broken) Prune(ctx context.Context, project string, before time.Time, limit int) (int, error) {
	if b.prune != nil {
		return b.prune(ctx, project, before, limit)
	}
	return b.sound.Prune(ctx, project, before, limit)
}

// faults are stores with one fault each, and the case that must find it.
var faults = []struct {
	name   string
	caught string
	plant  func(s *sound, b *broken)
}{
	{"Insert overwrites", "insert/known", func(s *sound, b *broken) {
		b.insert = func(ctx context.Context, p highhelp.Payment) error {
			if err := s.Insert(ctx, p); !errors.Is(err, highhelp.ErrExists) {
				return err
			}
			_ = s.Update(ctx, p.Key, func(_ context.Context, q *highhelp.Payment) error { *q = p; return nil })
			return highhelp.ErrExists
		}
	}},
	{"Insert hides that it is known", "insert/known", func(s *sound, b *broken) {
		b.insert = func(ctx context.Context, p highhelp.Payment) error {
			if err := s.Insert(ctx, p); !errors.Is(err, highhelp.ErrExists) {
				return err
			}
			return nil
		}
	}},
	{"Insert looks, then writes", "insert/at once", func(s *sound, b *broken) {
		meet := meeting()
		b.insert = func(ctx context.Context, p highhelp.Payment) error {
			if _, err := s.Payment(ctx, p.Key); !errors.Is(err, highhelp.ErrNotFound) {
				return cmpOr(err, highhelp.ErrExists)
			}
			meet()
			_ = s.Insert(ctx, p)
			return nil
		}
	}},
	{"an unknown payment is an empty one", "read/unknown", func(s *sound, b *broken) {
		b.payment = func(ctx context.Context, k highhelp.Key) (highhelp.Payment, error) {
			p, err := s.Payment(ctx, k)
			if errors.Is(err, highhelp.ErrNotFound) {
				return highhelp.Payment{Key: k}, nil
			}
			return p, err
		}
	}},
	{"Update creates", "read/unknown", func(s *sound, b *broken) {
		b.update = func(ctx context.Context, k highhelp.Key, f change) error {
			_ = s.Insert(ctx, highhelp.Payment{Key: k})
			return s.Update(ctx, k, f)
		}
	}},
	{"times in whole seconds", "read/times", plantRead(func(p *highhelp.Payment) { p.CreatedAt = p.CreatedAt.Truncate(time.Second) })},
	{"times in another zone", "read/times", plantRead(func(p *highhelp.Payment) { p.UpdatedAt = p.UpdatedAt.In(time.FixedZone("MSK", 3*3600)) })},
	{"marks out of order", "read/equal", plantRead(func(p *highhelp.Payment) {
		for i := range p.Attempts {
			slices.Reverse(p.Attempts[i].Marks)
		}
	})},
	{"marks cut off", "read/large", plantRead(func(p *highhelp.Payment) {
		for i := range p.Attempts {
			p.Attempts[i].Marks = p.Attempts[i].Marks[:min(10, len(p.Attempts[i].Marks))]
		}
	})},
	{"text without emoji", "read/equal", plantRead(func(p *highhelp.Payment) {
		p.Held = strings.Map(func(r rune) rune {
			if r > 0xFFFF {
				return '?'
			}
			return r
		}, p.Held)
	})},
	{"shares its memory", "read/own memory", func(s *sound, b *broken) {
		kept := map[highhelp.Key]highhelp.Payment{}
		b.payment = func(ctx context.Context, k highhelp.Key) (highhelp.Payment, error) {
			if p, ok := kept[k]; ok {
				return p, nil
			}
			p, err := s.Payment(ctx, k)
			kept[k] = p
			return p, err
		}
	}},
	{"ignores the context", "read/ended context", func(s *sound, b *broken) {
		b.payment = func(ctx context.Context, k highhelp.Key) (highhelp.Payment, error) {
			return s.Payment(context.WithoutCancel(ctx), k)
		}
	}},
	{"small letters are capital ones", "keys/hostile ids", plantKey(func(k highhelp.Key) highhelp.Key {
		k.OrderID = strings.ToLower(k.OrderID)
		return k
	})},
	{"spaces at the end do not count", "keys/hostile ids", plantKey(func(k highhelp.Key) highhelp.Key {
		k.OrderID = strings.TrimRight(k.OrderID, " ")
		return k
	})},
	{"ids are cut off", "keys/hostile ids", plantKey(func(k highhelp.Key) highhelp.Key {
		k.OrderID = k.OrderID[:min(191, len(k.OrderID))]
		return k
	})},
	{"projects share their orders", "keys/projects", plantKey(func(k highhelp.Key) highhelp.Key {
		k.ProjectID = k.ProjectID[:min(36, len(k.ProjectID))]
		return k
	})},
	{"keys are joined with a colon", "keys/parts", plantKey(func(k highhelp.Key) highhelp.Key {
		return highhelp.Key{OrderID: k.ProjectID + ":" + k.OrderID}
	})},
	{"saves what failed", "update/fails", func(s *sound, b *broken) {
		b.update = func(ctx context.Context, k highhelp.Key, f change) error {
			var failed error
			err := s.Update(ctx, k, func(ctx context.Context, p *highhelp.Payment) error { failed = f(ctx, p); return nil })
			return cmpOr(failed, err)
		}
	}},
	{"saves what panicked", "update/panics", func(s *sound, b *broken) {
		b.update = func(ctx context.Context, k highhelp.Key, f change) error {
			var panicked any
			err := s.Update(ctx, k, func(ctx context.Context, p *highhelp.Payment) error {
				defer func() { panicked = recover() }()
				return f(ctx, p)
			})
			if panicked != nil {
				panic(panicked)
			}
			return err
		}
	}},
	{"hides a panic", "update/panics", func(s *sound, b *broken) {
		b.update = func(ctx context.Context, k highhelp.Key, f change) (err error) {
			defer func() { _ = recover() }()
			return s.Update(ctx, k, f)
		}
	}},
	{"a panic leaves the lock", "update/panics", func(s *sound, b *broken) {
		var mu sync.Mutex
		stuck := map[highhelp.Key]bool{}
		b.update = func(ctx context.Context, k highhelp.Key, f change) error {
			mu.Lock()
			if stuck[k] {
				mu.Unlock()
				return highhelp.ErrBusy
			}
			stuck[k] = true
			mu.Unlock()
			err := s.Update(ctx, k, f)
			mu.Lock()
			delete(stuck, k)
			mu.Unlock()
			return err
		}
	}},
	{"saves after the context has ended", "update/context ends", func(s *sound, b *broken) {
		b.update = func(ctx context.Context, k highhelp.Key, f change) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			return s.Update(context.WithoutCancel(ctx), k, f)
		}
	}},
	{"loses updates", "update/none lost", func(s *sound, b *broken) {
		meet := meeting()
		b.update = func(ctx context.Context, k highhelp.Key, f change) error {
			p, err := s.Payment(ctx, k)
			if err == nil {
				err = f(ctx, &p)
			}
			if err != nil {
				return err
			}
			meet()
			return s.Update(ctx, k, func(_ context.Context, q *highhelp.Payment) error { *q = p; return nil })
		}
	}},
	{"two at a time", "update/alone", func(s *sound, b *broken) {
		b.update = func(ctx context.Context, k highhelp.Key, f change) error {
			for {
				before, err := s.Payment(ctx, k)
				if err != nil {
					return err
				}
				after := before.Clone()
				if err := f(ctx, &after); err != nil {
					return err
				}
				err = s.Update(ctx, k, func(_ context.Context, p *highhelp.Payment) error {
					if fmt.Sprint(p.Held, p.Attempts) != fmt.Sprint(before.Held, before.Attempts) {
						return highhelp.ErrLost
					}
					*p = after
					return nil
				})
				if !errors.Is(err, highhelp.ErrLost) {
					return err
				}
			}
		}
	}},
	{"one lock for all", "update/keys apart", func(s *sound, b *broken) {
		lock := make(chan struct{}, 1)
		b.update = func(ctx context.Context, k highhelp.Key, f change) error {
			select {
			case lock <- struct{}{}:
				defer func() { <-lock }()
				return s.Update(ctx, k, f)
			case <-ctx.Done():
				return fmt.Errorf("%w: %w", highhelp.ErrBusy, ctx.Err())
			}
		}
	}},
	{"busy is only a timeout", "wait/busy", func(s *sound, b *broken) {
		b.update = func(ctx context.Context, k highhelp.Key, f change) error {
			err := s.Update(ctx, k, f)
			if errors.Is(err, highhelp.ErrBusy) {
				return ctx.Err()
			}
			return err
		}
	}},
	{"busy at once", "wait/many", func(s *sound, b *broken) {
		var mu sync.Mutex
		held := map[highhelp.Key]bool{}
		b.update = func(ctx context.Context, k highhelp.Key, f change) error {
			mu.Lock()
			if held[k] {
				mu.Unlock()
				return fmt.Errorf("%w: %w", highhelp.ErrBusy, context.DeadlineExceeded)
			}
			held[k] = true
			mu.Unlock()
			defer func() {
				mu.Lock()
				defer mu.Unlock()
				delete(held, k)
			}()
			return s.Update(ctx, k, f)
		}
	}},
	{"reads wait for an update", "wait/reads go on", func(s *sound, b *broken) {
		var mu sync.RWMutex
		b.update = func(ctx context.Context, k highhelp.Key, f change) error {
			return s.Update(ctx, k, func(ctx context.Context, p *highhelp.Payment) error {
				mu.Lock()
				defer mu.Unlock()
				return f(ctx, p)
			})
		}
		b.payment = func(ctx context.Context, k highhelp.Key) (highhelp.Payment, error) {
			for !mu.TryRLock() {
				if ctx.Err() != nil {
					return highhelp.Payment{}, ctx.Err()
				}
				time.Sleep(time.Millisecond)
			}
			defer mu.RUnlock()
			return s.Payment(ctx, k)
		}
	}},
	{"nested calls are let through", "nested/refused", func(s *sound, b *broken) {
		b.payment = func(ctx context.Context, k highhelp.Key) (highhelp.Payment, error) {
			p, err := s.Payment(ctx, k)
			if errors.Is(err, highhelp.ErrNested) {
				return s.Payment(context.Background(), k)
			}
			return p, err
		}
	}},
	{"effects stay after a failure", "effect/rolls back", func(s *sound, b *broken) {
		b.update = func(ctx context.Context, k highhelp.Key, f change) error {
			return s.MemStore.Update(ctx, k, func(ctx context.Context, p *highhelp.Payment) error {
				t := &tx{}
				defer func() { s.db.commit(t.names) }()
				return f(context.WithValue(ctx, txKey{}, t), p)
			})
		}
	}},
	{"changes are seen early", "effect/unseen", func(s *sound, b *broken) {
		dirty := map[highhelp.Key]string{}
		b.payment = func(ctx context.Context, k highhelp.Key) (highhelp.Payment, error) {
			p, err := s.Payment(ctx, k)
			p.Held += dirty[k]
			return p, err
		}
		b.update = func(ctx context.Context, k highhelp.Key, f change) error {
			return s.Update(ctx, k, func(ctx context.Context, p *highhelp.Payment) error {
				dirty[k] = "dirty"
				defer delete(dirty, k)
				return f(ctx, p)
			})
		}
	}},
	{"a doomed transaction counts as saved", "effect/doomed", func(s *sound, b *broken) {
		b.update = func(ctx context.Context, k highhelp.Key, f change) error {
			err := s.Update(ctx, k, f)
			if errors.Is(err, highhelp.ErrLost) {
				return nil
			}
			return err
		}
	}},
	{"pending in any order", "pending/order", func(s *sound, b *broken) {
		b.pending = func(ctx context.Context, project string, due time.Time, limit int) ([]highhelp.Payment, error) {
			list, err := s.Pending(ctx, project, due, limit)
			slices.Reverse(list)
			return list, err
		}
	}},
	{"pending counts due itself as early", "pending/microseconds", func(s *sound, b *broken) {
		b.pending = func(ctx context.Context, project string, due time.Time, limit int) ([]highhelp.Payment, error) {
			return s.Pending(ctx, project, due.Add(-time.Microsecond), limit)
		}
	}},
	{"pending without a limit", "pending/limit", func(s *sound, b *broken) {
		b.pending = func(ctx context.Context, project string, due time.Time, _ int) ([]highhelp.Payment, error) {
			return s.Pending(ctx, project, due, 1000)
		}
	}},
	{"pending without marks", "pending/whole", func(s *sound, b *broken) {
		b.pending = func(ctx context.Context, project string, due time.Time, limit int) ([]highhelp.Payment, error) {
			list, err := s.Pending(ctx, project, due, limit)
			for i := range list {
				list[i].Attempts[0].Marks = nil
			}
			return list, err
		}
	}},
	{"the journal outlives a rollback it must not", "journal/with change", func(s *sound, b *broken) {
		b.record = func(ctx context.Context, d highhelp.Delivery) error { return s.Record(context.Background(), d) }
	}},
	{"the journal loses what was refused", "journal/equal", func(s *sound, b *broken) {
		b.record = func(ctx context.Context, d highhelp.Delivery) error {
			if d.Error != "" {
				return nil
			}
			return s.Record(ctx, d)
		}
	}},
	{"the journal keeps no bodies", "journal/one", func(s *sound, b *broken) {
		b.record = func(ctx context.Context, d highhelp.Delivery) error { d.Raw = nil; return s.Record(ctx, d) }
	}},
	{"the journal tells other projects", "journal/one", func(s *sound, b *broken) {
		b.delivery = func(ctx context.Context, _, id string) (highhelp.Delivery, error) {
			for d := range s.Deliveries(ctx, highhelp.Delivery{}, time.Time{}, time.Time{}) {
				_ = d
			}
			return highhelp.Delivery{ID: id}, nil
		}
	}},
	{"the journal ignores the outcome", "journal/finds", func(s *sound, b *broken) {
		b.list = func(ctx context.Context, like highhelp.Delivery, from, to time.Time) iter.Seq2[highhelp.Delivery, error] {
			like.Outcome = 0
			return s.Deliveries(ctx, like, from, to)
		}
	}},
	{"the journal ends after a page", "journal/many", func(s *sound, b *broken) {
		b.list = func(ctx context.Context, like highhelp.Delivery, from, to time.Time) iter.Seq2[highhelp.Delivery, error] {
			return func(yield func(highhelp.Delivery, error) bool) {
				n := 0
				for d, err := range s.Deliveries(ctx, like, from, to) {
					if n++; n > 100 || !yield(d, err) {
						return
					}
				}
			}
		}
	}},
	{"Insert forgets what was updated", "insert/after update", func(s *sound, b *broken) {
		b.insert = func(ctx context.Context, p highhelp.Payment) error {
			err := s.Insert(ctx, p)
			if errors.Is(err, highhelp.ErrExists) {
				_ = s.Update(ctx, p.Key, func(_ context.Context, q *highhelp.Payment) error { q.Held = ""; return nil })
			}
			return err
		}
	}},
	{"change sees an old value", "update/saves", func(s *sound, b *broken) {
		first := map[highhelp.Key]highhelp.Payment{}
		b.insert = func(ctx context.Context, p highhelp.Payment) error { first[p.Key] = p.Clone(); return s.Insert(ctx, p) }
		b.update = func(ctx context.Context, k highhelp.Key, f change) error {
			return s.Update(ctx, k, func(ctx context.Context, p *highhelp.Payment) error { *p = first[k].Clone(); return f(ctx, p) })
		}
	}},
	{"CheckAt can't be taken away", "update/check time", func(s *sound, b *broken) {
		b.update = func(ctx context.Context, k highhelp.Key, f change) error {
			return s.Update(ctx, k, func(ctx context.Context, p *highhelp.Payment) error {
				at := p.CheckAt
				err := f(ctx, p)
				if p.CheckAt.IsZero() {
					p.CheckAt = at
				}
				return err
			})
		}
	}},
	{"who waited works on what was before", "wait/gets its turn", func(s *sound, b *broken) {
		b.update = func(ctx context.Context, k highhelp.Key, f change) error {
			before, err := s.Payment(ctx, k)
			if err != nil {
				return err
			}
			return s.Update(ctx, k, func(ctx context.Context, p *highhelp.Payment) error { *p = before; return f(ctx, p) })
		}
	}},
	{"a derived context is let through", "nested/derived context", func(s *sound, b *broken) {
		b.payment = func(ctx context.Context, k highhelp.Key) (highhelp.Payment, error) {
			if _, derived := ctx.Deadline(); derived && ctx.Value(txKey{}) != nil {
				ctx = context.Background()
			}
			return s.Payment(ctx, k)
		}
	}},
	{"a nested call spoils the change", "nested/goes on", func(s *sound, b *broken) {
		nested := false
		b.payment = func(ctx context.Context, k highhelp.Key) (highhelp.Payment, error) {
			p, err := s.Payment(ctx, k)
			nested = errors.Is(err, highhelp.ErrNested)
			return p, err
		}
		b.update = func(ctx context.Context, k highhelp.Key, f change) error {
			return s.Update(ctx, k, func(ctx context.Context, p *highhelp.Payment) error {
				return errors.Join(f(ctx, p), map[bool]error{true: highhelp.ErrNested}[nested])
			})
		}
	}},
	{"effects are never kept", "effect/commits", func(s *sound, b *broken) {
		b.update = func(ctx context.Context, k highhelp.Key, f change) error {
			return s.Update(ctx, k, func(ctx context.Context, p *highhelp.Payment) error {
				defer func(t *tx) { t.names = nil }(ctx.Value(txKey{}).(*tx))
				return f(ctx, p)
			})
		}
	}},
	{"change runs twice and both stay", "effect/once", func(s *sound, b *broken) {
		b.update = func(ctx context.Context, k highhelp.Key, f change) error {
			return s.Update(ctx, k, func(ctx context.Context, p *highhelp.Payment) error {
				try := p.Clone()
				if err := f(ctx, &try); err != nil {
					return err
				}
				return f(ctx, p)
			})
		}
	}},
	{"the journal never stands alone", "journal/alone", func(s *sound, b *broken) {
		var inside context.Context
		b.update = func(ctx context.Context, k highhelp.Key, f change) error {
			return s.Update(ctx, k, func(ctx context.Context, p *highhelp.Payment) error {
				inside = ctx
				defer func() { inside = nil }()
				return f(ctx, p)
			})
		}
		b.record = func(ctx context.Context, d highhelp.Delivery) error {
			if inside != nil {
				ctx = inside
			}
			return s.Record(ctx, d)
		}
	}},
	{"a reader of the journal keeps everybody out", "journal/stops", func(s *sound, b *broken) {
		reading := false
		b.list = func(ctx context.Context, like highhelp.Delivery, from, to time.Time) iter.Seq2[highhelp.Delivery, error] {
			return func(yield func(highhelp.Delivery, error) bool) {
				reading = true
				defer func() { reading = false }()
				s.Deliveries(ctx, like, from, to)(yield)
			}
		}
		b.update = func(ctx context.Context, k highhelp.Key, f change) error {
			if reading {
				return fmt.Errorf("%w: %w", highhelp.ErrBusy, context.DeadlineExceeded)
			}
			return s.Update(ctx, k, f)
		}
	}},
	{"prune takes all projects", "prune/deliveries", func(s *sound, b *broken) {
		var mu sync.Mutex
		projects := map[string]bool{}
		b.record = func(ctx context.Context, d highhelp.Delivery) error {
			mu.Lock()
			defer mu.Unlock()
			projects[d.ProjectID] = true
			return s.Record(ctx, d)
		}
		b.prune = func(ctx context.Context, _ string, before time.Time, limit int) (int, error) {
			n := 0
			for project := range projects {
				m, err := s.Prune(ctx, project, before, limit)
				if n += m; err != nil {
					return n, err
				}
			}
			return n, nil
		}
	}},
	{"prune deletes payments", "prune/tombstones", func(s *sound, b *broken) {
		pruned := map[highhelp.Key]bool{}
		b.prune = func(_ context.Context, project string, _ time.Time, _ int) (int, error) {
			pruned[highhelp.Key{ProjectID: project}] = true
			return 0, nil
		}
		b.payment = func(ctx context.Context, k highhelp.Key) (highhelp.Payment, error) {
			if pruned[highhelp.Key{ProjectID: k.ProjectID}] {
				return highhelp.Payment{}, highhelp.ErrNotFound
			}
			return s.Payment(ctx, k)
		}
	}},
	{"prune takes what is recent", "prune/recent", func(s *sound, b *broken) {
		b.prune = func(ctx context.Context, project string, before time.Time, limit int) (int, error) {
			return s.Prune(ctx, project, before.Add(time.Hour), limit)
		}
	}},
	{"prune knows no limit", "prune/limit", func(s *sound, b *broken) {
		b.prune = func(ctx context.Context, project string, before time.Time, _ int) (int, error) {
			return s.Prune(ctx, project, before, 1000)
		}
	}},
}

func cmpOr(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

// plantRead spoils what Payment and Pending return.
func plantRead(spoil func(p *highhelp.Payment)) func(s *sound, b *broken) {
	return func(s *sound, b *broken) {
		b.payment = func(ctx context.Context, k highhelp.Key) (highhelp.Payment, error) {
			p, err := s.Payment(ctx, k)
			if err == nil {
				spoil(&p)
			}
			return p, err
		}
	}
}

// plantKey takes one key for another.
func plantKey(mistake func(k highhelp.Key) highhelp.Key) func(s *sound, b *broken) {
	return func(s *sound, b *broken) {
		real := map[highhelp.Key]highhelp.Key{}
		b.insert = func(ctx context.Context, p highhelp.Payment) error {
			real[mistake(p.Key)] = p.Key
			p.Key = mistake(p.Key)
			return s.Insert(ctx, p)
		}
		b.payment = func(ctx context.Context, k highhelp.Key) (highhelp.Payment, error) {
			p, err := s.Payment(ctx, mistake(k))
			p.Key = real[mistake(k)]
			return p, err
		}
		b.update = func(ctx context.Context, k highhelp.Key, f change) error {
			return s.Update(ctx, mistake(k), func(ctx context.Context, p *highhelp.Payment) error {
				p.Key = real[p.Key]
				return f(ctx, p)
			})
		}
	}
}

// meeting returns what the first caller waits in for the second, so that both
// are between look and write on the slowest machine too; but not for ever.
func meeting() func() {
	var callers atomic.Int32
	both := make(chan struct{})
	return func() {
		if callers.Add(1) == 2 {
			close(both)
		}
		select {
		case <-both:
		case <-time.After(time.Second):
		}
	}
}

// Each planted fault is found by the case that should find it.
func TestBrokenStoresAreCaught(t *testing.T) {
	require.GreaterOrEqual(t, len(faults), 15)
	cases := map[string]storetest.Case{}
	for _, c := range storetest.Cases() {
		cases[c.Name] = c
	}
	for _, f := range faults {
		t.Run(f.name, func(t *testing.T) {
			c, ok := cases[f.caught]
			require.True(t, ok, "there is no case %q", f.caught)
			s := newSound()
			b := &broken{sound: s}
			f.plant(s, b)
			err := storetest.Check(t.Context(), c, harness(s, b))
			require.Error(t, err, "the case let it pass")
			require.False(t, storetest.Skipped(err), err)
			t.Log(err)
		})
	}
}

// Every case finds at least one fault: a case that can't fail is none.
func TestEveryCaseCatchesSomething(t *testing.T) {
	caught := map[string]bool{}
	for _, f := range faults {
		caught[f.caught] = true
	}
	var idle []string
	for _, c := range storetest.Cases() {
		if !caught[c.Name] {
			idle = append(idle, c.Name)
		}
		require.NotEmpty(t, c.Why)
	}
	require.Empty(t, idle, "cases that no planted fault is meant for")
}

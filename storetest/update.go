package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/go-highhelp/highhelp"
)

var updateCases = []Case{
	{"update/saves", "Update saves what change leaves in p, and change sees the newest saved value.", updateSaves},
	{"update/fails", "If change fails, nothing at all is saved, and its error comes back.", updateFails},
	{"update/panics", "If change panics, nothing at all is saved, and the payment is not stuck.", updatePanics},
	{"update/context ends", "If ctx ends while change runs, nothing at all is saved.", updateContextEnds},
	{"update/alone", "Update runs change alone among all Updates of that key, in every process.", updateAlone},
	{"update/none lost", "No Update is lost, however many run at once.", updateNoneLost},
	{"update/keys apart", "Updates of one key do not wait for those of another, of the same project.", updateKeysApart},
	{"update/check time", "CheckAt can be set, moved and taken away.", updateCheckTime},
}

func updateSaves(ctx context.Context, h Harness) error {
	p, err := inserted(ctx, h)
	if err != nil {
		return err
	}
	for i, s := range []highhelp.Store{h.Store, h.Other, h.Store} {
		err := s.Update(ctx, p.Key, func(_ context.Context, p *highhelp.Payment) error {
			if len(p.Attempts) != i+1 {
				return fmt.Errorf("change sees %d attempts, saved were %d", len(p.Attempts), i+1)
			}
			p.Attempts = append(p.Attempts, highhelp.Attempt{N: i + 2, PaymentID: fmt.Sprintf("%s~%d", p.OrderID, i+2)})
			return nil
		})
		if err != nil {
			return wrap("Update", err)
		}
	}
	got, err := h.Other.Payment(ctx, p.Key)
	if err != nil {
		return wrap("Payment", err)
	}
	return same("number of attempts", len(got.Attempts), 4)
}

func updateFails(ctx context.Context, h Harness) error {
	p, err := inserted(ctx, h)
	if err != nil {
		return err
	}
	failed := errors.New("storetest: change failed")
	err = h.Store.Update(ctx, p.Key, func(_ context.Context, p *highhelp.Payment) error {
		p.Held = "lost"
		return fmt.Errorf("deep: %w", failed)
	})
	if err := wants("Update", err, failed); err != nil {
		return err
	}
	return all(
		func() error { return held(ctx, h, p.Key, "") },
		func() error { return wrap("Update after a failed one", h.Store.Update(ctx, p.Key, hold("next"))) },
		func() error { return held(ctx, h, p.Key, "next") },
	)
}

func updatePanics(ctx context.Context, h Harness) error {
	p, err := inserted(ctx, h)
	if err != nil {
		return err
	}
	panicked, err := panics(func() error {
		return h.Store.Update(ctx, p.Key, func(_ context.Context, p *highhelp.Payment) error {
			p.Held = "lost"
			panic("storetest: change panics")
		})
	})
	if !panicked && err == nil {
		return errors.New("the panic of change was hidden, and Update returned nil")
	}
	return all(
		func() error { return held(ctx, h, p.Key, "") },
		func() error { return wrap("Update after a panic", h.Store.Update(ctx, p.Key, hold("next"))) },
		func() error { return held(ctx, h, p.Key, "next") },
	)
}

func panics(f func() error) (panicked bool, err error) {
	defer func() { panicked = recover() != nil }()
	return false, f()
}

func updateContextEnds(ctx context.Context, h Harness) error {
	p, err := inserted(ctx, h)
	if err != nil {
		return err
	}
	ending, end := context.WithCancel(ctx)
	defer end()
	err = h.Store.Update(ending, p.Key, func(_ context.Context, p *highhelp.Payment) error {
		p.Held = "lost"
		end()
		return nil
	})
	if err := wants("Update", err, context.Canceled); err != nil {
		return err
	}
	return all(
		func() error { return held(ctx, h, p.Key, "") },
		func() error { return wrap("Update after that", h.Store.Update(ctx, p.Key, hold("next"))) },
		func() error { return held(ctx, h, p.Key, "next") },
	)
}

func updateAlone(ctx context.Context, h Harness) error {
	p, err := inserted(ctx, h)
	if err != nil {
		return err
	}
	const callers = 8
	var inside, together atomic.Int32
	results := make(chan error, callers)
	for i := range callers {
		store := h.Store
		if i%2 == 1 {
			store = h.Other
		}
		go func() {
			results <- store.Update(ctx, p.Key, func(ctx context.Context, _ *highhelp.Payment) error {
				if inside.Add(1) > 1 {
					together.Add(1)
				}
				defer inside.Add(-1)
				return linger(ctx, 20*time.Millisecond)
			})
		}()
	}
	for range callers {
		if err := <-results; err != nil {
			return wrap("Update", err)
		}
	}
	return same("changes that ran beside another", together.Load(), 0)
}

// linger stays inside change for a while, so that others come in if they can.
func linger(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func updateNoneLost(ctx context.Context, h Harness) error {
	p, err := inserted(ctx, h)
	if err != nil {
		return err
	}
	const callers, times = 8, 8
	results := make(chan error, callers)
	for i := range callers {
		store := h.Store
		if i%2 == 1 {
			store = h.Other
		}
		go func() {
			var err error
			for range times {
				if err == nil {
					err = store.Update(ctx, p.Key, func(_ context.Context, p *highhelp.Payment) error {
						p.Attempts[0].Amount.Minor++
						return nil
					})
				}
			}
			results <- err
		}()
	}
	for range callers {
		if err := <-results; err != nil {
			return wrap("Update", err)
		}
	}
	got, err := h.Store.Payment(ctx, p.Key)
	if err != nil {
		return wrap("Payment", err)
	}
	return same("count of updates", got.Attempts[0].Amount.Minor-p.Attempts[0].Amount.Minor, callers*times)
}

func updateKeysApart(ctx context.Context, h Harness) error {
	a, b := simple(newKey()), simple(newKey())
	b.ProjectID = a.ProjectID
	for _, p := range []highhelp.Payment{a, b} {
		if err := h.Store.Insert(ctx, p); err != nil {
			return wrap("Insert", err)
		}
	}
	if !h.writesApart() {
		return fmt.Errorf("%w: it lets one writer in at a time", errSkip)
	}
	return h.Store.Update(ctx, a.Key, func(context.Context, *highhelp.Payment) error {
		soon, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		return wrap("Update of another key, while one is held", h.Other.Update(soon, b.Key, hold("b")))
	})
}

// writesApart reports whether the store can have two writers at all. SQLite,
// for one, can't; it says so by interface{ OneWriter() bool }.
func (h *Harness) writesApart() bool {
	s, ok := h.Store.(interface{ OneWriter() bool })
	return !ok || !s.OneWriter()
}

func updateCheckTime(ctx context.Context, h Harness) error {
	p, err := inserted(ctx, h)
	if err != nil {
		return err
	}
	at := now().Add(time.Hour)
	for _, check := range []time.Time{at, at.Add(-time.Minute), {}, at} {
		if err := h.Store.Update(ctx, p.Key, func(_ context.Context, p *highhelp.Payment) error { p.CheckAt = check; return nil }); err != nil {
			return wrap("Update", err)
		}
		got, err := h.Other.Payment(ctx, p.Key)
		if err != nil {
			return wrap("Payment", err)
		}
		pending, err := h.Store.Pending(ctx, p.ProjectID, at, 10)
		want := 1
		if check.IsZero() {
			want = 0
		}
		if err := first(wrap("Pending", err), sameTime("CheckAt", got.CheckAt, check), same("pending payments", len(pending), want)); err != nil {
			return err
		}
	}
	return nil
}

package storetest

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-highhelp/highhelp"
)

var effectCases = []Case{
	{"effect/commits", "On a transactional store what the application writes through the ctx of change is kept with the payment.", effectCommits},
	{"effect/rolls back", "If change fails or panics, or ctx ends, what the application wrote through its ctx is gone with the payment.", effectRollsBack},
	{"effect/doomed", "A transaction that the database rolled back behind a swallowed error is ErrLost, and nothing of it is saved.", effectDoomed},
	{"effect/unseen", "Until change has ended, nobody sees what it wrote.", effectUnseen},
	{"effect/once", "Of many Updates that each write once, as many rows stay as Updates succeeded.", effectOnce},
}

func (h *Harness) effects() error {
	if !h.transactional() {
		return fmt.Errorf("%w: it is not transactional", errSkip)
	}
	if h.Write == nil || h.Written == nil {
		return errors.New("a transactional store needs Write and Written in its Harness")
	}
	return nil
}

// rows demands that so many rows of that name are there.
func (h *Harness) rows(ctx context.Context, name string, want int) error {
	n, err := h.Written(ctx, name)
	return first(wrap("Written", err), same("rows written by the application", n, want))
}

func effectCommits(ctx context.Context, h Harness) error {
	if err := h.effects(); err != nil {
		return err
	}
	p, err := inserted(ctx, h)
	if err != nil {
		return err
	}
	err = h.Store.Update(ctx, p.Key, func(ctx context.Context, p *highhelp.Payment) error {
		p.Held = "shipped"
		return h.Write(ctx, p.OrderID)
	})
	return first(wrap("Update", err), held(ctx, h, p.Key, "shipped"), h.rows(ctx, p.OrderID, 1))
}

func effectRollsBack(ctx context.Context, h Harness) error {
	if err := h.effects(); err != nil {
		return err
	}
	for name, end := range map[string]func(cancel func()) error{
		"fails": func(func()) error { return errors.New("storetest: change failed") },
		"panic": func(func()) error { panic("storetest: change panics") },
		"ends":  func(cancel func()) error { cancel(); return nil },
	} {
		p, err := inserted(ctx, h)
		if err != nil {
			return err
		}
		ending, cancel := context.WithCancel(ctx)
		panicked, err := panics(func() error {
			return h.Store.Update(ending, p.Key, func(ctx context.Context, p *highhelp.Payment) error {
				p.Held = "lost"
				if err := h.Write(ctx, p.OrderID); err != nil {
					return fmt.Errorf("write of the hook: %w", err)
				}
				return end(cancel)
			})
		})
		cancel()
		if err == nil && !panicked {
			return fmt.Errorf("%s: Update returned nil", name)
		}
		if err := first(held(ctx, h, p.Key, ""), h.rows(ctx, p.OrderID, 0)); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func effectDoomed(ctx context.Context, h Harness) error {
	if err := h.effects(); err != nil {
		return err
	}
	if h.Doom == nil {
		return fmt.Errorf("%w: its database rolls nothing back by itself", errSkip)
	}
	p, err := inserted(ctx, h)
	if err != nil {
		return err
	}
	var doomed error
	err = h.Store.Update(ctx, p.Key, func(ctx context.Context, p *highhelp.Payment) error {
		p.Held = "lost"
		if err := h.Write(ctx, p.OrderID); err != nil {
			return err
		}
		doomed = h.Doom(ctx) // swallowed, as applications do
		return nil
	})
	if doomed == nil {
		return errors.New("there was no error from Doom: it did not doom anything")
	}
	return first(wants("Update of a doomed transaction", err, highhelp.ErrLost), held(ctx, h, p.Key, ""), h.rows(ctx, p.OrderID, 0))
}

func effectUnseen(ctx context.Context, h Harness) error {
	if err := h.effects(); err != nil {
		return err
	}
	p, err := inserted(ctx, h)
	if err != nil {
		return err
	}
	err = h.Store.Update(ctx, p.Key, func(inside context.Context, p *highhelp.Payment) error {
		p.Held = "shipped"
		if err := h.Write(inside, p.OrderID); err != nil {
			return err
		}
		return first(held(ctx, h, p.Key, ""), h.rows(ctx, p.OrderID, 0))
	})
	return first(wrap("Update", err), held(ctx, h, p.Key, "shipped"), h.rows(ctx, p.OrderID, 1))
}

func effectOnce(ctx context.Context, h Harness) error {
	if err := h.effects(); err != nil {
		return err
	}
	p, err := inserted(ctx, h)
	if err != nil {
		return err
	}
	const callers = 20
	results := make(chan error, callers)
	for i := range callers {
		store := h.Store
		if i%2 == 1 {
			store = h.Other
		}
		go func() {
			results <- store.Update(ctx, p.Key, func(ctx context.Context, p *highhelp.Payment) error {
				if p.Held == "shipped" {
					return nil
				}
				p.Held = "shipped"
				return h.Write(ctx, p.OrderID)
			})
		}()
	}
	for range callers {
		if err := <-results; err != nil {
			return wrap("Update", err)
		}
	}
	return h.rows(ctx, p.OrderID, 1)
}

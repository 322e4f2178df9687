package storetest

import (
	"context"
	"errors"
	"time"

	"github.com/go-highhelp/highhelp"
)

var waitCases = []Case{
	{"wait/busy", "Update waits for the holder until ctx ends, then returns ErrBusy, which wraps ctx's error.", waitBusy},
	{"wait/gets its turn", "An Update that waits runs once the holder is done, on what that saved.", waitTurn},
	{"wait/reads go on", "Payment and Pending do not wait for an Update; they see what was saved before it.", waitReads},
	{"wait/many", "A hundred Updates of one key at once all come to an end.", waitMany},
}

// whileHeld runs f while an Update of k is under way, which then saves "held".
func whileHeld(ctx context.Context, s highhelp.Store, k highhelp.Key, f func() error) error {
	entered, leave, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		once := false
		done <- s.Update(ctx, k, func(_ context.Context, p *highhelp.Payment) error {
			if !once {
				once = true
				close(entered)
			}
			<-leave
			p.Held = "held"
			return nil
		})
	}()
	select {
	case <-entered:
	case err := <-done:
		return wrap("Update", err)
	}
	err := f()
	close(leave)
	return errors.Join(err, wrap("the Update that held the key", <-done))
}

func waitBusy(ctx context.Context, h Harness) error {
	p, err := inserted(ctx, h)
	if err != nil {
		return err
	}
	return whileHeld(ctx, h.Store, p.Key, func() error {
		for _, s := range []highhelp.Store{h.Store, h.Other} {
			short, cancel := context.WithTimeout(ctx, 150*time.Millisecond)
			ran := false
			err := s.Update(short, p.Key, func(context.Context, *highhelp.Payment) error { ran = true; return nil })
			cancel()
			if err := first(wants("Update of a held key", err, highhelp.ErrBusy),
				wants("Update of a held key", err, context.DeadlineExceeded), same("change ran beside the holder", ran, false)); err != nil {
				return err
			}
		}
		return nil
	})
}

func waitTurn(ctx context.Context, h Harness) error {
	p, err := inserted(ctx, h)
	if err != nil {
		return err
	}
	result := make(chan error, 1)
	err = whileHeld(ctx, h.Store, p.Key, func() error {
		started := make(chan struct{})
		go func() {
			close(started)
			result <- h.Other.Update(ctx, p.Key, func(_ context.Context, p *highhelp.Payment) error {
				p.Held += " and next"
				return nil
			})
		}()
		<-started
		return nil
	})
	if err := first(err, wrap("the Update that waited", <-result)); err != nil {
		return err
	}
	got, err := h.Store.Payment(ctx, p.Key)
	if err != nil {
		return wrap("Payment", err)
	}
	if got.Held != "held and next" && got.Held != "held" { // the second may have been first
		return same("Held", got.Held, "held and next")
	}
	return nil
}

func waitReads(ctx context.Context, h Harness) error {
	p := simple(newKey())
	p.CheckAt = now()
	if err := h.Store.Insert(ctx, p); err != nil {
		return wrap("Insert", err)
	}
	return whileHeld(ctx, h.Store, p.Key, func() error {
		soon, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		for _, s := range []highhelp.Store{h.Store, h.Other} {
			got, err := s.Payment(soon, p.Key)
			if err != nil {
				return wrap("Payment beside an Update", err)
			}
			pending, err := s.Pending(soon, p.ProjectID, p.CheckAt, 1)
			if err := first(same("Held beside an Update", got.Held, ""), wrap("Pending", err), same("pending payments", len(pending), 1)); err != nil {
				return err
			}
		}
		return nil
	})
}

func waitMany(ctx context.Context, h Harness) error {
	p, err := inserted(ctx, h)
	if err != nil {
		return err
	}
	const callers = 100
	results := make(chan error, callers)
	for range callers {
		go func() {
			results <- h.Store.Update(ctx, p.Key, func(ctx context.Context, p *highhelp.Payment) error {
				p.Attempts[0].Amount.Minor++
				return linger(ctx, time.Millisecond)
			})
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
	return same("count of updates", got.Attempts[0].Amount.Minor-p.Attempts[0].Amount.Minor, callers)
}

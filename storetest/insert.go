package storetest

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-highhelp/highhelp"
)

var insertCases = []Case{
	{"insert/known", "Insert of a known key is ErrExists and changes nothing.", insertKnown},
	{"insert/at once", "Of several Inserts of one key at once, one succeeds.", insertAtOnce},
	{"insert/after update", "Insert of a known key changes nothing, whatever happened to the payment since.", insertAfterUpdate},
}

func insertKnown(ctx context.Context, h Harness) error {
	p, err := inserted(ctx, h)
	if err != nil {
		return err
	}
	again := simple(p.Key)
	again.Held = "second"
	if err := wants("a second Insert", h.Store.Insert(ctx, again), highhelp.ErrExists); err != nil {
		return err
	}
	if err := wants("a second Insert of another process", h.Other.Insert(ctx, again), highhelp.ErrExists); err != nil {
		return err
	}
	got, err := h.Store.Payment(ctx, p.Key)
	if err != nil {
		return wrap("Payment", err)
	}
	return differ(got, p)
}

func insertAtOnce(ctx context.Context, h Harness) error {
	const callers = 16
	p := simple(newKey())
	results := make(chan error, callers)
	for i := range callers {
		store, mine := h.Store, p.Clone()
		if i%2 == 1 {
			store = h.Other
		}
		mine.Held = fmt.Sprint(i)
		go func() { results <- store.Insert(ctx, mine) }()
	}
	won := 0
	for range callers {
		switch err := <-results; {
		case err == nil:
			won++
		case !errors.Is(err, highhelp.ErrExists):
			return wrap("Insert", err)
		}
	}
	if won != 1 {
		return fmt.Errorf("%d of %d Inserts of one key succeeded", won, callers)
	}
	return nil
}

func insertAfterUpdate(ctx context.Context, h Harness) error {
	p, err := inserted(ctx, h)
	if err != nil {
		return err
	}
	if err := h.Store.Update(ctx, p.Key, hold("kept")); err != nil {
		return wrap("Update", err)
	}
	if err := wants("Insert", h.Store.Insert(ctx, p), highhelp.ErrExists); err != nil {
		return err
	}
	return held(ctx, h, p.Key, "kept")
}

package storetest

import (
	"context"
	"time"

	"github.com/go-highhelp/highhelp"
)

var nestedCases = []Case{
	{"nested/refused", "Any method but Record called with the ctx of change is ErrNested at once.", nestedRefused},
	{"nested/derived context", "A context made from that of change is as good as it.", nestedDerived},
	{"nested/goes on", "An Update whose change has swallowed an ErrNested goes on.", nestedGoesOn},
}

// nestedCalls makes every call that must be refused, for the same key and for
// another.
func nestedCalls(ctx context.Context, s highhelp.Store, k highhelp.Key) error {
	for _, k := range []highhelp.Key{k, newKey()} {
		_, read := s.Payment(ctx, k)
		_, pending := s.Pending(ctx, k.ProjectID, now(), 1)
		update := s.Update(ctx, k, func(context.Context, *highhelp.Payment) error { return nil })
		if err := first(
			wants("nested Payment", read, highhelp.ErrNested), wants("nested Pending", pending, highhelp.ErrNested),
			wants("nested Update", update, highhelp.ErrNested), wants("nested Insert", s.Insert(ctx, simple(k)), highhelp.ErrNested),
		); err != nil {
			return err
		}
	}
	return nil
}

func nestedRefused(ctx context.Context, h Harness) error {
	p, err := inserted(ctx, h)
	if err != nil {
		return err
	}
	start := time.Now()
	err = h.Store.Update(ctx, p.Key, func(ctx context.Context, _ *highhelp.Payment) error { return nestedCalls(ctx, h.Store, p.Key) })
	return first(wrap("Update", err), same("it took seconds", time.Since(start) > 5*time.Second, false))
}

func nestedDerived(ctx context.Context, h Harness) error {
	p, err := inserted(ctx, h)
	if err != nil {
		return err
	}
	return h.Store.Update(ctx, p.Key, func(ctx context.Context, _ *highhelp.Payment) error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
		defer cancel()
		return nestedCalls(ctx, h.Store, p.Key)
	})
}

func nestedGoesOn(ctx context.Context, h Harness) error {
	p, err := inserted(ctx, h)
	if err != nil {
		return err
	}
	err = h.Store.Update(ctx, p.Key, func(ctx context.Context, p *highhelp.Payment) error {
		_, _ = h.Store.Payment(ctx, p.Key)
		p.Held = "saved"
		return h.Store.Record(ctx, highhelp.Delivery{Key: p.Key, ReceivedAt: now()})
	})
	if err != nil {
		return wrap("Update", err)
	}
	return held(ctx, h, p.Key, "saved")
}

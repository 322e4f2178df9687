package storetest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-highhelp/highhelp"
)

var pruneCases = []Case{
	{"prune/deliveries", "Prune deletes deliveries that were received before a time, of one project.", pruneDeliveries},
	{"prune/tombstones", "A payment is never deleted: retention shrinks a settled one to a tombstone.", pruneTombstones},
	{"prune/limit", "Prune touches at most limit rows of each kind, and says when nothing is left to do.", pruneLimit},
	{"prune/recent", "Prune leaves alone what has changed since, is held, or is still pending.", pruneRecent},
}

// prune prunes until nothing is left, as an application does.
func prune(ctx context.Context, h Harness, project string, before time.Time) error {
	p, ok := h.Store.(highhelp.Pruner)
	if !ok {
		return fmt.Errorf("%w: it does not prune", errSkip)
	}
	for range 1000 {
		n, err := p.Prune(ctx, project, before, 10)
		if err != nil || n == 0 {
			return wrap("Prune", err)
		}
	}
	return errors.New("it never says that nothing is left to prune")
}

func pruneDeliveries(ctx context.Context, h Harness) error {
	k, other, at := newKey(), newKey(), now()
	for _, k := range []highhelp.Key{k, other} {
		for i := range 25 {
			if err := h.Store.Record(ctx, highhelp.Delivery{Key: k, ReceivedAt: at.Add(time.Duration(i) * time.Minute)}); err != nil {
				return wrap("Record", err)
			}
		}
	}
	if err := prune(ctx, h, k.ProjectID, at.Add(20*time.Minute)); err != nil {
		return err
	}
	left, err := deliveries(ctx, h.Store, ofProject(k), time.Time{}, time.Time{})
	if err != nil {
		return err
	}
	foreign, err := deliveries(ctx, h.Store, ofProject(other), time.Time{}, time.Time{})
	return first(err, same("deliveries left", len(left), 5), same("deliveries of the other project left", len(foreign), 25))
}

// settled returns a payment that can become a tombstone.
func settled(k highhelp.Key, updated time.Time) highhelp.Payment {
	p := full()
	p.Key, p.UpdatedAt, p.CheckAt, p.Held = k, updated, time.Time{}, ""
	p.Attempts[0].Status = highhelp.Status{Main: "decline"}
	p.Attempts[1].Status = highhelp.Status{Main: "success"}
	p.Attempts[1].Ticket = p.Attempts[0].Ticket
	return p
}

func pruneTombstones(ctx context.Context, h Harness) error {
	p := settled(newKey(), now().Add(-time.Hour))
	if err := h.Store.Insert(ctx, p); err != nil {
		return wrap("Insert", err)
	}
	if err := prune(ctx, h, p.ProjectID, now()); err != nil {
		return err
	}
	got, err := h.Other.Payment(ctx, p.Key)
	if err != nil {
		return wrap("Payment of a tombstone", err)
	}
	want, _ := p.Tombstone()
	if err := differ(got, want); err != nil {
		return err
	}
	return all(
		func() error {
			return wants("Insert over a tombstone", h.Store.Insert(ctx, simple(p.Key)), highhelp.ErrExists)
		},
		func() error { return wrap("Update of a tombstone", h.Store.Update(ctx, p.Key, hold("late"))) },
		func() error { return held(ctx, h, p.Key, "late") },
	)
}

func pruneLimit(ctx context.Context, h Harness) error {
	pruner, ok := h.Store.(highhelp.Pruner)
	if !ok {
		return fmt.Errorf("%w: it does not prune", errSkip)
	}
	k := newKey()
	for i := range 5 {
		p := settled(highhelp.Key{ProjectID: k.ProjectID, OrderID: fmt.Sprint(i)}, now().Add(-time.Hour))
		if err := h.Store.Insert(ctx, p); err != nil {
			return wrap("Insert", err)
		}
	}
	var counts []int
	for range 4 {
		n, err := pruner.Prune(ctx, k.ProjectID, now(), 2)
		if err != nil {
			return wrap("Prune", err)
		}
		counts = append(counts, n)
	}
	return same("rows touched by four prunes", fmt.Sprint(counts), "[2 2 1 0]")
}

func pruneRecent(ctx context.Context, h Harness) error {
	at := now()
	project := newKey().ProjectID
	recent := settled(highhelp.Key{ProjectID: project, OrderID: "recent"}, at)
	heldBack := settled(highhelp.Key{ProjectID: project, OrderID: "held"}, at.Add(-time.Hour))
	heldBack.Held = "look"
	open := settled(highhelp.Key{ProjectID: project, OrderID: "pending"}, at.Add(-time.Hour))
	open.CheckAt = at
	foreign := settled(newKey(), at.Add(-time.Hour))
	for _, p := range []highhelp.Payment{recent, heldBack, open, foreign} {
		if err := h.Store.Insert(ctx, p); err != nil {
			return wrap("Insert", err)
		}
	}
	if err := prune(ctx, h, project, at); err != nil {
		return err
	}
	for _, p := range []highhelp.Payment{recent, heldBack, open, foreign} {
		got, err := h.Store.Payment(ctx, p.Key)
		if err != nil {
			return wrap("Payment", err)
		}
		if err := differ(got, p); err != nil {
			return fmt.Errorf("%s: %w", p.OrderID, err)
		}
	}
	return nil
}

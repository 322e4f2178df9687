package storetest

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/go-highhelp/highhelp"
)

var pendingCases = []Case{
	{"pending/order", "Pending returns payments with CheckAt set and not after due, the oldest CheckAt first.", pendingOrder},
	{"pending/limit", "Pending returns at most limit payments, those that are oldest.", pendingLimit},
	{"pending/whole", "Pending returns whole payments, equal to what was saved.", pendingWhole},
	{"pending/microseconds", "CheckAt counts to the microsecond.", pendingMicroseconds},
}

// insertPending inserts a payment for each offset from at, in minutes.
func insertPending(ctx context.Context, h Harness, project string, at time.Time, minutes ...int) error {
	for _, m := range minutes {
		p := simple(highhelp.Key{ProjectID: project, OrderID: fmt.Sprint(m)})
		p.CheckAt = at.Add(time.Duration(m) * time.Minute)
		if err := h.Store.Insert(ctx, p); err != nil {
			return wrap("Insert", err)
		}
	}
	return nil
}

func pendingIDs(ctx context.Context, s highhelp.Store, project string, due time.Time, limit int) (string, error) {
	list, err := s.Pending(ctx, project, due, limit)
	var ids []string
	for _, p := range list {
		ids = append(ids, p.OrderID)
	}
	return strings.Join(ids, " "), wrap("Pending", err)
}

func pendingOrder(ctx context.Context, h Harness) error {
	project, at := newKey().ProjectID, now()
	if err := insertPending(ctx, h, project, at, 5, 1, 9, 3, 7); err != nil {
		return err
	}
	settled := simple(highhelp.Key{ProjectID: project, OrderID: "settled"})
	if err := h.Store.Insert(ctx, settled); err != nil {
		return wrap("Insert", err)
	}
	for due, want := range map[int]string{0: "", 1: "1", 6: "1 3 5", 7: "1 3 5 7", 60: "1 3 5 7 9"} {
		got, err := pendingIDs(ctx, h.Other, project, at.Add(time.Duration(due)*time.Minute), 100)
		if err := first(err, same(fmt.Sprintf("pending at minute %d", due), got, want)); err != nil {
			return err
		}
	}
	return nil
}

func pendingLimit(ctx context.Context, h Harness) error {
	project, at := newKey().ProjectID, now()
	if err := insertPending(ctx, h, project, at, 4, 2, 1, 3); err != nil {
		return err
	}
	for limit, want := range map[int]string{0: "", 1: "1", 3: "1 2 3", 4: "1 2 3 4", 9: "1 2 3 4"} {
		got, err := pendingIDs(ctx, h.Store, project, at.Add(time.Hour), limit)
		if err := first(err, same(fmt.Sprintf("pending with limit %d", limit), got, want)); err != nil {
			return err
		}
	}
	return nil
}

func pendingWhole(ctx context.Context, h Harness) error {
	p := full()
	if err := h.Store.Insert(ctx, p); err != nil {
		return wrap("Insert", err)
	}
	list, err := h.Other.Pending(ctx, p.ProjectID, p.CheckAt, 1)
	if err := counted("Pending", len(list), 1, err); err != nil {
		return err
	}
	return differ(list[0], p)
}

func pendingMicroseconds(ctx context.Context, h Harness) error {
	p := simple(newKey())
	p.CheckAt = now()
	if err := h.Store.Insert(ctx, p); err != nil {
		return wrap("Insert", err)
	}
	early, err := h.Store.Pending(ctx, p.ProjectID, p.CheckAt.Add(-time.Microsecond), 1)
	if err != nil {
		return wrap("Pending", err)
	}
	due, err := h.Store.Pending(ctx, p.ProjectID, p.CheckAt, 1)
	return first(wrap("Pending", err), same("pending a microsecond early", len(early), 0), same("pending when due", len(due), 1))
}

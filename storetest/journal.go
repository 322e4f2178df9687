package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-highhelp/highhelp"
)

var journalCases = []Case{
	{"journal/equal", "Deliveries come back equal, the newest first.", journalEqual},
	{"journal/with change", "Record with the ctx given to change is kept or lost with the payment.", journalWithChange},
	{"journal/alone", "Record with any other ctx stands alone and outlives a rollback.", journalAlone},
	{"journal/finds", "Deliveries agree with what is asked for, in order, payment, route, outcome and time.", journalFinds},
	{"journal/one", "Delivery returns one by its ID, of its own project only, else ErrNotFound.", journalOne},
	{"journal/stops", "A reader of the journal may stop early, and use the store while it reads.", journalStops},
	{"journal/many", "The journal yields every delivery once, however many were received at one moment.", journalMany},
}

// deliveries lists a journal, the newest first.
func deliveries(ctx context.Context, s highhelp.Store, like highhelp.Delivery, from, to time.Time) (list []highhelp.Delivery, err error) {
	j, ok := s.(highhelp.Journal)
	if !ok {
		return nil, fmt.Errorf("%w: it has no journal", errSkip)
	}
	for d, err := range j.Deliveries(ctx, like, from, to) {
		if err != nil {
			return list, wrap("Deliveries", err)
		}
		list = append(list, d)
	}
	return list, nil
}

func ofProject(k highhelp.Key) highhelp.Delivery {
	return highhelp.Delivery{Key: highhelp.Key{ProjectID: k.ProjectID}}
}

func journalEqual(ctx context.Context, h Harness) error {
	k, at := newKey(), now()
	want := []highhelp.Delivery{
		{Key: k, PaymentID: k.OrderID + "~2", RequestID: "r", Status: highhelp.Status{Main: "dispute", Sub: "no_payment", Description: "'; -- 😀\n"},
			Amount: highhelp.Money{Minor: 10_000_000_000_000, Currency: "RUB"}, Route: "success", KeyName: "k'1", Outcome: highhelp.DoublePaid, Variant: true,
			Fingerprint: [32]byte{0, 0xff, 31: 1}, Peer: "2001:db8::1", Duration: 1234567 * time.Microsecond, Replay: "7", SignedAt: at.Add(-time.Hour), ReceivedAt: at, Raw: []byte("{\"a\":\"\x00\xff\"}")},
		{Key: highhelp.Key{ProjectID: k.ProjectID}, Error: "signer: signature refused", ReceivedAt: at.Add(-time.Minute), Raw: []byte("x")},
		{Key: highhelp.Key{ProjectID: k.ProjectID}, Route: "info", ReceivedAt: at.Add(-2 * time.Minute)},
	}
	for _, d := range slices.Backward(want) {
		if err := h.Store.Record(ctx, d); err != nil {
			return wrap("Record", err)
		}
	}
	got, err := deliveries(ctx, h.Other, ofProject(k), time.Time{}, time.Time{})
	if err := counted("Deliveries", len(got), len(want), err); err != nil {
		return err
	}
	for i := range want {
		if err := differDelivery(got[i], want[i]); err != nil {
			return fmt.Errorf("delivery %d: %w", i, err)
		}
		if got[i].ID == "" {
			return errors.New("a delivery has no ID")
		}
	}
	return nil
}

func journalWithChange(ctx context.Context, h Harness) error {
	p, err := inserted(ctx, h)
	if err != nil {
		return err
	}
	failed := errors.New("storetest: change failed")
	for _, end := range []error{failed, nil} {
		err := h.Store.Update(ctx, p.Key, func(ctx context.Context, p *highhelp.Payment) error {
			raw := []byte("body")
			err := h.Store.Record(ctx, highhelp.Delivery{Key: p.Key, ReceivedAt: now(), Error: fmt.Sprint(end), Raw: raw})
			clear(raw) // it is the caller's, though the delivery is not saved yet
			return errors.Join(err, end)
		})
		if err := wants("Update", err, end); err != nil {
			return err
		}
	}
	list, err := deliveries(ctx, h.Other, ofProject(p.Key), time.Time{}, time.Time{})
	if err != nil {
		return err
	}
	if len(list) != 1 || list[0].Error != "<nil>" {
		return fmt.Errorf("the journal has %d deliveries; only that of the saved change may be there", len(list))
	}
	return same("Raw", string(list[0].Raw), "body")
}

func journalAlone(ctx context.Context, h Harness) error {
	p, err := inserted(ctx, h)
	if err != nil {
		return err
	}
	if !h.writesApart() {
		return fmt.Errorf("%w: it lets one writer in at a time", errSkip)
	}
	failed := errors.New("storetest: change failed")
	err = h.Store.Update(ctx, p.Key, func(context.Context, *highhelp.Payment) error {
		return errors.Join(h.Store.Record(ctx, highhelp.Delivery{Key: p.Key, ReceivedAt: now()}), failed)
	})
	if err := wants("Update", err, failed); err != nil {
		return err
	}
	list, err := deliveries(ctx, h.Other, ofProject(p.Key), time.Time{}, time.Time{})
	return first(err, same("deliveries that stood alone", len(list), 1))
}

func journalFinds(ctx context.Context, h Harness) error {
	k, at := newKey(), now()
	minute := func(n int) time.Time { return at.Add(time.Duration(n) * time.Minute) }
	for i, d := range []highhelp.Delivery{
		{Key: k, PaymentID: "1", Route: "info", Outcome: highhelp.Applied},
		{Key: k, PaymentID: "1~2", Route: "success", Outcome: highhelp.Duplicate},
		{Key: highhelp.Key{ProjectID: k.ProjectID, OrderID: k.OrderID + "%"}, PaymentID: "1", Route: "success", Outcome: highhelp.Applied},
		{Key: highhelp.Key{ProjectID: k.ProjectID}, Route: "success", Error: "refused"},
	} {
		d.ReceivedAt, d.KeyName = minute(i), fmt.Sprint(i)
		if err := h.Store.Record(ctx, d); err != nil {
			return wrap("Record", err)
		}
	}
	for _, c := range []struct {
		like     highhelp.Delivery
		from, to time.Time
		want     string
	}{
		{highhelp.Delivery{}, time.Time{}, time.Time{}, "3 2 1 0"},
		{highhelp.Delivery{Key: highhelp.Key{OrderID: k.OrderID}}, time.Time{}, time.Time{}, "1 0"},
		{highhelp.Delivery{PaymentID: "1"}, time.Time{}, time.Time{}, "2 0"},
		{highhelp.Delivery{Route: "success"}, time.Time{}, time.Time{}, "3 2 1"},
		{highhelp.Delivery{Outcome: highhelp.Applied}, time.Time{}, time.Time{}, "2 0"},
		{highhelp.Delivery{Route: "success", Outcome: highhelp.Applied}, time.Time{}, time.Time{}, "2"},
		{highhelp.Delivery{}, minute(1), minute(3), "2 1"},
		{highhelp.Delivery{}, minute(3), time.Time{}, "3"},
		{highhelp.Delivery{}, time.Time{}, minute(1), "0"},
		{highhelp.Delivery{PaymentID: "%"}, time.Time{}, time.Time{}, ""},
	} {
		c.like.ProjectID = k.ProjectID
		list, err := deliveries(ctx, h.Store, c.like, c.from, c.to)
		var got []string
		for _, d := range list {
			got = append(got, d.KeyName)
		}
		if err := first(err, same(fmt.Sprintf("deliveries like %+v", c), strings.Join(got, " "), c.want)); err != nil {
			return err
		}
	}
	return nil
}

func journalOne(ctx context.Context, h Harness) error {
	k := newKey()
	want := highhelp.Delivery{Key: k, PaymentID: "1", ReceivedAt: now(), Raw: []byte("x")}
	if err := h.Store.Record(ctx, want); err != nil {
		return wrap("Record", err)
	}
	list, err := deliveries(ctx, h.Store, ofProject(k), time.Time{}, time.Time{})
	if err := counted("Deliveries", len(list), 1, err); err != nil {
		return err
	}
	j := h.Other.(highhelp.Journal) // deliveries has skipped the others
	got, err := j.Delivery(ctx, k.ProjectID, list[0].ID)
	_, foreign := j.Delivery(ctx, newKey().ProjectID, list[0].ID)
	_, unknown := j.Delivery(ctx, k.ProjectID, "no such id")
	_, empty := j.Delivery(ctx, k.ProjectID, "")
	return first(wrap("Delivery", err), differDelivery(got, want), same("ID", got.ID, list[0].ID),
		wants("Delivery of another project", foreign, highhelp.ErrNotFound), wants("Delivery of an unknown ID", unknown, highhelp.ErrNotFound),
		wants("Delivery of no ID", empty, highhelp.ErrNotFound))
}

func journalStops(ctx context.Context, h Harness) error {
	p, err := inserted(ctx, h)
	if err != nil {
		return err
	}
	for range 5 {
		if err := h.Store.Record(ctx, highhelp.Delivery{Key: p.Key, ReceivedAt: now()}); err != nil {
			return wrap("Record", err)
		}
	}
	j, ok := h.Store.(highhelp.Journal)
	if !ok {
		return fmt.Errorf("%w: it has no journal", errSkip)
	}
	for _, err := range j.Deliveries(ctx, ofProject(p.Key), time.Time{}, time.Time{}) {
		if err != nil {
			return wrap("Deliveries", err)
		}
		if err := h.Store.Update(ctx, p.Key, hold("read")); err != nil {
			return wrap("Update while reading the journal", err)
		}
		break
	}
	return held(ctx, h, p.Key, "read")
}

func journalMany(ctx context.Context, h Harness) error {
	k, at := newKey(), now()
	const n = 300
	for i := range n {
		if err := h.Store.Record(ctx, highhelp.Delivery{Key: k, PaymentID: fmt.Sprint(i), ReceivedAt: at}); err != nil {
			return wrap("Record", err)
		}
	}
	list, err := deliveries(ctx, h.Store, ofProject(k), time.Time{}, time.Time{})
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, d := range list {
		seen[d.PaymentID] = true
	}
	return first(same("deliveries", len(list), n), same("different deliveries", len(seen), n))
}

package storetest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-highhelp/highhelp"
)

var readCases = []Case{
	{"read/unknown", "Payment and Update of an unknown key are ErrNotFound, and change does not run.", readUnknown},
	{"read/equal", "Payments come back equal: strings byte for byte, marks in order.", readEqual},
	{"read/times", "Times come back in UTC to the microsecond; the zero time stays zero.", readTimes},
	{"read/large", "A payment with many attempts and marks, and a raw answer of 16 KiB, comes back equal.", readLarge},
	{"read/own memory", "What a caller does to a value that it was given, or has given, does not reach the store.", readOwnMemory},
	{"read/ended context", "Every method obeys ctx.", readEndedContext},
}

func readUnknown(ctx context.Context, h Harness) error {
	k, ran := newKey(), false
	_, err := h.Store.Payment(ctx, k)
	update := h.Store.Update(ctx, k, func(context.Context, *highhelp.Payment) error { ran = true; return nil })
	_, after := h.Store.Payment(ctx, k)
	return first(
		wants("Payment of an unknown key", err, highhelp.ErrNotFound), wants("Update of an unknown key", update, highhelp.ErrNotFound),
		same("change of an unknown key ran", ran, false), wants("Payment after that", after, highhelp.ErrNotFound),
	)
}

// full returns a payment with every field set, and hostile text wherever text
// can be.
func full() highhelp.Payment {
	k := newKey()
	p := simple(k)
	at := now()
	p.Claim = highhelp.Claim{Token: "claim'; DROP TABLE x; --", Until: at.Add(time.Minute)}
	p.Held, p.CheckAt = "mismatch: 😀 \"quoted\" \\ back%slash\r\n\t\u2028 \uffff", at.Add(time.Hour)
	a := &p.Attempts[0]
	a.Amount = highhelp.Money{Minor: 10_000_000_000_000, Currency: "UZS"}
	a.Status = highhelp.Status{Main: "dispute", Sub: "different_amount", Description: "Сумма ≠ 100;00 ' \" {} []"}
	a.Lost, a.GaveUp = true, true
	a.Ticket = highhelp.Ticket{
		PaymentID: a.PaymentID, RequestID: "r:1", URL: "https://pay.example/?a=b&c=%20#x", StatusToken: "T", ExpiresAt: at.Add(time.Second),
		Raw: []byte("{\"a\":\"\x00\xff binary\"}"),
	}
	for i := range 5 {
		m := highhelp.Mark{Status: "processing", SubStatus: strings.Repeat("s", i), Outcome: highhelp.Outcome(i + 1), SignedAt: at.Add(-time.Duration(i) * time.Second), At: at}
		for j := range m.Fingerprint {
			m.Fingerprint[j] = byte(i*40 + j)
		}
		a.Marks = append(a.Marks, m)
	}
	slices.Reverse(a.Marks)
	p.Attempts = append(p.Attempts, highhelp.Attempt{N: 2, PaymentID: k.OrderID + "~2", CreatedAt: at})
	return p
}

func readEqual(ctx context.Context, h Harness) error {
	p := full()
	if err := h.Store.Insert(ctx, p); err != nil {
		return wrap("Insert", err)
	}
	return comesBack(ctx, h, p)
}

// comesBack demands that p comes back after its Insert, after an Update that
// changes nothing, and after an Update that writes all of it.
func comesBack(ctx context.Context, h Harness, p highhelp.Payment) error {
	for _, change := range []func(context.Context, *highhelp.Payment) error{
		nil,
		func(context.Context, *highhelp.Payment) error { return nil },
		func(_ context.Context, saved *highhelp.Payment) error { *saved = p.Clone(); return nil },
	} {
		if change != nil {
			if err := h.Store.Update(ctx, p.Key, change); err != nil {
				return wrap("Update", err)
			}
		}
		got, err := h.Other.Payment(ctx, p.Key)
		if err != nil {
			return wrap("Payment", err)
		}
		if err := differ(got, p); err != nil {
			return err
		}
	}
	return nil
}

func readTimes(ctx context.Context, h Harness) error {
	moscow := time.FixedZone("MSK", 3*3600)
	p := simple(newKey())
	p.CreatedAt = time.Date(2026, 2, 28, 23, 59, 59, 999_999_999, moscow)
	p.UpdatedAt = time.Date(1999, 12, 31, 0, 0, 0, 1000, time.UTC)
	p.CheckAt = time.Date(2037, 1, 1, 2, 3, 4, 123_456_000, time.FixedZone("", -12*3600))
	p.Attempts[0].CreatedAt = time.Now() // with a monotonic clock
	p.Attempts[0].Ticket.ExpiresAt = time.Time{}
	p.Attempts[0].Marks = []highhelp.Mark{{Status: "processing", SignedAt: time.Time{}, At: p.CreatedAt}}
	if err := h.Store.Insert(ctx, p); err != nil {
		return wrap("Insert", err)
	}
	return comesBack(ctx, h, p)
}

func readLarge(ctx context.Context, h Harness) error {
	p := simple(newKey())
	p.Attempts[0].Ticket.Raw = []byte(strings.Repeat("x", 16<<10))
	for n := 2; n <= 50; n++ {
		a := highhelp.Attempt{N: n, PaymentID: fmt.Sprintf("%s~%d", p.OrderID, n), CreatedAt: now()}
		for range 20 {
			a.Marks = append(a.Marks, highhelp.Mark{Status: "processing", SubStatus: "requisites", Outcome: highhelp.Applied, SignedAt: now(), At: now()})
		}
		p.Attempts = append(p.Attempts, a)
	}
	if err := h.Store.Insert(ctx, p); err != nil {
		return wrap("Insert", err)
	}
	return comesBack(ctx, h, p)
}

func readOwnMemory(ctx context.Context, h Harness) error {
	p := full()
	want := p.Clone()
	if err := h.Store.Insert(ctx, p); err != nil {
		return wrap("Insert", err)
	}
	spoil(&p)
	got, err := h.Store.Payment(ctx, want.Key)
	if err != nil {
		return wrap("Payment", err)
	}
	spoil(&got)
	var inside *highhelp.Payment
	if err := h.Store.Update(ctx, want.Key, func(_ context.Context, p *highhelp.Payment) error { inside = p; return nil }); err != nil {
		return wrap("Update", err)
	}
	spoil(inside)
	pending, err := h.Store.Pending(ctx, want.ProjectID, want.CheckAt, 1)
	if err := counted("Pending", len(pending), 1, err); err != nil {
		return err
	}
	spoil(&pending[0])
	if got, err = h.Store.Payment(ctx, want.Key); err != nil {
		return wrap("Payment", err)
	}
	return differ(got, want)
}

func spoil(p *highhelp.Payment) {
	p.Attempts[0].PaymentID, p.Attempts[0].Marks[0].Status, p.Attempts[0].Ticket.Raw[0] = "spoiled", "spoiled", 'S'
}

func readEndedContext(ctx context.Context, h Harness) error {
	p, err := inserted(ctx, h)
	if err != nil {
		return err
	}
	ended, end := context.WithCancel(ctx)
	end()
	_, read := h.Store.Payment(ended, p.Key)
	_, pending := h.Store.Pending(ended, p.ProjectID, now(), 1)
	ran := false
	update := h.Store.Update(ended, p.Key, func(context.Context, *highhelp.Payment) error { ran = true; return nil })
	return first(
		wants("Payment", read, context.Canceled), wants("Pending", pending, context.Canceled),
		wants("Insert", h.Store.Insert(ended, simple(newKey())), context.Canceled),
		wants("Record", h.Store.Record(ended, highhelp.Delivery{Key: p.Key}), context.Canceled),
		wants("Update", update, context.Canceled), same("change ran with an ended context", ran, false),
	)
}

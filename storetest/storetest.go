// Package storetest examines any highhelp.Store: one case for each sentence of
// its contract, and for what tends to go wrong with stores of money.
//
// A store's own test is one line:
//
//	func TestConformance(t *testing.T) {
//		storetest.Run(t, func(t *testing.T) storetest.Harness {
//			return storetest.Harness{Store: openStore(t), Other: openStore(t), …}
//		})
//	}
//
// The suite is examined too: its tests plant faults in a store, and demand that
// the right case finds each.
package storetest

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp"
)

// A Harness is a store to examine, and what the suite can't know of it. Cases
// use keys of their own, so all of them may share one database, even with
// other runs.
type Harness struct {
	// Store is the store. Required.
	Store highhelp.Store

	// Other is the same data through a store of another process, or as near to
	// that as can be had: another value with connections of its own.
	// Default: Store.
	Other highhelp.Store

	// Write does through ctx, which is that of change, what an application
	// does in OnPaid: it writes a row of its own under the name. Written
	// counts the rows of that name which are there for others to see. Both are
	// required of a store that is transactional, and not used with others.
	Write   func(ctx context.Context, name string) error
	Written func(ctx context.Context, name string) (int, error)

	// Doom lets a statement fail through the ctx of change, in a way after
	// which the database will roll everything back, and returns the error.
	// Default: the database knows no such way.
	Doom func(ctx context.Context) error
}

// transactional reports what the store promises for OnPaid.
func (h *Harness) transactional() bool {
	t, ok := h.Store.(interface{ Transactional() bool })
	return !ok || t.Transactional()
}

// A Case is one thing that must hold.
type Case struct {
	Name string
	Why  string // the sentence of the contract, or the hazard
	// Check returns what does not hold, or why the case does not apply; see
	// [Skipped].
	Check func(ctx context.Context, h Harness) error
}

// errSkip says that a case asks for a power that the store does not have.
var errSkip = errors.New("storetest: the store does not have this power")

// Skipped reports whether err says that a case does not apply to the store:
// it is about transactions, or about an optional interface.
func Skipped(err error) bool { return errors.Is(err, errSkip) }

// Cases returns all cases.
func Cases() []Case {
	var all []Case
	for _, group := range [][]Case{insertCases, readCases, keyCases, updateCases, waitCases, nestedCases, effectCases, pendingCases, journalCases, pruneCases} {
		all = append(all, group...)
	}
	return all
}

// caseTimeout bounds a case: a store that hangs fails it.
const caseTimeout = time.Minute

// Run examines a store. open returns a harness for one case; it may return the
// same database each time.
func Run(t *testing.T, open func(t *testing.T) Harness) {
	t.Helper()
	for _, c := range Cases() {
		t.Run(c.Name, func(t *testing.T) {
			h := open(t)
			switch err := Check(t.Context(), c, h); {
			case Skipped(err):
				t.Skip(err)
			case err != nil:
				t.Errorf("%v\nwhy: %s", err, c.Why)
			}
		})
	}
}

// Check runs one case. A case that does not come to an end fails.
func Check(ctx context.Context, c Case, h Harness) error {
	if h.Other == nil {
		h.Other = h.Store
	}
	ctx, cancel := context.WithTimeout(ctx, caseTimeout)
	defer cancel()
	done := make(chan error, 1)
	go func() {
		defer func() {
			if r := recover(); r != nil {
				done <- fmt.Errorf("panic: %v", r)
			}
		}()
		done <- c.Check(ctx, h)
	}()
	select {
	case err := <-done:
		return err
	case <-time.After(caseTimeout + 10*time.Second):
		return errors.New("the case does not end: a call ignores its context, or waits for itself")
	}
}

// newKey returns a key that nothing else uses.
func newKey() highhelp.Key {
	return highhelp.Key{ProjectID: "storetest-" + rand.Text(), OrderID: "order-" + rand.Text()}
}

// now is a time as a store gives it back.
func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// simple returns a payment with one attempt.
func simple(k highhelp.Key) highhelp.Payment {
	at := now()
	return highhelp.Payment{
		Key: k, CreatedAt: at, UpdatedAt: at,
		Attempts: []highhelp.Attempt{{
			N: 1, PaymentID: k.OrderID, Amount: highhelp.Money{Minor: 10000, Currency: "RUB"}, Sent: true, CreatedAt: at,
			Ticket: highhelp.Ticket{PaymentID: k.OrderID, StatusToken: "token", ExpiresAt: at.Add(10 * time.Minute)},
		}},
	}
}

// inserted inserts a simple payment.
func inserted(ctx context.Context, h Harness) (highhelp.Payment, error) {
	p := simple(newKey())
	return p, wrap("Insert", h.Store.Insert(ctx, p))
}

// hold sets Held, which stands for any change.
func hold(value string) func(context.Context, *highhelp.Payment) error {
	return func(_ context.Context, p *highhelp.Payment) error {
		p.Held = value
		return nil
	}
}

// held demands that the saved Held is want, to both stores.
func held(ctx context.Context, h Harness, k highhelp.Key, want string) error {
	for _, s := range []highhelp.Store{h.Store, h.Other} {
		p, err := s.Payment(ctx, k)
		if err != nil {
			return wrap("Payment", err)
		}
		if p.Held != want {
			return fmt.Errorf("saved is %q, want %q", p.Held, want)
		}
	}
	return nil
}

func wrap(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}

// wants demands a certain error.
func wants(what string, got, want error) error {
	if !errors.Is(got, want) {
		return fmt.Errorf("%s returned another error than %q: %w", what, want.Error(), cmp.Or(got, errNone))
	}
	return nil
}

var errNone = errors.New("none")

// counted demands a number of things, and no error.
func counted(what string, n, want int, err error) error {
	return first(wrap(what, err), same(what, n, want))
}

// all returns the first error of several checks.
func all(checks ...func() error) error {
	for _, check := range checks {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

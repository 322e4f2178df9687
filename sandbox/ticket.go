package sandbox

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"slices"
	"time"
)

// A Ticket is what a gateway knows of one payment: a copy, which does not
// change.
type Ticket struct {
	ProjectID string
	PaymentID string // the shop's, unique in its project
	RequestID string // the gateway's, unique everywhere
	Status    Status

	Amount      int64 // minor units
	Currency    string
	Method      string // the widget_method, or ""
	Description string

	URL         string // of the payment page
	RedirectURL string // where the payer goes after it, or ""
	CreatedAt   time.Time
	ExpiresAt   time.Time // from then on the payer can't act

	Language string // customer.language, or ""
	Country  string // customer.country, or ""
	Faults   []Fault

	// History holds each status with the time at which it was entered, the
	// oldest first.
	History []Change
	// Open reports whether the payer can still do something.
	Open bool
	// Actions are what can happen next, by the payer or without him.
	Actions []Action
	// Unsent counts the callbacks that are neither delivered nor given up.
	Unsent int
}

// A Change is a status and the time from which it holds.
type Change struct {
	Time   time.Time
	Status Status
}

// A ticket is a Ticket that lives. The ledger's lock guards it.
type ticket struct {
	Ticket // all but Status, Open, Actions and Unsent, which at and events decide
	token  string
	urls   CallbackURLs
	at     place
	seq    int      // changes that callbacks were queued for
	events []*event // callbacks that are neither delivered nor given up, in order

	faults       []Fault
	contradicted bool // FaultContradict has had its way
	creates      int  // create requests that named it
	live         bool // the ledger's list of live tickets has it
}

// view returns t as it stands.
func (t *ticket) view() Ticket {
	v := t.Ticket
	v.Status = checkout[t.at].status
	v.Open = checkout.offers(t.at)
	v.Actions = checkout.actions(t.at)
	v.Faults = slices.Clone(t.faults)
	v.History = slices.Clone(t.History)
	v.Unsent = len(t.events)
	return v
}

// enter moves t along path. Each place it enters causes an event, if there is
// a URL for it.
func (t *ticket) enter(path []place, now time.Time, waits *waits) {
	for _, at := range path {
		t.at = at
		status := checkout[at].status
		t.History = append(t.History, Change{now, status})
		t.news(status, now, waits)
	}
}

// expire moves t on if its lifetime is over, and reports whether it did.
func (t *ticket) expire(now time.Time, waits *waits) bool {
	at := checkout[t.at].expiry
	if at == "" || now.Before(t.ExpiresAt) {
		return false
	}
	t.enter([]place{at}, now, waits)
	return true
}

// settled reports whether nothing more will happen to t by itself.
func (t *ticket) settled() bool { return len(t.events) == 0 && checkout[t.at].expiry == "" }

// newToken returns the secret part of a payment page's address.
func newToken() string {
	var b [20]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// newRequestID returns a random UUID, version 4.
func newRequestID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0F|0x40, b[8]&0x3F|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

package highhelp

import (
	"context"
	"iter"
	"time"
)

// A Journal is a [Store] that lists what Record kept: for the log page, and to
// let events take effect again after a fault of the application is mended.
type Journal interface {
	// Deliveries yields the deliveries of like.ProjectID, the newest first,
	// that were received not before from and before to, where these are not
	// zero, and that agree with like in OrderID, PaymentID, Route and Outcome,
	// where like states them. After an error it yields nothing more.
	Deliveries(ctx context.Context, like Delivery, from, to time.Time) iter.Seq2[Delivery, error]

	// Delivery returns one delivery of a project, or ErrNotFound.
	Delivery(ctx context.Context, projectID, id string) (Delivery, error)
}

// A Pruner is a [Store] that can forget. Nothing is pruned unless the
// application asks.
type Pruner interface {
	// Prune deletes deliveries that were received before the given time, and
	// makes tombstones of payments that have not changed since then; see
	// [Payment.Tombstone]. It touches at most limit rows of each kind and
	// returns how many, so that 0 means that nothing is left to do.
	Prune(ctx context.Context, projectID string, before time.Time, limit int) (int, error)
}

// Tombstone returns what must be kept of p for ever, so that a late event can
// neither ship twice nor be taken for another payment's: attempts with their
// amounts and statuses, and the marks of those that are not final. It reports
// whether that is less than p, and may take its place: a payment that is held
// for review, or that the gateway is still asked about, stays whole.
func (p Payment) Tombstone() (Payment, bool) {
	if p.Held != "" || !p.CheckAt.IsZero() {
		return p, false
	}
	less := p.Claim != Claim{}
	p = p.Clone()
	p.Claim = Claim{}
	for i := range p.Attempts {
		a := &p.Attempts[i]
		t := Ticket{PaymentID: a.Ticket.PaymentID, RequestID: a.Ticket.RequestID, ExpiresAt: a.Ticket.ExpiresAt}
		less = less || a.Ticket.URL != "" || a.Ticket.StatusToken != "" || len(a.Ticket.Raw) > 0
		a.Ticket = t
		if a.Status.Final() {
			less = less || len(a.Marks) > 0
			a.Marks = nil
		}
		less = less || a.Status.Description != ""
		a.Status.Description = ""
	}
	return p, less
}

// agrees reports whether d is one of those that like asks for.
func (d *Delivery) agrees(like Delivery, from, to time.Time) bool {
	return d.ProjectID == like.ProjectID &&
		(like.OrderID == "" || like.OrderID == d.OrderID) &&
		(like.PaymentID == "" || like.PaymentID == d.PaymentID) &&
		(like.Route == "" || like.Route == d.Route) &&
		(like.Outcome == 0 || like.Outcome == d.Outcome) &&
		(from.IsZero() || !d.ReceivedAt.Before(from)) &&
		(to.IsZero() || d.ReceivedAt.Before(to))
}

package highhelp

import (
	"fmt"
	"time"
)

// askInfo is what decide answers if only the gateway can say of which amount a
// success is. It is no outcome of an event.
const askInfo Outcome = -1

// decide says what an event does to a payment. It is the whole transition
// table, the first row that fits, and it changes nothing. i is the index of
// the attempt that the event's payment_id names; asked says that the gateway
// has been asked for an amount that the event does not state.
//
// Outcomes of a payment whose order is paid, or whose attempt is final, never
// change a status: a final status is never overwritten.
func decide(p *Payment, i int, e *Event, fingerprint [32]byte, asked bool) Outcome {
	a := &p.Attempts[i]
	success, final := e.Status.Main == statusSuccess, e.Status.Final()
	switch {
	case a.marked(e.Status, fingerprint) != nil:
		return Duplicate
	case a.Status.Final() && a.Status.Main == e.Status.Main:
		return Duplicate
	case a.Status.Final() && !final:
		return Stale
	case a.Status.Final():
		return Conflict
	case !final && e.SignedAt.Before(a.newestMark()):
		return Stale
	case success && !e.Amount.stated() && !asked:
		return askInfo
	case success && (e.Amount != a.Amount || e.Amount != p.newest().Amount):
		return Mismatch
	case success && p.Paid():
		return DoublePaid
	case !success && (p.Paid() || i != len(p.Attempts)-1):
		return Superseded
	}
	return Applied
}

// marked returns the mark that makes an event of this status and fingerprint a
// duplicate, or nil. A mark that changed nothing stops only the very same
// event, so that a mismatch does not keep the right success out.
func (a *Attempt) marked(s Status, fingerprint [32]byte) *Mark {
	for i := range a.Marks {
		m := &a.Marks[i]
		took := m.Outcome == Applied || m.Outcome == Superseded || m.Outcome == DoublePaid
		if m.Fingerprint == fingerprint || took && m.Status == s.Main && m.SubStatus == s.Sub {
			return m
		}
	}
	return nil
}

func (a *Attempt) newestMark() time.Time {
	var newest time.Time
	for _, m := range a.Marks {
		if m.SignedAt.After(newest) {
			newest = m.SignedAt
		}
	}
	return newest
}

// apply writes into p what outcome o of e means. It is all that an event ever
// changes.
func (p *Payment) apply(i int, e *Event, fingerprint [32]byte, o Outcome, now time.Time) {
	a := &p.Attempts[i]
	before := *a
	a.Marks = append(a.Marks, Mark{
		Status: e.Status.Main, SubStatus: e.Status.Sub, Outcome: o,
		Fingerprint: fingerprint, SignedAt: e.SignedAt, At: now,
	})
	switch o {
	case Applied, Superseded, DoublePaid:
		a.Status = e.Status
		if a.Ticket.RequestID == "" {
			a.Ticket.RequestID = e.RequestID
		}
	}
	if o.anomalous() && p.Held == "" {
		p.Held = e.anomaly(o, &before).Detail
	}
	p.UpdatedAt = now
}

// A verdict says how a ticket can be had for an order whose create request was
// sent before.
type verdict int

const (
	verdictWait   verdict = iota // the payer may be paying: no other page now
	verdictResend                // send the create request again, with the same payment_id
	verdictNext                  // the attempt is over: open the next one
	verdictPaid                  // the attempt has succeeded
)

// settleTime is how long after its expiry a ticket that nobody began to pay is
// taken for alive: clocks differ, and a payer may press the button at the end.
const settleTime = 60 * time.Second

// over reports whether the page of a is surely dead by time alone.
func (a *Attempt) over(now time.Time) bool { return now.After(a.Ticket.ExpiresAt.Add(settleTime)) }

// nextAttempt is the pure table behind "try again". seen is what the gateway
// says of attempt a; known is whether it knows the payment at all; again is
// whether it had reported an error for it before.
//
// It errs on the side of waiting: a payer must never see two live payment
// pages, so every status that is not known to end the page waits for a final
// one.
func nextAttempt(a *Attempt, seen Status, known, again bool, now time.Time) verdict {
	unpaid := seen.Main == statusProcessing && (seen.Sub == "new" || seen.Sub == "requisites")
	switch {
	case a.Lost:
		return verdictNext
	case !known:
		return verdictResend
	case seen.Main == statusSuccess:
		return verdictPaid
	case seen.Main == statusDecline, seen.Main == statusDispute && seen.Sub == "no_payment":
		return verdictNext
	case seen.Main == statusError && again:
		return verdictNext
	case seen.Main == statusError:
		return verdictResend
	case unpaid && a.over(now):
		return verdictNext
	case unpaid && a.Ticket.URL == "": // no payer has seen its page
		return verdictResend
	}
	return verdictWait
}

// A plan says what a click on the pay button needs.
type plan int

const (
	planGive plan = iota // hand out the ticket that is there
	planWait             // another caller is creating it
	planAsk              // a create request was sent before: ask the gateway first
	planNext             // open the next attempt
)

// planTicket is the pure table of a click on the pay button.
func planTicket(p *Payment, amount Money, maxAttempts int, now time.Time) (plan, error) {
	a := p.newest()
	over := a.Status.Main == statusDecline || a.Lost
	ended := a.Status.Main == statusError || a.Status.Main == statusDispute && a.Status.Sub == "no_payment"
	live := a.Ticket.URL != "" && now.Before(a.Ticket.ExpiresAt)
	switch {
	case p.Paid():
		return 0, ErrOrderPaid
	case p.Held != "":
		return 0, fmt.Errorf("%w: %s", ErrNeedsReview, p.Held)
	case p.Claim.Token != "" && now.Before(p.Claim.Until):
		return planWait, nil
	case over && len(p.Attempts) >= maxAttempts:
		return 0, errTooManyAttempts
	case over:
		return planNext, nil
	case live && !ended && a.Amount != amount:
		return 0, ErrAmountChanged
	case live && !ended:
		return planGive, nil
	}
	return planAsk, nil
}

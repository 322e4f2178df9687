package highhelp

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// What a caller does under a claim. No call of the Store is open while it
// talks to the gateway, so each save first looks whether the claim is still
// its own.

// obtain gets a ticket from the gateway. If it fails it gives the claim back,
// so that the next click need not wait for its end.
func (c *Checkout) obtain(ctx context.Context, o Order, h *holding) (Ticket, error) {
	exists, t, err := false, Ticket{}, error(nil)
	if h.ask {
		exists, t, err = c.ask(ctx, o, h)
	}
	if err == nil && t.URL == "" {
		t, err = c.create(ctx, o, h, exists)
	}
	if err != nil && !errors.Is(err, errClaimLost) {
		c.giveBack(ctx, h, err)
	}
	return t, err
}

// ask finds out what became of the request that was sent before, and makes h
// ready for the next one. It reports whether the gateway has a payment under
// this payment_id for which no page is known; if it tells the page, ask
// returns that.
func (c *Checkout) ask(ctx context.Context, o Order, h *holding) (exists bool, t Ticket, err error) {
	again := h.attempt.reported(statusError)
	r, known, err := c.inquire(ctx, h)
	if err != nil {
		return false, Ticket{}, err
	}
	now := c.now()
	exists = known && r.event.Status.Main == statusProcessing
	if exists && r.page != "" && now.Before(h.attempt.Ticket.ExpiresAt) {
		t, err = c.save(ctx, o, h, r, defaultLifetime)
		return true, t, err
	}
	switch nextAttempt(&h.attempt, r.event.Status, known, again, now) {
	case verdictPaid:
		return false, Ticket{}, c.whySettled(ctx, h.key)
	case verdictNext:
		return false, Ticket{}, c.openNext(ctx, o, h, false)
	case verdictResend:
		return exists, Ticket{}, c.prepare(ctx, o, h, known)
	}
	return false, Ticket{}, ErrInProgress
}

// whySettled says why an order whose payment has succeeded has no page.
func (c *Checkout) whySettled(ctx context.Context, k Key) error {
	p, err := c.cfg.Store.Payment(ctx, k)
	switch {
	case err != nil:
		return storeFailure(err)
	case p.Paid():
		return ErrOrderPaid
	case p.Held != "":
		return fmt.Errorf("%w: %s", ErrNeedsReview, p.Held)
	}
	return ErrInProgress
}

// prepare makes the attempt ready for its create request to be sent again. If
// the gateway knows nothing of the payment, its page may begin now, so the
// latest moment at which it can end moves on before the request is sent.
//
// Another amount needs another page. Where the gateway has refused the first
// request there is none yet; where it may still come, because a request was
// lost on the way, that attempt is left alone once it must be over.
func (c *Checkout) prepare(ctx context.Context, o Order, h *holding, known bool) error {
	now := c.now()
	changed, refused := o.Amount != h.attempt.Amount, h.attempt.Status.Main == statusError
	switch {
	case known && !changed:
		return nil
	case changed && !known && !refused && h.attempt.over(now):
		return c.openNext(ctx, o, h, false)
	case changed && (known || !refused):
		return ErrAmountChanged
	}
	return c.own(ctx, h, func(p *Payment) error {
		a := p.newest()
		a.Amount, a.Ticket.ExpiresAt = o.Amount, c.latestEnd(o, now)
		h.attempt = p.Clone().Newest()
		return nil
	})
}

// create sends the create request. exists is whether the gateway has a payment
// under this payment_id whose page is not known: if it then refuses to create
// it, the page can't be found out, and the next attempt is opened.
func (c *Checkout) create(ctx context.Context, o Order, h *holding, exists bool) (Ticket, error) {
	r, err := c.client.create(ctx, h.attempt.PaymentID, o, c.callbacks)
	var api *APIError
	isAPI := errors.As(err, &api)
	switch {
	case r.event.Status.Final() && (!isAPI || api.HTTPStatus < http.StatusMultipleChoices):
		if _, applyErr := c.Apply(ctx, r.event); applyErr != nil {
			return Ticket{}, applyErr
		}
		if err == nil {
			err = c.whySettled(ctx, h.key)
		}
		return Ticket{}, err
	case exists && isAPI && api.refused() && !api.denied():
		if err := c.openNext(ctx, o, h, true); err != nil {
			return Ticket{}, err
		}
		return c.create(ctx, o, h, false)
	case err != nil:
		return Ticket{}, err
	}
	lifetime := or(o.Lifetime, defaultLifetime)
	if h.ask { // the page may be that of an earlier request, with another lifetime
		lifetime = defaultLifetime
	}
	return c.save(ctx, o, h, r, lifetime)
}

// own runs change on the payment, but only as long as the claim is h's.
func (c *Checkout) own(ctx context.Context, h *holding, change func(p *Payment) error) error {
	unlock, err := c.locks.lock(ctx, h.key)
	if err != nil {
		return err
	}
	defer unlock()
	return c.update(ctx, h.key, func(_ context.Context, p *Payment) error {
		if p.Claim.Token != h.token {
			return errClaimLost
		}
		p.UpdatedAt = c.now()
		return change(p)
	})
}

// openNext opens the next attempt under the claim. What callbacks have said
// meanwhile goes first.
func (c *Checkout) openNext(ctx context.Context, o Order, h *holding, lost bool) error {
	if lost {
		c.report(ctx, Anomaly{anomalyLostTicket, h.key, h.attempt.PaymentID, Event{},
			"the gateway knows the payment, tells no page for it and refuses to create it again; the next attempt is opened"})
	}
	return c.own(ctx, h, func(p *Payment) error {
		switch {
		case p.Paid():
			return ErrOrderPaid
		case p.Held != "":
			return fmt.Errorf("%w: %s", ErrNeedsReview, p.Held)
		case len(p.Attempts) >= c.cfg.MaxAttempts:
			return errTooManyAttempts
		}
		p.newest().Lost = lost
		*h = *c.hold(p, o, c.now())
		return nil
	})
}

// save keeps the ticket and ends the claim. If callbacks have meanwhile ended
// the attempt, the URL is dropped, which no payer has seen.
//
// When the page began is not known if its request was late or an answer was
// lost. It ends at the latest a lifetime from now, and as long as it may be
// alive no payer may get another one.
func (c *Checkout) save(ctx context.Context, o Order, h *holding, r reply, lifetime time.Duration) (Ticket, error) {
	var t Ticket
	var next plan
	var refusal error
	err := c.own(ctx, h, func(p *Payment) error {
		a := p.newest()
		a.Ticket.URL, a.Ticket.RequestID, a.Ticket.ExpiresAt = r.page, r.event.RequestID, c.now().Add(lifetime)
		if len(r.event.Raw) <= maxRaw {
			a.Ticket.Raw = r.event.Raw
		}
		if len(a.Marks) == len(h.attempt.Marks) { // else a callback was faster, and knows more
			a.Status = r.event.Status
		}
		p.Claim = Claim{}
		next, refusal = planTicket(p, o.Amount, c.cfg.MaxAttempts, c.now())
		t = p.Clone().Newest().Ticket
		return nil
	})
	switch {
	case err != nil:
		return Ticket{}, err
	case refusal != nil:
		return Ticket{}, refusal
	case next != planGive:
		return Ticket{}, errClaimLost
	}
	return t, nil
}

// giveBackTimeout bounds the end of a claim, which goes on after the payer's
// time is over.
const giveBackTimeout = 5 * time.Second

// giveBack ends the claim after a failure. The attempt stays open: the next
// click asks the gateway what became of it.
func (c *Checkout) giveBack(ctx context.Context, h *holding, cause error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), giveBackTimeout)
	defer cancel()
	var api *APIError
	refused := errors.As(cause, &api) && api.Call == "create" && api.refused()
	err := c.own(ctx, h, func(p *Payment) error {
		p.Claim = Claim{}
		if a := p.newest(); refused && len(a.Marks) == 0 {
			a.Status = Status{statusError, api.SubStatus, api.Description}
		}
		return nil
	})
	if err != nil && !errors.Is(err, errClaimLost) {
		c.log.WarnContext(ctx, "highhelp: claim not given back; it ends by itself",
			"order_id", h.key.OrderID, "error", err)
	}
}

package highhelp

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"time"
)

// CreateTicket returns a payment page for an order: the one that is open, or a
// new one. However often, from however many processes it is called at once,
// the gateway is asked once, and no payer ever sees two live pages.
//
// It fails with [ErrOrderPaid], [ErrAmountChanged], [ErrInProgress] or
// [ErrNeedsReview] where no page may be opened, with an [*ConfigError] for an
// order that can't be sent, with [ErrBusy] if another caller does not finish
// within Config.TicketWait, with [ErrInfoUnavailable] or an [*APIError] if the
// gateway fails, and with the error of the Store. The next call goes on where
// a failed one has stopped.
//
// It returns when ctx ends, but what it has begun goes on until
// Config.TicketWait is over, so that a payer who closes the page does not
// leave a half-made ticket.
func (c *Checkout) CreateTicket(ctx context.Context, o Order) (Ticket, error) {
	if err := c.checkOrder(&o); err != nil {
		return Ticket{}, err
	}
	whole, err := json.Marshal(o)
	if err != nil {
		return Ticket{}, orderError("Extra", "can't be written as JSON")
	}
	result := c.flights.DoChan(string(whole), func() (t any, err error) {
		defer func() {
			if r := recover(); r != nil {
				c.log.ErrorContext(ctx, "highhelp: ticket panicked", "order_id", o.ID, "stack", string(debug.Stack()))
				err = fmt.Errorf("highhelp: ticket: panic: %v", r)
			}
		}()
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.cfg.TicketWait)
		defer cancel()
		return c.ticket(ctx, o)
	})
	select {
	case <-ctx.Done():
		return Ticket{}, ctx.Err()
	case r := <-result:
		if r.Err != nil {
			return Ticket{}, r.Err
		}
		return r.Val.(Ticket), nil
	}
}

// Payment returns what is known of an order's payment, for order and return
// pages. It fails with [ErrNotFound] if no ticket was ever asked for.
func (c *Checkout) Payment(ctx context.Context, orderID string) (Payment, error) {
	p, err := c.cfg.Store.Payment(ctx, Key{c.cfg.ProjectID, orderID})
	return p, storeFailure(err)
}

// Release lets an order be paid again that is held because of an anomaly: a
// human has looked at it. It changes nothing else, and nothing at all if the
// order is not held. It fails with [ErrNotFound] for an unknown order.
func (c *Checkout) Release(ctx context.Context, orderID string) error {
	err := c.update(ctx, Key{c.cfg.ProjectID, orderID}, func(_ context.Context, p *Payment) error {
		if p.Held == "" {
			return errUnchanged
		}
		p.Held, p.UpdatedAt = "", c.now()
		return nil
	})
	if errors.Is(err, errUnchanged) {
		return nil
	}
	return err
}

// A holding is the right to create a ticket for an order: a claim in the
// store, under a token that nobody else has.
type holding struct {
	key     Key
	token   string
	attempt Attempt // as it was claimed
	ask     bool    // a create request was sent before
}

// claimMargin is how long a claim outlives the work under it, for clocks that
// differ between processes.
const claimMargin = 10 * time.Second

// ticket goes round until it has a ticket or may not have one.
func (c *Checkout) ticket(ctx context.Context, o Order) (Ticket, error) {
	for wait := 20 * time.Millisecond; ; wait = min(2*wait, time.Second) {
		t, h, err := c.claim(ctx, o)
		switch {
		case err != nil:
			return Ticket{}, err
		case t.URL != "":
			return t, nil
		case h == nil: // another caller holds the claim
			if !sleep(ctx, wait) {
				return Ticket{}, fmt.Errorf("%w: another request is creating the ticket", ErrBusy)
			}
			continue
		}
		t, err = c.obtain(ctx, o, h)
		if !errors.Is(err, errClaimLost) {
			return t, err
		}
	}
}

// claim looks at the payment and does what planTicket says: it returns the
// ticket that is there, or a claim, or neither if another caller has one.
func (c *Checkout) claim(ctx context.Context, o Order) (Ticket, *holding, error) {
	key := Key{c.cfg.ProjectID, o.ID}
	p, err := c.cfg.Store.Payment(ctx, key)
	if errors.Is(err, ErrNotFound) {
		return c.open(ctx, o, key)
	}
	if err != nil {
		return Ticket{}, nil, storeFailure(err)
	}
	now := c.now()
	switch plan, err := planTicket(&p, o.Amount, c.cfg.MaxAttempts, now); {
	case err != nil:
		return Ticket{}, nil, err
	case plan == planGive:
		return p.Newest().Ticket, nil, nil
	case plan == planWait:
		return Ticket{}, nil, nil
	}
	return c.take(ctx, o, key)
}

// open stores a new payment with the claim already in it.
func (c *Checkout) open(ctx context.Context, o Order, key Key) (Ticket, *holding, error) {
	now := c.now()
	p := Payment{Key: key, CreatedAt: now}
	h := c.hold(&p, o, now)
	err := c.cfg.Store.Insert(ctx, p)
	if errors.Is(err, ErrExists) { // another caller was faster
		return Ticket{}, nil, nil
	}
	if err != nil {
		return Ticket{}, nil, storeFailure(err)
	}
	return Ticket{}, h, nil
}

// take claims a payment that exists, unless that is no longer called for.
func (c *Checkout) take(ctx context.Context, o Order, key Key) (Ticket, *holding, error) {
	var t Ticket
	var h *holding
	unlock, err := c.locks.lock(ctx, key)
	if err != nil {
		return Ticket{}, nil, err
	}
	defer unlock()
	err = c.update(ctx, key, func(_ context.Context, p *Payment) error {
		t, h = Ticket{}, nil
		now := c.now()
		switch plan, err := planTicket(p, o.Amount, c.cfg.MaxAttempts, now); {
		case err != nil:
			return err
		case plan == planGive:
			t = p.Newest().Ticket
			return errUnchanged
		case plan == planWait:
			return errUnchanged
		case plan == planNext:
			h = c.hold(p, o, now)
		default:
			h = c.renew(p, now)
		}
		return nil
	})
	if errors.Is(err, errUnchanged) {
		err = nil
	}
	return t, h, err
}

// hold opens the next attempt in p and claims it.
func (c *Checkout) hold(p *Payment, o Order, now time.Time) *holding {
	n := len(p.Attempts) + 1
	p.Attempts = append(p.Attempts, Attempt{
		N: n, PaymentID: paymentID(o.ID, n), Amount: o.Amount, Sent: true, CreatedAt: now,
		Ticket: Ticket{
			PaymentID: paymentID(o.ID, n), StatusToken: rand.Text(),
			ExpiresAt: c.latestEnd(o, now),
		},
	})
	h := c.renew(p, now)
	h.ask = false
	return h
}

// latestEnd is the latest moment at which a page can end whose create request
// is sent now and whose answer is lost.
func (c *Checkout) latestEnd(o Order, now time.Time) time.Time {
	return now.Add(c.cfg.TicketWait + or(o.Lifetime, defaultLifetime))
}

// renew claims the newest attempt of p as it is.
func (c *Checkout) renew(p *Payment, now time.Time) *holding {
	p.Claim = Claim{Token: rand.Text(), Until: now.Add(c.cfg.TicketWait + claimMargin)}
	p.UpdatedAt, p.CheckAt = now, p.nextCheck(now, c.cfg.Checks.After)
	return &holding{key: p.Key, token: p.Claim.Token, attempt: p.Clone().Newest(), ask: true}
}

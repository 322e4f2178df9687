package highhelp

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Replay lets an event of the journal take effect again, after a fault of the
// application is mended: id is that of its Delivery. It goes through
// [Checkout.Apply], so what has taken effect before is a Duplicate, and no
// order ships twice. The journal gets a row of its own for it. Replay works
// from the row's fields: Event.Raw is what Config.JournalBodies has left.
//
// With dry it changes nothing and says what the outcome would be now. It may
// ask the gateway for an amount all the same, as Apply does. It does not run a
// hook, so whether that would fail nobody knows.
//
// It fails with [ErrNotFound] if this project's journal has no such row, with
// [ErrUnverified] if that is not a callback whose signature held, with
// [errors.ErrUnsupported] if the Store is no [Journal], and as Apply does.
func (c *Checkout) Replay(ctx context.Context, id string, dry bool) (Outcome, error) {
	j, err := c.journalOf()
	if err != nil {
		return 0, err
	}
	d, err := j.Delivery(ctx, c.cfg.ProjectID, id)
	if err != nil {
		return 0, storeFailure(err)
	}
	if !d.replayable() || d.ProjectID != c.cfg.ProjectID {
		return 0, ErrUnverified
	}
	e := c.again(&d)
	if dry {
		return c.foresee(ctx, &e)
	}
	o, err := c.Apply(ctx, e)
	c.log.InfoContext(ctx, "highhelp: replay", "delivery", id, "payment_id", d.PaymentID, "outcome", o.String(), "failed", err != nil)
	return o, err
}

// ReplayFailed replays the authentic callbacks that were received not before
// from and before to, where these are not zero, and that failed: each event
// once, the oldest first, and none that has been taken in since. It returns
// their deliveries without bodies; in each, Outcome and Error say what the
// replay has come to, or with dry what it would. Those that fail again do not
// keep the others from being tried.
//
// It reads the journal to its end, since what came in after to may have settled
// what came before, and holds what it returns in memory. It stops when ctx ends
// or the Store fails, and returns what was done until then. Otherwise it fails
// as [Checkout.Replay] does.
func (c *Checkout) ReplayFailed(ctx context.Context, from, to time.Time, dry bool) ([]Delivery, error) {
	list, err := c.failures(ctx, from, to)
	if err != nil {
		return nil, err
	}
	for i := range list {
		d := &list[i]
		if err := ctx.Err(); err != nil {
			return list[:i], err
		}
		d.Outcome, err = c.Replay(ctx, d.ID, dry)
		if isStoreError(err) && !a[*hookError](err) {
			return list[:i], err
		}
		d.Error = ""
		if err != nil {
			d.Error = err.Error()
		}
	}
	return list, nil
}

// failures lists the deliveries that ReplayFailed is about. The newest of
// those that tell of one event stands for all. It reads the journal on to its
// end, because what has been taken in after the time in question is settled.
func (c *Checkout) failures(ctx context.Context, from, to time.Time) (list []Delivery, err error) {
	j, err := c.journalOf()
	if err != nil {
		return nil, err
	}
	type event struct {
		paymentID   string
		fingerprint [32]byte
	}
	seen := map[event]bool{}
	for d, err := range j.Deliveries(ctx, Delivery{Key: Key{ProjectID: c.cfg.ProjectID}}, from, time.Time{}) {
		if err != nil {
			return nil, storeFailure(err)
		}
		e := event{d.PaymentID, d.Fingerprint}
		late := !to.IsZero() && !d.ReceivedAt.Before(to)
		if !d.replayable() || seen[e] || d.Outcome == 0 && late {
			continue
		}
		seen[e] = true
		if d.Outcome == 0 {
			d.Raw = nil
			list = append(list, d)
		}
	}
	slices.Reverse(list)
	return list, nil
}

func (c *Checkout) journalOf() (Journal, error) {
	j, ok := c.cfg.Store.(Journal)
	if !ok {
		return nil, fmt.Errorf("highhelp: the Store keeps no journal: %w", errors.ErrUnsupported)
	}
	return j, nil
}

// replayable reports whether d is a callback whose signature held. An Info
// answer is not: the gateway can be asked again, and may know more by now.
func (d *Delivery) replayable() bool { return d.Authentic() && d.Route != routePoll }

// again is the event of a row. The row comes from the Store, which is trusted
// as far as with the payments themselves.
func (c *Checkout) again(d *Delivery) Event {
	e := Event{
		Key: d.Key, PaymentID: d.PaymentID, RequestID: d.RequestID, Status: d.Status, Amount: d.Amount,
		Route: d.Route, KeyName: d.KeyName, SignedAt: d.SignedAt, ReceivedAt: c.now(), Raw: d.Raw,
	}
	return e.verified(d.Fingerprint, arrival{begun: time.Now(), replay: d.ID})
}

// foresee says what Apply would make of e.
func (c *Checkout) foresee(ctx context.Context, e *Event) (Outcome, error) {
	ctx, cancel := context.WithTimeout(ctx, c.cfg.EventTimeout)
	defer cancel()
	if e.OrderID == "" {
		return 0, errUnknownPayment
	}
	o, _, err := c.judge(ctx, e)
	return o, err
}

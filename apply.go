package highhelp

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
)

// Apply takes an event in: it is the one door for callbacks, for answers to
// Info requests and for replays. It returns what the event did, once that is
// durable.
//
// It fails with [ErrUnverified] for an Event that this package has not
// verified for this project, with [ErrNotFound] for a payment that was never created here, with
// [ErrBusy] if others work on the payment until Config.EventTimeout is over,
// and with the error of the hook or of the Store. After an error nothing of
// the event has stayed, on a transactional Store (see [Store]), but a row of
// the journal from which [Checkout.Replay] can take it in. It goes on if ctx
// is canceled: work that is half done must not depend on a connection.
func (c *Checkout) Apply(ctx context.Context, e Event) (Outcome, error) {
	if !e.intact() || e.ProjectID != c.cfg.ProjectID {
		return 0, ErrUnverified
	}
	o, err := c.takeIn(ctx, e)
	if err != nil {
		c.failed(ctx, &e, err)
	}
	return o, err
}

// takeIn is Apply without the trace of a failure.
func (c *Checkout) takeIn(ctx context.Context, e Event) (Outcome, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.cfg.EventTimeout)
	defer cancel()
	o, anomaly, err := c.watchedApply(ctx, &e)
	switch {
	case errors.Is(err, errUnknownPayment):
		anomaly = &Anomaly{anomalyUnknownPayment, e.Key, e.PaymentID, e,
			"an authentic callback names a payment that was never created here"}
	case err == nil && anomaly == nil && e.misrouted():
		anomaly = &Anomaly{anomalyWrongRoute, e.Key, e.PaymentID, e,
			fmt.Sprintf("%s came in at the %s URL", e.Status, e.Route)}
	}
	if anomaly != nil {
		c.report(ctx, *anomaly)
	}
	return o, err
}

func (c *Checkout) watchedApply(ctx context.Context, e *Event) (o Outcome, anomaly *Anomaly, err error) {
	ctx, end := c.cfg.Hooks.start(ctx, "callback.apply", "", "")
	err = errPanic // of the Store, until it has returned
	defer func() { end(err) }()
	o, anomaly, err = c.apply(ctx, e)
	return o, anomaly, err
}

// apply is Apply for one caller at a time per order. It may say what a human
// must hear of, which is told after the lock is gone.
func (c *Checkout) apply(ctx context.Context, e *Event) (Outcome, *Anomaly, error) {
	if e.OrderID == "" {
		return 0, nil, errUnknownPayment
	}
	unlock, err := c.locks.lock(ctx, e.Key)
	if err != nil {
		return 0, nil, err
	}
	defer unlock()
	o, anomaly, err := c.once(ctx, e)
	if err == nil {
		c.recent.add(e)
	}
	return o, anomaly, err
}

// once looks at the payment before it locks it, unless the event is likely to
// change it: a callback that this process has not seen is probably the first
// of its kind, while the gateway mostly knows nothing new when it is asked.
func (c *Checkout) once(ctx context.Context, e *Event) (Outcome, *Anomaly, error) {
	if e.Route != routePoll && !c.recent.has(e) {
		o, anomaly, err := c.change(ctx, e, false)
		if !errors.Is(err, errUnstated) {
			return o, anomaly, err
		}
	}
	o, a, err := c.judge(ctx, e)
	switch {
	case err != nil:
		return 0, nil, err
	case !o.changes():
		return c.settle(ctx, &a, e, o)
	}
	return c.change(ctx, e, true)
}

// judge decides on the payment as it is stored now. It fills in what e leaves
// open and changes nothing else. a is the attempt that e names.
func (c *Checkout) judge(ctx context.Context, e *Event) (o Outcome, a Attempt, err error) {
	p, err := c.cfg.Store.Payment(ctx, e.Key)
	if errors.Is(err, ErrNotFound) {
		return 0, a, errUnknownPayment
	}
	if err != nil {
		return 0, a, storeFailure(err)
	}
	i := p.byPaymentID(e.PaymentID)
	if i < 0 {
		return 0, a, errUnknownPayment
	}
	e.fill(&p.Attempts[i])
	o = decide(&p, i, e, e.proof.fingerprint, false)
	if o == askInfo {
		if err := c.fillAmount(ctx, &p.Attempts[i], e); err != nil {
			return 0, a, err
		}
		o = decide(&p, i, e, e.proof.fingerprint, true)
	}
	return o, p.Attempts[i], nil
}

// fill adds what e leaves to the attempt that it names.
func (e *Event) fill(a *Attempt) {
	e.Attempt = a.N
	if e.SignedAt.IsZero() { // an answer without a date is no older than what is known
		e.SignedAt = a.newestMark()
	}
}

// fillAmount asks the gateway for the amount that a success does not state. Its
// answer may also contradict the half that is stated: then that counts.
func (c *Checkout) fillAmount(ctx context.Context, a *Attempt, e *Event) error {
	if c.cfg.InfoPath != noInfoPath {
		answer, err := c.client.Info(ctx, e.PaymentID)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrInfoUnavailable, err)
		}
		if e.Amount = e.Amount.or(answer.Amount); e.Amount == a.Amount {
			e.Amount = answer.Amount.or(e.Amount)
		}
	}
	if c.cfg.AcceptUnstatedAmount {
		e.Amount = e.Amount.or(a.Amount)
	}
	return nil
}

// settle ends an event that changes nothing. A stale one leaves its trace in
// the journal only, so that must hold; of a duplicate there is a mark.
func (c *Checkout) settle(ctx context.Context, a *Attempt, e *Event, o Outcome) (Outcome, *Anomaly, error) {
	d, m := c.delivery(e, o, nil), a.marked(e.Status, e.proof.fingerprint)
	if m != nil && m.Fingerprint != e.proof.fingerprint {
		d.Variant = true
	}
	if err := c.journal(ctx, d); err != nil && o == Stale {
		return 0, nil, storeFailure(err)
	}
	// A crash between the commit of an anomalous event and the answer must not
	// keep it from the one who has to look at it.
	if m != nil && m.Outcome.anomalous() {
		return o, e.anomaly(m.Outcome, a), nil
	}
	return o, nil, nil
}

// Errors that end an Update which has nothing to save.
var (
	errUnchanged = errors.New("highhelp: nothing to change")
	errUnstated  = errors.New("highhelp: the gateway must be asked for the amount")
)

// change decides inside Update, for the last time because others may have been
// faster, and saves mark, status, journal row and what the hook did together.
// asked says that the gateway has been asked for an amount that e does not
// state; it fails with errUnstated if that must be.
func (c *Checkout) change(ctx context.Context, e *Event, asked bool) (Outcome, *Anomaly, error) {
	var o Outcome
	var a Attempt
	found := false
	err := c.update(ctx, e.Key, func(ctx context.Context, p *Payment) error {
		found = true
		i := p.byPaymentID(e.PaymentID)
		if i < 0 {
			return errUnknownPayment
		}
		e.fill(&p.Attempts[i])
		a = p.Attempts[i]
		o = decide(p, i, e, e.proof.fingerprint, asked)
		if o == askInfo {
			return errUnstated
		}
		if !o.changes() {
			return errUnchanged
		}
		now := c.now()
		p.apply(i, e, e.proof.fingerprint, o, now)
		p.CheckAt = p.nextCheck(now, c.cfg.Checks.After)
		if o == Applied {
			if err := c.hook(ctx, *e); err != nil {
				return err
			}
		}
		return storeFailure(c.cfg.Store.Record(ctx, c.delivery(e, o, nil)))
	})
	switch {
	case errors.Is(err, errUnchanged):
		return c.settle(ctx, &a, e, o)
	case !found && errors.Is(err, ErrNotFound):
		return 0, nil, errUnknownPayment
	case err != nil:
		return 0, nil, err
	case o.anomalous():
		return o, e.anomaly(o, &a), nil
	}
	return o, nil, nil
}

// update is Store.Update with errors that can be told apart: what change
// returns comes back as it is, what the store adds as a failure of the store.
func (c *Checkout) update(ctx context.Context, k Key, change func(ctx context.Context, p *Payment) error) error {
	var own error
	err := c.cfg.Store.Update(ctx, k, func(ctx context.Context, p *Payment) error {
		own = change(ctx, p)
		return own
	})
	if own != nil && errors.Is(err, own) {
		return own
	}
	return storeFailure(err)
}

// hook runs the application's part. A panic is an error like any other: it
// rolls back, and the gateway will come again.
func (c *Checkout) hook(ctx context.Context, e Event) (err error) {
	name := hookOf(e.Status)
	run := map[string]func(context.Context, Event) error{
		"OnPaid": c.cfg.OnPaid, "OnDeclined": c.cfg.OnDeclined, "OnProgress": c.cfg.OnProgress,
	}[name]
	ctx, end := c.cfg.Hooks.start(ctx, "hook", "hook", name)
	defer func() { end(err) }()
	defer func() {
		if r := recover(); r != nil {
			c.log.ErrorContext(ctx, "highhelp: hook panicked", "hook", name, "payment_id", e.PaymentID, "stack", string(debug.Stack()))
			err = &hookError{name, fmt.Errorf("panic: %v", r)}
		}
	}()
	if err := run(ctx, e); err != nil {
		return &hookError{name, err}
	}
	return nil
}

// hookOf names the hook that hears of a status.
func hookOf(s Status) string {
	switch s.Main {
	case statusSuccess:
		return "OnPaid"
	case statusDecline:
		return "OnDeclined"
	}
	return "OnProgress"
}

package highhelp

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	pendingPage = 100
	// checkLease is how long a check may take before another process makes it.
	checkLease = 2 * time.Minute
	// maxFailures is how many failures in a row mean that the gateway is down.
	maxFailures = 3
)

// A round is one Reconcile.
type round struct {
	c *Checkout

	mu       sync.Mutex
	report   Report
	failures int // in a row
	failed   error
}

// page works on payments that are due. It reports whether it got hold of any:
// if not, others are at work on them, or the Store refuses.
func (r *round) page(ctx context.Context, due []Payment) (moved bool, err error) {
	// Others have the same page before them.
	rand.Shuffle(len(due), func(i, j int) { due[i], due[j] = due[j], due[i] })
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(r.c.cfg.Checks.AtOnce)
	for _, p := range due {
		group.Go(func() error {
			if err := r.stop(ctx); err != nil {
				return err
			}
			claimed, err := r.check(ctx, p.Key)
			if claimed {
				r.mu.Lock()
				moved = true
				r.mu.Unlock()
			}
			return err
		})
	}
	err = group.Wait()
	return moved, err
}

// stop says why the round must end now.
func (r *round) stop(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.failures >= maxFailures {
		return r.failed
	}
	return ctx.Err()
}

// allFailed returns why the gateway has answered nothing at all, if so.
func (r *round) allFailed() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.report.Asked > 0 && r.report.Failed == r.report.Asked && gatewayDown(r.failed) {
		return r.failed
	}
	return nil
}

// check makes one step of one payment, if nobody else does.
func (r *round) check(ctx context.Context, k Key) (claimed bool, err error) {
	p, err := r.claim(ctx, k)
	switch {
	case errors.Is(err, errUnchanged), errors.Is(err, ErrBusy) && ctx.Err() == nil:
		return false, nil
	case err != nil:
		return false, err
	}
	asked := true
	for i := range p.Attempts {
		if a := &p.Attempts[i]; a.watched() {
			ok, err := r.ask(ctx, a)
			if err != nil {
				return true, err
			}
			asked = asked && ok
		}
	}
	return true, r.plan(ctx, k, asked)
}

// claim puts the next check of a payment off, so that no other process makes
// it meanwhile, and returns the payment.
func (r *round) claim(ctx context.Context, k Key) (claimed Payment, err error) {
	unlock, err := r.c.locks.lock(ctx, k)
	if err != nil {
		return Payment{}, err
	}
	defer unlock()
	err = r.c.update(ctx, k, func(_ context.Context, p *Payment) error {
		now := r.c.now()
		if p.CheckAt.IsZero() || p.CheckAt.After(now) {
			return errUnchanged
		}
		p.CheckAt = now.Add(checkLease)
		claimed = p.Clone()
		return nil
	})
	return claimed, err
}

// ask asks about one attempt and takes in the answer. It reports whether the
// gateway has answered; only the Store and ctx make it fail.
func (r *round) ask(ctx context.Context, a *Attempt) (answered bool, err error) {
	if r.c.cfg.InfoPath == noInfoPath {
		return true, nil
	}
	if err := r.c.pace.wait(ctx); err != nil {
		return false, err
	}
	reply, err := r.c.client.info(ctx, a.PaymentID, 1)
	var api *APIError
	switch {
	case ctx.Err() != nil:
		return false, ctx.Err()
	case errors.As(err, &api) && api.unknown():
		r.heard(nil, 0)
		return true, nil
	case err != nil:
		r.heard(err, 0)
		return false, nil
	}
	o, err := r.c.Apply(ctx, reply.event)
	r.heard(nil, o)
	switch {
	case isStoreError(err):
		return false, err
	case err != nil: // of the hook, or others are at work: this payment comes again
		r.c.log.WarnContext(ctx, "highhelp: reconcile", "payment_id", a.PaymentID, "error", err)
		return false, nil
	}
	return true, nil
}

// heard counts an answer of the gateway, or a failure to give one.
func (r *round) heard(err error, o Outcome) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.report.Asked++
	if o == Applied {
		r.report.Applied++
	}
	r.failures++
	switch {
	case err == nil:
		r.failures = 0
	default:
		r.report.Failed++
		if !gatewayDown(err) {
			r.failures = 0
		}
		r.failed = err
	}
}

// gatewayDown reports whether err is about the gateway and not about one
// payment: the next payment would fare no better.
func gatewayDown(err error) bool {
	var api *APIError
	return errors.As(err, &api) && (api.HTTPStatus == 0 || api.HTTPStatus >= 500 || api.denied() || api.HTTPStatus == http.StatusTooManyRequests)
}

// plan plans the next check, and gives up what is past the horizon. If the
// gateway did not answer, the claim's end is the next try.
func (r *round) plan(ctx context.Context, k Key, asked bool) error {
	c := r.c
	unlock, err := c.locks.lock(ctx, k)
	if err != nil {
		return err
	}
	defer unlock()
	p, err := c.cfg.Store.Payment(ctx, k)
	if err != nil {
		return storeFailure(err)
	}
	// A human hears of it before it is saved, so that a crash can't hush it up.
	given := p.giveUp(c.now(), c.cfg.Checks.After, asked, func(a *Attempt) {
		c.report(ctx, Anomaly{anomalyUnresolved, k, a.PaymentID, Event{},
			fmt.Sprintf("the gateway still reports %s; it is not asked any more", a.Status)})
	})
	if !asked && given == (Report{}) {
		return nil
	}
	err = c.update(ctx, k, func(_ context.Context, p *Payment) error {
		now := c.now()
		p.giveUp(now, c.cfg.Checks.After, asked, func(*Attempt) {})
		p.CheckAt = p.nextCheck(now, c.cfg.Checks.After)
		return nil
	})
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.report.Unresolved += given.Unresolved
	r.report.Abandoned += given.Abandoned
	return nil
}

// giveUp marks the attempts of p whose horizon has passed, counts them, and
// calls unresolved for those that may have been paid.
func (p *Payment) giveUp(now time.Time, after []time.Duration, asked bool, unresolved func(*Attempt)) (given Report) {
	for i := range p.Attempts {
		a := &p.Attempts[i]
		reached, hopeless := a.horizon(now, after)
		if !a.watched() || !hopeless && !(reached && asked) {
			continue
		}
		a.GaveUp = true
		if a.unbegun() {
			given.Abandoned++
			continue
		}
		given.Unresolved++
		unresolved(a)
	}
	return given
}

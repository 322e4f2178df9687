package highhelp

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"time"
)

// A Report says what a Reconcile has done, in numbers of attempts.
type Report struct {
	Asked      int // the gateway was asked
	Applied    int // its answer changed the payment
	Unresolved int // given up: the payer may have paid; see Config.OnAnomaly
	Abandoned  int // given up: nobody had begun to pay
	Failed     int // the gateway did not say; they are asked about again
}

// Reconcile asks the gateway about the payments that are due, because no
// callback has come, and takes in what it says as [Checkout.Apply] does: an
// answer and a late callback are one event. It returns when nothing is due any
// more, when the gateway fails several times in a row, or when ctx ends; that
// the gateway failed each time, however few these were, is an error too.
//
// Many processes may do so at once: each step of a payment is claimed in the
// Store, which is not held open while the gateway is asked. A claim whose
// process dies ends by itself. Without an InfoPath nothing is asked, and what
// is not final at the horizon is given up.
//
// It fails with the error of the Store, of ctx, or with an [*APIError]; the
// Report is right beside an error too.
func (c *Checkout) Reconcile(ctx context.Context) (report Report, err error) {
	ctx, end := c.cfg.Hooks.start(ctx, "reconcile", "", "")
	defer func() {
		end(err, slog.Int("asked", report.Asked), slog.Int("applied", report.Applied), slog.Int("unresolved", report.Unresolved),
			slog.Int("abandoned", report.Abandoned), slog.Int("failed", report.Failed))
	}()
	err = errPanic // of the Store, until it has returned
	report, err = c.reconcile(ctx)
	return report, err
}

func (c *Checkout) reconcile(ctx context.Context) (Report, error) {
	r := &round{c: c}
	for {
		due, err := c.cfg.Store.Pending(ctx, c.cfg.ProjectID, c.now(), pendingPage)
		if err != nil {
			return r.report, storeFailure(err)
		}
		moved, err := r.page(ctx, due)
		if err == nil && !moved {
			err = r.allFailed()
		}
		if err != nil || !moved {
			return r.report, err
		}
	}
}

// Run calls [Checkout.Reconcile] every Config.Checks.Every until ctx ends, and
// returns ctx's error. If that fails it waits longer from time to time, up to
// five minutes, or Every if that is more. It stops at once, but for an event that
// is being taken in.
func (c *Checkout) Run(ctx context.Context) error {
	for failures := 0; ; {
		_, err := c.Reconcile(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		pause := c.cfg.Checks.Every
		if failures++; err == nil {
			failures = 0
		} else {
			c.log.WarnContext(ctx, "highhelp: reconcile", "error", err, "failures", failures)
			pause = max(pause, min(pause<<min(failures, 10), 5*time.Minute))
		}
		timer := time.NewTimer(pause*4/5 + rand.N(pause*2/5+1))
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-timer.C:
		}
	}
}

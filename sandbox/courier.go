package sandbox

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// Run sends callbacks, repeats them by Config.Schedule, and notices lifetimes
// that end, until ctx does; then it stops the tries under way, waits for them,
// and returns the error of ctx. What it did not deliver stays due.
//
// It waits on the real clock. If Config.Now is driven by hand, use
// [Gateway.Deliver] instead, or beside it.
func (g *Gateway) Run(ctx context.Context) error { return g.deliver(ctx, forever) }

// Deliver sends every callback that is due at Config.Now, and returns once
// none is due and no try is under way, including those of a [Gateway.Run]. A
// callback that fails becomes due again by Config.Schedule, so Deliver does
// not wait for it. Its error is that of ctx.
func (g *Gateway) Deliver(ctx context.Context) error { return g.deliver(ctx, whileDue) }

// A span says how long callbacks are sent.
type span uint8

const (
	whileDue   span = iota // until nothing is due now
	untilEmpty             // until nothing is due later either
	forever
)

func (g *Gateway) deliver(ctx context.Context, how span) error {
	var tries sync.WaitGroup
	defer tries.Wait()
	for ctx.Err() == nil {
		now := g.cfg.Now()
		r := g.ledger.claim(now)
		if len(r.jobs) > 0 {
			g.saveOrLog(ctx) // or a restart might forget what a shop was told
		}
		for _, j := range r.jobs {
			tries.Go(func() { g.try(ctx, j) })
		}
		if r.idle && (how == whileDue || how == untilEmpty && r.next.IsZero()) {
			return nil
		}
		if how == whileDue {
			r.next = time.Time{} // wait for tries under way only
		}
		r.wait(ctx, now)
	}
	return ctx.Err()
}

// wait returns when something has changed since now, when r.next has come, or
// when ctx ends.
func (r *round) wait(ctx context.Context, now time.Time) {
	var due <-chan time.Time
	if !r.next.IsZero() {
		timer := time.NewTimer(r.next.Sub(now))
		defer timer.Stop()
		due = timer.C
	}
	select {
	case <-r.changed:
	case <-due:
	case <-ctx.Done():
	}
}

// try makes one try and keeps what came of it.
func (g *Gateway) try(ctx context.Context, j job) {
	d := Delivery{
		Time: g.cfg.Now(), ProjectID: j.view.ProjectID, PaymentID: j.view.PaymentID, RequestID: j.view.RequestID,
		Status: j.status, URL: j.url, Try: j.try, Faults: j.faults,
	}
	if l, err := g.write(j); err != nil {
		d.Err = err
	} else {
		g.send(ctx, l, &d)
	}
	o := failed
	switch {
	case d.OK():
		o = delivered
	case ctx.Err() != nil:
		o = stopped
	}
	d.GaveUp = g.ledger.givesUp(j, o)
	g.keep(ctx, d) // before the next callback of the ticket may be sent
	g.ledger.finish(j, o, g.cfg.Now())
	g.saveOrLog(ctx)
}

// withoutURL drops the method and URL that the client puts before an error:
// the log has them already.
func withoutURL(err error) error {
	var e *url.Error
	if errors.As(err, &e) {
		return e.Err
	}
	return err
}

func (g *Gateway) logDelivery(ctx context.Context, d Delivery) {
	attrs := []slog.Attr{
		slog.String("project_id", d.ProjectID),
		slog.String("payment_id", d.PaymentID),
		slog.String("status", d.Status.String()),
		slog.String("url", d.URL),
		slog.Int("try", d.Try),
		slog.Int("http_status", d.HTTPStatus),
	}
	level := slog.LevelInfo
	if !d.OK() {
		level = slog.LevelWarn
		attrs = append(attrs, slog.Bool("gave_up", d.GaveUp))
	}
	if d.Err != nil {
		attrs = append(attrs, slog.String("error", d.Err.Error()))
	}
	g.cfg.Logger.LogAttrs(ctx, level, "sandbox: callback", attrs...)
}

// newClient returns a client for callbacks, made from given if there is one.
func newClient(given *http.Client) *http.Client {
	var c http.Client
	if given != nil {
		c = *given
	} else if t, ok := http.DefaultTransport.(*http.Transport); ok {
		t = t.Clone()
		t.DisableKeepAlives = true // so that nothing is left when Run has returned
		c.Transport = t
	}
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &c
}

package sandbox

import (
	"context"
	"errors"
)

var (
	// ErrNoDelivery means that the log holds no delivery with the given ID, or
	// no longer does.
	ErrNoDelivery = errors.New("sandbox: no such delivery")

	// ErrCut means that the log does not hold the whole body.
	ErrCut = errors.New("sandbox: the log holds only the beginning of this delivery")
)

// Replay sends a delivery of the log once more, now: the same bytes with the
// same headers, as whoever has recorded it could. It is not repeated by
// Config.Schedule. Of its faults only those of the message remain, none of the
// connection.
//
// It returns the new delivery, which is in the log too. It fails with
// [ErrNoDelivery] or [ErrCut], not if the shop does.
func (g *Gateway) Replay(ctx context.Context, id int) (Delivery, error) {
	d, ok := g.journal.find(id)
	switch {
	case !ok:
		return Delivery{}, ErrNoDelivery
	case d.Cut:
		return Delivery{}, ErrCut
	}
	again := Delivery{
		Time: g.cfg.Now(), ProjectID: d.ProjectID, PaymentID: d.PaymentID, RequestID: d.RequestID,
		Status: d.Status, URL: d.URL, ReplayOf: d.ID,
	}
	g.send(ctx, &letter{url: d.URL, header: d.RequestHeader, body: d.RequestBody}, &again)
	return g.keep(ctx, again), nil
}

// Resend queues the callback about the status in which a ticket is once more,
// under its present faults. The id is that of [Gateway.Act]. It fails with
// [ErrNoTicket].
func (g *Gateway) Resend(id string) error {
	now := g.cfg.Now()
	err := g.ledger.change(byID(g.projects, id), func(t *ticket) error {
		g.ledger.settle(t, now)
		t.news(checkout[t.at].status, now, g.ledger.waits)
		return nil
	})
	return g.saved(err)
}

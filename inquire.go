package highhelp

import (
	"context"
	"errors"
	"fmt"
)

// inquire asks the gateway what became of the attempt, and takes in what it
// says as an event like any other. known is whether the gateway knows the
// payment. Without an InfoPath it goes by what callbacks have said.
func (c *Checkout) inquire(ctx context.Context, h *holding) (r reply, known bool, err error) {
	if c.cfg.InfoPath == noInfoPath {
		return h.attempt.withoutInfo()
	}
	r, err = c.client.info(ctx, h.attempt.PaymentID, maxTries)
	var api *APIError
	switch {
	case errors.As(err, &api) && api.unknown():
		return reply{}, false, nil
	case err != nil:
		return reply{}, false, fmt.Errorf("%w: %w", ErrInfoUnavailable, err)
	}
	if _, err := c.Apply(ctx, r.event); err != nil {
		return reply{}, false, err
	}
	p, err := c.Payment(ctx, h.key.OrderID) // with the mark that this made
	if err != nil {
		return reply{}, false, err
	}
	if i := p.byPaymentID(h.attempt.PaymentID); i >= 0 {
		h.attempt = p.Attempts[i]
	}
	return r, true, nil
}

// withoutInfo stands in for an answer of the gateway: only a page that was
// never seen may be asked for again, and only a payment that callbacks have
// ended makes room for the next.
func (a *Attempt) withoutInfo() (r reply, known bool, err error) {
	switch {
	case a.Status.Main == statusDispute && a.Status.Sub == "no_payment":
		return reply{event: Event{Status: a.Status}}, true, nil
	case a.Ticket.URL == "":
		return reply{}, false, nil
	}
	return reply{}, false, ErrInProgress
}

// reported reports whether an event with this status was taken in.
func (a *Attempt) reported(status string) bool {
	for _, m := range a.Marks {
		if m.Status == status {
			return true
		}
	}
	return false
}

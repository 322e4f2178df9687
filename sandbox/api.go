package sandbox

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"time"
)

// defaultLifetime is the documented default of payment.lifetime, in seconds.
const defaultLifetime = 600

// create answers POST /api/v1/widget/payin.
func (g *Gateway) create(c *call) (any, error) {
	now := g.cfg.Now()
	t, creates := g.ledger.add(g.newTicket(c, now), now)
	if err := g.save(); err != nil {
		return nil, err
	}
	if lost, ok := find(t.Faults, FaultCreateAnswerLost); ok && lost.spoils(creates) {
		return nil, errAnswerLost
	}
	if creates > 1 && g.cfg.Duplicate == RefuseDuplicate {
		return nil, &refusal{http.StatusConflict, c.project.ID, "duplicate payment_id"}
	}
	return ticketAnswer{
		statusFields: t.Status.fields(),
		RequestID:    t.RequestID,
		PaymentID:    t.PaymentID,
		Integration:  &integration{t.URL},
	}, nil
}

func pageURL(publicURL, token string) string { return publicURL + "/pay/" + token }

func (g *Gateway) newTicket(c *call, now time.Time) *ticket {
	token := newToken()
	lifetime := c.number("payment.lifetime", defaultLifetime)
	return &ticket{
		Ticket: Ticket{
			ProjectID:   c.project.ID,
			PaymentID:   c.text("general.payment_id"),
			RequestID:   newRequestID(),
			Amount:      c.number("payment.amount", 0),
			Currency:    c.text("payment.currency"),
			Method:      c.text("payment.widget_method"),
			Description: c.text("payment.description"),
			URL:         pageURL(g.cfg.PublicURL, token),
			RedirectURL: cmp.Or(c.text("general.redirect_url"), c.project.RedirectURL),
			CreatedAt:   now,
			ExpiresAt:   now.Add(time.Duration(lifetime) * time.Second),
			Language:    c.text("customer.language"),
			Country:     c.text("customer.country"),
			History:     []Change{{now, checkout[start].status}},
		},
		token:  token,
		at:     start,
		faults: slices.Clone(g.cfg.Faults),
		urls: CallbackURLs{
			Info:    c.text("general.merchant_callback_url"),
			Success: c.text("general.merchant_success_callback_url"),
			Decline: c.text("general.merchant_decline_callback_url"),
		}.or(c.project.CallbackURLs),
	}
}

// info answers POST /api/v1/widget/payin/info. The documentation says that
// there is such a method; its path and answer are the best current reading.
func (g *Gateway) info(c *call) (any, error) {
	t, err := g.ledger.look(byPayment(c.project.ID, c.text("general.payment_id")), g.cfg.Now())
	if err != nil {
		return nil, &refusal{http.StatusNotFound, c.project.ID, "unknown payment_id"}
	}
	answer := ticketAnswer{
		statusFields: t.Status.fields(),
		RequestID:    t.RequestID,
		PaymentID:    t.PaymentID,
		ProjectID:    t.ProjectID,
		Amount:       t.Amount,
		Currency:     t.Currency,
	}
	if g.cfg.InfoURL {
		answer.Integration = &integration{t.URL}
	}
	return answer, nil
}

// balance answers POST /api/v1/balance/info: a row for each currency in which
// the project has earned something, none of it locked.
func (g *Gateway) balance(c *call) (any, error) {
	earned := g.ledger.earned(c.project.ID)
	rows := []balanceRow{}
	for _, currency := range slices.Sorted(maps.Keys(earned)) {
		rows = append(rows, balanceRow{Currency: currency, Amount: earned[currency]})
	}
	return balanceAnswer{rows}, nil
}

package sandbox

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"
)

// A Trigger sends the callbacks of a payment that no gateway knows, so that a
// shop can be tried out without a ticket. [Scenario.Statuses] are those of a
// scenario.
type Trigger struct {
	// Project signs them and says where they go: by its ID, CallbackSigner,
	// FormerCallbackSigner and CallbackURLs. What else it holds does not count.
	// Statuses of a kind without a URL are left out.
	Project Project

	PaymentID string // 1 to 255 bytes. Required.
	RequestID string // Default: a random UUID.
	Amount    int64  // in minor units, at least 1. Required.
	Currency  string // three capital letters. Required.

	// Statuses are told in this order: the first try of each ends before that of
	// the next begins. Required: at least one.
	Statuses []Status

	// Repeat tells them all that many times over. Default: 1.
	Repeat int

	// Faults go wrong on purpose. FaultLate does not wait, but signs as of the
	// day. FaultCreateAnswerLost does nothing. Default: none.
	Faults []Fault

	// Schedule, Jitter, SignOnce, TryTimeout, HTTPClient and Now are those of
	// Config, but for the default of Schedule: one try at once.
	Schedule   []time.Duration
	Jitter     float64
	SignOnce   bool
	TryTimeout time.Duration
	HTTPClient *http.Client
	Now        func() time.Time

	// Report is called with each try as soon as it ends, never by two goroutines
	// at once. Default: none.
	Report func(Delivery)
}

// Send sends everything, waits until each callback was delivered or given up,
// and returns all tries in the order in which they ended. What a shop answers
// is no error.
//
// It fails with one error for each mistake in t, joined, before it sends
// anything, or with that of ctx and the tries that were made. It waits on the
// real clock.
func (t Trigger) Send(ctx context.Context) ([]Delivery, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	g := t.gateway()
	ticket := t.ticket()
	now := g.cfg.Now()
	if late, ok := find(t.Faults, FaultLate); ok {
		now = now.Add(-cmp.Or(late.Delay, defaultLate)) // so that they are due now
	}
	for range max(t.Repeat, 1) {
		for _, s := range t.Statuses {
			ticket.contradicted = false
			ticket.news(s, now, g.ledger.waits)
		}
	}
	g.ledger.add(ticket, now)
	err := g.deliver(ctx, untilEmpty)
	return g.Deliveries(), err
}

func (t *Trigger) check() error {
	var m mistakes
	m.unless(validID(t.Project.ID), "Project.ID", wrongID)
	t.Project.checkSending(&m, "Project.")
	m.add("PaymentID", text(1, 255)(t.PaymentID))
	m.unless(t.Amount >= 1 && t.Amount <= maxAmount, "Amount", fmt.Sprintf("not 1 to %d", int64(maxAmount)))
	m.unless(currencyForm.MatchString(t.Currency), "Currency", "not three capital letters (ISO 4217)")
	m.unless(len(t.Statuses) > 0, "Statuses", "at least one is required")
	for i, s := range t.Statuses {
		m.unless(statusForm.MatchString(s.String()), fmt.Sprintf("Statuses[%d]", i), "not small letters, digits and '_'")
	}
	m.unless(t.Repeat >= 0, "Repeat", negative)
	(&Config{Schedule: t.Schedule, Jitter: t.Jitter, Faults: t.Faults, TryTimeout: t.TryTimeout}).checkSending(&m)
	for i, err := range m {
		var mistake *ConfigError
		if errors.As(err, &mistake) {
			m[i] = fmt.Errorf("sandbox: Trigger.%s: %s", mistake.Field, mistake.Reason)
		}
	}
	return errors.Join(m...)
}

// gateway returns one that serves nothing and sends what is put into its
// ledger.
func (t *Trigger) gateway() *Gateway {
	cfg := Config{
		Projects: []Project{t.Project}, HTTPClient: t.HTTPClient, Logger: slog.New(slog.DiscardHandler), Now: t.Now,
		Schedule: t.Schedule, Jitter: t.Jitter, SignOnce: t.SignOnce, TryTimeout: t.TryTimeout,
	}
	if len(cfg.Schedule) == 0 {
		cfg.Schedule = []time.Duration{0}
	}
	g := newGateway(cfg.withDefaults())
	if t.Report != nil {
		var mu sync.Mutex
		g.report = func(d Delivery) {
			mu.Lock()
			defer mu.Unlock()
			t.Report(d)
		}
	}
	g.journal.unbounded = true
	return g
}

// ticket returns one that stands at no place: nothing can happen to it.
func (t *Trigger) ticket() *ticket {
	return &ticket{
		Ticket: Ticket{
			ProjectID: t.Project.ID, PaymentID: t.PaymentID, RequestID: cmp.Or(t.RequestID, newRequestID()),
			Amount: t.Amount, Currency: t.Currency,
		},
		urls:   t.Project.CallbackURLs,
		faults: slices.Clone(t.Faults),
	}
}

package otelhighhelp

import (
	"errors"

	"go.opentelemetry.io/otel/metric"
)

// The boundaries of histograms, in seconds. A callback that waits for a
// database takes milliseconds, a call of the gateway up to its timeout, and a
// reconcile as long as there is something to ask.
var (
	quick = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}
	calls = []float64{.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 7.5, 10, 15}
	long  = []float64{.1, .5, 1, 5, 10, 30, 60, 120, 300, 600}
)

// instruments are all that is measured.
type instruments struct {
	callbacks        *counter
	callbackDuration *histogram
	tickets          *counter
	ticketDuration   *histogram
	gatewayDuration  *histogram
	hookDuration     *histogram
	anomalies        metric.Int64Counter
	journalFailures  metric.Int64Counter

	reconcileDuration *histogram
	asked             metric.Int64Counter
	applied           metric.Int64Counter
	unresolved        metric.Int64Counter

	authentic *lastTime
}

// A maker makes instruments and keeps what goes wrong.
type maker struct {
	meter metric.Meter
	batch batch
	errs  []error
}

func newInstruments(meter metric.Meter) (*instruments, error) {
	m := &maker{meter: meter}
	in := &instruments{
		callbacks:         m.tallied("highhelp.callbacks", "{callback}", "Callbacks that came in, whatever became of them."),
		callbackDuration:  m.histogram("highhelp.callback.duration", "How long a callback took, its hook included.", quick),
		tickets:           m.tallied("highhelp.tickets", "{ticket}", "Tickets that payers asked for."),
		ticketDuration:    m.histogram("highhelp.ticket.duration", "How long a payer waited for a ticket.", calls),
		gatewayDuration:   m.histogram("highhelp.gateway.duration", "How long a call of the gateway took, over all its tries.", calls),
		hookDuration:      m.histogram("highhelp.hook.duration", "How long OnPaid, OnDeclined or OnProgress took.", quick),
		anomalies:         m.counter("highhelp.anomalies", "{anomaly}", "What a human must look at."),
		journalFailures:   m.counter("highhelp.journal.failures", "{failure}", "Rows of the journal that could not be kept."),
		reconcileDuration: m.histogram("highhelp.reconcile.duration", "How long a Reconcile took.", long),
		asked:             m.counter("highhelp.reconcile.asked", "{attempt}", "Attempts that the gateway was asked about."),
		applied:           m.counter("highhelp.reconcile.applied", "{attempt}", "Attempts that the answer changed."),
		unresolved:        m.counter("highhelp.reconcile.unresolved", "{attempt}", "Attempts given up that may have been paid."),
		authentic: m.lastTime("highhelp.callback.last_authentic.timestamp",
			"Unix time at which the last callback came whose signature held."),
	}
	if err := errors.Join(m.errs...); err != nil {
		return nil, err
	}
	_, err := meter.RegisterCallback(in.observe(&m.batch), in.callbacks.instrument, in.tickets.instrument, in.authentic.instrument)
	return in, err
}

func (m *maker) counter(name, unit, description string) metric.Int64Counter {
	c, err := m.meter.Int64Counter(name, metric.WithUnit(unit), metric.WithDescription(description))
	m.errs = append(m.errs, err)
	return c
}

func (m *maker) histogram(name, description string, boundaries []float64) *histogram {
	h, err := m.meter.Float64Histogram(name, metric.WithUnit("s"), metric.WithDescription(description),
		metric.WithExplicitBucketBoundaries(boundaries...))
	m.errs = append(m.errs, err)
	return &histogram{h, &m.batch}
}

package otelhighhelp

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// What is counted for each callback is kept here and observed when it is
// collected. That costs a hundredth of an instrument that is called each time.

// A counter is a number for each set of attributes.
type counter struct {
	instrument metric.Int64Observable

	mu      sync.Mutex
	tallies []*tally
}

type tally struct {
	n     atomic.Int64
	attrs metric.MeasurementOption
}

// tally returns a new number, which is zero.
func (c *counter) tally(attrs attribute.Set) *tally {
	t := &tally{attrs: metric.WithAttributeSet(attrs)}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tallies = append(c.tallies, t)
	return t
}

func (c *counter) observe(o metric.Observer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, t := range c.tallies {
		o.ObserveInt64(c.instrument, t.n.Load(), t.attrs)
	}
}

func (m *maker) tallied(name, unit, description string) *counter {
	c, err := m.meter.Int64ObservableCounter(name, metric.WithUnit(unit), metric.WithDescription(description))
	m.errs = append(m.errs, err)
	return &counter{instrument: c}
}

// observe lets all that is kept here be collected, with in's own instruments:
// those of another set of Hooks are added up by the SDK.
func (in *instruments) observe(batch *batch) metric.Callback {
	return func(_ context.Context, o metric.Observer) error {
		batch.flush()
		in.callbacks.observe(o)
		in.tickets.observe(o)
		in.authentic.observe(o)
		return nil
	}
}

// A lastTime is when something last went well, as time since the epoch.
type lastTime struct {
	instrument metric.Float64Observable

	at atomic.Int64
}

func (t *lastTime) heard(err error, _ ...slog.Attr) {
	if err == nil {
		t.at.Store(int64(time.Since(epoch)))
	}
}

func (t *lastTime) observe(o metric.Observer) {
	if at := time.Duration(t.at.Load()); at != 0 {
		ago := time.Since(epoch) - at
		o.ObserveFloat64(t.instrument, float64(time.Now().Add(-ago).UnixMilli())/1000)
	}
}

func (m *maker) lastTime(name, description string) *lastTime {
	t, err := m.meter.Float64ObservableGauge(name, metric.WithUnit("s"), metric.WithDescription(description))
	m.errs = append(m.errs, err)
	return &lastTime{instrument: t}
}

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
	batch *batch

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

func (c *counter) observe(_ context.Context, o metric.Int64Observer) error {
	c.batch.flush()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, t := range c.tallies {
		o.Observe(t.n.Load(), t.attrs)
	}
	return nil
}

func (m *maker) tallied(name, unit, description string) *counter {
	c := &counter{batch: &m.batch}
	_, err := m.meter.Int64ObservableCounter(name, metric.WithUnit(unit), metric.WithDescription(description),
		metric.WithInt64Callback(c.observe))
	m.errs = append(m.errs, err)
	return c
}

// A lastTime is when something last went well.
type lastTime struct{ nanos atomic.Int64 }

func (t *lastTime) heard(err error, _ ...slog.Attr) {
	if err == nil {
		t.nanos.Store(time.Now().UnixNano())
	}
}

func (t *lastTime) observe(_ context.Context, o metric.Float64Observer) error {
	if nanos := t.nanos.Load(); nanos != 0 {
		o.Observe(time.Duration(nanos).Seconds())
	}
	return nil
}

func (m *maker) lastTime(name, description string) *lastTime {
	t := new(lastTime)
	_, err := m.meter.Float64ObservableGauge(name, metric.WithUnit("s"), metric.WithDescription(description),
		metric.WithFloat64Callback(t.observe))
	m.errs = append(m.errs, err)
	return t
}

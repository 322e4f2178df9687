package otelhighhelp

import (
	"context"
	"sync"
	"time"

	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"
)

// A histogram measures durations, by way of a batch.
type histogram struct {
	instrument metric.Float64Histogram
	batch      *batch
}

// batchSize is how many durations wait at most.
const batchSize = 64

// A batch keeps durations until it is full, or until they are collected: it is
// flushed when the counters are observed, which is before any aggregate is read.
// An SDK that is called once for a callback finds no cache warm, and takes more
// than twice as long as when it is called for many in a row.
type batch struct {
	mu      sync.Mutex
	n       int
	pending [batchSize]pending
}

type pending struct {
	instrument metric.Float64Histogram
	exemplar   context.Context // holds the span alone, and that only if it is sampled
	seconds    float64
	options    []metric.RecordOption
}

func (h *histogram) record(span trace.Span, took time.Duration, options []metric.RecordOption) {
	ctx := context.Background()
	if of := span.SpanContext(); of.IsSampled() {
		ctx = trace.ContextWithSpanContext(ctx, of)
	}
	b := h.batch
	b.mu.Lock()
	defer b.mu.Unlock()
	b.pending[b.n] = pending{h.instrument, ctx, took.Seconds(), options}
	if b.n++; b.n == batchSize {
		b.empty()
	}
}

func (b *batch) flush() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.empty()
}

// empty is for who holds mu.
func (b *batch) empty() {
	for _, p := range b.pending[:b.n] {
		p.instrument.Record(p.exemplar, p.seconds, p.options...)
	}
	b.n = 0
}

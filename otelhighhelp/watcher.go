package otelhighhelp

import (
	"context"
	"log/slog"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
)

// A watcher is what the Hooks call. It changes nothing after it is made, but
// for what the operations remember.
type watcher struct {
	operations
	tracer trace.Tracer // or nil, if nobody traces
	counts map[string]*count
}

func newWatcher(tracer trace.Tracer, in *instruments, server []attribute.KeyValue) *watcher {
	return &watcher{newOperations(in, server), tracer, counts(in)}
}

func ignore(error, ...slog.Attr) {}

// epoch is when time began: the time since then is had for half the price of
// the time.
var epoch = time.Now()

// start begins an operation. One that this package does not know is ignored.
func (w *watcher) start(ctx context.Context, name string, attrs ...slog.Attr) (context.Context, func(error, ...slog.Attr)) {
	o := w.named(name)
	if o == nil {
		return ctx, ignore
	}
	seen := w.tracer != nil && o.seenIn(trace.SpanContextFromContext(ctx))
	if !seen && o.duration == nil {
		return ctx, o.unseen
	}
	o = o.of(attrs)
	at, span := time.Since(epoch), trace.Span(noop.Span{})
	if seen {
		var inner context.Context
		inner, span = w.tracer.Start(ctx, o.span, o.options...)
		if span.SpanContext().IsValid() { // else there is no SDK, and a new context would be for nothing
			ctx = inner
		}
	}
	return ctx, func(err error, attrs ...slog.Attr) { o.end(ctx, span, time.Since(epoch)-at, err, attrs) }
}

// seenIn reports whether an operation inside that span gets its own. What this
// process does not trace has no parts worth a span; what another process did not
// trace is left to the sampler.
func (o *operation) seenIn(outer trace.SpanContext) bool {
	return outer.IsSampled() || !o.inner && (!outer.IsValid() || outer.IsRemote())
}

// end ends an operation that has a span or is measured.
func (o *operation) end(ctx context.Context, span trace.Span, took time.Duration, err error, attrs []slog.Attr) {
	e := o.ending(o.result(ctx, span, err, attrs))
	if e.count != nil {
		e.count.n.Add(1)
	}
	if o.duration != nil {
		o.duration.record(span, took, e.duration)
	}
	o.unseen(err)
	e.close(span)
}

// count counts what has happened.
func (w *watcher) count(ctx context.Context, what string, attrs ...slog.Attr) {
	if c := w.counts[what]; c != nil {
		c.add(ctx, attrs)
	}
}

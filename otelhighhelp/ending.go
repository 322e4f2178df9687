package otelhighhelp

import (
	"slices"
	"sync"
	"sync/atomic"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
)

// A result is how an operation ended. Each field has few values, whoever sends
// what: they are words of this project, and HTTP statuses.
type result struct {
	status int
	word   string
	kind   string
}

// An ending is what follows from a result. It is made once, because sets of
// attributes are costly to make.
type ending struct {
	result
	count    *tally // or nil
	duration []metric.RecordOption
	span     []attribute.KeyValue
	failed   bool
}

// endings remembers the endings of an operation. They are few, and the usual
// ones come first, so looking through them is faster than any map. Readers
// never wait.
type endings struct {
	mu    sync.Mutex
	known atomic.Pointer[[]*ending]
}

func (e *endings) find(r result) *ending {
	if known := e.known.Load(); known != nil {
		for _, e := range *known {
			if e.result == r {
				return e
			}
		}
	}
	return nil
}

func (o *operation) ending(r result) *ending {
	if e := o.endings.find(r); e != nil {
		return e
	}
	o.endings.mu.Lock()
	defer o.endings.mu.Unlock()
	if e := o.endings.find(r); e != nil { // another was faster
		return e
	}
	e := o.newEnding(r)
	known := []*ending{e}
	if old := o.endings.known.Load(); old != nil {
		known = append(slices.Clone(*old), e)
	}
	o.endings.known.Store(&known)
	return e
}

// newEnding makes the attributes of r. Where there is a counter, the histogram
// beside it tells route and status only: each of its series is a dozen.
func (o *operation) newEnding(r result) *ending {
	var few, more []attribute.KeyValue
	if r.status != 0 {
		few = append(few, semconv.HTTPResponseStatusCode(r.status))
	}
	if r.word != "" && o.wordKey != "" {
		more = append(more, o.wordKey.String(r.word))
	}
	if r.kind != "" {
		more = append(more, semconv.ErrorTypeKey.String(r.kind))
	}
	e := &ending{result: r, span: slices.Concat(few, more), failed: o.failed(r)}
	if o.label.Valid() {
		few = append(few, o.label)
	}
	all := attribute.NewSet(slices.Concat(few, more)...)
	if o.counter != nil {
		e.count = o.counter.tally(all)
		all = attribute.NewSet(few...)
	}
	e.duration = []metric.RecordOption{metric.WithAttributeSet(all)}
	return e
}

// close ends a span. The status has no text: error.type says enough.
func (e *ending) close(span trace.Span) {
	if len(e.span) > 0 {
		span.SetAttributes(e.span...)
	}
	if e.failed {
		span.SetStatus(codes.Error, "")
	}
	span.End()
}

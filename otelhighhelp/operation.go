package otelhighhelp

import (
	"context"
	"log/slog"
	"net/http"
	"slices"

	"github.com/go-highhelp/highhelp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
)

// Attributes that the conventions have no name for.
const (
	routeKey   = attribute.Key("highhelp.route")   // info, success or decline
	outcomeKey = attribute.Key("highhelp.outcome") // as highhelp.Outcome prints, or none
	codeKey    = attribute.Key("highhelp.code")    // as TicketHandler answers, or ok
	callKey    = attribute.Key("highhelp.call")    // create, info or balance
	hookKey    = attribute.Key("highhelp.hook")    // OnPaid, OnDeclined or OnProgress
	anomalyKey = attribute.Key("highhelp.anomaly") // as highhelp.Anomaly has it
)

// An operation is one that the Hooks tell of, with all that can be known of it
// before it begins.
type operation struct {
	span    string
	options []trace.SpanStartOption
	inner   bool // a part of another operation

	values   map[string]*operation                                            // by the value of its attribute, where it has one
	label    attribute.KeyValue                                               // of that value, or zero
	wordKey  attribute.Key                                                    // of the word at the end, or ""
	counter  *counter                                                         // or nil
	duration *histogram                                                       // or nil
	number   func(ctx context.Context, span trace.Span, name string, n int64) // at the end; or nil

	failed func(result) bool               // whether its span has the status Error
	unseen func(err error, _ ...slog.Attr) // what its end means even if nobody watches

	endings endings
}

// operations are all that this package knows.
type operations struct {
	callback, read, verify, apply, record, hook, ticket, gateway, reconcile *operation
}

func newOperations(in *instruments, server []attribute.KeyValue) operations {
	post := append([]attribute.KeyValue{semconv.HTTPRequestMethodPost}, server...)
	all := operations{
		callback:  &operation{span: "highhelp.callback", failed: onServerError, wordKey: outcomeKey, counter: in.callbacks, duration: in.callbackDuration},
		read:      &operation{span: "highhelp.callback.read", failed: never, inner: true},
		verify:    &operation{span: "highhelp.callback.verify", failed: never, inner: true, unseen: in.authentic.heard},
		apply:     &operation{span: "highhelp.callback.apply", failed: unlessUnknown, inner: true},
		record:    &operation{span: "highhelp.callback.record", failed: onError, inner: true},
		hook:      &operation{span: "highhelp.hook", failed: onError, inner: true, duration: in.hookDuration},
		ticket:    &operation{span: "highhelp.ticket", failed: onServerError, wordKey: codeKey, counter: in.tickets, duration: in.ticketDuration},
		gateway:   &operation{span: "highhelp.gateway", failed: onError, duration: in.gatewayDuration, number: resent},
		reconcile: &operation{span: "highhelp.reconcile", failed: unlessCanceled, duration: in.reconcileDuration, number: in.reconciled()},
	}
	for _, o := range []*operation{all.callback, all.read, all.verify, all.apply, all.record, all.hook, all.ticket, all.gateway, all.reconcile} {
		if o.unseen == nil {
			o.unseen = ignore
		}
	}
	all.gateway.options = []trace.SpanStartOption{trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(post...)}
	all.gateway.split(callKey, true, "create", "info", "balance")
	all.hook.split(hookKey, true, "OnPaid", "OnDeclined", "OnProgress")
	all.callback.split(routeKey, false, routes...)
	for _, o := range all.callback.values {
		o.expect(outcomes()...)
	}
	all.ticket.expect(result{http.StatusOK, "ok", ""})
	return all
}

// named returns the operation of that name, or nil.
func (all *operations) named(name string) *operation {
	switch name {
	case "callback":
		return all.callback
	case "callback.read":
		return all.read
	case "callback.verify":
		return all.verify
	case "callback.apply":
		return all.apply
	case "callback.record":
		return all.record
	case "hook":
		return all.hook
	case "ticket":
		return all.ticket
	case "gateway":
		return all.gateway
	case "reconcile":
		return all.reconcile
	}
	return nil
}

var routes = []string{"info", "success", "decline"}

// split makes an operation of each value that the attribute may have.
func (o *operation) split(key attribute.Key, named bool, values ...string) {
	o.values = map[string]*operation{}
	for _, v := range values {
		part := &operation{span: o.span, inner: o.inner, label: key.String(v), wordKey: o.wordKey, counter: o.counter,
			duration: o.duration, number: o.number, failed: o.failed, unseen: o.unseen}
		if named {
			part.span += "." + v
		}
		part.options = append(slices.Clone(o.options), trace.WithAttributes(part.label))
		o.values[v] = part
	}
}

// of returns the operation for the value in attrs. One that this package does
// not know is left out, so that labels stay few.
func (o *operation) of(attrs []slog.Attr) *operation {
	if len(attrs) > 0 {
		if part := o.values[attrs[0].Value.String()]; part != nil {
			return part
		}
	}
	return o
}

// outcomes are what alerts wait for. Their series begin at zero, so that a rate
// counts their first event, too.
func outcomes() (expected []result) {
	for outcome := highhelp.Applied; outcome <= highhelp.DoublePaid; outcome++ {
		expected = append(expected, result{http.StatusOK, outcome.String(), ""})
	}
	none := highhelp.Outcome(0).String()
	return append(expected, result{http.StatusUnauthorized, none, "signature"},
		result{http.StatusInternalServerError, none, "500"}, result{http.StatusServiceUnavailable, none, "503"})
}

func (o *operation) expect(results ...result) {
	for _, r := range results {
		o.ending(r)
	}
}

// result reads how the operation ended.
func (o *operation) result(ctx context.Context, span trace.Span, err error, attrs []slog.Attr) result {
	var r result
	for _, a := range attrs {
		switch a.Key {
		case "http_status":
			r.status = int(a.Value.Int64())
		case "outcome", "code": // a callback has both
			if "highhelp."+a.Key == string(o.wordKey) {
				r.word = a.Value.String()
			}
		default:
			if o.number != nil && a.Value.Kind() == slog.KindInt64 {
				o.number(ctx, span, a.Key, a.Value.Int64())
			}
		}
	}
	r.kind = kindOf(err, r.status)
	if err != nil && o.wordKey == codeKey {
		r.kind = r.word // which is exact
	}
	return r
}

// What is a failure differs: a callback that is refused is the sender's, not
// this server's, and a payment that is not this shop's no failure to take it in.
func never(result) bool            { return false }
func onError(r result) bool        { return r.kind != "" }
func onServerError(r result) bool  { return r.status >= http.StatusInternalServerError }
func unlessUnknown(r result) bool  { return r.kind != "" && r.kind != "not_found" }
func unlessCanceled(r result) bool { return r.kind != "" && r.kind != "canceled" }

// resent notes that a call of the gateway was not heard at once.
func resent(_ context.Context, span trace.Span, name string, n int64) {
	if name == "tries" && n > 1 {
		span.SetAttributes(semconv.HTTPRequestResendCount(int(n - 1)))
	}
}

// reconciled counts what a Reconcile reports.
func (in *instruments) reconciled() func(context.Context, trace.Span, string, int64) {
	counters := map[string]metric.Int64Counter{"asked": in.asked, "applied": in.applied, "unresolved": in.unresolved}
	for _, c := range counters {
		c.Add(context.Background(), 0)
	}
	return func(ctx context.Context, span trace.Span, name string, n int64) {
		if c := counters[name]; c != nil && n > 0 {
			c.Add(ctx, n)
			span.SetAttributes(attribute.Int64("highhelp.reconcile."+name, n))
		}
	}
}

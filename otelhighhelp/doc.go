// Package otelhighhelp watches a [highhelp.Checkout] with OpenTelemetry.
//
//	hooks, err := otelhighhelp.New(otelhighhelp.Options{BaseURL: cfg.BaseURL})
//	cfg.Hooks = hooks
//
// # Traces
//
// Each operation of the Hooks is a span named after it: highhelp.callback with
// its stops highhelp.callback.read, .verify, .apply and .record,
// highhelp.hook.OnPaid, highhelp.ticket, highhelp.gateway.create and
// highhelp.reconcile. They are children of what the context holds, such as the
// span of the application's own server; a gateway call is a client span over
// all its tries. The context that OnPaid gets carries the span of the hook, so
// the queries of the shop appear below it.
//
// A span fails where this side or the gateway has failed. A callback that is
// refused has done its duty: its span says why in error.type, and no more.
// Texts of errors are never recorded, as they may hold what a payer typed, and
// no id of an order or payment is, unless [WithIDs] is used.
//
// # Metrics
//
// What is measured is listed in the README beside this package, together with
// alert rules for Prometheus and a dashboard for Grafana. No label holds an
// id: all their values are known beforehand, so the number of series is fixed.
// Histograms carry exemplars of sampled traces.
package otelhighhelp

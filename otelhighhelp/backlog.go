package otelhighhelp

import (
	"context"
	"fmt"
	"time"

	"github.com/go-highhelp/highhelp"
	"go.opentelemetry.io/otel/metric"
)

// backlogTimeout bounds the look into the Store, for readers that would wait.
const backlogTimeout = 5 * time.Second

// Backlog measures highhelp.reconcile.lag: for how many seconds the payment
// that waits longest has been due to be asked about, or 0 if none is due. It
// grows if [highhelp.Checkout.Run] runs nowhere or can't keep up. Each
// collection asks the Store for one payment; if that fails, the lag is left
// out and the error goes to the error handler of OpenTelemetry.
//
// Unregister the registration before the Store is closed. Only
// Options.MeterProvider is used.
func Backlog(store highhelp.Store, projectID string, o Options) (metric.Registration, error) {
	meter := o.meter()
	lag, err := meter.Float64ObservableGauge("highhelp.reconcile.lag", metric.WithUnit("s"),
		metric.WithDescription("For how long the payment that waits longest has been due to be asked about."))
	if err != nil {
		return nil, err
	}
	return meter.RegisterCallback(func(ctx context.Context, observer metric.Observer) error {
		ctx, cancel := context.WithTimeout(ctx, backlogTimeout)
		defer cancel()
		now := time.Now()
		due, err := store.Pending(ctx, projectID, now, 1)
		if err != nil {
			return fmt.Errorf("otelhighhelp: backlog: %w", err)
		}
		overdue := time.Duration(0)
		if len(due) > 0 {
			overdue = now.Sub(due[0].CheckAt)
		}
		observer.ObserveFloat64(lag, overdue.Seconds())
		return nil
	}, lag)
}

package otelhighhelp

import (
	"context"

	"github.com/go-highhelp/highhelp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
)

// WithIDs wraps OnPaid, OnDeclined or OnProgress so that the span of the hook
// tells highhelp.order_id and highhelp.payment_id. Without it no id leaves the
// shop: who reads traces need not be who may read orders.
//
//	cfg.OnPaid = otelhighhelp.WithIDs(ship)
func WithIDs(hook func(context.Context, highhelp.Event) error) func(context.Context, highhelp.Event) error {
	if hook == nil {
		return nil // as Config takes it
	}
	return func(ctx context.Context, e highhelp.Event) error {
		if span := trace.SpanFromContext(ctx); span.IsRecording() {
			span.SetAttributes(attribute.String("highhelp.order_id", e.OrderID), attribute.String("highhelp.payment_id", e.PaymentID))
		}
		return hook(ctx, e)
	}
}

package otelhighhelp

import (
	"context"
	"log/slog"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// A count is something that the Hooks count, by one attribute.
type count struct {
	counter metric.Int64Counter
	key     attribute.Key
	known   map[string][]metric.AddOption
}

func counts(in *instruments) map[string]*count {
	return map[string]*count{
		"anomaly": newCount(in.anomalies, anomalyKey,
			"conflict", "mismatch", "double_paid", "wrong_route", "unknown_payment", "lost_ticket", "unresolved"),
		"journal_failure": newCount(in.journalFailures, routeKey, routes...),
	}
}

// newCount lets each series begin at zero: a rate counts its first event, too.
func newCount(counter metric.Int64Counter, key attribute.Key, values ...string) *count {
	c := &count{counter, key, map[string][]metric.AddOption{}}
	for _, v := range values {
		c.known[v] = []metric.AddOption{metric.WithAttributeSet(attribute.NewSet(key.String(v)))}
		counter.Add(context.Background(), 0, c.known[v]...)
	}
	return c
}

func (c *count) add(ctx context.Context, attrs []slog.Attr) {
	if len(attrs) > 0 {
		c.counter.Add(ctx, 1, c.known[attrs[0].Value.String()]...)
	}
}

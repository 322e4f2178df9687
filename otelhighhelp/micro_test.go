package otelhighhelp_test

import (
	"context"
	"log/slog"
	"testing"

	"github.com/go-highhelp/highhelp"
	tracenoop "go.opentelemetry.io/otel/trace/noop"
)

func begin(h highhelp.Hooks, ctx context.Context, op, name, value string) (context.Context, func(error, ...slog.Attr)) {
	var attrs []slog.Attr
	if name != "" {
		attrs = append(attrs, slog.String(name, value))
	}
	return h.Start(ctx, op, attrs...)
}

func BenchmarkHooks(b *testing.B) {
	for _, subject := range []struct {
		name  string
		hooks func(testing.TB) highhelp.Hooks
	}{
		{"metrics", func(tb testing.TB) highhelp.Hooks { return measured(tb, tracenoop.NewTracerProvider()) }},
		{"metrics_and_traces_of_none", func(tb testing.TB) highhelp.Hooks { return measured(tb, sampling(tb, 0)) }},
		{"metrics_and_traces_of_all", func(tb testing.TB) highhelp.Hooks { return measured(tb, sampling(tb, 1)) }},
	} {
		b.Run(subject.name, func(b *testing.B) {
			h := subject.hooks(b)
			b.ReportAllocs()
			for b.Loop() {
				ctx, end := begin(h, context.Background(), "callback", "route", "success")
				_, end2 := begin(h, ctx, "callback.read", "", "")
				end2(nil)
				_, end2 = begin(h, ctx, "callback.verify", "", "")
				end2(nil)
				actx, enda := begin(h, ctx, "callback.apply", "", "")
				_, end2 = begin(h, actx, "hook", "hook", "OnPaid")
				end2(nil)
				enda(nil)
				end(nil, slog.Int("http_status", 200), slog.String("outcome", "applied"))
			}
		})
	}
}

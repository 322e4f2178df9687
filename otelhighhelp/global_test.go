package otelhighhelp_test

import (
	"net/http"
	"sync"
	"testing"

	"github.com/go-highhelp/highhelp/otelhighhelp"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

// global sets the global providers, which can be done once in a process.
var global = sync.OnceValues(func() (*tracetest.SpanRecorder, metric.Reader) {
	spans, reader := tracetest.NewSpanRecorder(), metric.NewManualReader()
	otel.SetTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans)))
	otel.SetMeterProvider(metric.NewMeterProvider(metric.WithReader(reader)))
	return spans, reader
})

// The global providers may be set after the hooks are made.
func TestGlobalProviders(t *testing.T) {
	s := newShop(t, new(station).hooks(t))
	backlog, err := otelhighhelp.Backlog(s.Store, project, otelhighhelp.Options{})
	require.NoError(t, err)
	spans, reader := global()
	require.Equal(t, http.StatusOK, s.click("order-1"))
	require.Equal(t, http.StatusOK, s.deliver("success", says("order-1", "success", ""), callbackKey))
	ended := spans.Ended()
	require.Equal(t, "highhelp.callback", ended[len(ended)-1].Name())
	require.Subset(t, metricNames(reader, ""), []string{"highhelp.callbacks", "highhelp.callback.duration", "highhelp.reconcile.lag"})
	require.NoError(t, backlog.Unregister())
}

package otelhighhelp_test

import (
	"context"
	"io"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/otelhighhelp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/stretchr/testify/require"
	prometheusexporter "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

// A station receives telemetry: spans in memory, metrics to be scraped.
type station struct {
	Spans   *tracetest.SpanRecorder
	Options otelhighhelp.Options
	URL     string // of the metrics
}

func newStation(tb testing.TB) *station {
	tb.Helper()
	s := &station{Spans: tracetest.NewSpanRecorder()}
	registry := prometheus.NewRegistry()
	exporter, err := prometheusexporter.New(prometheusexporter.WithRegisterer(registry))
	require.NoError(tb, err)
	s.Options.MeterProvider = metric.NewMeterProvider(metric.WithReader(exporter))
	s.Options.TracerProvider = sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(s.Spans))
	s.URL = serve(tb, promhttp.HandlerFor(registry, promhttp.HandlerOpts{EnableOpenMetrics: true}))
	return s
}

// hooks is for newShop.
func (s *station) hooks(tb testing.TB) func(string) highhelp.Hooks {
	return func(baseURL string) highhelp.Hooks {
		o := s.Options
		o.BaseURL = baseURL
		hooks, err := otelhighhelp.New(o)
		require.NoError(tb, err)
		return hooks
	}
}

// scrape returns the samples that a Prometheus would see.
func (s *station) scrape(tb testing.TB) model.Vector {
	tb.Helper()
	resp, err := http.Get(s.URL)
	require.NoError(tb, err)
	defer resp.Body.Close()
	require.Equal(tb, http.StatusOK, resp.StatusCode)
	decoder := expfmt.SampleDecoder{Dec: expfmt.NewDecoder(resp.Body, expfmt.ResponseFormat(resp.Header)), Opts: &expfmt.DecodeOptions{}}
	var all model.Vector
	for {
		var some model.Vector
		if err := decoder.Decode(&some); err != nil {
			require.Equal(tb, "EOF", err.Error())
			return all
		}
		all = append(all, some...)
	}
}

// openMetrics returns the text that a Prometheus gets which asks for exemplars.
func (s *station) openMetrics(tb testing.TB) string {
	tb.Helper()
	req, err := http.NewRequest(http.MethodGet, s.URL, nil)
	require.NoError(tb, err)
	req.Header.Set("Accept", "application/openmetrics-text; version=1.0.0")
	resp, err := http.DefaultClient.Do(req)
	require.NoError(tb, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	require.NoError(tb, err)
	return string(text)
}

// value sums the samples that have the name and the labels.
func value(samples model.Vector, name string, labels map[string]string) (sum float64) {
	for _, s := range samples {
		if string(s.Metric[model.MetricNameLabel]) == name && has(s.Metric, labels) {
			sum += float64(s.Value)
		}
	}
	return sum
}

func has(metric model.Metric, labels map[string]string) bool {
	for name, v := range labels {
		if string(metric[model.LabelName(name)]) != v {
			return false
		}
	}
	return true
}

// A clock is driven by hand.
type clock struct{ nanos atomic.Int64 }

func (c *clock) Now() time.Time      { return time.Unix(0, c.nanos.Load()) }
func (c *clock) Add(d time.Duration) { c.nanos.Add(int64(d)) }

// aDay lets a shop live through everything that telemetry can tell of, once.
func aDay(tb testing.TB) *station {
	tb.Helper()
	at := newStation(tb)
	clock := &clock{}
	clock.nanos.Store(time.Now().Add(-48 * time.Hour).UnixNano())
	var hookFails atomic.Bool
	hook := func(context.Context, highhelp.Event) error {
		if hookFails.Load() {
			return errBroken
		}
		return nil
	}
	s := newShop(tb, at.hooks(tb), func(c *highhelp.Config) {
		c.OnPaid, c.OnDeclined, c.OnProgress = hook, hook, hook
		c.Now = clock.Now
		c.Checks = highhelp.Checks{After: []time.Duration{time.Minute, time.Hour}, AtOnce: 1, PerSecond: 1000}
	})
	backlog, err := otelhighhelp.Backlog(s.Store, project, at.Options)
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, backlog.Unregister()) })
	sell(s)
	refuse(s)
	hookFails.Store(true)
	breakDown(s)
	hookFails.Store(false)
	reconcile(s, clock)
	return at
}

// sell takes callbacks of every outcome in.
func sell(s *shop) {
	t := s.tb
	for _, id := range []string{"order-1", "order-2", "order-3", "order-4"} {
		require.Equal(t, http.StatusOK, s.click(id))
	}
	for _, c := range []struct {
		route string
		body  []byte
	}{
		{"info", says("order-1", "processing", "new")},
		{"success", says("order-1", "success", "")},
		{"success", says("order-1", "success", "")},     // duplicate
		{"info", says("order-1", "processing", "paid")}, // stale
		{"decline", says("order-1", "decline", "")},     // conflict
		{"decline", says("order-2", "decline", "")},
		{"success", saysOf("order-3", "success", "", 1)}, // mismatch
		{"info", says("order-4", "success", "")},         // wrong route
	} {
		require.Equal(t, http.StatusOK, s.deliver(c.route, c.body, callbackKey))
	}
	require.Equal(t, http.StatusConflict, s.click("order-1"), "it is paid")
}

// refuse sends what is not taken in.
func refuse(s *shop) {
	t := s.tb
	for _, route := range []string{"info", "success", "decline"} {
		require.Equal(t, http.StatusUnauthorized, s.deliver(route, says("order-1", "success", ""), foreignKey))
	}
	require.Equal(t, http.StatusBadRequest, s.deliver("success", []byte(`{"project_id":"`+project+`"}`), callbackKey))
	require.Equal(t, http.StatusNotFound, s.deliver("success", says("order-unknown", "success", ""), callbackKey))
	_, err := s.Checkout.Client().Info(context.Background(), "order-unknown")
	require.ErrorAs(t, err, new(*highhelp.APIError))
}

// breakDown lets each part fail. The hook of the shop does so already.
func breakDown(s *shop) {
	t, ctx := s.tb, context.Background()
	require.Equal(t, http.StatusOK, s.click("order-5"))
	for route, status := range map[string]string{"success": "success", "decline": "decline", "info": "processing"} {
		require.Equal(t, http.StatusInternalServerError, s.deliver(route, says("order-5", status, ""), callbackKey))
	}
	for _, err := range []error{errBroken, highhelp.ErrBusy} {
		s.Store.fail(nil, err)
		require.Equal(t, http.StatusServiceUnavailable, s.deliver("success", says("order-5", "success", ""), callbackKey))
	}
	s.Store.fail(errBroken, nil)
	require.Equal(t, http.StatusUnauthorized, s.deliver("success", says("order-1", "success", ""), foreignKey))
	s.Store.fail(nil, nil)
	for _, path := range []string{createPath, infoPath, "/api/v1/balance/info"} {
		s.Gateway.say(path, http.StatusInternalServerError, `{"status":"error"}`)
	}
	require.Equal(t, http.StatusBadGateway, s.click("order-6"))
	_, err := s.Checkout.Client().Info(ctx, "order-5")
	require.Error(t, err)
	_, _, err = s.Checkout.Client().Balance(ctx)
	require.Error(t, err)
}

// reconcile asks about what is open: first nobody answers, then one is paid,
// and at the end the rest is given up.
func reconcile(s *shop, clock *clock) {
	t, ctx := s.tb, context.Background()
	s.Gateway.say(createPath, http.StatusOK, `{"status":"processing","sub_status":"new","integration":{"form_url":"http://127.0.0.1/page"}}`)
	for _, id := range []string{"order-7", "order-8", "order-9"} {
		require.Equal(t, http.StatusOK, s.click(id))
	}
	clock.Add(2 * time.Minute)
	_, err := s.Checkout.Reconcile(ctx)
	require.ErrorAs(t, err, new(*highhelp.APIError))
	clock.Add(10 * time.Minute)
	s.Gateway.say(infoPath, http.StatusOK, `{"status":"processing","sub_status":"paid","amount":10000,"currency":"RUB"}`)
	report, err := s.Checkout.Reconcile(ctx)
	require.NoError(t, err)
	require.Positive(t, report.Applied)
	ended, end := context.WithCancel(ctx)
	end()
	_, err = s.Checkout.Reconcile(ended)
	require.ErrorIs(t, err, context.Canceled)
	clock.Add(24 * time.Hour)
	report, err = s.Checkout.Reconcile(ctx)
	require.NoError(t, err)
	require.Positive(t, report.Unresolved)
}

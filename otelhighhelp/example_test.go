package otelhighhelp_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/otelhighhelp"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

// exampleCheckout is complete but for what its example is about. Its gateway
// answers nothing, and its keys are those of the tests.
func exampleCheckout(change func(*highhelp.Config)) *highhelp.Checkout {
	cfg := highhelp.Config{
		ProjectID: project, BaseURL: "http://127.0.0.1:9", PublicURL: "http://127.0.0.1/pay",
		Signer: requestKey, Verifier: callbackKey, Store: &highhelp.MemStore{},
		OnPaid: func(context.Context, highhelp.Event) error { return nil },
		Logger: slog.New(slog.DiscardHandler), HTTPClient: &http.Client{Transport: inProcess{createsPayments()}},
	}
	change(&cfg)
	checkout, err := highhelp.New(cfg)
	if err != nil {
		log.Fatal(err)
	}
	return checkout
}

func createsPayments() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"status":"processing","sub_status":"new","integration":{"form_url":"http://127.0.0.1/page"}}`)
	})
}

// inProcess asks a handler without a network.
type inProcess struct{ http.Handler }

func (p inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	p.ServeHTTP(w, r)
	return w.Result(), nil
}

// pay sells an order and lets the gateway say that it is paid.
func pay(checkout *highhelp.Checkout, id string) {
	if _, err := checkout.CreateTicket(context.Background(), order(id)); err != nil {
		log.Fatal(err)
	}
	body := says(id, "success", "")
	req := httptest.NewRequest(http.MethodPost, "/pay/callbacks/success", strings.NewReader(string(body)))
	var err error
	if req.Header, err = callbackKey.Sign(body, time.Now()); err != nil {
		log.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	checkout.SuccessHandler().ServeHTTP(httptest.NewRecorder(), req)
}

// The hooks go into the Config. In production the providers are the global
// ones, or those of the application; here they keep what they get.
func ExampleNew() {
	spans, reader := tracetest.NewInMemoryExporter(), metric.NewManualReader()
	var hooks highhelp.Hooks
	checkout := exampleCheckout(func(cfg *highhelp.Config) {
		var err error
		hooks, err = otelhighhelp.New(otelhighhelp.Options{
			TracerProvider: sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans)),
			MeterProvider:  metric.NewMeterProvider(metric.WithReader(reader)),
			BaseURL:        cfg.BaseURL,
		})
		if err != nil {
			log.Fatal(err)
		}
		cfg.Hooks = hooks
	})
	pay(checkout, "1042")
	for _, span := range spans.GetSpans() {
		fmt.Println(span.Name)
	}
	for _, name := range metricNames(reader, "highhelp.callback") {
		fmt.Println(name)
	}
	// Output:
	// highhelp.gateway.create
	// highhelp.callback.read
	// highhelp.callback.verify
	// highhelp.hook.OnPaid
	// highhelp.callback.apply
	// highhelp.callback
	// highhelp.callback.duration
	// highhelp.callback.last_authentic.timestamp
	// highhelp.callbacks
}

func metricNames(reader metric.Reader, prefix string) (names []string) {
	var all metricdata.ResourceMetrics
	if err := reader.Collect(context.Background(), &all); err != nil {
		log.Fatal(err)
	}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			if strings.HasPrefix(m.Name, prefix) {
				names = append(names, m.Name)
			}
		}
	}
	slices.Sort(names)
	return names
}

// The lag of a shop that nobody reconciles grows.
func ExampleBacklog() {
	reader := metric.NewManualReader()
	store := &highhelp.MemStore{}
	registration, err := otelhighhelp.Backlog(store, project, otelhighhelp.Options{
		MeterProvider: metric.NewMeterProvider(metric.WithReader(reader)),
	})
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = registration.Unregister() }() // before the store is closed
	fmt.Println(metricNames(reader, "highhelp.reconcile.lag"))
	// Output: [highhelp.reconcile.lag]
}

// Ids are in traces only where the shop wants them, and never in metrics.
func ExampleWithIDs() {
	spans := tracetest.NewInMemoryExporter()
	checkout := exampleCheckout(func(cfg *highhelp.Config) {
		hooks, err := otelhighhelp.New(otelhighhelp.Options{
			TracerProvider: sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans)),
		})
		if err != nil {
			log.Fatal(err)
		}
		cfg.Hooks = hooks
		cfg.OnPaid = otelhighhelp.WithIDs(cfg.OnPaid)
	})
	pay(checkout, "1042")
	for _, span := range spans.GetSpans() {
		if span.Name == "highhelp.hook.OnPaid" {
			for _, attribute := range span.Attributes {
				fmt.Println(attribute.Key, attribute.Value.AsString())
			}
		}
	}
	// Output:
	// highhelp.hook OnPaid
	// highhelp.order_id 1042
	// highhelp.payment_id 1042
}

package otelhighhelp

import (
	"errors"
	"net/url"
	"strconv"

	"github.com/go-highhelp/highhelp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
)

// scope names this package to the SDK, and so to whoever reads its data.
const scope = "github.com/go-highhelp/highhelp/otelhighhelp"

// Options say where the telemetry goes. The zero Options send it to the global
// providers.
type Options struct {
	// TracerProvider makes the spans. One of package noop makes none, and
	// costs nothing. Default: otel.GetTracerProvider().
	TracerProvider trace.TracerProvider
	// MeterProvider makes the instruments. Default: otel.GetMeterProvider().
	MeterProvider metric.MeterProvider
	// BaseURL is that of highhelp.Config. The spans of gateway calls take
	// server.address and server.port from it. Default: they have neither.
	BaseURL string
}

// New returns Hooks for a [highhelp.Config]. Make them once for a process: they
// serve any number of Checkouts, and are safe for concurrent use. It fails if
// BaseURL is no URL, or if the MeterProvider refuses an instrument.
func New(o Options) (highhelp.Hooks, error) {
	server, err := o.server()
	if err != nil {
		return highhelp.Hooks{}, err
	}
	m, err := newInstruments(o.meter())
	if err != nil {
		return highhelp.Hooks{}, err
	}
	w := newWatcher(o.tracer(), m, server)
	return highhelp.Hooks{Start: w.start, Count: w.count}, nil
}

// tracer returns nil if there will never be a span.
func (o Options) tracer() trace.Tracer {
	p := o.TracerProvider
	if p == nil {
		p = otel.GetTracerProvider()
	}
	if _, off := p.(noop.TracerProvider); off {
		return nil
	}
	return p.Tracer(scope, trace.WithSchemaURL(semconv.SchemaURL))
}

func (o Options) meter() metric.Meter {
	p := o.MeterProvider
	if p == nil {
		p = otel.GetMeterProvider()
	}
	return p.Meter(scope, metric.WithSchemaURL(semconv.SchemaURL))
}

var defaultPorts = map[string]int{"http": 80, "https": 443}

// server returns the attributes that name the gateway.
func (o Options) server() ([]attribute.KeyValue, error) {
	if o.BaseURL == "" {
		return nil, nil
	}
	u, err := url.Parse(o.BaseURL)
	if err != nil || u.Hostname() == "" {
		return nil, errors.New("otelhighhelp: Options.BaseURL is not a URL")
	}
	port := defaultPorts[u.Scheme]
	if stated := u.Port(); stated != "" {
		port, _ = strconv.Atoi(stated) // url.Parse takes digits only
	}
	return []attribute.KeyValue{semconv.ServerAddress(u.Hostname()), semconv.ServerPort(port)}, nil
}

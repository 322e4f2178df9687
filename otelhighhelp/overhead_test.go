//go:build unix

package otelhighhelp_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/otelhighhelp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	prometheusexporter "go.opentelemetry.io/otel/exporters/prometheus"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	tracenoop "go.opentelemetry.io/otel/trace/noop"
)

const (
	perRound = 1000 // callbacks without hooks, and as many with them
	perTurn  = 50   // is longer than a garbage collection, and shorter than most changes in what else runs
)

// BenchmarkOverhead measures what the hooks add to a whole callback: a POST
// over a connection of the loopback, net/http, HMAC, a success that runs OnPaid
// and is stored in memory, and a line of log. Each iteration is a round, in
// which callbacks without hooks and with them take turns. What counts is the
// time that the processors worked, garbage collection and the exporter of spans
// included. Reported are the median of the rounds' ratios and the ends of their
// middle four fifths.
//
//	go test -run '^$' -bench Overhead -benchtime 60x
func BenchmarkOverhead(b *testing.B) {
	for _, subject := range []struct {
		name  string
		hooks func(testing.TB) highhelp.Hooks
	}{
		{"nothing", func(testing.TB) highhelp.Hooks { return highhelp.Hooks{} }},
		{"metrics", func(tb testing.TB) highhelp.Hooks { return measured(tb, tracenoop.NewTracerProvider()) }},
		{"metrics,traces=0", func(tb testing.TB) highhelp.Hooks { return measured(tb, sampling(tb, 0)) }},
		{"metrics,traces=1:20", func(tb testing.TB) highhelp.Hooks { return measured(tb, sampling(tb, .05)) }},
		{"metrics,traces=1:1", func(tb testing.TB) highhelp.Hooks { return measured(tb, sampling(tb, 1)) }},
	} {
		b.Run(subject.name, func(b *testing.B) { compare(b, subject.hooks(b)) })
	}
}

// measured returns hooks that measure for a Prometheus.
func measured(tb testing.TB, tracers trace.TracerProvider) highhelp.Hooks {
	exporter, err := prometheusexporter.New(prometheusexporter.WithRegisterer(prometheus.NewRegistry()))
	require.NoError(tb, err)
	hooks, err := otelhighhelp.New(otelhighhelp.Options{
		TracerProvider: tracers, MeterProvider: sdkmetric.NewMeterProvider(sdkmetric.WithReader(exporter)),
	})
	require.NoError(tb, err)
	return hooks
}

// sampling traces a share of the callbacks, in batches as in production, but
// throws them away.
func sampling(tb testing.TB, share float64) *sdktrace.TracerProvider {
	p := sdktrace.NewTracerProvider(sdktrace.WithBatcher(tracetest.NewNoopExporter()),
		sdktrace.WithSampler(sdktrace.ParentBased(sdktrace.TraceIDRatioBased(share))))
	tb.Cleanup(func() { require.NoError(tb, p.Shutdown(context.Background())) })
	return p
}

func compare(b *testing.B, hooks highhelp.Hooks) {
	without, with := newLine(b), newLine(b)
	var plain, ratios []float64
	for round := 0; b.Loop(); round++ {
		without.handle(success(b, highhelp.Hooks{}))
		with.handle(success(b, hooks))
		var p, h float64
		runtime.GC()
		old := debug.SetGCPercent(-1)
		for i := 0; i < perRound; i += perTurn {
			if (round+i/perTurn)%2 == 0 {
				p += without.send(i, i+perTurn)
				h += with.send(i, i+perTurn)
			} else {
				h += with.send(i, i+perTurn)
				p += without.send(i, i+perTurn)
			}
		}
		debug.SetGCPercent(old)
		plain, ratios = append(plain, p/perRound*1e9), append(ratios, 100*(h/p-1))
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(quantile(plain, .5), "cpu-ns/callback")
	b.ReportMetric(quantile(ratios, .1), "%-p10")
	b.ReportMetric(quantile(ratios, .5), "%-median")
	b.ReportMetric(quantile(ratios, .9), "%-p90")
}

func quantile(values []float64, q float64) float64 {
	slices.Sort(values)
	return values[int(q*float64(len(values)-1))]
}

// worked returns for how many seconds the processors have worked for this
// process.
func worked(tb testing.TB) float64 {
	var u syscall.Rusage
	require.NoError(tb, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	seconds := func(t syscall.Timeval) float64 { return float64(t.Sec) + float64(t.Usec)/1e6 }
	return seconds(u.Utime) + seconds(u.Stime)
}

// success returns the success route of a shop that waits for perRound payments.
func success(tb testing.TB, hooks highhelp.Hooks) http.Handler {
	cfg := highhelp.Config{
		ProjectID: project, BaseURL: "http://127.0.0.1", PublicURL: "http://127.0.0.1/pay",
		Signer: requestKey, Verifier: callbackKey, Store: &highhelp.MemStore{},
		OnPaid:     func(context.Context, highhelp.Event) error { return nil },
		Logger:     slog.New(slog.NewJSONHandler(io.Discard, nil)),
		HTTPClient: &http.Client{Transport: inProcess{&gateway{tb: tb}}},
	}
	seller, err := highhelp.New(cfg)
	require.NoError(tb, err)
	for i := range perRound {
		_, err := seller.CreateTicket(context.Background(), order("order-"+strconv.Itoa(i)))
		require.NoError(tb, err)
	}
	cfg.Hooks = hooks
	c, err := highhelp.New(cfg)
	require.NoError(tb, err)
	return c.SuccessHandler()
}

// A line is a connection to a server, with requests that are written out
// beforehand: the one who sends shall cost next to nothing.
type line struct {
	tb       testing.TB
	conn     net.Conn
	handler  atomic.Pointer[http.Handler]
	requests [][]byte
	answer   [4096]byte
}

func newLine(tb testing.TB) *line {
	l := &line{tb: tb}
	url := serve(tb, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { (*l.handler.Load()).ServeHTTP(w, r) }))
	for i := range perRound {
		var b bytes.Buffer
		require.NoError(tb, callback(tb, url, says("order-"+strconv.Itoa(i), "success", ""), callbackKey).Write(&b))
		l.requests = append(l.requests, b.Bytes())
	}
	var err error
	l.conn, err = net.Dial("tcp", url[len("http://"):])
	require.NoError(tb, err)
	tb.Cleanup(func() { l.conn.Close() })
	return l
}

func (l *line) handle(h http.Handler) { l.handler.Store(&h) }

// send sends some of the requests, and returns for how many seconds the
// processors worked on them.
func (l *line) send(from, to int) float64 {
	start := worked(l.tb)
	for _, request := range l.requests[from:to] {
		_, err := l.conn.Write(request)
		n := 0
		if err == nil {
			n, err = l.conn.Read(l.answer[:]) // it fits a packet
		}
		if answer := l.answer[:n]; err != nil || !bytes.HasPrefix(answer, []byte("HTTP/1.1 200 OK\r\n")) || !bytes.HasSuffix(answer, []byte("\r\n\r\nOK")) {
			l.tb.Fatal(err, string(answer))
		}
	}
	return worked(l.tb) - start
}

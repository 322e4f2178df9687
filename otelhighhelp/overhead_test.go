//go:build unix

package otelhighhelp_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/otelhighhelp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	prometheusexporter "go.opentelemetry.io/otel/exporters/prometheus"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/trace"
	tracenoop "go.opentelemetry.io/otel/trace/noop"
)

const (
	perRound = 400 // callbacks of one setting, and as many of the other
	perTurn  = 20  // is shorter than most changes in what else the machine does
	warmUp   = 64  // before a round
)

// BenchmarkOverhead measures what the hooks and what the journal add to a whole
// callback: a POST
// over a connection of the loopback, net/http, HMAC, a success that runs OnPaid
// and is stored, and a line of log. The one who sends costs next to nothing.
// Stored means in memory, which nobody does with money but which hides the
// least, or synced to a file, as the commit of a database is.
//
// Each iteration is a round, in which callbacks without them and with them
// take turns. Reported are what a callback without them takes, and the median
// of the rounds' ratios with the ends of their middle four fifths: of the time
// until the answer (its median in the round), and of the time that the
// processors worked, the exporter of spans included. Garbage is collected
// between rounds.
//
//	go test -run '^$' -bench Overhead -benchtime 60x
func BenchmarkOverhead(b *testing.B) {
	for _, stored := range []string{"memory", "disk"} {
		plain := setting{stored: stored, journal: "full"}
		b.Run(stored+"/nothing", func(b *testing.B) { compare(b, plain, plain) })
		for _, bodies := range []string{"full", "masked", "none"} {
			b.Run(stored+"/journal,bodies="+bodies, func(b *testing.B) {
				compare(b, setting{stored: stored}, setting{stored: stored, journal: bodies})
			})
		}
		b.Run(stored+"/metrics", func(b *testing.B) {
			with := plain
			with.hooks = measured(b, tracenoop.NewTracerProvider())
			compare(b, plain, with)
		})
		for _, share := range []float64{.01, .1, 1} {
			b.Run(fmt.Sprintf("%s/metrics,traces=%g%%", stored, 100*share), func(b *testing.B) {
				provider := sampling(b, share)
				without, with := plain, plain
				without.server, with.server = provider.Tracer("server"), provider.Tracer("server")
				with.hooks = measured(b, provider)
				compare(b, without, with)
			})
		}
	}
}

// A setting is one side of a comparison.
type setting struct {
	stored  string
	journal string // what it keeps of bodies; "" is no journal
	hooks   highhelp.Hooks
	server  trace.Tracer // of the application's server, or nil
}

// handler is the success route in the server's span.
func (s setting) handler(tb testing.TB) http.Handler {
	h := success(tb, s)
	if s.server == nil {
		return h
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, span := s.server.Start(r.Context(), "POST /callbacks/success", trace.WithSpanKind(trace.SpanKindServer))
		defer span.End()
		h.ServeHTTP(w, r.WithContext(ctx))
	})
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

func compare(b *testing.B, plain, more setting) {
	without, with := newLine(b), newLine(b)
	var took, time, cpu []float64
	for round := 0; b.Loop(); round++ {
		without.handle(plain.handler(b))
		with.handle(more.handler(b))
		turns(b, round, without, with)
		took = append(took, quantile(without.times, .5)*1e9)
		time = append(time, 100*(quantile(with.times, .5)/quantile(without.times, .5)-1))
		cpu = append(cpu, 100*(with.cpu/without.cpu-1))
	}
	b.ReportMetric(quantile(took, .5), "ns/op")
	for name, ratios := range map[string][]float64{"time": time, "cpu": cpu} {
		b.ReportMetric(quantile(ratios, .1), "%"+name+"-p10")
		b.ReportMetric(quantile(ratios, .5), "%"+name+"-p50")
		b.ReportMetric(quantile(ratios, .9), "%"+name+"-p90")
	}
}

// turns makes a round.
func turns(tb testing.TB, round int, lines ...*line) {
	runtime.GC()
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	for i := 0; i < perRound; i += perTurn {
		if (round+i/perTurn)%2 == 1 {
			slices.Reverse(lines)
		}
		for _, l := range lines {
			before := worked(tb)
			l.send(i, i+perTurn)
			l.cpu += worked(tb) - before
		}
	}
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

// success returns the success route of a shop that waits for the payments of a
// line.
func success(tb testing.TB, s setting) http.Handler {
	store := &highhelp.MemStore{}
	cfg := highhelp.Config{
		ProjectID: project, BaseURL: "http://127.0.0.1", PublicURL: "http://127.0.0.1/pay",
		Signer: requestKey, Verifier: callbackKey, Store: store,
		OnPaid:     func(context.Context, highhelp.Event) error { return nil },
		Logger:     slog.New(slog.NewJSONHandler(io.Discard, nil)),
		HTTPClient: &http.Client{Transport: inProcess{&gateway{tb: tb}}},
	}
	seller, err := highhelp.New(cfg)
	require.NoError(tb, err)
	for i := range perRound + warmUp {
		_, err := seller.CreateTicket(context.Background(), order("order-"+strconv.Itoa(i)))
		require.NoError(tb, err)
	}
	cfg.Hooks, cfg.JournalBodies = s.hooks, s.journal
	noting := &notingStore{store, s.journal != ""}
	cfg.Store = noting
	if s.stored == "disk" {
		cfg.Store = newSyncedStore(tb, noting)
	}
	c, err := highhelp.New(cfg)
	require.NoError(tb, err)
	return c.SuccessHandler()
}

// A notingStore keeps a journal, or none.
type notingStore struct {
	*highhelp.MemStore
	journal bool
}

func (s *notingStore) Record(ctx context.Context, d highhelp.Delivery) error {
	if !s.journal {
		return nil
	}
	return s.MemStore.Record(ctx, d)
}

// A syncedStore writes what it saves to a file, too, and waits for the disk.
type syncedStore struct {
	*notingStore
	file *os.File
}

func newSyncedStore(tb testing.TB, s *notingStore) *syncedStore {
	file, err := os.CreateTemp(tb.TempDir(), "payments")
	require.NoError(tb, err)
	tb.Cleanup(func() { file.Close() })
	return &syncedStore{s, file}
}

// Record writes what is synced at the end of the Update around it.
func (s *syncedStore) Record(ctx context.Context, d highhelp.Delivery) error {
	if !s.journal {
		return nil
	}
	row, err := d.MarshalBinary()
	if err == nil {
		_, err = s.file.Write(row)
	}
	if err != nil {
		return err
	}
	return s.notingStore.Record(ctx, d)
}

func (s *syncedStore) Update(ctx context.Context, k highhelp.Key, change func(context.Context, *highhelp.Payment) error) error {
	return s.MemStore.Update(ctx, k, func(ctx context.Context, p *highhelp.Payment) error {
		if err := change(ctx, p); err != nil {
			return err
		}
		row, err := p.MarshalBinary()
		if err == nil {
			_, err = s.file.Write(row)
		}
		if err == nil {
			err = s.file.Sync()
		}
		return err
	})
}

// A line is a connection to a server, with requests that are written out
// beforehand: the one who sends shall cost next to nothing.
type line struct {
	tb       testing.TB
	conn     net.Conn
	handler  atomic.Pointer[http.Handler]
	requests [][]byte
	answer   [4096]byte

	times []float64 // of each callback, in seconds
	cpu   float64   // of all, in seconds
}

func newLine(tb testing.TB) *line {
	l := &line{tb: tb}
	url := serve(tb, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { (*l.handler.Load()).ServeHTTP(w, r) }))
	for i := range perRound + warmUp {
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

// handle begins a round: what the last one has cost is forgotten.
func (l *line) handle(h http.Handler) {
	l.handler.Store(&h)
	l.send(perRound, len(l.requests))
	l.times, l.cpu = l.times[:0], 0
}

// send sends some of the requests, and notes how long each took.
func (l *line) send(from, to int) {
	for _, request := range l.requests[from:to] {
		start := time.Now()
		_, err := l.conn.Write(request)
		n := 0
		if err == nil {
			n, err = l.conn.Read(l.answer[:]) // it fits a packet
		}
		l.times = append(l.times, time.Since(start).Seconds())
		if answer := l.answer[:n]; err != nil || !bytes.HasPrefix(answer, []byte("HTTP/1.1 200 OK\r\n")) || !bytes.HasSuffix(answer, []byte("\r\n\r\nOK")) {
			l.tb.Fatal(err, string(answer))
		}
	}
}

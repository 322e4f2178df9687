package otelhighhelp_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/otelhighhelp"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/trace"
	tracenoop "go.opentelemetry.io/otel/trace/noop"
)

func TestMetricsOfADay(t *testing.T) {
	r := day.of(t)
	for _, c := range []struct {
		name   string
		labels map[string]string
		want   float64
	}{
		{"highhelp_callbacks_total", map[string]string{"highhelp_outcome": "applied", "highhelp_route": "success"}, 1},
		{"highhelp_callbacks_total", map[string]string{"highhelp_outcome": "applied", "highhelp_route": "info"}, 2},
		{"highhelp_callbacks_total", map[string]string{"highhelp_outcome": "duplicate"}, 1},
		{"highhelp_callbacks_total", map[string]string{"highhelp_outcome": "stale"}, 1},
		{"highhelp_callbacks_total", map[string]string{"highhelp_outcome": "mismatch"}, 1},
		{"highhelp_callbacks_total", map[string]string{"highhelp_outcome": "conflict"}, 1},
		{"highhelp_callbacks_total", map[string]string{"highhelp_outcome": "double_paid"}, 0},
		{"highhelp_callbacks_total", map[string]string{"error_type": "signature", "http_response_status_code": "401"}, 4},
		{"highhelp_callbacks_total", map[string]string{"error_type": "400", "highhelp_outcome": "none"}, 1},
		{"highhelp_callbacks_total", map[string]string{"error_type": "not_found", "http_response_status_code": "404"}, 1},
		{"highhelp_callbacks_total", map[string]string{"http_response_status_code": "500"}, 3},
		{"highhelp_callbacks_total", map[string]string{"http_response_status_code": "503"}, 2},
		{"highhelp_callbacks_total", nil, 19},
		{"highhelp_callback_duration_seconds_count", nil, 19},
		{"highhelp_callback_duration_seconds_count", map[string]string{"highhelp_route": "decline", "http_response_status_code": "200"}, 2},
		{"highhelp_tickets_total", map[string]string{"highhelp_code": "ok"}, 8},
		{"highhelp_tickets_total", map[string]string{"highhelp_code": "order_paid", "http_response_status_code": "409"}, 1},
		{"highhelp_tickets_total", map[string]string{"highhelp_code": "gateway_error"}, 1},
		{"highhelp_ticket_duration_seconds_count", nil, 10},
		{"highhelp_gateway_duration_seconds_count", map[string]string{"highhelp_call": "create", "http_response_status_code": "200"}, 8},
		{"highhelp_gateway_duration_seconds_count", map[string]string{"highhelp_call": "balance", "error_type": "500"}, 1},
		{"highhelp_hook_duration_seconds_count", map[string]string{"highhelp_hook": "OnPaid", "error_type": ""}, 2},
		{"highhelp_hook_duration_seconds_count", map[string]string{"highhelp_hook": "OnPaid", "error_type": "_OTHER"}, 1},
		{"highhelp_anomalies_total", map[string]string{"highhelp_anomaly": "mismatch"}, 1},
		{"highhelp_anomalies_total", map[string]string{"highhelp_anomaly": "wrong_route"}, 1},
		{"highhelp_anomalies_total", map[string]string{"highhelp_anomaly": "unknown_payment"}, 1},
		{"highhelp_anomalies_total", map[string]string{"highhelp_anomaly": "lost_ticket"}, 0},
		{"highhelp_journal_failures_total", map[string]string{"highhelp_route": "success"}, 1},
		{"highhelp_journal_failures_total", map[string]string{"highhelp_route": "info"}, 0},
		{"highhelp_reconcile_duration_seconds_count", map[string]string{"error_type": ""}, 2},
		{"highhelp_reconcile_duration_seconds_count", map[string]string{"error_type": "gateway"}, 1},
		{"highhelp_reconcile_asked_total", nil, 15},
		{"highhelp_reconcile_applied_total", nil, 6},
		{"highhelp_reconcile_unresolved_total", nil, 6},
	} {
		require.Equal(t, c.want, value(r.samples, c.name, c.labels), "%s %v", c.name, c.labels)
	}
	last := value(r.samples, "highhelp_callback_last_authentic_timestamp_seconds", nil)
	require.InDelta(t, float64(time.Now().Unix()), last, 60)
}

// What alerts wait for is there before it happens: a rate does not see the step
// from nothing to one.
func TestSeriesBeginAtZero(t *testing.T) {
	at := newStation(t)
	at.hooks(t)("https://gateway.example")
	series := map[string]int{}
	for _, s := range at.scrape(t) {
		if name := string(s.Metric["__name__"]); strings.HasPrefix(name, "highhelp_") {
			require.Zero(t, s.Value, s.Metric)
			series[name]++
		}
	}
	require.Equal(t, map[string]int{
		"highhelp_callbacks_total": 3 * (7 + 3), // routes, outcomes and what is no outcome
		"highhelp_anomalies_total": 7, "highhelp_journal_failures_total": 3, "highhelp_tickets_total": 1,
		"highhelp_reconcile_asked_total": 1, "highhelp_reconcile_applied_total": 1, "highhelp_reconcile_unresolved_total": 1,
	}, series)
}

// Nothing is lost or counted twice while many count and others collect.
func TestConcurrentUse(t *testing.T) {
	at := newStation(t)
	hooks := at.hooks(t)("https://gateway.example")
	const workers, each = 8, 200
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for i := range each {
				anyCallback(hooks)
				if i%50 == 0 {
					at.scrape(t)
				}
			}
		})
	}
	group.Wait()
	samples := at.scrape(t)
	for _, name := range []string{"highhelp_callbacks_total", "highhelp_callback_duration_seconds_count", "highhelp_hook_duration_seconds_count"} {
		require.Equal(t, float64(workers*each), value(samples, name, nil), name)
	}
}

// Two sets of hooks count together.
func TestNewTwice(t *testing.T) {
	at := newStation(t)
	for range 2 {
		anyCallback(at.hooks(t)("https://gateway.example"))
	}
	for range 2 { // a collection changes nothing
		samples := at.scrape(t)
		require.Equal(t, 2.0, value(samples, "highhelp_callbacks_total", nil))
		require.Equal(t, 2.0, value(samples, "highhelp_callback_duration_seconds_count", nil))
	}
}

// Values of labels are words of this project, and few.
func TestLabelsAreFew(t *testing.T) {
	r := day.of(t)
	word := regexp.MustCompile(`^[A-Za-z_]{2,20}$|^[1-5][0-9][0-9]$`)
	series := map[string]int{}
	for _, s := range r.samples {
		name := string(s.Metric["__name__"])
		if !strings.HasPrefix(name, "highhelp_") {
			continue
		}
		series[name]++
		for label, v := range s.Metric {
			if label != "__name__" && label != "le" && !strings.HasPrefix(string(label), "otel_scope_") {
				require.Regexp(t, word, string(v), "%s of %s", label, name)
			}
		}
	}
	for name, n := range series {
		limit := 60
		if strings.HasSuffix(name, "_bucket") {
			limit *= 4
		}
		require.LessOrEqual(t, n, limit, name)
	}
}

// Each duration leads to a trace, and so does each anomaly.
func TestExemplars(t *testing.T) {
	text := day.of(t).text
	for _, name := range []string{
		"highhelp_callback_duration_seconds_bucket", "highhelp_ticket_duration_seconds_bucket", "highhelp_gateway_duration_seconds_bucket",
		"highhelp_hook_duration_seconds_bucket", "highhelp_reconcile_duration_seconds_bucket", "highhelp_anomalies_total",
	} {
		require.Regexp(t, name+`\{[^}]*\} \S+ # \{[^}]*trace_id="[0-9a-f]{32}"`, text)
	}
}

// The README lists what is exported, and nothing else.
func TestReadmeListsTheMetrics(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	listed := map[string][]string{}
	kinds := map[string]string{}
	for _, line := range strings.Split(string(readme), "\n") {
		cells := strings.Split(line, " | ")
		if len(cells) < 4 || !strings.HasPrefix(line, "| `highhelp.") {
			continue
		}
		name := strings.Trim(cells[0], "|` ")
		kind, unit := cells[1], strings.Trim(cells[2], "`")
		exportedName := strings.ReplaceAll(name, ".", "_")
		switch {
		case kind == "counter":
			exportedName += "_total"
		case unit == "s":
			exportedName += "_seconds"
		}
		kinds[exportedName] = kind
		labels := []string{}
		for _, label := range regexp.MustCompile("`([a-z._]+)`").FindAllStringSubmatch(cells[3], -1) {
			labels = append(labels, strings.ReplaceAll(label[1], ".", "_"))
		}
		slices.Sort(labels)
		listed[exportedName] = labels
	}
	found := map[string][]string{}
	for name, set := range exported(day.of(t)) {
		labels := []string{}
		for label := range set {
			labels = append(labels, label)
		}
		slices.Sort(labels)
		found[name] = labels
	}
	require.Equal(t, found, listed)
	for name, kind := range kinds {
		require.Contains(t, day.of(t).text, "# TYPE "+strings.TrimSuffix(name, "_total")+" "+kind+"\n")
	}
}

func TestBacklog(t *testing.T) {
	at := newStation(t)
	s := newShop(t, at.hooks(t), func(c *highhelp.Config) {
		c.Now = func() time.Time { return time.Now().Add(-time.Hour) }
	})
	registration, err := otelhighhelp.Backlog(s.Store, project, at.Options)
	require.NoError(t, err)
	lag := func() float64 { return value(at.scrape(t), "highhelp_reconcile_lag_seconds", nil) }
	require.Zero(t, lag())
	require.Equal(t, http.StatusOK, s.click("order-1"))
	require.InDelta(t, (time.Hour - time.Minute).Seconds(), lag(), 30, "the first check was due a minute after the ticket")
	require.NoError(t, registration.Unregister())
	require.NotContains(t, at.openMetrics(t), "highhelp_reconcile_lag")
}

// A store that fails leaves the lag out, rather than tell a wrong one.
func TestBacklogOfABrokenStore(t *testing.T) {
	at := newStation(t)
	heard := make(chan error, 1)
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
		select {
		case heard <- err:
		default:
		}
	}))
	_, err := otelhighhelp.Backlog(brokenStore{}, project, at.Options)
	require.NoError(t, err)
	require.NotContains(t, at.openMetrics(t), "highhelp_reconcile_lag")
	require.ErrorIs(t, <-heard, errBroken)
}

type brokenStore struct{ highhelp.Store }

func (brokenStore) Pending(context.Context, string, time.Time, int) ([]highhelp.Payment, error) {
	return nil, errBroken
}

func TestNewRefuses(t *testing.T) {
	for _, base := range []string{"://", "api.example", "/api"} {
		_, err := otelhighhelp.New(otelhighhelp.Options{BaseURL: base})
		require.ErrorContains(t, err, "BaseURL", base)
		require.NotContains(t, err.Error(), base)
	}
}

// What a callback costs is little more than the closures that Hooks ask for.
func TestCallbacksAllocateLittle(t *testing.T) {
	for _, c := range []struct {
		name   string
		traces trace.TracerProvider
		limit  float64
	}{
		{"nobody traces", tracenoop.NewTracerProvider(), 5},
		{"not sampled", sampling(t, 0), 10},
		{"sampled", sampling(t, 1), 45},
	} {
		t.Run(c.name, func(t *testing.T) {
			at := newStation(t)
			at.Options.TracerProvider = c.traces
			hooks := at.hooks(t)("https://gateway.example")
			require.LessOrEqual(t, testing.AllocsPerRun(500, func() { anyCallback(hooks) }), c.limit)
		})
	}
}

// anyCallback calls hooks as a callback that is paid does.
func anyCallback(hooks highhelp.Hooks) {
	stop := func(ctx context.Context, operation string, attrs ...slog.Attr) {
		_, end := hooks.Start(ctx, operation, attrs...)
		end(nil)
	}
	ctx, end := hooks.Start(context.Background(), "callback", slog.String("route", "success"))
	stop(ctx, "callback.read")
	stop(ctx, "callback.verify")
	apply, applied := hooks.Start(ctx, "callback.apply")
	stop(apply, "hook", slog.String("hook", "OnPaid"))
	applied(nil)
	end(nil, slog.Int("http_status", http.StatusOK), slog.String("outcome", "applied"))
}

// What a newer highhelp may tell is no reason to fall over.
func TestUnknownOperationsAreIgnored(t *testing.T) {
	at := newStation(t)
	hooks := at.hooks(t)("https://gateway.example")
	ctx, end := hooks.Start(t.Context(), "refund", slog.String("route", "x"))
	require.Equal(t, t.Context(), ctx)
	end(errors.New("a"), slog.Int("http_status", 500))
	_, end = hooks.Start(t.Context(), "callback", slog.String("route", "order-1"))
	end(nil, slog.Int("http_status", 200), slog.String("outcome", "applied"), slog.String("order_id", "order-1"))
	hooks.Count(t.Context(), "refunds", slog.String("kind", "x"))
	hooks.Count(t.Context(), "anomaly", slog.String("kind", "order-1"))
	hooks.Count(t.Context(), "anomaly")
	require.NotContains(t, at.openMetrics(t), "order-1")
	require.Equal(t, 1.0, value(at.scrape(t), "highhelp_callbacks_total", map[string]string{"highhelp_route": "", "highhelp_outcome": "applied"}))
	for _, span := range at.Spans.Ended() {
		require.NotContains(t, attributes(span), "order_id")
	}
}

// Without an SDK everything goes on, and nothing is measured.
func TestWithoutAnSDK(t *testing.T) {
	s := newShop(t, func(string) highhelp.Hooks {
		hooks, err := otelhighhelp.New(otelhighhelp.Options{MeterProvider: metricnoop.NewMeterProvider()})
		require.NoError(t, err)
		return hooks
	})
	require.Equal(t, http.StatusOK, s.click("order-1"))
	require.Equal(t, http.StatusOK, s.deliver("success", says("order-1", "success", ""), callbackKey))
}

package otelhighhelp_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/otelhighhelp"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/trace"
	oteltrace "go.opentelemetry.io/otel/trace"
)

// spans returns what has ended, by name, and forgets it.
func (s *station) spans() map[string]trace.ReadOnlySpan {
	byName := map[string]trace.ReadOnlySpan{}
	for _, span := range s.Spans.Ended() {
		byName[span.Name()] = span
	}
	s.Spans.Reset()
	return byName
}

func attributes(span trace.ReadOnlySpan) map[string]any {
	out := map[string]any{}
	for _, kv := range span.Attributes() {
		out[string(kv.Key)] = kv.Value.AsInterface()
	}
	return out
}

func TestSpansOfACallback(t *testing.T) {
	at := newStation(t)
	var inHook oteltrace.SpanContext
	s := newShop(t, at.hooks(t), func(c *highhelp.Config) {
		c.OnPaid = func(ctx context.Context, _ highhelp.Event) error {
			inHook = oteltrace.SpanContextFromContext(ctx)
			return nil
		}
	})
	require.Equal(t, http.StatusOK, s.click("order-1"))
	at.spans()
	require.Equal(t, http.StatusOK, s.deliver("success", says("order-1", "success", ""), callbackKey))
	spans := at.spans()
	parents := map[string]string{}
	for name, span := range spans {
		require.Equal(t, oteltrace.SpanKindInternal, span.SpanKind(), name)
		require.Equal(t, codes.Unset, span.Status().Code, name)
		parents[name] = ""
		for other, o := range spans {
			if o.SpanContext().SpanID() == span.Parent().SpanID() {
				parents[name] = other
			}
		}
	}
	require.Equal(t, map[string]string{
		"highhelp.callback":        "",
		"highhelp.callback.read":   "highhelp.callback",
		"highhelp.callback.verify": "highhelp.callback",
		"highhelp.callback.apply":  "highhelp.callback",
		"highhelp.hook.OnPaid":     "highhelp.callback.apply",
	}, parents)
	require.Equal(t, map[string]any{
		"highhelp.route": "success", "highhelp.outcome": "applied", "http.response.status_code": int64(200),
	}, attributes(spans["highhelp.callback"]))
	require.Equal(t, map[string]any{"highhelp.hook": "OnPaid"}, attributes(spans["highhelp.hook.OnPaid"]))
	require.Equal(t, spans["highhelp.hook.OnPaid"].SpanContext().SpanID(), inHook.SpanID(), "the shop's own spans go below the hook's")

	require.Equal(t, http.StatusOK, s.deliver("success", says("order-1", "success", ""), callbackKey))
	require.Contains(t, at.spans(), "highhelp.callback.record", "a duplicate is journaled")
}

func TestSpansAreChildrenOfTheServers(t *testing.T) {
	at := newStation(t)
	s := newShop(t, at.hooks(t))
	tracer := at.Options.TracerProvider.Tracer("server")
	front := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, span := tracer.Start(r.Context(), "POST /pay/", oteltrace.WithSpanKind(oteltrace.SpanKindServer))
		defer span.End()
		s.Checkout.SuccessHandler().ServeHTTP(w, r.WithContext(ctx))
	}))
	resp, err := http.DefaultClient.Do(callback(t, front, says("order-1", "success", ""), foreignKey))
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	spans := at.spans()
	require.Equal(t, spans["POST /pay/"].SpanContext().SpanID(), spans["highhelp.callback"].Parent().SpanID())
}

// A refusal is no failure of this side. What failed is told by its kind.
func TestSpansTellTheKindOfError(t *testing.T) {
	kinds := func(spans map[string]trace.ReadOnlySpan) map[string]string {
		out := map[string]string{}
		for name, span := range spans {
			if kind := attributes(span)["error.type"]; kind != nil || span.Status().Code != codes.Unset {
				out[name] = fmt.Sprint(kind, " ", span.Status().Code)
			}
		}
		return out
	}
	at := newStation(t)
	fails := error(nil)
	s := newShop(t, at.hooks(t), func(c *highhelp.Config) {
		c.OnPaid = func(context.Context, highhelp.Event) error { return fails }
	})
	require.Equal(t, http.StatusOK, s.click("order-1"))
	paid := says("order-1", "success", "")
	for _, c := range []struct {
		name   string
		before func()
		do     func() int
		status int
		want   map[string]string
	}{
		{"a wrong signature", nil, func() int { return s.deliver("success", paid, foreignKey) }, 401,
			map[string]string{"highhelp.callback": "signature Unset", "highhelp.callback.verify": "signature Unset"}},
		{"no fields", nil, func() int { return s.deliver("success", []byte(`{"a":1}`), callbackKey) }, 400,
			map[string]string{"highhelp.callback": "400 Unset", "highhelp.callback.verify": "_OTHER Unset"}},
		{"an unknown payment", nil, func() int { return s.deliver("success", says("order-0", "success", ""), callbackKey) }, 404,
			map[string]string{"highhelp.callback": "not_found Unset", "highhelp.callback.apply": "not_found Unset"}},
		{"a failing hook", func() { fails = errBroken }, func() int { return s.deliver("success", paid, callbackKey) }, 500,
			map[string]string{"highhelp.callback": "500 Error", "highhelp.callback.apply": "_OTHER Error", "highhelp.hook.OnPaid": "_OTHER Error"}},
		{"a hook that runs out of time", func() { fails = fmt.Errorf("shipping: %w", context.DeadlineExceeded) },
			func() int { return s.deliver("success", paid, callbackKey) }, 500,
			map[string]string{"highhelp.callback": "500 Error", "highhelp.callback.apply": "timeout Error", "highhelp.hook.OnPaid": "timeout Error"}},
		{"a hook that returns an error of this project", func() { fails = highhelp.ErrBusy },
			func() int { return s.deliver("success", paid, callbackKey) }, 500,
			map[string]string{"highhelp.callback": "500 Error", "highhelp.callback.apply": "busy Error", "highhelp.hook.OnPaid": "busy Error"}},
		{"a broken store", func() { s.Store.fail(nil, errBroken) }, func() int { return s.deliver("success", paid, callbackKey) }, 503,
			map[string]string{"highhelp.callback": "503 Error", "highhelp.callback.apply": "_OTHER Error"}},
		{"a broken journal", func() { s.Store.fail(errBroken, nil) }, func() int { return s.deliver("success", paid, foreignKey) }, 401,
			map[string]string{"highhelp.callback": "signature Unset", "highhelp.callback.verify": "signature Unset", "highhelp.callback.record": "_OTHER Error"}},
		{"a gateway that fails", func() {
			s.Store.fail(nil, nil)
			s.Gateway.say(createPath, http.StatusInternalServerError, `{"status":"error"}`)
		}, func() int { return s.click("order-2") }, 502,
			map[string]string{"highhelp.ticket": "gateway_error Error", "highhelp.gateway.create": "500 Error"}},
		{"a gateway that hangs up", func() {
			s.Gateway.on(createPath, func(http.ResponseWriter) { panic(http.ErrAbortHandler) })
		}, func() int { return s.click("order-3") }, 502,
			map[string]string{"highhelp.ticket": "gateway_error Error", "highhelp.gateway.create": "_OTHER Error"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.before != nil {
				c.before()
			}
			at.spans()
			require.Equal(t, c.status, c.do())
			require.Equal(t, c.want, kinds(at.spans()))
		})
	}
}

func TestSpanOfAGatewayCall(t *testing.T) {
	at := newStation(t)
	s := newShop(t, at.hooks(t))
	tries := 0
	s.Gateway.on(infoPath, func(w http.ResponseWriter) {
		if tries++; tries < 3 {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		fmt.Fprint(w, `{"status":"processing","sub_status":"paid"}`)
	})
	_, err := s.Checkout.Client().Info(t.Context(), "order-1")
	require.NoError(t, err)
	span := at.spans()["highhelp.gateway.info"]
	require.Equal(t, oteltrace.SpanKindClient, span.SpanKind())
	u, err := url.Parse(s.BaseURL)
	require.NoError(t, err)
	require.Equal(t, map[string]any{
		"highhelp.call": "info", "http.request.method": "POST", "server.address": "127.0.0.1", "server.port": attributes(span)["server.port"],
		"http.response.status_code": int64(200), "http.request.resend_count": int64(2),
	}, attributes(span))
	require.Equal(t, u.Port(), fmt.Sprint(attributes(span)["server.port"]))
}

// No id, no text of an error and nothing that a payer typed is in any span,
// whatever happens in a day.
func TestSpansHoldNoIDs(t *testing.T) {
	at := aDay(t)
	require.Greater(t, len(at.Spans.Ended()), 50)
	for _, span := range at.Spans.Ended() {
		require.Empty(t, span.Events(), span.Name())
		require.Empty(t, span.Status().Description, span.Name())
		for _, kv := range span.Attributes() {
			text := strings.ToLower(fmt.Sprint(kv.Value.AsInterface()))
			for _, secret := range []string{"order-", "req-", "secret", "ivan", "2200", project} {
				require.NotContains(t, text, secret, "%s of %s", kv.Key, span.Name())
			}
		}
	}
}

func TestWithIDs(t *testing.T) {
	at := newStation(t)
	s := newShop(t, at.hooks(t), func(c *highhelp.Config) { c.OnPaid = otelhighhelp.WithIDs(c.OnPaid) })
	require.Equal(t, http.StatusOK, s.click("order-1"))
	require.Equal(t, http.StatusOK, s.deliver("success", says("order-1", "success", ""), callbackKey))
	require.Equal(t, map[string]any{
		"highhelp.hook": "OnPaid", "highhelp.order_id": "order-1", "highhelp.payment_id": "order-1",
	}, attributes(at.spans()["highhelp.hook.OnPaid"]))
	require.Nil(t, otelhighhelp.WithIDs(nil), "so that Config's own default holds, or its complaint")
}

// A callback whose span is not sampled costs no other span.
func TestUnsampledCallbacksHaveNoSpans(t *testing.T) {
	at := newStation(t)
	sampler := &countingSampler{}
	at.Options.TracerProvider = trace.NewTracerProvider(trace.WithSampler(sampler), trace.WithSpanProcessor(at.Spans))
	s := newShop(t, at.hooks(t))
	require.Equal(t, http.StatusOK, s.click("order-1"))
	sampler.asked = nil
	require.Equal(t, http.StatusOK, s.deliver("success", says("order-1", "success", ""), callbackKey))
	require.Equal(t, []string{"highhelp.callback"}, sampler.asked)
	require.Empty(t, at.Spans.Ended())
	require.Equal(t, 1.0, value(at.scrape(t), "highhelp_hook_duration_seconds_count", map[string]string{"highhelp_hook": "OnPaid"}))
	require.Positive(t, value(at.scrape(t), "highhelp_callback_last_authentic_timestamp_seconds", nil))
}

// Who traces decides: the sampler for what comes from outside, and the
// application's own span for what is inside it.
func TestSamplingFollowsTheServer(t *testing.T) {
	at := newStation(t)
	at.Options.TracerProvider = trace.NewTracerProvider(trace.WithSampler(trace.AlwaysSample()), trace.WithSpanProcessor(at.Spans))
	hooks := at.hooks(t)("https://gateway.example")
	id := oteltrace.SpanContextConfig{TraceID: oteltrace.TraceID{1}, SpanID: oteltrace.SpanID{1}}
	for _, c := range []struct {
		name    string
		sampled bool
		remote  bool
		want    int
	}{
		{"of this process, not sampled", false, false, 0},
		{"of another process, not sampled", false, true, 1},
		{"of this process, sampled", true, false, 2},
		{"of another process, sampled", true, true, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			outer := id
			outer.Remote, outer.TraceFlags = c.remote, oteltrace.TraceFlags(0).WithSampled(c.sampled)
			outerCtx := oteltrace.ContextWithSpanContext(t.Context(), oteltrace.NewSpanContext(outer))
			for _, operation := range []string{"reconcile", "callback.read"} {
				_, end := hooks.Start(outerCtx, operation)
				end(nil)
			}
			require.Len(t, at.spans(), c.want)
		})
	}
}

// A countingSampler samples nothing and notes what it was asked.
type countingSampler struct{ asked []string }

func (s *countingSampler) Description() string { return "nothing" }

func (s *countingSampler) ShouldSample(p trace.SamplingParameters) trace.SamplingResult {
	s.asked = append(s.asked, p.Name)
	return trace.SamplingResult{Decision: trace.Drop}
}

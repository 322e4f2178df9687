package sandbox_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-highhelp/highhelp/sandbox"
	"github.com/stretchr/testify/require"
)

// A bubble is a gateway and a shop inside a synctest bubble, whose clock is
// the fake time.Now. No sockets: they would keep that clock from moving.
type bubble struct {
	*rig
	born time.Time
}

// A wire carries callbacks to the shop without a socket.
type wire struct {
	shop http.Handler
	took time.Duration // of each try
}

func (w wire) RoundTrip(req *http.Request) (*http.Response, error) {
	select {
	case <-time.After(w.took):
	case <-req.Context().Done():
		return nil, req.Context().Err()
	}
	rec := httptest.NewRecorder()
	w.shop.ServeHTTP(rec, req)
	return rec.Result(), nil
}

func newBubble(t *testing.T, took time.Duration, changes ...func(*sandbox.Config)) *bubble {
	b := &bubble{rig: &rig{t: t, keys: sharedKeys(), shop: offlineShop(t), log: new(bytes.Buffer)}, born: time.Now()}
	b.shop.server = &httptest.Server{URL: "https://shop.example"}
	cfg := sandbox.Config{
		PublicURL:  "https://gateway.example",
		Projects:   []sandbox.Project{b.keys.Project()},
		HTTPClient: &http.Client{Transport: wire{b.shop, took}},
		Logger:     slog.New(slog.DiscardHandler),
		// Bubbles begin in the year 2000, when Unix time had nine digits.
		Now: func() time.Time { return time.Now().AddDate(26, 0, 0) },
	}
	for _, change := range changes {
		change(&cfg)
	}
	gateway, err := sandbox.New(cfg)
	require.NoError(t, err)
	b.gateway = gateway
	return b
}

// create creates a ticket by a signed request.
func (b *bubble) create(paymentID string) {
	body, err := json.Marshal(b.order(paymentID))
	require.NoError(b.t, err)
	header, err := b.keys.RequestPrivate.Sign(body, time.Now().AddDate(26, 0, 0))
	require.NoError(b.t, err)
	req := httptest.NewRequest(http.MethodPost, createPath, bytes.NewReader(body))
	req.Header = header
	req.Header.Set("content-type", "application/json")
	req.Header.Set("x-access-merchant-id", projectID)
	rec := httptest.NewRecorder()
	b.gateway.ServeHTTP(rec, req)
	require.Equal(b.t, http.StatusOK, rec.Code, rec.Body.String())
}

// run runs the gateway until the returned func is called, which returns how
// long Run took to return, and what it returned.
func (b *bubble) run() (stop func() (time.Duration, error)) {
	ctx, cancel := context.WithCancel(b.t.Context())
	done := make(chan error, 1)
	go func() { done <- b.gateway.Run(ctx) }()
	return func() (time.Duration, error) {
		began := time.Now()
		cancel()
		err := <-done
		return time.Since(began), err
	}
}

// when lists the callbacks of a status by the time at which they began.
func (b *bubble) when(status string) []time.Duration {
	var at []time.Duration
	for _, d := range b.gateway.Deliveries() {
		if d.Status.String() == status {
			at = append(at, d.Time.AddDate(-26, 0, 0).Sub(b.born))
		}
	}
	return at
}

// Run sends at once, repeats by the schedule, and notices what ends by itself.
func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBubble(t, 0)
		b.shop.respond(refuseFirst(3, 500))
		stop := b.run()
		const m, s = time.Minute, time.Second
		time.Sleep(m)
		b.create("1")
		time.Sleep(m)
		b.act("1", sandbox.Open)
		time.Sleep(time.Hour)
		require.Equal(t, []time.Duration{2 * m, 2*m + s, 2*m + 3*s, 2*m + 8*s}, b.when("processing:requisites"))
		require.Equal(t, []time.Duration{11 * m}, b.when("dispute:no_payment"))

		b.create("2") // and nobody opens its page
		time.Sleep(time.Hour)
		require.Equal(t, []time.Duration{11 * m, 72 * m}, b.when("dispute:no_payment"))

		took, err := stop()
		require.ErrorIs(t, err, context.Canceled)
		require.Zero(t, took)
	}) // fails if a goroutine is left
}

// Tickets do not wait for each other, but at most 16 are served at once.
func TestRunIsConcurrent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBubble(t, time.Second)
		for i := range 40 {
			b.create(strconv.Itoa(i))
			b.act(strconv.Itoa(i), sandbox.Open)
		}
		require.NoError(t, b.gateway.Deliver(t.Context()))
		want := slices.Repeat([]time.Duration{0}, 16)
		want = append(want, slices.Repeat([]time.Duration{time.Second}, 16)...)
		want = append(want, slices.Repeat([]time.Duration{2 * time.Second}, 8)...)
		require.Equal(t, want, b.when("processing:requisites"))
	})
}

func TestRunStopsTries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBubble(t, 5*time.Second)
		b.create("1")
		b.act("1", sandbox.Open)
		stop := b.run()
		time.Sleep(3 * time.Second)
		took, err := stop()
		require.ErrorIs(t, err, context.Canceled)
		require.Zero(t, took)
		rows := b.gateway.Deliveries()
		require.Len(t, rows, 1)
		require.ErrorIs(t, rows[0].Err, context.Canceled)

		// What was stopped counts as no try, and is still due.
		require.NoError(t, b.gateway.Deliver(t.Context()))
		rows = b.gateway.Deliveries()
		require.Len(t, rows, 2)
		require.Equal(t, 1, rows[1].Try)
		require.True(t, rows[1].OK())
	})
}

// The first try of an event ends before that of the next begins, and then a
// failing one holds nothing up.
func TestOrderOfFirstTries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBubble(t, 3*time.Second)
		b.shop.respond(func(w http.ResponseWriter, q *http.Request) {
			if q.URL.Path == "/info" {
				w.WriteHeader(http.StatusInternalServerError)
			}
		})
		b.create("1")
		b.act("1", sandbox.Pay)
		stop := b.run()
		time.Sleep(12500 * time.Millisecond)
		_, _ = stop()
		const s = time.Second
		require.Equal(t, []time.Duration{0, 4 * s, 9 * s}, b.when("processing:requisites"))
		require.Equal(t, []time.Duration{3 * s, 7 * s, 12 * s}, b.when("processing:paid"))
		require.Equal(t, []time.Duration{6 * s}, b.when("success"))
	})
}

func TestTryTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBubble(t, time.Hour)
		b.create("1")
		b.act("1", sandbox.Open)
		require.NoError(t, b.gateway.Deliver(t.Context()))
		require.Equal(t, 10*time.Second, time.Since(b.born))
		require.ErrorIs(t, b.gateway.Deliveries()[0].Err, context.DeadlineExceeded)
	})
}

// Deliver waits for what Run has under way, but not for what is due later.
func TestDeliverBesideRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBubble(t, 2*time.Second)
		b.create("1")
		b.act("1", sandbox.Open)
		stop := b.run()
		synctest.Wait()
		require.NoError(t, b.gateway.Deliver(t.Context()))
		require.Equal(t, 2*time.Second, time.Since(b.born))
		require.Len(t, b.shop.alerts(), 1)
		_, _ = stop()
	})
}

func TestDeliverObeysContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBubble(t, time.Hour)
		b.create("1")
		b.act("1", sandbox.Open)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.ErrorIs(t, b.gateway.Deliver(ctx), context.DeadlineExceeded)
		require.Equal(t, time.Second, time.Since(b.born))
		require.ErrorIs(t, b.gateway.Deliver(ctx), context.DeadlineExceeded)
		require.Len(t, b.gateway.Deliveries(), 1, "with ctx ended nothing is tried")
	})
}

// The same over sockets: a shop that never answers does not keep Run.
func TestRunStopsOverTheWire(t *testing.T) {
	r := newRig(t)
	arrived := make(chan struct{})
	var hung atomic.Int32
	r.shop.respond(func(_ http.ResponseWriter, q *http.Request) {
		if hung.Add(1) == 1 {
			close(arrived)
		}
		<-q.Context().Done()
	})
	r.create(r.order("1"))
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- r.gateway.Run(ctx) }()
	r.act("1", sandbox.Open)
	<-arrived
	began := time.Now()
	cancel()
	require.ErrorIs(t, <-done, context.Canceled)
	require.Less(t, time.Since(began), time.Second)
	require.NotContains(t, goroutines(t), "sandbox.(*Gateway)")
}

// goroutines returns the stacks of all goroutines.
func goroutines(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	require.NoError(t, pprof.Lookup("goroutine").WriteTo(&b, 2))
	return b.String()
}

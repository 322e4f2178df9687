package sandbox_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp/sandbox"
	"github.com/stretchr/testify/require"
)

// refuseFirst answers the first n callbacks with code, and then 204.
func refuseFirst(n int, code int) http.HandlerFunc {
	var count atomic.Int32
	return func(w http.ResponseWriter, _ *http.Request) {
		if int(count.Add(1)) <= n {
			w.WriteHeader(code)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}
}

func (r *rig) tries(status string) (tries []int, codes []int, after []time.Duration) {
	start := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, d := range r.gateway.Deliveries() {
		if d.Status.String() == status {
			tries, codes = append(tries, d.Try), append(codes, d.HTTPStatus)
			after = append(after, d.Time.Sub(start))
		}
	}
	return tries, codes, after
}

func TestRetryUntil2xx(t *testing.T) {
	for _, code := range []int{302, 400, 404, 410, 500, 503} {
		t.Run(strconv.Itoa(code), func(t *testing.T) {
			r := newRig(t)
			r.shop.respond(refuseFirst(3, code))
			r.create(r.order("1"))
			r.act("1", sandbox.Open)
			for range 12 {
				r.deliver()
				r.clock.Advance(time.Second)
			}
			tries, codes, after := r.tries("processing:requisites")
			require.Equal(t, []int{1, 2, 3, 4}, tries)
			require.Equal(t, []int{code, code, code, 204}, codes)
			require.Equal(t, []time.Duration{0, time.Second, 3 * time.Second, 8 * time.Second}, after)

			// Each try is signed anew.
			var stamps []string
			for _, a := range r.shop.alerts() {
				stamps = append(stamps, a.header.Get("x-access-timestamp"))
			}
			require.Equal(t, []string{"1772366400", "1772366401", "1772366403", "1772366408"}, stamps)
		})
	}
}

// After the end of the schedule a callback is given up.
func TestGiveUp(t *testing.T) {
	r := newRig(t, func(c *sandbox.Config) { c.Schedule = []time.Duration{time.Second, time.Minute} })
	r.shop.respond(refuseFirst(100, 500))
	r.create(r.order("1"))
	r.act("1", sandbox.Open)
	for range 100 {
		r.deliver()
		r.clock.Advance(time.Second)
	}
	_, _, after := r.tries("processing:requisites")
	require.Equal(t, []time.Duration{time.Second, 61 * time.Second}, after)
	require.Contains(t, r.log.String(), "gave_up=true")
}

func TestDefaultSchedule(t *testing.T) {
	r := newRig(t)
	r.shop.respond(refuseFirst(100, 500))
	r.create(r.order("1"))
	r.act("1", sandbox.Pay)
	var waits []time.Duration
	for _, wait := range []time.Duration{
		0, time.Second, 2 * time.Second, 5 * time.Second, 15 * time.Second, time.Minute, 5 * time.Minute,
		15 * time.Minute, time.Hour, 6 * time.Hour, 24 * time.Hour,
	} {
		r.clock.Advance(wait)
		r.deliver()
		waits = append(waits, wait)
	}
	r.clock.Advance(1000 * time.Hour)
	r.deliver()
	tries, _, _ := r.tries("success")
	require.Len(t, tries, len(waits))
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	r := newRig(t, func(c *sandbox.Config) { c.HTTPClient = &http.Client{} })
	r.shop.respond(func(w http.ResponseWriter, q *http.Request) {
		http.Redirect(w, q, "/elsewhere", http.StatusTemporaryRedirect)
	})
	r.create(r.order("1"))
	r.act("1", sandbox.Open)
	r.deliver()
	require.Equal(t, []string{"/info processing:requisites"}, r.shop.told())
	require.Equal(t, 307, r.gateway.Deliveries()[0].HTTPStatus)
}

func TestShopThatCannotBeReached(t *testing.T) {
	r := newRig(t)
	r.create(set(r.order("1"), "general", "merchant_callback_url", "http://127.0.0.1:1/secret"))
	r.act("1", sandbox.Open)
	r.deliver()
	d := r.gateway.Deliveries()[0]
	require.Zero(t, d.HTTPStatus)
	require.ErrorContains(t, d.Err, "connection refused")
	require.NotContains(t, d.Err.Error(), "secret")
	require.False(t, d.OK())
	r.clock.Advance(time.Second)
	r.deliver()
	require.Len(t, r.gateway.Deliveries(), 2)
}

// An endless answer neither fills the memory nor spoils its code.
func TestEndlessAnswer(t *testing.T) {
	r := newRig(t)
	var sent atomic.Int64
	r.shop.respond(func(w http.ResponseWriter, q *http.Request) {
		for q.Context().Err() == nil {
			n, err := io.WriteString(w, strings.Repeat("x", 32<<10))
			sent.Add(int64(n))
			if err != nil {
				return
			}
		}
	})
	r.create(r.order("1"))
	r.act("1", sandbox.Open)
	r.deliver()
	require.True(t, r.gateway.Deliveries()[0].OK())
	require.Less(t, sent.Load(), int64(64<<20))
}

// The log holds what was sent and what was answered.
func TestDeliveries(t *testing.T) {
	r := newRig(t)
	ticket := r.create(r.order("1"))
	r.act("1", sandbox.Refuse)
	r.deliver()
	row := sandbox.Delivery{
		ID: 1, Time: r.clock.Now(), ProjectID: projectID, PaymentID: "1", RequestID: ticket.RequestID,
		Status: sandbox.Status{Main: "processing", Sub: "requisites"}, URL: r.shop.url("/info"), Try: 1,
		HTTPStatus: 200, AnswerBody: []byte("OK"),
	}
	final := row
	final.ID, final.URL = 2, r.shop.url("/decline")
	final.Status = sandbox.Status{Main: "decline", Description: "refused by the client"}
	want := []sandbox.Delivery{row, final}
	rows := r.gateway.Deliveries()
	require.Len(t, rows, 2)
	for i, alert := range r.shop.alerts() {
		require.Equal(t, alert.body, string(rows[i].RequestBody))
		require.Equal(t, alert.header.Get("x-access-signature"), rows[i].RequestHeader.Get("x-access-signature"))
		require.Equal(t, "2", rows[i].AnswerHeader.Get("Content-Length"))
		want[i].RequestBody, want[i].RequestHeader, want[i].AnswerHeader = rows[i].RequestBody, rows[i].RequestHeader, rows[i].AnswerHeader
	}
	require.Equal(t, want, rows)
	rows[0].URL = "mine now"
	require.Equal(t, want[0].URL, r.gateway.Deliveries()[0].URL)
}

func TestDeliveriesAreBounded(t *testing.T) {
	r := newRig(t, func(c *sandbox.Config) { c.Schedule = slices.Repeat([]time.Duration{0}, 1005) })
	r.create(set(r.order("1"), "general", "merchant_callback_url", "http://127.0.0.1:1/"))
	r.act("1", sandbox.Open)
	r.deliver()
	rows := r.gateway.Deliveries()
	require.Len(t, rows, 1000)
	require.Equal(t, 6, rows[0].Try)
	require.Equal(t, 1005, rows[999].Try)
}

// Deliveries are logged, without what was sent.
func TestDeliveriesAreLogged(t *testing.T) {
	r := newRig(t)
	r.create(r.order("1"))
	r.act("1", sandbox.Pay)
	r.deliver()
	require.Equal(t, 3, strings.Count(r.log.String(), `msg="sandbox: callback"`))
	for _, a := range r.shop.alerts() {
		require.NotContains(t, r.log.String(), a.header.Get("x-access-signature"))
	}
	for _, secret := range []string{"payment_info", "123450", "sandbox-"} {
		require.NotContains(t, r.log.String(), secret)
	}
}

// Shops, payers and couriers at once, for the race detector.
func TestConcurrentUse(t *testing.T) {
	r := newRig(t)
	ctx, cancel := context.WithCancel(t.Context())
	var run sync.WaitGroup
	run.Go(func() { _ = r.gateway.Run(ctx) })
	t.Run("at once", func(t *testing.T) {
		for i := range 8 {
			id := strconv.Itoa(i)
			t.Run(id, func(t *testing.T) {
				t.Parallel()
				r := r.on(t)
				ticket := r.create(r.order(id))
				r.get(ticket.URL)
				r.press(ticket.URL, sandbox.Pay)
				r.post(infoPath, general(id))
				r.post(balancePath, general(id))
				r.deliver()
				_ = r.gateway.Deliveries()
			})
		}
	})
	r.deliver()
	cancel()
	run.Wait()
	require.Len(t, r.shop.alerts(), 8*3)
}

// A Gateway at the root of a server works as well.
func TestAtTheRoot(t *testing.T) {
	server := httptest.NewUnstartedServer(nil)
	address := "http://" + server.Listener.Addr().String()
	r := newRig(t, func(c *sandbox.Config) { c.PublicURL = address })
	server.Config.Handler = r.gateway
	server.Start()
	defer server.Close()
	r.url = address
	ticket := r.create(r.order("1"))
	require.True(t, strings.HasPrefix(ticket.URL, address+"/pay/"))
	require.Equal(t, http.StatusOK, r.get(ticket.URL).code)
}

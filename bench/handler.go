package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/go-highhelp/highhelp"
)

// What the whole handler may need beyond an empty one that reads the body, and
// beyond verification, and how many objects it may allocate.
const (
	handlerGoal   = 10 * time.Microsecond
	handlerAllocs = 40
)

// A visit is a request that is served over and over, without a connection.
type visit struct {
	request http.Request
	body    bytes.Reader
	header  http.Header
	status  int
}

func (v *visit) Header() http.Header         { return v.header }
func (v *visit) Write(b []byte) (int, error) { return len(b), nil }
func (v *visit) WriteHeader(status int)      { v.status = status }

// SetReadDeadline is what a connection of net/http has.
func (v *visit) SetReadDeadline(time.Time) error { return nil }

func newVisit() *visit {
	return &visit{request: http.Request{Method: http.MethodPost, RemoteAddr: "192.0.2.1:443"}, header: http.Header{}}
}

// serve panics unless the answer is 200.
func (v *visit) serve(h http.Handler, body []byte, header http.Header) {
	v.body.Reset(body)
	v.request.Header, v.request.ContentLength, v.request.Body = header, int64(len(body)), io.NopCloser(&v.body)
	v.status = http.StatusOK
	clear(v.header)
	h.ServeHTTP(v, &v.request)
	if v.status != http.StatusOK {
		panic(fmt.Sprintf("answered %d", v.status))
	}
}

// shop is the kit as a program mounts it, with payments in memory, and OnPaid
// that does nothing.
func (b *bench) shop() (http.Handler, *highhelp.MemStore) {
	store := new(highhelp.MemStore)
	c := must(highhelp.New(highhelp.Config{
		ProjectID: "57aff4db-b45d-42bf-bc5f-b7a499a01782", BaseURL: "https://gateway.example", PublicURL: "https://shop.example/pay",
		Signer: b.hmacKey, Verifier: b.hmacKey, Store: store, Logger: slog.New(slog.DiscardHandler),
		OnPaid: func(context.Context, highhelp.Event) error { return nil },
	}))
	return c.SuccessHandler(), store
}

// mint makes a payment that waits for its success.
func (b *bench) mint(store *highhelp.MemStore, id string) {
	check(store.Insert(context.Background(), highhelp.Payment{
		Key: highhelp.Key{ProjectID: "57aff4db-b45d-42bf-bc5f-b7a499a01782", OrderID: id}, CreatedAt: b.now, UpdatedAt: b.now, CheckAt: b.now.Add(time.Hour),
		Attempts: []highhelp.Attempt{{
			N: 1, PaymentID: id, Amount: highhelp.Money{Minor: 10000, Currency: "RUB"}, Sent: true, CreatedAt: b.now,
			Ticket: highhelp.Ticket{PaymentID: id, URL: "https://pay.example/0123456789", ExpiresAt: b.now.Add(time.Hour)},
		}},
	}))
}

// applied is a callback that takes effect, each time that of another payment.
// Payments and signatures are made before a turn.
func (b *bench) applied() subject {
	h, store := b.shop()
	v := newVisit()
	type one struct {
		body   []byte
		header http.Header
	}
	var ready []one
	made := 0
	prepare := func(n int) {
		for ready = ready[:0]; len(ready) < n; made++ {
			id := fmt.Sprintf("a-%08d", made)
			b.mint(store, id)
			body := bytes.Replace(b.body, []byte("order-1001"), []byte(id), 1)
			ready = append(ready, one{body, must(b.hmacKey.Sign(body, b.now))})
		}
	}
	return subject{name: "handler, applied", run: func() {
		last := len(ready) - 1
		v.serve(h, ready[last].body, ready[last].header)
		ready = ready[:last]
	}, prepare: prepare}
}

// duplicate is a callback that was taken in before.
func (b *bench) duplicate() subject {
	h, store := b.shop()
	b.mint(store, "order-1001")
	v := newVisit()
	v.serve(h, b.body, b.hmacHeaders)
	return subject{name: "handler, duplicate", run: func() { v.serve(h, b.body, b.hmacHeaders) }}
}

// empty is a handler that reads the body and answers.
func (b *bench) empty() subject {
	v := newVisit()
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		must(io.ReadAll(http.MaxBytesReader(w, r.Body, 64<<10)))
		w.WriteHeader(http.StatusOK)
	})
	return subject{name: "empty handler that reads the body", run: func() { v.serve(h, b.body, b.hmacHeaders) }}
}

// leastHandler is what no handler can go below that verifies as this kit does.
func (b *bench) leastHandler() subject {
	empty, verify := b.empty(), b.verifyHMAC()
	return subject{name: "empty handler, and HMAC verify and decode", run: func() { empty.run(); verify.run() }}
}

// handlers compares the whole handler with its parts.
func (r *report) handlers(benches []*bench, rounds int) {
	r.head("whole handler\tbody\tns\tempty + verify\tbeyond\tgoal\t\tobjects\tgoal\t")
	for _, b := range benches {
		for _, s := range []subject{b.applied(), b.duplicate()} {
			x := compare(s, b.leastHandler(), rounds)
			objects, _ := allocations(s)
			fmt.Fprintf(r.w, "%s\t%s\t%d\t%d\t%d\t%d\t%s\t%d\t%d\t%s\n", s.name, b.name, x.a.Nanoseconds(), x.b.Nanoseconds(), (x.a - x.b).Nanoseconds(),
				handlerGoal.Nanoseconds(), r.verdict(float64(x.a-x.b), float64(handlerGoal), true), objects, handlerAllocs,
				r.verdict(float64(objects), handlerAllocs, true))
		}
	}
	check(r.w.Flush())
}

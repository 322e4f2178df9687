package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/signer"
)

const project = "57aff4db-b45d-42bf-bc5f-b7a499a01782"

// A shop is the program under load.
type shop struct {
	store shelf

	mu       sync.Mutex
	ships    map[string]int // by order, of generations that are not closed
	paid     int            // how often OnPaid ran
	sizes    map[int]int    // orders of generations that are not closed
	stored   int
	statuses map[int]int
}

// A report is what the shop knows at its end.
type report struct {
	Statuses   map[int]int // answers
	Paid       int         // how often OnPaid ran
	Orders     map[string]fate
	Goroutines int // that are left
	Before     int // as many there were before it listened
}

// A fate is what became of an order.
type fate struct {
	Paid  bool // in the store
	Ships int
}

// A state is what the shop looks like now.
type state struct {
	Heap       uint64 // live, after a collection
	Goroutines int
	Stored     int // payments
}

func serveShop(kind string, keep bool) {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	s := &shop{store: openShelf(ctx, kind, keep), ships: map[string]int{}, sizes: map[int]int{}, statuses: map[int]int{}}
	defer s.store.close()
	key := must(signer.NewHMACKey("load", os.Getenv(keyVariable)))
	checkout := must(highhelp.New(highhelp.Config{
		ProjectID: project, BaseURL: "https://gateway.example", PublicURL: "https://shop.example/pay",
		Signer: key, Verifier: key, Store: s.store, Logger: slog.New(slog.DiscardHandler), OnPaid: s.onPaid,
	}))
	before := runtime.NumGoroutine()
	public, admin := must(net.Listen("tcp", "127.0.0.1:0")), must(net.Listen("tcp", "127.0.0.1:0"))
	server := &http.Server{Handler: s.count(checkout.Handler(nil)), ReadHeaderTimeout: 10 * time.Second}
	beside := &http.Server{Handler: s.admin(), ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(public) }()
	go func() { _ = beside.Serve(admin) }()
	check(json.NewEncoder(os.Stdout).Encode(map[string]string{"Public": public.Addr().String(), "Admin": admin.Addr().String()}))

	<-ctx.Done()
	end, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	check(server.Shutdown(end))
	check(beside.Shutdown(end))
	r := report{Statuses: s.statuses, Paid: s.paid, Orders: s.fates(end), Goroutines: settled(before), Before: before}
	check(json.NewEncoder(os.Stdout).Encode(r))
}

// settled waits until no more goroutines are left than before, but not long.
func settled(before int) int {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for range 200 {
		if runtime.NumGoroutine() <= before {
			break
		}
		<-tick.C
	}
	return runtime.NumGoroutine()
}

func (s *shop) onPaid(_ context.Context, e highhelp.Event) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ships[e.OrderID]++
	s.paid++
	return nil
}

// A counted answer remembers its status.
type counted struct {
	http.ResponseWriter
	status int
}

func (w *counted) WriteHeader(status int)      { w.status = status; w.ResponseWriter.WriteHeader(status) }
func (w *counted) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (s *shop) count(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := &counted{w, http.StatusOK}
		next.ServeHTTP(c, r)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.statuses[c.status]++
	})
}

// admin is what the other process asks beside the load.
func (s *shop) admin() http.Handler {
	mux := http.NewServeMux()
	answer := func(w http.ResponseWriter, v any) { check(json.NewEncoder(w).Encode(v)) }
	mux.HandleFunc("/orders", func(w http.ResponseWriter, r *http.Request) {
		generation, n := number(r, "generation"), number(r, "n")
		s.mint(r.Context(), generation, n)
		answer(w, n)
	})
	mux.HandleFunc("/close", func(w http.ResponseWriter, r *http.Request) {
		answer(w, s.closed(r.Context(), number(r, "generation")))
	})
	mux.HandleFunc("/state", func(w http.ResponseWriter, _ *http.Request) {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC() // what pools have kept over the first one
		runtime.ReadMemStats(&m)
		s.mu.Lock()
		defer s.mu.Unlock()
		answer(w, state{m.HeapAlloc, runtime.NumGoroutine(), s.stored})
	})
	return mux
}

func number(r *http.Request, name string) int { return must(strconv.Atoi(r.FormValue(name))) }

func orderID(generation, i int) string { return fmt.Sprintf("g%d-%d", generation, i) }

// mint makes orders that wait for their success.
func (s *shop) mint(ctx context.Context, generation, n int) {
	var running sync.WaitGroup
	for part := range writers { // a database saves several at once
		running.Go(func() {
			for i := part; i < n; i += writers {
				check(s.store.Insert(ctx, waiting(orderID(generation, i))))
			}
		})
	}
	running.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sizes[generation] = n
	s.stored += n
}

const writers = 8

func waiting(id string) highhelp.Payment {
	now := time.Now()
	return highhelp.Payment{
		Key: highhelp.Key{ProjectID: project, OrderID: id}, CreatedAt: now, UpdatedAt: now, CheckAt: now.Add(time.Hour),
		Attempts: []highhelp.Attempt{{
			N: 1, PaymentID: id, Amount: highhelp.Money{Minor: 10000, Currency: "RUB"}, Sent: true, CreatedAt: now,
			Ticket: highhelp.Ticket{PaymentID: id, URL: "https://pay.example/0123456789012345678901234567890123456789", StatusToken: "token", ExpiresAt: now.Add(time.Hour)},
		}},
	}
}

// fates looks all orders up that are not closed.
func (s *shop) fates(ctx context.Context) map[string]fate {
	all := map[string]fate{}
	for generation := range s.sizes {
		for id, f := range s.fatesOf(ctx, generation) {
			all[id] = f
		}
	}
	return all
}

func (s *shop) fatesOf(ctx context.Context, generation int) map[string]fate {
	s.mu.Lock()
	n := s.sizes[generation]
	s.mu.Unlock()
	all := map[string]fate{}
	for i := range n {
		id := orderID(generation, i)
		p := must(s.store.Payment(ctx, highhelp.Key{ProjectID: project, OrderID: id}))
		s.mu.Lock()
		all[id] = fate{p.Paid(), s.ships[id]}
		s.mu.Unlock()
	}
	return all
}

// closed tells what became of the orders of a generation, and forgets them.
func (s *shop) closed(ctx context.Context, generation int) map[string]fate {
	all := s.fatesOf(ctx, generation)
	dropped := s.store.drop(generation)
	s.mu.Lock()
	defer s.mu.Unlock()
	for id := range all {
		delete(s.ships, id)
	}
	delete(s.sizes, generation)
	if dropped {
		s.stored -= len(all)
	}
	return all
}

// Command spa is a shop whose front end is one page that draws itself: plain
// modules, no build step. The page mounts the widget, and the server has an API
// of two routes beside the handler of package highhelp.
//
//	SHOP_ADDR   where it listens; default 127.0.0.1:8080
//
// The payments come from a sandbox, unless HIGHHELP_BASE_URL and its like say
// otherwise; see internal/gateway. It forgets its orders with the process.
package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/examples/internal/gateway"
	"github.com/go-highhelp/highhelp/widget"
	"golang.org/x/sync/errgroup"
)

//go:embed static
var files embed.FS

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Getenv, func(url string) { fmt.Println("shop:", url) }); err != nil {
		slog.Error("spa", "error", err)
		os.Exit(1)
	}
}

// run serves the shop until ctx ends.
func run(ctx context.Context, getenv func(string) string, ready func(url string)) error {
	listener, err := net.Listen("tcp", cmp.Or(getenv("SHOP_ADDR"), "127.0.0.1:8080"))
	if err != nil {
		return err
	}
	defer listener.Close()
	gateway, err := gateway.Open(getenv, listener.Addr())
	if err != nil {
		return err
	}
	handler, err := newShop(gateway)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return gateway.Run(ctx) })
	group.Go(func() error { return server.Serve(listener) })
	group.Go(func() error {
		<-ctx.Done()
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
		defer cancel()
		return server.Shutdown(ctx)
	})
	ready("http://" + listener.Addr().String())
	if err := group.Wait(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// A shop keeps its orders in memory.
type shop struct {
	checkout *highhelp.Checkout
	url      string // its origin
	mu       sync.Mutex
	paid     map[string]bool // by the id of the order
}

// An order is what the page knows of it.
type order struct {
	ID        string `json:"id"`
	Amount    string `json:"amount"`
	Paid      bool   `json:"paid"`
	StatusURL string `json:"status_url,omitempty"` // while it is being paid
}

var price = highhelp.Money{Minor: 10000, Currency: "RUB"}

func newShop(g *gateway.Gateway) (http.Handler, error) {
	s := &shop{url: strings.TrimSuffix(g.Config.PublicURL, "/pay"), paid: map[string]bool{}}
	cfg := g.Config
	cfg.Store, cfg.OnPaid = &highhelp.MemStore{}, s.markPaid
	var err error
	if s.checkout, err = highhelp.New(cfg); err != nil {
		return nil, err
	}
	pages, err := pages(g.Pages)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/pay/", s.checkout.Handler(s.find))
	mux.Handle("/", pages)                                                            // "GET /" would conflict with "/pay/"
	mux.HandleFunc("GET /orders/{id}", func(w http.ResponseWriter, r *http.Request) { // drawn by the same page
		r.URL.Path = "/"
		pages.ServeHTTP(w, r)
	})
	mux.HandleFunc("POST /api/orders", s.add)
	mux.HandleFunc("GET /api/orders/{id}", s.show)
	return http.NewCrossOriginProtection().Handler(mux), nil // lets callbacks pass
}

// pages serves the front end under a policy that allows what it needs.
func pages(payments string) (http.Handler, error) {
	static, err := fs.Sub(files, "static")
	if err != nil {
		return nil, err
	}
	policy := ""
	if payments != "" { // where they are not known, no policy is better than one that blocks them
		csp, err := widget.CSP(widget.CSPOptions{
			TicketURL: "/pay/tickets", AssetsURL: "/pay/widget/", PaymentOrigins: []string{payments}, Mounted: true,
		})
		if err != nil {
			return nil, err
		}
		policy = "default-src 'none'; base-uri 'none'; " + csp.String()
	}
	server := http.FileServerFS(static)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if policy != "" {
			w.Header().Set("Content-Security-Policy", policy)
		}
		server.ServeHTTP(w, r)
	}), nil
}

// markPaid is OnPaid. MemStore is no transaction: it may run again.
func (s *shop) markPaid(_ context.Context, e highhelp.Event) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.paid[e.OrderID] = true
	return nil
}

func (s *shop) isPaid(id string) (paid, known bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	paid, known = s.paid[id]
	return paid, known
}

// find is the OrderFunc: the amount is the server's, whatever the page says.
func (s *shop) find(r *http.Request) (highhelp.Order, error) {
	id, err := highhelp.OrderID(r)
	if _, known := s.isPaid(id); err == nil && !known {
		err = highhelp.ErrNoOrder
	}
	return highhelp.Order{ID: id, Amount: price, Description: "A notebook", RedirectURL: s.url + "/orders/" + id}, err
}

func (s *shop) add(w http.ResponseWriter, _ *http.Request) {
	id := strings.ToLower(rand.Text())
	s.mu.Lock()
	s.paid[id] = false
	s.mu.Unlock()
	answer(w, http.StatusCreated, order{ID: id, Amount: price.String()})
}

func (s *shop) show(w http.ResponseWriter, r *http.Request) {
	o := order{ID: r.PathValue("id"), Amount: price.String()}
	var known bool
	if o.Paid, known = s.isPaid(o.ID); !known {
		http.NotFound(w, r)
		return
	}
	if payment, err := s.checkout.Payment(r.Context(), o.ID); err == nil && payment.State() == "pending" {
		o.StatusURL = s.checkout.StatusURL(payment)
	}
	answer(w, http.StatusOK, o)
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

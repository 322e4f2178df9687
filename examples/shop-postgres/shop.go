package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"strings"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/examples/internal/gateway"
	"github.com/go-highhelp/highhelp/sqlstore"
	"github.com/go-highhelp/highhelp/widget"
)

//go:embed pages.html
var files embed.FS

var pages = template.Must(template.ParseFS(files, "pages.html"))

const createOrders = `CREATE TABLE IF NOT EXISTS orders (
	id      text PRIMARY KEY,
	what    text NOT NULL,
	amount  bigint NOT NULL,
	paid_at timestamptz
)`

// A shop sells notebooks.
type shop struct {
	db       *sql.DB
	checkout *highhelp.Checkout
	policy   string // of its pages
}

// newShop makes the tables that are missing. A real one leaves that to its
// migrations; see sqlstore.Migrations.
func newShop(ctx context.Context, db *sql.DB, g *gateway.Gateway) (*shop, error) {
	if _, err := db.ExecContext(ctx, createOrders); err != nil {
		return nil, err
	}
	store, err := sqlstore.New(sqlstore.Config{DB: db, Dialect: sqlstore.PostgreSQL})
	if err != nil {
		return nil, err
	}
	if err := store.Migrate(ctx); err != nil {
		return nil, err
	}
	s := &shop{db: db}
	if s.policy, err = policy(g.Pages); err != nil {
		return nil, err
	}
	cfg := g.Config
	cfg.Store, cfg.OnPaid = store, markPaid
	s.checkout, err = highhelp.New(cfg)
	return s, err
}

// policy is that of the pages: what the button needs, and nothing else.
func policy(payments string) (string, error) {
	if payments == "" {
		return "", nil // where it is not known, none is better than one that blocks
	}
	csp, err := widget.CSP(widget.CSPOptions{TicketURL: "/pay/tickets", AssetsURL: "/pay/widget/", PaymentOrigins: []string{payments}})
	return "default-src 'none'; base-uri 'none'; " + csp.String(), err
}

// markPaid is OnPaid. It may run again after a failure, but what it writes
// through Tx stays only once.
func markPaid(ctx context.Context, e highhelp.Event) error {
	tx, ok := sqlstore.Tx(ctx)
	if !ok {
		return errors.New("no transaction")
	}
	done, err := tx.ExecContext(ctx, "UPDATE orders SET paid_at = now() WHERE id = $1 AND paid_at IS NULL", e.OrderID)
	if err != nil {
		return err
	}
	n, err := done.RowsAffected()
	if err == nil && n != 1 {
		err = fmt.Errorf("%d unpaid orders %s", n, e.OrderID)
	}
	return err
}

func (s *shop) routes() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/pay/", s.checkout.Handler(s.find))
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { s.render(w, r, "shop", nil) })
	mux.HandleFunc("POST /orders", s.add)
	mux.HandleFunc("GET /orders/{id}", s.show)
	return http.NewCrossOriginProtection().Handler(mux) // lets callbacks pass
}

type order struct {
	ID, What string
	Amount   highhelp.Money
	PaidAt   sql.NullTime
}

func (s *shop) order(ctx context.Context, id string) (order, error) {
	o := order{ID: id, Amount: highhelp.Money{Currency: "RUB"}}
	err := s.db.QueryRowContext(ctx, "SELECT what, amount, paid_at FROM orders WHERE id = $1", id).Scan(&o.What, &o.Amount.Minor, &o.PaidAt)
	if errors.Is(err, sql.ErrNoRows) {
		err = highhelp.ErrNoOrder
	}
	return o, err
}

// find is the OrderFunc. A shop with accounts checks whose the order is; here
// its id is the secret.
func (s *shop) find(r *http.Request) (highhelp.Order, error) {
	id, err := highhelp.OrderID(r)
	if err != nil {
		return highhelp.Order{}, err
	}
	o, err := s.order(r.Context(), id)
	return highhelp.Order{ID: o.ID, Amount: o.Amount, Description: o.What}, err
}

func (s *shop) add(w http.ResponseWriter, r *http.Request) {
	id := strings.ToLower(rand.Text())
	_, err := s.db.ExecContext(r.Context(), "INSERT INTO orders (id, what, amount) VALUES ($1, 'A notebook', 10000)", id)
	if err != nil {
		fail(w, r, err)
		return
	}
	http.Redirect(w, r, "/orders/"+id, http.StatusSeeOther)
}

// show reads the payment first: then an order that is read after it is never
// older than what it says.
func (s *shop) show(w http.ResponseWriter, r *http.Request) {
	payment, err := s.checkout.Payment(r.Context(), r.PathValue("id"))
	if err != nil && !errors.Is(err, highhelp.ErrNotFound) {
		fail(w, r, err)
		return
	}
	o, err := s.order(r.Context(), r.PathValue("id"))
	if err != nil {
		fail(w, r, err)
		return
	}
	button := widget.Snippet{OrderID: o.ID, TicketURL: "/pay/tickets", AssetsURL: "/pay/widget/", Amount: o.Amount.String()}
	if payment.State() == "pending" {
		button.StatusURL = s.checkout.StatusURL(payment) // a payer who comes back sees the result
	}
	html, err := button.HTML()
	if err != nil {
		fail(w, r, err)
		return
	}
	s.render(w, r, "order", map[string]any{"Order": o, "State": payment.State(), "Button": html})
}

func (s *shop) render(w http.ResponseWriter, r *http.Request, page string, data any) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if s.policy != "" {
		w.Header().Set("Content-Security-Policy", s.policy)
	}
	w.Header().Set("Cache-Control", "no-store")
	if err := pages.ExecuteTemplate(w, page, data); err != nil {
		slog.ErrorContext(r.Context(), "page", "error", err)
	}
}

func fail(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, highhelp.ErrNoOrder) {
		http.NotFound(w, r)
		return
	}
	slog.ErrorContext(r.Context(), "shop", "error", err)
	w.Header().Set("Retry-After", "1")
	http.Error(w, "Please try again.", http.StatusServiceUnavailable)
}

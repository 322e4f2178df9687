package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/sqlstore"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/rivermigrate"
)

const createTables = `
CREATE TABLE IF NOT EXISTS outbox_orders (id text PRIMARY KEY, paid_at timestamptz);
CREATE TABLE IF NOT EXISTS parcels (order_id text PRIMARY KEY, asked int NOT NULL)`

var price = highhelp.Money{Minor: 10000, Currency: "RUB"}

// A shop sells one thing and sends it.
type shop struct {
	db       *sql.DB
	jobs     *river.Client[*sql.Tx]
	checkout *highhelp.Checkout
}

// newShop makes the tables that are missing. A real one leaves that to its
// migrations.
func newShop(ctx context.Context, db *sql.DB, cfg highhelp.Config, send carrier) (*shop, error) {
	if _, err := db.ExecContext(ctx, createTables); err != nil {
		return nil, err
	}
	driver := riverdatabasesql.New(db)
	migrator, err := rivermigrate.New(driver, nil)
	if err != nil {
		return nil, err
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
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
	workers := river.NewWorkers()
	river.AddWorker(workers, &worker{db: db, send: send})
	s.jobs, err = river.NewClient(driver, &river.Config{
		Workers: workers, Queues: map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 4}},
		// A job whose process was killed is run again after this time.
		JobTimeout: time.Minute, RescueStuckJobsAfter: 5 * time.Minute,
		Logger: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	if err != nil {
		return nil, err
	}
	cfg.Store, cfg.OnPaid = store, s.markPaid
	s.checkout, err = highhelp.New(cfg)
	return s, err
}

// markPaid is OnPaid. The order, the job and the payment are committed
// together, or none of them is.
func (s *shop) markPaid(ctx context.Context, e highhelp.Event) error {
	tx, ok := sqlstore.Tx(ctx)
	if !ok {
		return errors.New("no transaction")
	}
	if _, err := tx.ExecContext(ctx, "UPDATE outbox_orders SET paid_at = now() WHERE id = $1", e.OrderID); err != nil {
		return err
	}
	_, err := s.jobs.InsertTx(ctx, tx, shipping{e.OrderID}, nil)
	return err
}

// shipping is the job of sending an order.
type shipping struct {
	OrderID string `json:"order_id"`
}

func (shipping) Kind() string { return "shipping" }

// A carrier sends an order. It may be asked more than once for the same one,
// because a worker can be killed when it has asked and not yet said so; then it
// must not send a second parcel.
type carrier func(ctx context.Context, db *sql.DB, orderID string) error

// sendParcel sends a row. The primary key makes it idempotent; a carrier with
// an API takes the order's id as its idempotency key.
func sendParcel(ctx context.Context, db *sql.DB, orderID string) error {
	_, err := db.ExecContext(ctx, `INSERT INTO parcels (order_id, asked) VALUES ($1, 1)
		ON CONFLICT (order_id) DO UPDATE SET asked = parcels.asked + 1`, orderID)
	return err
}

type worker struct {
	river.WorkerDefaults[shipping]
	db   *sql.DB
	send carrier
}

func (w *worker) Work(ctx context.Context, job *river.Job[shipping]) error {
	return w.send(ctx, w.db, job.Args.OrderID)
}

func (s *shop) routes() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/pay/", s.checkout.Handler(s.find))
	mux.HandleFunc("POST /orders", s.add)
	mux.HandleFunc("GET /orders/{id}", s.show)
	return http.NewCrossOriginProtection().Handler(mux) // lets callbacks pass
}

func (s *shop) find(r *http.Request) (highhelp.Order, error) {
	id, err := highhelp.OrderID(r)
	if err != nil {
		return highhelp.Order{}, err
	}
	err = s.db.QueryRowContext(r.Context(), "SELECT id FROM outbox_orders WHERE id = $1", id).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		err = highhelp.ErrNoOrder
	}
	return highhelp.Order{ID: id, Amount: price}, err
}

func (s *shop) add(w http.ResponseWriter, r *http.Request) {
	id := strings.ToLower(rand.Text())
	if _, err := s.db.ExecContext(r.Context(), "INSERT INTO outbox_orders (id) VALUES ($1)", id); err != nil {
		fail(w, r, err)
		return
	}
	w.Header().Set("Location", "/orders/"+id)
	w.WriteHeader(http.StatusCreated)
	fmt.Fprintln(w, id)
}

// show tells how far an order is: "new", "paid" or "sent".
func (s *shop) show(w http.ResponseWriter, r *http.Request) {
	var state string
	err := s.db.QueryRowContext(r.Context(), `SELECT CASE WHEN p.order_id IS NOT NULL THEN 'sent' WHEN o.paid_at IS NOT NULL THEN 'paid' ELSE 'new' END
		FROM outbox_orders o LEFT JOIN parcels p ON p.order_id = o.id WHERE o.id = $1`, r.PathValue("id")).Scan(&state)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		http.NotFound(w, r)
	case err != nil:
		fail(w, r, err)
	default:
		fmt.Fprintln(w, state)
	}
}

func fail(w http.ResponseWriter, r *http.Request, err error) {
	slog.ErrorContext(r.Context(), "outbox", "error", err)
	http.Error(w, "Please try again.", http.StatusServiceUnavailable)
}

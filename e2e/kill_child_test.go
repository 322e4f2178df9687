package e2e

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"syscall"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/sandbox"
	"github.com/go-highhelp/highhelp/sqlstore"
	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"
)

// childEnv holds a childConfig in the environment of a child.
const childEnv = "HIGHHELP_E2E_CHILD"

// A childConfig says what a child is made of.
type childConfig struct {
	Addr, Gateway, Keys  string // where it listens, the gateway's URL, the folder of the key files
	Driver, DSN, Dialect string
	Prefix               string // of all tables
	KillAt               string // the point at which it kills itself, or ""
}

// The points at which a child may kill itself.
const (
	afterInsert  = "after the payment was inserted"
	afterRequest = "after the create request was sent"
	inOnPaid     = "in OnPaid, before the order is written"
	afterOnPaid  = "in OnPaid, after the order is written"
	beforeCommit = "before the commit"
	afterCommit  = "after the commit, before the answer"
)

var killPoints = []string{afterInsert, afterRequest, inOnPaid, afterOnPaid, beforeCommit, afterCommit}

// A child is a shop whose order and payment are committed together.
type child struct {
	childConfig
	db *sql.DB
	*sqlstore.Store
}

// runChild serves until it is killed, or until its standard input ends.
func runChild(config string) int {
	c := &child{}
	if err := json.Unmarshal([]byte(config), &c.childConfig); err != nil {
		return failed(err)
	}
	go func() { // the parent has gone
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	handler, err := c.shop()
	if err != nil {
		return failed(err)
	}
	l, err := net.Listen("tcp", c.Addr)
	if err != nil {
		return failed(err)
	}
	fmt.Println("ready")
	return failed(http.Serve(l, handler))
}

func failed(err error) int {
	fmt.Fprintln(os.Stderr, "child:", err)
	return 1
}

func (c *child) shop() (http.Handler, error) {
	keys, err := sandbox.ReadKeys(c.Keys, killProject)
	if err != nil {
		return nil, err
	}
	if c.db, err = sql.Open(c.Driver, c.DSN); err != nil {
		return nil, err
	}
	if c.Store, err = sqlstore.New(sqlstore.Config{DB: c.db, Dialect: sqlstore.Dialect(c.Dialect), Prefix: c.Prefix}); err != nil {
		return nil, err
	}
	checkout, err := highhelp.New(highhelp.Config{
		ProjectID: killProject, BaseURL: c.Gateway, PublicURL: "http://" + c.Addr + "/pay",
		Signer: keys.RequestHMAC, Verifier: keys.CallbackHMAC, Store: c, OnPaid: c.ship,
		HTTPClient: &http.Client{Transport: c}, TicketWait: 2 * time.Second, EventTimeout: 5 * time.Second,
		Logger: slog.New(slog.DiscardHandler), OnAnomaly: func(context.Context, highhelp.Anomaly) {},
	})
	if err != nil {
		return nil, err
	}
	return checkout.Handler(func(r *http.Request) (highhelp.Order, error) {
		id, err := highhelp.OrderID(r)
		return highhelp.Order{ID: id, Amount: highhelp.Money{Minor: 10000, Currency: "RUB"}}, err
	}), nil
}

// at kills the process if this is the point at which it has to end.
func (c *child) at(point string) {
	if c.KillAt == point {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
}

// ship counts a shipment of the order, in the transaction of the payment.
func (c *child) ship(ctx context.Context, e highhelp.Event) error {
	c.at(inOnPaid)
	tx, ok := sqlstore.Tx(ctx)
	if !ok {
		return fmt.Errorf("no transaction in OnPaid")
	}
	if _, err := tx.ExecContext(ctx, shipSQL(c.Prefix, c.Dialect), e.OrderID); err != nil {
		return err
	}
	c.at(afterOnPaid)
	return nil
}

// shipSQL is an upsert that every one of the databases knows.
func shipSQL(prefix, dialect string) string {
	placeholder := "?"
	if dialect == string(sqlstore.PostgreSQL) {
		placeholder = "$1"
	}
	return "INSERT INTO " + prefix + "orders (id, shipped) VALUES (" + placeholder + ", 1) ON CONFLICT (id) DO UPDATE SET shipped = " + prefix + "orders.shipped + 1"
}

func (c *child) Insert(ctx context.Context, p highhelp.Payment) error {
	err := c.Store.Insert(ctx, p)
	c.at(afterInsert)
	return err
}

func (c *child) Update(ctx context.Context, k highhelp.Key, change func(context.Context, *highhelp.Payment) error) error {
	paid := false
	err := c.Store.Update(ctx, k, func(ctx context.Context, p *highhelp.Payment) error {
		err := change(ctx, p)
		if paid = p.Paid(); paid {
			c.at(beforeCommit)
		}
		return err
	})
	if paid {
		c.at(afterCommit)
	}
	return err
}

// RoundTrip sends a request, and lets nobody hear the answer if that is the
// point to end at.
func (c *child) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(r)
	if r.URL.Path == "/api/v1/widget/payin" {
		c.at(afterRequest)
	}
	return resp, err
}

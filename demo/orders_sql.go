package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/sqlstore"
)

// sqlOrders are the shop's records in a database.
type sqlOrders struct {
	db      *sql.DB
	dialect sqlstore.Dialect
}

func newSQLOrders(ctx context.Context, db *sql.DB, dialect sqlstore.Dialect) (*sqlOrders, error) {
	_, err := db.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS demo_orders (
		id VARCHAR(32) PRIMARY KEY,
		name VARCHAR(200) NOT NULL, about VARCHAR(200) NOT NULL,
		amount BIGINT NOT NULL, currency VARCHAR(3) NOT NULL,
		fulfilled INTEGER NOT NULL, payment_id VARCHAR(64) NOT NULL
	)`)
	return &sqlOrders{db, dialect}, err
}

// query writes the placeholders of the dialect.
func (o *sqlOrders) query(text string) string {
	if o.dialect != sqlstore.PostgreSQL {
		return text
	}
	parts := strings.Split(text, "?")
	var b strings.Builder
	for i, part := range parts {
		if i > 0 {
			fmt.Fprintf(&b, "$%d", i)
		}
		b.WriteString(part)
	}
	return b.String()
}

func (o *sqlOrders) add(ctx context.Context, p product) (order, error) {
	row := order{ID: newID(), Product: p}
	_, err := o.db.ExecContext(ctx, o.query("INSERT INTO demo_orders (id, name, about, amount, currency, fulfilled, payment_id) VALUES (?, ?, ?, ?, ?, 0, '')"),
		row.ID, p.Name, p.About, p.Price.Minor, p.Price.Currency)
	return row, err
}

func (o *sqlOrders) find(ctx context.Context, id string) (order, error) {
	row := order{ID: id}
	p := &row.Product
	err := o.db.QueryRowContext(ctx, o.query("SELECT name, about, amount, currency, fulfilled FROM demo_orders WHERE id = ?"), id).
		Scan(&p.Name, &p.About, &p.Price.Minor, &p.Price.Currency, &row.Fulfilled)
	if errors.Is(err, sql.ErrNoRows) {
		return order{}, highhelp.ErrNoOrder
	}
	return row, err
}

// ship counts in the transaction that saves the payment, if there is one: then
// both are committed, or neither. With payments in Redis there is none, and
// OnPaid may run again after a crash; so it notes for which payment it ran.
func (o *sqlOrders) ship(ctx context.Context, e highhelp.Event) error {
	if tx, ok := sqlstore.Tx(ctx); ok {
		result, err := tx.ExecContext(ctx, o.query("UPDATE demo_orders SET fulfilled = fulfilled + 1, payment_id = ? WHERE id = ?"), e.PaymentID, e.OrderID)
		return changedOne(result, err)
	}
	result, err := o.db.ExecContext(ctx, o.query("UPDATE demo_orders SET fulfilled = fulfilled + 1, payment_id = ? WHERE id = ? AND payment_id <> ?"),
		e.PaymentID, e.OrderID, e.PaymentID)
	if err := changedOne(result, err); !errors.Is(err, highhelp.ErrNoOrder) {
		return err
	}
	_, err = o.find(ctx, e.OrderID) // it ran before, or there is no such order
	return err
}

func changedOne(result sql.Result, err error) error {
	if err != nil {
		return err
	}
	n, err := result.RowsAffected()
	if err == nil && n != 1 {
		return highhelp.ErrNoOrder
	}
	return err
}

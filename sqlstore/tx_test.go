package sqlstore_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/sqlstore"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"
)

// What is written through Tx, Conn or pgx is kept with the payment, or lost
// with it.
func TestApplicationWritesWithThePayment(t *testing.T) {
	ways := map[string]func(ctx context.Context, s *shop, name string) error{
		"Tx": func(ctx context.Context, s *shop, name string) error { return s.ship(ctx, name) },
		"Conn": func(ctx context.Context, s *shop, name string) error {
			conn, _ := sqlstore.Conn(ctx)
			return s.insert(ctx, conn, name)
		},
		"pgx": func(ctx context.Context, s *shop, name string) error {
			conn, _ := sqlstore.Conn(ctx)
			return conn.Raw(func(driverConn any) error {
				_, err := driverConn.(*stdlib.Conn).Conn().Exec(ctx, "INSERT INTO "+s.table("shipped")+" VALUES ($1)", name)
				return err
			})
		},
	}
	refused := errors.New("refused")
	onEach(t, func(t *testing.T, d *database) {
		shop, s := d.shop(t), d.store(t)
		for name, write := range ways {
			if name == "pgx" && d.Dialect != sqlstore.PostgreSQL {
				continue
			}
			k := orderKey(name)
			payment(t, s, k)
			for _, end := range []error{refused, nil} {
				err := s.Update(t.Context(), k, func(ctx context.Context, p *highhelp.Payment) error {
					p.Held = "shipped"
					return errors.Join(write(ctx, shop, name), end)
				})
				require.ErrorIs(t, err, end, name)
				if end != nil {
					requireHeld(t, s, k, "")
					shop.requireShipped(t, name, 0)
				}
			}
			requireHeld(t, s, k, "shipped")
			shop.requireShipped(t, name, 1)
		}
	})
}

// A pgxpool.Pool serves as well, through stdlib.
func TestPgxPool(t *testing.T) {
	d := newDatabase(t, sqlstore.PostgreSQL)
	pool, err := pgxpool.New(t.Context(), d.dsn)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	db := stdlib.OpenDBFromPool(pool)
	t.Cleanup(func() { db.Close() })
	shop, s, k := d.shop(t), d.on(t, db), orderKey("1")
	require.NoError(t, s.Migrate(t.Context()))
	payment(t, s, k)
	require.NoError(t, s.Update(t.Context(), k, func(ctx context.Context, _ *highhelp.Payment) error { return shop.ship(ctx, "1") }))
	shop.requireShipped(t, "1", 1)
}

func TestNoTransactionOutside(t *testing.T) {
	_, ok := sqlstore.Tx(t.Context())
	require.False(t, ok)
	_, ok = sqlstore.Conn(t.Context())
	require.False(t, ok)
}

// What the contract does not name is refused inside change as well.
func TestNested(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s, k := d.store(t), orderKey("1")
		payment(t, s, k)
		require.NoError(t, s.Update(t.Context(), k, func(ctx context.Context, _ *highhelp.Payment) error {
			_, prune := s.Prune(ctx, "P", time.Now(), 1)
			_, delivery := s.Delivery(ctx, "P", "1")
			var list error
			for _, list = range s.Deliveries(ctx, highhelp.Delivery{Key: k}, time.Time{}, time.Time{}) {
			}
			for _, err := range []error{prune, delivery, list, s.Migrate(ctx)} {
				require.ErrorIs(t, err, highhelp.ErrNested)
			}
			return nil
		}))
	})
}

// A goroutine that outlives change can neither write nor record any more.
func TestTransactionIsOverAfterChange(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s, k := d.store(t), orderKey("1")
		payment(t, s, k)
		var kept context.Context
		require.NoError(t, s.Update(t.Context(), k, func(ctx context.Context, _ *highhelp.Payment) error {
			kept = ctx
			return nil
		}))
		require.ErrorIs(t, s.Record(kept, highhelp.Delivery{Key: k}), sql.ErrTxDone)
		tx, _ := sqlstore.Tx(kept)
		_, err := tx.ExecContext(kept, "SELECT 1")
		require.ErrorIs(t, err, sql.ErrTxDone)
		_, err = s.Payment(kept, k)
		require.ErrorIs(t, err, highhelp.ErrNested)
		requireJournal(t, s, k)
	})
}

// A context that ends while change runs does not end the transaction under it:
// what change goes on to write, with whatever context, goes too.
func TestContextEndsUnderChange(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		shop, s, k := d.shop(t), d.store(t), orderKey("1")
		payment(t, s, k)
		ending, end := context.WithCancel(t.Context())
		err := s.Update(ending, k, func(ctx context.Context, p *highhelp.Payment) error {
			p.Held = "lost"
			end()
			tx, _ := sqlstore.Tx(ctx)
			conn, _ := sqlstore.Conn(ctx)
			detached := context.WithoutCancel(ctx)
			var errs error
			for range 50 { // it would end soon, not at once
				errs = errors.Join(errs, shop.insert(detached, tx, "1"), shop.insert(detached, conn, "1"))
			}
			return errs
		})
		require.ErrorIs(t, err, context.Canceled)
		require.ErrorAs(t, err, new(*sqlstore.Error))
		require.NotErrorIs(t, err, highhelp.ErrBusy)
		requireHeld(t, s, k, "")
		shop.requireShipped(t, "1", 0)
	})
}

// Inside an Update of one Store another may be used; each knows its own.
func TestTwoStoresNested(t *testing.T) {
	onServers(t, func(t *testing.T, d *database) {
		shop, a, b := d.shop(t), d.store(t), d.store(t)
		payment(t, a, orderKey("a"))
		payment(t, a, orderKey("b"))
		refused := errors.New("refused")
		err := a.Update(t.Context(), orderKey("a"), func(ctx context.Context, _ *highhelp.Payment) error {
			err := b.Update(ctx, orderKey("b"), func(ctx context.Context, p *highhelp.Payment) error {
				p.Held = "inner"
				_, nested := a.Payment(ctx, orderKey("a"))
				require.ErrorIs(t, nested, highhelp.ErrNested)
				require.NoError(t, a.Record(ctx, highhelp.Delivery{Key: orderKey("a"), Error: "outer"}))
				return errors.Join(shop.ship(ctx, "inner"), b.Record(ctx, highhelp.Delivery{Key: orderKey("b"), Error: "inner"}))
			})
			require.NoError(t, err)
			return refused
		})
		require.ErrorIs(t, err, refused)
		requireHeld(t, a, orderKey("b"), "inner")
		shop.requireShipped(t, "inner", 1)
		requireJournal(t, a, orderKey("a"))
		requireJournal(t, a, orderKey("b"), "inner")
	})
}

// Several deliveries of one Update are all kept, in their order.
func TestSeveralDeliveriesOfOneUpdate(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s, k := d.store(t), orderKey("1")
		payment(t, s, k)
		at := time.Now()
		require.NoError(t, s.Update(t.Context(), k, func(ctx context.Context, _ *highhelp.Payment) error {
			raw := []byte("body")
			defer func() { raw[0] = 'X' }() // it is the caller's memory
			return errors.Join(
				s.Record(ctx, highhelp.Delivery{Key: k, Error: "first", ReceivedAt: at, Raw: raw}),
				s.Record(ctx, highhelp.Delivery{Key: k, Error: "second", ReceivedAt: at, Raw: raw}),
				s.Record(ctx, highhelp.Delivery{Key: k, Error: "third", ReceivedAt: at, Raw: raw}))
		}))
		requireJournal(t, s, k, "third", "second", "first")
		for delivery, err := range s.Deliveries(t.Context(), highhelp.Delivery{Key: k}, time.Time{}, time.Time{}) {
			require.NoError(t, err)
			require.Equal(t, "body", string(delivery.Raw))
		}
	})
}

// A delivery comes back as it was, with a body or without one, whether it was
// recorded alone or with a payment.
func TestDeliveryComesBackWhole(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s, k := d.store(t), orderKey("1")
		payment(t, s, k)
		for i, raw := range [][]byte{nil, []byte("body\x00\xff")} {
			want := highhelp.Delivery{
				Key: k, PaymentID: fmt.Sprint("payment", i), RequestID: "r", Route: "success", KeyName: "key", Error: "e", Raw: raw,
				ReceivedAt: time.Now().UTC().Truncate(time.Microsecond), Outcome: highhelp.Applied,
				Status: highhelp.Status{Main: "success"}, Amount: highhelp.Money{Minor: 1, Currency: "RUB"},
			}
			require.NoError(t, s.Record(t.Context(), want))
			require.NoError(t, s.Update(t.Context(), k, func(ctx context.Context, _ *highhelp.Payment) error {
				return errors.Join(s.Record(ctx, want), s.Record(ctx, want))
			}))
			n := 0
			for got, err := range s.Deliveries(t.Context(), highhelp.Delivery{Key: k, PaymentID: want.PaymentID}, time.Time{}, time.Time{}) {
				require.NoError(t, err)
				one, err := s.Delivery(t.Context(), k.ProjectID, got.ID)
				require.NoError(t, err)
				require.Equal(t, got, one)
				got.ID = ""
				require.Equal(t, want, got)
				n++
			}
			require.Equal(t, 3, n)
		}
	})
}

// The body of a delivery is in a column of its own, and nowhere else.
func TestBodyIsStoredOnce(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s, body := d.store(t), bytes.Repeat([]byte("x"), 10_000)
		require.NoError(t, s.Record(t.Context(), highhelp.Delivery{Key: orderKey("1"), Raw: body}))
		var payload, stored int
		require.NoError(t, d.pool(t).QueryRowContext(t.Context(), "SELECT LENGTH(payload), LENGTH(body) FROM "+d.prefix+"deliveries").
			Scan(&payload, &stored))
		require.Equal(t, len(body), stored)
		require.Less(t, payload, len(body)/10)
	})
}

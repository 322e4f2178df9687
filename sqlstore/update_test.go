package sqlstore_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/sqlstore"
	"github.com/stretchr/testify/require"
)

// onServers is onEach without SQLite, whose transactions never meet.
func onServers(t *testing.T, f func(t *testing.T, d *database)) {
	t.Helper()
	on(t, []sqlstore.Dialect{sqlstore.PostgreSQL, sqlstore.MySQL}, f)
}

// An Update holds up no other order.
func TestUpdatesOfOtherOrders(t *testing.T) {
	onServers(t, func(t *testing.T, d *database) {
		s := d.store(t)
		payment(t, s, orderKey("1"))
		payment(t, s, orderKey("2"))
		require.NoError(t, s.Update(t.Context(), orderKey("1"), func(context.Context, *highhelp.Payment) error {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			return s.Update(ctx, orderKey("2"), hold("meanwhile"))
		}))
		requireHeld(t, s, orderKey("2"), "meanwhile")
	})
}

// The victim of a deadlock is run again, and what its first run wrote is gone.
func TestDeadlockIsTriedAgain(t *testing.T) {
	onServers(t, func(t *testing.T, d *database) {
		shop, s, k := d.shop(t), d.store(t), orderKey("1")
		payment(t, s, k)
		runs := 0
		err := s.Update(t.Context(), k, func(ctx context.Context, p *highhelp.Payment) error {
			runs++
			p.Held = fmt.Sprint(p.Held, "run ", runs)
			if err := shop.ship(ctx, k.OrderID); err != nil {
				return err
			}
			if err := s.Record(ctx, highhelp.Delivery{Key: k, Error: fmt.Sprint(runs)}); err != nil || runs > 1 {
				return err
			}
			tx, _ := sqlstore.Tx(ctx)
			err := shop.deadlock(ctx, tx)
			require.Error(t, err, "no deadlock")
			return fmt.Errorf("shop: %w", err)
		})
		require.NoError(t, err)
		require.Equal(t, 2, runs)
		requireHeld(t, s, k, "run 2")
		shop.requireShipped(t, k.OrderID, 1)
		requireJournal(t, s, k, "2")
	})
}

// requireJournal wants these errors in the journal of an order, the newest
// first.
func requireJournal(t testing.TB, s *sqlstore.Store, k highhelp.Key, want ...string) {
	t.Helper()
	var got []string
	for d, err := range s.Deliveries(t.Context(), highhelp.Delivery{Key: k}, time.Time{}, time.Time{}) {
		require.NoError(t, err)
		got = append(got, d.Error)
	}
	require.Equal(t, want, got)
}

// A failure to serialize is run again too: here of a transaction of the shop's
// own, whose error comes back through change.
func TestSerializationFailureIsTriedAgain(t *testing.T) {
	d := newDatabase(t, sqlstore.PostgreSQL)
	shop, s, k := d.shop(t), d.store(t), orderKey("1")
	require.NoError(t, s.Migrate(t.Context()))
	payment(t, s, k)
	runs := 0
	err := s.Update(t.Context(), k, func(ctx context.Context, p *highhelp.Payment) error {
		runs++
		p.Held = fmt.Sprint("run ", runs)
		own, err := shop.db.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelSerializable})
		require.NoError(t, err)
		defer own.Rollback()
		var n int
		require.NoError(t, own.QueryRowContext(ctx, "SELECT n FROM "+shop.table("locks")+" WHERE name = 'left'").Scan(&n))
		if runs == 1 {
			require.NoError(t, shop.touch(ctx, shop.db, "left")) // somebody else is faster
		}
		if err := shop.touch(ctx, own, "left"); err != nil {
			require.ErrorContains(t, err, "could not serialize")
			return err
		}
		return own.Commit()
	})
	require.NoError(t, err)
	require.Equal(t, 2, runs)
	requireHeld(t, s, k, "run 2")
}

// Tries end with the context, and the error says what they were about.
func TestTriesEndWithTheContext(t *testing.T) {
	d := newDatabase(t, sqlstore.PostgreSQL)
	s, k := d.store(t), orderKey("1")
	require.NoError(t, s.Migrate(t.Context()))
	payment(t, s, k)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	runs := 0
	err := s.Update(ctx, k, func(ctx context.Context, _ *highhelp.Payment) error {
		tx, _ := sqlstore.Tx(ctx)
		_, err := tx.ExecContext(ctx, "DO $$ BEGIN RAISE EXCEPTION 'again' USING ERRCODE = 'serialization_failure'; END $$")
		if runs++; runs == 3 {
			cancel()
		}
		return err
	})
	require.ErrorIs(t, err, highhelp.ErrBusy)
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorContains(t, err, "again")
	require.Equal(t, 3, runs)
}

// What the application writes after a rollback that it has overlooked does not
// stay either.
func TestNothingStaysAfterASwallowedRollback(t *testing.T) {
	onServers(t, func(t *testing.T, d *database) {
		shop, s, k := d.shop(t), d.store(t), orderKey("1")
		payment(t, s, k)
		err := s.Update(t.Context(), k, func(ctx context.Context, p *highhelp.Payment) error {
			p.Held = "lost"
			require.NoError(t, shop.ship(ctx, k.OrderID))
			require.Error(t, shop.doom(ctx))
			_ = shop.ship(ctx, k.OrderID)
			return s.Record(ctx, highhelp.Delivery{Key: k})
		})
		require.ErrorIs(t, err, highhelp.ErrLost)
		requireHeld(t, s, k, "")
		shop.requireShipped(t, k.OrderID, 0)
		requireJournal(t, s, k)
	})
}

// An application that ends the transaction itself is found out.
func TestTransactionEndedByChange(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		shop, s := d.shop(t), d.store(t)
		for name, end := range map[string]func(*sql.Tx, *sql.Conn) error{
			"rollback":     func(tx *sql.Tx, _ *sql.Conn) error { return tx.Rollback() },
			"raw rollback": func(_ *sql.Tx, c *sql.Conn) error { _, err := c.ExecContext(t.Context(), "ROLLBACK"); return err },
		} {
			k := orderKey(name)
			payment(t, s, k)
			err := s.Update(t.Context(), k, func(ctx context.Context, p *highhelp.Payment) error {
				p.Held = "lost"
				tx, _ := sqlstore.Tx(ctx)
				conn, _ := sqlstore.Conn(ctx)
				return errors.Join(shop.ship(ctx, name), s.Record(ctx, highhelp.Delivery{Key: k}), end(tx, conn))
			})
			require.ErrorIs(t, err, highhelp.ErrLost, name)
			require.Equal(t, name == "rollback", errors.Is(err, sql.ErrTxDone), "%s: %v", name, err)
			requireHeld(t, s, k, "")
			shop.requireShipped(t, name, 0)
			requireJournal(t, s, k)
			require.NoError(t, s.Update(t.Context(), k, hold("next")), name)
		}
	})
}

// Update sees what others commit meanwhile, whatever the default isolation is.
func TestReadCommitted(t *testing.T) {
	onServers(t, func(t *testing.T, d *database) {
		shop, k := d.shop(t), orderKey("1")
		strict := *d
		if d.Dialect == sqlstore.PostgreSQL {
			strict.dsn = with(t, d.dsn, "default_transaction_isolation", "serializable")
		}
		s := strict.store(t)
		payment(t, s, k)
		require.NoError(t, s.Update(t.Context(), k, func(ctx context.Context, _ *highhelp.Payment) error {
			tx, _ := sqlstore.Tx(ctx)
			query := "SELECT n FROM " + shop.table("locks") + " WHERE name = 'left'"
			var before, after int
			require.NoError(t, tx.QueryRowContext(ctx, query).Scan(&before))
			require.NoError(t, shop.touch(ctx, shop.db, "left"))
			require.NoError(t, tx.QueryRowContext(ctx, query).Scan(&after))
			require.Equal(t, before+1, after)
			return nil
		}))
	})
}

// A change can't move a payment to another key.
func TestChangeCannotMoveAPayment(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s, k := d.store(t), orderKey("1")
		payment(t, s, k)
		payment(t, s, orderKey("2"))
		require.NoError(t, s.Update(t.Context(), k, func(_ context.Context, p *highhelp.Payment) error {
			p.Key, p.Held = orderKey("2"), "moved"
			return nil
		}))
		requireHeld(t, s, k, "moved")
		requireHeld(t, s, orderKey("2"), "")
		p, err := s.Payment(t.Context(), k)
		require.NoError(t, err)
		require.Equal(t, k, p.Key)
	})
}

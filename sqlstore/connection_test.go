package sqlstore_test

import (
	"context"
	"database/sql"
	"errors"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/sqlstore"
	"github.com/stretchr/testify/require"
)

// session is what a Store might leave behind in the connection of a pool of one.
func (d *database) session(t *testing.T, db *sql.DB) (list []string) {
	t.Helper()
	for _, query := range map[sqlstore.Dialect][]string{
		sqlstore.PostgreSQL: {"SHOW synchronous_commit", "SHOW transaction_isolation"},
		sqlstore.MySQL:      {"SELECT @@autocommit", "SELECT @@innodb_lock_wait_timeout"},
		sqlstore.SQLite:     {"PRAGMA busy_timeout", "PRAGMA synchronous"},
	}[d.Dialect] {
		var value string
		require.NoError(t, db.QueryRowContext(t.Context(), query).Scan(&value), query)
		list = append(list, value)
	}
	return list
}

// The pool gets its connections back as they were.
func TestConnectionsAreGivenBackAsTheyWere(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		connects := 0
		db := d.wrap(t, &wrapped{before: func(step string) error {
			if step == "CONNECT" {
				connects++
			}
			return nil
		}})
		db.SetMaxOpenConns(1)
		s, k, before := d.on(t, db), orderKey("1"), d.session(t, db)
		payment(t, s, k)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		refused := errors.New("refused")
		require.NoError(t, s.Update(ctx, k, hold("x")))
		require.ErrorIs(t, s.Update(ctx, k, func(context.Context, *highhelp.Payment) error { return refused }), refused)
		require.ErrorIs(t, s.Update(ctx, k, func(ctx context.Context, _ *highhelp.Payment) error {
			tx, _ := sqlstore.Tx(ctx)
			return errors.Join(tx.Rollback(), refused)
		}), refused)
		require.NoError(t, s.Record(ctx, highhelp.Delivery{Key: k, Outcome: highhelp.Duplicate}))
		require.Equal(t, before, d.session(t, db))
		require.Equal(t, 1, connects, "none was thrown away")
		require.Zero(t, db.Stats().InUse)
	})
}

// An Update that has waited in vain costs no connection, and the server does not
// go on waiting for it.
func TestWaitingEndsWithTheContext(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		db := d.pool(t)
		s, k := d.on(t, db), orderKey("1")
		payment(t, s, k)
		require.NoError(t, s.Update(t.Context(), k, func(context.Context, *highhelp.Payment) error {
			for range 3 {
				short, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
				start := time.Now()
				require.ErrorIs(t, s.Update(short, k, hold("x")), highhelp.ErrBusy)
				require.Less(t, time.Since(start), 5*time.Second)
				cancel()
			}
			requireNobodyWaits(t, d, db)
			return nil
		}))
		require.NoError(t, until(t.Context(), func() (bool, error) { return db.Stats().InUse == 0, nil }))
	})
}

// requireNobodyWaits wants no transaction to wait for a row of the payments.
func requireNobodyWaits(t *testing.T, d *database, db *sql.DB) {
	t.Helper()
	query := map[sqlstore.Dialect]string{
		sqlstore.PostgreSQL: `SELECT COUNT(*) FROM pg_stat_activity
			WHERE wait_event_type = 'Lock' AND application_name = current_setting('application_name')`,
		sqlstore.MySQL:  `SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE 'UPDATE ` + d.prefix + `payments%'`,
		sqlstore.SQLite: `SELECT 0`, // there is no server
	}[d.Dialect]
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	require.NoError(t, until(ctx, func() (bool, error) {
		var n int
		err := db.QueryRowContext(ctx, query).Scan(&n)
		return n == 0, err
	}))
}

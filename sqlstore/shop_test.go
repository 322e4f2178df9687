package sqlstore_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp/sqlstore"
	"github.com/stretchr/testify/require"
)

// A shop is an application's tables in the same database: what OnPaid writes.
type shop struct {
	*database
	db *sql.DB
}

func (d *database) shop(t testing.TB) *shop {
	t.Helper()
	s := &shop{d, d.pool(t)}
	run(t, s.db, "CREATE TABLE "+s.table("shipped")+" (name VARCHAR(255) NOT NULL)")
	run(t, s.db, "CREATE TABLE "+s.table("locks")+" (name VARCHAR(255) NOT NULL PRIMARY KEY, n INT NOT NULL)")
	run(t, s.db, "INSERT INTO "+s.table("locks")+" VALUES ('left', 0), ('right', 0)")
	return s
}

func (s *shop) table(name string) string { return s.prefix + name }

var errNoTx = errors.New("there is no transaction in the context")

// An execer is a transaction, a connection or a pool.
type execer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

func (s *shop) insert(ctx context.Context, db execer, name string) error {
	_, err := db.ExecContext(ctx, "INSERT INTO "+s.table("shipped")+" (name) VALUES ("+s.arg(1)+")", name)
	return err
}

func (s *shop) touch(ctx context.Context, db execer, name string) error {
	_, err := db.ExecContext(ctx, "UPDATE "+s.table("locks")+" SET n = n + 1 WHERE name = "+s.arg(1), name)
	return err
}

// ship writes a row through the transaction of change.
func (s *shop) ship(ctx context.Context, name string) error {
	tx, ok := sqlstore.Tx(ctx)
	if !ok {
		return errNoTx
	}
	return s.insert(ctx, tx, name)
}

// shipped counts the rows that others see.
func (s *shop) shipped(ctx context.Context, name string) (n int, err error) {
	err = s.db.QueryRowContext(ctx, "SELECT COUNT(*) FROM "+s.table("shipped")+" WHERE name = "+s.arg(1), name).Scan(&n)
	return n, err
}

func (s *shop) requireShipped(t testing.TB, name string, want int) {
	t.Helper()
	n, err := s.shipped(t.Context(), name)
	require.NoError(t, err)
	require.Equal(t, want, n, "rows that the application wrote for %s", name)
}

// doom lets a statement fail through the transaction of ctx, so that the
// database rolls it back, and returns the error.
func (s *shop) doom(ctx context.Context) error {
	tx, ok := sqlstore.Tx(ctx)
	if !ok {
		return nil
	}
	switch s.Dialect {
	case sqlstore.PostgreSQL:
		_, err := tx.ExecContext(ctx, "SELECT 1 / 0")
		return err
	case sqlstore.MySQL:
		return s.deadlock(ctx, tx)
	}
	_, err := tx.ExecContext(ctx, "INSERT OR ROLLBACK INTO "+s.table("locks")+" VALUES ('left', 0)")
	return err
}

// deadlock makes tx the victim of a deadlock with another transaction, and
// returns its error.
func (s *shop) deadlock(ctx context.Context, tx *sql.Tx) error {
	other, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer other.Rollback()
	if err := errors.Join(s.patience(ctx, tx, "3s"), s.patience(ctx, other, "1min"),
		s.outweigh(ctx, other), s.touch(ctx, other, "right"), s.touch(ctx, tx, "left")); err != nil {
		return fmt.Errorf("there is no deadlock: %w", err)
	}
	done := make(chan error, 1)
	go func() {
		err := s.waitedFor(ctx, other)
		done <- errors.Join(err, s.touch(ctx, other, "left"), other.Rollback())
	}()
	err = s.touch(ctx, tx, "right")
	if lucky := <-done; lucky != nil {
		return nil
	}
	return err
}

// patience is how long a transaction of PostgreSQL waits before it looks, once,
// whether it is in a deadlock, whose victim it then is.
func (s *shop) patience(ctx context.Context, tx *sql.Tx, timeout string) error {
	if s.Dialect != sqlstore.PostgreSQL {
		return nil
	}
	_, err := tx.ExecContext(ctx, "SET LOCAL deadlock_timeout = '"+timeout+"'")
	return err
}

// outweigh makes a transaction of MySQL one that it will not choose as victim.
func (s *shop) outweigh(ctx context.Context, other *sql.Tx) error {
	for range 30 {
		if err := s.insert(ctx, other, "ballast"); err != nil {
			return err
		}
	}
	return nil
}

// waitedFor waits until another transaction of PostgreSQL waits for this one:
// who has waited longest finds the deadlock, and is its victim.
func (s *shop) waitedFor(ctx context.Context, other *sql.Tx) error {
	if s.Dialect != sqlstore.PostgreSQL {
		return nil
	}
	var pid int
	if err := other.QueryRowContext(ctx, "SELECT pg_backend_pid()").Scan(&pid); err != nil {
		return err
	}
	const query = "SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE $1 = ANY (pg_blocking_pids(pid)))"
	return until(ctx, func() (waited bool, err error) {
		err = s.db.QueryRowContext(ctx, query, pid).Scan(&waited)
		return waited, err
	})
}

// until asks again and again until the answer is yes.
func until(ctx context.Context, f func() (bool, error)) error {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		if yes, err := f(); yes || err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

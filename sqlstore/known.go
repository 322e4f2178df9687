package sqlstore

import (
	"context"
	"database/sql"
)

// A known database is one whose schema fits: what was found out of it, and made
// ready, at the first use.
type known struct {
	// Of SQLite: what was read from one connection holds for all, because a pool
	// makes them alike.
	busyTimeout int  // in milliseconds
	synchronous int  // SQLite's number
	lazy        bool // a commit that has not reached the disk still leaves the file whole

	statements map[string]*sql.Stmt // by their text; none on PostgreSQL
}

func (s *Store) learn(ctx context.Context) (*known, error) {
	k := &known{}
	if s.dialect != SQLite {
		return k, nil
	}
	var journal string
	for pragma, value := range map[string]any{
		"PRAGMA busy_timeout": &k.busyTimeout, "PRAGMA synchronous": &k.synchronous, "PRAGMA journal_mode": &journal,
	} {
		if err := s.db.QueryRowContext(ctx, pragma).Scan(value); err != nil {
			return nil, err
		}
	}
	k.lazy = journal == "wal" && k.synchronous > 1
	return k, nil
}

// prepare saves MySQL a round trip for each statement, and SQLite its compiler.
// The pool keeps them for each connection, and they end with it. It is done
// before a transaction has a connection, because it takes one too.
func (s *Store) prepare(ctx context.Context, k *known) error {
	if s.dialect == PostgreSQL {
		return nil // a prepared statement has a name, which PgBouncer's next connection does not know
	}
	k.statements = map[string]*sql.Stmt{}
	for _, query := range s.q.hot() {
		if query == "" {
			continue
		}
		stmt, err := s.db.PrepareContext(ctx, query)
		switch {
		case err == nil:
			k.statements[query] = stmt
		case s.fault(err) != faultReadOnly: // such a database can still be read
			return err
		}
	}
	return nil
}

// queryRow reads a row outside of any transaction.
func (s *Store) queryRow(ctx context.Context, query string, args ...any) *sql.Row {
	if stmt := s.known.Load().statements[query]; stmt != nil {
		return stmt.QueryRowContext(ctx, args...)
	}
	return s.db.QueryRowContext(ctx, query, args...)
}

// exec runs a statement that is a transaction by itself.
func (s *Store) exec(ctx context.Context, query string, args ...any) (err error) {
	if stmt := s.known.Load().statements[query]; stmt != nil {
		_, err = stmt.ExecContext(ctx, args...)
	} else {
		_, err = s.db.ExecContext(ctx, query, args...)
	}
	return err
}

// queryRow reads a row in the transaction.
func (w *work) queryRow(ctx context.Context, query string, args ...any) *sql.Row {
	ctx = w.s.local(ctx)
	if stmt := w.s.known.Load().statements[query]; stmt != nil {
		return w.tx.StmtContext(ctx, stmt).QueryRowContext(ctx, args...)
	}
	return w.tx.QueryRowContext(ctx, query, args...)
}

// exec runs a statement in the transaction.
func (w *work) exec(ctx context.Context, query string, args ...any) (sql.Result, error) {
	ctx = w.s.local(ctx)
	if stmt := w.s.known.Load().statements[query]; stmt != nil {
		return w.tx.StmtContext(ctx, stmt).ExecContext(ctx, args...)
	}
	return w.tx.ExecContext(ctx, query, args...)
}

package sqlstore_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"testing"

	"modernc.org/sqlite"
)

// A wrapped driver is the real one, with what a test wants to be different.
type wrapped struct {
	driver.Driver
	result func(driver.Result) driver.Result // default: as it is
	fail   func(error) error                 // default: as it is
	seen   func(query string)                // default: nobody looks
	before func(step string) error           // an error is that of the step; default: each is taken
	odd    func(query string) bool           // its values are of no known type; default: all are as they are
}

func (w *wrapped) see(query string) {
	if w.seen != nil {
		w.seen(query)
	}
}

// step comes before what the driver is asked for, and may fail in its place.
func (w *wrapped) step(what string) error {
	if w.before == nil {
		return nil
	}
	return w.before(what)
}

// wrap opens a pool of the database through another driver.
func (d *database) wrap(t testing.TB, w *wrapped) *sql.DB {
	t.Helper()
	w.Driver = d.pool(t).Driver()
	db := sql.OpenDB(&connector{d.dsn, w})
	t.Cleanup(func() { db.Close() })
	return db
}

type connector struct {
	dsn string
	w   *wrapped
}

func (c *connector) Driver() driver.Driver { return c.w }

func (c *connector) Connect(context.Context) (driver.Conn, error) {
	if err := c.w.step("CONNECT"); err != nil {
		return nil, err
	}
	conn, err := c.w.Open(c.dsn)
	return &wrappedConn{conn, c.w}, err
}

type wrappedConn struct {
	driver.Conn
	w *wrapped
}

func (w *wrapped) err(err error) error {
	if err == nil || w.fail == nil {
		return err
	}
	return w.fail(err)
}

func (c *wrappedConn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	if err := c.w.step("BEGIN"); err != nil {
		return nil, err
	}
	tx, err := c.Conn.(driver.ConnBeginTx).BeginTx(ctx, opts)
	return &wrappedTx{tx, c.w}, c.w.err(err)
}

func (c *wrappedConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if err := ctx.Err(); err != nil { // as some drivers do
		return nil, err
	}
	if err := c.w.step(query); err != nil {
		return nil, err
	}
	r, err := c.Conn.(driver.ExecerContext).ExecContext(ctx, query, args)
	if !errors.Is(err, driver.ErrSkip) { // else it comes again, prepared
		c.w.see(query)
	}
	return c.w.counted(query, r, err), c.w.err(err)
}

func (c *wrappedConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if err := c.w.step(query); err != nil {
		return nil, err
	}
	rows, err := c.Conn.(driver.QueryerContext).QueryContext(ctx, query, args)
	if !errors.Is(err, driver.ErrSkip) {
		c.w.see(query)
	}
	return c.w.listed(query, rows, err), c.w.err(err)
}

func (c *wrappedConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	if err := c.w.step("PREPARE " + query); err != nil {
		return nil, err
	}
	stmt, err := c.Conn.(driver.ConnPrepareContext).PrepareContext(ctx, query)
	return &wrappedStmt{stmt, c.w, query}, c.w.err(err)
}

// A wrappedStmt is what MySQL's driver needs for statements with arguments.
type wrappedStmt struct {
	driver.Stmt
	w     *wrapped
	query string
}

func (s *wrappedStmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	if err := s.w.step("EXECUTE " + s.query); err != nil {
		return nil, err
	}
	s.w.see(s.query)
	r, err := s.Stmt.(driver.StmtExecContext).ExecContext(ctx, args)
	return s.w.counted(s.query, r, err), s.w.err(err)
}

func (s *wrappedStmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	if err := s.w.step("EXECUTE " + s.query); err != nil {
		return nil, err
	}
	s.w.see(s.query)
	rows, err := s.Stmt.(driver.StmtQueryContext).QueryContext(ctx, args)
	return s.w.listed(s.query, rows, err), s.w.err(err)
}

type wrappedTx struct {
	driver.Tx
	w *wrapped
}

func (t *wrappedTx) Commit() error {
	if err := t.w.step("COMMIT"); err != nil {
		return err
	}
	return t.w.err(t.Tx.Commit())
}

func (t *wrappedTx) Rollback() error {
	if err := t.w.step("ROLLBACK"); err != nil {
		return err
	}
	return t.w.err(t.Tx.Rollback())
}

// counted is the result of a statement.
func (w *wrapped) counted(query string, r driver.Result, err error) driver.Result {
	switch {
	case err != nil:
		return r
	case w.result != nil:
		return w.result(r)
	case w.before != nil:
		return &wrappedResult{r, w, query}
	}
	return r
}

type wrappedResult struct {
	driver.Result
	w     *wrapped
	query string
}

func (r *wrappedResult) RowsAffected() (int64, error) {
	if err := r.w.step("COUNT " + r.query); err != nil {
		return 0, err
	}
	return r.Result.RowsAffected()
}

// listed are the rows of a query.
func (w *wrapped) listed(query string, rows driver.Rows, err error) driver.Rows {
	if err != nil || w.before == nil && w.odd == nil {
		return rows
	}
	return &wrappedRows{rows, w, query}
}

type wrappedRows struct {
	driver.Rows
	w     *wrapped
	query string
}

func (r *wrappedRows) Next(dest []driver.Value) error {
	if err := r.w.step("NEXT " + r.query); err != nil {
		return err
	}
	err := r.Rows.Next(dest)
	if err == nil && r.w.odd != nil && r.w.odd(r.query) {
		for i := range dest {
			dest[i] = struct{}{}
		}
	}
	return err
}

var errNoCount = errors.New("no count of rows")

// countless is the result of a driver that does not count rows.
type countless struct{ driver.Result }

func (countless) RowsAffected() (int64, error) { return 0, errNoCount }

// A foreign Error is that of a driver which, as mattn/go-sqlite3 does, has its
// code in a field.
type Error struct {
	Code int
	text string
}

func (e Error) Error() string { return e.text }

// foreign makes modernc.org/sqlite's errors such ones.
func foreign(err error) error {
	var own *sqlite.Error
	if !errors.As(err, &own) {
		return err
	}
	return Error{own.Code() & 0xff, own.Error()}
}

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
}

func (w *wrapped) see(query string) {
	if w.seen != nil {
		w.seen(query)
	}
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
	tx, err := c.Conn.(driver.ConnBeginTx).BeginTx(ctx, opts)
	return tx, c.w.err(err)
}

func (c *wrappedConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	r, err := c.Conn.(driver.ExecerContext).ExecContext(ctx, query, args)
	if !errors.Is(err, driver.ErrSkip) { // else it comes again, prepared
		c.w.see(query)
	}
	if err == nil && c.w.result != nil {
		r = c.w.result(r)
	}
	return r, c.w.err(err)
}

func (c *wrappedConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	rows, err := c.Conn.(driver.QueryerContext).QueryContext(ctx, query, args)
	if !errors.Is(err, driver.ErrSkip) {
		c.w.see(query)
	}
	return rows, c.w.err(err)
}

func (c *wrappedConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
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
	s.w.see(s.query)
	r, err := s.Stmt.(driver.StmtExecContext).ExecContext(ctx, args)
	if err == nil && s.w.result != nil {
		r = s.w.result(r)
	}
	return r, s.w.err(err)
}

func (s *wrappedStmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	s.w.see(s.query)
	rows, err := s.Stmt.(driver.StmtQueryContext).QueryContext(ctx, args)
	return rows, s.w.err(err)
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

package sqlstore_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/sqlstore"
	"github.com/go-sql-driver/mysql"
	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite"
)

// A database is one to test on: a schema, a prefix or a file of its own, which
// goes at the end of the test.
type database struct {
	sqlstore.Dialect
	driver, dsn string
	prefix      string
}

// onEach runs a test on a fresh database of each kind, with its tables made.
func onEach(t *testing.T, f func(t *testing.T, d *database)) {
	t.Helper()
	on(t, []sqlstore.Dialect{sqlstore.PostgreSQL, sqlstore.MySQL, sqlstore.SQLite}, f)
}

func on(t *testing.T, dialects []sqlstore.Dialect, f func(t *testing.T, d *database)) {
	t.Helper()
	for _, dialect := range dialects {
		t.Run(string(dialect), func(t *testing.T) {
			d := newDatabase(t, dialect)
			require.NoError(t, d.store(t).Migrate(t.Context()))
			f(t, d)
		})
	}
}

// newDatabase returns an empty database.
func newDatabase(t testing.TB, dialect sqlstore.Dialect) *database {
	t.Helper()
	switch dialect {
	case sqlstore.PostgreSQL:
		return newPostgreSQL(t)
	case sqlstore.MySQL:
		return newMySQL(t)
	}
	dsn := "file:" + filepath.Join(t.TempDir(), "test.db") + "?_pragma=journal_mode(WAL)&_pragma=busy_timeout(10000)"
	return &database{sqlstore.SQLite, "sqlite", dsn, "highhelp_"}
}

func newPostgreSQL(t testing.TB) *database {
	t.Helper()
	dsn := env("HIGHHELP_TEST_POSTGRES", "postgres://postgres@127.0.0.1:5432/test?sslmode=disable")
	admin := open(t, "pgx", dsn)
	if err := admin.PingContext(t.Context()); err != nil {
		missing(t, "PostgreSQL", err)
	}
	schema := "sqlstore_" + strings.ToLower(rand.Text())
	run(t, admin, "CREATE SCHEMA "+schema)
	t.Cleanup(func() { run(t, admin, "DROP SCHEMA "+schema+" CASCADE") })
	return &database{sqlstore.PostgreSQL, "pgx", with(t, with(t, dsn, "search_path", schema), "application_name", schema), "highhelp_"}
}

func newMySQL(t testing.TB) *database {
	t.Helper()
	dsn := env("HIGHHELP_TEST_MYSQL", "root@tcp(127.0.0.1:3306)/test")
	admin := open(t, "mysql", dsn)
	if err := admin.PingContext(t.Context()); err != nil {
		missing(t, "MySQL or MariaDB", err)
	}
	d := &database{sqlstore.MySQL, "mysql", dsn, "t" + strings.ToLower(rand.Text())[:16] + "_"}
	t.Cleanup(func() {
		for _, table := range []string{"payments", "deliveries", "schema", "shipped", "locks"} {
			run(t, admin, "DROP TABLE IF EXISTS "+d.prefix+table)
		}
	})
	return d
}

// isMariaDB tells the two apart that share a dialect.
func (d *database) isMariaDB(t testing.TB) bool {
	t.Helper()
	var version string
	require.NoError(t, d.pool(t).QueryRowContext(t.Context(), "SELECT VERSION()").Scan(&version))
	return strings.Contains(version, "MariaDB")
}

// with returns a DSN with one more parameter.
func with(t testing.TB, dsn, name, value string) string {
	t.Helper()
	if strings.Contains(dsn, "@tcp(") {
		cfg, err := mysql.ParseDSN(dsn)
		require.NoError(t, err)
		if cfg.Params == nil {
			cfg.Params = map[string]string{}
		}
		cfg.Params[name] = value
		return cfg.FormatDSN()
	}
	u, err := url.Parse(dsn)
	require.NoError(t, err)
	q := u.Query()
	q.Add(name, value)
	u.RawQuery = q.Encode()
	return u.String()
}

// open opens a pool that is closed at the end of the test.
func open(t testing.TB, driver, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open(driver, dsn)
	require.NoError(t, err)
	db.SetMaxOpenConns(20)
	db.SetMaxIdleConns(20)
	t.Cleanup(func() { db.Close() })
	return db
}

// run runs a statement, at the end of a test too.
func run(t testing.TB, db *sql.DB, query string, args ...any) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	_, err := db.ExecContext(ctx, query, args...)
	require.NoError(t, err)
}

// pool opens another pool on the database.
func (d *database) pool(t testing.TB) *sql.DB { return open(t, d.driver, d.dsn) }

// store is a Store with connections of its own, as in another process.
func (d *database) store(t testing.TB) *sqlstore.Store { return d.on(t, d.pool(t)) }

func (d *database) on(t testing.TB, db *sql.DB) *sqlstore.Store {
	t.Helper()
	s, err := sqlstore.New(sqlstore.Config{DB: db, Dialect: d.Dialect, Prefix: d.prefix})
	require.NoError(t, err)
	return s
}

// arg is how a statement names its nth argument.
func (d *database) arg(n int) string {
	if d.Dialect == sqlstore.PostgreSQL {
		return fmt.Sprintf("$%d", n)
	}
	return "?"
}

// payment returns a payment that has been inserted.
func payment(t testing.TB, s highhelp.Store, k highhelp.Key) highhelp.Payment {
	t.Helper()
	at := time.Now().UTC().Truncate(time.Microsecond)
	p := highhelp.Payment{Key: k, CreatedAt: at, UpdatedAt: at, Attempts: []highhelp.Attempt{
		{N: 1, PaymentID: k.OrderID, Amount: highhelp.Money{Minor: 10000, Currency: "RUB"}, Sent: true, CreatedAt: at},
	}}
	require.NoError(t, s.Insert(t.Context(), p))
	return p
}

// hold is a change that can be seen.
func hold(why string) func(context.Context, *highhelp.Payment) error {
	return func(_ context.Context, p *highhelp.Payment) error {
		p.Held = why
		return nil
	}
}

func requireHeld(t testing.TB, s highhelp.Store, k highhelp.Key, want string) {
	t.Helper()
	p, err := s.Payment(t.Context(), k)
	require.NoError(t, err)
	require.Equal(t, want, p.Held)
}

func orderKey(id string) highhelp.Key { return highhelp.Key{ProjectID: "P", OrderID: id} }

// idle fills a pool with so many idle connections.
func idle(t testing.TB, db *sql.DB, n int) {
	t.Helper()
	for range n {
		conn, err := db.Conn(t.Context())
		require.NoError(t, err)
		require.NoError(t, conn.PingContext(t.Context()))
		defer conn.Close()
	}
}

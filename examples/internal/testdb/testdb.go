// Package testdb gives the tests of the examples a schema of PostgreSQL of their
// own.
package testdb

import (
	"context"
	"crypto/rand"
	"database/sql"
	"net/url"
	"os"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"
)

// Open returns a connection string of a schema that is dropped when the test
// ends, and a pool on it. Its server is HIGHHELP_TEST_POSTGRES; default
// postgres://postgres@127.0.0.1:5432/test?sslmode=disable. Without one the test
// is skipped, or fails if HIGHHELP_TEST_REQUIRE is all.
func Open(t *testing.T) (string, *sql.DB) {
	t.Helper()
	dsn := os.Getenv("HIGHHELP_TEST_POSTGRES")
	if dsn == "" {
		dsn = "postgres://postgres@127.0.0.1:5432/test?sslmode=disable"
	}
	u, err := url.Parse(dsn)
	require.NoError(t, err)
	query, schema := u.Query(), "example_"+strings.ToLower(rand.Text())
	query.Set("search_path", schema)
	query.Set("synchronous_commit", "off") // no power fails here
	u.RawQuery = query.Encode()
	db, err := sql.Open("pgx", u.String())
	require.NoError(t, err)
	if err := db.PingContext(t.Context()); err != nil {
		if os.Getenv("HIGHHELP_TEST_REQUIRE") == "all" {
			t.Fatalf("there is no PostgreSQL (%v), and HIGHHELP_TEST_REQUIRE is all", err)
		}
		t.Skipf("there is no PostgreSQL: %v", err)
	}
	Exec(t, db, "CREATE SCHEMA "+schema)
	t.Cleanup(func() {
		Exec(t, db, "DROP SCHEMA "+schema+" CASCADE")
		require.NoError(t, db.Close())
	})
	return u.String(), db
}

// Exec runs a statement, also when the test is about to end.
func Exec(t *testing.T, db *sql.DB, query string) {
	t.Helper()
	_, err := db.ExecContext(context.WithoutCancel(t.Context()), query)
	require.NoError(t, err)
}

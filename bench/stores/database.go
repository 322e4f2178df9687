package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/redisstore"
	"github.com/go-highhelp/highhelp/sqlstore"
	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/redis/go-redis/v9"
	_ "modernc.org/sqlite"
)

// A database is what both sides of a comparison work on.
type database struct {
	name   string
	store  highhelp.Store
	db     *sql.DB                                                 // nil for Redis
	prefix string                                                  // of the tables
	bare   func(ctx context.Context, id string, body []byte) error // what must be done, by hand
	seed   func(ctx context.Context, ids []string)                 // rows for bare
	close  func()
}

func scratch() string {
	var b [5]byte
	_, _ = rand.Read(b[:])
	return "bench_" + hex.EncodeToString(b[:]) + "_"
}

func openSQLite(ctx context.Context) *database {
	dir := must(os.MkdirTemp("", "highhelp-bench-"))
	pragmas := url.Values{"_pragma": {"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)"}}
	db := must(sql.Open("sqlite", "file:"+filepath.Join(dir, "bench.db")+"?"+pragmas.Encode()+"&_txlock=immediate"))
	d := openSQL(ctx, "SQLite", sqlstore.SQLite, db, "BLOB", "INTEGER PRIMARY KEY")
	turn := make(chan struct{}, 1) // as any program must that has more than one writer on SQLite
	d.bare = func(ctx context.Context, id string, body []byte) error {
		turn <- struct{}{}
		defer func() { <-turn }()
		return d.byHand(ctx, "SELECT payload FROM {p}payments WHERE id = ?", id, body)
	}
	d.close = func() {
		check(db.Close())
		check(os.RemoveAll(dir))
	}
	return d
}

func openPostgres(ctx context.Context) *database {
	dsn := os.Getenv("HIGHHELP_TEST_POSTGRES")
	if dsn == "" {
		dsn = "postgres://postgres@127.0.0.1:5432/test?sslmode=disable"
	}
	db := must(sql.Open("pgx", dsn))
	db.SetMaxOpenConns(64)
	db.SetMaxIdleConns(64)
	d := openSQL(ctx, "PostgreSQL", sqlstore.PostgreSQL, db, "BYTEA", "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY")
	d.bare = func(ctx context.Context, id string, body []byte) error {
		return d.byHand(ctx, "SELECT payload FROM {p}payments WHERE id = $1 FOR UPDATE", id, body)
	}
	d.close = func() {
		for _, table := range []string{"payments", "deliveries", "schema", "bare_payments", "bare_deliveries"} {
			must(db.ExecContext(ctx, "DROP TABLE IF EXISTS "+d.prefix+table))
		}
		check(db.Close())
	}
	return d
}

func openSQL(ctx context.Context, name string, dialect sqlstore.Dialect, db *sql.DB, bytes, id string) *database {
	d := &database{name: name, db: db, prefix: scratch()}
	store := must(sqlstore.New(sqlstore.Config{DB: db, Dialect: dialect, Prefix: d.prefix}))
	check(store.Migrate(ctx))
	d.store = store
	must(db.ExecContext(ctx, "CREATE TABLE "+d.prefix+"bare_payments (id VARCHAR(255) PRIMARY KEY, payload "+bytes+" NOT NULL)"))
	must(db.ExecContext(ctx, "CREATE TABLE "+d.prefix+"bare_deliveries (id "+id+", payment VARCHAR(255) NOT NULL, body "+bytes+" NOT NULL)"))
	d.seed = func(ctx context.Context, ids []string) {
		tx := must(db.BeginTx(ctx, nil))
		for _, id := range ids {
			must(tx.ExecContext(ctx, d.text("INSERT INTO {p}payments (id, payload) VALUES (?, ?)"), id, payload))
		}
		check(tx.Commit())
	}
	return d
}

// As long as a stored payment is, before and after. They differ, because SQLite
// does not write what is there already.
var (
	payload = []byte(strings.Repeat("x", 400))
	paid    = []byte(strings.Repeat("y", 600))
)

// text completes a statement of the bare program.
func (d *database) text(query string) string {
	query = strings.ReplaceAll(query, "{p}", d.prefix+"bare_")
	if d.name == "PostgreSQL" {
		for n := 1; strings.Contains(query, "?"); n++ {
			query = strings.Replace(query, "?", fmt.Sprint("$", n), 1)
		}
	}
	return query
}

// byHand begins, reads for update, writes, notes in a journal, commits.
func (d *database) byHand(ctx context.Context, read, id string, body []byte) error {
	tx, err := d.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	var old []byte
	if err := tx.QueryRowContext(ctx, d.text(read), id).Scan(&old); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, d.text("UPDATE {p}payments SET payload = ? WHERE id = ?"), paid, id); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, d.text("INSERT INTO {p}deliveries (payment, body) VALUES (?, ?)"), id, body); err != nil {
		return err
	}
	return tx.Commit()
}

// bareScript does what a save does, in one script, with no checks.
var bareScript = redis.NewScript(`redis.call('GET', KEYS[1]) redis.call('SET', KEYS[1], ARGV[1]) return redis.call('XADD', KEYS[2], '*', 'd', ARGV[2])`)

func openRedis(ctx context.Context) *database {
	addr := os.Getenv("HIGHHELP_TEST_REDIS")
	if addr == "" {
		addr = "127.0.0.1:6379"
	}
	client := redis.NewClient(&redis.Options{Addr: addr, ContextTimeoutEnabled: true, PoolSize: 64})
	d := &database{name: "Redis", prefix: scratch()}
	d.store = must(redisstore.New(client, redisstore.Options{Prefix: d.prefix}))
	d.bare = func(ctx context.Context, id string, body []byte) error {
		return bareScript.Run(ctx, client, []string{d.prefix + "bare{x}" + id, d.prefix + "bare{x}journal"}, payload, body).Err()
	}
	d.seed = func(ctx context.Context, ids []string) {
		for _, id := range ids {
			check(client.Set(ctx, d.prefix+"bare{x}"+id, payload, 0).Err())
		}
	}
	d.close = func() {
		for keys := client.Scan(ctx, 0, d.prefix+"*", 1000).Iterator(); keys.Next(ctx); {
			check(client.Del(ctx, keys.Val()).Err())
		}
		check(client.Close())
	}
	return d
}

package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"log/slog"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-highhelp/highhelp/sandbox"
	"github.com/go-sql-driver/mysql"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

// missing skips a test for what this machine lacks, or fails it if nothing may
// be skipped.
func missing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("HIGHHELP_TEST_REQUIRE") == "all" {
		t.Fatalf("there is no %s, and HIGHHELP_TEST_REQUIRE is all", what)
	}
	t.Skipf("there is no %s", what)
}

// scratch names something that no other run uses.
func scratch() string { return "demo_" + strings.ToLower(rand.Text()[:10]) }

// openSQL connects, and creates what the test is to work in; it is dropped at
// the end.
func openSQL(t *testing.T, what, driver, dsn, create, drop string) {
	t.Helper()
	db, err := sql.Open(driver, dsn)
	require.NoError(t, err)
	if db.PingContext(t.Context()) != nil {
		missing(t, what)
	}
	_, err = db.ExecContext(t.Context(), create)
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := db.ExecContext(context.Background(), drop)
		require.NoError(t, err)
		require.NoError(t, db.Close())
	})
}

func postgres(t *testing.T) string {
	dsn := either(os.Getenv("HIGHHELP_TEST_POSTGRES"), "postgres://postgres@127.0.0.1:5432/test?sslmode=disable")
	schema := scratch()
	openSQL(t, "PostgreSQL", "pgx", dsn, "CREATE SCHEMA "+schema, "DROP SCHEMA "+schema+" CASCADE")
	u, err := url.Parse(dsn)
	require.NoError(t, err)
	q := u.Query()
	q.Set("search_path", schema)
	u.RawQuery = q.Encode()
	return u.String()
}

func mariadb(t *testing.T) string {
	dsn := either(os.Getenv("HIGHHELP_TEST_MYSQL"), "root@tcp(127.0.0.1:3306)/test")
	database := scratch()
	openSQL(t, "MariaDB", "mysql", dsn, "CREATE DATABASE "+database, "DROP DATABASE "+database)
	cfg, err := mysql.ParseDSN(dsn)
	require.NoError(t, err)
	return (&url.URL{Scheme: "mysql", User: url.UserPassword(cfg.User, cfg.Passwd), Host: cfg.Addr, Path: "/" + database}).String()
}

// redisURL leads to a database of the server that nothing else uses; what the
// demo leaves there is deleted.
func redisURL(t *testing.T) string {
	addr := either(os.Getenv("HIGHHELP_TEST_REDIS"), "127.0.0.1:6379")
	client := redis.NewClient(&redis.Options{Addr: addr, DB: 15})
	if client.Ping(t.Context()).Err() != nil {
		missing(t, "Redis")
	}
	t.Cleanup(func() {
		for keys := client.Scan(context.Background(), 0, "highhelp-demo*", 1000).Iterator(); keys.Next(context.Background()); {
			require.NoError(t, client.Del(context.Background(), keys.Val()).Err())
		}
		require.NoError(t, client.Close())
	})
	return "redis://" + addr + "/15"
}

// A demo goes on where it was stopped: orders, payments and the sandbox.
func TestRestart(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("HOME", t.TempDir())
	listener := httptest.NewServer(nil)
	addr := listener.Listener.Addr().String()
	listener.Close()
	env := map[string]string{"HIGHHELP_ADDR": addr}
	shop, stop := startAndStop(t, env)
	paid, open := newOrder(t, shop), newOrder(t, shop)
	_, page, _ := ticket(t, shop, paid)
	act(t, page, "pay")
	await(t, shop, paid, "paid")
	_, page, _ = ticket(t, shop, open)
	stop()

	shop = start(t, env)
	require.Equal(t, 1, look(t, shop, paid).Fulfilled)
	_, same, _ := ticket(t, shop, open)
	token := func(page string) string { return page[strings.LastIndex(page, "/"):] }
	require.Equal(t, token(page), token(same))
	act(t, same, "pay")
	require.Equal(t, 1, await(t, shop, open, "paid").Fulfilled)
}

// With a gateway that never calls back, the order is shipped all the same.
func TestNoCallbacks(t *testing.T) {
	keys, err := sandbox.GenerateKeys("silent")
	require.NoError(t, err)
	dir := t.TempDir()
	require.NoError(t, keys.WriteFiles(dir))
	server := httptest.NewUnstartedServer(nil)
	address := "http://" + server.Listener.Addr().String()
	server.Config.Handler, err = sandbox.New(sandbox.Config{PublicURL: address, Projects: []sandbox.Project{keys.Project()}, Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	server.Start()
	defer server.Close()
	shop := start(t, map[string]string{
		"HIGHHELP_BASE_URL": address, "HIGHHELP_PROJECT_ID": "silent",
		"HIGHHELP_HMAC_KEY_FILE":            filepath.Join(dir, "hmac_private_key_silent.txt"),
		"HIGHHELP_CALLBACK_PUBLIC_KEY_FILE": filepath.Join(dir, "callback_public_key_silent.pem"),
		"HIGHHELP_RECONCILE_AFTER":          "50ms", "HIGHHELP_RECONCILE_INTERVAL": "50ms",
	})
	id := newOrder(t, shop)
	_, page, _ := ticket(t, shop, id)
	act(t, page, "pay")
	require.Equal(t, 1, await(t, shop, id, "paid").Fulfilled)
}

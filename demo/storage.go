package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/redisstore"
	"github.com/go-highhelp/highhelp/sqlstore"
	"github.com/go-sql-driver/mysql"
	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/redis/go-redis/v9"
	_ "modernc.org/sqlite"
)

// A storage is where the shop keeps payments, and its own orders.
type storage struct {
	payments highhelp.Store
	orders   orders
	closers  []func() error
}

func (s *storage) Close() error {
	var errs []error
	for _, f := range s.closers {
		errs = append(errs, f())
	}
	return errors.Join(errs...)
}

// openStorage opens what HIGHHELP_STORE names. An error holds no part of the
// name but its kind: the rest may hold a password.
func openStorage(ctx context.Context, name, sqlite string) (*storage, error) {
	kind, rest, _ := strings.Cut(name, ":")
	s := &storage{}
	var err error
	switch kind {
	case "memory":
		s.payments, s.orders = &highhelp.MemStore{}, &memoryOrders{}
	case "sqlite":
		err = s.openSQL(ctx, sqlstore.SQLite, "sqlite", sqliteDSN(rest), true)
	case "postgres", "postgresql":
		err = s.openSQL(ctx, sqlstore.PostgreSQL, "pgx", name, true)
	case "mysql":
		var dsn string
		if dsn, err = mysqlDSN(name); err == nil {
			err = s.openSQL(ctx, sqlstore.MySQL, "mysql", dsn, true)
		}
	case "redis", "rediss":
		// The shop's own orders are no matter of Redis.
		if err = s.openSQL(ctx, sqlstore.SQLite, "sqlite", sqliteDSN(sqlite), false); err == nil {
			err = s.openRedis(ctx, name)
		}
	default:
		return nil, fmt.Errorf("HIGHHELP_STORE: %q is no store of this demo: sqlite:PATH, postgres://…, mysql://…, redis://… and memory: are", kind)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("HIGHHELP_STORE: %s: %w", kind, err), s.Close())
	}
	return s, nil
}

// openSQL opens a database for the orders and, if payments says so, for the
// payments: then both are committed together.
func (s *storage) openSQL(ctx context.Context, dialect sqlstore.Dialect, driver, dsn string, payments bool) error {
	db, err := sql.Open(driver, dsn)
	if err != nil {
		return errors.New("not an address of a database")
	}
	s.closers = append(s.closers, db.Close)
	if payments {
		store, err := sqlstore.New(sqlstore.Config{DB: db, Dialect: dialect})
		if err != nil {
			return err
		}
		if err := store.Migrate(ctx); err != nil {
			return err
		}
		s.payments = store
	}
	s.orders, err = newSQLOrders(ctx, db, dialect)
	return err
}

func (s *storage) openRedis(ctx context.Context, name string) error {
	options, err := redis.ParseURL(name)
	if err != nil {
		return errors.New("not a URL such as redis://127.0.0.1:6379/0")
	}
	options.ContextTimeoutEnabled = true
	client := redis.NewClient(options)
	s.closers = append(s.closers, client.Close)
	if err := client.Ping(ctx).Err(); err != nil {
		return err
	}
	s.payments, err = redisstore.New(client, redisstore.Options{Prefix: "highhelp-demo"})
	return err
}

func sqliteDSN(path string) string {
	pragmas := url.Values{"_pragma": {"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(FULL)"}}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + pragmas.Encode()
}

// mysqlDSN writes a URL as the driver wants it.
func mysqlDSN(name string) (string, error) {
	u, err := url.Parse(name)
	if err != nil || u.Host == "" {
		return "", errors.New("not a URL such as mysql://user@127.0.0.1:3306/shop")
	}
	cfg := mysql.NewConfig()
	cfg.User, cfg.Net, cfg.Addr, cfg.DBName = u.User.Username(), "tcp", u.Host, strings.TrimPrefix(u.Path, "/")
	cfg.Passwd, _ = u.User.Password()
	if u.Port() == "" {
		cfg.Addr = u.Hostname() + ":3306"
	}
	return cfg.FormatDSN(), nil
}

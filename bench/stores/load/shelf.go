package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/sqlstore"
	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"
)

// A shelf is a Store that can drop the payments of a generation.
type shelf interface {
	highhelp.Store
	drop(generation int) (dropped bool)
	close()
}

func openShelf(ctx context.Context, kind string, keep bool) shelf {
	switch kind {
	case "memory":
		if keep {
			return kept{&highhelp.MemStore{}, func() {}}
		}
		return &generations{stores: map[string]*highhelp.MemStore{}}
	case "sqlite":
		return openSQLite(ctx)
	case "postgres":
		return openPostgres(ctx)
	}
	panic("no such store: " + kind)
}

// kept keeps all payments; databases have room.
type kept struct {
	highhelp.Store
	end func()
}

func (kept) drop(int) bool { return false }
func (k kept) close()      { k.end() }

func openSQLite(ctx context.Context) shelf {
	dir := must(os.MkdirTemp("", "highhelp-load-"))
	pragmas := url.Values{"_pragma": {"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)"}}
	db := must(sql.Open("sqlite", "file:"+filepath.Join(dir, "load.db")+"?"+pragmas.Encode()+"&_txlock=immediate"))
	store := must(sqlstore.New(sqlstore.Config{DB: db, Dialect: sqlstore.SQLite}))
	check(store.Migrate(ctx))
	return kept{store, func() {
		check(db.Close())
		check(os.RemoveAll(dir))
	}}
}

func openPostgres(ctx context.Context) shelf {
	dsn := os.Getenv("HIGHHELP_TEST_POSTGRES")
	if dsn == "" {
		dsn = "postgres://postgres@127.0.0.1:5432/test?sslmode=disable"
	}
	db := must(sql.Open("pgx", dsn))
	db.SetMaxOpenConns(32)
	db.SetMaxIdleConns(32)
	prefix := "load_" + strings.ToLower(rand.Text()[:8]) + "_"
	store := must(sqlstore.New(sqlstore.Config{DB: db, Dialect: sqlstore.PostgreSQL, Prefix: prefix}))
	check(store.Migrate(ctx))
	return kept{store, func() {
		for _, table := range []string{"payments", "deliveries", "schema"} {
			must(db.Exec("DROP TABLE IF EXISTS " + prefix + table))
		}
		check(db.Close())
	}}
}

// generations is a MemStore for each generation of orders, and one for what
// belongs to none: the journal of what was refused.
type generations struct {
	mu     sync.RWMutex
	stores map[string]*highhelp.MemStore
	rest   highhelp.MemStore
}

var _ shelf = (*generations)(nil)

// of returns the store of an order.
func (g *generations) of(id string) *highhelp.MemStore {
	name, _, _ := strings.Cut(id, "-")
	g.mu.RLock()
	defer g.mu.RUnlock()
	if s := g.stores[name]; s != nil {
		return s
	}
	return &g.rest
}

func (g *generations) Insert(ctx context.Context, p highhelp.Payment) error {
	name, _, _ := strings.Cut(p.OrderID, "-")
	g.mu.Lock()
	if g.stores[name] == nil {
		g.stores[name] = &highhelp.MemStore{}
	}
	g.mu.Unlock()
	return g.of(p.OrderID).Insert(ctx, p)
}

func (g *generations) Payment(ctx context.Context, k highhelp.Key) (highhelp.Payment, error) {
	return g.of(k.OrderID).Payment(ctx, k)
}

func (g *generations) Update(ctx context.Context, k highhelp.Key, change func(context.Context, *highhelp.Payment) error) error {
	return g.of(k.OrderID).Update(ctx, k, change)
}

func (g *generations) Record(ctx context.Context, d highhelp.Delivery) error {
	return g.of(d.OrderID).Record(ctx, d)
}

// Pending is for Reconcile, which nobody calls here.
func (*generations) Pending(context.Context, string, time.Time, int) ([]highhelp.Payment, error) {
	return nil, nil
}

func (*generations) Transactional() bool { return false }

func (g *generations) drop(generation int) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.stores, fmt.Sprint("g", generation))
	return true
}

func (*generations) close() {}

// Command shop-postgres is a shop whose pages are rendered on the server, and
// which keeps its orders in PostgreSQL. An order is marked paid in the
// transaction that saves its payment: both, or neither.
//
//	SHOP_ADDR      where it listens; default 127.0.0.1:8080
//	DATABASE_URL   default postgres://postgres@127.0.0.1:5432/test?sslmode=disable
//
// The payments come from a sandbox, unless HIGHHELP_BASE_URL and its like say
// otherwise; see internal/gateway.
package main

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/go-highhelp/highhelp/examples/internal/gateway"
	_ "github.com/jackc/pgx/v5/stdlib"
	"golang.org/x/sync/errgroup"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Getenv, func(url string) { fmt.Println("shop:", url) }); err != nil {
		slog.Error("shop-postgres", "error", err)
		os.Exit(1)
	}
}

// run serves the shop until ctx ends, and then what has begun.
func run(ctx context.Context, getenv func(string) string, ready func(url string)) error {
	listener, err := net.Listen("tcp", cmp.Or(getenv("SHOP_ADDR"), "127.0.0.1:8080"))
	if err != nil {
		return err
	}
	defer listener.Close()
	db, err := sql.Open("pgx", cmp.Or(getenv("DATABASE_URL"), "postgres://postgres@127.0.0.1:5432/test?sslmode=disable"))
	if err != nil {
		return err
	}
	defer db.Close()
	db.SetMaxOpenConns(20)
	gateway, err := gateway.Open(getenv, listener.Addr())
	if err != nil {
		return err
	}
	shop, err := newShop(ctx, db, gateway)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: shop.routes(), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return gateway.Run(ctx) })
	group.Go(func() error { return shop.checkout.Run(ctx) }) // asks about payments whose callbacks do not come
	group.Go(func() error { return server.Serve(listener) })
	group.Go(func() error {
		<-ctx.Done()
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
		defer cancel()
		return server.Shutdown(ctx)
	})
	ready("http://" + listener.Addr().String())
	if err := group.Wait(); !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

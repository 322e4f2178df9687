// Command outbox is a shop that ships by a queue: OnPaid writes a job in the
// transaction that saves the payment, and a worker sends the parcel. A process
// that is killed between the two sends it when it is back. The queue is River,
// whose jobs are rows beside the orders.
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
	if err := run(ctx, os.Getenv, sendParcel, func(url string) { fmt.Println("shop:", url) }); err != nil {
		slog.Error("outbox", "error", err)
		os.Exit(1)
	}
}

// run serves the shop and works off its queue until ctx ends.
func run(ctx context.Context, getenv func(string) string, send carrier, ready func(url string)) error {
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
	shop, err := newShop(ctx, db, gateway.Config, send)
	if err != nil {
		return err
	}
	if err := shop.jobs.Start(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	server := &http.Server{Handler: shop.routes(), ReadHeaderTimeout: 10 * time.Second}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return gateway.Run(ctx) })
	group.Go(func() error { return shop.checkout.Run(ctx) })
	group.Go(func() error { return server.Serve(listener) })
	group.Go(func() error {
		<-ctx.Done()
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
		defer cancel()
		return errors.Join(server.Shutdown(ctx), shop.jobs.Stop(ctx)) // the jobs that are under way are finished
	})
	ready("http://" + listener.Addr().String())
	if err := group.Wait(); !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// Command demo is a shop with one product, a pay button and an order page. It
// takes its payments through package highhelp, from a sandbox gateway that it
// brings along, so that it needs no account and no network:
//
//	go run ./demo
//
// and http://127.0.0.1:8080 is open, with the log of its payments at /log/ for
// this machine. The environment can change what it is made of:
//
//	HIGHHELP_ADDR                     where the shop listens; default 127.0.0.1:8080
//	HIGHHELP_STORE                    where payments are kept: sqlite:PATH, postgres://…, mysql://…, redis://… or
//	                                  memory:; default an SQLite file in the user's cache directory
//	HIGHHELP_RECONCILE_AFTER          after how long the gateway is asked for the first time; default 1m
//	HIGHHELP_RECONCILE_INTERVAL       how often the shop looks what is due; default 30s
//
// With HIGHHELP_BASE_URL it talks to that gateway in place of the sandbox:
//
//	HIGHHELP_BASE_URL                 base of the gateway's API
//	HIGHHELP_PUBLIC_URL               origin at which the gateway reaches the shop; default http:// and the address
//	HIGHHELP_PROJECT_ID               the cash register's id
//	HIGHHELP_PRIVATE_KEY_FILE         RSA key for requests, or
//	HIGHHELP_HMAC_KEY_FILE            HMAC key for requests
//	HIGHHELP_CALLBACK_PUBLIC_KEY_FILE RSA key for callbacks, or
//	HIGHHELP_CALLBACK_HMAC_KEY_FILE   HMAC key for callbacks
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Getenv, slog.New(slog.NewTextHandler(os.Stderr, nil)), func(shop, gateway string) {
		fmt.Printf("shop:    %s\ngateway: %s\n", shop, gateway)
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

// run serves the shop until ctx ends. It calls ready with the addresses of the
// shop and of the gateway once both are served.
func run(ctx context.Context, getenv func(string) string, logger *slog.Logger, ready func(shop, gateway string)) error {
	listener, err := net.Listen("tcp", either(getenv("HIGHHELP_ADDR"), "127.0.0.1:8080"))
	if err != nil {
		return err
	}
	defer listener.Close()
	cfg, err := readConfig(getenv, listener.Addr())
	if err != nil {
		return err
	}
	var running sync.WaitGroup
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	if cfg.temporary {
		defer func() { _ = os.RemoveAll(cfg.data) }()
	}
	storage, err := openStorage(ctx, cfg.store, cfg.sqlitePath())
	if err != nil {
		return err
	}
	defer func() { _ = storage.Close() }()
	defer running.Wait() // before the storage is closed
	defer stop()
	if cfg.baseURL == "" {
		gateway, err := startSandbox(ctx, &running, &cfg, logger)
		if err != nil {
			return err
		}
		defer gateway.Close()
	}
	shop, err := newShop(cfg, storage, logger)
	if err != nil {
		return err
	}
	running.Go(func() { _ = shop.checkout.Run(ctx) }) // its error is that of ctx
	ready(cfg.publicURL, cfg.baseURL)
	return serve(ctx, listener, shop.handler)
}

// serve answers requests until ctx ends, and finishes those under way.
func serve(ctx context.Context, l net.Listener, h http.Handler) error {
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
	defer cancel()
	err := server.Shutdown(ctx)
	if serveErr := <-ended; err == nil && !errors.Is(serveErr, http.ErrServerClosed) {
		err = serveErr
	}
	return err
}

func either(value, fallback string) string {
	if value != "" {
		return value
	}
	return fallback
}

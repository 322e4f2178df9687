package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/go-highhelp/highhelp/sandbox"
)

const sandboxProject = "57aff4db-b45d-42bf-bc5f-b7a499a01782"

// sandboxAddr is where the sandbox listens if it can: beside the shop, so that
// its pages have an origin of their own, as those of the gateway do.
const sandboxAddr = "127.0.0.1:8081"

// startSandbox serves a sandbox gateway with new keys until ctx ends, and puts
// into cfg what the shop must know of it.
func startSandbox(ctx context.Context, running *sync.WaitGroup, cfg *config, logger *slog.Logger) (*http.Server, error) {
	listener, err := net.Listen("tcp", sandboxAddr)
	if err != nil {
		if listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			return nil, err
		}
	}
	keys, err := sandbox.GenerateKeys(either(cfg.projectID, sandboxProject))
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	cfg.projectID, cfg.signer, cfg.verifier = keys.ProjectID, keys.RequestPrivate, keys.CallbackPublic
	cfg.baseURL = "http://" + listener.Addr().String()
	cfg.pages = cfg.baseURL
	gateway, err := sandbox.New(sandbox.Config{
		PublicURL: cfg.baseURL, Projects: []sandbox.Project{keys.Project()}, Logger: logger,
	})
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	server := &http.Server{Handler: gateway, ReadHeaderTimeout: 10 * time.Second}
	running.Go(func() { _ = gateway.Run(ctx) })       // its error is that of ctx
	running.Go(func() { _ = server.Serve(listener) }) // ends when run closes it
	return server, nil
}

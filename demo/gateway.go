package main

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"sync"
	"time"

	"github.com/go-highhelp/highhelp/sandbox"
)

const sandboxProject = "57aff4db-b45d-42bf-bc5f-b7a499a01782"

// sandboxAddr is where the sandbox listens if it can: beside the shop, so that
// its pages have an origin of their own, as those of the gateway do.
const sandboxAddr = "127.0.0.1:8081"

// startSandbox serves a sandbox gateway until ctx ends, and puts into cfg what
// the shop must know of it. It goes on where the one before has stopped.
func startSandbox(ctx context.Context, running *sync.WaitGroup, cfg *config, logger *slog.Logger) (*http.Server, error) {
	listener, err := net.Listen("tcp", sandboxAddr)
	if err != nil {
		if listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			return nil, err
		}
	}
	keys, err := sandboxKeys(filepath.Join(cfg.data, "keys"), either(cfg.projectID, sandboxProject))
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	cfg.projectID, cfg.signer, cfg.verifier = keys.ProjectID, keys.RequestPrivate, keys.CallbackPublic
	cfg.baseURL = "http://" + listener.Addr().String()
	cfg.pages = cfg.baseURL
	gateway, err := sandbox.New(sandbox.Config{
		PublicURL: cfg.baseURL, Projects: []sandbox.Project{keys.Project()}, Logger: logger,
		StateDir: cfg.stateDir(), FrameAncestors: []string{cfg.publicURL},
	})
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	server := &http.Server{Handler: gateway, ReadHeaderTimeout: 10 * time.Second}
	running.Go(func() { _ = gateway.Run(ctx) })       // its error is that of ctx
	running.Go(func() { _ = server.Serve(listener) }) // ends when run closes it
	return server, nil
}

// stateDir is where the sandbox keeps its tickets: nowhere, if the shop keeps
// nothing either.
func (cfg *config) stateDir() string {
	if cfg.store == "memory:" {
		return ""
	}
	return filepath.Join(cfg.data, "sandbox")
}

// sandboxKeys reads the keys of the sandbox, or makes them.
func sandboxKeys(dir, project string) (*sandbox.Keys, error) {
	keys, err := sandbox.ReadKeys(dir, project)
	if !errors.Is(err, fs.ErrNotExist) {
		return keys, err
	}
	if keys, err = sandbox.GenerateKeys(project); err != nil {
		return nil, err
	}
	return keys, keys.WriteFiles(dir)
}

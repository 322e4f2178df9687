// Package gateway gives an example its gateway: the one that the environment
// names, or a sandbox, so that an example runs with no account and no network.
package gateway

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/sandbox"
	"github.com/go-highhelp/highhelp/signer"
)

// A Gateway is what a shop must know of its gateway.
type Gateway struct {
	// Config has what the gateway decides: ProjectID, BaseURL, Signer,
	// Verifier, and a PublicURL with the path /pay.
	Config highhelp.Config
	// Pages is the origin of the payment pages, "" if it is not known.
	Pages string

	simulated *sandbox.Gateway
	listener  net.Listener
}

// Open finds the gateway of a shop that listens at addr:
//
//	HIGHHELP_BASE_URL                  base of the gateway's API; default: a sandbox
//	HIGHHELP_PUBLIC_URL                origin at which the gateway reaches the shop; default http:// and addr
//	HIGHHELP_PROJECT_ID                the cash register's id
//	HIGHHELP_PRIVATE_KEY_FILE          RSA key for requests
//	HIGHHELP_CALLBACK_PUBLIC_KEY_FILE  RSA key for callbacks
//	HIGHHELP_PAYMENT_ORIGIN            origin of the payment pages, for a Content-Security-Policy; default: not known
func Open(getenv func(string) string, addr net.Addr) (*Gateway, error) {
	g := &Gateway{}
	g.Config.PublicURL = strings.TrimSuffix(cmp.Or(getenv("HIGHHELP_PUBLIC_URL"), "http://"+addr.String()), "/") + "/pay"
	g.Config.BaseURL = getenv("HIGHHELP_BASE_URL")
	if g.Config.BaseURL == "" {
		return g, g.simulate()
	}
	g.Config.ProjectID, g.Pages = getenv("HIGHHELP_PROJECT_ID"), getenv("HIGHHELP_PAYMENT_ORIGIN")
	key, err := signer.ReadPrivateKey(getenv("HIGHHELP_PRIVATE_KEY_FILE"))
	if err != nil {
		return nil, err
	}
	callbackKey, err := signer.ReadPublicKey(getenv("HIGHHELP_CALLBACK_PUBLIC_KEY_FILE"))
	if err != nil {
		return nil, err
	}
	g.Config.Signer, g.Config.Verifier = key, callbackKey
	return g, nil
}

// simulate makes a sandbox with keys of its own. It forgets with the process.
func (g *Gateway) simulate() error {
	keys, err := sandbox.GenerateKeys("57aff4db-b45d-42bf-bc5f-b7a499a01782")
	if err != nil {
		return err
	}
	if g.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return err
	}
	g.Pages = "http://" + g.listener.Addr().String()
	g.Config.ProjectID, g.Config.BaseURL = keys.ProjectID, g.Pages
	g.Config.Signer, g.Config.Verifier = keys.RequestPrivate, keys.CallbackPublic
	g.simulated, err = sandbox.New(sandbox.Config{
		PublicURL: g.Pages, Projects: []sandbox.Project{keys.Project()}, Logger: slog.New(slog.DiscardHandler),
	})
	return err
}

// Run serves the sandbox, and sends its callbacks, until ctx ends. Without a
// sandbox it waits for that.
func (g *Gateway) Run(ctx context.Context) error {
	if g.simulated == nil {
		<-ctx.Done()
		return nil
	}
	server := &http.Server{Handler: g.simulated, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		_ = g.simulated.Run(ctx) // its error is that of ctx
		_ = server.Close()
	}()
	if err := server.Serve(g.listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

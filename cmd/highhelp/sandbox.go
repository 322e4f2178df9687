package main

import (
	"context"
	"errors"
	"flag"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/go-highhelp/highhelp/sandbox"
)

const aboutSandbox = `
It prints what a shop needs to take payments from it, for copy and paste, and
then what happens, until it is interrupted. Whoever opens the control page can
pay any order, and see every callback. Keys and tickets are kept, so that the
next one at the same address goes on.

    highhelp sandbox --addr 127.0.0.1:0
    highhelp sandbox --forward-to http://127.0.0.1:3000
    highhelp sandbox --forward-to http://127.0.0.1:3000/hooks/highhelp --fault duplicate=2,reorder

With --forward-to callbacks go there, whatever URLs the shop has stated: to the
host alone with the path that the shop has stated, or, if there is a path in
--forward-to, as trigger sends to --to.
`

// A sandboxing holds the flags of sandbox.
type sandboxing struct {
	addr, project, dir, forward, faults string
	hmac                                bool
	remote                              *bool
}

func runSandbox(flags *flag.FlagSet) action {
	s := &sandboxing{remote: remoteFlag(flags)}
	flags.StringVar(&s.addr, "addr", "127.0.0.1:8090", "`address` to listen at; port 0 takes a free one")
	flags.StringVar(&s.project, "project-id", demoProject, "`id` of the cash register")
	flags.StringVar(&s.dir, "dir", "", "`folder` for keys and tickets (default: one in the user's cache folder for the address, or, with port 0, one that goes with the process)")
	flags.BoolVar(&s.hmac, "hmac", false, "sign callbacks with HMAC-SHA512, not with RSA-SHA256")
	flags.StringVar(&s.forward, "forward-to", "", "`URL` to which all callbacks go")
	flags.StringVar(&s.faults, "fault", "", "`list` of what goes wrong with every ticket, such as reorder or duplicate=5,wrong-key=1")
	return s.run
}

func (s *sandboxing) run(c *console) error {
	cfg, err := s.config(c)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", s.addr)
	if err != nil {
		return err
	}
	defer listener.Close()
	dir, cleanUp, err := s.folder(listener.Addr())
	if err != nil {
		return err
	}
	defer cleanUp()
	keys, err := keysIn(filepath.Join(dir, "keys"), s.project)
	if err != nil {
		return err
	}
	log := &liveLog{c: c}
	cfg.PublicURL, cfg.StateDir = "http://"+reachable(listener.Addr()), filepath.Join(dir, "tickets")
	cfg.Projects, cfg.Logger = []sandbox.Project{s.projectOf(keys)}, log.logger()
	gateway, err := sandbox.New(cfg)
	if err != nil {
		return err
	}
	log.follow(gateway)
	if err := newReadiness(cfg.PublicURL, filepath.Join(dir, "keys"), s).print(c); err != nil {
		return err
	}
	return serveSandbox(c.ctx, listener, log.watch(gateway), gateway)
}

// config returns what the flags say, but for address and keys.
func (s *sandboxing) config(c *console) (cfg sandbox.Config, err error) {
	if len(c.args) > 0 {
		return cfg, usageError{"sandbox takes flags only"}
	}
	if err := checkListen(s.addr, *s.remote); err != nil {
		return cfg, err
	}
	if cfg.Faults, err = sandbox.ParseFaults(s.faults); err != nil {
		return cfg, usageError{"--fault: " + strings.ReplaceAll(err.Error(), "sandbox: ", "")}
	}
	if s.forward == "" {
		return cfg, nil
	}
	target, err := parseTarget("forward-to", s.forward, *s.remote)
	if err != nil {
		return cfg, err
	}
	cfg.HTTPClient = &http.Client{Transport: &forwarder{target}}
	return cfg, nil
}

func (s *sandboxing) projectOf(keys *sandbox.Keys) sandbox.Project {
	p := keys.Project()
	if s.hmac {
		p.CallbackSigner = keys.CallbackHMAC
	}
	if s.forward != "" { // for shops that state no URLs
		p.CallbackURLs = sandbox.CallbackURLs{
			Info: siblingURL(s.forward, "info"), Success: siblingURL(s.forward, "success"), Decline: siblingURL(s.forward, "decline"),
		}
	}
	return p
}

// folder returns where keys and tickets are, and what to do in the end.
func (s *sandboxing) folder(addr net.Addr) (dir string, cleanUp func(), err error) {
	nothing := func() {}
	if s.dir != "" {
		dir, err = filepath.Abs(s.dir)
		return dir, nothing, err
	}
	cache, err := os.UserCacheDir()
	if err != nil || strings.HasSuffix(s.addr, ":0") {
		dir, err = os.MkdirTemp("", "highhelp-sandbox-")
		return dir, func() { _ = os.RemoveAll(dir) }, err
	}
	return filepath.Join(cache, "highhelp-sandbox", addrName(addr.String())), nothing, nil
}

// keysIn reads the keys of a project, or makes them.
func keysIn(dir, project string) (*sandbox.Keys, error) {
	keys, err := sandbox.ReadKeys(dir, project)
	if !errors.Is(err, fs.ErrNotExist) {
		return keys, err
	}
	if keys, err = sandbox.GenerateKeys(project); err != nil {
		return nil, err
	}
	return keys, keys.WriteFiles(dir)
}

// reachable names an address at which the gateway can be called: one that
// listens on every address is on this machine too.
func reachable(addr net.Addr) string {
	host, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		return addr.String()
	}
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}

// serveSandbox serves the gateway and sends its callbacks until ctx ends.
func serveSandbox(ctx context.Context, l net.Listener, h http.Handler, gateway *sandbox.Gateway) error {
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute}
	var running sync.WaitGroup
	defer running.Wait()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	running.Go(func() { _ = gateway.Run(ctx) }) // its error is that of ctx
	ended := make(chan error, 1)
	running.Go(func() { ended <- server.Serve(l) })
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := server.Shutdown(patience); err != nil {
		return errors.Join(err, server.Close())
	}
	return nil
}

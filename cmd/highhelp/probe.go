package main

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/signer"
)

const aboutProbe = `
The documentation leaves open how exactly requests are signed. probe asks the
gateway for the balance, a call that moves no money, signed in one way after the
other, until it gets an answer; then it asks for a payment that nobody has made,
to see whether the status request is where it is believed to be. It prints the
configuration that works.

    highhelp probe --remote --base-url https://api.hh-processing.com --project-id 57aff4db-… --private-key private_key_57aff4db-….pem

What is not given comes from the environment: HIGHHELP_BASE_URL,
HIGHHELP_PROJECT_ID, HIGHHELP_PRIVATE_KEY_FILE or HIGHHELP_HMAC_KEY_FILE.
`

// A probing holds the flags of probe.
type probing struct {
	baseURL, project, privateKey, hmacKey, infoPath, algorithm string
	pause                                                      time.Duration
	max                                                        int
	remote                                                     *bool
}

func probe(flags *flag.FlagSet) action {
	p := &probing{remote: remoteFlag(flags)}
	flags.StringVar(&p.baseURL, "base-url", "", "`URL` of the gateway's API, from HighHelp's manager")
	flags.StringVar(&p.project, "project-id", "", "`id` of the cash register")
	flags.StringVar(&p.privateKey, "private-key", "", "`file` of the RSA key for requests (private_key_<id>.pem)")
	flags.StringVar(&p.hmacKey, "hmac-key", "", "`file` of the HMAC key for requests (hmac_private_key_<id>.txt)")
	flags.StringVar(&p.infoPath, "info-path", "", "`path` of the status request (default /api/v1/widget/payin/info, by analogy)")
	flags.StringVar(&p.algorithm, "algorithm", "", "`value` to send as x-access-merchant-algorithm, if HighHelp has named one")
	flags.DurationVar(&p.pause, "pause", 500*time.Millisecond, "`time` between two calls")
	flags.IntVar(&p.max, "max", 0, "stop after so many `calls` (default: all ways are tried)")
	return p.run
}

func (p *probing) run(c *console) error {
	key, err := p.key()
	if err != nil {
		return err
	}
	log := &probeLog{c: c}
	found, err := p.search(c.ctx, key, log)
	if err != nil {
		return err
	}
	if !found {
		return fmt.Errorf("the gateway has refused all %d ways: is it the key of this cash register, and is the cash register confirmed?", len(log.Calls))
	}
	p.askInfo(c.ctx, key, log)
	return log.end(p)
}

// A probeKey is a key whose Scheme can be changed.
type probeKey struct {
	with    func(signer.Scheme) (signer.Signer, error)
	sandbox bool
	rsa     bool
}

// key reads what is not given from the environment, and the key.
func (p *probing) key() (k probeKey, err error) {
	orEnv(&p.baseURL, "HIGHHELP_BASE_URL")
	orEnv(&p.project, "HIGHHELP_PROJECT_ID")
	if p.privateKey+p.hmacKey == "" {
		orEnv(&p.privateKey, "HIGHHELP_PRIVATE_KEY_FILE")
		orEnv(&p.hmacKey, "HIGHHELP_HMAC_KEY_FILE")
	}
	base, err := parseTarget("base-url", p.baseURL, *p.remote)
	if err != nil {
		return k, err
	}
	if p.project == "" {
		return k, usageError{"--project-id is missing"}
	}
	key, err := readSigner(p.privateKey, p.hmacKey)
	if err != nil {
		return k, err
	}
	switch key := key.(type) {
	case *signer.PrivateKey:
		k = probeKey{func(s signer.Scheme) (signer.Signer, error) { return key.WithScheme(s) }, key.Sandbox(), true}
	case *signer.HMACKey:
		k = probeKey{func(s signer.Scheme) (signer.Signer, error) { return key.WithScheme(s) }, key.Sandbox(), false}
	}
	if k.sandbox && !loopback(base.Hostname()) {
		return k, errors.New("a key of a sandbox is of no use for a gateway that is not on this machine")
	}
	return k, nil
}

func orEnv(value *string, name string) {
	if *value == "" {
		*value = os.Getenv(name)
	}
}

// search asks for the balance, signed in one way after the other, and reports
// whether one of them works.
func (p *probing) search(ctx context.Context, key probeKey, log *probeLog) (found bool, err error) {
	for _, s := range p.schemes(key.rsa) {
		way, err := key.with(s)
		if err != nil { // the key has not the form that the Scheme wants
			continue
		}
		if p.max > 0 && len(log.Calls) >= p.max {
			break
		}
		if len(log.Calls) > 0 && !wait(ctx, p.pause) {
			return false, ctx.Err()
		}
		_, _, err = p.client(way).Balance(ctx)
		log.add("balance", s, err)
		if err == nil {
			log.Scheme = s
			return true, nil
		}
		if hopeless(err) {
			return false, fmt.Errorf("no use in trying on: %w", err)
		}
	}
	return false, nil
}

func (p *probing) client(way signer.Signer) *highhelp.Client {
	return &highhelp.Client{
		ProjectID: p.project, BaseURL: p.baseURL, Signer: way, InfoPath: p.infoPath,
		HTTPClient: &http.Client{Timeout: 15 * time.Second}, Logger: slog.New(slog.DiscardHandler),
	}
}

// hopeless reports whether an error has nothing to do with the signature.
func hopeless(err error) bool {
	var api *highhelp.APIError
	if !errors.As(err, &api) {
		return true
	}
	switch api.HTTPStatus {
	case 0, http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusTooManyRequests:
		return true
	}
	return api.HTTPStatus >= 300 && api.HTTPStatus < 400
}

// joins are what may stand between two lines, the best known first.
var joins = []string{"", "&", "|", ",", "\n", " "}

// askInfo asks for a payment that nobody has made. Its answer says whether the
// path is right. It signs two lines, so it also settles the Join.
func (p *probing) askInfo(ctx context.Context, key probeKey, log *probeLog) {
	for _, join := range joins {
		s := log.Scheme
		s.Join = join
		way, err := key.with(s)
		if err != nil || !wait(ctx, p.pause) {
			return
		}
		_, err = p.client(way).Info(ctx, "probe-"+rand.Text())
		log.add("info", s, err)
		var api *highhelp.APIError
		errors.As(err, &api)
		switch {
		case err == nil:
			log.Scheme, log.Info = s, "works"
			return
		case api != nil && unauthorized(api):
			log.Info = "refuses every way to sign two lines: ask HighHelp how they are joined"
		case api != nil && api.Status != "":
			log.Scheme, log.Info = s, "works: it does not know a payment that nobody has made"
			return
		default:
			log.Info = "does not answer as expected: ask HighHelp for its path"
			return
		}
	}
}

func unauthorized(err *highhelp.APIError) bool {
	return err.HTTPStatus == http.StatusUnauthorized || err.HTTPStatus == http.StatusForbidden
}

// wait waits, unless ctx ends before.
func wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// A probeLog holds what was asked and answered.
type probeLog struct {
	c      *console
	Calls  []probeCall
	Scheme signer.Scheme
	Info   string // of the status request
}

type probeCall struct {
	Call   string `json:"call"`
	Scheme string `json:"scheme"`
	OK     bool   `json:"ok"`
	Answer string `json:"answer"`
}

func (l *probeLog) add(call string, s signer.Scheme, err error) {
	row := probeCall{Call: call, Scheme: s.GoString(), OK: err == nil, Answer: "200"}
	if err != nil {
		row.Answer = strings.TrimPrefix(err.Error(), "highhelp: ")
	}
	l.Calls = append(l.Calls, row)
	if !l.c.json {
		_ = l.c.write(fmt.Sprintf("%3d  %-8s %s\n     %s\n", len(l.Calls), row.Call, row.Scheme, row.Answer))
	}
}

// end prints what works.
func (l *probeLog) end(p *probing) error {
	source := p.source(l)
	return l.c.answer(map[string]any{
		"calls": l.Calls, "scheme": l.Scheme.GoString(), "info": l.Info, "config": source,
	}, "\nThe status request "+l.Info+".\nThis works:\n\n"+source)
}

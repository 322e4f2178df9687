package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/signer"
)

// A config is what the environment says.
type config struct {
	baseURL   string // of the gateway; "" means the sandbox
	publicURL string // origin of the shop
	projectID string
	signer    signer.Signer
	verifier  signer.Verifier
	store     string // as HIGHHELP_STORE
	data      string // folder for what the demo keeps
	temporary bool   // data goes with the process
	pages     string // origin of the payment pages, or "" if it is not known
	checks    highhelp.Checks
}

func readConfig(getenv func(string) string, addr net.Addr) (config, error) {
	cfg := config{
		baseURL:   getenv("HIGHHELP_BASE_URL"),
		publicURL: strings.TrimSuffix(either(getenv("HIGHHELP_PUBLIC_URL"), "http://"+reachable(addr)), "/"),
		projectID: getenv("HIGHHELP_PROJECT_ID"),
	}
	var err error
	if cfg.checks, err = readChecks(getenv); err != nil {
		return config{}, err
	}
	if cfg.baseURL != "" {
		if cfg.signer, err = readSigner(getenv); err != nil {
			return config{}, err
		}
		if cfg.verifier, err = readVerifier(getenv); err != nil {
			return config{}, err
		}
	}
	if cfg.data, cfg.temporary, err = dataFolder(getenv("HIGHHELP_ADDR"), addr); err != nil {
		return config{}, err
	}
	cfg.store = either(getenv("HIGHHELP_STORE"), "sqlite:"+cfg.sqlitePath())
	return cfg, nil
}

func (cfg *config) sqlitePath() string { return filepath.Join(cfg.data, "demo.db") }

// dataFolder returns the folder of a demo at this address in the user's cache
// directory, so that it goes on where it stopped. A demo at any free port
// begins anew.
func dataFolder(asked string, addr net.Addr) (dir string, temporary bool, err error) {
	cache, err := os.UserCacheDir()
	if err != nil || strings.HasSuffix(asked, ":0") {
		dir, err = os.MkdirTemp("", "highhelp-demo-")
		return dir, true, err
	}
	dir = filepath.Join(cache, "highhelp-demo", strings.NewReplacer(":", "_", "[", "", "]", "").Replace(addr.String()))
	return dir, false, os.MkdirAll(dir, 0o700)
}

// reachable names an address at which the shop can be called: one that listens
// on every address is on this machine too.
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

// readChecks makes the plan by which the gateway is asked: at first after a
// time, then at growing intervals up to a day.
func readChecks(getenv func(string) string) (checks highhelp.Checks, err error) {
	first, interval := getenv("HIGHHELP_RECONCILE_AFTER"), getenv("HIGHHELP_RECONCILE_INTERVAL")
	if first == "" && interval == "" {
		return checks, nil
	}
	after, err := positive("HIGHHELP_RECONCILE_AFTER", either(first, "1m"))
	if err != nil {
		return checks, err
	}
	if checks.Every, err = positive("HIGHHELP_RECONCILE_INTERVAL", either(interval, "30s")); err != nil {
		return checks, err
	}
	for gap := checks.Every; after <= 24*time.Hour; gap *= 2 {
		checks.After = append(checks.After, after)
		after += gap
	}
	return checks, nil
}

func positive(name, text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 || d > 24*time.Hour {
		return 0, fmt.Errorf("%s: %q is not a duration such as 30s, of a day at most", name, text)
	}
	return d, nil
}

func readSigner(getenv func(string) string) (signer.Signer, error) {
	rsa, hmac := getenv("HIGHHELP_PRIVATE_KEY_FILE"), getenv("HIGHHELP_HMAC_KEY_FILE")
	switch {
	case rsa != "" && hmac == "":
		return signer.ReadPrivateKey(rsa)
	case hmac != "" && rsa == "":
		return signer.ReadHMACKey(hmac)
	}
	return nil, errors.New("with HIGHHELP_BASE_URL set either HIGHHELP_PRIVATE_KEY_FILE or HIGHHELP_HMAC_KEY_FILE")
}

func readVerifier(getenv func(string) string) (signer.Verifier, error) {
	rsa, hmac := getenv("HIGHHELP_CALLBACK_PUBLIC_KEY_FILE"), getenv("HIGHHELP_CALLBACK_HMAC_KEY_FILE")
	switch {
	case rsa != "" && hmac == "":
		return signer.ReadPublicKey(rsa)
	case hmac != "" && rsa == "":
		return signer.ReadHMACKey(hmac)
	}
	return nil, errors.New("with HIGHHELP_BASE_URL set either HIGHHELP_CALLBACK_PUBLIC_KEY_FILE or HIGHHELP_CALLBACK_HMAC_KEY_FILE")
}

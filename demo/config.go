package main

import (
	"errors"
	"fmt"
	"net"
	"strings"

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
	store     highhelp.Store
	pages     string // origin of the payment pages, or "" if it is not known
}

func readConfig(getenv func(string) string, addr net.Addr) (config, error) {
	cfg := config{
		baseURL:   getenv("HIGHHELP_BASE_URL"),
		publicURL: strings.TrimSuffix(either(getenv("HIGHHELP_PUBLIC_URL"), "http://"+reachable(addr)), "/"),
		projectID: getenv("HIGHHELP_PROJECT_ID"),
	}
	var err error
	if cfg.store, err = openStore(either(getenv("HIGHHELP_STORE"), "memory:")); err != nil {
		return config{}, err
	}
	if cfg.baseURL == "" {
		return cfg, nil
	}
	if cfg.signer, err = readSigner(getenv); err != nil {
		return config{}, err
	}
	cfg.verifier, err = readVerifier(getenv)
	return cfg, err
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

func openStore(name string) (highhelp.Store, error) {
	if name == "memory:" {
		return &highhelp.MemStore{}, nil
	}
	kind, _, _ := strings.Cut(name, ":") // the rest may hold a password
	return nil, fmt.Errorf("HIGHHELP_STORE: %q is no store of this demo: memory: is", kind)
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

package main

import (
	"flag"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-highhelp/highhelp/sandbox"
	"github.com/go-highhelp/highhelp/signer"
)

// demoProject is the cash register of the demo's sandbox.
const demoProject = "57aff4db-b45d-42bf-bc5f-b7a499a01782"

// callbackKeys are flags that say who signs callbacks.
type callbackKeys struct {
	dir, project              string
	demo, hmac                bool
	private, secret           string
	formerPrivate, formerHMAC string
}

func (k *callbackKeys) define(flags *flag.FlagSet) {
	flags.StringVar(&k.dir, "keys", "", "`folder` of the key files that sandbox or keygen has written")
	flags.StringVar(&k.project, "project-id", "", "`id` of the cash register (default: that of the only keys in --keys)")
	flags.BoolVar(&k.hmac, "hmac", false, "sign with the HMAC key of --keys, not with the RSA key")
	flags.BoolVar(&k.demo, "demo", false, "use the keys of the demo (go run ./demo) that listens at the host and port of --to")
	flags.StringVar(&k.private, "callback-private-key", "", "`file` of the RSA key that signs callbacks (callback_private_key_<id>.pem)")
	flags.StringVar(&k.secret, "callback-hmac-key", "", "`file` of the HMAC key that signs callbacks (hmac_callback_key_<id>.txt)")
	flags.StringVar(&k.formerPrivate, "former-callback-private-key", "", "`file` of the RSA key before that, for --fault old-key")
	flags.StringVar(&k.formerHMAC, "former-callback-hmac-key", "", "`file` of the HMAC key before that, for --fault old-key")
}

// projectFor returns the cash register with its signers, for callbacks to a
// shop at to.
func (k *callbackKeys) projectFor(to *url.URL) (sandbox.Project, error) {
	given := 0
	for _, is := range []bool{k.dir != "", k.demo, k.private != "", k.secret != ""} {
		if is {
			given++
		}
	}
	if given != 1 {
		return sandbox.Project{}, usageError{"give the key that signs: one of --keys, --demo, --callback-private-key and --callback-hmac-key"}
	}
	p, err := k.current(to)
	if err != nil {
		return p, err
	}
	switch {
	case k.formerPrivate != "":
		p.FormerCallbackSigner, err = signer.ReadPrivateKey(k.formerPrivate)
	case k.formerHMAC != "":
		p.FormerCallbackSigner, err = signer.ReadHMACKey(k.formerHMAC)
	}
	return p, err
}

// current returns the project with its present signer.
func (k *callbackKeys) current(to *url.URL) (p sandbox.Project, err error) {
	if k.private == "" && k.secret == "" {
		return k.fromFolder(to)
	}
	if p.ID = k.project; p.ID == "" {
		return p, usageError{"--project-id is missing"}
	}
	if k.private != "" {
		p.CallbackSigner, err = signer.ReadPrivateKey(k.private)
	} else {
		p.CallbackSigner, err = signer.ReadHMACKey(k.secret)
	}
	return p, err
}

func (k *callbackKeys) fromFolder(to *url.URL) (sandbox.Project, error) {
	dir, project := k.dir, k.project
	var err error
	if k.demo {
		if dir, err = demoKeys(to); err != nil {
			return sandbox.Project{}, err
		}
		if project == "" {
			project = demoProject
		}
	} else if project == "" {
		if project, err = onlyProject(dir); err != nil {
			return sandbox.Project{}, err
		}
	}
	keys, err := sandbox.ReadKeys(dir, project)
	if err != nil {
		return sandbox.Project{}, err
	}
	p := keys.Project()
	if k.hmac {
		p.CallbackSigner = keys.CallbackHMAC
	}
	return p, nil
}

// demoKeys is where a demo at that address keeps the keys of its sandbox.
func demoKeys(to *url.URL) (string, error) {
	if !loopback(to.Hostname()) {
		return "", usageError{"--demo is for a demo on this machine"}
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("the folder of the demo: %w", err)
	}
	return filepath.Join(cache, "highhelp-demo", addrName(to.Host), "keys"), nil
}

// addrName writes an address as the name of a folder.
func addrName(addr string) string {
	if host, port, err := net.SplitHostPort(addr); err == nil && host == "localhost" {
		addr = net.JoinHostPort("127.0.0.1", port)
	}
	return strings.NewReplacer(":", "_", "[", "", "]", "").Replace(addr)
}

// onlyProject returns the id of the project whose keys are in a folder, if
// there is just one.
func onlyProject(dir string) (string, error) {
	const before, after = "callback_private_key_", ".pem"
	files, err := filepath.Glob(filepath.Join(dir, before+"*"+after))
	if err != nil {
		return "", err
	}
	var ids []string
	for _, file := range files {
		ids = append(ids, strings.TrimSuffix(strings.TrimPrefix(filepath.Base(file), before), after))
	}
	slices.Sort(ids)
	switch len(ids) {
	case 0:
		return "", fmt.Errorf("--keys: %s holds no %s*%s", dir, before, after)
	case 1:
		return ids[0], nil
	}
	return "", usageError{"--keys holds keys of several projects; choose one with --project-id: " + strings.Join(ids, ", ")}
}

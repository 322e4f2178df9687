package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/go-highhelp/highhelp/signer"
)

const aboutExplain = `
It reads a captured request as raw HTTP, headers first, then an empty line, then
the body; or only the body, with --headers, or with --timestamp and --signature.
It says which key made the signature and by which signer.Scheme, or which step
of checking it is the first that differs, and how far the clocks are apart.

    highhelp explain --public-key callback_public_key_42.pem < callback.http
    highhelp explain --keys keys --headers headers.txt < body.json

It exits with 0 if a key verifies the callback as it is. What it prints holds
neither a key nor a signature nor a part of the body.
`

// An explaining holds the flags of explain.
type explaining struct {
	public, hmac                   list
	dir, headers                   string
	timestamp, signature, received string
}

func explain(flags *flag.FlagSet) action {
	e := &explaining{}
	flags.Var(&e.public, "public-key", "`file` of an RSA public key; can be given several times")
	flags.Var(&e.hmac, "hmac-key", "`file` of an HMAC key; can be given several times")
	flags.StringVar(&e.dir, "keys", "", "`folder` whose key files are all tried, under the names that the dashboard gives them")
	flags.StringVar(&e.headers, "headers", "", "`file` of the headers, as lines; the body comes on standard input")
	flags.StringVar(&e.timestamp, "timestamp", "", "value of the `header` x-access-timestamp; the body comes on standard input")
	flags.StringVar(&e.signature, "signature", "", "value of the `header` x-access-signature; the body comes on standard input")
	flags.StringVar(&e.received, "received", "", "`time` at which it came, as RFC 3339 or Unix seconds (default: its Date header, else now)")
	return e.run
}

func (e *explaining) run(c *console) error {
	keys, err := e.readKeys()
	if err != nil {
		return err
	}
	if len(keys) == 0 {
		return usageError{"give at least one key: --public-key, --hmac-key or --keys"}
	}
	caught, err := e.read(c)
	if err != nil {
		return err
	}
	received, how, err := e.receivedAt(caught)
	if err != nil {
		return err
	}
	d := diagnose(caught, keys)
	d.measure(received, how)
	if err := c.answer(d, d.text()); err != nil {
		return err
	}
	if d.First != "" {
		return fmt.Errorf("it would be refused; the first step that differs: %s", d.First)
	}
	return nil
}

// read reads the capture.
func (e *explaining) read(c *console) (*capture, error) {
	raw, err := readBody(c.stdin)
	if err != nil {
		return nil, err
	}
	switch {
	case e.headers != "" && e.timestamp+e.signature != "":
		return nil, usageError{"either --headers, or --timestamp and --signature"}
	case e.headers != "":
		text, err := os.ReadFile(e.headers)
		if err != nil {
			return nil, err
		}
		header, err := parseHeaders(strings.TrimSpace(string(text)))
		if err != nil {
			return nil, err
		}
		caught := &capture{header: header, body: raw}
		caught.unframe()
		return caught, nil
	case e.timestamp+e.signature != "":
		return &capture{header: signatureHeaders(e.timestamp, e.signature), body: raw}, nil
	}
	return parseCapture(raw)
}

// receivedAt returns when the callback came, and how that is known.
func (e *explaining) receivedAt(caught *capture) (at time.Time, how string, err error) {
	if e.received == "" {
		if date, err := time.Parse(time.RFC1123, caught.header.Get("Date")); err == nil {
			return date, "its Date header", nil
		}
		return time.Now(), "now", nil
	}
	if seconds, err := strconv.ParseInt(e.received, 10, 64); err == nil {
		return time.Unix(seconds, 0), "it was received", nil
	}
	if at, err = time.Parse(time.RFC3339, e.received); err != nil {
		return at, "", usageError{"--received is neither RFC 3339 nor Unix seconds"}
	}
	return at, "it was received", nil
}

// readKeys reads all keys that are named.
func (e *explaining) readKeys() (keys []signer.Key, err error) {
	var errs []error
	add := func(k signer.Key, err error) {
		if err != nil {
			errs = append(errs, err)
		} else {
			keys = append(keys, k)
		}
	}
	public, hmac := e.public, e.hmac
	if e.dir != "" {
		moreRSA, moreHMAC, err := keyFiles(e.dir)
		if err != nil {
			return nil, err
		}
		public, hmac = append(public, moreRSA...), append(hmac, moreHMAC...)
	}
	for _, file := range public {
		k, err := signer.ReadPublicKey(file)
		add(k, err)
	}
	for _, file := range hmac {
		k, err := signer.ReadHMACKey(file)
		add(k, err)
	}
	return keys, errors.Join(errs...)
}

// keyFiles finds the keys in a folder that verify something, those of callbacks
// first.
func keyFiles(dir string) (public, hmac []string, err error) {
	for _, pattern := range []struct {
		name string
		list *[]string
	}{
		{"callback_public_key_*.pem", &public}, {"public_key_*.pem", &public},
		{"hmac_callback_key_*.txt", &hmac}, {"hmac_private_key_*.txt", &hmac},
	} {
		found, err := filepath.Glob(filepath.Join(dir, pattern.name))
		if err != nil {
			return nil, nil, err
		}
		*pattern.list = append(*pattern.list, found...)
	}
	if len(public)+len(hmac) == 0 {
		return nil, nil, fmt.Errorf("--keys: %s holds no key files such as callback_public_key_42.pem", dir)
	}
	return public, hmac, nil
}

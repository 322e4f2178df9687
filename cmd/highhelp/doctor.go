package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/signer"
)

const aboutDoctor = `
It looks at the keys and their files, at the gateway and its clock, and at the
three callback URLs with their certificate, as they are reached through all
proxies: run it while the shop runs. It moves no money: it makes one signed
balance call, and sends each callback URL a callback that must be refused.

The set-up comes from the environment, the same that the demo reads:

    HIGHHELP_BASE_URL                  base of the gateway's API
    HIGHHELP_PROJECT_ID                the cash register's id
    HIGHHELP_PRIVATE_KEY_FILE          RSA key for requests, or
    HIGHHELP_HMAC_KEY_FILE             HMAC key for requests
    HIGHHELP_CALLBACK_PUBLIC_KEY_FILE  RSA key for callbacks, or
    HIGHHELP_CALLBACK_HMAC_KEY_FILE    HMAC key for callbacks
    HIGHHELP_PUBLIC_URL                origin of the shop

The store is the shop's own: Checkout.Doctor, called there, looks at that too,
and sees whether the bodies of callbacks come through unchanged.

It exits with 1 if a finding is red.
`

func doctor(flags *flag.FlagSet) action {
	remote := remoteFlag(flags)
	mount := flags.String("mount", "/pay", "`path` at which Checkout.Handler is mounted, below HIGHHELP_PUBLIC_URL")
	return func(c *console) error {
		cfg, err := doctorConfig(*mount, *remote)
		if err != nil {
			return err
		}
		checkout, err := highhelp.New(cfg)
		if err != nil {
			return err
		}
		found := append(keyFindings(), slices.DeleteFunc(checkout.Doctor(c.ctx), aboutStore)...)
		if err := c.answer(found, found.String()); err != nil {
			return err
		}
		if found.Level() == "red" {
			return errors.New("payments will fail or get lost: see what is red")
		}
		return nil
	}
}

// doctorConfig reads the set-up from the environment.
func doctorConfig(mount string, remote bool) (cfg highhelp.Config, err error) {
	public := strings.TrimSuffix(os.Getenv("HIGHHELP_PUBLIC_URL"), "/")
	for _, u := range []struct{ name, url string }{{"HIGHHELP_BASE_URL", os.Getenv("HIGHHELP_BASE_URL")}, {"HIGHHELP_PUBLIC_URL", public}} {
		if err := checkTarget(u.name, u.url, remote); err != nil {
			return cfg, err
		}
	}
	cfg = highhelp.Config{
		ProjectID: os.Getenv("HIGHHELP_PROJECT_ID"),
		BaseURL:   os.Getenv("HIGHHELP_BASE_URL"),
		PublicURL: public + "/" + strings.Trim(mount, "/"),
		Store:     elsewhere{},
		OnPaid:    func(context.Context, highhelp.Event) error { return nil },
		Logger:    slog.New(slog.DiscardHandler),
	}
	rsa, hmac := os.Getenv("HIGHHELP_PRIVATE_KEY_FILE"), os.Getenv("HIGHHELP_HMAC_KEY_FILE")
	if (rsa == "") == (hmac == "") {
		return cfg, usageError{"set either HIGHHELP_PRIVATE_KEY_FILE or HIGHHELP_HMAC_KEY_FILE"}
	}
	callbackRSA, callbackHMAC := os.Getenv("HIGHHELP_CALLBACK_PUBLIC_KEY_FILE"), os.Getenv("HIGHHELP_CALLBACK_HMAC_KEY_FILE")
	if (callbackRSA == "") == (callbackHMAC == "") {
		return cfg, usageError{"set either HIGHHELP_CALLBACK_PUBLIC_KEY_FILE or HIGHHELP_CALLBACK_HMAC_KEY_FILE"}
	}
	var errs [2]error
	cfg.Signer, errs[0] = readSigner(rsa, hmac)
	cfg.Verifier, errs[1] = readVerifier(callbackRSA, callbackHMAC)
	return cfg, errors.Join(errs[:]...)
}

// keyFindings looks at who may read the keys: whoever can may sign as the shop,
// or, with an HMAC key for callbacks, as the gateway.
func keyFindings() (found highhelp.Diagnosis) {
	f := highhelp.Finding{Check: "key_files", Level: "green", Seen: "the keys are for their owner to read"}
	for _, name := range []string{"HIGHHELP_PRIVATE_KEY_FILE", "HIGHHELP_HMAC_KEY_FILE", "HIGHHELP_CALLBACK_HMAC_KEY_FILE"} {
		if file := os.Getenv(name); file != "" && signer.CheckKeyFile(file) != nil {
			f.Level, f.Seen = "yellow", "every user of this machine may read or replace the file of "+name
			f.Advice = "chmod 600, and look who could have read it"
		}
	}
	return highhelp.Diagnosis{f}
}

// aboutStore reports whether a finding is about the store, which is not here.
func aboutStore(f highhelp.Finding) bool {
	return slices.Contains([]string{"store", "schema", "durability", "journal", "retention"}, f.Check)
}

// elsewhere stands in for the shop's store: it knows no payment and keeps
// nothing.
type elsewhere struct{}

var errElsewhere = errors.New("the store is the shop's own")

func (elsewhere) Insert(context.Context, highhelp.Payment) error { return errElsewhere }
func (elsewhere) Payment(context.Context, highhelp.Key) (highhelp.Payment, error) {
	return highhelp.Payment{}, fmt.Errorf("%w: %w", highhelp.ErrNotFound, errElsewhere)
}
func (elsewhere) Update(context.Context, highhelp.Key, func(context.Context, *highhelp.Payment) error) error {
	return errElsewhere
}
func (elsewhere) Pending(context.Context, string, time.Time, int) ([]highhelp.Payment, error) {
	return nil, errElsewhere
}
func (elsewhere) Record(context.Context, highhelp.Delivery) error { return errElsewhere }

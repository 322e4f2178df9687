package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/go-highhelp/highhelp/sandbox"
)

const aboutKeygen = `
The files are named as the dashboard names them, hold RSA keys of 2048 bits and
HMAC keys of 256, and are there for nobody but their owner to read. None is
overwritten.

Every key bears the mark of a sandbox: package highhelp refuses them unless the
gateway is on this machine. Keys for real payments are made in the dashboard of
HighHelp.
`

func keygen(flags *flag.FlagSet) action {
	dir := flags.String("dir", "", "`folder` for the files, made if need be")
	project := flags.String("project-id", demoProject, "`id` of the cash register")
	return func(c *console) error {
		if *dir == "" {
			return usageError{"--dir is missing"}
		}
		keys, err := sandbox.GenerateKeys(*project)
		if err != nil {
			return err
		}
		if err := keys.WriteFiles(*dir); err != nil {
			return err
		}
		files, err := filesOf(*dir, *project)
		if err != nil {
			return err
		}
		var b strings.Builder
		for _, f := range files {
			fmt.Fprintf(&b, "%s  %s\n", f["path"], f["use"])
		}
		return c.answer(map[string]any{"project_id": *project, "files": files}, b.String())
	}
}

// keyUses says what each file is for.
var keyUses = []struct{ before, after, use string }{
	{"private_key_", ".pem", "the shop signs requests with it, or"},
	{"hmac_private_key_", ".txt", "with this one"},
	{"public_key_", ".pem", "the gateway checks requests with it"},
	{"callback_private_key_", ".pem", "the gateway signs callbacks with it; of real keys HighHelp keeps it"},
	{"callback_public_key_", ".pem", "the shop checks callbacks with it, or"},
	{"hmac_callback_key_", ".txt", "with this one, which signs them as well"},
}

func filesOf(dir, project string) (files []map[string]string, err error) {
	for _, k := range keyUses {
		path := filepath.Join(dir, k.before+project+k.after)
		if _, err := os.Stat(path); err != nil {
			return nil, err
		}
		files = append(files, map[string]string{"path": path, "use": k.use})
	}
	return files, nil
}

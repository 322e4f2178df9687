package main

import (
	"fmt"
	"path/filepath"
	"strings"
)

// A readiness is what a shop needs to know of a sandbox.
type readiness struct {
	Event     string            `json:"event"` // ready
	BaseURL   string            `json:"base_url"`
	Control   string            `json:"control_url"`
	ProjectID string            `json:"project_id"`
	Keys      string            `json:"keys"` // folder
	Env       map[string]string `json:"environment"`
	order     []string
	forward   string
}

func newReadiness(baseURL, keys string, s *sandboxing) *readiness {
	r := &readiness{
		Event: "ready", BaseURL: baseURL, Control: baseURL + "/control/", ProjectID: s.project, Keys: keys, forward: s.forward,
		Env: map[string]string{},
	}
	set := func(name, value string) {
		r.Env[name] = value
		r.order = append(r.order, name)
	}
	set("HIGHHELP_BASE_URL", baseURL)
	set("HIGHHELP_PROJECT_ID", s.project)
	set("HIGHHELP_PRIVATE_KEY_FILE", filepath.Join(keys, "private_key_"+s.project+".pem"))
	if s.hmac {
		set("HIGHHELP_CALLBACK_HMAC_KEY_FILE", filepath.Join(keys, "hmac_callback_key_"+s.project+".txt"))
	} else {
		set("HIGHHELP_CALLBACK_PUBLIC_KEY_FILE", filepath.Join(keys, "callback_public_key_"+s.project+".pem"))
	}
	return r
}

// print tells what a shop needs, to be pasted into a shell or into a program.
func (r *readiness) print(c *console) error {
	if c.json {
		return c.writeLine(r)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "gateway       %s\ncontrol page  %s\nkeys          %s\n", r.BaseURL, r.Control, r.Keys)
	if r.forward != "" {
		fmt.Fprintf(&b, "callbacks go  %s\n", r.forward)
	}
	b.WriteString("\nFor a shell:\n\n")
	for _, name := range r.order {
		fmt.Fprintf(&b, "    export %s=%s\n", name, shellQuote(r.Env[name]))
	}
	b.WriteString("\nFor a program:\n\n" + r.source() + "\nWhat happens, until Ctrl-C:\n\n")
	return c.write(b.String())
}

// source writes the configuration as Go.
func (r *readiness) source() string {
	verifier := fmt.Sprintf("signer.ReadPublicKey(%q)", r.Env["HIGHHELP_CALLBACK_PUBLIC_KEY_FILE"])
	if file := r.Env["HIGHHELP_CALLBACK_HMAC_KEY_FILE"]; file != "" {
		verifier = fmt.Sprintf("signer.ReadHMACKey(%q)", file)
	}
	return fmt.Sprintf(`    key, err := signer.ReadPrivateKey(%q)
    callbackKey, err := %s
    highhelp.Config{
        ProjectID: %q,
        BaseURL:   %q,
        Signer:    key,
        Verifier:  callbackKey,
        …
    }
`, r.Env["HIGHHELP_PRIVATE_KEY_FILE"], verifier, r.ProjectID, r.BaseURL)
}

// shellQuote quotes a value for a shell, if it must be.
func shellQuote(value string) string {
	safe := func(r rune) bool {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("_-./:~@", r)
	}
	if value != "" && strings.TrimFunc(value, safe) == "" {
		return value
	}
	return "'" + strings.ReplaceAll(value, "'", `'\''`) + "'"
}

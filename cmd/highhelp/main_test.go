package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

type vectors struct {
	Private string `json:"private_key_pem"`
	Public  string `json:"public_key_pem"`
	HMAC    string `json:"hmac_key"`
	Token   string
	Accept  []struct {
		Name, Body, Canonical, Timestamp string
		RSA                              string `json:"rsa_signature"`
		HMAC                             string `json:"hmac_signature"`
	}
	Refuse []struct{ Name, Body string }
}

func loadVectors(t *testing.T) (v vectors, dir string) {
	t.Helper()
	data, err := os.ReadFile("../../signer/testdata/signatures.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(data, &v))
	dir = t.TempDir()
	for name, text := range map[string]string{"private.pem": v.Private, "public.pem": v.Public, "hmac.txt": v.HMAC + "\n"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	return v, dir
}

func call(body string, args ...string) (code int, out, errs string) {
	var stdout, stderr bytes.Buffer
	code = run(context.Background(), args, strings.NewReader(body), &stdout, &stderr)
	return code, stdout.String(), stderr.String()
}

func TestVectors(t *testing.T) {
	v, dir := loadVectors(t)
	for _, c := range v.Accept {
		t.Run(c.Name, func(t *testing.T) {
			code, out, errs := call(c.Body, "canon")
			require.Equal(t, 0, code, errs)
			require.Equal(t, c.Canonical+"\n", out)

			code, out, errs = call(c.Body, "sign", "--private-key", filepath.Join(dir, "private.pem"), "--timestamp", c.Timestamp)
			require.Equal(t, 0, code, errs)
			require.Contains(t, out, "x-access-signature: "+c.RSA+"\n")
			require.Contains(t, out, "x-access-timestamp: "+c.Timestamp+"\n")
			require.Contains(t, out, "x-access-token: "+v.Token+"\n")

			code, out, errs = call(c.Body, "sign", "--hmac-key", filepath.Join(dir, "hmac.txt"), "--timestamp", c.Timestamp)
			require.Equal(t, 0, code, errs)
			require.Contains(t, out, "x-access-signature: "+c.HMAC+"\n")
			require.NotContains(t, out, "x-access-token")

			code, out, errs = call(c.Body, "verify", "--public-key", filepath.Join(dir, "public.pem"), "--timestamp", c.Timestamp, "--signature", c.RSA)
			require.Equal(t, 0, code, errs)
			require.Contains(t, out, "OK: signed with key public at ")
			code, _, errs = call(c.Body, "verify", "--hmac-key", filepath.Join(dir, "hmac.txt"), "--timestamp", c.Timestamp, "--signature", c.HMAC)
			require.Equal(t, 0, code, errs)
			code, out, errs = call(c.Body, "verify", "--hmac-key", filepath.Join(dir, "hmac.txt"), "--timestamp", c.Timestamp, "--signature", c.RSA)
			require.Equal(t, 1, code)
			require.Empty(t, out)
			require.Contains(t, errs, "signature refused")
		})
	}
	for _, c := range v.Refuse {
		t.Run(c.Name, func(t *testing.T) {
			code, out, errs := call(c.Body, "canon")
			require.Equal(t, 1, code)
			require.Empty(t, out)
			require.Contains(t, errs, "highhelp canon: signer: byte ")
		})
	}
}

func TestCalls(t *testing.T) {
	v, dir := loadVectors(t)
	private := filepath.Join(dir, "private.pem")
	for _, c := range []struct {
		name, body string
		args       []string
		code       int
		text       string
	}{
		{"nothing", "", nil, 2, "usage:"},
		{"help", "", []string{"help"}, 0, "usage:"},
		{"help of a command", "", []string{"sign", "-h"}, 0, "-private-key"},
		{"unknown command", "", []string{"pay"}, 2, `no command "pay"`},
		{"unknown flag", "", []string{"canon", "--pretty"}, 2, "not defined"},
		{"body as an argument", "", []string{"canon", "body.json"}, 2, "standard input"},
		{"no key", "{}", []string{"sign"}, 2, "either --private-key or --hmac-key"},
		{"two keys", "{}", []string{"sign", "--private-key", "a", "--hmac-key", "b"}, 2, "either"},
		{"no key to verify", "{}", []string{"verify"}, 2, "either --public-key or --hmac-key"},
		{"no such file", "{}", []string{"sign", "--private-key", "nowhere.pem"}, 1, "no such file"},
		{"wrong kind of key", "{}", []string{"sign", "--private-key", filepath.Join(dir, "public.pem")}, 1, "a public key, not an RSA private key"},
		{"wrong timestamp", "{}", []string{"sign", "--private-key", private, "--timestamp", "01"}, 2, "ten digits"},
		{"empty timestamp of a callback", "{}", []string{"verify", "--public-key", filepath.Join(dir, "public.pem"), "--signature", "x"}, 1, "X-Access-Timestamp is empty"},
		{"now", `{"general":{"project_id":"P"}}`, []string{"sign", "--private-key", private}, 0, "x-access-merchant-id: P"},
		{"large", strings.Repeat(" ", 16<<20+1), []string{"canon"}, 1, "over 16 MiB"},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, out, errs := call(c.body, c.args...)
			require.Equal(t, c.code, code)
			require.Contains(t, out+errs, c.text)
			require.NotContains(t, out+errs, v.HMAC)
		})
	}
}

// A signature that holds over a text with two readings is told apart.
func TestVerifyAmbiguous(t *testing.T) {
	_, dir := loadVectors(t)
	body := `{"note":"x;status:status:success"}`
	key := filepath.Join(dir, "hmac.txt")
	_, out, _ := call(body, "sign", "--hmac-key", key, "--timestamp", "1706883522")
	_, signature, _ := strings.Cut(out, "x-access-signature: ")
	signature, _, _ = strings.Cut(signature, "\n")
	code, _, errs := call(body, "verify", "--hmac-key", key, "--timestamp", "1706883522", "--signature", signature)
	require.Equal(t, 1, code)
	require.Contains(t, errs, "the signature holds, but")
}

package main

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-highhelp/highhelp/sandbox"
	"github.com/go-highhelp/highhelp/signer"
	"github.com/stretchr/testify/require"
)

// gatewayWith is a gateway that takes requests of one Scheme only.
func gatewayWith(t *testing.T, s signer.Scheme) (baseURL, dir string) {
	t.Helper()
	keys, dir := keyFolder(t, testKeys)
	rsa, err := keys.RequestPublic.WithScheme(s)
	require.NoError(t, err)
	hmac, err := keys.RequestHMAC.WithScheme(s)
	require.NoError(t, err)
	project := keys.Project()
	project.Keys = []signer.Key{rsa, hmac}
	server := httptest.NewServer(nil)
	t.Cleanup(server.Close)
	server.Config.Handler, err = sandbox.New(sandbox.Config{
		PublicURL: server.URL, Projects: []sandbox.Project{project}, Logger: slog.New(slog.DiscardHandler),
	})
	require.NoError(t, err)
	return server.URL, dir
}

// Whatever the gateway wants, probe finds it, and prints it as Go.
func TestProbe(t *testing.T) {
	for _, c := range []struct {
		hmac   bool
		scheme signer.Scheme
	}{
		{false, signer.Scheme{}},
		{false, signer.Scheme{Digest: signer.DigestOnce}},
		{false, signer.Scheme{Digest: signer.DigestTwiceHex, Token: signer.TokenPEM}},
		{false, signer.Scheme{PaddedMessage: true, Digest: signer.DigestOnce, Token: signer.TokenPEMPadded}},
		{false, signer.Scheme{Join: "&"}},
		{true, signer.Scheme{}},
		{true, signer.Scheme{HMACEncoding: signer.EncodingHex}},
		{true, signer.Scheme{HMACMessage: signer.HMACDigest, HMACKey: signer.HMACKeyHex, HMACEncoding: signer.EncodingBase64}},
	} {
		t.Run(fmt.Sprintf("%v %v", c.hmac, c.scheme), func(t *testing.T) {
			base, dir := gatewayWith(t, c.scheme)
			file := filepath.Join(dir, "private_key_"+demoProject+".pem")
			args := []string{"probe", "--base-url", base, "--project-id", demoProject, "--pause", "0", "--private-key", file}
			read := "ReadPrivateKey"
			if c.hmac {
				file = filepath.Join(dir, "hmac_private_key_"+demoProject+".txt")
				args, read = append(args[:7], "--hmac-key", file), "ReadHMACKey"
			}
			code, out, errs := call("", args...)
			require.Equal(t, exitOK, code, errs+out)
			require.Contains(t, out, fmt.Sprintf("key, err := signer.%s(%q)\n", read, file))
			require.Contains(t, out, "The status request works: it does not know a payment that nobody has made.")
			require.Contains(t, out, fmt.Sprintf("BaseURL:   %q,", base))
			require.NotContains(t, out, "InfoPath")
			if c.scheme == (signer.Scheme{}) {
				require.NotContains(t, out, "WithScheme")
				require.Equal(t, 2, strings.Count(out, " signer.Scheme{"), "the first way works")
			} else {
				require.Contains(t, out, fmt.Sprintf("key, err = key.WithScheme(%#v)\n", c.scheme))
			}
		})
	}
}

// The set-up may come from the environment, and the answer as JSON.
func TestProbeEnvironment(t *testing.T) {
	base, dir := gatewayWith(t, signer.Scheme{Token: signer.TokenNone, Digest: signer.DigestOnce})
	t.Setenv("HIGHHELP_BASE_URL", base)
	t.Setenv("HIGHHELP_PROJECT_ID", demoProject)
	t.Setenv("HIGHHELP_PRIVATE_KEY_FILE", filepath.Join(dir, "private_key_"+demoProject+".pem"))
	code, out, errs := call("", "probe", "--pause", "0", "--json")
	require.Equal(t, exitOK, code, errs)
	answers := lines[struct {
		Calls          []probeCall
		Scheme, Config string
		Info           string
	}](t, out)
	require.Len(t, answers, 1)
	require.Contains(t, answers[0].Scheme, "signer.DigestOnce")
	require.True(t, strings.HasPrefix(answers[0].Info, "works"))
	require.Equal(t, "balance", answers[0].Calls[0].Call)
	require.False(t, answers[0].Calls[0].OK)
	require.Contains(t, answers[0].Calls[0].Answer, "401")
}

// What has nothing to do with the signature ends the search at once.
func TestProbeFails(t *testing.T) {
	_, dir := keyFolder(t, testKeys)
	_, others := keyFolder(t, formerKeys)
	base, _ := gatewayWith(t, signer.Scheme{})
	status, answer := http.StatusOK, "{}"
	calls := 0
	odd := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls++
		if strings.HasSuffix(r.URL.Path, "/balance/info") && status == http.StatusTeapot {
			_, _ = w.Write([]byte(`{"balance":[]}`))
			return
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(answer))
	}))
	defer odd.Close()
	key := []string{"--private-key", filepath.Join(dir, "private_key_"+demoProject+".pem")}
	for _, c := range []struct {
		name   string
		base   string
		status int
		args   []string
		code   int
		text   string
	}{
		{"another key", base, 0, []string{"--private-key", filepath.Join(others, "private_key_"+demoProject+".pem")}, 1, "has refused all 60 ways"},
		{"at most", base, 0, []string{"--private-key", filepath.Join(others, "private_key_"+demoProject+".pem"), "--max", "3"}, 1, "has refused all 3 ways"},
		{"nobody", "http://127.0.0.1:1", 0, key, 1, "no use in trying on"},
		{"no API", odd.URL, 404, key, 1, "no use in trying on"},
		{"moved", odd.URL, 301, key, 1, "no use in trying on"},
		{"too fast", odd.URL, 429, key, 1, "no use in trying on"},
		{"no status request", odd.URL, http.StatusTeapot, key, 0, "The status request does not answer as expected"},
	} {
		t.Run(c.name, func(t *testing.T) {
			status = c.status
			code, out, errs := call("", append([]string{"probe", "--base-url", c.base, "--project-id", demoProject, "--pause", "0"}, c.args...)...)
			require.Equal(t, c.code, code, out+errs)
			require.Contains(t, out+errs, c.text)
			require.Equal(t, c.status == http.StatusTeapot, strings.Contains(out, `InfoPath:  "-"`))
		})
	}
	require.Positive(t, calls)
}

func TestProbeCalls(t *testing.T) {
	_, dir := keyFolder(t, testKeys)
	key := filepath.Join(dir, "private_key_"+demoProject+".pem")
	for _, name := range []string{"BASE_URL", "PROJECT_ID", "PRIVATE_KEY_FILE", "HMAC_KEY_FILE"} {
		t.Setenv("HIGHHELP_"+name, "")
	}
	for _, c := range []struct {
		name string
		args []string
		code int
		text string
	}{
		{"nothing", nil, 2, "--base-url is missing"},
		{"no project", []string{"--base-url", "http://127.0.0.1:1"}, 2, "--project-id is missing"},
		{"no key", []string{"--base-url", "http://127.0.0.1:1", "--project-id", "P"}, 2, "either --private-key or --hmac-key"},
		{"elsewhere", []string{"--base-url", "https://api.hh-processing.com", "--project-id", "P", "--private-key", key}, 2, "is not on this machine: if that is meant, add --remote"},
		{"a sandbox's key", []string{"--base-url", "https://api.hh-processing.com", "--remote", "--project-id", "P", "--private-key", key}, 1, "a key of a sandbox is of no use"},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, _, errs := call("", append([]string{"probe"}, c.args...)...)
			require.Equal(t, c.code, code)
			require.Contains(t, errs, c.text)
		})
	}
}

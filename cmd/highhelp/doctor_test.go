package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/signer"
	"github.com/stretchr/testify/require"
)

// setUp puts the set-up of a shop into the environment.
func setUp(t *testing.T, baseURL, shop, dir string) {
	t.Helper()
	for name, value := range map[string]string{
		"BASE_URL": baseURL, "PUBLIC_URL": shop, "PROJECT_ID": demoProject,
		"PRIVATE_KEY_FILE":         filepath.Join(dir, "private_key_"+demoProject+".pem"),
		"CALLBACK_PUBLIC_KEY_FILE": filepath.Join(dir, "callback_public_key_"+demoProject+".pem"),
		"HMAC_KEY_FILE":            "", "CALLBACK_HMAC_KEY_FILE": "",
	} {
		t.Setenv("HIGHHELP_"+name, value)
	}
}

// examine runs doctor and returns its findings by their check.
func examine(t *testing.T, args ...string) (code int, found map[string]highhelp.Finding, errs string) {
	t.Helper()
	code, out, errs := call("", append([]string{"doctor", "--json"}, args...)...)
	var list []highhelp.Finding
	require.NoError(t, json.Unmarshal([]byte(out), &list), errs)
	found = map[string]highhelp.Finding{}
	for _, f := range list {
		found[f.Check] = f
	}
	return code, found, errs
}

func TestDoctor(t *testing.T) {
	base, dir := gatewayWith(t, signer.Scheme{})
	shop := newTestShop(t)
	origin := strings.TrimSuffix(shop.url, "/pay/callbacks/success")

	setUp(t, base, origin+"/", dir)
	code, found, errs := examine(t)
	require.Equal(t, exitOK, code, errs)
	require.Equal(t, "green", found["balance"].Level)
	require.Equal(t, "green", found["route_decline"].Level)
	require.Equal(t, "yellow", found["sandbox"].Level)
	require.Equal(t, "green", found["key_files"].Level)
	if runtime.GOOS != "windows" {
		require.NoError(t, os.Chmod(filepath.Join(dir, "private_key_"+demoProject+".pem"), 0o644))
		code, found, errs = examine(t)
		require.Equal(t, exitOK, code, errs)
		require.Equal(t, "yellow", found["key_files"].Level)
		require.Contains(t, found["key_files"].Seen, "HIGHHELP_PRIVATE_KEY_FILE")
	}
	for _, check := range []string{"store", "schema", "durability", "journal", "retention"} {
		require.NotContains(t, found, check, "the store is not here")
	}
	code, out, _ := call("", "doctor")
	require.Equal(t, exitOK, code)
	require.Contains(t, out, "green   route_success  "+shop.url+" refuses what is not signed")

	code, found, errs = examine(t, "--mount", "/elsewhere")
	require.Equal(t, exitOK, code, errs) // the handler looks at the end of the path only
	require.Contains(t, found["route_info"].Seen, "/elsewhere/callbacks/info")

	page := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer page.Close()
	t.Setenv("HIGHHELP_PUBLIC_URL", page.URL)
	code, found, errs = examine(t)
	require.Equal(t, exitRefused, code)
	require.Equal(t, "red", found["route_success"].Level)
	require.Contains(t, errs, "see what is red")

	_, others := keyFolder(t, formerKeys)
	setUp(t, base, origin, others)
	code, found, _ = examine(t)
	require.Equal(t, exitRefused, code)
	require.Equal(t, "red", found["balance"].Level)
}

func TestDoctorCalls(t *testing.T) {
	_, dir := keyFolder(t, testKeys)
	for _, c := range []struct {
		name       string
		env, value string
		code       int
		text       string
	}{
		{"no gateway", "BASE_URL", "", 2, "HIGHHELP_BASE_URL is missing"},
		{"no shop", "PUBLIC_URL", "", 2, "HIGHHELP_PUBLIC_URL is missing"},
		{"gateway elsewhere", "BASE_URL", "https://api.hh-processing.com", 2, "add --remote"},
		{"shop elsewhere", "PUBLIC_URL", "https://shop.example", 2, "HIGHHELP_PUBLIC_URL: shop.example is not on this machine"},
		{"no project", "PROJECT_ID", "", 1, "Config.ProjectID: required"},
		{"no key", "PRIVATE_KEY_FILE", "", 2, "either HIGHHELP_PRIVATE_KEY_FILE or HIGHHELP_HMAC_KEY_FILE"},
		{"two keys", "HMAC_KEY_FILE", "x", 2, "either HIGHHELP_PRIVATE_KEY_FILE"},
		{"no callback key", "CALLBACK_PUBLIC_KEY_FILE", "", 2, "either HIGHHELP_CALLBACK_PUBLIC_KEY_FILE"},
		{"no such file", "PRIVATE_KEY_FILE", "nowhere.pem", 1, "no such file"},
	} {
		t.Run(c.name, func(t *testing.T) {
			setUp(t, "http://127.0.0.1:1", "http://127.0.0.1:2", dir)
			t.Setenv("HIGHHELP_"+c.env, c.value)
			code, _, errs := call("", "doctor")
			require.Equal(t, c.code, code)
			require.Contains(t, errs, c.text)
		})
	}
}

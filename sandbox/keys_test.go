package sandbox_test

import (
	"bytes"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp/sandbox"
	"github.com/go-highhelp/highhelp/signer"
	"github.com/stretchr/testify/require"
)

var keyFileNames = []string{
	"callback_private_key_" + projectID + ".pem",
	"callback_public_key_" + projectID + ".pem",
	"hmac_callback_key_" + projectID + ".txt",
	"hmac_private_key_" + projectID + ".txt",
	"private_key_" + projectID + ".pem",
	"public_key_" + projectID + ".pem",
}

func TestKeyFiles(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "keys")
	require.NoError(t, sharedKeys().WriteFiles(dir))
	var names []string
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, e := range entries {
		names = append(names, e.Name())
		info, err := e.Info()
		require.NoError(t, err)
		require.Equal(t, fs.FileMode(0o600), info.Mode())
		requireMarked(t, filepath.Join(dir, e.Name()))
	}
	require.Equal(t, keyFileNames, names)

	back, err := sandbox.ReadKeys(dir, projectID)
	require.NoError(t, err)
	requireKeys(t, sharedKeys(), back)
}

// requireMarked checks the form of a key file and the mark in it.
func requireMarked(t *testing.T, file string) {
	t.Helper()
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	if strings.HasSuffix(file, ".txt") {
		require.Regexp(t, "^sandbox-[0-9a-f]{64}\n$", string(data))
		return
	}
	block, rest := pem.Decode(data)
	require.NotNil(t, block)
	require.Empty(t, rest)
	require.NotEmpty(t, block.Headers[signer.SandboxHeader])
	want := "PUBLIC KEY"
	if strings.Contains(file, "private_key_") {
		want = "PRIVATE KEY"
	}
	require.Equal(t, want, block.Type)
}

// requireKeys checks that what one of want signs, the other half in got
// verifies.
func requireKeys(t *testing.T, want, got *sandbox.Keys) {
	t.Helper()
	require.Equal(t, want.ProjectID, got.ProjectID)
	for _, c := range []struct {
		signer signer.Signer
		key    signer.Key
	}{
		{want.RequestPrivate, got.RequestPublic},
		{want.RequestHMAC, got.RequestHMAC},
		{want.CallbackPrivate, got.CallbackPublic},
		{want.CallbackHMAC, got.CallbackHMAC},
		{got.RequestPrivate, want.RequestPublic},
		{got.CallbackPrivate, want.CallbackPublic},
	} {
		header, err := c.signer.Sign([]byte(`{"a":1}`), time.Unix(1772366400, 0))
		require.NoError(t, err)
		doc, err := signer.Parse([]byte(`{"a":1}`))
		require.NoError(t, err)
		_, err = c.key.Verify(doc, header)
		require.NoError(t, err, c.key.Name())
		require.True(t, c.key.Sandbox(), c.key.Name())
		require.Contains(t, c.key.Name(), projectID)
	}
	require.True(t, got.RequestPrivate.Sandbox())
	require.True(t, got.CallbackPrivate.Sandbox())
}

// The files are those that the rest of the library reads.
func TestKeyFilesAreReadable(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, sharedKeys().WriteFiles(dir))
	private, err := signer.ReadPrivateKey(filepath.Join(dir, "private_key_"+projectID+".pem"))
	require.NoError(t, err)
	require.True(t, private.Sandbox())
	public, err := signer.ReadPublicKey(filepath.Join(dir, "callback_public_key_"+projectID+".pem"))
	require.NoError(t, err)
	require.True(t, public.Sandbox())
	require.Equal(t, sharedKeys().CallbackPublic.Name(), public.Name())
	secret, err := signer.ReadHMACKey(filepath.Join(dir, "hmac_callback_key_"+projectID+".txt"))
	require.NoError(t, err)
	require.True(t, secret.Sandbox())
	require.Equal(t, sharedKeys().CallbackHMAC.Name(), secret.Name())
	for _, form := range []signer.HMACKeyForm{signer.HMACKeyHex, signer.HMACKeyBase64} {
		_, err = secret.WithScheme(signer.Scheme{HMACKey: form})
		require.NoError(t, err)
	}
}

// Keys that a shop may be using are never overwritten, not even one of them.
func TestKeyFilesAreNotOverwritten(t *testing.T) {
	dir := t.TempDir()
	kept := filepath.Join(dir, "private_key_"+projectID+".pem")
	require.NoError(t, os.WriteFile(kept, []byte("mine"), 0o600))
	require.ErrorIs(t, sharedKeys().WriteFiles(dir), fs.ErrExist)
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 1)
	data, err := os.ReadFile(kept)
	require.NoError(t, err)
	require.Equal(t, "mine", string(data))
}

func TestReadKeysRefuses(t *testing.T) {
	write := func(t *testing.T, file string, data []byte) string {
		dir := t.TempDir()
		require.NoError(t, sharedKeys().WriteFiles(dir))
		require.NoError(t, os.WriteFile(filepath.Join(dir, file), data, 0o600))
		return dir
	}
	t.Run("missing", func(t *testing.T) {
		_, err := sandbox.ReadKeys(t.TempDir(), projectID)
		require.ErrorIs(t, err, fs.ErrNotExist)
	})
	t.Run("no directory", func(t *testing.T) {
		_, err := sandbox.ReadKeys(filepath.Join(t.TempDir(), "x"), projectID)
		require.ErrorIs(t, err, fs.ErrNotExist)
	})
	t.Run("damaged", func(t *testing.T) {
		_, err := sandbox.ReadKeys(write(t, keyFileNames[4], []byte("x")), projectID)
		require.ErrorContains(t, err, "not a PEM file")
	})
	t.Run("real HMAC key", func(t *testing.T) {
		_, err := sandbox.ReadKeys(write(t, keyFileNames[2], []byte(strings.Repeat("a", 64))), projectID)
		require.ErrorContains(t, err, "not a key of a sandbox")
		require.NotContains(t, err.Error(), "aaaa")
	})
	for _, id := range []string{"", "..", "../x", "a/b", `a\b`, "a b", strings.Repeat("a", 129)} {
		_, err := sandbox.ReadKeys(t.TempDir(), id)
		require.ErrorContains(t, err, "project id")
		_, err = sandbox.GenerateKeys(id)
		require.ErrorContains(t, err, "project id")
	}
}

// No key prints, from whatever holds it.
func TestKeysDoNotPrint(t *testing.T) {
	keys := sharedKeys()
	dir := t.TempDir()
	require.NoError(t, keys.WriteFiles(dir))
	r := newRig(t)
	cfg := sandbox.Config{Projects: []sandbox.Project{keys.Project()}}
	var printed strings.Builder
	log := slog.New(slog.NewJSONHandler(&printed, nil))
	for _, v := range []any{keys, *keys, keys.Project(), cfg, &cfg, r.gateway} {
		fmt.Fprintf(&printed, "%v %+v %#v %s %x %q\n", v, v, v, v, v, v)
		log.Info("value", "v", v)
	}
	data, err := json.Marshal(keys)
	require.NoError(t, err)
	printed.Write(data)
	for _, file := range keyFileNames {
		data, err := os.ReadFile(filepath.Join(dir, file))
		require.NoError(t, err)
		for line := range bytes.Lines(data) {
			if line := strings.TrimPrefix(strings.TrimSpace(string(line)), "sandbox-"); len(line) > 30 && !strings.HasPrefix(line, "-----") {
				require.NotContains(t, printed.String(), line)
				require.NotContains(t, printed.String(), fmt.Sprintf("%x", line))
			}
		}
	}
}

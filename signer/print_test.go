package signer_test

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/go-highhelp/highhelp/signer"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestKeysNeverPrint prints each key, alone and inside what a program may wrap
// round it, in every way there is.
func TestKeysNeverPrint(t *testing.T) {
	v := loadVectors(t)
	private, public, secret := v.private(t, signer.Scheme{}), v.public(t, signer.Scheme{}), v.hmac(t)
	set, err := signer.NewKeySet(secret)
	require.NoError(t, err)
	d := vectorsKey(t).D

	type config struct {
		Signer   signer.Signer
		Verifier signer.Verifier
		hidden   any
	}
	_, err = secret.Sign([]byte(`{}`), unix(t, "1706883522")) // fills the pool of states
	require.NoError(t, err)
	values := []any{
		private, *private, public, *public, secret, *secret, set, *set,
		config{private, set, secret}, &config{secret, public, *private}, []any{secret, private}, map[string]any{"k": secret},
		struct{ k signer.HMACKey }{*secret}, struct{ k *signer.PrivateKey }{private},
		signer.PrivateKey{}, signer.HMACKey{}, signer.PublicKey{},
	}
	var out bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&out, nil))
	jsonLogger := slog.New(slog.NewJSONHandler(&out, nil))
	for _, value := range values {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x", "%X"} {
			fmt.Fprintf(&out, verb+"\n", value)
		}
		logger.Info("key", "value", value)
		jsonLogger.Info("key", "value", value)
		_ = json.NewEncoder(&out).Encode(value)
		// A failing assertion dumps values by reflection, without their methods.
		assert.Equal(recorder{&out}, struct{}{}, value)
	}
	printed := out.String()
	for what, form := range map[string]string{
		"HMAC key": v.HMACKey, "hex of the HMAC key": fmt.Sprintf("%x", v.HMACKey), "HEX": fmt.Sprintf("%X", v.HMACKey),
		"bytes of the HMAC key": strings.Trim(fmt.Sprint([]byte(v.HMACKey)), "[]"), "exponent": d.String(), "exponent in hex": d.Text(16),
		"words of the exponent": fmt.Sprint(d.Bits()[0]), "PEM": strings.Split(v.PrivateKeyPEM, "\n")[1],
	} {
		require.NotContains(t, printed, form, what)
	}
	require.Contains(t, printed, `signer.HMACKey("hmac")`)
	require.Contains(t, printed, "signer.PrivateKey(RSA, 2048 bits)")
	require.Contains(t, printed, `signer.PublicKey("callback", RSA, 2048 bits)`)
}

// What a key says of itself is the same by every way, and so is that of no key.
func TestKeysPrint(t *testing.T) {
	v := loadVectors(t)
	type key interface {
		fmt.Stringer
		fmt.GoStringer
		slog.LogValuer
		encoding.TextMarshaler
	}
	for want, k := range map[string]key{
		"signer.PrivateKey(RSA, 2048 bits)":            v.private(t, signer.Scheme{}),
		`signer.PublicKey("callback", RSA, 2048 bits)`: v.public(t, signer.Scheme{}),
		`signer.HMACKey("hmac")`:                       v.hmac(t),
		"signer.PrivateKey(none)":                      signer.PrivateKey{},
		"signer.PublicKey(none)":                       signer.PublicKey{},
		"signer.HMACKey(none)":                         signer.HMACKey{},
	} {
		require.Equal(t, want, k.String())
		require.Equal(t, want, k.GoString())
		require.Equal(t, want, k.LogValue().String())
		text, err := k.MarshalText()
		require.NoError(t, err)
		require.Equal(t, want, string(text))
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
			require.Equal(t, want, fmt.Sprintf(verb, k))
		}
	}
	doc := parse(t, `{"a":[1,2]}`)
	require.Equal(t, "signer.Document(3 values)", doc.LogValue().String())
	require.Equal(t, "signer.Document(3 values)", fmt.Sprintf("%d", doc))
}

type recorder struct{ out *bytes.Buffer }

func (r recorder) Errorf(format string, args ...any) { fmt.Fprintf(r.out, format, args...) }

// A Document holds a payer's data and says only how much.
func TestDocumentsNeverPrint(t *testing.T) {
	doc := parse(t, `{"card":"4276010203040506","name":"IVAN"}`)
	var out bytes.Buffer
	for _, value := range []any{doc, *doc, []any{doc}, map[string]any{"d": *doc}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x", "%X"} {
			fmt.Fprintf(&out, verb+"\n", value)
		}
		slog.New(slog.NewTextHandler(&out, nil)).Info("doc", "value", value)
		slog.New(slog.NewJSONHandler(&out, nil)).Info("doc", "value", value)
	}
	for _, form := range []string{"4276010203040506", "IVAN", "52 50 55 54 48", "3432373630", "card"} {
		require.NotContains(t, out.String(), form)
	}
	require.Contains(t, out.String(), "signer.Document(2 values)")
}

// Keys of a sandbox are known as such in every form.
func TestSandboxMark(t *testing.T) {
	v := loadVectors(t)
	mark := func(text string) []byte {
		return []byte(strings.Replace(text, " KEY-----\n", " KEY-----\n"+signer.SandboxHeader+": true\n\n", 1))
	}
	private, err := signer.ParsePrivateKey(mark(v.PrivateKeyPEM))
	require.NoError(t, err)
	public, err := signer.ParsePublicKey("k", mark(v.PublicKeyPEM))
	require.NoError(t, err)
	secret, err := signer.NewHMACKey("k", "sandbox-"+v.HMACKey)
	require.NoError(t, err)
	hexSecret, err := secret.WithScheme(signer.Scheme{HMACKey: signer.HMACKeyHex})
	require.NoError(t, err)
	set, err := signer.NewKeySet(signer.Until(public, unix(t, "1706883522")))
	require.NoError(t, err)
	empty, err := signer.ParsePublicKey("k", bytes.Replace(mark(v.PublicKeyPEM), []byte(": true"), []byte(":"), 1))
	require.NoError(t, err)
	for _, k := range []interface{ Sandbox() bool }{private, public, private.Public("p"), empty, secret, hexSecret, set} {
		require.True(t, k.Sandbox(), "%v", k)
	}
	plain, err := signer.NewKeySet(v.hmac(t))
	require.NoError(t, err)
	for _, k := range []interface{ Sandbox() bool }{v.private(t, signer.Scheme{}), v.public(t, signer.Scheme{}), v.hmac(t), plain} {
		require.False(t, k.Sandbox(), "%v", k)
	}
}

package signer_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp/signer"
	"github.com/stretchr/testify/require"
)

const callback = `{"project_id":"P","general":{"payment_id":"1"},"status":{"status":"success","sub_status":null},"payment_info":{"amount":10000,"currency":"RUB"},"ok":true,"rate":1.0}`

func TestExplainFindsTheScheme(t *testing.T) {
	private, public := newPair(t, "rsa")
	secret := secretKey(t) // of some, padded base64 is base64url by chance
	for _, want := range []signer.Scheme{
		{}, {Null: signer.NullLower}, {Null: signer.NullEmpty}, {Null: signer.NullOmit}, {Bool: signer.BoolTitle},
		{Float: signer.FloatJavaScript}, {Join: "&"}, {Join: "\n"}, {Digest: signer.DigestOnce}, {Digest: signer.DigestTwiceHex},
		{Null: signer.NullLower, Bool: signer.BoolLower, Float: signer.FloatJavaScript, Join: ",", Digest: signer.DigestOnce},
	} {
		k, err := private.WithScheme(want)
		require.NoError(t, err)
		h, err := k.Sign([]byte(callback), time.Unix(1706883522, 0))
		require.NoError(t, err)
		x := signer.Explain([]byte(callback), h, secret, public)
		require.Empty(t, x.Problems)
		require.Equal(t, time.Unix(1706883522, 0).UTC(), x.SignedAt)
		require.Nil(t, x.Keys[0].Match)
		require.Equal(t, &want, x.Keys[1].Match, "%v", want)
		require.NotContains(t, x.Keys[1].Open, "Null")
		require.Contains(t, x.Keys[1].Open, "Sort")
		require.Equal(t, want == signer.Scheme{}, x.Verified == "rsa")
		require.Contains(t, x.String(), want.String())
	}
	for _, want := range []signer.Scheme{
		{}, {HMACEncoding: signer.EncodingHex}, {HMACEncoding: signer.EncodingBase64}, {HMACMessage: signer.HMACDigest},
		{HMACMessage: signer.HMACHexDigest, Bool: signer.BoolLower},
	} {
		k, err := secret.WithScheme(want)
		require.NoError(t, err)
		h, err := k.Sign([]byte(callback), time.Unix(1706883522, 0))
		require.NoError(t, err)
		x := signer.Explain([]byte(callback), h, public, signer.Until(secret, time.Now().Add(time.Hour)))
		require.Nil(t, x.Keys[0].Match)
		require.Equal(t, &want, x.Keys[1].Match, "%v", want)
	}
}

// Each case has one thing wrong, which the explanation must name.
func TestExplainNamesTheMistake(t *testing.T) {
	private, public := newPair(t, "rsa")
	secret := newSecret(t, "hmac")
	at := time.Unix(1706883522, 0)
	raw := func(k signer.Signer, body string) []byte {
		h, err := k.Sign([]byte(body), at)
		require.NoError(t, err)
		raw, err := base64.RawURLEncoding.DecodeString(h.Get("x-access-signature"))
		require.NoError(t, err)
		return raw
	}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	own, err := signer.NewPublicKey("own", &rsaKey.PublicKey)
	require.NoError(t, err)
	digest := sha512.Sum512([]byte("x"))
	sha512Signature, err := rsa.SignPKCS1v15(rand.Reader, rsaKey, crypto.SHA512, digest[:])
	require.NoError(t, err)
	url := base64.RawURLEncoding.EncodeToString
	good := url(raw(private, callback))
	compact := base64.RawURLEncoding.EncodeToString([]byte(callback)) + "1706883522"

	for _, c := range []struct {
		name, body string
		headers    http.Header
		key        signer.Key
		want       string
	}{
		{"another key", callback, signed("1706883522", good), own, "this key did not make the signature"},
		{"another body", strings.Replace(callback, "10000", "99999", 1), signed("1706883522", good), public, "over another text: body or timestamp have changed"},
		{"another time", callback, signed("1706883523", good), public, "over another text: body or timestamp have changed"},
		{"SHA-512", callback, signed("1706883522", url(sha512Signature)), own, "with SHA-512 in place of SHA-256"},
		{"HMAC for RSA", callback, signed("1706883522", url(raw(secret, callback))), public, "not 256 bytes long"},
		{"RSA for HMAC", callback, signed("1706883522", good), secret, "not 64 bytes long"},
		{"another HMAC key", callback, signed("1706883522", url(raw(newSecret(t, "x"), callback))), secret, "it is another key, or the signature is over another text"},
		{"raw body", callback, signed("1706883522", url(hmac512(t, secretText(t), compact))), secretKey(t), "over the body as it was sent, not its canonical text"},
		{"standard base64", callback, signed("1706883522", base64.StdEncoding.EncodeToString(raw(private, callback))), public, "written as standard base64"},
		{"hex", callback, signed("1706883522", hex.EncodeToString(raw(private, callback))), public, "written as hex"},
		{"line breaks", callback, signed("1706883522", good[:64]+"\n"+good[64:]), public, "line breaks or stray bits"},
		{"no signature", callback, http.Header{"X-Access-Timestamp": {"1706883522"}}, public, "no header X-Access-Signature"},
		{"another header", callback, http.Header{"X-Time": {"1706883522"}, "X-Sign": {good}}, public, "X-Sign looks like a signature"},
		{"another header for the time", callback, http.Header{"X-Time": {"1706883522"}, "X-Access-Signature": {good}}, public, "X-Time looks like a timestamp"},
		{"milliseconds", callback, signed("1706883522000", good), public, "it has 13 characters"},
		{"broken body", callback[:50], signed("1706883522", good), public, "the body: signer: byte"},
		{"ambiguous body", `{"status":{"status":"success;status:x:y"}}`, signed("1706883522", good), public, "more than one reading"},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := signer.Explain([]byte(c.body), c.headers, c.key)
			require.Contains(t, x.String(), c.want)
			require.Empty(t, x.Verified)
			require.NotContains(t, x.String(), good[:20])
			require.NotContains(t, x.String(), "10000")
		})
	}
}

// A small body can have a text of megabytes, and a thousand of them. Explain
// must not write them all.
func TestExplainIsBounded(t *testing.T) {
	_, public := newPair(t, "rsa")
	body := []byte(`{"` + strings.Repeat("k", 8<<10) + `":[null,true,1.0` + strings.Repeat(",0", 500) + `]}`)
	var x signer.Explanation
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	x = signer.Explain(body, signed("1706883522", strings.Repeat("A", 342)), nil, (*signer.HMACKey)(nil), public)
	runtime.ReadMemStats(&after)
	require.Contains(t, x.String(), "not every Scheme was tried")
	require.Len(t, x.Keys, 1)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(256<<20))
}

func secretText(t testing.TB) string { return loadVectors(t).HMACKey }

func secretKey(t testing.TB) *signer.HMACKey { return loadVectors(t).hmac(t) }

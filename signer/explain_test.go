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
	"slices"
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

func TestExplanationString(t *testing.T) {
	s := signer.Scheme{Null: signer.NullLower}
	for _, c := range []struct {
		x    signer.Explanation
		want string
	}{
		{signer.Explanation{}, ""},
		{signer.Explanation{Verified: "rsa"}, "verified by key \"rsa\"\n"},
		{signer.Explanation{SignedAt: time.Unix(1706883522, 0).UTC()}, "signed at 2024-02-02T14:18:42Z\n"},
		{signer.Explanation{Problems: []string{"one", "two"}}, "problem: one\nproblem: two\n"},
		{signer.Explanation{Keys: []signer.KeyExplanation{{Name: "a b", Algorithm: "HMAC", Reason: "why not"}}}, "key \"a b\" (HMAC): why not\n"},
		{signer.Explanation{Keys: []signer.KeyExplanation{{Name: "a", Algorithm: "RSA", Match: &s}}},
			"key \"a\" (RSA): made this signature with signer.Scheme{Null: signer.NullLower}\n"},
		{signer.Explanation{Keys: []signer.KeyExplanation{{Name: "a", Algorithm: "RSA", Match: &s, Open: []string{"Bool"}}}},
			"key \"a\" (RSA): made this signature with signer.Scheme{Null: signer.NullLower}\n  not settled by this body: Bool\n"},
		{signer.Explanation{
			Verified: "b", SignedAt: time.Unix(1706883522, 0).UTC(), Problems: []string{"one"},
			Keys: []signer.KeyExplanation{
				{Name: "a", Algorithm: "RSA", Match: &s, Open: []string{"Bool", "Sort"}}, {Name: "b", Algorithm: "HMAC", Reason: "why not"},
			},
		}, `verified by key "b"
signed at 2024-02-02T14:18:42Z
problem: one
key "a" (RSA): made this signature with signer.Scheme{Null: signer.NullLower}
  not settled by this body: Bool, Sort
key "b" (HMAC): why not
`},
	} {
		require.Equal(t, c.want, c.x.String())
	}
}

const notTried = "not tried, because signature or timestamp is missing"

// Headers are those of the first key. For one that is missing, those are named
// that look like it.
func TestExplainHeaders(t *testing.T) {
	v := loadVectors(t)
	c := v.Accept[0]
	own := signer.Scheme{SignatureHeader: "x-sign", TimestampHeader: "x-time"}
	const refused = "signer: signature refused: "
	letters := strings.Repeat("x", 84) // 63 bytes in base64, and no hex
	for _, x := range []struct {
		name     string
		s        signer.Scheme
		headers  http.Header
		problems []string
		signedAt bool
		reason   string // "" if the signature is found
	}{
		{"as they must be", signer.Scheme{}, signed(c.Timestamp, c.RSA), nil, true, ""},
		{"those of the key", own, http.Header{"X-Sign": {c.RSA}, "X-Time": {c.Timestamp}}, nil, true, ""},
		{"none", signer.Scheme{}, nil, []string{refused + "no header X-Access-Signature", refused + "no header X-Access-Timestamp"}, false, notTried},
		{"none of the key", own, signed(c.Timestamp, c.RSA), []string{
			refused + "no header X-Sign, but X-Access-Signature looks like a signature",
			refused + "no header X-Time, but X-Access-Timestamp looks like a timestamp",
		}, false, notTried},
		{"signature alone", signer.Scheme{}, http.Header{"X-Access-Signature": {c.RSA}, "Date": {"today"}},
			[]string{refused + "no header X-Access-Timestamp"}, false, notTried},
		{"timestamp alone", signer.Scheme{}, http.Header{"X-Access-Timestamp": {c.Timestamp}, "Date": {"today"}},
			[]string{refused + "no header X-Access-Signature"}, true, notTried},
		{"twice", signer.Scheme{}, http.Header{"X-Access-Signature": {c.RSA, c.RSA}, "X-Access-Timestamp": {c.Timestamp}},
			[]string{refused + "header X-Access-Signature is there more than once"}, true, notTried},
		{"empty", signer.Scheme{}, signed(c.Timestamp, ""), []string{refused + "header X-Access-Signature is empty"}, true, notTried},
		{"several that look like it", signer.Scheme{}, http.Header{
			"X-E": {c.RSA}, "X-D": {c.HMAC}, "X-C": {c.RSA}, "X-B": {c.RSA}, "X-A": {c.RSA}, "X-Access-Timestamp": {c.Timestamp},
		}, []string{refused + "no header X-Access-Signature, but X-A and X-B and X-C and X-D and X-E look like a signature"}, true, notTried},
		{"two that look like it", signer.Scheme{}, http.Header{"X-B": {c.RSA}, "X-A": {c.RSA}, "X-Access-Timestamp": {c.Timestamp}},
			[]string{refused + "no header X-Access-Signature, but X-A and X-B look like a signature"}, true, notTried},
		{"none that looks like it", signer.Scheme{}, http.Header{
			"X-Twice": {c.RSA, c.RSA}, "X-None": {}, "X-Short": {letters}, "X-Text": {"none"}, "X-Access-Timestamp": {c.Timestamp},
			"X-Begin": {strings.Repeat("ab", 64) + "!"}, "X-Half": {strings.Repeat("ab", 30) + "!" + strings.Repeat("ab", 64)},
		}, []string{refused + "no header X-Access-Signature"}, true, notTried},
		{"64 bytes", signer.Scheme{}, http.Header{"X-Sign": {letters + "xw"}, "X-Access-Timestamp": {c.Timestamp}},
			[]string{refused + "no header X-Access-Signature, but X-Sign looks like a signature"}, true, notTried},
		{"milliseconds", signer.Scheme{}, signed(c.Timestamp+"000", c.RSA),
			[]string{refused + "the timestamp is not ten digits of Unix seconds: it has 13 characters"}, false,
			"this key made the signature, but over another text: body or timestamp have changed on the way, or a form is used that Scheme does not know"},
	} {
		t.Run(x.name, func(t *testing.T) {
			got := signer.Explain([]byte(c.Body), x.headers, v.public(t, x.s))
			require.Equal(t, x.problems, got.Problems)
			require.Equal(t, x.signedAt, !got.SignedAt.IsZero())
			require.Equal(t, x.reason, got.Keys[0].Reason)
			require.Equal(t, x.reason == "", got.Verified == "callback")
			require.Equal(t, x.reason == "", got.Keys[0].Match != nil)
		})
	}
}

// A timestamp that Verify refuses is signed all the same, and a body that
// can't be read is not.
func TestExplainWhatVerifyRefuses(t *testing.T) {
	v := loadVectors(t)
	c := v.Accept[0]
	signature := base64.RawURLEncoding.EncodeToString(hmac512(t, v.HMACKey, base64.RawURLEncoding.EncodeToString([]byte(c.Canonical))+"1706883522000"))
	x := signer.Explain([]byte(c.Body), signed("1706883522000", signature), v.hmac(t))
	require.Equal(t, []string{"signer: signature refused: the timestamp is not ten digits of Unix seconds: it has 13 characters"}, x.Problems)
	require.Equal(t, &signer.Scheme{}, x.Keys[0].Match)
	require.Empty(t, x.Verified)

	x = signer.Explain([]byte(`{"a":1,"a":2}`), signed(c.Timestamp, c.RSA), v.public(t, signer.Scheme{}), v.hmac(t))
	const reason = "not tried, because the body can't be read"
	require.Equal(t, signer.Explanation{
		SignedAt: unix(t, c.Timestamp).UTC(),
		Problems: []string{"the body: signer: byte 13: an object has the same key twice"},
		Keys: []signer.KeyExplanation{
			{Name: "callback", Algorithm: "RSA", Reason: reason}, {Name: "hmac", Algorithm: "HMAC", Reason: reason},
		},
	}, x)
	x = signer.Explain([]byte(`[]`), nil, v.hmac(t))
	require.Equal(t, notTried, x.Keys[0].Reason)
	require.Len(t, x.Problems, 3)
}

// Keys that are none are passed over, wherever they stand; the caller's slice
// stays as it is.
func TestExplainPassesOverNoKeys(t *testing.T) {
	v := loadVectors(t)
	c := v.Accept[0]
	public := v.public(t, signer.Scheme{SignatureHeader: "x-sign"})
	headers := http.Header{"X-Sign": {c.RSA}, "X-Access-Timestamp": {c.Timestamp}}
	want := signer.Explain([]byte(c.Body), headers, public)
	require.Equal(t, "callback", want.Verified)
	keys := []signer.Key{
		nil, (*signer.PublicKey)(nil), new(signer.HMACKey), signer.Until(nil, time.Time{}), public, new(signer.PublicKey), (*signer.HMACKey)(nil),
	}
	before := slices.Clone(keys)
	require.Equal(t, want, signer.Explain([]byte(c.Body), headers, keys...))
	require.Equal(t, before, keys)

	for _, none := range [][]signer.Key{nil, {nil}, {new(signer.HMACKey)}} {
		x := signer.Explain([]byte(c.Body), signed(c.Timestamp, c.RSA), none...)
		require.Equal(t, signer.Explanation{SignedAt: unix(t, c.Timestamp).UTC(), Keys: x.Keys}, x)
		require.Empty(t, x.Keys)
	}
}

// ownKey is a key of the caller's: it answers what it likes.
type ownKey struct {
	signer.Key
	match signer.Match
	err   error
}

func (k ownKey) Verify(*signer.Document, http.Header) (signer.Match, error) { return k.match, k.err }

// Only keys of this package are tried, whatever else one says that wraps them.
func TestExplainAKeyOfOnesOwn(t *testing.T) {
	v := loadVectors(t)
	c := v.Accept[0]
	for signature, key := range map[string]signer.Key{c.RSA: v.public(t, signer.Scheme{}), c.HMAC: v.hmac(t)} {
		x := signer.Explain([]byte(c.Body), signed(c.Timestamp, signature), key, ownKey{key, signer.Match{Key: "own"}, nil})
		require.Equal(t, key.Name(), x.Verified)
		require.NotNil(t, x.Keys[0].Match)
		require.Equal(t, x.Keys[0].Name, x.Keys[1].Name)
		require.Equal(t, x.Keys[0].Algorithm, x.Keys[1].Algorithm)
		require.Nil(t, x.Keys[1].Match)
	}
}

// The key that verifies is the first one that does so, as it stands.
func TestExplainVerified(t *testing.T) {
	v := loadVectors(t)
	c := v.Accept[0]
	key := vectorsKey(t)
	named := func(name string) signer.Key {
		k, err := signer.NewPublicKey(name, &key.PublicKey)
		require.NoError(t, err)
		return k
	}
	once := v.public(t, signer.Scheme{Digest: signer.DigestOnce})
	for _, x := range []struct {
		name string
		keys []signer.Key
		want string
	}{
		{"the first of two", []signer.Key{v.hmac(t), named("a"), named("b")}, "a"},
		{"the other order", []signer.Key{named("b"), named("a")}, "b"},
		{"under another Scheme", []signer.Key{once}, ""},
		{"ends", []signer.Key{signer.Until(named("a"), time.Now().Add(time.Hour))}, "a"},
		{"has ended", []signer.Key{signer.Until(named("a"), time.Unix(1, 0)), named("b")}, "b"},
		{"a key of one's own", []signer.Key{ownKey{named("a"), signer.Match{Key: "own"}, nil}}, "own"},
		{"a key of one's own that refuses", []signer.Key{ownKey{named("a"), signer.Match{Key: "own"}, signer.ErrSignature}}, ""},
	} {
		t.Run(x.name, func(t *testing.T) {
			got := signer.Explain([]byte(c.Body), signed(c.Timestamp, c.RSA), x.keys...)
			require.Equal(t, x.want, got.Verified)
			require.Empty(t, got.Problems)
			require.Len(t, got.Keys, len(x.keys))
			for i, k := range x.keys {
				require.Equal(t, k.Name(), got.Keys[i].Name)
			}
		})
	}
}

package signer_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/go-highhelp/highhelp/signer"
	"github.com/stretchr/testify/require"
)

// The message never chooses the algorithm: a public key is no HMAC secret, and
// a signature of one kind means nothing to a key of the other.
func TestAlgorithmConfusion(t *testing.T) {
	v := loadVectors(t)
	c := v.Accept[0]
	doc := parse(t, c.Body)
	_, err := v.public(t, signer.Scheme{}).Verify(doc, signed(c.Timestamp, c.HMAC))
	require.ErrorIs(t, err, signer.ErrSignature)
	_, err = v.hmac(t).Verify(doc, signed(c.Timestamp, c.RSA))
	require.ErrorIs(t, err, signer.ErrSignature)
	// The attacker's classic: the public key's text as the HMAC secret.
	_, err = signer.NewHMACKey("k", v.Token)
	require.NoError(t, err, "a token alone can't be told from an HMAC key")
	forger, err := signer.NewHMACKey("k", v.Token)
	require.NoError(t, err)
	h, err := forger.Sign([]byte(c.Body), unix(t, c.Timestamp))
	require.NoError(t, err)
	h.Set("x-access-merchant-algorithm", "HMAC-SHA512")
	_, err = v.public(t, signer.Scheme{}).Verify(doc, h)
	require.ErrorIs(t, err, signer.ErrSignature)
}

func TestVerifyHeaders(t *testing.T) {
	v := loadVectors(t)
	c := v.Accept[0]
	doc := parse(t, c.Body)
	rsaKey := v.public(t, signer.Scheme{})
	raw, err := base64.RawURLEncoding.DecodeString(c.RSA)
	require.NoError(t, err)
	last := c.RSA[len(c.RSA)-1:]
	require.Equal(t, "A", last, "the next case changes bits behind the signature")

	for _, x := range []struct {
		name   string
		change func(h http.Header)
		reason string
	}{
		{"as it is", func(http.Header) {}, ""},
		{"padded", func(h http.Header) { h.Set("x-access-signature", base64.URLEncoding.EncodeToString(raw)) }, ""},
		{"a token and an algorithm", func(h http.Header) { h.Set("x-access-token", "x"); h.Set("x-access-merchant-algorithm", "none") }, ""},
		{"no signature", func(h http.Header) { h.Del("x-access-signature") }, "no header X-Access-Signature"},
		{"empty signature", func(h http.Header) { h.Set("x-access-signature", "") }, "X-Access-Signature is empty"},
		{"two signatures", func(h http.Header) { h.Add("x-access-signature", c.RSA) }, "more than once"},
		{"no timestamp", func(h http.Header) { h.Del("x-access-timestamp") }, "no header X-Access-Timestamp"},
		{"two timestamps", func(h http.Header) { h.Add("x-access-timestamp", c.Timestamp) }, "more than once"},
		{"timestamp with sign", func(h http.Header) { h.Set("x-access-timestamp", "+"+c.Timestamp) }, "ten digits"},
		{"timestamp with space", func(h http.Header) { h.Set("x-access-timestamp", c.Timestamp+" ") }, "ten digits"},
		{"timestamp with zero", func(h http.Header) { h.Set("x-access-timestamp", "0"+c.Timestamp[1:]) }, "ten digits"},
		{"timestamp of eleven digits", func(h http.Header) { h.Set("x-access-timestamp", "1"+c.Timestamp) }, "ten digits"},
		{"timestamp of nine digits", func(h http.Header) { h.Set("x-access-timestamp", c.Timestamp[1:]) }, "ten digits"},
		{"timestamp in milliseconds", func(h http.Header) { h.Set("x-access-timestamp", c.Timestamp+"000") }, "ten digits"},
		{"timestamp in other digits", func(h http.Header) { h.Set("x-access-timestamp", "١٧٠٦٨") }, "ten digits"},
		{"timestamp changed", func(h http.Header) { h.Set("x-access-timestamp", "1706883523") }, "did not make it"},
		{"standard base64", func(h http.Header) { h.Set("x-access-signature", base64.StdEncoding.EncodeToString(raw)) }, "has not the form"},
		{"hex", func(h http.Header) { h.Set("x-access-signature", hex.EncodeToString(raw)) }, "did not make it"},
		{"one byte short", func(h http.Header) {
			h.Set("x-access-signature", base64.RawURLEncoding.EncodeToString(raw[:255]))
		}, "did not make it"},
		{"one byte more", func(h http.Header) {
			h.Set("x-access-signature", base64.RawURLEncoding.EncodeToString(append([]byte{0}, raw...)))
		}, "did not make it"},
		{"one bit flipped", func(h http.Header) {
			flipped := append([]byte(nil), raw...)
			flipped[100] ^= 1
			h.Set("x-access-signature", base64.RawURLEncoding.EncodeToString(flipped))
		}, "did not make it"},
		{"stray bits at the end", func(h http.Header) { h.Set("x-access-signature", c.RSA[:len(c.RSA)-1]+"B") }, "has not the form"},
		{"a line break", func(h http.Header) { h.Set("x-access-signature", c.RSA[:10]+"\n"+c.RSA[10:]) }, "has not the form"},
		{"a line break first", func(h http.Header) { h.Set("x-access-signature", "\n"+c.RSA) }, "has not the form"},
		{"a carriage return", func(h http.Header) { h.Set("x-access-signature", c.RSA[:10]+"\r"+c.RSA[10:]) }, "has not the form"},
		{"a carriage return first", func(h http.Header) { h.Set("x-access-signature", "\r"+c.RSA) }, "has not the form"},
		{"a line break second", func(h http.Header) { h.Set("x-access-signature", c.RSA[:1]+"\n"+c.RSA[1:]) }, "has not the form"},
		{"a carriage return second", func(h http.Header) { h.Set("x-access-signature", c.RSA[:1]+"\r"+c.RSA[1:]) }, "has not the form"},
		{"too much padding", func(h http.Header) { h.Set("x-access-signature", c.RSA+"====") }, "has not the form"},
	} {
		t.Run(x.name, func(t *testing.T) {
			h := signed(c.Timestamp, c.RSA)
			x.change(h)
			_, err := rsaKey.Verify(doc, h)
			if x.reason == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, signer.ErrSignature)
			require.ErrorContains(t, err, x.reason)
			require.NotContains(t, err.Error(), c.RSA[:20])
		})
	}
}

// The message has no mark between text and timestamp. Each of these documents
// makes, with its timestamp, the very message that was signed, because digits
// have moved from one to the other; only ten digits may be taken.
func TestTimestampNeverMoves(t *testing.T) {
	v := loadVectors(t)
	const timestamp = "1706883522"
	value := digitTail(t)
	genuine := parse(t, `{"a":"`+value+`"}`)
	message, err := genuine.Message(signer.Scheme{}, unix(t, timestamp))
	require.NoError(t, err)
	moved := 0
	for cut := len(message) - 16; cut < len(message); cut++ {
		text, err := base64.RawURLEncoding.DecodeString(message[:cut])
		if err != nil || !utf8.Valid(text) || cut == len(message)-len(timestamp) {
			continue
		}
		quoted, err := json.Marshal(strings.TrimPrefix(string(text), "a:"))
		require.NoError(t, err)
		doc := parse(t, `{"a":`+string(quoted)+`}`)
		got, err := doc.Canonical(signer.Scheme{})
		require.NoError(t, err)
		if base64.RawURLEncoding.EncodeToString([]byte(got)) != message[:cut] {
			continue // bits were lost: another message
		}
		moved++
		for _, k := range []struct {
			signer.Signer
			signer.Verifier
		}{{v.private(t, signer.Scheme{}), v.public(t, signer.Scheme{})}, {v.hmac(t), v.hmac(t)}} {
			h, err := k.Sign([]byte(`{"a":"`+value+`"}`), unix(t, timestamp))
			require.NoError(t, err)
			_, err = k.Verify(genuine, h)
			require.NoError(t, err)
			h.Set("x-access-timestamp", message[cut:])
			_, err = k.Verify(doc, h)
			require.ErrorIs(t, err, signer.ErrSignature, "timestamp %s", message[cut:])
			require.ErrorContains(t, err, "ten digits")
		}
	}
	require.GreaterOrEqual(t, moved, 4, "too few ways to move digits were found")
}

// digitTail finds a value whose line "a:value" ends, as base64url, in digits.
func digitTail(t testing.TB) string {
	t.Helper()
	for n := range 10_000 {
		tail, err := base64.RawURLEncoding.DecodeString(fmt.Sprintf("%04d", n))
		require.NoError(t, err)
		if utf8.Valid(tail) && !bytes.ContainsFunc(tail, unicode.IsControl) {
			return "x" + string(tail)
		}
	}
	t.Fatal("there is none")
	return ""
}

func TestSignRefuses(t *testing.T) {
	v := loadVectors(t)
	for _, k := range []signer.Signer{v.private(t, signer.Scheme{}), v.hmac(t)} {
		_, err := k.Sign([]byte(`{"a":1,"a":2}`), time.Unix(1706883522, 0))
		require.ErrorContains(t, err, "same key twice")
		_, err = k.Sign([]byte(`{}`), time.Time{})
		require.ErrorContains(t, err, "ten digits")
	}
}

// A body that the Scheme can't write is no matter of the signature, and is never
// taken for one that has been signed.
func TestBodyThatCannotBeWritten(t *testing.T) {
	v, s := loadVectors(t), signer.Scheme{Join: "&"}
	key, err := v.hmac(t).WithScheme(s)
	require.NoError(t, err)
	at, body := time.Unix(1706883522, 0), `{"a&b":1}`
	h, err := key.Sign([]byte(`{"a":1}`), at)
	require.NoError(t, err)
	for _, verifier := range []signer.Verifier{v.public(t, s), key} {
		m, err := verifier.Verify(parse(t, body), h)
		require.ErrorContains(t, err, "a key holds the join")
		require.NotErrorIs(t, err, signer.ErrSignature)
		require.Zero(t, m)
	}
	for _, k := range []signer.Signer{v.private(t, s), key} {
		h, err := k.Sign([]byte(body), at)
		require.ErrorContains(t, err, "a key holds the join")
		require.Nil(t, h)
	}
	m, err := key.Verify(parse(t, `{"a":1}`), h)
	require.NoError(t, err)
	require.Equal(t, s, m.Scheme)
	require.Equal(t, at.UTC(), m.SignedAt)

	h, err = v.private(t, signer.Scheme{Token: signer.TokenNone}).Sign([]byte(body), at)
	require.NoError(t, err)
	require.NotContains(t, h, "X-Access-Token", "an empty header is there too")
}

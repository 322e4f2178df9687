package signer_test

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/big"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp/signer"
	"github.com/stretchr/testify/require"
)

// settling is a body that each form of the text writes in another way.
const settling = `{"k":1.00,"k!":true,"n":null,"` + "\ue000" + `":1,"😀":2}`

var explainedAt = time.Unix(1706883522, 0)

func headersOf(t testing.TB, k signer.Signer, body string) http.Header {
	t.Helper()
	h, err := k.Sign([]byte(body), explainedAt)
	require.NoError(t, err)
	return h
}

// Every form of values and order is found, with the joins in turn, whatever
// Scheme the key has, and nothing of it is open.
func TestExplainFindsEveryText(t *testing.T) {
	v := loadVectors(t)
	base := signer.Scheme{Join: "#", Null: signer.NullEmpty, Sort: signer.SortUTF16, AmountPath: "sum:minor", Token: signer.TokenNone}
	private, public := v.private(t, signer.Scheme{}), v.public(t, base)
	joins := []string{"", "&", "|", ",", "\n", "\r\n", " ", ", ", "; ", "#"}
	for i := range 4 * 3 * 3 * 3 {
		s := signer.Scheme{
			Join: joins[i%len(joins)], Null: signer.NullForm(i / 27), Bool: signer.BoolForm(i % 3),
			Float: signer.FloatForm(i / 3 % 3), Sort: signer.SortOrder(i / 9 % 3),
		}
		k, err := private.WithScheme(s)
		require.NoError(t, err)
		x := signer.Explain([]byte(settling), headersOf(t, k, settling), public)
		require.Empty(t, x.Problems)
		require.Equal(t, openPadding(t, settling, s), x.Keys[0].Open, "%v", s)
		s.AmountPath, s.Token = base.AmountPath, base.Token
		require.Equal(t, &s, x.Keys[0].Match)
	}
}

// openPadding is what is open of a Scheme if the body settles every form.
// Only a text whose base64url needs padding settles whether it has it.
func openPadding(t testing.TB, body string, s signer.Scheme) []string {
	t.Helper()
	text, err := parse(t, body).Canonical(s)
	require.NoError(t, err)
	if base64.StdEncoding.EncodeToString([]byte(text)) == base64.RawStdEncoding.EncodeToString([]byte(text)) {
		return []string{"PaddedMessage"}
	}
	return nil
}

// Every form of an HMAC is found, and the one of several texts that was signed.
func TestExplainFindsEveryHMAC(t *testing.T) {
	key := loadVectors(t).hmac(t) // its text is hex digits, and so base64 too
	for i := range 3 * 3 * 3 * 2 {
		s := signer.Scheme{
			HMACKey: signer.HMACKeyForm(i % 3), HMACMessage: signer.HMACMessage(i / 3 % 3),
			HMACEncoding: signer.HMACEncoding(i / 9 % 3), Bool: signer.BoolForm(i / 27),
		}
		k, err := key.WithScheme(s)
		require.NoError(t, err)
		h := headersOf(t, k, settling)
		if s.HMACEncoding == signer.EncodingBase64 && !strings.ContainsAny(h.Get("x-access-signature"), "+/") {
			s.HMACEncoding = signer.EncodingBase64URL // it is both, by chance
		}
		x := signer.Explain([]byte(settling), h, key)
		require.Empty(t, x.Problems)
		require.Equal(t, signer.KeyExplanation{
			Name: "hmac", Algorithm: "HMAC", Match: &s, Open: openPadding(t, settling, s),
		}, x.Keys[0], "%v", s)
	}
}

// A message is found with padding and without, whichever the key has; it can
// be told from the text if there is any.
func TestExplainFindsThePadding(t *testing.T) {
	v := loadVectors(t)
	private, public := v.private(t, signer.Scheme{}), v.public(t, signer.Scheme{})
	for n := range 6 { // beside them the text has six characters
		body := `{"a":"` + strings.Repeat("x", n) + `","z":1}`
		for i := range 4 {
			s, base := signer.Scheme{PaddedMessage: i%2 == 1}, signer.Scheme{PaddedMessage: i/2 == 1}
			k, err := private.WithScheme(s)
			require.NoError(t, err)
			public, err := public.WithScheme(base)
			require.NoError(t, err)
			x := signer.Explain([]byte(body), headersOf(t, k, body), public)
			want, open := s, []string{"Null", "Bool", "Float", "Sort"}
			if n%3 == 0 {
				want, open = base, append(open, "PaddedMessage")
			}
			require.Equal(t, &want, x.Keys[0].Match, "%d %v %v", n, s, base)
			require.Equal(t, open, x.Keys[0].Open, "%d %v %v", n, s, base)
		}
	}
}

// What a body can't settle is named, and nothing else.
func TestExplainNamesWhatIsOpen(t *testing.T) {
	v := loadVectors(t)
	private, public := v.private(t, signer.Scheme{}), v.public(t, signer.Scheme{})
	for _, c := range []struct {
		body string
		s    signer.Scheme
		open string
	}{
		{`{}`, signer.Scheme{}, "Join Null Bool Float Sort PaddedMessage"},
		{`{"a":"xyz-"}`, signer.Scheme{}, "Join Null Bool Float Sort PaddedMessage"},
		{`{"a":"xy"}`, signer.Scheme{PaddedMessage: true}, "Join Null Bool Float Sort"},
		{`{"a":null,"z":"x"}`, signer.Scheme{Null: signer.NullOmit}, "Join Bool Float Sort PaddedMessage"},
		{`{"a":"x","z":"x"}`, signer.Scheme{}, "Null Bool Float Sort"},
		{`{"a":null,"z":"x"}`, signer.Scheme{}, "Bool Float Sort"},
		{`{"a":null,"y":"x","z":"x"}`, signer.Scheme{Null: signer.NullOmit}, "Bool Float Sort"},
		{`{"a":true,"z":"x"}`, signer.Scheme{}, "Null Float Sort"},
		{`{"a":false,"z":"x"}`, signer.Scheme{Bool: signer.BoolTitle}, "Null Float Sort"},
		{`{"a":1,"z":"x"}`, signer.Scheme{}, "Null Bool Float Sort"},
		{`{"a":1.00,"z":"x"}`, signer.Scheme{}, "Null Bool Sort PaddedMessage"},
		{`{"a":1.0,"z":"x"}`, signer.Scheme{}, "Null Bool Float Sort PaddedMessage"}, // literal
		{`{"a":1.0,"z":"x"}`, signer.Scheme{Float: signer.FloatJavaScript}, "Null Bool Sort"},
		{`{"a":1.50,"z":"x"}`, signer.Scheme{}, "Null Bool Float Sort PaddedMessage"}, // JavaScript
		{`{"a":1.50,"z":"x"}`, signer.Scheme{Float: signer.FloatLiteral}, "Null Bool Sort"},
		{`{"k":1,"k!":2}`, signer.Scheme{}, "Null Bool Float Sort"}, // by UTF-16
		{`{"k":1,"k!":2}`, signer.Scheme{Sort: signer.SortPaths}, "Null Bool Float"},
		{"{\"\ue000\":1,\"😀\":2}", signer.Scheme{}, "Null Bool Float Sort PaddedMessage"}, // by path
		{"{\"\ue000\":1,\"😀\":2}", signer.Scheme{Sort: signer.SortUTF16}, "Null Bool Float PaddedMessage"},
	} {
		k, err := private.WithScheme(c.s)
		require.NoError(t, err)
		x := signer.Explain([]byte(c.body), headersOf(t, k, c.body), public)
		require.Equal(t, &c.s, x.Keys[0].Match, c.body)
		require.Equal(t, c.open, strings.Join(x.Keys[0].Open, " "), "%s %v", c.body, c.s)
	}
	for _, join := range []string{"", "&", "|", "\n"} {
		s := signer.Scheme{Join: join}
		x := signer.Explain([]byte(`{"a":"xy"}`), headersOf(t, v.private(t, s), `{"a":"xy"}`), v.public(t, s))
		require.Equal(t, &s, x.Keys[0].Match)
		require.Contains(t, x.Keys[0].Open, "Join", "%q", join)
	}
}

// A Scheme that fits the signature, but not the paths of the key, is told all
// the same. Nothing is said of what it leaves open.
func TestExplainFindsASchemeThatIsNotValid(t *testing.T) {
	v := loadVectors(t)
	base := signer.Scheme{AmountPath: "sum&minor"}
	x := signer.Explain([]byte(`{"a":1,"b":2}`), headersOf(t, v.private(t, signer.Scheme{Join: "&"}), `{"a":1,"b":2}`), v.public(t, base))
	require.Equal(t, &signer.Scheme{Join: "&", AmountPath: "sum&minor"}, x.Keys[0].Match)
	require.Empty(t, x.Keys[0].Open)
}

// A text of exactly 64 KiB is tried in every form, one byte more only in that
// of the default and that of the first key.
func TestExplainLimit(t *testing.T) {
	const limit = 64 << 10
	key, base := newSecret(t, "hmac"), signer.Scheme{Null: signer.NullEmpty}
	first, err := key.WithScheme(base)
	require.NoError(t, err)
	for _, c := range []struct {
		bytes int
		s     signer.Scheme
		found bool
	}{
		{limit, signer.Scheme{Null: signer.NullLower}, true},
		{limit + 1, signer.Scheme{Null: signer.NullLower}, false},
		{limit + 1, signer.Scheme{}, true},
		{limit + 1, base, true},
	} {
		body := `{"a":null,"b":"` + strings.Repeat("x", c.bytes-len("a:None;b:")) + `"}`
		k, err := key.WithScheme(c.s)
		require.NoError(t, err)
		x := signer.Explain([]byte(body), headersOf(t, k, body), first)
		var problems []string
		if c.bytes > limit {
			problems = append(problems, "the canonical text has 65537 bytes: not every Scheme was tried")
		}
		require.Equal(t, problems, x.Problems)
		require.Equal(t, c.found, x.Keys[0].Match != nil, "%d %v", c.bytes, c.s)
		if c.found {
			require.Equal(t, &c.s, x.Keys[0].Match)
		}
	}
}

// No Scheme signs these texts, but a gateway or a proxy may have.
func TestExplainNamesTheTextThatWasSigned(t *testing.T) {
	const body, text, stamp = `{"b":1,"a":"xy"}`, "a:xy;b:1", "1706883522" // neither fills its base64
	v, private, url := loadVectors(t), vectorsKey(t), base64.RawURLEncoding.EncodeToString
	whole := sha256.Sum256([]byte(body))
	const changed = "another text: body or timestamp have changed on the way, or a form is used that Scheme does not know"
	for _, c := range []struct{ message, want string }{
		{url([]byte(body)) + stamp, "the body as it was sent, not its canonical text"},
		{url([]byte(body)), "the body as it was sent, not its canonical text, and without the timestamp"},
		{body + stamp, "the body as it was sent, without base64url"},
		{string(whole[:]), "the SHA-256 of the body as it was sent"},
		{text + stamp, "the canonical text without base64url"},
		{url([]byte(text)), "the canonical text without the timestamp"},
		{text, changed},
		{url([]byte(text)) + "1706883523", changed},
		{base64.URLEncoding.EncodeToString([]byte(body)) + stamp, changed},
		{base64.URLEncoding.EncodeToString([]byte(text)), changed},
	} {
		once := sha256.Sum256([]byte(c.message))
		twice := sha256.Sum256(once[:])
		for _, digest := range [][32]byte{once, twice} {
			raw, err := rsa.SignPKCS1v15(nil, private, crypto.SHA256, digest[:])
			require.NoError(t, err)
			x := signer.Explain([]byte(body), signed(stamp, url(raw)), v.public(t, signer.Scheme{}))
			require.Empty(t, x.Problems)
			require.Equal(t, []signer.KeyExplanation{
				{Name: "callback", Algorithm: "RSA", Reason: "this key made the signature, but over " + c.want},
			}, x.Keys)
		}
		x := signer.Explain([]byte(body), signed(stamp, url(hmac512(t, v.HMACKey, c.message))), v.hmac(t))
		require.Empty(t, x.Problems)
		require.Equal(t, []signer.KeyExplanation{{
			Name: "hmac", Algorithm: "HMAC",
			Reason: "with this key no known Scheme fits: it is another key, or the signature is over " + c.want,
		}}, x.Keys)
	}
}

// The body as it is, under RSA-SHA256 or HMAC-SHA512, is what other gateways sign.
func TestExplainABareBody(t *testing.T) {
	const want = "the body as it was sent, without base64url and without the timestamp"
	v, url := loadVectors(t), base64.RawURLEncoding.EncodeToString
	digest := sha256.Sum256([]byte(body))
	raw, err := rsa.SignPKCS1v15(nil, vectorsKey(t), crypto.SHA256, digest[:])
	require.NoError(t, err)
	x := signer.Explain([]byte(body), signed("1706883522", url(raw)), v.public(t, signer.Scheme{}))
	require.Equal(t, "this key made the signature, but over "+want, x.Keys[0].Reason)
	x = signer.Explain([]byte(body), signed("1706883522", url(hmac512(t, v.HMACKey, body))), v.hmac(t))
	require.Equal(t, "with this key no known Scheme fits: it is another key, or the signature is over "+want, x.Keys[0].Reason)
}

// A long text is tried with all that the key says but how it is written.
func TestExplainLongTextsByTheKey(t *testing.T) {
	body := `{"a":null,"b":"` + strings.Repeat("x", 64<<10) + `"}`
	key := newSecret(t, "hmac")
	own, err := key.WithScheme(signer.Scheme{SignatureHeader: "x-sign", AmountPath: "sum", Join: "&", Null: signer.NullEmpty})
	require.NoError(t, err)
	plain := signer.Scheme{SignatureHeader: "x-sign", AmountPath: "sum"}
	k, err := key.WithScheme(plain)
	require.NoError(t, err)
	x := signer.Explain([]byte(body), headersOf(t, k, body), own)
	require.Equal(t, &plain, x.Keys[0].Match)
}

// A body with the join of some Schemes in a key is explained without these.
func TestExplainABodyThatSomeSchemesCannotWrite(t *testing.T) {
	v, body := loadVectors(t), `{"a&b, c":1,"d":2}`
	public := v.public(t, signer.Scheme{Join: "&"})
	for join, found := range map[string]bool{"": true, "; ": true, "!": false} {
		s := signer.Scheme{Join: join}
		x := signer.Explain([]byte(body), headersOf(t, v.private(t, s), body), public)
		require.Equal(t, []string{"the body: signer: byte 0: a key holds the join of two lines"}, x.Problems)
		require.Equal(t, found, x.Keys[0].Match != nil, join)
		if found {
			require.Equal(t, &s, x.Keys[0].Match)
		} else {
			require.Contains(t, x.Keys[0].Reason, "but over another text")
		}
	}
}

// The ways in which a signature is written. All but the first are told; of an
// HMAC they are an HMACEncoding, or else told.
func TestExplainEncodings(t *testing.T) {
	v := loadVectors(t)
	c := v.Accept[0]
	std, url := base64.StdEncoding.EncodeToString, base64.RawURLEncoding.EncodeToString
	const hexForm, stdForm, loose = "hex", "standard base64", "base64 with line breaks or stray bits"
	for _, x := range []struct {
		name     string
		write    func(raw []byte) string
		form     string
		encoding signer.HMACEncoding
	}{
		{"base64url", url, "", signer.EncodingBase64URL},
		{"padded base64url", base64.URLEncoding.EncodeToString, "", signer.EncodingBase64URL},
		{"hex", hex.EncodeToString, hexForm, signer.EncodingHex},
		{"capital hex", func(raw []byte) string { return strings.ToUpper(hex.EncodeToString(raw)) }, hexForm, signer.EncodingHex},
		{"base64", std, stdForm, signer.EncodingBase64},
		{"unpadded base64", base64.RawStdEncoding.EncodeToString, stdForm, signer.EncodingBase64},
		{"two alphabets", func(raw []byte) string { return strings.Replace(std(raw), "/", "_", 1) }, loose, signer.EncodingBase64},
		{"a line break at the end", func(raw []byte) string { return std(raw) + "\n" }, loose, signer.EncodingBase64},
		{"a line break inside", func(raw []byte) string { return std(raw)[:64] + "\r\n" + std(raw)[64:] }, loose, signer.EncodingBase64},
		{"a space", func(raw []byte) string { return url(raw)[:64] + " " + url(raw)[64:] }, loose, signer.EncodingBase64},
		{"too much padding", func(raw []byte) string { return url(raw) + "===" }, loose, signer.EncodingBase64},
		{"stray bits", func(raw []byte) string {
			text := url(raw)
			return text[:len(text)-1] + string(text[len(text)-1]+1)
		}, loose, signer.EncodingBase64},
	} {
		for _, k := range []struct {
			signature string
			key       signer.Key
			match     signer.Scheme
			told      string
		}{
			{c.RSA, v.public(t, signer.Scheme{}), signer.Scheme{}, "the signature is written as %s, not as base64url"},
			{c.HMAC, v.hmac(t), signer.Scheme{HMACEncoding: x.encoding}, "the signature is written as %s"},
		} {
			raw, err := base64.RawURLEncoding.DecodeString(k.signature)
			require.NoError(t, err)
			got := signer.Explain([]byte(c.Body), signed(c.Timestamp, x.write(raw)), k.key)
			require.Equal(t, &k.match, got.Keys[0].Match, x.name)
			var problems []string
			if x.form == loose || x.form != "" && k.match.HMACEncoding == signer.EncodingBase64URL {
				problems = append(problems, fmt.Sprintf(k.told, x.form))
			}
			require.Equal(t, problems, got.Problems, x.name)
		}
	}
}

// What is no signature in any encoding is not read as far as it goes.
func TestExplainNoEncoding(t *testing.T) {
	v := loadVectors(t)
	c := v.Accept[0]
	for _, k := range []struct {
		signature string
		key       signer.Key
		reason    string
	}{
		{c.RSA, v.public(t, signer.Scheme{}), "the signature is not 256 bytes long in any known encoding, as one of this key is"},
		{c.HMAC, v.hmac(t), "the signature is not 64 bytes long in any known encoding, as an HMAC-SHA512 is"},
	} {
		raw, err := base64.RawURLEncoding.DecodeString(k.signature)
		require.NoError(t, err)
		for _, text := range []string{
			hex.EncodeToString(raw) + "zz", hex.EncodeToString(raw) + "0", hex.EncodeToString(raw) + "00", hex.EncodeToString(raw[1:]),
			k.signature + "!", k.signature[4:], k.signature[:10] + "!" + k.signature[10:], "AAAA" + k.signature, "?",
		} {
			x := signer.Explain([]byte(c.Body), signed(c.Timestamp, text), k.key)
			require.Nil(t, x.Keys[0].Match, text)
			require.Equal(t, k.reason, x.Keys[0].Reason, text)
			require.Empty(t, x.Problems, text)
		}
	}
}

// A key whose text is no hex and no base64 is never taken for an empty one, or
// for as much of it as can be read.
func TestExplainTriesNoPartOfAKey(t *testing.T) {
	for _, text := range []string{"!ecret-of-sixteen", strings.Repeat("ab", 16) + ".", strings.Repeat("ab", 16) + "!z"} {
		key, err := signer.NewHMACKey("hmac", text)
		require.NoError(t, err)
		message, err := parse(t, body).Message(signer.Scheme{}, explainedAt)
		require.NoError(t, err)
		read, _ := hex.DecodeString(text)
		for _, part := range []string{"", string(read)} {
			signature := base64.RawURLEncoding.EncodeToString(hmac512(t, part, message))
			x := signer.Explain([]byte(body), signed("1706883522", signature), key)
			require.Nil(t, x.Keys[0].Match, text)
			require.Contains(t, x.Keys[0].Reason, "no known Scheme fits", text)
		}
	}
}

// What a key makes of a signature is held against PKCS #1 v1.5 byte by byte: a
// signature that it did not make, or not with this padding, is never said to
// be its own.
func TestExplainOpensRSA(t *testing.T) {
	v, key := loadVectors(t), vectorsKey(t)
	message, err := parse(t, settling).Message(signer.Scheme{Digest: signer.DigestOnce}, explainedAt)
	require.NoError(t, err)
	digest := sha256.Sum256([]byte(message))
	info := append([]byte("\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20"), digest[:]...)
	full := 256 - len("\x00\x01\x00") - len(info)
	padded := func(start string, n int, rest ...[]byte) []byte {
		em := append([]byte(start), bytes.Repeat([]byte{0xff}, n)...)
		em = append(append(em, 0), bytes.Join(rest, nil)...)
		return append(em, bytes.Repeat([]byte{0xff}, 256-len(em))...)
	}
	at := func(i int, b byte) []byte {
		em := padded("\x00\x01", full, info)
		em[i] = b
		return em
	}
	const (
		none    = "this key did not make the signature, or not with PKCS #1 v1.5 padding"
		other   = "this key made the signature, but over another text: body or timestamp have changed on the way, or a form is used that Scheme does not know"
		unknown = "this key made the signature, but with an unknown hash in place of SHA-256"
	)
	for _, c := range []struct {
		name   string
		em     []byte
		reason string
	}{
		{"as it must be", padded("\x00\x01", full, info), ""},
		{"first byte", at(0, 1), none},
		{"encryption", at(1, 2), none},
		{"no block type", at(1, 0), none},
		{"padding of zeros", padded("\x00\x00", full, info), none},
		{"first byte of the padding", at(2, 'A'), none},
		{"a byte in the padding", at(100, 'A'), none},
		{"a byte that is no text in the padding", at(100, 0x80), none},
		{"last byte of the padding", at(1+full, 'A'), none},
		{"no end of the padding", bytes.Replace(padded("\x00\x01", full+len(info)), []byte{0xff, 0}, []byte{0xff, 0xff}, 1), none},
		{"eight bytes of padding", padded("\x00\x01", 8, info), other},
		{"seven bytes of padding", padded("\x00\x01", 7, info), none},
		{"no padding", padded("\x00\x01", 0, info), none},
		{"another digest", at(255, digest[31]+1), other},
		{"another hash", at(3+full, 0x32), unknown},
		{"no hash", padded("\x00\x01", full+19, digest[:]), unknown},
		{"nothing", padded("\x00\x01", 253), unknown},
	} {
		require.Len(t, c.em, 256, c.name)
		raw := new(big.Int).Exp(new(big.Int).SetBytes(c.em), key.D, key.N).FillBytes(make([]byte, 256))
		x := signer.Explain([]byte(settling), signed("1706883522", base64.RawURLEncoding.EncodeToString(raw)), v.public(t, signer.Scheme{}))
		require.Empty(t, x.Problems, c.name)
		require.Equal(t, c.reason, x.Keys[0].Reason, c.name)
		require.Equal(t, c.reason == "", x.Keys[0].Match != nil, c.name)
	}
}

// A signature with another hash is said to have that one.
func TestExplainNamesTheHash(t *testing.T) {
	v, key := loadVectors(t), vectorsKey(t)
	for hash, name := range map[crypto.Hash]string{crypto.SHA1: "SHA-1", crypto.SHA384: "SHA-384", crypto.SHA512: "SHA-512", crypto.SHA224: "an unknown hash"} {
		raw, err := rsa.SignPKCS1v15(nil, key, hash, make([]byte, hash.Size()))
		require.NoError(t, err)
		x := signer.Explain([]byte(settling), signed("1706883522", base64.RawURLEncoding.EncodeToString(raw)), v.public(t, signer.Scheme{}))
		require.Equal(t, "this key made the signature, but with "+name+" in place of SHA-256", x.Keys[0].Reason)
		require.Nil(t, x.Keys[0].Match)
	}
}

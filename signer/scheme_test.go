package signer_test

import (
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"io"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp/signer"
	"github.com/stretchr/testify/require"
)

// Every Scheme must sign what it verifies, and nothing that another signs
// differently.
func TestSchemes(t *testing.T) {
	v := loadVectors(t)
	at := time.Unix(1706883522, 0)
	schemes := []signer.Scheme{
		{}, {Null: signer.NullLower}, {Null: signer.NullEmpty}, {Null: signer.NullOmit},
		{Bool: signer.BoolLower}, {Bool: signer.BoolTitle}, {Float: signer.FloatJavaScript}, {Join: "&"}, {Join: "\r\n"},
		{PaddedMessage: true}, {Digest: signer.DigestOnce, HMACMessage: signer.HMACDigest},
		{Digest: signer.DigestTwiceHex, HMACMessage: signer.HMACHexDigest},
	}
	for i, s := range schemes {
		h, err := v.private(t, s).Sign([]byte(body), at)
		require.NoError(t, err)
		hmacKey, err := v.hmac(t).WithScheme(s)
		require.NoError(t, err)
		hh, err := hmacKey.Sign([]byte(body), at)
		require.NoError(t, err)
		for j, other := range schemes {
			_, err := v.public(t, other).Verify(parse(t, body), h)
			require.Equal(t, i == j, err == nil, "RSA %v and %v", s, other)
			otherKey, err := v.hmac(t).WithScheme(other)
			require.NoError(t, err)
			_, err = otherKey.Verify(parse(t, body), hh)
			require.Equal(t, i == j, err == nil, "HMAC %v and %v", s, other)
		}
	}
}

func TestSchemeForms(t *testing.T) {
	v := loadVectors(t)
	at := time.Unix(1706883522, 0)
	block, _ := pem.Decode([]byte(v.PublicKeyPEM))
	hexKey, err := signer.NewHMACKey("k", v.HMACKey)
	require.NoError(t, err)

	s := signer.Scheme{
		Token: signer.TokenPEM, PaddedSignature: true, RSAAlgorithm: "RSA-SHA256", HMACAlgorithm: "HMAC-SHA512",
		HMACToken: "token", HMACKey: signer.HMACKeyHex, HMACEncoding: signer.EncodingHex,
		SignatureHeader: "x-sign", TimestampHeader: "x-time",
	}
	h, err := v.private(t, s).Sign([]byte(body), at)
	require.NoError(t, err)
	require.Equal(t, base64.RawURLEncoding.EncodeToString([]byte(v.PublicKeyPEM)), h.Get("x-access-token"))
	require.Equal(t, "RSA-SHA256", h.Get("x-access-merchant-algorithm"))
	require.True(t, strings.HasSuffix(h.Get("x-sign"), "=="))
	require.Equal(t, "1706883522", h.Get("x-time"))
	_, err = v.public(t, s).Verify(parse(t, body), h)
	require.NoError(t, err)

	key, err := hexKey.WithScheme(s)
	require.NoError(t, err)
	h, err = key.Sign([]byte(body), at)
	require.NoError(t, err)
	require.Equal(t, "token", h.Get("x-access-token"))
	require.Equal(t, "HMAC-SHA512", h.Get("x-access-merchant-algorithm"))
	require.Len(t, h.Get("x-sign"), 128)
	h.Set("x-sign", strings.ToUpper(h.Get("x-sign")))
	_, err = key.Verify(parse(t, body), h)
	require.NoError(t, err)

	// The same secret as base64 and as hex is one secret.
	raw, err := hex.DecodeString(v.HMACKey)
	require.NoError(t, err)
	for _, text := range []string{base64.StdEncoding.EncodeToString(raw), base64.RawURLEncoding.EncodeToString(raw)} {
		other, err := signer.NewHMACKey("b", text)
		require.NoError(t, err)
		s.HMACKey = signer.HMACKeyBase64
		other, err = other.WithScheme(s)
		require.NoError(t, err)
		_, err = other.Verify(parse(t, body), h)
		require.NoError(t, err)
	}
	_, err = hexKey.WithScheme(signer.Scheme{HMACEncoding: signer.EncodingBase64})
	require.NoError(t, err)
	notHex, err := signer.NewHMACKey("k", "not-hexadecimal-at-all")
	require.NoError(t, err)
	_, err = notHex.WithScheme(signer.Scheme{HMACKey: signer.HMACKeyHex})
	require.ErrorContains(t, err, "Scheme.HMACKey")
	notBase64, err := signer.NewHMACKey("k", "0123456789abcdef0123456789abcdef!")
	require.NoError(t, err)
	_, err = notBase64.WithScheme(signer.Scheme{HMACKey: signer.HMACKeyBase64})
	require.ErrorContains(t, err, "Scheme.HMACKey")

	for form, want := range map[signer.TokenForm]string{
		signer.TokenDER:       base64.RawURLEncoding.EncodeToString(block.Bytes),
		signer.TokenDERPadded: base64.URLEncoding.EncodeToString(block.Bytes),
		signer.TokenPEMPadded: base64.URLEncoding.EncodeToString([]byte(v.PublicKeyPEM)),
		signer.TokenNone:      "",
	} {
		h, err := v.private(t, signer.Scheme{Token: form}).Sign([]byte(body), at)
		require.NoError(t, err)
		require.Equal(t, want, h.Get("x-access-token"))
	}
}

// Each encoding of an HMAC signature is read with its own alphabet, and to its
// end.
func TestSchemeEncodings(t *testing.T) {
	v := loadVectors(t)
	at := time.Unix(1706883522, 0)
	texts := map[signer.HMACEncoding]func([]byte) string{
		signer.EncodingBase64URL: base64.RawURLEncoding.EncodeToString,
		signer.EncodingBase64:    base64.StdEncoding.EncodeToString,
		signer.EncodingHex:       hex.EncodeToString,
	}
	message, err := parse(t, body).Message(signer.Scheme{}, at)
	require.NoError(t, err)
	raw := hmac512(t, v.HMACKey, message)
	require.True(t, strings.ContainsAny(texts[signer.EncodingBase64](raw), "+/"), "the alphabets must differ")
	for encoding := range texts {
		key, err := v.hmac(t).WithScheme(signer.Scheme{HMACEncoding: encoding})
		require.NoError(t, err)
		for other, text := range texts {
			_, err = key.Verify(parse(t, body), signed("1706883522", text(raw)))
			require.Equal(t, encoding == other, err == nil, "%v read as %v: %v", other, encoding, err)
		}
		for _, more := range []string{"z", "zz", "0", "!"} {
			_, err = key.Verify(parse(t, body), signed("1706883522", texts[encoding](raw)+more))
			require.ErrorIs(t, err, signer.ErrSignature, "%v and %q", encoding, more)
		}
	}
}

// A token whose bytes need padding: the exponent makes it a byte too long.
func TestSchemeTokensPadded(t *testing.T) {
	public := &rsa.PublicKey{N: new(big.Int).SetBit(big.NewInt(1), 2047, 1), E: 3}
	der, err := x509.MarshalPKIXPublicKey(public)
	text := pemOf(t, "PUBLIC KEY", der, err)
	require.NotZero(t, len(der)%3)
	require.NotZero(t, len(text)%3)
	for form, want := range map[signer.TokenForm]string{
		signer.TokenDER:       base64.RawURLEncoding.EncodeToString(der),
		signer.TokenDERPadded: base64.URLEncoding.EncodeToString(der),
		signer.TokenPEM:       base64.RawURLEncoding.EncodeToString([]byte(text)),
		signer.TokenPEMPadded: base64.URLEncoding.EncodeToString([]byte(text)),
	} {
		key, err := signer.NewPrivateKey(foreignHSM{public: public})
		require.NoError(t, err)
		key, err = key.WithScheme(signer.Scheme{Token: form})
		require.NoError(t, err)
		headers, err := key.Sign([]byte(body), time.Unix(1706883522, 0))
		require.NoError(t, err)
		require.Equal(t, want, headers.Get("x-access-token"), "%v", form)
	}
}

// A foreignHSM signs nothing in particular for a public key.
type foreignHSM struct{ public *rsa.PublicKey }

func (h foreignHSM) Public() crypto.PublicKey { return h.public }

func (foreignHSM) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return make([]byte, 256), nil
}

func TestSchemeOrders(t *testing.T) {
	for _, c := range []struct {
		body string
		s    signer.Scheme
		text string
	}{
		{`{"a b":{"c":1},"a":{"b":2},"a1":3}`, signer.Scheme{}, "a b:c:1;a1:3;a:b:2"},
		{`{"a b":{"c":1},"a":2,"a1":3}`, signer.Scheme{}, "a b:c:1;a1:3;a:2"},
		{`{"a b":{"c":1},"a":2,"a1":3}`, signer.Scheme{Sort: signer.SortPaths}, "a:2;a b:c:1;a1:3"},
		{`{"a b":{"c":1},"a":{"b":2},"a1":3}`, signer.Scheme{Sort: signer.SortPaths}, "a b:c:1;a1:3;a:b:2"},
		{`{"￮":1,"𐀀":2,"z":3}`, signer.Scheme{Sort: signer.SortUTF16}, "z:3;𐀀:2;￮:1"},
		{`{"a":1.0,"b":1e21,"c":1e-7,"d":-0.0,"e":12345678901234567890,"f":1e20,"g":-1.5e-9,"h":1e-6,"i":1e30,"j":2e-20,"k":1e100}`, signer.Scheme{Float: signer.FloatJavaScript},
			"a:1;b:1e+21;c:1e-7;d:0;e:12345678901234567000;f:100000000000000000000;g:-1.5e-9;h:0.000001;i:1e+30;j:2e-20;k:1e+100"},
		{`{"a":1.50,"b":-0,"c":1E2}`, signer.Scheme{Float: signer.FloatLiteral}, "a:1.50;b:-0;c:1E2"},
		{`{"a":null,"b":[null],"c":1}`, signer.Scheme{Null: signer.NullOmit}, "c:1"},
	} {
		got, err := parse(t, c.body).Canonical(c.s)
		require.NoError(t, err)
		require.Equal(t, c.text, got)
	}
	_, err := parse(t, `{"a&b":1}`).Canonical(signer.Scheme{Join: "&"})
	require.ErrorContains(t, err, "a key holds the join")
}

func TestSchemeValidate(t *testing.T) {
	err := signer.Scheme{
		Null: 9, Bool: 9, Float: 9, Join: "x", Sort: 9, Digest: 9, Token: 9, HMACMessage: 9, HMACEncoding: 9, HMACKey: 9,
		HMACToken: "a\nb", SignatureHeader: "x y", AmountPath: ":a", CurrencyPath: "a;b",
	}.Validate()
	for _, field := range []string{"Null", "Bool", "Float", "Join", "Sort", "Digest", "Token", "HMACMessage", "HMACEncoding", "HMACKey", "HMACToken", "SignatureHeader", "AmountPath", "CurrencyPath"} {
		require.ErrorContains(t, err, "Scheme."+field+":")
	}
	for _, join := range []string{";;", "a", "1", ":", ";:", "_", ";_", "\x00", "é", ";;;"} {
		require.Error(t, signer.Scheme{Join: join}.Validate(), "%q", join)
	}
	require.ErrorContains(t, signer.Scheme{AmountPath: "a:b", CurrencyPath: "a:b"}.Validate(), "same as AmountPath")
	for want, s := range map[string]signer.Scheme{
		"Scheme.TimestampHeader: the same as SignatureHeader": {SignatureHeader: "x-a", TimestampHeader: "X-A"},
		"Scheme.SignatureHeader: no name":                     {SignatureHeader: "x:a"},
		"Scheme.TimestampHeader: no name":                     {TimestampHeader: "é"},
		"Scheme.AmountPath: holds the Join":                   {Join: "-", AmountPath: "a-b"},
		"Scheme.CurrencyPath: holds the Join":                 {Join: "-.", CurrencyPath: "a:b-."},
	} {
		require.ErrorContains(t, s.Validate(), want)
	}
	v := loadVectors(t)
	_, err = v.public(t, signer.Scheme{}).WithScheme(signer.Scheme{Sort: 9})
	require.Error(t, err)
	_, err = v.private(t, signer.Scheme{}).WithScheme(signer.Scheme{Sort: 9})
	require.Error(t, err)
	_, err = v.hmac(t).WithScheme(signer.Scheme{Sort: 9})
	require.Error(t, err)
	require.Equal(t, "signer.Scheme{Null: 4, HMACKey: 9}", signer.Scheme{Null: signer.NullOmit + 1, HMACKey: 9}.String(), "values that there are not")
	require.Equal(t, `signer.Scheme{Null: signer.NullOmit, Join: "&", PaddedMessage: true}`,
		signer.Scheme{Null: signer.NullOmit, Join: "&", PaddedMessage: true}.String())
}

// Each byte that a join, a header's name and a header's value can have, and the
// values next to the last of each kind.
func TestSchemeValidateByteByByte(t *testing.T) {
	const (
		letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		digits  = "0123456789"
		signs   = "!\"#$%&'()*+,-./;<=>?@[\\]^`{|}~"
	)
	for c := range 256 {
		text := string([]byte{byte(c)})
		isSign := strings.Contains(signs, text)
		control := c > 0 && c <= ' '
		require.Equal(t, isSign || control, signer.Scheme{Join: text}.Validate() == nil, "Join %q", text)
		require.Equal(t, isSign || strings.Contains(letters+digits+":_", text), signer.Scheme{RSAAlgorithm: text}.Validate() == nil, "value %q", text)
		require.Equal(t, strings.Contains(letters+digits+"-_", text), signer.Scheme{SignatureHeader: "x" + text}.Validate() == nil, "name %q", text)
	}
	require.NoError(t, signer.Scheme{Join: ";&"}.Validate())
	for want, s := range map[string]signer.Scheme{
		"Null": {Null: signer.NullOmit + 1}, "Bool": {Bool: signer.BoolTitle + 1}, "Float": {Float: signer.FloatLiteral + 1},
		"Sort": {Sort: signer.SortPaths + 1}, "Digest": {Digest: signer.DigestTwiceHex + 1}, "Token": {Token: signer.TokenNone + 1},
		"HMACMessage": {HMACMessage: signer.HMACHexDigest + 1}, "HMACEncoding": {HMACEncoding: signer.EncodingHex + 1},
		"HMACKey": {HMACKey: signer.HMACKeyBase64 + 1}, "RSAAlgorithm": {RSAAlgorithm: "a b"}, "HMACAlgorithm": {HMACAlgorithm: "a\nb"},
		"AmountPath": {AmountPath: "a::b"}, "CurrencyPath": {CurrencyPath: "a:"},
	} {
		require.ErrorContains(t, s.Validate(), "Scheme."+want+":")
	}
	require.NoError(t, signer.Scheme{AmountPath: strings.Repeat("a", 200)}.Validate())
	require.Error(t, signer.Scheme{AmountPath: strings.Repeat("a", 201)}.Validate())
}

// The limit of the text holds in every form, not only in the default one that
// Parse measures.
func TestSchemeTextLimit(t *testing.T) {
	falses := "[" + strings.TrimSuffix(strings.Repeat("false,", 9_999), ",") + "]"
	doc := parse(t, `{"`+strings.Repeat("k", 411)+`":`+falses+`}`)
	text, err := doc.Canonical(signer.Scheme{})
	require.NoError(t, err)
	require.Greater(t, len(text), 4<<20-8<<10)
	_, err = doc.Canonical(signer.Scheme{Bool: signer.BoolLower})
	var syntax *signer.SyntaxError
	require.ErrorAs(t, err, &syntax)
	require.ErrorContains(t, err, "over 4 MiB")
}

func TestSchemeCanCarry(t *testing.T) {
	for id, want := range map[string]bool{
		"order-1": true, "№1": true, "null": true, "1:2": true, strings.Repeat("a", 255): true,
		"": false, "None": false, "a;b": false, "a\nb": false, "a\xffb": false, strings.Repeat("a", 256): false,
	} {
		require.Equal(t, want, signer.Scheme{}.CanCarry(id), "%q", id)
	}
	require.False(t, signer.Scheme{Null: signer.NullLower}.CanCarry("null"))
	require.True(t, signer.Scheme{Join: "&"}.CanCarry("a;b"))
}

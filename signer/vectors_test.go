package signer_test

import (
	"encoding/json"
	"net/http"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp/signer"
	"github.com/stretchr/testify/require"
)

// vectors were made by an independent program.
type vectors struct {
	PrivateKeyPEM string `json:"private_key_pem"`
	PublicKeyPEM  string `json:"public_key_pem"`
	Token         string `json:"token"`
	HMACKey       string `json:"hmac_key"`
	Accept        []struct {
		Name, Body, Canonical, Timestamp, Message string
		RSA                                       string `json:"rsa_signature"`
		RSASingle                                 string `json:"rsa_signature_single_digest"`
		HMAC                                      string `json:"hmac_signature"`
	}
	Refuse []struct{ Name, Body string }
}

func loadVectors(t testing.TB) vectors {
	t.Helper()
	data, err := os.ReadFile("testdata/signatures.json")
	require.NoError(t, err)
	var v vectors
	require.NoError(t, json.Unmarshal(data, &v))
	require.NotEmpty(t, v.Accept)
	require.NotEmpty(t, v.Refuse)
	return v
}

func (v vectors) private(t testing.TB, s signer.Scheme) *signer.PrivateKey {
	t.Helper()
	key, err := signer.ParsePrivateKey([]byte(v.PrivateKeyPEM))
	require.NoError(t, err)
	key, err = key.WithScheme(s)
	require.NoError(t, err)
	return key
}

func (v vectors) public(t testing.TB, s signer.Scheme) *signer.PublicKey {
	t.Helper()
	key, err := signer.ParsePublicKey("callback", []byte(v.PublicKeyPEM))
	require.NoError(t, err)
	key, err = key.WithScheme(s)
	require.NoError(t, err)
	return key
}

func (v vectors) hmac(t testing.TB) *signer.HMACKey {
	t.Helper()
	key, err := signer.ParseHMACKey("hmac", []byte(v.HMACKey+"\n"))
	require.NoError(t, err)
	return key
}

func unix(t testing.TB, timestamp string) time.Time {
	t.Helper()
	n, err := strconv.ParseInt(timestamp, 10, 64)
	require.NoError(t, err)
	return time.Unix(n, 0)
}

func signed(timestamp, signature string) http.Header {
	return http.Header{"X-Access-Timestamp": {timestamp}, "X-Access-Signature": {signature}}
}

func TestVectorsAccept(t *testing.T) {
	v := loadVectors(t)
	once := signer.Scheme{Digest: signer.DigestOnce}
	keys := []struct {
		name   string
		sign   signer.Signer
		verify signer.Verifier
		want   func(i int) string
	}{
		{"rsa", v.private(t, signer.Scheme{}), v.public(t, signer.Scheme{}), func(i int) string { return v.Accept[i].RSA }},
		{"rsa once", v.private(t, once), v.public(t, once), func(i int) string { return v.Accept[i].RSASingle }},
		{"hmac", v.hmac(t), v.hmac(t), func(i int) string { return v.Accept[i].HMAC }},
	}
	for i, c := range v.Accept {
		t.Run(c.Name, func(t *testing.T) {
			doc, err := signer.Parse([]byte(c.Body))
			require.NoError(t, err)
			text, err := doc.Canonical(signer.Scheme{})
			require.NoError(t, err)
			require.Equal(t, c.Canonical, text)
			message, err := doc.Message(signer.Scheme{}, unix(t, c.Timestamp))
			require.NoError(t, err)
			require.Equal(t, c.Message, message)

			for _, k := range keys {
				h, err := k.sign.Sign([]byte(c.Body), unix(t, c.Timestamp))
				require.NoError(t, err, k.name)
				require.Equal(t, k.want(i), h.Get("x-access-signature"), k.name)
				require.Equal(t, c.Timestamp, h.Get("x-access-timestamp"), k.name)
				match, err := k.verify.Verify(doc, signed(c.Timestamp, k.want(i)))
				require.NoError(t, err, k.name)
				require.Equal(t, unix(t, c.Timestamp).UTC(), match.SignedAt, k.name)

				_, err = k.verify.Verify(doc, signed("1111111111", k.want(i)))
				require.ErrorIs(t, err, signer.ErrSignature, k.name)
				other, err := signer.Parse([]byte(`{"other":1}`))
				require.NoError(t, err)
				_, err = k.verify.Verify(other, signed(c.Timestamp, k.want(i)))
				require.ErrorIs(t, err, signer.ErrSignature, k.name)
			}
		})
	}
}

func TestVectorsToken(t *testing.T) {
	v := loadVectors(t)
	h, err := v.private(t, signer.Scheme{}).Sign([]byte(`{}`), unix(t, "1706883522"))
	require.NoError(t, err)
	require.Equal(t, v.Token, h.Get("x-access-token"))
	require.Empty(t, h.Values("x-access-merchant-algorithm"))
}

func TestVectorsRefuse(t *testing.T) {
	for _, c := range loadVectors(t).Refuse {
		t.Run(c.Name, func(t *testing.T) {
			_, err := signer.Parse([]byte(c.Body))
			var syntax *signer.SyntaxError
			require.ErrorAs(t, err, &syntax)
			require.NotContains(t, err.Error(), "success")
		})
	}
}

package signer_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp/signer"
	"github.com/stretchr/testify/require"
)

// A key that no constructor made says so, and bears no mark.
func TestKeysThatAreNone(t *testing.T) {
	type key interface {
		Empty() bool
		Sandbox() bool
	}
	for name, k := range map[string]key{
		"nil private": (*signer.PrivateKey)(nil), "zero private": new(signer.PrivateKey),
		"nil public": (*signer.PublicKey)(nil), "zero public": new(signer.PublicKey),
		"nil HMAC": (*signer.HMACKey)(nil), "zero HMAC": new(signer.HMACKey),
		"nil set": (*signer.KeySet)(nil), "zero set": new(signer.KeySet),
	} {
		require.True(t, k.Empty(), name)
		require.False(t, k.Sandbox(), name)
	}
	private, err := signer.NewPrivateKey(rsaKey(t))
	require.NoError(t, err)
	hmac, err := signer.NewHMACKey("hmac", strings.Repeat("k", 64))
	require.NoError(t, err)
	set, err := signer.NewKeySet(hmac)
	require.NoError(t, err)
	public, err := signer.NewPublicKey("callback", &rsaKey(t).PublicKey)
	require.NoError(t, err)
	for _, k := range []key{private, private.Public(""), public, hmac, set} {
		require.False(t, k.Empty())
		require.False(t, k.Sandbox())
	}
}

func rsaKey(t testing.TB) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	return key
}

// Exponents that make a signature anybody's, and moduli that are too short.
func TestPublicKeysThatAreWeak(t *testing.T) {
	n := func(bits int) *big.Int { // odd, of that length
		return new(big.Int).SetBit(big.NewInt(1), bits-1, 1)
	}
	for _, c := range []struct {
		bits, exponent int
		accepted       bool
	}{
		{2048, 65537, true}, {2048, 3, true}, {2048, 5, true}, {4096, 65537, true},
		{2048, 1, false}, {2048, 2, false}, {2048, 0, false}, {2048, -1, false}, {2048, 4, false}, {2048, 65536, false},
		{2047, 65537, false}, {1024, 65537, false}, {1, 65537, false},
	} {
		_, err := signer.NewPublicKey("callback", &rsa.PublicKey{N: n(c.bits), E: c.exponent})
		if c.accepted {
			require.NoError(t, err, "%+v", c)
			continue
		}
		require.ErrorAs(t, err, new(*signer.KeyError), "%+v", c)
	}
	_, err := signer.NewPublicKey("callback", &rsa.PublicKey{E: 65537})
	require.ErrorAs(t, err, new(*signer.KeyError))
}

// Each Digest is what its name says, by a verification of its own.
func TestDigests(t *testing.T) {
	key, at := rsaKey(t), time.Unix(1_760_000_000, 0)
	for digest, of := range map[signer.Digest]func(message []byte) []byte{
		signer.DigestOnce:  func(m []byte) []byte { s := sha256.Sum256(m); return s[:] },
		signer.DigestTwice: func(m []byte) []byte { s := sha256.Sum256(m); s = sha256.Sum256(s[:]); return s[:] },
		signer.DigestTwiceHex: func(m []byte) []byte {
			s := sha256.Sum256(m)
			s = sha256.Sum256([]byte(hex.EncodeToString(s[:])))
			return s[:]
		},
	} {
		private, err := signer.NewPrivateKey(key)
		require.NoError(t, err)
		private, err = private.WithScheme(signer.Scheme{Digest: digest})
		require.NoError(t, err)
		headers, err := private.Sign([]byte(body), at)
		require.NoError(t, err)
		signature, err := base64.RawURLEncoding.DecodeString(headers.Get("X-Access-Signature"))
		require.NoError(t, err)
		message, err := parse(t, body).Message(signer.Scheme{Digest: digest}, at)
		require.NoError(t, err)
		require.NoError(t, rsa.VerifyPKCS1v15(&key.PublicKey, crypto.SHA256, of([]byte(message)), signature), "%v", digest)
	}
}

// A brokenHSM has a key and can't use it.
type brokenHSM struct{ crypto.Signer }

var errHSM = errors.New("the HSM is unplugged")

func (brokenHSM) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) { return nil, errHSM }

func TestSigningFails(t *testing.T) {
	private, err := signer.NewPrivateKey(brokenHSM{rsaKey(t)})
	require.NoError(t, err)
	headers, err := private.Sign([]byte(body), time.Now())
	require.ErrorIs(t, err, errHSM)
	require.Empty(t, headers)
}

// Every key asks its Scheme what an id may be.
func TestKeysCarryWhatTheirSchemeCan(t *testing.T) {
	private, err := signer.NewPrivateKey(rsaKey(t))
	require.NoError(t, err)
	hmac, err := signer.NewHMACKey("hmac", strings.Repeat("k", 64))
	require.NoError(t, err)
	for _, k := range []interface{ CanCarry(id string) bool }{private.Public(""), hmac} {
		require.True(t, k.CanCarry("order-1"))
		require.False(t, k.CanCarry("order;1"))
	}
}

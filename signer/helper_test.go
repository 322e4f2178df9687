package signer_test

import (
	"crypto/rsa"
	"crypto/sha512"
	"crypto/x509"
	"encoding/pem"
	"testing"

	"github.com/go-highhelp/highhelp/signer"
	"github.com/stretchr/testify/require"
)

const body = `{"general":{"project_id":"P","payment_id":"1"},"done":true,"rate":1.0,"none":null}`

func parse(t testing.TB, body string) *signer.Document {
	t.Helper()
	doc, err := signer.Parse([]byte(body))
	require.NoError(t, err)
	return doc
}

func pemOf(t testing.TB, kind string, der []byte, err error) string {
	t.Helper()
	require.NoError(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

// hmac512 is HMAC-SHA512 from its definition (RFC 2104).
func hmac512(t testing.TB, key, message string) []byte {
	t.Helper()
	require.LessOrEqual(t, len(key), 128)
	inner, outer := make([]byte, 128), make([]byte, 128)
	copy(inner, key)
	copy(outer, key)
	for i := range 128 {
		inner[i] ^= 0x36
		outer[i] ^= 0x5c
	}
	sum := sha512.Sum512(append(inner, message...))
	sum = sha512.Sum512(append(outer, sum[:]...))
	return sum[:]
}

// vectorsKey is the private key of the vectors, for what no Scheme makes, and no
// PEM file.
func vectorsKey(t testing.TB) *rsa.PrivateKey {
	t.Helper()
	block, _ := pem.Decode([]byte(loadVectors(t).PrivateKeyPEM))
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	require.NoError(t, err)
	return key.(*rsa.PrivateKey)
}

package signer_test

import (
	"bytes"
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp/signer"
	"github.com/stretchr/testify/require"
)

// TestKeyForms reads the same keys in every form in which they come.
func TestKeyForms(t *testing.T) {
	v := loadVectors(t)
	key := vectorsKey(t)
	pkcs1 := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})
	pkcs1Public := pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(&key.PublicKey)})
	at := unix(t, v.Accept[0].Timestamp)

	for name, text := range map[string]string{
		"PKCS #8": v.PrivateKeyPEM, "PKCS #1": string(pkcs1), "no final newline": strings.TrimSpace(v.PrivateKeyPEM),
		"CRLF": strings.ReplaceAll(v.PrivateKeyPEM, "\n", "\r\n"), "blank lines": "\n" + v.PrivateKeyPEM + "\n\n",
	} {
		file := filepath.Join(t.TempDir(), "private_key_42.pem")
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		k, err := signer.ReadPrivateKey(file)
		require.NoError(t, err, name)
		h, err := k.Sign([]byte(v.Accept[0].Body), at)
		require.NoError(t, err, name)
		require.Equal(t, v.Accept[0].RSA, h.Get("x-access-signature"), name)
	}
	for name, text := range map[string]string{
		"SPKI": v.PublicKeyPEM, "PKCS #1": string(pkcs1Public), "no final newline": strings.TrimSpace(v.PublicKeyPEM),
	} {
		file := filepath.Join(t.TempDir(), "callback_42.pem")
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		k, err := signer.ReadPublicKey(file)
		require.NoError(t, err, name)
		match, err := k.Verify(parse(t, v.Accept[0].Body), signed(v.Accept[0].Timestamp, v.Accept[0].RSA))
		require.NoError(t, err, name)
		require.Equal(t, "callback_42", match.Key)
	}
	for name, text := range map[string]string{"newline": v.HMACKey + "\n", "CRLF": v.HMACKey + "\r\n", "none": v.HMACKey} {
		file := filepath.Join(t.TempDir(), "hmac_callback_key_42.txt")
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		k, err := signer.ReadHMACKey(file)
		require.NoError(t, err, name)
		match, err := k.Verify(parse(t, v.Accept[0].Body), signed(v.Accept[0].Timestamp, v.Accept[0].HMAC))
		require.NoError(t, err, name)
		require.Equal(t, "hmac_callback_key_42", match.Key)
	}
}

func TestKeysRefused(t *testing.T) {
	v := loadVectors(t)
	short, err := rsa.GenerateKey(rand.Reader, 1024)
	require.NoError(t, err)
	shortPrivate, err := x509.MarshalPKCS8PrivateKey(short)
	shortPEM := pemOf(t, "PRIVATE KEY", shortPrivate, err)
	shortPublic, err := x509.MarshalPKIXPublicKey(&short.PublicKey)
	shortPublicPEM := pemOf(t, "PUBLIC KEY", shortPublic, err)
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	ec, err := x509.MarshalPKCS8PrivateKey(curve)
	ecPEM := pemOf(t, "PRIVATE KEY", ec, err)
	ecPublic, err := x509.MarshalPKIXPublicKey(&curve.PublicKey)
	ecPublicPEM := pemOf(t, "PUBLIC KEY", ecPublic, err)
	encrypted := pemOf(t, "ENCRYPTED PRIVATE KEY", []byte("x"), nil)
	encryptedOld := string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: []byte("x"), Headers: map[string]string{
		"Proc-Type": "4,ENCRYPTED", "DEK-Info": "AES-256-CBC,00",
	}}))
	damaged := "-----BEGIN PRIVATE KEY-----\n!!!\n-----END PRIVATE KEY-----\n"
	pkcs8, _ := pem.Decode([]byte(v.PrivateKeyPEM))
	inPEM := func(text string) string {
		lines := strings.Split(strings.TrimSpace(text), "\n")
		return strings.Join(lines[1:len(lines)-1], "")
	}
	certificate := pemOf(t, "CERTIFICATE", []byte("x"), nil)
	agreement, err := ecdh.X25519().GenerateKey(rand.Reader)
	require.NoError(t, err)
	agreementDER, err := x509.MarshalPKCS8PrivateKey(agreement)
	agreementPEM := pemOf(t, "PRIVATE KEY", agreementDER, err)
	key := vectorsKey(t)
	pkcs1 := base64.StdEncoding.EncodeToString(x509.MarshalPKCS1PrivateKey(key))
	pkcs1Public := base64.StdEncoding.EncodeToString(x509.MarshalPKCS1PublicKey(&key.PublicKey))
	pemToken := base64.RawURLEncoding.EncodeToString([]byte(v.PublicKeyPEM))

	private := func(data string) error { _, err := signer.ParsePrivateKey([]byte(data)); return err }
	public := func(data string) error { _, err := signer.ParsePublicKey("k", []byte(data)); return err }
	secret := func(data string) error { _, err := signer.ParseHMACKey("k", []byte(data)); return err }
	for _, c := range []struct {
		name   string
		parse  func(string) error
		data   string
		reason string
	}{
		{"private empty", private, "\n", "empty"},
		{"private text", private, v.HMACKey, "not a PEM file"},
		{"private cut off", private, v.PrivateKeyPEM[:200], "cut off or damaged"},
		{"private with BOM", private, "\ufeff" + v.PrivateKeyPEM, "byte order mark"},
		{"private twice", private, v.PrivateKeyPEM + v.PrivateKeyPEM, "more in the file"},
		{"private after text", private, "my key\n" + v.PrivateKeyPEM, "more in the file"},
		{"private in UTF-16", private, utf16LE(v.PrivateKeyPEM), "UTF-16"},
		{"private after a damaged one", private, damaged + v.PrivateKeyPEM, "the first of them damaged"},
		{"private indented", private, strings.ReplaceAll(v.PrivateKeyPEM, "-----BEGIN", "  -----BEGIN"), "cut off or damaged"},
		{"private as DER", private, string(pkcs8.Bytes), "not a PEM file"},
		{"private encrypted", private, encrypted, "encrypted with a password"},
		{"private encrypted as OpenSSL did of old", private, encryptedOld, "encrypted with a password"},
		{"private is a certificate", private, certificate, "a certificate"},
		{"private is public", private, v.PublicKeyPEM, "a public key, not an RSA private key"},
		{"private damaged", private, pemOf(t, "PRIVATE KEY", []byte("x"), nil), "damaged"},
		{"private of 1024 bits", private, shortPEM, "less than 2048 bits"},
		{"private elliptic", private, ecPEM, "not an RSA key"},
		{"private of another agreement", private, agreementPEM, "not an RSA key but one of type *ecdh.PrivateKey"},
		{"private of another kind", private, pemOf(t, "DH PARAMETERS", []byte("x"), nil), "of another kind, not an RSA private key"},
		{"private in a form for curves", private, pemOf(t, "EC PRIVATE KEY", []byte("x"), nil), "of another kind, not an RSA private key"},
		{"private before a letter", private, v.PrivateKeyPEM + "x", "more in the file"},
		{"private before text", private, v.PrivateKeyPEM + "\nmy key\n", "more in the file"},
		{"public empty", public, "", "empty"},
		{"public in a form for others", public, pemOf(t, "DSA PUBLIC KEY", []byte("x"), nil), "of another kind, not an RSA public key"},
		{"public is private", public, v.PrivateKeyPEM, "a private key, not an RSA public key"},
		{"public of another kind", public, pemOf(t, "DH PARAMETERS", []byte("x"), nil), "of another kind"},
		{"public damaged", public, pemOf(t, "RSA PUBLIC KEY", []byte("x"), nil), "damaged"},
		{"public of 1024 bits", public, shortPublicPEM, "less than 2048 bits"},
		{"public elliptic", public, ecPublicPEM, "not an RSA key"},
		{"HMAC empty", secret, "\n", "empty"},
		{"HMAC is public", secret, v.PublicKeyPEM, "a PEM file"},
		{"HMAC short", secret, "0123456789abcde", "less than 16 bytes"},
		{"HMAC with a space", secret, v.HMACKey + " ", "printable ASCII"},
		{"HMAC of two lines", secret, v.HMACKey + "\n\n", "printable ASCII"},
		{"HMAC with BOM", secret, "\ufeff" + v.HMACKey, "byte order mark"},
		{"HMAC in UTF-16", secret, utf16LE(v.HMACKey), "UTF-16"},
		{"HMAC is a token", secret, v.Token, "an RSA key without its PEM lines"},
		{"HMAC is a padded token", secret, v.Token + strings.Repeat("=", -len(v.Token)&3), "an RSA key without its PEM lines"},
		{"HMAC is the inside of a public key", secret, inPEM(v.PublicKeyPEM), "an RSA key without its PEM lines"},
		{"HMAC is the inside of a private key", secret, inPEM(v.PrivateKeyPEM) + "\n", "an RSA key without its PEM lines"},
		{"HMAC is the inside of an old public key", secret, pkcs1Public, "an RSA key without its PEM lines"},
		{"HMAC is the inside of an old private key", secret, pkcs1, "an RSA key without its PEM lines"},
		{"HMAC is a PEM token", secret, pemToken, "an RSA key without its PEM lines"},
		{"HMAC is a PEM token with more behind it", secret, pemToken + "!", "an RSA key without its PEM lines"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := c.parse(c.data)
			var key *signer.KeyError
			require.ErrorAs(t, err, &key)
			require.ErrorContains(t, err, c.reason)
		})
	}
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	_, err = signer.NewPrivateKey(edwards)
	require.ErrorContains(t, err, "not an RSA key")
	_, err = signer.NewPrivateKey(nil)
	require.ErrorContains(t, err, "there is none")
	_, err = signer.NewPrivateKey((*rsa.PrivateKey)(nil))
	require.ErrorContains(t, err, "there is none")
	_, err = signer.NewPrivateKey(&rsa.PrivateKey{})
	require.ErrorContains(t, err, "2048")
	_, err = signer.NewPrivateKey(short)
	require.ErrorContains(t, err, "2048")
	_, err = signer.NewPrivateKey(withoutPublic{})
	require.ErrorContains(t, err, "2048")
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	_, err = signer.NewPrivateKey(&rsa.PrivateKey{PublicKey: other.PublicKey, D: key.D, Primes: key.Primes})
	require.ErrorContains(t, err, "don't fit")
	_, err = signer.NewPublicKey("", &other.PublicKey)
	require.ErrorContains(t, err, "it has no name")
	_, err = signer.NewHMACKey("", v.HMACKey)
	require.ErrorContains(t, err, "it has no name")
	_, err = signer.NewPublicKey("k", nil)
	require.ErrorContains(t, err, "there is none")
	_, err = signer.NewPublicKey("k", &rsa.PublicKey{})
	require.ErrorContains(t, err, "2048")
}

// A file that can't be read, or holds no key, gives an error and no key.
func TestKeyFilesRefused(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, length int) string {
		file := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(file, bytes.Repeat([]byte("k"), length), 0o600))
		return file
	}
	const most = 64 << 10
	for name, read := range map[string]func(file string) (key interface{ Empty() bool }, err error){
		"private": func(file string) (interface{ Empty() bool }, error) { return signer.ReadPrivateKey(file) },
		"public":  func(file string) (interface{ Empty() bool }, error) { return signer.ReadPublicKey(file) },
		"HMAC":    func(file string) (interface{ Empty() bool }, error) { return signer.ReadHMACKey(file) },
	} {
		refused := func(file string) error {
			t.Helper()
			key, err := read(file)
			require.Error(t, err, name)
			require.True(t, key.Empty(), name)
			return err
		}
		require.ErrorIs(t, refused(filepath.Join(dir, "none")), os.ErrNotExist, name)
		require.ErrorContains(t, refused(dir), "signer: key file: ", name)
		var key *signer.KeyError
		require.ErrorAs(t, refused(write("short", 15)), &key, name)
		require.ErrorAs(t, refused(write("long", most+1)), &key, name)
		require.ErrorContains(t, key, "over 64 KiB", name)
		require.ErrorContains(t, refused(write("huge", 1<<20)), "over 64 KiB", name)
	}
	_, err := signer.ReadHMACKey(write("longest", most))
	require.NoError(t, err)
}

// A withoutPublic is a crypto.Signer, as of an HSM, that has lost its key.
type withoutPublic struct{ crypto.Signer }

func (withoutPublic) Public() crypto.PublicKey { return (*rsa.PublicKey)(nil) }

func utf16LE(text string) string {
	out := []byte{0xff, 0xfe}
	for _, c := range []byte(text) {
		out = append(out, c, 0)
	}
	return string(out)
}

// What the owner of a key does to it later must not change what is accepted.
func TestPublicKeyIsCopied(t *testing.T) {
	v := loadVectors(t)
	block, _ := pem.Decode([]byte(v.PublicKeyPEM))
	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	require.NoError(t, err)
	public := parsed.(*rsa.PublicKey)
	key, err := signer.NewPublicKey("k", public)
	require.NoError(t, err)
	public.N.SetInt64(1)
	c := v.Accept[0]
	_, err = key.Verify(parse(t, c.Body), signed(c.Timestamp, c.RSA))
	require.NoError(t, err)
}

// A zero key, or none, is an error and no crash, and it accepts nothing.
func TestZeroKeys(t *testing.T) {
	for _, k := range []signer.Verifier{
		(*signer.PublicKey)(nil), new(signer.PublicKey), (*signer.HMACKey)(nil), new(signer.HMACKey),
		new(signer.KeySet), signer.Until(new(signer.PublicKey), time.Now().Add(time.Hour)),
	} {
		_, err := k.Verify(parse(t, `{}`), signed("1706883522", "AAAA"))
		require.ErrorIs(t, err, signer.ErrSignature)
	}
	var key *signer.KeyError
	for _, k := range []signer.Signer{(*signer.PrivateKey)(nil), new(signer.PrivateKey), (*signer.HMACKey)(nil), new(signer.HMACKey)} {
		_, err := k.Sign([]byte(`{}`), time.Unix(1706883522, 0))
		require.ErrorAs(t, err, &key)
	}
	_, err := new(signer.PrivateKey).WithScheme(signer.Scheme{})
	require.ErrorAs(t, err, &key)
	_, err = new(signer.PublicKey).WithScheme(signer.Scheme{})
	require.ErrorAs(t, err, &key)
	_, err = new(signer.HMACKey).WithScheme(signer.Scheme{})
	require.ErrorAs(t, err, &key)
}

func TestCheckKeyFile(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("rights work in another way")
	}
	file := filepath.Join(t.TempDir(), "private_key_42.pem")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	for mode, open := range map[os.FileMode]bool{0o600: false, 0o400: false, 0o640: false, 0o644: true, 0o602: true, 0o444: true} {
		require.NoError(t, os.Chmod(file, mode))
		err := signer.CheckKeyFile(file)
		if !open {
			require.NoError(t, err, "%o", mode)
			continue
		}
		var key *signer.KeyError
		require.ErrorAs(t, err, &key, "%o", mode)
		require.ErrorContains(t, err, `"private_key_42": every user of this machine may read or replace the file`)
	}
	require.ErrorIs(t, signer.CheckKeyFile(file+"x"), os.ErrNotExist)
}

// A file whose name is all extension still gives the key a name.
func TestKeyNameOfADotFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), ".hmac")
	require.NoError(t, os.WriteFile(file, []byte(loadVectors(t).HMACKey), 0o600))
	key, err := signer.ReadHMACKey(file)
	require.NoError(t, err)
	require.Equal(t, ".hmac", key.Name())
}

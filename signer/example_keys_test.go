package signer_test

import (
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"log"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/go-highhelp/highhelp/signer"
)

// examplePrivate returns the private key of the examples.
func examplePrivate() *signer.PrivateKey {
	dir := exampleKeys()
	defer os.RemoveAll(dir)
	key, err := signer.ReadPrivateKey(filepath.Join(dir, "private_key_42.pem"))
	if err != nil {
		log.Fatal(err)
	}
	return key
}

// An HSM, a cloud's key service or, as here, a key in memory: whatever is a
// crypto.Signer with an RSA key can sign.
func ExampleNewPrivateKey() {
	inHSM, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		log.Fatal(err)
	}
	key, err := signer.NewPrivateKey(inHSM)
	fmt.Println(key, err)
	// Output:
	// signer.PrivateKey(RSA, 2048 bits) <nil>
}

// A key from an environment variable or a secret store.
func ExampleParsePrivateKey() {
	_, err := signer.ParsePrivateKey([]byte(os.Getenv("NO_SUCH_VARIABLE")))
	fmt.Println(err)
	_, err = signer.ParsePrivateKey([]byte("-----BEGIN PRIVATE KEY-----\nMIIE"))
	fmt.Println(err)
	// Output:
	// signer: key "private key": empty
	// signer: key "private key": a PEM file that is cut off or damaged
}

func ExamplePrivateKey_Sign() {
	header, err := examplePrivate().Sign([]byte(`{"general":{"project_id":"P"}}`), time.Unix(1706883522, 0))
	if err != nil {
		log.Fatal(err)
	}
	for _, name := range []string{"x-access-timestamp", "x-access-signature", "x-access-token"} {
		fmt.Printf("%s: %.16s…\n", name, header.Get(name))
	}
	// Output:
	// x-access-timestamp: 1706883522…
	// x-access-signature: AokWQ3tFtloQHSr4…
	// x-access-token: MIIBIjANBgkqhkiG…
}

func ExamplePrivateKey_WithScheme() {
	key, err := examplePrivate().WithScheme(signer.Scheme{Digest: signer.DigestOnce, RSAAlgorithm: "RSA-SHA256"})
	if err != nil {
		log.Fatal(err)
	}
	header, err := key.Sign([]byte(`{}`), time.Unix(1706883522, 0))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(header.Get("x-access-merchant-algorithm"), key.Scheme())
	// Output:
	// RSA-SHA256 signer.Scheme{Digest: signer.DigestOnce, RSAAlgorithm: "RSA-SHA256"}
}

// The public half checks what a test has signed.
func ExamplePrivateKey_Public() {
	fmt.Println(examplePrivate().Public("own"))
	// Output:
	// signer.PublicKey("own", RSA, 2048 bits)
}

func ExampleNewPublicKey() {
	short := &rsa.PublicKey{N: big.NewInt(1_000_003), E: 65537}
	_, err := signer.NewPublicKey("callback_public_key_42", short)
	fmt.Println(err)
	// Output:
	// signer: key "callback_public_key_42": an RSA key of less than 2048 bits
}

func ExampleParsePublicKey() {
	_, err := signer.ParsePublicKey("callback_public_key_42", []byte("-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n"))
	fmt.Println(err)
	// Output:
	// signer: key "callback_public_key_42": a certificate, not an RSA public key
}

func ExampleReadPublicKey() {
	dir := exampleKeys()
	defer os.RemoveAll(dir)
	key, err := signer.ReadPublicKey(filepath.Join(dir, "callback_public_key_42.pem"))
	fmt.Println(key, err)
	_, err = signer.ReadPublicKey(filepath.Join(dir, "private_key_42.pem"))
	fmt.Println(err)
	// Output:
	// signer.PublicKey("callback_public_key_42", RSA, 2048 bits) <nil>
	// signer: key "private_key_42": a private key, not an RSA public key
}

func ExamplePublicKey_WithScheme() {
	key, err := examplePrivate().Public("callback").WithScheme(signer.Scheme{SignatureHeader: "x-sign"})
	fmt.Println(key.Scheme(), err)
	_, err = key.WithScheme(signer.Scheme{Join: "ab"})
	fmt.Println(err)
	// Output:
	// signer.Scheme{SignatureHeader: "x-sign"} <nil>
	// signer: Scheme.Join: one or two different ASCII characters, no letters, digits, ':' or '_'
}

func ExamplePublicKey_CanCarry() {
	fmt.Println(examplePrivate().Public("callback").CanCarry("order;1"))
	// Output:
	// false
}

func ExampleReadHMACKey() {
	dir := exampleKeys()
	defer os.RemoveAll(dir)
	key, err := signer.ReadHMACKey(filepath.Join(dir, "hmac_callback_key_42.txt"))
	fmt.Println(key, err)
	// Output:
	// signer.HMACKey("hmac_callback_key_42") <nil>
}

func ExampleParseHMACKey() {
	_, err := signer.ParseHMACKey("hmac_callback_key_42", []byte("too short\n"))
	fmt.Println(err)
	_, err = signer.ParseHMACKey("hmac_callback_key_42", []byte("0123456789abcdef\n"))
	fmt.Println(err)
	// Output:
	// signer: key "hmac_callback_key_42": an HMAC key holds only printable ASCII characters, no spaces or line breaks
	// <nil>
}

func ExampleHMACKey_Sign() {
	header, err := exampleSecret().Sign([]byte(`{"a": 1}`), time.Unix(1706883522, 0))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(header), header.Get("x-access-timestamp"), len(header.Get("x-access-signature")))
	// Output:
	// 2 1706883522 86
}

func ExampleHMACKey_Verify() {
	key := exampleSecret()
	body := []byte(`{"a": 1}`)
	header, err := key.Sign(body, time.Unix(1706883522, 0))
	if err != nil {
		log.Fatal(err)
	}
	doc, err := signer.Parse([]byte(`{ "a" : 1 }`)) // other bytes, but the same text
	if err != nil {
		log.Fatal(err)
	}
	match, err := key.Verify(doc, header)
	fmt.Println(match.Key, err)

	header.Add("x-access-timestamp", "1706883523")
	_, err = key.Verify(doc, header)
	fmt.Println(errors.Is(err, signer.ErrSignature), err)
	// Output:
	// hmac_private_key_42 <nil>
	// true signer: signature refused: header X-Access-Timestamp is there more than once
}

func ExampleHMACKey_WithScheme() {
	key, err := exampleSecret().WithScheme(signer.Scheme{HMACEncoding: signer.EncodingHex})
	fmt.Println(key.Scheme(), err)
	// Output:
	// signer.Scheme{HMACEncoding: signer.EncodingHex} <nil>
}

func ExampleHMACKey_CanCarry() {
	fmt.Println(exampleSecret().CanCarry("order-1"))
	// Output:
	// true
}

// Secrets that every user of the machine may read are worth a warning.
func ExampleCheckKeyFile() {
	dir := exampleKeys()
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "hmac_callback_key_42.txt")
	fmt.Println(signer.CheckKeyFile(file))
	if err := os.Chmod(file, 0o644); err != nil {
		log.Fatal(err)
	}
	fmt.Println(signer.CheckKeyFile(file))
	// Output:
	// <nil>
	// signer: key "hmac_callback_key_42": every user of this machine may read or replace the file: chmod 600
}

func ExampleKeyError() {
	_, err := signer.NewHMACKey("hmac_callback_key_42", "")
	var key *signer.KeyError
	if errors.As(err, &key) {
		fmt.Println(key.Name, "is", key.Reason)
	}
	// Output:
	// hmac_callback_key_42 is empty
}

func ExampleNewKeySet() {
	next := examplePrivate().Public("2027")
	_, err := signer.NewKeySet(next, next)
	fmt.Println(err)
	_, err = signer.NewKeySet()
	fmt.Println(err)
	// Output:
	// signer: two keys of a KeySet are named "2027"
	// signer: a KeySet needs at least one key
}

// The match names the key, so that a journal shows when the old one falls out
// of use.
func ExampleKeySet_Verify() {
	secret := exampleSecret()
	set, err := signer.NewKeySet(examplePrivate().Public("rsa"), signer.Until(secret, time.Unix(1706883600, 0)))
	if err != nil {
		log.Fatal(err)
	}
	now := time.Unix(1706883522, 0)
	set.Now = func() time.Time { return now }
	header, err := secret.Sign([]byte(`{"a": 1}`), now)
	if err != nil {
		log.Fatal(err)
	}
	doc, err := signer.Parse([]byte(`{"a": 1}`))
	if err != nil {
		log.Fatal(err)
	}
	match, err := set.Verify(doc, header)
	fmt.Printf("%q %v\n", match.Key, err)
	now = now.Add(time.Hour)
	match, err = set.Verify(doc, header)
	fmt.Printf("%q %v\n", match.Key, err)
	// Output:
	// "hmac_private_key_42" <nil>
	// "" signer: signature refused: key "rsa" did not make it; signer: signature refused: key "hmac_private_key_42" has ended at 2024-02-02T14:20:00Z
}

func ExampleKeySet_Keys() {
	set, err := signer.NewKeySet(examplePrivate().Public("2026"), examplePrivate().Public("2027"))
	if err != nil {
		log.Fatal(err)
	}
	for _, key := range set.Keys() {
		fmt.Println(key.Name(), key.Scheme())
	}
	// Output:
	// 2026 signer.Scheme{}
	// 2027 signer.Scheme{}
}

func ExampleKeySet_CanCarry() {
	set, err := signer.NewKeySet(examplePrivate().Public("2027"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(set.CanCarry("order-1"), set.CanCarry("None"))
	// Output:
	// true false
}

// A key that is replaced stays good until a date, even outside a KeySet.
func ExampleUntil() {
	old := signer.Until(examplePrivate().Public("2023"), time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC))
	body, header := exampleCallbackOf(examplePrivate())
	doc, err := signer.Parse(body)
	if err != nil {
		log.Fatal(err)
	}
	_, err = old.Verify(doc, header)
	fmt.Println(err)
	// Output:
	// signer: signature refused: key "2023" has ended at 2024-03-01T00:00:00Z
}

// A reloader is a Verifier whose keys can be replaced while it serves.
type reloader struct{ keys atomic.Pointer[signer.KeySet] }

func (r *reloader) Verify(doc *signer.Document, headers http.Header) (signer.Match, error) {
	return r.keys.Load().Verify(doc, headers)
}

func ExampleVerifier() {
	var verifier reloader
	body, header := exampleCallbackOf(examplePrivate())
	doc, err := signer.Parse(body)
	if err != nil {
		log.Fatal(err)
	}
	for _, name := range []string{"2026", "2027"} {
		set, err := signer.NewKeySet(examplePrivate().Public(name))
		if err != nil {
			log.Fatal(err)
		}
		verifier.keys.Store(set)
		match, err := verifier.Verify(doc, header)
		fmt.Println(match.Key, err)
	}
	// Output:
	// 2026 <nil>
	// 2027 <nil>
}

// A counter is a Signer that counts, and leaves the signing to another.
type counter struct {
	signer.Signer
	n atomic.Int64
}

func (c *counter) Sign(body []byte, at time.Time) (http.Header, error) {
	c.n.Add(1)
	return c.Signer.Sign(body, at)
}

func ExampleSigner() {
	c := &counter{Signer: exampleSecret()}
	_, err := c.Sign([]byte(`{}`), time.Unix(1706883522, 0))
	fmt.Println(c.n.Load(), err)
	// Output:
	// 1 <nil>
}

func ExampleMatch() {
	body, header := exampleCallbackOf(exampleSecret())
	doc, err := signer.Parse(body)
	if err != nil {
		log.Fatal(err)
	}
	match, err := exampleSecret().Verify(doc, header)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(match.Key, match.SignedAt, match.Scheme)
	// Output:
	// hmac_private_key_42 2024-02-02 14:18:42 +0000 UTC signer.Scheme{}
}

func ExampleKeyExplanation() {
	body, header := exampleCallbackOf(exampleSecret())
	for _, k := range signer.Explain(body, header, exampleSecret(), examplePrivate().Public("rsa")).Keys {
		fmt.Printf("%s (%s): %t %q\n", k.Name, k.Algorithm, k.Match != nil, k.Reason)
	}
	// Output:
	// hmac_private_key_42 (HMAC): true ""
	// rsa (RSA): false "the signature is not 256 bytes long in any known encoding, as one of this key is"
}

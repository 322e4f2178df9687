package highhelp_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"math/big"
	"strings"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/signer"
)

const notMade = "did not make it"

// publicPEM is the public key as the dashboard shows it.
func publicPEM() string {
	der, err := x509.MarshalPKIXPublicKey(&attackRSA().PublicKey)
	if err != nil {
		panic(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

func publicDER() string {
	block, _ := pem.Decode([]byte(publicPEM()))
	return string(block.Bytes)
}

// withSecret forges with HMAC-SHA512.
func withSecret(secret func() string) sender {
	return forged(func(m string) []byte { return hmacSum(sha512.New, secret(), m) })
}

func withText(secret string) sender { return withSecret(func() string { return secret }) }

// signedBy lets another signer than the gateway sign.
func signedBy(key func() signer.Signer) sender {
	return func(v *victim) *wire {
		w := v.genuine()
		h, err := key().Sign(w.body, v.Clock.Now())
		if err != nil {
			panic(err)
		}
		return w.set("X-Access-Signature", h.Get("x-access-signature"))
	}
}

// naming adds headers by which the message names an algorithm or a key.
func naming(send sender, lines ...string) sender {
	return func(v *victim) *wire { return send(v).add(lines...) }
}

// keySet is a shop that is changing its keys: from HMAC, until end, to RSA.
func keySet(end time.Duration) func(*highhelp.Config) {
	return func(c *highhelp.Config) {
		public := rawKeys()[0].verifier.(*signer.PublicKey)
		secret := rawKeys()[1].verifier.(*signer.HMACKey)
		set, err := signer.NewKeySet(public, signer.Until(secret, c.Now().Add(end)))
		if err != nil {
			panic(err)
		}
		set.Now, c.Verifier = c.Now, set
	}
}

// exponent3 verifies with the public key, but with exponent 3, where a sloppy
// check of the padding lets anybody forge (CVE-2006-4339).
func exponent3(c *highhelp.Config) {
	key, err := signer.NewPublicKey("e3", &rsa.PublicKey{N: attackRSA().N, E: 3})
	if err != nil {
		panic(err)
	}
	c.Verifier = key
}

// cubeRoot makes a signature whose cube begins as a signed digest does, with
// garbage behind it.
func cubeRoot(message string) []byte {
	prefix := []byte{0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20}
	block := append([]byte("\x00\x01\xff\xff\xff\xff\xff\xff\xff\xff\x00"), prefix...)
	block = append(block, twice(message)...)
	block = append(block, make([]byte, 256-len(block))...)
	want := new(big.Int).SetBytes(block)
	root := new(big.Int)
	for bit := 700; bit >= 0; bit-- {
		try := new(big.Int).SetBit(root, bit, 1)
		if new(big.Int).Exp(try, big.NewInt(3), nil).Cmp(want) <= 0 {
			root = try
		}
	}
	root.Add(root, big.NewInt(1)) // so that the cube is not below
	return root.FillBytes(make([]byte, 256))
}

func pss(m string) []byte {
	s, err := rsa.SignPSS(rand.Reader, attackRSA(), crypto.SHA256, twice(m), nil)
	if err != nil {
		panic(err)
	}
	return s
}

func digestOf(h crypto.Hash, m string) []byte {
	d := h.New()
	d.Write([]byte(m))
	return d.Sum(nil)
}

// The key decides the algorithm, and only the gateway's own key will do.
func attacksOnKeys() []attack {
	no := refuses(401, notMade)
	return []attack{
		{name: "genuine", send: changed(func(*wire) {}), verdict: applied()},
		{name: "another algorithm is named", send: lines("X-Access-Merchant-Algorithm: none"), verdict: applied()},
		{name: "another token is sent", send: lines("X-Access-Token: " + marker), verdict: applied()},

		{name: "public key in PEM as HMAC secret", send: withSecret(publicPEM), verdict: no},
		{name: "public key in PEM without its last newline", send: withSecret(func() string { return strings.TrimSpace(publicPEM()) }), verdict: no},
		{name: "public key in DER as HMAC secret", send: withSecret(publicDER), verdict: no},
		{name: "token as HMAC secret", send: withSecret(func() string { return b64([]byte(publicDER())) }), verdict: no},
		{name: "modulus as HMAC secret", send: withSecret(func() string { return string(attackRSA().N.Bytes()) }), verdict: no},
		{name: "public key as HMAC secret, said so", send: naming(withSecret(publicPEM), "X-Access-Merchant-Algorithm: HMAC-SHA512"), verdict: no},
		{name: "HMAC signature to an RSA key", key: "RSA", send: withText(attackSecret), verdict: no},
		{name: "HMAC signature to an RSA key, said so", key: "RSA", send: naming(withText(attackSecret), "X-Access-Merchant-Algorithm: HMAC-SHA512"), verdict: no},
		{name: "RSA signature to an HMAC key", key: "HMAC", send: forged(rawKeys()[0].sign), verdict: no},
		{name: "RSA signature to an HMAC key, said so", key: "HMAC", send: naming(forged(rawKeys()[0].sign), "X-Access-Merchant-Algorithm: RSA-SHA256"), verdict: no},

		{name: "HMAC with an empty secret", send: withText(""), verdict: no},
		{name: "HMAC with a short secret", send: withText("k"), verdict: no},
		{name: "HMAC with the name of the key", send: withText("hmac"), verdict: no},
		{name: "HMAC with the project", send: withText(project), verdict: no},
		{name: "HMAC with a foreign secret", send: withText("foreign-" + marker + "-0123456789abcdef"), verdict: no},
		{name: "HMAC secret with a newline", send: withText(attackSecret + "\n"), verdict: no},
		{name: "HMAC secret without its last byte", send: withText(attackSecret[:len(attackSecret)-1]), verdict: no},
		{name: "HMAC secret in capitals", send: withText(strings.ToUpper(attackSecret)), verdict: no},
		{name: "HMAC secret in hex", send: withText(hex.EncodeToString([]byte(attackSecret))), verdict: no},
		{name: "HMAC secret in base64", send: withText(b64([]byte(attackSecret))), verdict: no},
		{name: "HMAC-SHA256", key: "HMAC", send: forged(func(m string) []byte { return hmacSum(sha256.New, attackSecret, m) }), verdict: no},
		{name: "HMAC-SHA1", key: "HMAC", send: forged(func(m string) []byte { return hmacSum(sha1.New, attackSecret, m) }), verdict: no},
		{name: "HMAC-SHA384", key: "HMAC", send: forged(func(m string) []byte { return hmacSum(sha512.New384, attackSecret, m) }), verdict: no},
		{name: "HMAC of a digest", key: "HMAC", send: forged(func(m string) []byte {
			return hmacSum(sha512.New, attackSecret, string(hashSum(sha256.New(), m)))
		}), verdict: no},
		{name: "SHA-512 of secret and message", key: "HMAC", send: forged(func(m string) []byte { return hashSum(sha512.New(), attackSecret+m) }), verdict: no},
		{name: "SHA-512 of the message", send: forged(func(m string) []byte { return hashSum(sha512.New(), m) }), verdict: no},

		{name: "the shop's own request key", send: signedBy(func() signer.Signer { return testKeys().request }), verdict: no},
		{name: "a foreign RSA key", send: signedBy(func() signer.Signer { return testKeys().foreign }), verdict: no},
		{name: "a foreign RSA key that brings itself", send: func(v *victim) *wire {
			h, err := testKeys().foreign.Sign([]byte(event()), v.Clock.Now())
			if err != nil {
				panic(err)
			}
			return v.signed(event()).set("X-Access-Signature", h.Get("x-access-signature")).set("X-Access-Token", h.Get("x-access-token"))
		}, verdict: no},

		{name: "RSA over the digest once", key: "RSA", send: forged(func(m string) []byte { return rsaSum(crypto.SHA256, digestOf(crypto.SHA256, m)) }), verdict: no},
		{name: "RSA over three digests", key: "RSA", send: forged(func(m string) []byte { return rsaSum(crypto.SHA256, digestOf(crypto.SHA256, string(twice(m)))) }), verdict: no},
		{name: "RSA over a digest in hex", key: "RSA", send: forged(func(m string) []byte {
			return rsaSum(crypto.SHA256, digestOf(crypto.SHA256, hex.EncodeToString(digestOf(crypto.SHA256, m))))
		}), verdict: no},
		{name: "RSA with SHA-1", key: "RSA", send: forged(func(m string) []byte {
			return rsaSum(crypto.SHA1, digestOf(crypto.SHA1, string(digestOf(crypto.SHA256, m))))
		}), verdict: no},
		{name: "RSA with SHA-512", key: "RSA", send: forged(func(m string) []byte {
			return rsaSum(crypto.SHA512, digestOf(crypto.SHA512, string(digestOf(crypto.SHA512, m))))
		}), verdict: no},
		{name: "RSA without the name of a digest", key: "RSA", send: forged(func(m string) []byte { return rsaSum(0, twice(m)) }), verdict: no},
		{name: "RSA-PSS", key: "RSA", send: forged(pss), verdict: no},
		{name: "cube root", key: "RSA", set: exponent3, send: forged(cubeRoot), verdict: no},

		{name: "the message as raw body", send: resaid(func(_, ts string, w *wire) string { return string(w.body) + ts }), verdict: no},
		{name: "the message without a timestamp", send: resaid(func(text, _ string, _ *wire) string { return text }), verdict: no},
		{name: "the message with the timestamp first", send: resaid(func(text, ts string, _ *wire) string { return ts + text }), verdict: no},
		{name: "the message with a dot", send: resaid(func(text, ts string, _ *wire) string { return text + "." + ts }), verdict: no},
		{name: "the message padded", send: resaid(func(text, ts string, _ *wire) string { return text + strings.Repeat("=", 4-len(text)%4) + ts }), verdict: no},
		{name: "the message in capitals", send: resaid(func(text, ts string, _ *wire) string { return strings.ToUpper(text) + ts }), verdict: no},
		{name: "an empty message", send: resaid(func(string, string, *wire) string { return "" }), verdict: no},

		{name: "a key that ends later", key: "HMAC", set: keySet(time.Hour), send: changed(func(*wire) {}), verdict: applied()},
		{name: "a key that has ended", key: "HMAC", set: keySet(0), send: changed(func(*wire) {}), verdict: refuses(401, "has ended")},
		{name: "the key beside one that has ended", key: "RSA", set: keySet(0), send: changed(func(*wire) {}), verdict: applied()},
		{name: "public key as HMAC secret to both keys", key: "RSA", set: keySet(time.Hour), send: withSecret(publicPEM), verdict: no},
	}
}

package signer

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"time"
)

// minRSABits is the shortest RSA key that is accepted.
const minRSABits = 2048

// A PrivateKey is an RSA key that signs API requests. It never prints more
// than the kind of key that it is. The zero PrivateKey is no key and signs
// nothing. It is safe for concurrent use, if the key it was made from is.
type PrivateKey struct{ k *privateKey } // a pointer, so that %v of an outer struct shows an address

type privateKey struct {
	// sign is the Sign of the key. As a func it hides the key from printers
	// that follow pointers and ignore methods, as test libraries do.
	sign    func(rand io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error)
	public  *rsa.PublicKey
	token   string
	scheme  Scheme
	sandbox bool
}

// NewPrivateKey wraps an RSA key, which may live in an HSM: only its Sign and
// Public are called. It refuses with a [*KeyError] other kinds of keys, keys
// under 2048 bits, and an [rsa.PrivateKey] whose parts don't fit each other.
func NewPrivateKey(key crypto.Signer) (*PrivateKey, error) {
	if k, ok := key.(*rsa.PrivateKey); ok {
		if k == nil {
			return nil, errNoKey()
		}
		if k.Validate() != nil && checkRSA("private key", &k.PublicKey) == nil {
			return nil, &KeyError{"private key", "its parts don't fit each other"}
		}
	}
	return newPrivateKey("private key", key, false)
}

func newPrivateKey(name string, key crypto.Signer, sandbox bool) (*PrivateKey, error) {
	if key == nil {
		return nil, &KeyError{name, "there is none"}
	}
	public, ok := key.Public().(*rsa.PublicKey)
	if !ok {
		return nil, &KeyError{name, fmt.Sprintf("not an RSA key but one of type %T", key.Public())}
	}
	if err := checkRSA(name, public); err != nil {
		return nil, err
	}
	k := &privateKey{sign: key.Sign, public: public, sandbox: sandbox}
	return k.withScheme(Scheme{})
}

// errNoKey is what every use of a nil or zero key fails with.
func errNoKey() error { return &KeyError{"", "there is none"} }

func checkRSA(name string, public *rsa.PublicKey) error {
	if public == nil || public.N == nil || public.N.BitLen() < minRSABits {
		return &KeyError{name, "an RSA key of less than 2048 bits"}
	}
	if public.E < 3 || public.E%2 == 0 {
		return &KeyError{name, "an RSA key with an unusable exponent"}
	}
	return nil
}

// WithScheme returns a copy of k that signs as s says.
func (k *PrivateKey) WithScheme(s Scheme) (*PrivateKey, error) {
	if k.none() {
		return nil, errNoKey()
	}
	return k.k.withScheme(s)
}

func (k *PrivateKey) none() bool { return k == nil || k.k == nil }

func (k *privateKey) withScheme(s Scheme) (*PrivateKey, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	token, err := s.Token.write(k.public)
	if err != nil {
		return nil, err
	}
	c := *k
	c.scheme, c.token = s, token
	return &PrivateKey{&c}, nil
}

// Scheme returns the Scheme by which k signs.
func (k *PrivateKey) Scheme() Scheme { return k.k.scheme }

// Sandbox reports whether the key comes from a sandbox and is worth nothing.
func (k *PrivateKey) Sandbox() bool { return !k.Empty() && k.k.sandbox }

// Empty reports whether there is no key: no constructor made it.
func (k *PrivateKey) Empty() bool { return k == nil || k.k == nil }

// Public returns the public half, under the given name, or "public key".
func (k *PrivateKey) Public(name string) *PublicKey {
	public, err := newPublicKey(either(name, "public key"), k.k.public, k.k.scheme, k.k.sandbox)
	if err != nil { // key and Scheme were good for k
		panic("signer: the public half of a private key is refused: " + err.Error())
	}
	return public
}

// Sign implements [Signer] with RSA-SHA256 and PKCS #1 v1.5 padding.
func (k *PrivateKey) Sign(body []byte, at time.Time) (http.Header, error) {
	if k.none() {
		return nil, errNoKey()
	}
	s := &k.k.scheme
	return sign(s, body, at, func(message []byte) (string, string, string, error) {
		digest := s.Digest.of(message)
		raw, err := k.k.sign(rand.Reader, digest[:], crypto.SHA256)
		if err != nil {
			return "", "", "", fmt.Errorf("signer: signing failed: %w", err)
		}
		return encodeBase64URL(raw, s.PaddedSignature), k.k.token, s.RSAAlgorithm, nil
	})
}

// of returns the digest to which RSA is applied.
func (d Digest) of(message []byte) [sha256.Size]byte {
	sum := sha256.Sum256(message)
	switch d {
	case DigestOnce:
		return sum
	case DigestTwiceHex:
		var text [2 * sha256.Size]byte
		hex.Encode(text[:], sum[:])
		return sha256.Sum256(text[:])
	}
	return sha256.Sum256(sum[:])
}

func (t TokenForm) write(public *rsa.PublicKey) (string, error) {
	if t == TokenNone {
		return "", nil
	}
	raw, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return "", fmt.Errorf("signer: writing the token: %w", err)
	}
	if t == TokenPEM || t == TokenPEMPadded {
		raw = pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: raw})
	}
	return encodeBase64URL(raw, t == TokenDERPadded || t == TokenPEMPadded), nil
}

// A PublicKey is an RSA key that verifies callbacks. The zero PublicKey is no
// key and accepts nothing. It is safe for concurrent use.
type PublicKey struct{ k *publicKey }

type publicKey struct {
	profile
	public  *rsa.PublicKey
	sandbox bool
}

// NewPublicKey copies an RSA public key. The name stands in logs and in the
// journal; it must not be empty. It refuses with a [*KeyError] keys under 2048
// bits.
func NewPublicKey(name string, key *rsa.PublicKey) (*PublicKey, error) {
	return newPublicKey(name, key, Scheme{}, false)
}

func newPublicKey(name string, key *rsa.PublicKey, s Scheme, sandbox bool) (*PublicKey, error) {
	if key == nil {
		return nil, &KeyError{name, "there is none"}
	}
	p, err := newProfile(name, s)
	if err != nil {
		return nil, err
	}
	if err := checkRSA(name, key); err != nil {
		return nil, err
	}
	own := &rsa.PublicKey{N: new(big.Int).Set(key.N), E: key.E}
	return &PublicKey{&publicKey{p, own, sandbox}}, nil
}

// WithScheme returns a copy of k that verifies as s says.
func (k *PublicKey) WithScheme(s Scheme) (*PublicKey, error) {
	if k.profile() == nil {
		return nil, errNoKey()
	}
	return newPublicKey(k.k.name, k.k.public, s, k.k.sandbox)
}

func (k *PublicKey) profile() *profile {
	if k == nil || k.k == nil {
		return nil
	}
	return &k.k.profile
}

// Name returns the name under which k stands in logs.
func (k *PublicKey) Name() string { return k.k.name }

// Scheme returns the Scheme by which k verifies.
func (k *PublicKey) Scheme() Scheme { return k.k.scheme }

// Sandbox reports whether the key comes from a sandbox and is worth nothing.
func (k *PublicKey) Sandbox() bool { return !k.Empty() && k.k.sandbox }

// Empty reports whether there is no key: no constructor made it.
func (k *PublicKey) Empty() bool { return k == nil || k.k == nil }

// CanCarry is that of its Scheme.
func (k *PublicKey) CanCarry(id string) bool { return k.k.scheme.CanCarry(id) }

// Verify implements [Verifier].
func (k *PublicKey) Verify(doc *Document, headers http.Header) (Match, error) {
	return verify(k, doc, headers)
}

func (k *PublicKey) holds(message, signature []byte, s *scratch) bool {
	s.digest = k.k.scheme.Digest.of(message)
	return rsa.VerifyPKCS1v15(k.k.public, crypto.SHA256, s.digest[:], signature) == nil
}

func (k *PublicKey) decode(dst []byte, text string) ([]byte, bool) {
	return urlAlphabet.decode(dst, text)
}

func (*PublicKey) algorithm() string { return "RSA" }

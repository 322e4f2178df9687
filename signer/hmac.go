package signer

import (
	"crypto/hmac"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"net/http"
	"strings"
	"sync"
	"time"
)

// minHMACBytes is the shortest HMAC key that is accepted: 128 bits.
const minHMACBytes = 16

// sandboxMark begins the text of every HMAC key that a sandbox hands out.
const sandboxMark = "sandbox-"

// An HMACKey is a secret for HMAC-SHA512 that signs requests or verifies
// callbacks. The dashboard hands out a different one for each; never use one
// for both. It never prints the secret. The zero HMACKey is no key: it signs
// and accepts nothing. It is safe for concurrent use.
type HMACKey struct{ k *hmacKey } // a pointer, so that %v of an outer struct shows an address

type hmacKey struct {
	name   string
	scheme Scheme
	// text returns the text of the key file. As a func it hides the text from
	// printers that follow pointers and ignore methods, as test libraries do.
	text   func() string
	states sync.Pool // of hash.Hash, keyed
}

// NewHMACKey takes the text of an HMAC key file, without a final newline. The
// name stands in logs and in the journal; it must not be empty. It refuses
// with a [*KeyError] keys under 16 bytes, text that is a PEM file, and text
// with characters other than printable ASCII.
func NewHMACKey(name, text string) (*HMACKey, error) {
	if reason := wrongHMACText(text); reason != "" {
		return nil, &KeyError{name, reason}
	}
	return newHMACKey(name, text, Scheme{})
}

func wrongHMACText(text string) string {
	switch {
	case text == "":
		return "empty"
	case strings.Contains(text, "-----BEGIN"):
		return "a PEM file, not an HMAC key: RSA keys are read with ReadPrivateKey and ReadPublicKey"
	case strings.ContainsFunc(text, notHeader):
		return "an HMAC key holds only printable ASCII characters, no spaces or line breaks"
	}
	return ""
}

func newHMACKey(name, text string, s Scheme) (*HMACKey, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	if name == "" {
		return nil, &KeyError{name, "it has no name"}
	}
	secret, ok := s.HMACKey.secret(text)
	if !ok {
		return nil, &KeyError{name, "its text has not the form that Scheme.HMACKey says"}
	}
	if len(secret) < minHMACBytes {
		return nil, &KeyError{name, "an HMAC key of less than 16 bytes"}
	}
	k := &hmacKey{name: name, scheme: s, text: func() string { return text }}
	k.states.New = func() any { return hmac.New(sha512.New, secret) }
	return &HMACKey{k}, nil
}

// secret turns the text of a key file into the key.
func (f HMACKeyForm) secret(text string) ([]byte, bool) {
	if f == HMACKeyText {
		return []byte(text), true
	}
	text = strings.TrimPrefix(text, sandboxMark)
	if f == HMACKeyHex {
		raw, err := hex.DecodeString(text)
		return raw, err == nil
	}
	text = strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(text, "="))
	raw, err := base64.RawStdEncoding.DecodeString(text)
	return raw, err == nil
}

// WithScheme returns a copy of k that signs and verifies as s says.
func (k *HMACKey) WithScheme(s Scheme) (*HMACKey, error) {
	if k.none() {
		return nil, errNoKey()
	}
	return newHMACKey(k.k.name, k.k.text(), s)
}

// Name returns the name under which k stands in logs.
func (k *HMACKey) Name() string { return k.k.name }

// Scheme returns the Scheme by which k signs and verifies.
func (k *HMACKey) Scheme() Scheme { return k.k.scheme }

// Sandbox reports whether the key comes from a sandbox and is worth nothing.
func (k *HMACKey) Sandbox() bool { return strings.HasPrefix(k.k.text(), sandboxMark) }

// Sign implements [Signer] with HMAC-SHA512.
func (k *HMACKey) Sign(body []byte, at time.Time) (http.Header, error) {
	if k.none() {
		return nil, errNoKey()
	}
	s := &k.k.scheme
	return sign(s, body, at, func(message []byte) (string, string, string, error) {
		return s.encodeHMAC(k.sum(nil, message)), s.HMACToken, s.HMACAlgorithm, nil
	})
}

// CanCarry is that of its Scheme.
func (k *HMACKey) CanCarry(id string) bool { return k.k.scheme.CanCarry(id) }

// Verify implements [Verifier].
func (k *HMACKey) Verify(doc *Document, headers http.Header) (Match, error) {
	return verify(k, doc, headers)
}

func (k *HMACKey) holds(message, signature []byte) bool {
	var sum [sha512.Size]byte
	return hmac.Equal(k.sum(sum[:0], message), signature)
}

// sum appends the HMAC of message. A used state is Reset, which costs less
// than keying a new one.
func (k *HMACKey) sum(dst, message []byte) []byte {
	if form := k.k.scheme.HMACMessage; form != HMACPlain {
		message = inner(message, form == HMACHexDigest)
	}
	state := k.k.states.Get().(hash.Hash)
	defer k.k.states.Put(state)
	state.Reset()
	state.Write(message)
	return state.Sum(dst)
}

func (k *HMACKey) decode(text string) ([]byte, bool) {
	switch k.k.scheme.HMACEncoding {
	case EncodingHex:
		raw, err := hex.DecodeString(text)
		return raw, err == nil
	case EncodingBase64:
		return decodeStrict(base64.StdEncoding, text)
	}
	return decodeBase64URL(text)
}

func (s *Scheme) encodeHMAC(raw []byte) string {
	switch s.HMACEncoding {
	case EncodingHex:
		return hex.EncodeToString(raw)
	case EncodingBase64:
		return base64.StdEncoding.EncodeToString(raw)
	}
	return encodeBase64URL(raw, s.PaddedSignature)
}

func (*HMACKey) algorithm() string { return "HMAC" }

func (k *HMACKey) none() bool { return k == nil || k.k == nil }

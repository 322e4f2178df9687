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
	profile
	// text returns the text of the key file. As a func it hides the text from
	// printers that follow pointers and ignore methods, as test libraries do.
	text   func() string
	states sync.Pool // of *hmacState
}

// An hmacState is keyed, and used again: to reset it costs less than to key a
// new one.
type hmacState struct {
	hash.Hash
	sum []byte
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
	p, err := newProfile(name, s)
	if err != nil {
		return nil, err
	}
	secret, ok := s.HMACKey.secret(text)
	if !ok {
		return nil, &KeyError{name, "its text has not the form that Scheme.HMACKey says"}
	}
	if len(secret) < minHMACBytes {
		return nil, &KeyError{name, "an HMAC key of less than 16 bytes"}
	}
	k := &hmacKey{profile: p, text: func() string { return text }}
	k.states.New = func() any { return &hmacState{Hash: hmac.New(sha512.New, secret)} }
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
	if k.profile() == nil {
		return nil, errNoKey()
	}
	return newHMACKey(k.k.name, k.k.text(), s)
}

// Name returns the name under which k stands in logs.
func (k *HMACKey) Name() string { return k.k.name }

// Scheme returns the Scheme by which k signs and verifies.
func (k *HMACKey) Scheme() Scheme { return k.k.scheme }

// Sandbox reports whether the key comes from a sandbox and is worth nothing.
func (k *HMACKey) Sandbox() bool { return !k.Empty() && strings.HasPrefix(k.k.text(), sandboxMark) }

// Empty reports whether there is no key: no constructor made it.
func (k *HMACKey) Empty() bool { return k == nil || k.k == nil }

// Sign implements [Signer] with HMAC-SHA512.
func (k *HMACKey) Sign(body []byte, at time.Time) (http.Header, error) {
	if k.profile() == nil {
		return nil, errNoKey()
	}
	s := &k.k.scheme
	return sign(s, body, at, func(message []byte) (string, string, string, error) {
		state := k.k.states.Get().(*hmacState)
		defer k.k.states.Put(state)
		return s.encodeHMAC(state.of(k.signed(message))), s.HMACToken, s.HMACAlgorithm, nil
	})
}

// CanCarry is that of its Scheme.
func (k *HMACKey) CanCarry(id string) bool { return k.k.scheme.CanCarry(id) }

// Verify implements [Verifier].
func (k *HMACKey) Verify(doc *Document, headers http.Header) (Match, error) {
	return verify(k, doc, headers)
}

func (k *HMACKey) holds(message, signature []byte, _ *scratch) bool {
	state := k.k.states.Get().(*hmacState)
	defer k.k.states.Put(state)
	return hmac.Equal(state.of(k.signed(message)), signature)
}

// signed returns what goes into the HMAC of a message.
func (k *HMACKey) signed(message []byte) []byte {
	if form := k.k.scheme.HMACMessage; form != HMACPlain {
		return inner(message, form == HMACHexDigest)
	}
	return message
}

// of returns the HMAC of message, until it is used again.
func (s *hmacState) of(message []byte) []byte {
	s.Reset()
	s.Write(message)
	s.sum = s.Sum(s.sum[:0])
	return s.sum
}

func (k *HMACKey) decode(dst []byte, text string) ([]byte, bool) {
	switch k.k.scheme.HMACEncoding {
	case EncodingHex:
		raw, err := hex.AppendDecode(dst, []byte(text))
		return raw, err == nil
	case EncodingBase64:
		return standardAlphabet.decode(dst, text)
	}
	return urlAlphabet.decode(dst, text)
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

func (k *HMACKey) profile() *profile {
	if k == nil || k.k == nil {
		return nil
	}
	return &k.k.profile
}

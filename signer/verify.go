package signer

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Headers of a signed request beside signature and timestamp. Documented.
const (
	headerToken     = "X-Access-Token"
	headerAlgorithm = "X-Access-Merchant-Algorithm"
)

// A Signer signs API requests. [*PrivateKey] and [*HMACKey] are Signers; an
// implementation must be safe for concurrent use.
type Signer interface {
	// Sign returns the headers that sign body as of at: timestamp, signature
	// and what else the Scheme asks for. The header with the merchant's id is
	// the caller's. It fails if body is no JSON object that Parse accepts.
	Sign(body []byte, at time.Time) (http.Header, error)
}

// A Verifier checks the signatures of callbacks. [*PublicKey], [*HMACKey] and
// [*KeySet] are Verifiers; an implementation must be safe for concurrent use.
type Verifier interface {
	// Verify reports under which key the headers sign doc. All its errors
	// wrap [ErrSignature], except those of a body that its Scheme can't write.
	// It says nothing about how old the signature is.
	Verify(doc *Document, headers http.Header) (Match, error)
}

// A Match is what a verified signature tells.
type Match struct {
	Key      string    // name of the key
	Scheme   Scheme    // how it signs, and so how Fields must be read
	SignedAt time.Time // the signed timestamp, in whole seconds
}

// verifierKey is what *PublicKey and *HMACKey share.
type verifierKey interface {
	Name() string
	Scheme() Scheme
	// holds reports whether signature signs message. It is constant-time
	// where timing could tell something.
	holds(message, signature []byte) bool
	// decode reads the text of a signature header.
	decode(text string) ([]byte, bool)
	// none reports whether it is nil or a zero value.
	none() bool
}

// verify is the one way in which a key verifies a document.
func verify(k verifierKey, doc *Document, headers http.Header) (Match, error) {
	if k.none() {
		return Match{}, refuse("a key that was never set accepts nothing")
	}
	s := k.Scheme()
	signature, err := single(headers, s.signatureHeader())
	if err != nil {
		return Match{}, err
	}
	timestamp, err := single(headers, s.timestampHeader())
	if err != nil {
		return Match{}, err
	}
	at, err := parseTimestamp(timestamp)
	if err != nil {
		return Match{}, err
	}
	message, err := doc.signed(&s, timestamp)
	if err != nil {
		return Match{}, err
	}
	raw, ok := k.decode(signature)
	if !ok {
		return Match{}, refuse("the signature of %s has not the form that key %q makes", s.signatureHeader(), k.Name())
	}
	if !k.holds(message, raw) {
		return Match{}, refuse("key %q did not make it", k.Name())
	}
	return Match{Key: k.Name(), Scheme: s, SignedAt: at}, nil
}

// single returns the value of a header that must be there exactly once: with
// two, a proxy and this program could each believe another one.
func single(headers http.Header, name string) (string, error) {
	switch values := headers[http.CanonicalHeaderKey(name)]; len(values) {
	case 0:
		return "", refuse("no header %s", name)
	case 1:
		if values[0] == "" {
			return "", refuse("header %s is empty", name)
		}
		return values[0], nil
	default:
		return "", refuse("header %s is there more than once", name)
	}
}

// parseTimestamp reads Unix seconds of exactly ten digits. The message has no
// mark between text and timestamp: only the fixed length tells where the text
// ends, so no other form may ever be accepted.
func parseTimestamp(s string) (time.Time, error) {
	if len(s) != 10 || s[0] == '0' || strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' }) {
		return time.Time{}, refuse("the timestamp is not ten digits of Unix seconds")
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return time.Time{}, refuse("the timestamp is not a number")
	}
	return time.Unix(n, 0).UTC(), nil
}

// signed returns the message that s signs: base64url of the text, then the
// timestamp. It stays good until the next call.
func (d *Document) signed(s *Scheme, timestamp string) ([]byte, error) {
	text, err := d.canonical(s)
	if err != nil {
		return nil, err
	}
	encoding := base64.RawURLEncoding
	if s.PaddedMessage {
		encoding = base64.URLEncoding
	}
	d.message = append(encoding.AppendEncode(d.message[:0], text), timestamp...)
	return d.message, nil
}

// Message returns the message that is signed under s at the given time:
// base64url of the canonical text, then the timestamp in Unix seconds.
func (d *Document) Message(s Scheme, at time.Time) (string, error) {
	if err := s.Validate(); err != nil {
		return "", err
	}
	timestamp, err := formatTimestamp(at)
	if err != nil {
		return "", err
	}
	message, err := d.signed(&s, timestamp)
	return string(message), err
}

func formatTimestamp(at time.Time) (string, error) {
	s := strconv.FormatInt(at.Unix(), 10)
	if _, err := parseTimestamp(s); err != nil {
		return "", err
	}
	return s, nil
}

// inner is the digest that is signed in place of the message, where a Scheme
// asks for one.
func inner(message []byte, asHex bool) []byte {
	sum := sha256.Sum256(message)
	if asHex {
		return hex.AppendEncode(nil, sum[:])
	}
	return sum[:]
}

// decodeBase64URL accepts padded and unpadded base64url and nothing else: no
// line breaks, which encoding/base64 skips, and no stray bits in the last
// character, so that a signature has two spellings at the most.
func decodeBase64URL(s string) ([]byte, bool) {
	return decodeStrict(base64.URLEncoding, s)
}

func decodeStrict(padded *base64.Encoding, s string) ([]byte, bool) {
	if strings.ContainsAny(s, "\r\n") {
		return nil, false
	}
	encoding := padded.WithPadding(base64.NoPadding)
	if strings.HasSuffix(s, "=") {
		encoding = padded
	}
	raw, err := encoding.Strict().DecodeString(s)
	return raw, err == nil
}

func encodeBase64URL(raw []byte, padded bool) string {
	if padded {
		return base64.URLEncoding.EncodeToString(raw)
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}

// sign puts the headers of a signature together. made signs the message.
func sign(s *Scheme, body []byte, at time.Time, made func(message []byte) (signature, token, algorithm string, err error)) (http.Header, error) {
	doc, err := Parse(body)
	if err != nil {
		return nil, err
	}
	timestamp, err := formatTimestamp(at)
	if err != nil {
		return nil, err
	}
	message, err := doc.signed(s, timestamp)
	if err != nil {
		return nil, err
	}
	signature, token, algorithm, err := made(message)
	if err != nil {
		return nil, err
	}
	h := http.Header{}
	h.Set(s.timestampHeader(), timestamp)
	h.Set(s.signatureHeader(), signature)
	if token != "" {
		h.Set(headerToken, token)
	}
	if algorithm != "" {
		h.Set(headerAlgorithm, algorithm)
	}
	return h, nil
}

package signer

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"sync"
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

// A profile is what all keys that verify have: a name and how they are used.
type profile struct {
	name                             string
	scheme                           Scheme
	signatureHeader, timestampHeader string // as http.Header spells them
}

func newProfile(name string, s Scheme) (profile, error) {
	if err := s.Validate(); err != nil {
		return profile{}, err
	}
	if name == "" {
		return profile{}, &KeyError{name, "it has no name"}
	}
	return profile{
		name, s, http.CanonicalHeaderKey(s.signatureHeader()), http.CanonicalHeaderKey(s.timestampHeader()),
	}, nil
}

// verifierKey is what *PublicKey and *HMACKey share.
type verifierKey interface {
	// profile returns nil for a nil or zero key.
	profile() *profile
	// holds reports whether signature signs message. It is constant-time
	// where timing could tell something.
	holds(message, signature []byte, s *scratch) bool
	// decode appends what the text of a signature header stands for.
	decode(dst []byte, text string) ([]byte, bool)
}

// verify is the one way in which a key verifies a document.
func verify(k verifierKey, doc *Document, headers http.Header) (Match, error) {
	p := k.profile()
	if p == nil {
		return Match{}, refuse("a key that was never set accepts nothing")
	}
	signature, err := single(headers, p.signatureHeader)
	if err != nil {
		return Match{}, err
	}
	timestamp, err := single(headers, p.timestampHeader)
	if err != nil {
		return Match{}, err
	}
	at, err := parseTimestamp(timestamp)
	if err != nil {
		return Match{}, err
	}
	message, err := doc.signed(&p.scheme, timestamp)
	if err != nil {
		return Match{}, err
	}
	raw, ok := k.decode(doc.scratch.signature[:0], signature)
	if !ok {
		return Match{}, refuse("the signature of %s has not the form that key %q makes", p.signatureHeader, p.name)
	}
	doc.scratch.signature = raw
	if !k.holds(message, raw, &doc.scratch) {
		return Match{}, refuse("key %q did not make it", p.name)
	}
	return Match{Key: p.name, Scheme: p.scheme, SignedAt: at}, nil
}

// single returns the value of a header that must be there exactly once: with
// two, a proxy and this program could each believe another one.
func single(headers http.Header, name string) (string, error) {
	switch values := headers[name]; len(values) {
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
	ok, n := len(s) == 10 && s[0] != '0', int64(0)
	for i := 0; ok && i < len(s); i++ {
		ok = isDigit(s[i])
		n = n*10 + int64(s[i]-'0')
	}
	if !ok {
		return time.Time{}, refuse("the timestamp is not ten digits of Unix seconds")
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
	message := appendBase64URL(d.scratch.message[:0], text)
	for s.PaddedMessage && len(message)%4 != 0 {
		message = append(message, '=')
	}
	d.scratch.message = append(message, timestamp...)
	return d.scratch.message, nil
}

// Message returns the message that is signed under s at the given time:
// base64url of the canonical text, then the timestamp in Unix seconds.
func (d *Document) Message(s Scheme, at time.Time) (string, error) {
	if err := d.check(&s); err != nil {
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

// documents are used to sign.
var documents = sync.Pool{New: func() any { return new(Document) }}

// sign puts the headers of a signature together. made signs the message.
func sign(s *Scheme, body []byte, at time.Time, made func(message []byte) (signature, token, algorithm string, err error)) (http.Header, error) {
	doc := documents.Get().(*Document)
	defer documents.Put(doc)
	if err := doc.Reset(body); err != nil {
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

package signer

import (
	"crypto/sha512"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// An Explanation says why a signature holds or does not. It holds no key, no
// signature and no part of the body, so it may be logged and sent on.
type Explanation struct {
	// Verified is the name of the key under which Verify accepts the message
	// as it is, or "". If there are Problems too, it is refused all the same.
	Verified string
	// SignedAt is the time that the timestamp header states, or zero.
	SignedAt time.Time
	// Problems are what Verify refuses before it tries a key, and what it
	// would refuse after: missing headers, malformed JSON, ambiguous text.
	Problems []string
	// Keys says for each key how far the signature got.
	Keys []KeyExplanation
}

// A KeyExplanation says how far a signature got with one key.
type KeyExplanation struct {
	Name      string // of the key
	Algorithm string // RSA or HMAC
	// Match is the Scheme under which the key made the signature, or nil.
	Match *Scheme
	// Open names the fields of Match that this message can't settle, because
	// its body would be written alike.
	Open []string
	// Reason says how far it got, if there is no Match.
	Reason string
}

// String writes the explanation as a few lines of text.
func (e Explanation) String() string {
	var b strings.Builder
	if e.Verified != "" {
		fmt.Fprintf(&b, "verified by key %q\n", e.Verified)
	}
	if !e.SignedAt.IsZero() {
		fmt.Fprintf(&b, "signed at %s\n", e.SignedAt.Format(time.RFC3339))
	}
	for _, p := range e.Problems {
		fmt.Fprintf(&b, "problem: %s\n", p)
	}
	for _, k := range e.Keys {
		if k.Match == nil {
			fmt.Fprintf(&b, "key %q (%s): %s\n", k.Name, k.Algorithm, k.Reason)
			continue
		}
		fmt.Fprintf(&b, "key %q (%s): made this signature with %#v\n", k.Name, k.Algorithm, *k.Match)
		if len(k.Open) > 0 {
			fmt.Fprintf(&b, "  not settled by this body: %s\n", strings.Join(k.Open, ", "))
		}
	}
	return b.String()
}

// maxExplained is the longest canonical text that is written in every way:
// there are a thousand of them.
const maxExplained = 64 << 10

// Explain tries every Scheme and every key on a captured message. It is for
// people who set an integration up, not for deciding about payments: it takes
// milliseconds for a usual message, and seconds for the largest. Of a message
// whose text is over 64 KiB it tries only the default text and that of the
// first key, and says so. Nil keys are passed over.
func Explain(body []byte, headers http.Header, keys ...Key) Explanation {
	keys = slices.DeleteFunc(slices.Clone(keys), func(k Key) bool { return k == nil || k.profile() == nil })
	x := explainer{body: body}
	if len(keys) > 0 {
		x.base = keys[0].Scheme()
	}
	x.readHeaders(headers)
	doc, err := Parse(body)
	if err != nil {
		x.problem("the body: %v", err)
	} else {
		x.doc = doc
		if _, err := doc.Fields(x.base); err != nil {
			x.problem("the body: %v", err)
		}
		x.listTexts()
	}
	for _, k := range keys {
		if doc != nil && x.out.Verified == "" {
			if match, err := k.Verify(doc, headers); err == nil {
				x.out.Verified = match.Key
			}
		}
		x.out.Keys = append(x.out.Keys, x.key(k))
	}
	return x.out
}

type explainer struct {
	body      []byte
	doc       *Document
	base      Scheme // of the first key; the header names and paths are taken from it
	signature string
	timestamp string
	texts     []Scheme // the simplest Scheme for each different canonical text
	out       Explanation
}

func (x *explainer) problem(format string, args ...any) {
	x.out.Problems = append(x.out.Problems, fmt.Sprintf(format, args...))
}

func (x *explainer) readHeaders(h http.Header) {
	var err error
	if x.signature, err = single(h, http.CanonicalHeaderKey(x.base.signatureHeader())); err != nil {
		x.problem("%v%s", err, x.guess(h, "a signature", looksSigned))
	}
	if x.timestamp, err = single(h, http.CanonicalHeaderKey(x.base.timestampHeader())); err != nil {
		x.problem("%v%s", err, x.guess(h, "a timestamp", looksTimed))
		return
	}
	if x.out.SignedAt, err = parseTimestamp(x.timestamp); err != nil {
		x.problem("%v: it has %d characters", err, len(x.timestamp))
	}
}

// guess names the headers whose value could be what is missing.
func (x *explainer) guess(h http.Header, what string, looks func(string) bool) string {
	var names []string
	for name, values := range h {
		if len(values) == 1 && looks(values[0]) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	slices.Sort(names)
	look := "looks"
	if len(names) > 1 {
		look = "look"
	}
	return fmt.Sprintf(", but %s %s like %s", strings.Join(names, " and "), look, what)
}

func looksTimed(value string) bool { _, err := parseTimestamp(value); return err == nil }

func looksSigned(value string) bool {
	for _, form := range signatureForms {
		if raw, ok := form.decode(value); ok && len(raw) >= sha512.Size {
			return true
		}
	}
	return false
}

func (x *explainer) key(k Key) KeyExplanation {
	out := KeyExplanation{Name: k.Name(), Algorithm: k.algorithm()}
	if e, ok := k.(ending); ok {
		k = e.Key
	}
	switch {
	case x.signature == "" || x.timestamp == "":
		out.Reason = "not tried, because signature or timestamp is missing"
	case x.doc == nil:
		out.Reason = "not tried, because the body can't be read"
	default:
		if rsaKey, ok := k.(*PublicKey); ok {
			x.rsa(rsaKey, &out)
		} else if hmacKey, ok := k.(*HMACKey); ok {
			x.hmac(hmacKey, &out)
		}
	}
	if out.Match != nil {
		out.Open = x.open(out.Match)
	}
	return out
}

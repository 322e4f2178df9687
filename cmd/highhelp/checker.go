package main

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/go-highhelp/highhelp/signer"
)

// A checker makes the steps of a diagnosis.
type checker struct {
	caught *capture
	keys   []signer.Key
	found  signer.Explanation
	d      *diagnosis
}

const (
	headerTimestamp = "X-Access-Timestamp"
	headerSignature = "X-Access-Signature"
)

// headers wants each header of a signature to be there once.
func (c *checker) headers() (string, error) {
	for _, name := range []string{headerTimestamp, headerSignature} {
		values := c.caught.header.Values(name)
		if len(values) == 1 && values[0] != "" {
			continue
		}
		for _, p := range c.found.Problems {
			if strings.Contains(p, name) {
				return "", errors.New(strings.TrimPrefix(p, "signer: signature refused: "))
			}
		}
		return "", fmt.Errorf("header %s is missing, empty, or there more than once", name)
	}
	return "", nil
}

var tenDigits = regexp.MustCompile(`^[1-9][0-9]{9}$`)

// timestamp wants the header to have the form of one, and to state the time
// that was signed.
func (c *checker) timestamp() (string, error) {
	stated := c.caught.header.Get(headerTimestamp)
	if tenDigits.MatchString(stated) && c.found.Verified != "" || c.matched() != nil {
		return "", nil
	}
	signed, key := c.signedTime(stated)
	switch {
	case signed != "" && tenDigits.MatchString(stated):
		return "", fmt.Errorf("key %s made the signature at %s, the header says %s: it was changed on the way", key, stamp(signed), stamp(stated))
	case signed != "":
		return "", fmt.Errorf("not ten digits of Unix seconds; key %s made the signature at %s", key, stamp(signed))
	case !tenDigits.MatchString(stated):
		return "", fmt.Errorf("not ten digits of Unix seconds: it has %d characters", len(stated))
	}
	return "", nil
}

// body wants a document, and the one that was signed.
func (c *checker) body() (string, error) {
	if _, err := signer.Parse(c.caught.body); err != nil {
		return "", errors.New(strings.TrimPrefix(err.Error(), "signer: "))
	}
	for _, k := range c.found.Keys {
		if strings.HasPrefix(k.Reason, madeOver+anotherText) {
			return "", fmt.Errorf("key %s made the signature over another body, at quite another time, or in a form that signer.Scheme does not know", k.Name)
		}
	}
	return "", nil
}

// What signer.Explain says of a key that made the signature, but not of this
// text.
const (
	madeIt      = "this key made the signature, but "
	madeOver    = madeIt + "over "
	mayBeOver   = "or the signature is over " // of an HMAC key, where only the right text tells
	anotherText = "another text"
)

// maker returns the name of the key that made the signature, and, if it was
// over something else than a canonical text, over what.
func (c *checker) maker() (name, over string) {
	if k := c.matched(); k != nil {
		return k.Name, ""
	}
	for _, k := range c.found.Keys {
		for _, before := range []string{madeOver, mayBeOver} {
			if _, over, ok := strings.Cut(k.Reason, before); ok && !strings.HasPrefix(over, anotherText) {
				return k.Name, over
			}
		}
	}
	return "", ""
}

// matched returns what is known of the key that made the signature, or nil.
func (c *checker) matched() *signer.KeyExplanation {
	i := slices.IndexFunc(c.found.Keys, func(k signer.KeyExplanation) bool { return k.Match != nil })
	if i < 0 {
		return nil
	}
	return &c.found.Keys[i]
}

// algorithm wants a signature as long as one of the keys makes them, of the
// right hash.
func (c *checker) algorithm() (string, error) {
	if c.matched() != nil {
		return c.matched().Algorithm, nil
	}
	for _, k := range c.found.Keys {
		if reason, ok := strings.CutPrefix(k.Reason, madeIt+"with "); ok {
			return "", fmt.Errorf("key %s made the signature, but with %s", k.Name, reason)
		}
	}
	size := signatureSize(c.caught.header.Get(headerSignature))
	made := map[int]string{64: "HMAC", 256: "RSA", 384: "RSA", 512: "RSA"}[size]
	if made == "" {
		return "", nil // encoding says why
	}
	if slices.ContainsFunc(c.found.Keys, func(k signer.KeyExplanation) bool { return k.Algorithm == made }) {
		return made, nil
	}
	return "", fmt.Errorf("%d bytes are what %s makes, and no key of that kind was given", size, made)
}

// signatureSize returns how many bytes a signature has, or -1 if it is written
// in no known way.
func signatureSize(text string) int {
	if raw, err := hex.DecodeString(text); err == nil {
		return len(raw)
	}
	text = strings.NewReplacer("+", "-", "/", "_").Replace(strings.TrimRight(text, "="))
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return -1
	}
	return len(raw)
}

// encoding wants a signature that is written as Verify takes it.
func (c *checker) encoding() (string, error) {
	for _, p := range c.found.Problems {
		if strings.HasPrefix(p, "the signature is written as") {
			return "", errors.New(p)
		}
	}
	size := signatureSize(c.caught.header.Get(headerSignature))
	if c.matched() == nil && !slices.Contains([]int{64, 256, 384, 512}, size) {
		if size < 0 {
			return "", errors.New("the signature is neither base64url, base64 nor hex")
		}
		return "", fmt.Errorf("the signature has %d bytes: one of RSA has 256, 384 or 512, one of HMAC-SHA512 64: it was cut off or changed", size)
	}
	return "", nil
}

// key wants to know the key.
func (c *checker) key() (string, error) {
	if c.d.Key, _ = c.maker(); c.d.Key != "" {
		return c.d.Key, nil
	}
	var reasons []string
	for _, k := range c.found.Keys {
		reasons = append(reasons, fmt.Sprintf("%s: %s", k.Name, k.Reason))
	}
	return "", fmt.Errorf("none that was given made it (%s)", strings.Join(reasons, "; "))
}

// scheme wants the Scheme that is expected.
func (c *checker) scheme() (string, error) {
	match := c.matched()
	if match == nil {
		_, over := c.maker()
		return "", fmt.Errorf("the key has signed %s", over)
	}
	c.d.Scheme = match.Match.GoString()
	if c.found.Verified != "" {
		return c.d.Scheme, nil
	}
	return "", fmt.Errorf("the key signs by %#v, and is expected to sign by %#v: give it that with WithScheme", *match.Match, c.expected(match.Name))
}

func (c *checker) expected(name string) signer.Scheme {
	for _, k := range c.keys {
		if k.Name() == name {
			return k.Scheme()
		}
	}
	return signer.Scheme{}
}

// reading wants a document with one meaning, whose fields have the form of an
// event.
func (c *checker) reading() (string, error) {
	doc, err := signer.Parse(c.caught.body)
	if err != nil {
		return "", err
	}
	f, err := doc.Fields(*c.matched().Match)
	if err != nil {
		return "", errors.New(strings.TrimPrefix(err.Error(), "signer: "))
	}
	missing := []string{}
	for _, m := range []struct{ path, value string }{
		{"project_id", f.ProjectID}, {"general:payment_id", f.PaymentID}, {"status:status", f.Status},
	} {
		if m.value == "" {
			missing = append(missing, m.path)
		}
	}
	if len(missing) > 0 {
		return "", fmt.Errorf("no callback: %s is missing", strings.Join(missing, ", "))
	}
	return "", nil
}

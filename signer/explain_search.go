package signer

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/big"
	"strings"
)

// listTexts collects a Scheme for every different canonical text of the body,
// the default first and simpler ones before others. It keeps no text: a small
// body can have large ones.
func (x *explainer) listTexts() {
	seen := map[[sha256.Size]byte]bool{}
	add := func(s Scheme) {
		text, err := x.doc.canonical(&s)
		if sum := sha256.Sum256(text); err == nil && !seen[sum] {
			seen[sum] = true
			x.texts = append(x.texts, s)
		}
	}
	if n := len(x.text(Scheme{})); n > maxExplained {
		x.problem("the canonical text has %d bytes: not every Scheme was tried", n)
		plain := x.base
		plain.Join, plain.Null, plain.Bool, plain.Float, plain.Sort = "", 0, 0, 0, 0
		add(plain)
		add(x.base)
		return
	}
	joins := []string{x.base.Join, "", "&", "|", ",", "\n", "\r\n", " ", ", ", "; "}
	for i := range len(joins) * 4 * 3 * 3 * 3 {
		s := x.base
		s.Join, i = joins[i%len(joins)], i/len(joins)
		s.Null, i = NullForm(i%4), i/4
		s.Bool, i = BoolForm(i%3), i/3
		s.Float, i = FloatForm(i%3), i/3
		s.Sort = SortOrder(i)
		add(s)
	}
}

// text returns the canonical text of a Scheme that is known to write the body.
func (x *explainer) text(s Scheme) []byte {
	text, err := x.doc.canonical(&s)
	if err != nil { // the default form writes every Document
		panic("signer: a text that was written can't be written again")
	}
	return text
}

// messages calls f with every message that some Scheme would sign, until f
// reports that it is the one.
func (x *explainer) messages(f func(s Scheme, message []byte) bool) bool {
	for _, s := range x.texts {
		for _, padded := range [...]bool{x.base.PaddedMessage, !x.base.PaddedMessage} {
			s.PaddedMessage = padded
			if f(s, []byte(encodeBase64URL(x.text(s), padded)+x.timestamp)) {
				return true
			}
		}
	}
	return false
}

// signatureForms are the ways to write bytes in a header. The first is the
// only one that Verify takes for RSA.
var signatureForms = [...]struct {
	name   string
	hmac   HMACEncoding
	decode func(string) ([]byte, bool)
}{
	{"base64url", EncodingBase64URL, urlAlphabet.text},
	{"hex", EncodingHex, func(s string) ([]byte, bool) { raw, err := hex.DecodeString(s); return raw, err == nil }},
	{"standard base64", EncodingBase64, standardAlphabet.text},
	{"base64 with line breaks or stray bits", EncodingBase64, func(s string) ([]byte, bool) {
		s = strings.NewReplacer("-", "+", "_", "/", "\r", "", "\n", "", " ", "").Replace(strings.TrimRight(s, "= \r\n"))
		raw, err := base64.RawStdEncoding.DecodeString(s)
		return raw, err == nil
	}},
}

// digestInfo is what PKCS #1 v1.5 puts before the digest, by hash.
var digestInfo = map[string][]byte{
	"SHA-256": {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20},
	"SHA-384": {0x30, 0x41, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02, 0x05, 0x00, 0x04, 0x30},
	"SHA-512": {0x30, 0x51, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03, 0x05, 0x00, 0x04, 0x40},
	"SHA-1":   {0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14},
}

// rsa opens the signature with the public key. What comes out tells a wrong
// key from a right key over another text, which a mere refusal does not.
func (x *explainer) rsa(k *PublicKey, out *KeyExplanation) {
	size := k.k.public.Size()
	for i, form := range signatureForms {
		raw, ok := form.decode(x.signature)
		if !ok || len(raw) != size {
			continue
		}
		hash, digest := openRSA(k, raw)
		switch {
		case hash == "":
			out.Reason = "this key did not make the signature, or not with PKCS #1 v1.5 padding"
		case hash != "SHA-256":
			out.Reason = "this key made the signature, but with " + hash + " in place of SHA-256"
		case !x.rsaMatch(digest, out):
			out.Reason = "this key made the signature, but over " + x.otherText(func(message []byte) bool {
				once, twice := DigestOnce.of(message), DigestTwice.of(message)
				return bytes.Equal(digest, once[:]) || bytes.Equal(digest, twice[:])
			})
		case i > 0:
			x.problem("the signature is written as %s, not as base64url", form.name)
		}
		return
	}
	out.Reason = fmt.Sprintf("the signature is not %d bytes long in any known encoding, as one of this key is", size)
}

// openRSA returns the hash and digest that a PKCS #1 v1.5 signature holds, or
// "" if the key did not make it.
func openRSA(k *PublicKey, raw []byte) (hash string, digest []byte) {
	public := k.k.public
	c := new(big.Int).SetBytes(raw)
	em := c.Exp(c, big.NewInt(int64(public.E)), public.N).FillBytes(make([]byte, public.Size()))
	pad, info, ok := bytes.Cut(em[1:], []byte{0})
	if !ok || em[0] != 0 || len(pad) < 9 || pad[0] != 1 || bytes.Count(pad[1:], []byte{0xff}) < len(pad)-1 {
		return "", nil
	}
	for name, prefix := range digestInfo {
		if rest, ok := bytes.CutPrefix(info, prefix); ok {
			return name, rest
		}
	}
	return "an unknown hash", nil
}

func (x *explainer) rsaMatch(digest []byte, out *KeyExplanation) bool {
	return x.messages(func(s Scheme, message []byte) bool {
		for _, d := range [...]Digest{DigestTwice, DigestOnce, DigestTwiceHex} {
			if sum := d.of(message); bytes.Equal(sum[:], digest) {
				s.Digest = d
				out.Match = &s
				return true
			}
		}
		return false
	})
}

func (x *explainer) hmac(k *HMACKey, out *KeyExplanation) {
	decoded := false
	for i, form := range signatureForms {
		raw, ok := form.decode(x.signature)
		if !ok || len(raw) != sha512.Size {
			continue
		}
		decoded = true
		if x.hmacMatch(k, raw, form.hmac, out) {
			if i == len(signatureForms)-1 {
				x.problem("the signature is written as %s", form.name)
			}
			return
		}
		out.Reason = "with this key no known Scheme fits: it is another key, or the signature is over " +
			x.otherText(func(message []byte) bool {
				return hmac.Equal(hmacSHA512([]byte(k.k.text()), message), raw)
			})
	}
	if !decoded {
		out.Reason = "the signature is not 64 bytes long in any known encoding, as an HMAC-SHA512 is"
	}
}

func (x *explainer) hmacMatch(k *HMACKey, raw []byte, encoding HMACEncoding, out *KeyExplanation) bool {
	return x.messages(func(s Scheme, message []byte) bool {
		s.HMACEncoding = encoding
		for i := range 3 * 3 {
			s.HMACKey, s.HMACMessage = HMACKeyForm(i%3), HMACMessage(i/3)
			secret, ok := s.HMACKey.secret(k.k.text())
			if !ok {
				continue
			}
			signed := message
			if s.HMACMessage != HMACPlain {
				signed = inner(message, s.HMACMessage == HMACHexDigest)
			}
			if hmac.Equal(hmacSHA512(secret, signed), raw) {
				out.Match = &s
				return true
			}
		}
		return false
	})
}

func hmacSHA512(secret, message []byte) []byte {
	h := hmac.New(sha512.New, secret)
	h.Write(message)
	return h.Sum(nil)
}

// otherText says what was signed in place of a canonical text, as far as that
// can be found out; made reports whether the signature holds for a message.
func (x *explainer) otherText(made func(message []byte) bool) string {
	encoded := encodeBase64URL(x.body, false)
	sum := sha256.Sum256(x.body)
	text := x.text(x.texts[0])
	for _, other := range [...]struct{ what, message string }{
		{"the body as it was sent, not its canonical text", encoded + x.timestamp},
		{"the body as it was sent, not its canonical text, and without the timestamp", encoded},
		{"the body as it was sent, without base64url", string(x.body) + x.timestamp},
		{"the SHA-256 of the body as it was sent", string(sum[:])}, // which the next is too, if it is hashed twice
		{"the body as it was sent, without base64url and without the timestamp", string(x.body)},
		{"the canonical text without base64url", string(text) + x.timestamp},
		{"the canonical text without the timestamp", encodeBase64URL(text, false)},
	} {
		if made([]byte(other.message)) {
			return other.what
		}
	}
	return "another text: body or timestamp have changed on the way, or a form is used that Scheme does not know"
}

// open lists the fields of s that could differ without changing the text.
func (x *explainer) open(s *Scheme) []string {
	text, err := x.doc.Canonical(*s)
	if err != nil {
		return nil
	}
	var names []string
	try := func(name string, n uint8, set func(s *Scheme, v uint8)) {
		for v := range n {
			other := *s
			set(&other, v)
			if got, err := x.doc.Canonical(other); err == nil && got == text && other != *s {
				names = append(names, name)
				return
			}
		}
	}
	try("Join", 2, func(s *Scheme, v uint8) { s.Join = [...]string{"&", "|"}[v] })
	try("Null", 4, func(s *Scheme, v uint8) { s.Null = NullForm(v) })
	try("Bool", 3, func(s *Scheme, v uint8) { s.Bool = BoolForm(v) })
	try("Float", 3, func(s *Scheme, v uint8) { s.Float = FloatForm(v) })
	try("Sort", 3, func(s *Scheme, v uint8) { s.Sort = SortOrder(v) })
	if len(text)%3 == 0 {
		names = append(names, "PaddedMessage")
	}
	return names
}

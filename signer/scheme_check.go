package signer

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Validate reports every mistake in s, joined.
func (s Scheme) Validate() error {
	var errs []error
	check := func(ok bool, field, reason string) {
		if !ok {
			errs = append(errs, fmt.Errorf("signer: Scheme.%s: %s", field, reason))
		}
	}
	const unknown = "no such value"
	check(s.Null <= NullOmit, "Null", unknown)
	check(s.Bool <= BoolTitle, "Bool", unknown)
	check(s.Float <= FloatLiteral, "Float", unknown)
	check(s.Sort <= SortPaths, "Sort", unknown)
	check(s.Digest <= DigestTwiceHex, "Digest", unknown)
	check(s.Token <= TokenNone, "Token", unknown)
	check(s.HMACMessage <= HMACHexDigest, "HMACMessage", unknown)
	check(s.HMACEncoding <= EncodingHex, "HMACEncoding", unknown)
	check(s.HMACKey <= HMACKeyBase64, "HMACKey", unknown)
	check(validJoin(s.join()), "Join", "one or two different ASCII characters, no letters, digits, ':' or '_'")
	check(validPath(s.amountPath()), "AmountPath", "not a path such as payment_info:amount")
	check(validPath(s.currencyPath()), "CurrencyPath", "not a path such as payment_info:currency")
	check(s.amountPath() != s.currencyPath(), "CurrencyPath", "the same as AmountPath")
	check(!strings.Contains(s.amountPath(), s.join()), "AmountPath", "holds the Join")
	check(!strings.Contains(s.currencyPath(), s.join()), "CurrencyPath", "holds the Join")
	check(!strings.ContainsFunc(s.SignatureHeader, notHeaderName), "SignatureHeader", "no name that a header can have")
	check(!strings.ContainsFunc(s.TimestampHeader, notHeaderName), "TimestampHeader", "no name that a header can have")
	check(!strings.EqualFold(s.signatureHeader(), s.timestampHeader()), "TimestampHeader", "the same as SignatureHeader")
	for field, value := range s.headerValues() {
		check(!strings.ContainsFunc(value, notHeader), field, "holds a character that a header can't")
	}
	return errors.Join(errs...)
}

func (s *Scheme) headerValues() func(yield func(string, string) bool) {
	return func(yield func(string, string) bool) {
		_ = yield("HMACToken", s.HMACToken) &&
			yield("RSAAlgorithm", s.RSAAlgorithm) && yield("HMACAlgorithm", s.HMACAlgorithm)
	}
}

func notHeader(r rune) bool { return r <= ' ' || r > '~' }

func notHeaderName(r rune) bool {
	return !('a' <= r|0x20 && r|0x20 <= 'z' || '0' <= r && r <= '9' || r == '-' || r == '_')
}

// validJoin allows only joins that can't overlap themselves: the text then
// splits in one way, whatever the values hold.
func validJoin(j string) bool {
	if len(j) > 2 || len(j) == 2 && j[0] == j[1] {
		return false
	}
	for i := range len(j) {
		c := j[i]
		word := 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9'
		if word || c == ':' || c == '_' || c == 0 || c > '~' {
			return false
		}
	}
	return true
}

func validPath(p string) bool {
	return len(p) <= 200 && !strings.ContainsAny(p, "; ") &&
		!strings.HasPrefix(p, ":") && !strings.HasSuffix(p, ":") && !strings.Contains(p, "::")
}

// CanCarry reports whether Fields can give back value as an id. It can't if
// value is one of the ways of stating nothing, holds the Join, is no UTF-8, or
// has a form that no id has.
func (s Scheme) CanCarry(value string) bool {
	text, form := []byte(value), s.textForm()
	return utf8.ValidString(value) && !absent(text, &form) && !strings.Contains(value, s.join()) && wrongForm(atPayment, text) == ""
}

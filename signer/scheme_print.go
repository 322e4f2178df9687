package signer

import (
	"fmt"
	"strings"
)

// GoString writes s as Go source with the fields that differ from their
// defaults, ready to be pasted into a program.
func (s Scheme) GoString() string {
	var b strings.Builder
	b.WriteString("signer.Scheme{")
	sep := ""
	for _, f := range s.fields() {
		if f.source != "" {
			b.WriteString(sep + f.name + ": " + f.source)
			sep = ", "
		}
	}
	b.WriteString("}")
	return b.String()
}

// String is GoString: a Scheme holds no secret.
func (s Scheme) String() string { return s.GoString() }

type schemeField struct{ name, source string }

func (s *Scheme) fields() []schemeField {
	return []schemeField{
		{"Null", constant(s.Null, "NullNone", "NullLower", "NullEmpty", "NullOmit")},
		{"Bool", constant(s.Bool, "BoolDigit", "BoolLower", "BoolTitle")},
		{"Float", constant(s.Float, "FloatPython", "FloatJavaScript", "FloatLiteral")},
		{"Join", text(s.Join)},
		{"Sort", constant(s.Sort, "SortBytes", "SortUTF16", "SortPaths")},
		{"PaddedMessage", yes(s.PaddedMessage)},
		{"Digest", constant(s.Digest, "DigestTwice", "DigestOnce", "DigestTwiceHex")},
		{"PaddedSignature", yes(s.PaddedSignature)},
		{"Token", constant(s.Token, "TokenDER", "TokenDERPadded", "TokenPEM", "TokenPEMPadded", "TokenNone")},
		{"HMACMessage", constant(s.HMACMessage, "HMACPlain", "HMACDigest", "HMACHexDigest")},
		{"HMACEncoding", constant(s.HMACEncoding, "EncodingBase64URL", "EncodingBase64", "EncodingHex")},
		{"HMACKey", constant(s.HMACKey, "HMACKeyText", "HMACKeyHex", "HMACKeyBase64")},
		{"HMACToken", text(s.HMACToken)},
		{"RSAAlgorithm", text(s.RSAAlgorithm)},
		{"HMACAlgorithm", text(s.HMACAlgorithm)},
		{"SignatureHeader", text(s.SignatureHeader)},
		{"TimestampHeader", text(s.TimestampHeader)},
		{"AmountPath", text(s.AmountPath)},
		{"CurrencyPath", text(s.CurrencyPath)},
	}
}

func constant[T ~uint8](value T, names ...string) string {
	switch {
	case value == 0:
		return ""
	case int(value) < len(names):
		return "signer." + names[value]
	}
	return fmt.Sprintf("%d", value)
}

func text(value string) string {
	if value == "" {
		return ""
	}
	return fmt.Sprintf("%q", value)
}

func yes(value bool) string {
	if value {
		return "true"
	}
	return ""
}

package signer

// A Scheme holds what the documentation leaves open about signing. The zero
// value is the best known answer, and right unless the gateway refuses it;
// [Explain] finds the one that fits a captured message.
//
// In the comments, "documented" is stated by HighHelp's own pages,
// "third party" by a public client that says it follows them, and "assumed"
// by neither. Each comment ends with the default.
type Scheme struct {
	// Null is how a JSON null is written. Third party. Default: None.
	Null NullForm
	// Bool is how true and false are written. Documented for callbacks,
	// assumed for requests. Default: 1 and 0.
	Bool BoolForm
	// Float is how a number with a fraction or an exponent is written.
	// Assumed. Default: as Python prints it.
	Float FloatForm
	// Join stands between two lines of the text: one or two different ASCII
	// characters, neither letters, digits, ':' nor '_'. Third party.
	// Default: ";".
	Join string
	// Sort is the order of the lines. That they are sorted is documented.
	// Default: by bytes.
	Sort SortOrder
	// PaddedMessage writes the base64url of the text with '=' padding before
	// it is signed. Third party. Default: without.
	PaddedMessage bool

	// Digest says how often an RSA message is hashed. Default: twice.
	Digest Digest
	// PaddedSignature sends RSA and base64url HMAC signatures with '='
	// padding. Both forms are accepted. Third party. Default: without.
	PaddedSignature bool
	// Token is what x-access-token holds beside an RSA signature.
	// Default: the public key as unpadded base64url of its DER form.
	Token TokenForm

	// HMACMessage is what goes into the HMAC. Assumed. Default: the message.
	HMACMessage HMACMessage
	// HMACEncoding is how an HMAC signature is written. Assumed.
	// Default: base64url.
	HMACEncoding HMACEncoding
	// HMACKey says how the text of a key file becomes the key. Assumed.
	// Default: its bytes.
	HMACKey HMACKeyForm
	// HMACToken is sent as x-access-token beside an HMAC signature.
	// Default: no such header.
	HMACToken string

	// RSAAlgorithm and HMACAlgorithm are sent as x-access-merchant-algorithm.
	// The header is documented, its values are not. Default: no such header.
	RSAAlgorithm, HMACAlgorithm string

	// SignatureHeader and TimestampHeader name the headers of a callback's
	// signature. Third party. Default: x-access-signature and
	// x-access-timestamp, as documented for requests.
	SignatureHeader, TimestampHeader string

	// AmountPath and CurrencyPath say where a callback states the amount in
	// minor units and its currency. Third party.
	// Default: payment_info:amount and payment_info:currency.
	AmountPath, CurrencyPath string
}

// NullForm is how a null is written in the canonical text.
type NullForm uint8

const (
	NullNone  NullForm = iota // None, as Python prints it
	NullLower                 // null
	NullEmpty                 // nothing after the path and its colon
	NullOmit                  // no line at all
)

// BoolForm is how true and false are written in the canonical text.
type BoolForm uint8

const (
	BoolDigit BoolForm = iota // 1 and 0
	BoolLower                 // true and false
	BoolTitle                 // True and False, as Python prints them
)

// FloatForm is how a number with a fraction or an exponent is written.
type FloatForm uint8

const (
	FloatPython     FloatForm = iota // the shortest form as Python prints it: 1.0, 1e+16
	FloatJavaScript                  // as JavaScript prints every number, integers too: 1, 10000000000000000
	FloatLiteral                     // as it stands in the body
)

// SortOrder is the order of the lines of the canonical text.
type SortOrder uint8

const (
	SortBytes SortOrder = iota // whole lines, by their UTF-8 bytes
	SortUTF16                  // whole lines, by UTF-16 code units, as JavaScript sorts
	SortPaths                  // by the path alone
)

// Digest says how often the message is hashed before RSA is applied.
type Digest uint8

const (
	DigestTwice    Digest = iota // RSA-SHA256 over the 32 bytes of SHA-256(message)
	DigestOnce                   // RSA-SHA256 over the message
	DigestTwiceHex               // RSA-SHA256 over the lower-case hex of SHA-256(message)
)

// TokenForm is what x-access-token holds beside an RSA signature.
type TokenForm uint8

const (
	TokenDER       TokenForm = iota // base64url of the SubjectPublicKeyInfo, unpadded
	TokenDERPadded                  // the same, padded
	TokenPEM                        // base64url of the PEM text, unpadded
	TokenPEMPadded                  // the same, padded
	TokenNone                       // no such header
)

// HMACMessage is what goes into the HMAC.
type HMACMessage uint8

const (
	HMACPlain     HMACMessage = iota // the message
	HMACDigest                       // the 32 bytes of SHA-256(message)
	HMACHexDigest                    // the lower-case hex of SHA-256(message)
)

// HMACEncoding is how an HMAC signature is written in its header.
type HMACEncoding uint8

const (
	EncodingBase64URL HMACEncoding = iota // base64url, see PaddedSignature
	EncodingBase64                        // standard base64 with padding
	EncodingHex                           // hex; sent in lower case, accepted in both
)

// HMACKeyForm says how the text of a key file becomes the HMAC key.
type HMACKeyForm uint8

const (
	HMACKeyText   HMACKeyForm = iota // the bytes of the text
	HMACKeyHex                       // the bytes that the hex digits stand for
	HMACKeyBase64                    // the bytes that the base64 stands for, any alphabet, padded or not
)

const (
	defaultJoin            = ";"
	defaultSignatureHeader = "X-Access-Signature"
	defaultTimestampHeader = "X-Access-Timestamp"
	defaultAmountPath      = "payment_info:amount"
	defaultCurrencyPath    = "payment_info:currency"
)

func (s *Scheme) join() string            { return either(s.Join, defaultJoin) }
func (s *Scheme) signatureHeader() string { return either(s.SignatureHeader, defaultSignatureHeader) }
func (s *Scheme) timestampHeader() string { return either(s.TimestampHeader, defaultTimestampHeader) }
func (s *Scheme) amountPath() string      { return either(s.AmountPath, defaultAmountPath) }
func (s *Scheme) currencyPath() string    { return either(s.CurrencyPath, defaultCurrencyPath) }

func either(value, fallback string) string {
	if value != "" {
		return value
	}
	return fallback
}

package sandbox

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"net/http"

	"github.com/go-highhelp/highhelp/signer"
)

// tokenForms names the forms of x-access-token. Which one the gateway wants is
// not documented, so the Scheme of the project's key decides.
var tokenForms = [...]string{
	signer.TokenDER:       "unpadded base64url of the public key in DER form (SubjectPublicKeyInfo)",
	signer.TokenDERPadded: "padded base64url of the public key in DER form (SubjectPublicKeyInfo)",
	signer.TokenPEM:       "unpadded base64url of the public key as PEM text",
	signer.TokenPEMPadded: "padded base64url of the public key as PEM text",
}

// wrongToken checks the token beside a signature that key made.
func wrongToken(key signer.Key, doc *signer.Document, h http.Header) []string {
	public, ok := key.(*signer.PublicKey)
	if !ok {
		return wrongHMACToken(key.Scheme().HMACToken, h)
	}
	want := public.Scheme().Token
	if want == signer.TokenNone {
		return nil
	}
	value, wrong := single(h, headerToken)
	if wrong != "" {
		return []string{wrong}
	}
	stated := readToken(want, value)
	switch {
	case stated != nil && made(stated, public.Scheme(), doc, h):
		return nil
	case stated != nil:
		return []string{headerToken + ": another key than the one that made the signature"}
	}
	wrong = fmt.Sprintf("%s: not the %s", headerToken, tokenForms[want])
	if form, stated := anyToken(value); stated != nil {
		wrong += ", but the " + tokenForms[form]
	}
	return []string{wrong}
}

// wrongHMACToken checks the token beside an HMAC signature. Whether there is
// one is not documented: it counts only if the Scheme of the key has one.
func wrongHMACToken(want string, h http.Header) []string {
	if want == "" {
		return nil
	}
	value, wrong := single(h, headerToken)
	if wrong == "" && value != want {
		wrong = headerToken + ": not the value that goes with the HMAC key"
	}
	return orNone(wrong)
}

// made reports whether the key of a token made the signature of doc. That is
// as good as comparing it with the project's key, which made it too: two RSA
// keys share a signature only by intent.
func made(token *rsa.PublicKey, s signer.Scheme, doc *signer.Document, h http.Header) bool {
	key, err := signer.NewPublicKey(headerToken, token)
	if err != nil {
		return false
	}
	if key, err = key.WithScheme(s); err != nil {
		return false
	}
	_, err = key.Verify(doc, h)
	return err == nil
}

// anyToken reads a token of any form, or returns a nil key.
func anyToken(value string) (signer.TokenForm, *rsa.PublicKey) {
	for form := range signer.TokenNone {
		if key := readToken(form, value); key != nil {
			return form, key
		}
	}
	return 0, nil
}

// readToken reads a token of one form, or returns nil.
func readToken(form signer.TokenForm, value string) *rsa.PublicKey {
	encoding := base64.RawURLEncoding
	if form == signer.TokenDERPadded || form == signer.TokenPEMPadded {
		encoding = base64.URLEncoding
	}
	raw, err := encoding.Strict().DecodeString(value)
	if err != nil {
		return nil
	}
	if form == signer.TokenPEM || form == signer.TokenPEMPadded {
		block, rest := pem.Decode(raw)
		if block == nil || block.Type != "PUBLIC KEY" || len(bytes.TrimSpace(rest)) > 0 {
			return nil
		}
		raw = block.Bytes
	}
	key, err := x509.ParsePKIXPublicKey(raw)
	if err != nil {
		return nil
	}
	public, _ := key.(*rsa.PublicKey)
	return public
}

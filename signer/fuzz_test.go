package signer_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"
	"unicode/utf8"

	"github.com/go-highhelp/highhelp/signer"
)

// FuzzParse holds the parser against encoding/json and a second canonicaliser.
func FuzzParse(f *testing.F) {
	v := loadVectors(f)
	for _, c := range v.Accept {
		f.Add([]byte(c.Body))
	}
	for _, c := range v.Refuse {
		f.Add([]byte(c.Body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		doc, err := signer.Parse(body)
		want, refErr := reference(body)
		if err != nil {
			var syntax *signer.SyntaxError
			if !errors.As(err, &syntax) {
				t.Fatalf("an error of another type: %T", err)
			}
			mayRefuse := refErr != nil || !utf8.Valid(body) || bytes.Contains(body, []byte(`\u`)) || knownRefusal(syntax.Reason)
			if !mayRefuse {
				t.Fatalf("refused what encoding/json accepts: %v", err)
			}
			return
		}
		if !json.Valid(body) {
			t.Fatal("accepted what encoding/json refuses")
		}
		if refErr != nil {
			t.Fatalf("accepted what the reference refuses: %v", refErr)
		}
		text, err := doc.Canonical(signer.Scheme{})
		if err != nil || text != want {
			t.Fatalf("canonical text %q (%v), reference %q", text, err, want)
		}
		n := 0
		for path, value := range doc.All() {
			if got, ok := doc.Text(path); !ok || got != value {
				t.Fatalf("Text(%q) = %q, %v; All says %q", path, got, ok, value)
			}
			n += len(path) + len(":") + len(value) + len(";")
		}
		if n > 0 && n-1 != len(text) {
			t.Fatalf("All yields %d bytes, the text has %d", n-1, len(text))
		}
	})
}

// knownRefusal lists what Parse refuses on purpose and encoding/json does not.
func knownRefusal(reason string) bool {
	switch reason {
	case "a number that overflows a double", "more than 64 levels", "more than 10,000 scalar values",
		"more than 20,000 values", "canonical text over 4 MiB":
		return true
	}
	return len(reason) > 30 && reason[:30] == "a key differs only in case fro"
}

// FuzzFields reads every document under every Scheme that changes its reading.
// What is accepted must have the promised form, whatever the Scheme.
func FuzzFields(f *testing.F) {
	for _, c := range loadVectors(f).Accept {
		f.Add([]byte(c.Body), uint8(0), ";")
	}
	f.Add([]byte(`{"status":{"status":"success"},"x":";status:status:decline"}`), uint8(1), "&")
	f.Fuzz(func(t *testing.T, body []byte, form uint8, join string) {
		doc, err := signer.Parse(body)
		if err != nil {
			return
		}
		s := signer.Scheme{Null: signer.NullForm(form % 4), Bool: signer.BoolForm(form / 4 % 3), Join: join}
		fields, err := doc.Fields(s)
		var field *signer.FieldError
		var syntax *signer.SyntaxError
		switch {
		case s.Validate() != nil || errors.Is(err, signer.ErrAmbiguous) || errors.As(err, &field) || errors.As(err, &syntax):
			return
		case err != nil:
			t.Fatalf("an error of another type: %v", err)
		}
		if fields.Amount < 0 || fields.Amount > 99_999_999_999_999 || len(fields.Currency)%3 != 0 || len(fields.PaymentID) > 255 {
			t.Fatalf("a field out of its form: %+v", fields)
		}
	})
}

// FuzzKeyFiles reads anything as every kind of key file: nothing may panic, and
// no error may repeat what the file holds.
func FuzzKeyFiles(f *testing.F) {
	v := loadVectors(f)
	f.Add([]byte(v.PrivateKeyPEM))
	f.Add([]byte(v.PublicKeyPEM))
	f.Add([]byte(v.HMACKey + "\r\n"))
	f.Add([]byte("-----BEGIN RSA PRIVATE KEY-----\nHighHelp-Sandbox: true\n\nMIIB\n-----END RSA PRIVATE KEY-----\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		_, private := signer.ParsePrivateKey(data)
		_, public := signer.ParsePublicKey("name", data)
		_, secret := signer.ParseHMACKey("name", data)
		if private == nil && public == nil {
			t.Fatal("one file is a private and a public key")
		}
		if secret == nil && (private == nil || public == nil) {
			t.Fatal("an RSA key passes as an HMAC key")
		}
		for _, err := range []error{private, public, secret} {
			var key *signer.KeyError
			if err != nil && !errors.As(err, &key) {
				t.Fatalf("an error of another type: %T", err)
			}
			if err != nil && len(data) >= 12 && bytes.Contains([]byte(err.Error()), data[:12]) {
				t.Fatal("an error repeats the file")
			}
		}
	})
}

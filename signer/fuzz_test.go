package signer_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"github.com/go-highhelp/highhelp/signer"
)

// FuzzParse holds the parser against encoding/json and a second canonicaliser:
// both must accept the same documents, and see the same values in them.
func FuzzParse(f *testing.F) {
	v := loadVectors(f)
	for _, c := range v.Accept {
		f.Add([]byte(c.Body))
	}
	for _, c := range v.Refuse {
		f.Add([]byte(c.Body))
	}
	for _, body := range hostileShapes(2 << 10) {
		f.Add(body)
	}
	used := new(signer.Document)
	f.Fuzz(func(t *testing.T, body []byte) {
		compareToReference(t, new(signer.Document), body)
		compareToReference(t, used, body) // nothing of one document may show in the next
	})
}

func compareToReference(t *testing.T, doc *signer.Document, body []byte) {
	t.Helper()
	before := bytes.Clone(body)
	err := doc.Reset(body)
	if !bytes.Equal(before, body) {
		t.Fatal("the body was changed")
	}
	lines, refErr := reference(body)
	if (err == nil) != (refErr == nil) {
		t.Fatalf("Parse says %v, the reference %v", err, refErr)
	}
	var syntax *signer.SyntaxError
	if err != nil && (!errors.As(err, &syntax) || syntax.Offset < 0 || syntax.Offset > len(body)+1) {
		t.Fatalf("an error of another type, or from elsewhere: %T %v", err, err)
	}
	text, err := doc.Canonical(signer.Scheme{})
	if err != nil || text != textOfLines(lines) {
		t.Fatalf("canonical text %q (%v), reference %q", text, err, textOfLines(lines))
	}
	var got []line
	for path, value := range doc.All() {
		if len(got) < 100 { // looking up thousands of paths would take long
			if again, ok := doc.Text(path); !ok || again != value {
				t.Fatalf("Text(%q) = %q, %v; All says %q", path, again, ok, value)
			}
		}
		got = append(got, line{path, value})
	}
	if !slices.Equal(got, lines) {
		t.Fatalf("values %q, reference %q", got, lines)
	}
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

package main

import (
	"bytes"
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/json"
	"hash"
	"net/http"
	"sync"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/signer"
)

// A bench has one body, signed in all ways, and what it takes to check it.
type bench struct {
	name string
	body []byte
	text []byte // the canonical text
	now  time.Time

	rsaKey *rsa.PrivateKey
	secret string

	private *signer.PrivateKey
	public  *signer.PublicKey
	hmacKey *signer.HMACKey

	documents   sync.Pool // of *signer.Document, as a server has it
	rsaHeaders  http.Header
	hmacHeaders http.Header
}

func must[T any](v T, err error) T {
	check(err)
	return v
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func newBench(name string, body []byte, key *rsa.PrivateKey) *bench {
	b := &bench{name: name, body: body, now: time.Now(), rsaKey: key, secret: rand.Text() + rand.Text()}
	b.documents.New = func() any { return new(signer.Document) }
	b.private = must(signer.NewPrivateKey(key))
	b.public = b.private.Public("callback")
	b.hmacKey = must(signer.NewHMACKey("callback", b.secret))
	b.rsaHeaders = must(b.private.Sign(body, b.now))
	b.hmacHeaders = must(b.hmacKey.Sign(body, b.now))
	b.text = []byte(must(must(signer.Parse(body)).Canonical(signer.Scheme{})))
	return b
}

// receive is what a server does with a callback once it has read it.
func (b *bench) receive(v signer.Verifier, headers http.Header) (highhelp.Event, error) {
	doc := b.documents.Get().(*signer.Document)
	defer b.documents.Put(doc)
	if err := doc.Reset(b.body); err != nil {
		return highhelp.Event{}, err
	}
	match, err := v.Verify(doc, headers)
	if err != nil {
		return highhelp.Event{}, err
	}
	f, err := doc.Fields(match.Scheme)
	if err != nil {
		return highhelp.Event{}, err
	}
	return highhelp.Event{
		Key:       highhelp.Key{ProjectID: f.ProjectID, OrderID: f.PaymentID},
		PaymentID: f.PaymentID, RequestID: f.RequestID,
		Status:  highhelp.Status{Main: f.Status, Sub: f.SubStatus},
		Amount:  highhelp.Money{Minor: f.Amount, Currency: f.Currency},
		KeyName: match.Key, SignedAt: match.SignedAt, Raw: b.body,
	}, nil
}

func (b *bench) verifyHMAC() subject {
	return subject{name: "HMAC verify and decode", run: func() {
		if e, err := b.receive(b.hmacKey, b.hmacHeaders); err != nil || !e.Status.Final() {
			panic(err)
		}
	}}
}

func (b *bench) verifyRSA() subject {
	return subject{name: "RSA-2048 verify and decode", run: func() {
		if e, err := b.receive(b.public, b.rsaHeaders); err != nil || !e.Status.Final() {
			panic(err)
		}
	}}
}

func (b *bench) parseAndWrite() subject {
	doc, text := new(signer.Document), []byte(nil)
	return subject{name: "parse and canonical text", run: func() {
		check(doc.Reset(b.body))
		text = must(doc.AppendCanonical(text[:0], signer.Scheme{}))
	}}
}

// countJoins is what the check for a second reading costs where no value holds
// a join: the text has no more of them than lines.
func (b *bench) countJoins() subject {
	lines := bytes.Count(b.text, []byte(";"))
	return subject{name: "clean ambiguity check", run: func() {
		if bytes.Count(b.text, []byte(";")) != lines {
			panic("joins")
		}
	}}
}

func (b *bench) sign() subject {
	return subject{name: "sign a request with RSA-2048", run: func() { must(b.private.Sign(b.body, b.now)) }}
}

// floor is what no implementation that reads JSON with the standard library
// can go below: the message is there already, and the body is only looked at.
func (b *bench) floor() subject {
	message := []byte(must(must(signer.Parse(b.body)).Message(signer.Scheme{}, b.now)))
	states := sync.Pool{New: func() any { return hmac.New(sha512.New, []byte(b.secret)) }}
	want := func() []byte { h := hmac.New(sha512.New, []byte(b.secret)); h.Write(message); return h.Sum(nil) }()
	return subject{name: "HMAC-SHA512 of the ready message + json.Valid", run: func() {
		h := states.Get().(hash.Hash)
		h.Reset()
		h.Write(message)
		var sum [sha512.Size]byte
		if !hmac.Equal(h.Sum(sum[:0]), want) || !json.Valid(b.body) {
			panic("floor")
		}
		states.Put(h)
	}}
}

func (b *bench) jsonValid() subject {
	return subject{name: "json.Valid", run: func() {
		if !json.Valid(b.body) {
			panic("json.Valid")
		}
	}}
}

func (b *bench) bareVerify() subject {
	digest := sha256.Sum256(b.text)
	signature := must(rsa.SignPKCS1v15(rand.Reader, b.rsaKey, crypto.SHA256, digest[:]))
	return subject{name: "bare rsa.VerifyPKCS1v15", run: func() {
		check(rsa.VerifyPKCS1v15(&b.rsaKey.PublicKey, crypto.SHA256, digest[:], signature))
	}}
}

func (b *bench) bareSign() subject {
	digest := sha256.Sum256(b.text)
	return subject{name: "bare rsa.SignPKCS1v15", run: func() {
		must(rsa.SignPKCS1v15(rand.Reader, b.rsaKey, crypto.SHA256, digest[:]))
	}}
}

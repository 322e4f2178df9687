package highhelp_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/go-highhelp/highhelp/signer"
	"github.com/stretchr/testify/require"
)

// unsigned is a callback without a signature.
func (v *victim) unsigned(body string) *wire {
	return &wire{
		line: "POST /pay/callbacks/success?probe=" + marker + " HTTP/1.1", body: []byte(body),
		header: []string{"Host: shop.example", "Connection: close", "Content-Type: application/json", "X-Probe: " + marker},
	}
}

// signed is a callback that the gateway has signed now. A body that can't be
// signed gets headers that look like a signature.
func (v *victim) signed(body string) *wire {
	w, now := v.unsigned(body), v.Clock.Now()
	h, err := v.key.signer.Sign([]byte(body), now)
	if err != nil {
		return w.set("X-Access-Signature", "AAAA").set("X-Access-Timestamp", fmt.Sprint(now.Unix()))
	}
	return w.set("X-Access-Signature", h.Get("x-access-signature")).set("X-Access-Timestamp", h.Get("x-access-timestamp"))
}

// genuine is the success of order 1. No two are the same.
func (v *victim) genuine() *wire {
	v.salt++
	return v.signed(event(marker, fmt.Sprint(marker, " ", v.salt)))
}

// until returns a genuine callback that has what the attack needs.
func (v *victim) until(fits func(*wire) bool) *wire {
	for range 10_000 {
		if w := v.genuine(); fits(w) {
			return w
		}
	}
	require.FailNow(v.t, "no genuine callback fits")
	return nil
}

// message is what the signature of w is about.
func (v *victim) message(w *wire) string { return v.text(w) + w.timestamp() }

// text is the base64url of the canonical text of w.
func (v *victim) text(w *wire) string {
	doc, err := signer.Parse(w.body)
	require.NoError(v.t, err)
	message, err := doc.Message(signer.Scheme{}, time.Unix(1e9, 0))
	require.NoError(v.t, err)
	return strings.TrimSuffix(message, "1000000000")
}

// event is the body of the success of order 1, with some parts replaced.
func event(replace ...string) string {
	const body = `{"project_id":"` + project + `","general":{"payment_id":"1","request_id":"r"},` +
		`"status":{"status":"success","sub_status":null,"status_description":"` + marker + `"},` +
		`"payment_info":{"amount":10000,"currency":"RUB","method":"card"}}`
	return strings.NewReplacer(replace...).Replace(body)
}

// How an attack is made from a genuine callback.

// said is any body, signed by the gateway if it can be.
func said(body string) sender { return func(v *victim) *wire { return v.signed(body) } }

// swapped is a body under the signature of another one.
func swapped(signed, sent string) sender {
	return func(v *victim) *wire {
		w := v.signed(signed)
		w.body = []byte(sent)
		return w
	}
}

// spelled writes the signature in another way.
func spelled(spell func(s string) string) sender {
	return func(v *victim) *wire {
		w := v.genuine()
		return w.set("X-Access-Signature", spell(w.signature()))
	}
}

// bent changes the bytes of the signature.
func bent(bend func(s []byte) []byte) sender {
	return func(v *victim) *wire {
		w := v.genuine()
		raw, err := base64.RawURLEncoding.DecodeString(w.signature())
		require.NoError(v.t, err)
		return w.set("X-Access-Signature", b64(bend(raw)))
	}
}

// forged signs the message in another way.
func forged(sign func(message string) []byte) sender {
	return func(v *victim) *wire {
		w := v.genuine()
		return w.set("X-Access-Signature", b64(sign(v.message(w))))
	}
}

// resaid lets the gateway sign another message about the same callback.
func resaid(message func(text, timestamp string, w *wire) string) sender {
	return func(v *victim) *wire {
		w := v.until(func(w *wire) bool { return len(v.text(w))%4 != 0 }) // so that padding would show
		return w.set("X-Access-Signature", b64(v.key.sign(message(v.text(w), w.timestamp(), w))))
	}
}

// stamped is a callback that the gateway has signed with that timestamp.
func stamped(timestamp string) sender {
	return func(v *victim) *wire {
		w := v.genuine()
		signature := v.key.sign(v.text(w) + timestamp)
		return w.set("X-Access-Signature", b64(signature)).set("X-Access-Timestamp", timestamp)
	}
}

// lines adds header lines to a genuine callback.
func lines(lines ...string) sender { return func(v *victim) *wire { return v.genuine().add(lines...) } }

// changed is a genuine callback with a change.
func changed(change func(w *wire)) sender {
	return func(v *victim) *wire {
		w := v.genuine()
		change(w)
		return w
	}
}

// chunks writes a body in chunks of that many bytes.
func chunks(body []byte, size int) []byte {
	var out bytes.Buffer
	for len(body) > 0 {
		n := min(size, len(body))
		fmt.Fprintf(&out, "%x\r\n%s\r\n", n, body[:n])
		body = body[n:]
	}
	_, _ = io.WriteString(&out, "0\r\n\r\n")
	return out.Bytes()
}

package main

import (
	"bytes"

	"fmt"
	"strings"
	"time"

	"github.com/go-highhelp/highhelp/signer"
)

// The steps of checking a callback, in their order.
const (
	stepHeaders   = "headers"
	stepTimestamp = "timestamp"
	stepBody      = "body"
	stepAlgorithm = "algorithm"
	stepEncoding  = "encoding"
	stepKey       = "key"
	stepScheme    = "scheme"
	stepReading   = "reading"
)

// A diagnosis says how far a captured callback gets.
type diagnosis struct {
	Steps    []step `json:"steps"`
	First    string `json:"first_difference"` // the first step that differs, or ""
	Key      string `json:"key,omitempty"`    // the key that made the signature, if it is known
	Scheme   string `json:"scheme,omitempty"` // how it did, as Go source
	SignedAt string `json:"signed_at,omitempty"`
	// Seconds is how long before it was received the callback was signed.
	Seconds *int64         `json:"clock_difference_seconds,omitempty"`
	Clock   string         `json:"clock,omitempty"`
	Notes   []string       `json:"notes,omitempty"`
	Keys    []keyDiagnosis `json:"keys"`

	signedAt time.Time
}

// A step is one step of checking, and what came of it.
type step struct {
	Name string `json:"step"`
	OK   bool   `json:"ok"`
	Text string `json:"text,omitempty"`
}

// A keyDiagnosis says how far the signature gets with one key.
type keyDiagnosis struct {
	Name      string   `json:"name"`
	Algorithm string   `json:"algorithm"`
	Scheme    string   `json:"scheme,omitempty"`
	Open      []string `json:"not_settled,omitempty"`
	Reason    string   `json:"reason,omitempty"`
}

// diagnose checks a callback step by step.
func diagnose(caught *capture, keys []signer.Key) *diagnosis {
	x := signer.Explain(caught.body, caught.header, keys...)
	d := &diagnosis{Notes: append(caught.notes, caught.media()...), signedAt: x.SignedAt}
	for _, k := range x.Keys {
		kd := keyDiagnosis{Name: k.Name, Algorithm: k.Algorithm, Open: k.Open, Reason: k.Reason}
		if k.Match != nil {
			kd.Scheme = k.Match.GoString()
		}
		d.Keys = append(d.Keys, kd)
	}
	c := &checker{caught, keys, x, d}
	for _, check := range []struct {
		step string
		do   func() (text string, err error)
	}{
		{stepHeaders, c.headers}, {stepTimestamp, c.timestamp}, {stepBody, c.body}, {stepAlgorithm, c.algorithm},
		{stepEncoding, c.encoding}, {stepKey, c.key}, {stepScheme, c.scheme}, {stepReading, c.reading},
	} {
		text, err := check.do()
		if err != nil {
			d.First = check.step
			d.Steps = append(d.Steps, step{check.step, false, err.Error()})
			break
		}
		d.Steps = append(d.Steps, step{check.step, true, text})
	}
	return d
}

// media notes what a handler refuses before it looks at the signature.
func (c *capture) media() (notes []string) {
	if kind := c.header.Get("Content-Type"); kind != "" && !strings.HasPrefix(strings.ToLower(kind), "application/json") {
		notes = append(notes, "its Content-Type is not application/json: package highhelp answers 415")
	}
	if c.header.Get("Content-Encoding") != "" {
		notes = append(notes, "its body has a Content-Encoding, which the gateway does not use: a proxy has added it")
	}
	if bytes.HasPrefix(c.body, []byte("\xef\xbb\xbf")) {
		notes = append(notes, "the body begins with a byte order mark, which an editor has added")
	}
	return notes
}

// measure compares the clocks.
func (d *diagnosis) measure(received time.Time, how string) {
	if d.signedAt.IsZero() {
		return
	}
	d.SignedAt = d.signedAt.Format(time.RFC3339)
	apart := received.Sub(d.signedAt).Round(time.Second)
	seconds := int64(apart / time.Second)
	d.Seconds = &seconds
	direction := "before"
	if apart < 0 {
		direction = "after"
	}
	d.Clock = fmt.Sprintf("signed %s %s %s", span(apart.Abs()), direction, how)
	if how != "now" && wholeZones(apart) {
		d.Clock += "; that is a whole number of half hours: one of the clocks takes local time for UTC"
	}
}

// span writes a duration for people.
func span(d time.Duration) string {
	if days := d / (24 * time.Hour); days >= 2 {
		return fmt.Sprintf("%d days", days)
	}
	return d.String()
}

// wholeZones reports whether two clocks may differ by a time zone.
func wholeZones(apart time.Duration) bool {
	const zone, slack = 30 * time.Minute, 10 * time.Second
	apart = apart.Abs()
	return apart >= zone-slack && apart <= 14*time.Hour+slack && (apart+slack)%zone <= 2*slack
}

// text writes the diagnosis for people.
func (d *diagnosis) text() string {
	var b strings.Builder
	for _, s := range d.Steps {
		mark := "ok"
		if !s.OK {
			mark = "DIFFERS"
		}
		b.WriteString(strings.TrimRight(fmt.Sprintf("%-10s %-8s %s", s.Name, mark, s.Text), " ") + "\n")
	}
	if d.Clock != "" {
		fmt.Fprintf(&b, "%-10s %-8s %s: %s\n", "clock", "", d.SignedAt, d.Clock)
	}
	for _, note := range d.Notes {
		fmt.Fprintf(&b, "%-10s %-8s %s\n", "note", "", note)
	}
	for _, k := range d.Keys {
		if k.Scheme == "" {
			fmt.Fprintf(&b, "key %s (%s): %s\n", k.Name, k.Algorithm, k.Reason)
			continue
		}
		fmt.Fprintf(&b, "key %s (%s): made this signature, with %s\n", k.Name, k.Algorithm, k.Scheme)
		if len(k.Open) > 0 {
			fmt.Fprintf(&b, "    not settled by this body: %s\n", strings.Join(k.Open, ", "))
		}
	}
	return b.String()
}

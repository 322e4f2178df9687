package highhelp

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strconv"
	"time"
	"unicode/utf8"
)

// A formWriter writes the JSON of codec.go by hand: two payments and a delivery
// are written and read for each callback, and encoding/json is the slowest part
// of that. Members are left out if they are zero, but for those of a "must".
type formWriter struct {
	b   []byte
	err error
}

func (w *formWriter) name(name string) {
	if last := w.b[len(w.b)-1]; last != '{' && last != '[' {
		w.b = append(w.b, ',')
	}
	w.b = append(append(append(w.b, '"'), name...), '"', ':')
}

func (w *formWriter) open(name string, bracket byte) {
	w.name(name)
	w.b = append(w.b, bracket)
}

func (w *formWriter) close(bracket byte) { w.b = append(w.b, bracket) }

func (w *formWriter) text(name, value string) {
	if value != "" {
		w.mustText(name, value)
	}
}

func (w *formWriter) mustText(name, value string) {
	w.name(name)
	w.b = appendQuoted(w.b, value)
}

// appendQuoted leaves what is not plain to encoding/json.
func appendQuoted(b []byte, s string) []byte {
	for i := range len(s) {
		switch c := s[i]; {
		case c < ' ' || c >= utf8.RuneSelf, c == '"', c == '\\', c == '<', c == '>', c == '&':
			quoted, _ := json.Marshal(s) // of a string it does not fail
			return append(b, quoted...)
		}
	}
	return append(append(append(b, '"'), s...), '"')
}

func (w *formWriter) number(name string, n int64) {
	if n != 0 {
		w.mustNumber(name, n)
	}
}

func (w *formWriter) mustNumber(name string, n int64) {
	w.name(name)
	w.b = strconv.AppendInt(w.b, n, 10)
}

func (w *formWriter) flag(name string, set bool) {
	if set {
		w.name(name)
		w.b = append(w.b, "true"...)
	}
}

func (w *formWriter) time(name string, t time.Time) {
	if t = micro(t); t.IsZero() {
		return
	}
	if y := t.Year(); y < 0 || y > 9999 {
		w.err = errors.New("highhelp: a time is not of the years 0 to 9999")
	}
	w.name(name)
	w.b = append(t.AppendFormat(append(w.b, '"'), time.RFC3339Nano), '"')
}

func (w *formWriter) bytes(name string, value []byte, coding *base64.Encoding) {
	if len(value) > 0 {
		w.name(name)
		w.b = append(coding.AppendEncode(append(w.b, '"'), value), '"')
	}
}

func (w *formWriter) money(m Money) {
	if m != (Money{}) {
		w.open("amount", '{')
		w.number("minor", m.Minor)
		w.text("currency", m.Currency)
		w.close('}')
	}
}

func (w *formWriter) status(s Status) {
	if s != (Status{}) {
		w.open("status", '{')
		w.text("main", s.Main)
		w.text("sub", s.Sub)
		w.text("text", s.Description)
		w.close('}')
	}
}

// MarshalBinary writes p for a Store, with times to the microsecond. It fails
// if a time is not of the years 0 to 9999.
func (p Payment) MarshalBinary() ([]byte, error) {
	w := &formWriter{b: append(make([]byte, 0, 1024), '{')}
	w.mustNumber("v", codecVersion)
	w.mustText("project", p.ProjectID)
	w.mustText("order", p.OrderID)
	w.open("attempts", '[')
	for i := range p.Attempts {
		w.attempt(&p.Attempts[i])
	}
	w.close(']')
	if p.Claim.Token != "" || !p.Claim.Until.IsZero() {
		w.open("claim", '{')
		w.text("token", p.Claim.Token)
		w.time("until", p.Claim.Until)
		w.close('}')
	}
	w.text("held", p.Held)
	w.time("created", p.CreatedAt)
	w.time("updated", p.UpdatedAt)
	w.time("check", p.CheckAt)
	w.close('}')
	return w.b, w.err
}

func (w *formWriter) item() {
	if w.b[len(w.b)-1] != '[' {
		w.b = append(w.b, ',')
	}
	w.b = append(w.b, '{')
}

func (w *formWriter) attempt(a *Attempt) {
	w.item()
	w.mustNumber("n", int64(a.N))
	w.mustText("id", a.PaymentID)
	w.money(a.Amount)
	w.status(a.Status)
	w.ticket(&a.Ticket)
	if len(a.Marks) > 0 {
		w.open("marks", '[')
		for i := range a.Marks {
			w.mark(&a.Marks[i])
		}
		w.close(']')
	}
	w.flag("sent", a.Sent)
	w.flag("lost", a.Lost)
	w.flag("gave_up", a.GaveUp)
	w.time("created", a.CreatedAt)
	w.close('}')
}

func (w *formWriter) ticket(t *Ticket) {
	if t.PaymentID == "" && t.RequestID == "" && t.URL == "" && t.StatusToken == "" && t.ExpiresAt.IsZero() && len(t.Raw) == 0 {
		return
	}
	w.open("ticket", '{')
	w.text("id", t.PaymentID)
	w.text("request", t.RequestID)
	w.text("url", t.URL)
	w.text("token", t.StatusToken)
	w.time("expires", t.ExpiresAt)
	w.bytes("raw", t.Raw, base64.StdEncoding)
	w.close('}')
}

func (w *formWriter) mark(m *Mark) {
	w.item()
	w.mustText("status", m.Status)
	w.text("sub", m.SubStatus)
	w.mustText("outcome", m.Outcome.String())
	w.bytes("print", m.Fingerprint[:], base64.RawStdEncoding)
	w.time("signed", m.SignedAt)
	w.time("at", m.At)
	w.close('}')
}

// MarshalBinary writes d for a Store, without its ID, with times to the
// microsecond. It fails if a time is not of the years 0 to 9999.
func (d Delivery) MarshalBinary() ([]byte, error) {
	w := &formWriter{b: append(make([]byte, 0, 512+len(d.Raw)*4/3), '{')}
	w.mustNumber("v", codecVersion)
	w.mustText("project", d.ProjectID)
	w.text("order", d.OrderID)
	w.text("id", d.PaymentID)
	w.text("request", d.RequestID)
	w.status(d.Status)
	w.money(d.Amount)
	w.text("route", d.Route)
	w.text("key", d.KeyName)
	if d.Outcome != 0 {
		w.mustText("outcome", d.Outcome.String())
	}
	w.flag("variant", d.Variant)
	w.text("error", d.Error)
	w.time("signed", d.SignedAt)
	w.time("received", d.ReceivedAt)
	if d.Authentic() {
		w.bytes("print", d.Fingerprint[:], base64.StdEncoding)
	}
	w.text("peer", d.Peer)
	w.number("took", d.Duration.Microseconds())
	w.text("replay", d.Replay)
	w.bytes("raw", d.Raw, base64.StdEncoding)
	w.close('}')
	return w.b, w.err
}

package highhelp

import (
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// A formReader reads a payment as MarshalBinary of this release writes it: the
// same members in the same order, without spaces. Whatever else there may be,
// of an earlier release or by an operator's hand, makes it give up, and
// encoding/json reads it: this is for speed alone.
type formReader struct {
	s      string
	at     int
	before byte // what comes before the next member: '{' or ','
	odd    bool
}

// fastPayment reports whether data is of the one form.
func fastPayment(data []byte) (p Payment, ok bool) {
	r := &formReader{s: string(data)}
	r.open()
	if r.number("v") != codecVersion {
		return p, false
	}
	p.ProjectID, p.OrderID = r.text("project"), r.text("order")
	p.Attempts = []Attempt{}
	if r.member("attempts") {
		r.list(func() { p.Attempts = append(p.Attempts, r.attempt()) })
	}
	if r.object("claim") {
		p.Claim = Claim{r.text("token"), r.time("until")}
		r.close()
	}
	p.Held = r.text("held")
	p.CreatedAt, p.UpdatedAt, p.CheckAt = r.time("created"), r.time("updated"), r.time("check")
	r.close()
	return p, !r.odd && r.at == len(r.s)
}

func (r *formReader) attempt() (a Attempt) {
	r.open()
	a.N, a.PaymentID = int(r.number("n")), r.text("id")
	if r.object("amount") {
		a.Amount = Money{r.number("minor"), r.text("currency")}
		r.close()
	}
	if r.object("status") {
		a.Status = Status{r.text("main"), r.text("sub"), r.text("text")}
		r.close()
	}
	if r.object("ticket") {
		a.Ticket = Ticket{r.text("id"), r.text("request"), r.text("url"), r.text("token"), r.time("expires"), r.bytes("raw")}
		r.close()
	}
	a.Marks = []Mark{}
	if r.member("marks") {
		r.list(func() { a.Marks = append(a.Marks, r.mark()) })
	}
	a.Sent, a.Lost, a.GaveUp = r.flag("sent"), r.flag("lost"), r.flag("gave_up")
	a.CreatedAt = r.time("created")
	r.close()
	return a
}

func (r *formReader) mark() (m Mark) {
	r.open()
	m.Status, m.SubStatus = r.text("status"), r.text("sub")
	if err := m.Outcome.UnmarshalText([]byte(r.text("outcome"))); err != nil {
		r.odd = true
	}
	var err error
	if m.Fingerprint, err = fingerprintOf(r.text("print")); err != nil {
		r.odd = true
	}
	m.SignedAt, m.At = r.time("signed"), r.time("at")
	r.close()
	return m
}

// skip skips what must come next.
func (r *formReader) skip(text string) {
	if !strings.HasPrefix(r.s[r.at:], text) {
		r.odd = true
		return
	}
	r.at += len(text)
}

func (r *formReader) open() { r.before = '{' }

func (r *formReader) close() {
	if r.before == '{' { // there was no member
		r.skip("{")
	}
	r.skip("}")
	r.before = ','
}

// member reports whether that member comes next, and goes to its value.
func (r *formReader) member(name string) bool {
	rest, n := r.s[r.at:], len(name)
	if len(rest) < n+4 || rest[0] != r.before || rest[1] != '"' || rest[2:n+2] != name || rest[n+2:n+4] != `":` {
		return false
	}
	r.at += n + 4
	r.before = ','
	return true
}

// object is member for one whose value is an object, which it opens.
func (r *formReader) object(name string) bool {
	if !r.member(name) {
		return false
	}
	r.open()
	return true
}

// list calls item for each that is there.
func (r *formReader) list(item func()) {
	r.skip("[")
	for !strings.HasPrefix(r.s[r.at:], "]") && !r.odd {
		item()
		if strings.HasPrefix(r.s[r.at:], ",") {
			r.skip(",{")
			r.at-- // open looks at the brace
		}
	}
	r.skip("]")
	r.before = ','
}

func (r *formReader) text(name string) string {
	if !r.member(name) {
		return ""
	}
	return r.quoted()
}

// quoted reads a string. Escapes are left to encoding/json.
func (r *formReader) quoted() string {
	start := r.at
	r.skip(`"`)
	plain := true
	for ; r.at < len(r.s) && r.s[r.at] != '"' && !r.odd; r.at++ {
		switch c := r.s[r.at]; {
		case c == '\\':
			r.at++
			plain = false
		case c < ' ':
			r.odd = true
		case c >= utf8.RuneSelf:
			plain = false
		}
	}
	if r.at >= len(r.s) || r.odd {
		r.at, r.odd = min(r.at, len(r.s)), true
		return ""
	}
	r.at++
	if plain {
		return r.s[start+1 : r.at-1]
	}
	var text string
	if json.Unmarshal([]byte(r.s[start:r.at]), &text) != nil {
		r.odd = true
	}
	return text
}

func (r *formReader) number(name string) int64 {
	if !r.member(name) {
		return 0
	}
	start := r.at
	for r.at < len(r.s) && (r.s[r.at] == '-' || '0' <= r.s[r.at] && r.s[r.at] <= '9') {
		r.at++
	}
	digits := r.s[start:r.at]
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || strconv.FormatInt(n, 10) != digits {
		r.odd = true
	}
	return n
}

func (r *formReader) flag(name string) bool {
	if !r.member(name) {
		return false
	}
	r.skip("true")
	return true
}

func (r *formReader) time(name string) time.Time {
	if !r.member(name) {
		return micro(time.Time{})
	}
	text := r.quoted()
	t, err := time.Parse(time.RFC3339Nano, text)
	var space [40]byte
	if again := t.AppendFormat(space[:0], time.RFC3339Nano); err != nil || string(again) != text {
		r.odd = true
	}
	return micro(t)
}

func (r *formReader) bytes(name string) []byte {
	if !r.member(name) {
		return nil
	}
	value, err := base64.StdEncoding.DecodeString(r.quoted())
	if err != nil || len(value) == 0 {
		r.odd = true
	}
	return value
}

package signer

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// Fields are the decided fields of a callback: the only values that a shop
// may act upon. An empty string or a zero Amount means that the callback does
// not state the field: it is missing, null, "" or None.
type Fields struct {
	ProjectID string // project_id and general:project_id, which must agree
	PaymentID string // general:payment_id
	RequestID string // general:request_id
	Status    string // status:status
	SubStatus string // status:sub_status
	Amount    int64  // payment_info:amount, in minor units
	Currency  string // payment_info:currency
}

// The decided paths, in the order of Fields. The last two are those of the
// default Scheme.
var decidedPaths = [...]string{
	"project_id", "general:project_id", "general:payment_id", "general:request_id",
	"status:status", "status:sub_status", defaultAmountPath, defaultCurrencyPath,
}

const (
	atProject = iota
	atGeneralProject
	atPayment
	atRequest
	atStatus
	atSubStatus
	atAmount
	atCurrency
)

// Fields reads the decided fields as s writes them.
//
// It fails with [ErrAmbiguous] if the canonical text can be read in another
// way that matters, and with a [*FieldError] if a value has not the form that
// the gateway gives it: an amount of 1 to 14 digits, a currency of three
// capital letters, a status of small letters, digits and '_'. It says nothing
// about the signature.
//
// Why a document that passes has one reading: split the text at every join,
// those inside values included. For each decided path P, let n be the number
// of segments that begin with "P:". Fields wants a scalar at exactly P if n is
// 1, whose text holds no join, and none if n is 0; it refuses all else. The
// split and n depend on the text alone, not on the document. So if two
// documents with one text both pass, then either neither has a scalar at P, or
// both have, and its line is the one segment that begins with "P:" in both:
// no join in it cuts it short, so its text is the same. Hence all decided
// fields agree. They are read from that text and never from the JSON type,
// because true, 1 and "1" are written alike.
func (d *Document) Fields(s Scheme) (Fields, error) {
	if err := s.Validate(); err != nil {
		return Fields{}, err
	}
	text, err := d.canonical(&s)
	if err != nil {
		return Fields{}, err
	}
	paths := decidedPaths
	paths[atAmount], paths[atCurrency] = s.amountPath(), s.currencyPath()
	if paths != decidedPaths {
		if err := d.refuseCaseVariants(paths[atAmount:]); err != nil {
			return Fields{}, err
		}
	}
	var values [len(paths)]value
	for i, path := range paths {
		if values[i], err = d.decided(path, s.textForm()); err != nil {
			return Fields{}, err
		}
	}
	if err := d.oneReading(text, s.join(), &paths, &values); err != nil {
		return Fields{}, err
	}
	return newFields(&paths, &values, s.textForm())
}

// A value is the text of the scalar at a decided path, if there is one.
type value struct {
	text  []byte
	there bool
}

func valueOf(text string) value { return value{[]byte(text), true} }

// decided finds the scalar at path. It refuses documents in which another line
// begins with "path:", as long as no join inside a value makes it one; see
// oneReading for those.
func (d *Document) decided(path string, form textForm) (value, error) {
	n, rest, more := d.root, path, true
	for more {
		var name string
		name, rest, more = strings.Cut(rest, ":")
		c, ok := d.child(n, name)
		switch {
		case !ok:
			return value{}, nil
		case c.kind == kindNull && form.null == NullOmit:
			return value{}, nil
		case !more && c.kind.scalar():
			return value{d.scalarText(c, form), true}, nil
		case !more && d.hasLine(c, form):
			return value{}, fmt.Errorf("%w: %s is no scalar", ErrAmbiguous, path)
		case more && c.kind.scalar() && looksLike(d.scalarText(c, form), rest):
			return value{}, fmt.Errorf("%w: a value looks like %s", ErrAmbiguous, path)
		}
		n = c
		if c.kind.scalar() {
			return value{}, nil
		}
	}
	return value{}, nil
}

// scalarText returns the text of n, without copying a string.
func (d *Document) scalarText(n node, form textForm) []byte {
	if n.kind == kindString {
		return d.bytes(n.val)
	}
	return d.appendScalar(nil, n, form)
}

// looksLike reports whether a line of a scalar further up would be taken for a
// line at path, of which rest is missing.
func looksLike(text []byte, rest string) bool {
	return len(text) > len(rest) && text[len(rest)] == ':' && string(text[:len(rest)]) == rest
}

func (d *Document) hasLine(n node, form textForm) bool {
	for _, c := range d.kids(n) {
		if c.kind == kindNull && form.null == NullOmit {
			continue
		}
		if c.kind.scalar() || d.hasLine(c, form) {
			return true
		}
	}
	return false
}

// oneReading is the check that Fields explains. A text with just the joins
// that separate its lines needs no splitting: each line is one segment, and
// decided has looked at them.
func (d *Document) oneReading(text []byte, join string, paths *[8]string, values *[8]value) error {
	if bytes.Count(text, []byte(join)) <= d.lines-1 || d.lines == 0 {
		return nil
	}
	var segments [len(paths)]int
	for segment := range bytes.SplitSeq(text, []byte(join)) {
		for i, path := range paths {
			if looksLike(segment, path) {
				segments[i]++
			}
		}
	}
	for i, v := range values {
		want := 0
		if v.there {
			want = 1
		}
		if segments[i] != want || bytes.Contains(v.text, []byte(join)) {
			return fmt.Errorf("%w: at %s", ErrAmbiguous, paths[i])
		}
	}
	return nil
}

// absent reports whether v is one of the ways in which a field is not stated.
func (v value) absent(form textForm) bool {
	switch string(v.text) {
	case "", "None", form.literal(kindNull):
		return true
	}
	return false
}

func newFields(paths *[8]string, values *[8]value, form textForm) (Fields, error) {
	size := 0
	for i := range values {
		if values[i].absent(form) {
			values[i].text = nil
			continue
		}
		if reason := wrongForm(i, values[i].text); reason != "" {
			return Fields{}, &FieldError{paths[i], reason}
		}
		size += len(values[i].text)
	}
	var b strings.Builder // one allocation for all strings
	b.Grow(size)
	for i := range values {
		b.Write(values[i].text)
	}
	all, s := b.String(), [len(values)]string{}
	for i := range values {
		s[i], all = all[:len(values[i].text)], all[len(values[i].text):]
	}
	if s[atProject] == "" {
		s[atProject] = s[atGeneralProject]
	}
	if s[atGeneralProject] != "" && s[atGeneralProject] != s[atProject] {
		return Fields{}, &FieldError{paths[atProject], "differs from general:project_id"}
	}
	amount, _ := strconv.ParseInt(s[atAmount], 10, 64) // the form is checked
	return Fields{
		ProjectID: s[atProject], PaymentID: s[atPayment], RequestID: s[atRequest],
		Status: s[atStatus], SubStatus: s[atSubStatus], Amount: amount, Currency: s[atCurrency],
	}, nil
}

// wrongForm says what is wrong with the text of decided field i, if anything.
func wrongForm(i int, text []byte) string {
	switch i {
	case atAmount:
		if len(text) > 14 || text[0] == '0' || !all(text, isDigit) {
			return "not an amount of 1 to 14 digits"
		}
	case atCurrency:
		if len(text) != 3 || !all(text, func(c byte) bool { return 'A' <= c && c <= 'Z' }) {
			return "not a currency of three capital letters"
		}
	case atStatus, atSubStatus:
		if len(text) > 64 || !all(text, isStatus) {
			return "not a status of small letters, digits and '_'"
		}
	default:
		if len(text) > 255 || !all(text, func(c byte) bool { return c >= ' ' && c != 0x7F }) {
			return "not an id of at most 255 bytes without control characters"
		}
	}
	return ""
}

func all(text []byte, ok func(byte) bool) bool {
	for _, c := range text {
		if !ok(c) {
			return false
		}
	}
	return true
}

func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
func isStatus(c byte) bool { return 'a' <= c && c <= 'z' || isDigit(c) || c == '_' }

// refuseCaseVariants refuses keys that stand where a name of one of paths may
// stand and differ from it only in case: a parser that folds case, as
// encoding/json does, would take them for it.
func (d *Document) refuseCaseVariants(paths []string) error {
	for _, path := range paths {
		n := d.root
		for name := range strings.SplitSeq(path, ":") {
			for _, c := range d.kids(n) {
				if key := d.bytes(c.key); bytes.EqualFold(key, []byte(name)) && string(key) != name {
					return &SyntaxError{Offset: int(c.key.lo), Reason: "a key differs only in case from " + name}
				}
			}
			c, ok := d.child(n, name)
			if !ok || c.kind.scalar() {
				break
			}
			n = c
		}
	}
	return nil
}

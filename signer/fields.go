package signer

import (
	"bytes"
	"fmt"
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
	if err := d.check(&s); err != nil {
		return Fields{}, err
	}
	text, err := d.canonical(&s)
	if err != nil {
		return Fields{}, err
	}
	r := reading{doc: d, form: s.textForm(), paths: &decidedPaths, places: &d.places, text: d.scratch.values[:0]}
	if err := r.usePaths(s.amountPath(), s.currencyPath()); err != nil {
		return Fields{}, err
	}
	if err := r.readValues(); err != nil {
		return Fields{}, err
	}
	d.scratch.values = r.text
	if err := r.oneReading(text, s.join()); err != nil {
		return Fields{}, err
	}
	return r.fields()
}

// A reading is one look at the decided paths of a document.
type reading struct {
	doc    *Document
	form   textForm
	paths  *[len(decidedPaths)]string
	places *places
	text   []byte                   // of all values
	values [len(decidedPaths)]value // the scalars at the decided paths
	wrong  *FieldError              // the first value that has not its form
}

// A value is part of the text of a reading.
type value struct {
	lo, hi uint32
	there  bool
}

func (r *reading) value(i int) []byte { return r.text[r.values[i].lo:r.values[i].hi] }

// usePaths looks for amount and currency where the Scheme has them.
func (r *reading) usePaths(amount, currency string) error {
	if amount == defaultAmountPath && currency == defaultCurrencyPath {
		return nil
	}
	paths, found := decidedPaths, *r.places
	paths[atAmount], paths[atCurrency] = amount, currency
	found[atAmount], found[atCurrency] = place{}, place{}
	r.paths, r.places = &paths, &found
	return r.doc.find(&r.doc.root, newTree(paths[atAmount:], atAmount), &found)
}

// readValues reads the scalars at the decided paths. It refuses documents in
// which another line begins with such a path and ':', as long as no join
// inside a value makes it one; see oneReading for those.
func (r *reading) readValues() error {
	d := r.doc
	for i := range r.places {
		p := r.places[i]
		if p.index == 0 {
			continue
		}
		n, rest := &d.nodes[p.index-1], r.paths[i][len(r.paths[i])-int(p.rest):]
		switch {
		case n.kind == kindNull && r.form.null == NullOmit:
		case rest == "" && n.kind.scalar():
			r.read(i, n)
		case rest == "" && d.hasLine(n, &r.form):
			return fmt.Errorf("%w: %s is no scalar", ErrAmbiguous, r.paths[i])
		case rest != "" && looksLike(d.appendScalar(nil, n, &r.form), rest):
			return fmt.Errorf("%w: a value looks like %s", ErrAmbiguous, r.paths[i])
		}
	}
	return nil
}

func (r *reading) read(i int, n *node) {
	lo := len(r.text)
	r.text = r.doc.appendScalar(r.text, n, &r.form)
	if v := r.text[lo:]; absent(v, &r.form) {
		r.text = r.text[:lo] // no such text holds a join
	} else if reason := wrongForm(i, v); reason != "" && r.wrong == nil {
		r.wrong = &FieldError{r.paths[i], reason}
	}
	r.values[i] = value{uint32(lo), uint32(len(r.text)), true}
}

// looksLike reports whether a line of a scalar further up would be taken for a
// line at path, of which rest is missing.
func looksLike(text []byte, rest string) bool {
	return len(text) > len(rest) && text[len(rest)] == ':' && string(text[:len(rest)]) == rest
}

func (d *Document) hasLine(n *node, f *textForm) bool {
	kids := d.kids(n)
	for i := range kids {
		c := &kids[i]
		if c.kind == kindNull && f.null == NullOmit {
			continue
		}
		if c.kind.scalar() || d.hasLine(c, f) {
			return true
		}
	}
	return false
}

// oneReading is the check that Fields explains. A text with just the joins
// that separate its lines needs no splitting: each line is one segment, and
// readValues has looked at them.
func (r *reading) oneReading(text []byte, join string) error {
	if bytes.Count(text, []byte(join)) < max(r.doc.lines, 1) {
		return nil
	}
	var segments [len(r.paths)]int
	for segment := range bytes.SplitSeq(text, []byte(join)) {
		for i := range r.paths {
			if looksLike(segment, r.paths[i]) {
				segments[i]++
			}
		}
	}
	for i, v := range r.values {
		want := 0
		if v.there {
			want = 1
		}
		if segments[i] != want || bytes.Contains(r.value(i), []byte(join)) {
			return fmt.Errorf("%w: at %s", ErrAmbiguous, r.paths[i])
		}
	}
	return nil
}

// fields returns the values. Their strings share one allocation.
func (r *reading) fields() (Fields, error) {
	if r.wrong != nil {
		return Fields{}, r.wrong
	}
	project := atProject
	if general := r.value(atGeneralProject); len(r.value(atProject)) == 0 {
		project = atGeneralProject
	} else if len(general) > 0 && !bytes.Equal(general, r.value(atProject)) {
		return Fields{}, &FieldError{r.paths[atProject], "differs from general:project_id"}
	}
	text := string(r.text)
	cut := func(i int) string { return text[r.values[i].lo:r.values[i].hi] }
	f := Fields{
		ProjectID: cut(project), PaymentID: cut(atPayment), RequestID: cut(atRequest),
		Status: cut(atStatus), SubStatus: cut(atSubStatus), Currency: cut(atCurrency),
	}
	for _, c := range r.value(atAmount) { // digits
		f.Amount = f.Amount*10 + int64(c-'0')
	}
	return f, nil
}

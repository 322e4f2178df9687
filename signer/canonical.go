package signer

import (
	"bytes"
	"slices"
	"unicode/utf8"
)

// textForm is the part of a Scheme that decides the canonical text. Its zero
// value is the default form.
type textForm struct {
	null  NullForm
	bool  BoolForm
	float FloatForm
	sort  SortOrder
	join  string // "" means the default
}

func (s *Scheme) textForm() textForm {
	f := textForm{s.Null, s.Bool, s.Float, s.Sort, s.Join}
	if f.join == defaultJoin {
		f.join = ""
	}
	return f
}

// literal returns how a null, true or false is written.
func (f *textForm) literal(k kind) string {
	switch k {
	case kindNull:
		return [...]string{NullNone: "None", NullLower: "null", NullEmpty: "", NullOmit: ""}[f.null]
	case kindTrue:
		return [...]string{BoolDigit: "1", BoolLower: "true", BoolTitle: "True"}[f.bool]
	}
	return [...]string{BoolDigit: "0", BoolLower: "false", BoolTitle: "False"}[f.bool]
}

// Canonical returns the text that s signs: one line "path:value" for each
// scalar, sorted and joined. Empty objects and arrays leave no line. Strings
// stand as they are, unescaped.
//
// It fails if s is not valid, and with a [*SyntaxError] if a key holds the Join
// of s or if the text as s writes it is over 4 MiB.
func (d *Document) Canonical(s Scheme) (string, error) {
	if err := d.check(&s); err != nil {
		return "", err
	}
	text, err := d.canonical(&s)
	return string(text), err
}

// AppendCanonical appends the text that [Document.Canonical] returns to dst.
// After an error it returns dst as it was.
func (d *Document) AppendCanonical(dst []byte, s Scheme) ([]byte, error) {
	if err := d.check(&s); err != nil {
		return dst, err
	}
	text, err := d.canonical(&s)
	return append(dst, text...), err
}

// check is Validate, but for a Scheme that the last call has found valid.
func (d *Document) check(s *Scheme) error {
	if *s == d.checked { // at first the default, which is valid
		return nil
	}
	if err := s.Validate(); err != nil {
		return err
	}
	d.checked = *s
	return nil
}

// canonical returns the text of a valid Scheme, which stays good until the
// next Reset or a call with another form.
func (d *Document) canonical(s *Scheme) ([]byte, error) {
	f := s.textForm()
	join := either(f.join, defaultJoin)
	if d.textSet && d.form == f {
		return d.text[min(len(join), len(d.text)):], nil
	}
	if f.join != "" {
		for i := range d.nodes {
			if bytes.Contains(d.bytes(d.nodes[i].key), []byte(f.join)) {
				return nil, &SyntaxError{Reason: "a key holds the join of two lines"}
			}
		}
	}
	d.textSet = false
	w := writer{d: d, form: f, text: d.text[:0], prefix: append(d.scratch.prefix[:0], join...)}
	w.container(&d.root)
	d.text, d.lines, d.form, d.scratch.prefix = w.text, w.lines, f, w.prefix
	if len(w.text)-len(join) > maxText { // not the default form, which Parse has measured
		return nil, &SyntaxError{Reason: tooLong}
	}
	d.textSet = true
	return d.text[min(len(join), len(d.text)):], nil
}

// A writer writes one canonical text, with a join before every line.
type writer struct {
	d      *Document
	form   textForm
	prefix []byte // the join, then the path of the open container with its last ':'
	text   []byte
	lines  int
}

func (w *writer) container(n *node) {
	d, kids := w.d, w.d.kids(n)
	if w.form.sort != SortBytes {
		kids = w.ordered(kids)
	}
	mark, text := len(w.prefix), w.text
	for i := range kids {
		c := &kids[i]
		switch {
		case !c.kind.scalar():
			w.prefix, w.text = append(w.prefix, d.line(c)...), text
			w.container(c)
			w.prefix, text = w.prefix[:mark], w.text
			continue
		case c.kind == kindNull && w.form.null == NullOmit:
			continue
		}
		w.lines++
		text = slices.Grow(text, 3*block) // room for appendShort
		text = appendShort(text, w.prefix, 0, len(w.prefix))
		text = appendShort(text, d.buf, int(c.key.lo), int(c.key.hi)+1)
		if c.kind == kindString {
			text = appendShort(text, d.buf, int(c.val.lo), int(c.val.hi))
		} else {
			text = d.appendScalar(text, c, &w.form)
		}
	}
	w.text = text
}

// block is what most keys and values fit into.
const block = 16

// appendShort appends src[lo:hi]. If that is short, it copies a whole block,
// and the next text overwrites what was too much. No function is called for
// that, so that all else stays in registers: a quarter of the time of writing.
func appendShort(dst, src []byte, lo, hi int) []byte {
	at := len(dst)
	if hi-lo <= block && cap(dst)-at >= block && lo+block <= cap(src) {
		*(*[block]byte)(dst[at : at+block]) = [block]byte(src[lo : lo+block])
		return dst[:at+hi-lo]
	}
	return append(dst, src[lo:hi]...)
}

func (d *Document) appendScalar(dst []byte, n *node, f *textForm) []byte {
	switch n.kind {
	case kindString:
		return append(dst, d.bytes(n.val)...)
	case kindInt, kindFloat:
		return appendNumber(dst, d.bytes(n.val), n.kind, f.float)
	}
	return append(dst, f.literal(n.kind)...)
}

// ordered returns siblings in the order of the form, which is not that of
// SortBytes, in which they lie.
func (w *writer) ordered(siblings []node) []node {
	siblings = slices.Clone(siblings)
	slices.SortFunc(siblings, func(a, b node) int {
		if w.form.sort == SortUTF16 {
			return compareUTF16(w.d.line(&a), w.d.line(&b))
		}
		return bytes.Compare(w.d.path(&a), w.d.path(&b))
	})
	return siblings
}

// path returns what the paths below n begin with: the path of a scalar ends
// with its key, that of a container goes on with ':'.
func (d *Document) path(n *node) []byte {
	if n.kind.scalar() {
		return d.bytes(n.key)
	}
	return d.line(n)
}

// compareUTF16 compares valid UTF-8 by UTF-16 code units, in which characters
// above U+FFFF stand as surrogates, before U+E000 to U+FFFF.
func compareUTF16(a, b []byte) int {
	for len(a) > 0 && len(b) > 0 {
		ra, na := utf8.DecodeRune(a)
		rb, nb := utf8.DecodeRune(b)
		if ra != rb {
			if (ra > 0xFFFF) != (rb > 0xFFFF) {
				ra, rb = firstUnit(ra), firstUnit(rb)
			}
			return int(ra - rb)
		}
		a, b = a[na:], b[nb:]
	}
	return len(a) - len(b)
}

func firstUnit(r rune) rune {
	if r > 0xFFFF {
		return 0xD800
	}
	return r
}

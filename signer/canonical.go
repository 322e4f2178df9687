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
func (f textForm) literal(k kind) string {
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
	if err := s.Validate(); err != nil {
		return "", err
	}
	text, err := d.canonical(&s)
	return string(text), err
}

// canonical returns the text of a valid Scheme, which stays good until the
// next Reset or a call with another form.
func (d *Document) canonical(s *Scheme) ([]byte, error) {
	f := s.textForm()
	if d.textSet && d.form == f {
		return d.text, nil
	}
	if f.join != "" {
		for _, n := range d.nodes {
			if bytes.Contains(d.bytes(n.key), []byte(f.join)) {
				return nil, &SyntaxError{Reason: "a key holds the join of two lines"}
			}
		}
	}
	w := writer{d: d, form: f, join: either(f.join, defaultJoin), text: d.text[:0]}
	w.container(d.root)
	if len(w.text) > maxText { // not the default form, which Parse has measured
		return nil, &SyntaxError{Reason: tooLong}
	}
	d.text, d.lines, d.form, d.textSet = w.text, w.lines, f, true
	return d.text, nil
}

// A writer writes one canonical text.
type writer struct {
	d      *Document
	form   textForm
	join   string
	prefix []byte // path of the open container, with its last ':'
	text   []byte
	lines  int
}

func (w *writer) container(n node) {
	mark := len(w.prefix)
	for _, c := range w.ordered(w.d.kids(n)) {
		if c.kind.scalar() {
			w.line(c)
			continue
		}
		w.prefix = append(append(w.prefix, w.d.bytes(c.key)...), ':')
		w.container(c)
		w.prefix = w.prefix[:mark]
	}
}

func (w *writer) line(n node) {
	if n.kind == kindNull && w.form.null == NullOmit {
		return
	}
	if w.lines > 0 {
		w.text = append(w.text, w.join...)
	}
	w.lines++
	w.text = append(w.text, w.prefix...)
	w.text = append(w.text, w.d.bytes(n.key)...)
	w.text = append(w.text, ':')
	w.text = w.d.appendScalar(w.text, n, w.form)
}

func (d *Document) appendScalar(dst []byte, n node, f textForm) []byte {
	switch n.kind {
	case kindString:
		return append(dst, d.bytes(n.val)...)
	case kindInt, kindFloat:
		return appendNumber(dst, d.bytes(n.val), n.kind, f.float)
	}
	return append(dst, f.literal(n.kind)...)
}

// ordered returns siblings in the order of the form. They lie in that of
// SortBytes already.
func (w *writer) ordered(siblings []node) []node {
	if w.form.sort == SortBytes {
		return siblings
	}
	siblings = slices.Clone(siblings)
	slices.SortFunc(siblings, func(a, b node) int {
		ka, kb := w.d.bytes(a.key), w.d.bytes(b.key)
		if w.form.sort == SortUTF16 {
			return compareUTF16(append(ka[:len(ka):len(ka)], ':'), append(kb[:len(kb):len(kb)], ':'))
		}
		return comparePaths(ka, kb, a.kind.scalar(), b.kind.scalar())
	})
	return siblings
}

// comparePaths orders siblings as their paths order: the path of a scalar ends
// with its key, that of a container goes on with ':'.
func comparePaths(a, b []byte, aEnds, bEnds bool) int {
	if !aEnds {
		a = append(a[:len(a):len(a)], ':')
	}
	if !bEnds {
		b = append(b[:len(b):len(b)], ':')
	}
	return bytes.Compare(a, b)
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

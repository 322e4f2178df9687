package signer

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// ends marks the bytes of w at which plain text ends, each with its highest
// bit: quotes, backslashes and control characters. A mark is the borrow of a
// subtraction, so the lowest one is right, and those above it may be wrong.
func ends(w uint64) uint64 {
	// Flipping one bit puts the quote right behind the control characters.
	control, slash := w^ones*('"'^' '), w^ones*'\\'
	return ((control - ones*(' '+1)) | (slash - ones)) &^ w & highs
}

// marks does the same for ':' and ';', which no key may hold.
func marks(w uint64) uint64 {
	mark := (w | ones) ^ ones*';'
	return (mark - ones) &^ w & highs
}

// str reads a string that is a value. Like key it looks at eight bytes at
// once; the zeros behind the body end the text at the latest.
func (p *parser) str(i int) (next int, err error) {
	lo := i + 1
	var seen, e uint64
	for i = lo; ; i += 8 {
		w := binary.LittleEndian.Uint64(p.src[i : i+8])
		seen |= w
		if e = ends(w); e != 0 {
			break
		}
	}
	hi := i + bits.TrailingZeros64(e)/8
	if p.src[hi] != '"' {
		text, next, err := p.escaped(lo, hi)
		p.leaf(kindString, text)
		return next, err
	}
	if seen&highs != 0 && !utf8.Valid(p.src[lo:hi]) {
		return 0, fail(hi+1, notUTF8)
	}
	p.leaf(kindString, span{uint32(lo), uint32(hi)})
	return hi + 1, nil
}

// key reads the key of the next member, puts a ':' behind it and pushes it.
func (p *parser) key(i int) (next int, err error) {
	lo := i + 1
	var seen, e uint64
	for i = lo; ; i += 8 {
		w := binary.LittleEndian.Uint64(p.src[i : i+8])
		seen |= w
		if e = ends(w) | marks(w); e != 0 {
			break
		}
	}
	hi := i + bits.TrailingZeros64(e)/8
	if p.src[hi] != '"' {
		return p.escapedKey(lo, hi)
	}
	wide := seen&highs != 0
	if wide && !utf8.Valid(p.src[lo:hi]) {
		return 0, fail(hi+1, notUTF8)
	}
	order := orderOf(p.src[lo:lo+8], uint32(hi-lo))
	p.d.buf[hi] = ':' // last: to read around a byte that was just written takes time
	return hi + 1, p.push(hi, span{uint32(lo), uint32(hi)}, order, wide)
}

const (
	markInKey = "a key holds ':' or ';'"
	notUTF8   = "not valid UTF-8"
)

func (p *parser) escapedKey(lo, hi int) (next int, err error) {
	if p.src[hi]|1 == ';' {
		return 0, fail(hi, markInKey)
	}
	text, i, err := p.escaped(lo, hi)
	if err != nil {
		return 0, err
	}
	if bytes.ContainsAny(p.d.bytes(text), ":;") {
		return 0, fail(i, markInKey)
	}
	return i, p.pushBehind(i, text, true)
}

// escaped reads on in a string that began at lo and is plain as far as hi.
func (p *parser) escaped(lo, hi int) (text span, next int, err error) {
	d := p.d
	text.lo = uint32(len(d.buf))
	d.buf = append(d.buf, p.src[lo:hi]...)
	for i := hi; ; {
		switch c := p.src[i]; {
		case c == '"':
			text.hi = uint32(len(d.buf))
			if !utf8.Valid(d.bytes(text)) {
				return span{}, 0, fail(i+1, notUTF8)
			}
			return text, i + 1, nil
		case c == '\\':
			if i, err = p.escape(i + 1); err != nil {
				return span{}, 0, err
			}
		case c >= ' ':
			d.buf = append(d.buf, c)
			i++
		case i == p.end:
			return span{}, 0, fail(i, "a string does not end")
		default:
			return span{}, 0, fail(i, "a control character in a string")
		}
	}
}

// escape appends what the escape stands for whose backslash has been read.
func (p *parser) escape(i int) (int, error) {
	c := p.src[i]
	if c == 'u' {
		return p.unicode(i + 1)
	}
	const letters, stand = `"\/bfnrt`, "\"\\/\b\f\n\r\t"
	for j := range len(letters) {
		if c == letters[j] {
			p.d.buf = append(p.d.buf, stand[j])
			return i + 1, nil
		}
	}
	return 0, fail(i, "no such escape")
}

// unicode appends the character of a \u escape, or of a pair of them.
func (p *parser) unicode(i int) (int, error) {
	r, ok := p.hex4(i)
	i += 4
	if ok && utf16.IsSurrogate(r) {
		if p.src[i] != '\\' || p.src[i+1] != 'u' {
			return 0, fail(i, "half a surrogate pair")
		}
		var low rune
		low, ok = p.hex4(i + 2)
		if r = utf16.DecodeRune(r, low); ok && r == utf8.RuneError {
			return 0, fail(i, "half a surrogate pair")
		}
		i += 6
	}
	if !ok {
		return 0, fail(min(i, p.end), "a \\u escape needs four hex digits")
	}
	p.d.buf = utf8.AppendRune(p.d.buf, r)
	return i, nil
}

func (p *parser) hex4(i int) (r rune, ok bool) {
	for _, c := range p.src[i : i+4] { // the padding holds no digit
		switch {
		case isDigit(c):
			c -= '0'
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

package signer

import (
	"unicode/utf16"
	"unicode/utf8"
)

// str reads a string and returns where its text lies: in the body if it has
// no escapes, else behind it.
func (p *parser) str() (span, error) {
	p.i++
	lo := p.i
	for ; p.i < p.end; p.i++ {
		switch c := p.d.buf[p.i]; {
		case c == '"':
			p.i++
			return span{uint32(lo), uint32(p.i - 1)}, nil
		case c == '\\':
			return p.escaped(lo)
		case c < ' ':
			return span{}, p.fail("a control character in a string")
		}
	}
	return span{}, p.fail("a string does not end")
}

// escaped reads on in a string that began at lo and has an escape at p.i.
func (p *parser) escaped(lo int) (span, error) {
	d := p.d
	start := len(d.buf)
	d.buf = append(d.buf, d.buf[lo:p.i]...)
	for p.i < p.end {
		c := d.buf[p.i]
		p.i++
		switch {
		case c == '"':
			return span{uint32(start), uint32(len(d.buf))}, nil
		case c == '\\':
			if err := p.escape(); err != nil {
				return span{}, err
			}
		case c < ' ':
			return span{}, p.fail("a control character in a string")
		default:
			d.buf = append(d.buf, c)
		}
	}
	return span{}, p.fail("a string does not end")
}

// escape appends what the escape stands for whose backslash has been read.
func (p *parser) escape() error {
	c := p.peek()
	p.i++
	if c == 'u' {
		return p.unicode()
	}
	const letters, stand = `"\/bfnrt`, "\"\\/\b\f\n\r\t"
	for i := range len(letters) {
		if c == letters[i] {
			p.d.buf = append(p.d.buf, stand[i])
			return nil
		}
	}
	return p.fail("no such escape")
}

// unicode appends the character of a \u escape, or of a pair of them.
func (p *parser) unicode() error {
	r, ok := p.hex4()
	if ok && utf16.IsSurrogate(r) {
		if p.peek() != '\\' || p.i+1 >= p.end || p.d.buf[p.i+1] != 'u' {
			return p.fail("half a surrogate pair")
		}
		p.i += 2
		var low rune
		low, ok = p.hex4()
		if r = utf16.DecodeRune(r, low); ok && r == utf8.RuneError {
			return p.fail("half a surrogate pair")
		}
	}
	if !ok {
		return p.fail("a \\u escape needs four hex digits")
	}
	p.d.buf = utf8.AppendRune(p.d.buf, r)
	return nil
}

func (p *parser) hex4() (r rune, ok bool) {
	if p.end-p.i < 4 {
		return 0, false
	}
	for _, c := range p.d.buf[p.i : p.i+4] {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	p.i += 4
	return r, true
}

package signer

import (
	"bytes"
	"math"
	"strconv"
	"unicode/utf8"
)

// Parse reads body, which must be exactly one JSON object (RFC 8259).
//
// Stricter than encoding/json, it refuses with a [*SyntaxError] what two
// parsers could understand differently or what the canonical text can't tell
// apart: invalid UTF-8, lone surrogates, repeated keys, keys that differ only
// in case from the name of a decided field, keys with ':' or ';', numbers that
// overflow a double; and what would cost too much: more than 64 levels, 10,000
// scalars or 20,000 values, or a canonical text over 4 MiB.
//
// Parse copies body.
func Parse(body []byte) (*Document, error) {
	d := new(Document)
	if err := d.Reset(body); err != nil {
		return nil, err
	}
	return d, nil
}

// Reset is [Parse] into the memory of d. After an error d is an empty object.
func (d *Document) Reset(body []byte) error {
	*d = Document{
		buf: append(d.buf[:0], body...), nodes: d.nodes[:0], stack: d.stack[:0],
		text: d.text[:0], message: d.message[:0],
	}
	p := parser{d: d, end: len(body)}
	err := p.document(body)
	if err == nil {
		err = d.refuseCaseVariants(decidedPaths[:])
	}
	if err != nil {
		d.nodes, d.root = d.nodes[:0], node{}
	}
	return err
}

// A parser reads the first end bytes of d.buf. It finds them through d.buf and
// never keeps a slice, because unescaped text is appended behind them.
type parser struct {
	d          *Document
	i, end     int
	depth      int
	prefix     int // length of the path of the open container, with its last ':'
	nodes      int
	leaves     int
	textLength int
}

const tooLong = "canonical text over 4 MiB"

func (p *parser) fail(reason string) error { return &SyntaxError{Offset: p.i, Reason: reason} }

func (p *parser) document(body []byte) error {
	if int64(len(body)) > math.MaxUint32/8 { // spans must reach buf, unescaped text included
		return p.fail("too large")
	}
	if !utf8.Valid(body) {
		return p.fail("not valid UTF-8")
	}
	p.space()
	if p.peek() != '{' {
		return p.fail("not a JSON object")
	}
	if err := p.object(span{}); err != nil {
		return err
	}
	p.d.root, p.d.stack = p.d.stack[0], p.d.stack[:0]
	p.space()
	if p.i != p.end {
		return p.fail("more data after the object")
	}
	return nil
}

// peek returns the next byte, or 0 at the end: no JSON text holds a bare 0.
func (p *parser) peek() byte {
	if p.i < p.end {
		return p.d.buf[p.i]
	}
	return 0
}

func (p *parser) space() {
	for ; p.i < p.end; p.i++ {
		switch p.d.buf[p.i] {
		case ' ', '\t', '\n', '\r':
		default:
			return
		}
	}
}

func (p *parser) value(key span) error {
	switch c := p.peek(); {
	case c == '"':
		val, err := p.str()
		if err != nil {
			return err
		}
		return p.leaf(node{key, val, kindString}, int(val.hi-val.lo))
	case c == '{':
		return p.object(key)
	case c == '[':
		return p.array(key)
	case c == '-' || '0' <= c && c <= '9':
		return p.number(key)
	}
	return p.literal(key)
}

func (p *parser) literal(key span) error {
	rest := p.d.buf[p.i:p.end]
	for _, l := range [...]struct {
		text string
		kind kind
	}{{"null", kindNull}, {"true", kindTrue}, {"false", kindFalse}} {
		if len(rest) >= len(l.text) && string(rest[:len(l.text)]) == l.text {
			p.i += len(l.text)
			return p.leaf(node{key: key, kind: l.kind}, len(textForm{}.literal(l.kind)))
		}
	}
	return p.fail("not a JSON value")
}

// leaf takes in a scalar whose text in the default form has length bytes.
func (p *parser) leaf(n node, length int) error {
	p.leaves++
	if p.leaves > maxLeaves {
		return p.fail("more than 10,000 scalar values")
	}
	p.textLength += p.prefix + int(n.key.hi-n.key.lo) + len(":") + length + len(defaultJoin)
	if p.textLength-len(defaultJoin) > maxText {
		return p.fail(tooLong)
	}
	return p.push(n)
}

func (p *parser) push(n node) error {
	p.nodes++
	if p.nodes > maxNodes {
		return p.fail("more than 20,000 values")
	}
	p.d.stack = append(p.d.stack, n)
	return nil
}

// open enters an object or array. Its members will lie on the stack above mark.
func (p *parser) open(key span) (mark int, err error) {
	p.i++
	p.depth++
	if p.depth > maxDepth {
		return 0, p.fail("more than 64 levels")
	}
	if p.depth > 1 {
		p.prefix += int(key.hi-key.lo) + len(":")
	}
	p.space()
	return len(p.d.stack), nil
}

// close leaves the container: its members go to their final place, sorted, so
// that equal keys lie side by side, and it becomes a member itself.
func (p *parser) close(key span, k kind, mark int) error {
	d := p.d
	p.i++
	p.depth--
	if p.depth > 0 {
		p.prefix -= int(key.hi-key.lo) + len(":")
	}
	members := d.stack[mark:]
	d.sort(members)
	for i := 1; i < len(members); i++ {
		if bytes.Equal(d.bytes(members[i-1].key), d.bytes(members[i].key)) {
			return p.fail("an object has the same key twice")
		}
	}
	lo := len(d.nodes)
	d.nodes = append(d.nodes, members...)
	d.stack = d.stack[:mark]
	return p.push(node{key, span{uint32(lo), uint32(len(d.nodes))}, k})
}

func (p *parser) object(key span) error {
	mark, err := p.open(key)
	if err != nil {
		return err
	}
	if p.peek() == '}' {
		return p.close(key, kindObject, mark)
	}
	for {
		if err := p.member(); err != nil {
			return err
		}
		p.space()
		switch p.peek() {
		case ',':
			p.i++
			p.space()
		case '}':
			return p.close(key, kindObject, mark)
		default:
			return p.fail("expected ',' or '}'")
		}
	}
}

func (p *parser) member() error {
	if p.peek() != '"' {
		return p.fail("expected a key in double quotes")
	}
	key, err := p.str()
	if err != nil {
		return err
	}
	if bytes.IndexByte(p.d.bytes(key), ':') >= 0 || bytes.IndexByte(p.d.bytes(key), ';') >= 0 {
		return p.fail("a key holds ':' or ';'")
	}
	p.space()
	if p.peek() != ':' {
		return p.fail("expected ':'")
	}
	p.i++
	p.space()
	return p.value(key)
}

func (p *parser) array(key span) error {
	mark, err := p.open(key)
	if err != nil {
		return err
	}
	if p.peek() == ']' {
		return p.close(key, kindArray, mark)
	}
	for i := int64(0); ; i++ {
		lo := len(p.d.buf)
		p.d.buf = strconv.AppendInt(p.d.buf, i, 10)
		if err := p.value(span{uint32(lo), uint32(len(p.d.buf))}); err != nil {
			return err
		}
		p.space()
		switch p.peek() {
		case ',':
			p.i++
			p.space()
		case ']':
			return p.close(key, kindArray, mark)
		default:
			return p.fail("expected ',' or ']'")
		}
	}
}

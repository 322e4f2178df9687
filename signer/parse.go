package signer

import (
	"math"
	"strconv"
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
	d.textSet, d.nodes, d.stack = false, d.nodes[:0], d.stack[:0]
	err := d.parse(body)
	d.places = places{}
	if err == nil {
		err = d.find(&d.root, decidedTree, &d.places)
	}
	if err != nil {
		d.nodes, d.root, d.places = d.nodes[:0], node{}, places{}
	}
	return err
}

// padding is what stands behind the body: a zero ends every token, and eight
// bytes can be looked at from anywhere in the body.
const padding = 8

func (d *Document) parse(body []byte) error {
	if int64(len(body)) > math.MaxUint32/8 { // spans must reach buf, unescaped text included
		return &SyntaxError{Reason: "too large"}
	}
	d.buf = append(append(d.buf[:0], body...), make([]byte, padding)...)
	p := parser{d: d, src: d.buf, end: len(body), bound: len(body)}
	if err := p.document(); err != nil {
		return err
	}
	d.root, d.stack = d.stack[0], d.stack[:0]
	if p.bound > maxText && d.measure(&d.root, 0)-len(defaultJoin) > maxText {
		return fail(len(body), tooLong)
	}
	return nil
}

// A parser reads the body, src. What it unescapes it appends to d.buf, which
// may then move away from src; so src is only read, and d.buf only written.
//
// Each value is pushed on d.stack as soon as its key is known. When a
// container ends, its members, which lie above it, move on to d.nodes.
//
// Its methods take the place i at which they read and return the place behind
// what they have read, to keep it in a register.
type parser struct {
	d      *Document
	src    []byte
	end    int // of the body in src
	depth  int
	prefix int // length of the path of the open container, with its last ':'
	opened int // containers so far
	bound  int // the canonical text is not longer
}

func fail(i int, reason string) error { return &SyntaxError{Offset: i, Reason: reason} }

func (p *parser) document() error {
	i := p.space(0)
	if p.src[i] != '{' {
		return fail(i, "not a JSON object")
	}
	p.d.stack = append(p.d.stack, node{})
	i, err := p.object(i)
	if err != nil {
		return err
	}
	if i = p.space(i); i != p.end {
		return fail(i, "more data after the object")
	}
	return nil
}

// space passes over spaces. None or one is the rule.
func (p *parser) space(i int) int {
	if p.src[i] == ' ' {
		i++
	}
	if p.src[i] > ' ' {
		return i
	}
	return p.spaces(i)
}

func (p *parser) spaces(i int) int {
	for {
		switch p.src[i] {
		case ' ', '\t', '\n', '\r':
			i++
		default:
			return i
		}
	}
}

func (p *parser) object(i int) (int, error) {
	mark, i, err := p.open(i)
	if err != nil {
		return 0, err
	}
	if p.src[i] == '}' {
		return p.close(i, kindObject, mark)
	}
	for {
		if p.src[i] != '"' {
			return 0, fail(i, "expected a key in double quotes")
		}
		if i, err = p.key(i); err != nil {
			return 0, err
		}
		if i = p.space(i); p.src[i] != ':' {
			return 0, fail(i, "expected ':'")
		}
		if i, err = p.value(p.space(i + 1)); err != nil {
			return 0, err
		}
		i = p.space(i)
		switch p.src[i] {
		case ',':
			i = p.space(i + 1)
		case '}':
			return p.close(i, kindObject, mark)
		default:
			return 0, fail(i, "expected ',' or '}'")
		}
	}
}

func (p *parser) array(i int) (int, error) {
	mark, i, err := p.open(i)
	if err != nil {
		return 0, err
	}
	if p.src[i] == ']' {
		return p.close(i, kindArray, mark)
	}
	for index := int64(0); ; index++ {
		if err := p.element(i, index); err != nil {
			return 0, err
		}
		if i, err = p.value(i); err != nil {
			return 0, err
		}
		i = p.space(i)
		switch p.src[i] {
		case ',':
			i = p.space(i + 1)
		case ']':
			return p.close(i, kindArray, mark)
		default:
			return 0, fail(i, "expected ',' or ']'")
		}
	}
}

// element pushes the index of an element as its key.
func (p *parser) element(i int, index int64) error {
	d := p.d
	lo := len(d.buf)
	d.buf = append(strconv.AppendInt(d.buf, index, 10), ':')
	return p.push(i, span{uint32(lo), uint32(len(d.buf) - 1)}, 0, true)
}

// value reads what belongs to the key that was pushed last.
func (p *parser) value(i int) (int, error) {
	switch c := p.src[i]; {
	case c == '"':
		return p.str(i)
	case c == '{':
		return p.object(i)
	case c == '[':
		return p.array(i)
	case c == '-' || '0' <= c && c <= '9':
		return p.number(i)
	}
	return p.literal(i)
}

func (p *parser) literal(i int) (int, error) {
	rest := p.src[i:p.end]
	for _, l := range [...]struct {
		text string
		kind kind
	}{{"null", kindNull}, {"true", kindTrue}, {"false", kindFalse}} {
		if len(rest) >= len(l.text) && string(rest[:len(l.text)]) == l.text {
			p.leaf(l.kind, span{})
			return i + len(l.text), nil
		}
	}
	return 0, fail(i, "not a JSON value")
}

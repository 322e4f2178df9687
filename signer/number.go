package signer

import (
	"math"
	"strconv"
)

// number reads a number by the grammar of RFC 8259. One without fraction and
// exponent is an integer, of any length that a double can still hold.
func (p *parser) number(key span) error {
	lo, k := p.i, kindInt
	if p.peek() == '-' {
		p.i++
	}
	if p.peek() == '0' {
		p.i++
	} else if !p.digits() {
		return p.fail("a number needs a digit")
	}
	if p.peek() == '.' {
		p.i++
		k = kindFloat
		if !p.digits() {
			return p.fail("a fraction needs a digit")
		}
	}
	if p.peek()|0x20 == 'e' {
		p.i++
		k = kindFloat
		if p.peek() == '+' || p.peek() == '-' {
			p.i++
		}
		if !p.digits() {
			return p.fail("an exponent needs a digit")
		}
	}
	n := node{key, span{uint32(lo), uint32(p.i)}, k}
	if k == kindFloat || p.i-lo > 300 {
		if _, err := strconv.ParseFloat(string(p.d.bytes(n.val)), 64); err != nil {
			return p.fail("a number that overflows a double")
		}
	}
	return p.leaf(n, p.numberLength(n))
}

func (p *parser) numberLength(n node) int {
	length := int(n.val.hi - n.val.lo)
	if n.kind == kindInt && length > len("-0") {
		return length
	}
	var scratch [32]byte
	return len(p.d.appendScalar(scratch[:0], n, textForm{}))
}

func (p *parser) digits() bool {
	start := p.i
	for p.i < p.end && '0' <= p.d.buf[p.i] && p.d.buf[p.i] <= '9' {
		p.i++
	}
	return p.i > start
}

// appendNumber writes a JSON number as form asks.
func appendNumber(dst, literal []byte, k kind, form FloatForm) []byte {
	switch {
	case form == FloatLiteral:
		return append(dst, literal...)
	case form == FloatJavaScript:
		return appendJavaScript(dst, parseFloat(literal))
	case k == kindFloat:
		return appendPython(dst, parseFloat(literal))
	case string(literal) == "-0":
		return append(dst, '0')
	}
	return append(dst, literal...)
}

func parseFloat(literal []byte) float64 {
	f, err := strconv.ParseFloat(string(literal), 64)
	if err != nil { // Parse has refused it
		panic("signer: a number passed Parse that is none")
	}
	return f
}

// appendPython writes f as Python's repr: the shortest digits that give f
// back, in scientific notation below 1e-4 and from 1e16.
func appendPython(dst []byte, f float64) []byte {
	if abs := math.Abs(f); abs != 0 && (abs < 1e-4 || abs >= 1e16) {
		return strconv.AppendFloat(dst, f, 'e', -1, 64)
	}
	start := len(dst)
	dst = strconv.AppendFloat(dst, f, 'f', -1, 64)
	for _, c := range dst[start:] {
		if c == '.' {
			return dst
		}
	}
	return append(dst, ".0"...)
}

// appendJavaScript writes f as JavaScript's String: the shortest digits, in
// scientific notation below 1e-6 and from 1e21, without a sign on zero.
func appendJavaScript(dst []byte, f float64) []byte {
	abs := math.Abs(f)
	if abs == 0 {
		return append(dst, '0')
	}
	if abs >= 1e-6 && abs < 1e21 {
		return strconv.AppendFloat(dst, f, 'f', -1, 64)
	}
	start := len(dst)
	dst = strconv.AppendFloat(dst, f, 'e', -1, 64)
	// Go writes e-07, JavaScript e-7.
	for i := len(dst) - 1; i > start; i-- {
		if (dst[i-1] == '-' || dst[i-1] == '+') && dst[i] == '0' {
			return append(dst[:i], dst[i+1:]...)
		}
	}
	return dst
}

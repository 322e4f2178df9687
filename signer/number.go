package signer

import (
	"math"
	"strconv"
)

// number reads a number by the grammar of RFC 8259. One without fraction and
// exponent is an integer, of any length that a double can still hold.
func (p *parser) number(i int) (int, error) {
	lo, k := i, kindInt
	if p.src[i] == '-' {
		i++
	}
	if p.src[i] == '0' {
		i++
	} else if i = p.digits(i); !isDigit(p.src[i-1]) {
		return 0, fail(i, "a number needs a digit")
	}
	if p.src[i] == '.' {
		k = kindFloat
		if i = p.digits(i + 1); !isDigit(p.src[i-1]) {
			return 0, fail(i, "a fraction needs a digit")
		}
	}
	if p.src[i]|0x20 == 'e' {
		k = kindFloat
		if i++; p.src[i] == '+' || p.src[i] == '-' {
			i++
		}
		if i = p.digits(i); !isDigit(p.src[i-1]) {
			return 0, fail(i, "an exponent needs a digit")
		}
	}
	if k == kindFloat || i-lo > 300 {
		if _, err := strconv.ParseFloat(string(p.src[lo:i]), 64); err != nil {
			return 0, fail(i, "a number that overflows a double")
		}
	}
	p.leaf(k, span{uint32(lo), uint32(i)})
	return i, nil
}

func (p *parser) digits(i int) int {
	for isDigit(p.src[i]) {
		i++
	}
	return i
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

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

package signer

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
)

// orderOf returns the first eight bytes of key+":" as a number, the first byte
// highest, so that comparing two of them compares the bytes. The key is the
// first n bytes of text, which has at least eight.
func orderOf(text []byte, n uint32) uint64 {
	order := binary.BigEndian.Uint64(text)
	if n < 8 {
		order = order&^(1<<(64-8*n)-1) | ':'<<(56-8*n)
	}
	return order
}

// sort puts siblings into the order of the lines that they head, and reports
// whether two have the same key. Keys hold no ':', so key+":" orders all lines
// below two siblings alike.
func (d *Document) sort(siblings []node) (twice bool) {
	if len(siblings) > 12 {
		slices.SortFunc(siblings, func(a, b node) int {
			if a.order != b.order {
				return cmp.Compare(a.order, b.order)
			}
			return bytes.Compare(d.line(&a), d.line(&b))
		})
	}
	for i := 1; i < len(siblings); i++ {
		if siblings[i-1].order < siblings[i].order {
			continue
		}
		n, j := siblings[i], i
		for ; j > 0 && siblings[j-1].order >= n.order; j-- {
			if prev := &siblings[j-1]; prev.order == n.order {
				c := bytes.Compare(d.line(prev), d.line(&n))
				if c == 0 {
					return true
				}
				if c < 0 {
					break
				}
			}
			siblings[j] = siblings[j-1]
		}
		siblings[j] = n
	}
	return false
}

// appendElements appends the elements of an array in the order of their lines.
// A ':' comes after the digits, so the lines of 1 come after those of 10 to 19,
// and each of these after those of a hundred more: no search is needed.
func appendElements(dst, elements []node) []node {
	if len(elements) <= 10 {
		return append(dst, elements...)
	}
	dst = append(dst, elements[0])
	for first := 1; first <= 9; first++ {
		dst = appendFrom(dst, elements, first)
	}
	return dst
}

// appendFrom appends the elements whose index begins as the decimal i does.
func appendFrom(dst, elements []node, i int) []node {
	for next := 10 * i; next < min(10*i+10, len(elements)); next++ {
		dst = appendFrom(dst, elements, next)
	}
	return append(dst, elements[i])
}

package signer

import (
	"iter"
	"slices"
	"strings"
)

// Limits of a Document, so that hostile input costs bounded time and memory.
const (
	maxDepth  = 64      // objects and arrays inside each other
	maxLeaves = 10_000  // lines of the canonical text
	maxNodes  = 20_000  // values of any kind, empty objects and arrays included
	maxText   = 4 << 20 // bytes of the canonical text
)

// A Document is one JSON object, read once and strictly, from which both the
// canonical text and the decided fields are taken.
//
// A path names a value inside it: the keys on the way joined with ':', array
// elements by their index, as in "payment_info:amount" or "items:0".
//
// The zero Document is an empty object. A Document holds a copy of the body
// and scratch memory, so one must not be used by two goroutines at once.
type Document struct {
	buf   []byte // the body, then unescaped strings and array indexes
	nodes []node // values whose container is complete; siblings lie together, in text order
	root  node
	stack []node // values whose container is still open; empty after Reset

	text    []byte   // the canonical text in form, if textSet
	lines   int      // its lines
	form    textForm // the form of text
	textSet bool
	message []byte // scratch for signing and verifying
}

// A node is one value. Spans point into buf, except that the value of an
// object or array spans its members in nodes.
type node struct {
	key, val span
	kind     kind
}

type span struct{ lo, hi uint32 }

type kind uint8

const (
	kindObject kind = iota
	kindArray
	kindString
	kindInt
	kindFloat
	kindTrue
	kindFalse
	kindNull
)

func (k kind) scalar() bool { return k > kindArray }

func (d *Document) bytes(s span) []byte { return d.buf[s.lo:s.hi] }
func (d *Document) kids(n node) []node  { return d.nodes[n.val.lo:n.val.hi] }

// child finds the member of container n whose key is name.
func (d *Document) child(n node, name string) (node, bool) {
	for _, c := range d.kids(n) {
		if string(d.bytes(c.key)) == name {
			return c, true
		}
	}
	return node{}, false
}

// Text returns the value at path as the canonical text of the default Scheme
// has it: None for null, 1 for true. It reports false if there is no value at
// path, or an object or array.
func (d *Document) Text(path string) (string, bool) {
	n := d.root
	for name := range strings.SplitSeq(path, ":") {
		if n.kind.scalar() {
			return "", false
		}
		var ok bool
		if n, ok = d.child(n, name); !ok {
			return "", false
		}
	}
	if !n.kind.scalar() {
		return "", false
	}
	return string(d.appendScalar(nil, n, textForm{})), true
}

// All yields each path with its value, as Text has it, in the order of the
// canonical text of the default Scheme.
func (d *Document) All() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) { d.walk(nil, d.root, yield) }
}

func (d *Document) walk(prefix []byte, n node, yield func(string, string) bool) bool {
	for _, c := range d.kids(n) {
		path := append(prefix, d.bytes(c.key)...)
		if c.kind.scalar() {
			if !yield(string(path), string(d.appendScalar(nil, c, textForm{}))) {
				return false
			}
		} else if !d.walk(append(path, ':'), c, yield) {
			return false
		}
	}
	return true
}

// sort puts siblings into the order of the lines they head. Keys hold no ':',
// so key+":" orders all lines below two siblings alike; see compareKeys.
func (d *Document) sort(siblings []node) {
	slices.SortFunc(siblings, func(a, b node) int {
		return compareKeys(d.bytes(a.key), d.bytes(b.key))
	})
}

// compareKeys compares a+":" with b+":" without writing them.
func compareKeys(a, b []byte) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return int(a[i]) - int(b[i])
		}
	}
	switch {
	case len(a) > n:
		return int(a[n]) - ':'
	case len(b) > n:
		return ':' - int(b[n])
	}
	return 0
}

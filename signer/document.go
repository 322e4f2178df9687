package signer

import (
	"iter"
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
	// buf is the body with some zeros behind it, then unescaped strings and
	// array indexes. Behind each key stands a ':' in place of its quote, so
	// that a key is ready to be compared and written.
	buf    []byte
	nodes  []node // values whose container is complete; siblings lie together, in text order
	root   node
	stack  []node // values whose container is still open; empty after Reset
	places places // where the decided paths of the default Scheme lead

	text    []byte   // the canonical text in form, if textSet, after a first join
	lines   int      // its lines
	form    textForm // the form of text
	textSet bool
	checked Scheme // the last one that was found valid
	scratch scratch
}

// scratch is memory that is used again.
type scratch struct {
	prefix    []byte   // of a writer
	values    []byte   // of a reading
	message   []byte   // what is signed
	signature []byte   // decoded
	digest    [32]byte // of the message
}

// A node is one value. Spans point into buf, except that the value of an
// object or array spans its members in nodes.
type node struct {
	order    uint64 // the first bytes of key+":", the first highest: most siblings differ here
	key, val span
	kind     kind
	wide     bool // the key may be more than ASCII, or is an index, which has no order
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
func (d *Document) kids(n *node) []node { return d.nodes[n.val.lo:n.val.hi] }

// line returns the key of n and the ':' behind it.
func (d *Document) line(n *node) []byte { return d.buf[n.key.lo : n.key.hi+1] }

// child finds the member of container n whose key is name.
func (d *Document) child(n *node, name string) *node {
	kids := d.kids(n)
	for i := range kids {
		if string(d.bytes(kids[i].key)) == name {
			return &kids[i]
		}
	}
	return nil
}

// Text returns the value at path as the canonical text of the default Scheme
// has it: None for null, 1 for true. It reports false if there is no value at
// path, or an object or array.
func (d *Document) Text(path string) (string, bool) {
	n := &d.root
	for name := range strings.SplitSeq(path, ":") {
		if n.kind.scalar() {
			return "", false
		}
		if n = d.child(n, name); n == nil {
			return "", false
		}
	}
	if !n.kind.scalar() {
		return "", false
	}
	return string(d.appendScalar(nil, n, &textForm{})), true
}

// All yields each path with its value, as Text has it, in the order of the
// canonical text of the default Scheme.
func (d *Document) All() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) { d.walk(nil, &d.root, yield) }
}

func (d *Document) walk(prefix []byte, n *node, yield func(string, string) bool) bool {
	kids := d.kids(n)
	for i := range kids {
		c := &kids[i]
		if !c.kind.scalar() {
			if !d.walk(append(prefix, d.line(c)...), c, yield) {
				return false
			}
			continue
		}
		path := append(prefix, d.bytes(c.key)...)
		if !yield(string(path), string(d.appendScalar(nil, c, &textForm{}))) {
			return false
		}
	}
	return true
}

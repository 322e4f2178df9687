package signer

// Each value is pushed on the stack of the document as soon as its key is
// known. When a container ends, its members, which lie above it, move on to
// nodes.

const (
	tooMany = "more than 20,000 values"
	tooLong = "canonical text over 4 MiB"
)

// push takes in the next value of the open container, of which the key is
// known. It sets one field after the other: copying a node that was just put
// together would wait for its parts.
func (p *parser) push(i int, key span, order uint64, wide bool) error {
	d := p.d
	if len(d.stack) > maxNodes {
		return fail(i, tooMany)
	}
	d.stack = append(d.stack, node{})
	n := &d.stack[len(d.stack)-1]
	n.order, n.key, n.wide = order, key, wide
	return nil
}

// pushBehind pushes a key that is the end of d.buf, and puts a ':' behind it.
func (p *parser) pushBehind(i int, key span, wide bool) error {
	d := p.d
	d.buf = append(d.buf, ":\x00\x00\x00\x00\x00\x00\x00"...) // orderOf looks at eight bytes
	return p.push(i, key, orderOf(d.buf[key.lo:key.lo+8], key.hi-key.lo), wide)
}

// leaf completes the value that was pushed last as a scalar.
func (p *parser) leaf(k kind, val span) {
	n := &p.d.stack[len(p.d.stack)-1]
	n.kind, n.val = k, val
}

// open enters the value that was pushed last as an object or array. Its
// members will lie on the stack above mark.
func (p *parser) open(i int) (mark, next int, err error) {
	p.opened++
	p.depth++
	if p.depth > maxDepth {
		return 0, 0, fail(i, "more than 64 levels")
	}
	mark = len(p.d.stack)
	if p.depth > 1 {
		p.prefix += len(p.d.line(&p.d.stack[mark-1]))
	}
	return mark, p.space(i + 1), nil
}

// growth is how much longer a line can be than its path and value in the body:
// an index is written, or a float in full.
const growth = 32

// close leaves it: its members go to their final place, sorted.
func (p *parser) close(i int, k kind, mark int) (int, error) {
	d := p.d
	if values := len(d.nodes) + len(d.stack); values > maxNodes {
		return 0, fail(i, tooMany)
	} else if values-p.opened > maxLeaves {
		return 0, fail(i, "more than 10,000 scalar values")
	}
	members := d.stack[mark:]
	p.bound += len(members) * (p.prefix + growth)
	n := &d.stack[mark-1]
	n.kind, n.val.lo = k, uint32(len(d.nodes))
	if k == kindArray {
		d.nodes = appendElements(d.nodes, members)
	} else if d.sort(members) {
		return 0, fail(i+1, "an object has the same key twice")
	} else {
		d.nodes = append(d.nodes, members...)
	}
	n.val.hi = uint32(len(d.nodes))
	d.stack = d.stack[:mark]
	p.depth--
	if p.depth > 0 {
		p.prefix -= len(d.line(n))
	}
	return i + 1, nil
}

// measure returns the length of the canonical text of the default Scheme with
// a join before every line, of which prefix bytes stand before each key.
func (d *Document) measure(n *node, prefix int) (length int) {
	var text [64]byte
	kids := d.kids(n)
	for i := range kids {
		c := &kids[i]
		path := prefix + len(d.line(c))
		switch {
		case !c.kind.scalar():
			length += d.measure(c, path)
		case c.kind == kindString:
			length += len(defaultJoin) + path + len(d.bytes(c.val))
		default:
			length += len(defaultJoin) + path + len(d.appendScalar(text[:0], c, &textForm{}))
		}
	}
	return length
}

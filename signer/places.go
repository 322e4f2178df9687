package signer

import (
	"bytes"
	"strings"
)

// The decided paths, in the order of Fields. The last two are those of the
// default Scheme.
var decidedPaths = [...]string{
	"project_id", "general:project_id", "general:payment_id", "general:request_id",
	"status:status", "status:sub_status", defaultAmountPath, defaultCurrencyPath,
}

const (
	atProject = iota
	atGeneralProject
	atPayment
	atRequest
	atStatus
	atSubStatus
	atAmount
	atCurrency
)

// A place is where a decided path leads. The zero place is nowhere.
type place struct {
	index uint32 // in nodes, plus 1
	rest  uint32 // how many bytes of the path are left, where a scalar ends it
}

type places [len(decidedPaths)]place

// A branch is a name on decided paths, and what lies below it.
type branch struct {
	name  string
	order uint64
	paths []decidedPath // those that begin here
	below []branch
}

type decidedPath struct {
	index int
	rest  uint32 // bytes behind the name and its ':', or 0
}

// decidedTree has the decided paths of the default Scheme.
var decidedTree = newTree(decidedPaths[:], 0)

// newTree makes a tree of paths, the first of which has the index first.
func newTree(paths []string, first int) (tree []branch) {
	for i, path := range paths {
		tree = addPath(tree, path, first+i)
	}
	return tree
}

func addPath(tree []branch, path string, index int) []branch {
	name, rest, more := strings.Cut(path, ":")
	i := 0
	for i < len(tree) && tree[i].name != name {
		i++
	}
	if i == len(tree) {
		padded := name + "\x00\x00\x00\x00\x00\x00\x00\x00"
		tree = append(tree, branch{name: name, order: orderOf([]byte(padded), uint32(len(name)))})
	}
	b := &tree[i]
	b.paths = append(b.paths, decidedPath{index, uint32(len(rest))})
	if more {
		b.below = addPath(b.below, rest, index)
	}
	return tree
}

// caseBits are those in which the cases of an ASCII letter differ.
const caseBits = ones * 0x20

// find looks for the names of a tree among the members of n. It refuses keys
// that differ only in case from one: a parser that folds case, as
// encoding/json does, would take them for it.
func (d *Document) find(n *node, tree []branch, found *places) error {
	for i := n.val.lo; i < n.val.hi; i++ {
		c := &d.nodes[i]
		for j := range tree {
			b := &tree[j]
			if (c.order^b.order)&^caseBits != 0 && !c.wide {
				continue
			}
			key := d.bytes(c.key)
			if string(key) == b.name {
				if err := d.follow(i, b, found); err != nil {
					return err
				}
			} else if bytes.EqualFold(key, []byte(b.name)) {
				return fail(int(c.key.lo), "a key differs only in case from "+b.name)
			}
		}
	}
	return nil
}

// follow notes that b was found at index i of the nodes, and goes on below.
func (d *Document) follow(i uint32, b *branch, found *places) error {
	c := &d.nodes[i]
	for _, p := range b.paths {
		if c.kind.scalar() || p.rest == 0 {
			found[p.index] = place{i + 1, p.rest}
		}
	}
	if c.kind.scalar() {
		return nil
	}
	return d.find(c, b.below, found)
}

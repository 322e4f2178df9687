package main

import (
	"fmt"
	"go/ast"
	"strings"
)

// A mutant is one way to break the code.
type mutant struct {
	id   int
	file string
	line int
	in   string // the function
	what string // what is changed into what
	fate fate

	node ast.Node
	kind kind
	text string // what stands there instead
	typ  string // of the expression
}

// A fate is what became of a mutant.
type fate int

const (
	survived fate = iota
	killed
	hung    // killed too, but by the limits of time and memory
	unbuilt // the compiler doesn't take it
)

func (f fate) String() string {
	return [...]string{"survives", "killed", "killed by a limit", "not compiled"}[f]
}

// A kind says how a mutant is written into the code.
type kind int

const (
	condition kind = iota // an expression that is true or false
	value                 // any other expression
	dropped               // a statement that is left out
	replaced              // a statement that ends the function
	skipped               // a loop without a round
)

// key names a mutant in the list of survivors. It does not change when lines
// move, and not for what is changed elsewhere in the function.
func (m *mutant) key(dir string) string { return fmt.Sprintf("%s %s: %s", dir, m.in, m.what) }

// number tells apart mutants that read the same.
func number(all []*mutant) {
	seen := map[string]int{}
	for _, m := range all {
		k := m.in + "\x00" + m.what
		if seen[k]++; seen[k] > 1 {
			m.what += fmt.Sprintf(" (%d)", seen[k])
		}
	}
}

// oneLine is source text on one line, of bearable length.
func oneLine(src string) string {
	const most = 100
	s := strings.Join(strings.Fields(src), " ")
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}

package main

import (
	"fmt"
	"go/ast"
	"go/token"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// switchFile is added to the package; it says which mutant is the one.
const switchFile = "mutate_switch.go"

// mutantVar names the mutant in the environment of a test, traceVar the file
// that takes the numbers of those that it reaches.
const mutantVar, traceVar = "MUTATE_MUTANT", "MUTATE_TRACE"

const switchSource = `package %s

import (
	"os"
	"strconv"
	"sync/atomic"
)

var active__, _ = strconv.Atoi(os.Getenv("` + mutantVar + `"))

var trace__ = openTrace__()

var reached__ [%d]atomic.Bool

func openTrace__() *os.File {
	name := os.Getenv("` + traceVar + `")
	if name == "" {
		return nil
	}
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		panic(err)
	}
	return f
}

func m__(id int) bool {
	if trace__ != nil {
		note__(id)
	}
	return id == active__
}

func note__(id int) {
	if !reached__[id].Load() && reached__[id].CompareAndSwap(false, true) {
		_, _ = trace__.WriteString(strconv.Itoa(id) + "\n")
	}
}
`

// A renderer writes a file with all its mutants in it.
type renderer struct {
	fset *token.FileSet
	src  []byte
	at   map[ast.Node][]*mutant
}

// render returns the text of each file, with the mutants that can be built. It
// asks the type checker, leaves out what it complains of, and asks again.
func render(p *pkg, all []*mutant) (map[string][]byte, error) {
	const rounds = 20
	for range rounds {
		src := p.write(all)
		broken := map[int]bool{}
		_, _, _, err := p.check(src, func(at token.Position, err error) {
			if name := at.Filename; src[name] != nil {
				for _, id := range idsAt(src[name], at.Offset) {
					broken[id] = true
				}
			}
		})
		if err == nil {
			return src, nil
		}
		if len(broken) == 0 {
			return nil, fmt.Errorf("the copy with the mutants: %w", err)
		}
		for _, m := range all {
			if broken[m.id] {
				m.fate = unbuilt
			}
		}
	}
	return nil, fmt.Errorf("the copy with the mutants doesn't build after %d rounds", rounds)
}

func (p *pkg) write(all []*mutant) map[string][]byte {
	at := map[ast.Node][]*mutant{}
	for _, m := range all {
		if m.fate != unbuilt {
			at[m.node] = append(at[m.node], m)
		}
	}
	src := map[string][]byte{switchFile: fmt.Appendf(nil, switchSource, p.types.Name(), len(all)+1)}
	for i, file := range p.files {
		r := &renderer{p.fset, p.src[p.names[i]], at}
		src[p.names[i]] = r.file(file)
	}
	return src
}

var mark = regexp.MustCompile(`/\*(<?)((?:\d+ )+)(>?)\*/`)

// idsAt returns the mutants of the innermost node around an offset.
func idsAt(src []byte, offset int) (ids []int) {
	var open []string
	for _, m := range mark.FindAllSubmatchIndex(src, -1) {
		if m[0] > offset {
			break
		}
		if m[2] < m[3] {
			open = append(open, string(src[m[4]:m[5]]))
		} else {
			open = open[:len(open)-1]
		}
	}
	if len(open) == 0 {
		return nil
	}
	for _, id := range strings.Fields(open[len(open)-1]) {
		n, _ := strconv.Atoi(id)
		ids = append(ids, n)
	}
	return ids
}

func (r *renderer) file(f *ast.File) []byte {
	var out strings.Builder
	last := 0
	for _, d := range f.Decls {
		if d, ok := d.(*ast.FuncDecl); ok && d.Body != nil {
			out.Write(r.src[last:r.offset(d.Body.Pos())])
			out.WriteString(r.node(d.Body))
			last = r.offset(d.Body.End())
		}
	}
	out.Write(r.src[last:])
	return []byte(out.String())
}

func (r *renderer) offset(p token.Pos) int { return r.fset.Position(p).Offset }

// node is the text of a node with all mutants at it and in it.
func (r *renderer) node(n ast.Node) string {
	text := r.inside(n)
	all := r.at[n]
	if len(all) == 0 {
		return text
	}
	ids := ""
	for _, m := range all {
		ids += strconv.Itoa(m.id) + " "
	}
	return " /*<" + ids + "*/" + broken(all, text) + "/*" + ids + ">*/"
}

// inside is the text of a node with the mutants in it.
func (r *renderer) inside(n ast.Node) string {
	var children []ast.Node
	ast.Inspect(n, func(c ast.Node) bool {
		switch c.(type) {
		case nil, *ast.CommentGroup, *ast.FuncType:
			return false
		}
		if c != n && c.Pos() >= n.Pos() {
			children = append(children, c)
		}
		return c == n
	})
	slices.SortFunc(children, func(a, b ast.Node) int { return int(a.Pos() - b.Pos()) })
	var out strings.Builder
	last := n.Pos()
	for _, c := range children {
		out.Write(r.src[r.offset(last):r.offset(c.Pos())])
		out.WriteString(r.node(c))
		last = c.End()
	}
	out.Write(r.src[r.offset(last):r.offset(n.End())])
	return out.String()
}

// broken is text with the mutants that stand for it, in one go.
func broken(all []*mutant, text string) string {
	switch all[0].kind {
	case condition:
		ways, plain := "", ""
		for _, m := range all {
			ways += fmt.Sprintf("m__(%d) && (%s) || ", m.id, m.text)
			plain += fmt.Sprintf("!m__(%d) && ", m.id)
		}
		return "(" + ways + plain + "(" + text + "))"
	case value:
		ways := ""
		for _, m := range all {
			ways += fmt.Sprintf("if m__(%d) { return %s }; ", m.id, m.text)
		}
		return "func() " + all[0].typ + " { " + ways + "return " + text + " }()"
	case replaced:
		ways := ""
		for _, m := range all {
			ways += fmt.Sprintf("if m__(%d) { %s }; ", m.id, m.text)
		}
		return ways + text
	case dropped:
		return fmt.Sprintf("if !m__(%d) { %s }", all[0].id, text)
	default: // skipped: the text is a block
		return fmt.Sprintf("{ if m__(%d) { break }; %s", all[0].id, strings.TrimPrefix(text, "{"))
	}
}

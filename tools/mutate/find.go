package main

import (
	"go/ast"
	"go/token"
	"go/types"
	"path/filepath"
	"regexp"
)

// A finder collects the mutants of a package.
type finder struct {
	*pkg
	src   []byte // of the file it is in
	name  string
	in    string // the function it is in
	found []*mutant
}

// find returns the mutants of the functions that match in the files that match.
func find(p *pkg, t Target) []*mutant {
	functions := regexp.MustCompile(t.Functions)
	f := &finder{pkg: p}
	for i, file := range p.files {
		f.name, f.src = p.names[i], p.src[p.names[i]]
		if !t.has(f.name) {
			continue
		}
		for _, d := range file.Decls {
			if d, ok := d.(*ast.FuncDecl); ok && d.Body != nil {
				if f.in = nameOf(d, f.text); functions.MatchString(f.in) {
					ast.PreorderStack(d.Body, []ast.Node{d}, f.visit)
				}
			}
		}
	}
	for i, m := range f.found {
		m.id = i + 1
	}
	number(f.found)
	return f.found
}

// has reports whether the file is one of the target.
func (t *Target) has(file string) bool {
	for _, pattern := range t.Files {
		if ok, _ := filepath.Match(pattern, file); ok {
			return true
		}
	}
	return len(t.Files) == 0
}

// nameOf is a function's name, with its receiver.
func nameOf(d *ast.FuncDecl, text func(ast.Node) string) string {
	if d.Recv == nil {
		return d.Name.Name
	}
	receiver := text(d.Recv.List[0].Type)
	if _, ok := d.Recv.List[0].Type.(*ast.StarExpr); ok {
		receiver = "(" + receiver + ")"
	}
	return receiver + "." + d.Name.Name
}

// fileOf returns the file that has a function.
func (p *pkg) fileOf(function string) (file string, ok bool) {
	for i, f := range p.files {
		for _, d := range f.Decls {
			if d, ok := d.(*ast.FuncDecl); ok && nameOf(d, func(n ast.Node) string { return p.text(p.names[i], n) }) == function {
				return p.names[i], true
			}
		}
	}
	return "", false
}

// text is the source of a node.
func (p *pkg) text(file string, n ast.Node) string {
	return string(p.src[file][p.fset.Position(n.Pos()).Offset:p.fset.Position(n.End()).Offset])
}

func (f *finder) text(n ast.Node) string { return f.pkg.text(f.name, n) }

// visit collects the mutants of one node. stack is what is around it.
func (f *finder) visit(n ast.Node, stack []ast.Node) bool {
	switch n := n.(type) {
	case *ast.GenDecl:
		return n.Tok == token.VAR
	case *ast.KeyValueExpr:
		f.field(n, stack)
	case ast.Expr:
		tv := f.info.Types[n]
		switch {
		case tv.IsType():
			return false
		case tv.Value != nil:
			f.constant(n, stack)
			return false
		case isBool(tv.Type):
			f.truth(n, stack)
		}
		f.operation(n)
	case *ast.RangeStmt:
		f.add(n, skipped, n.Body, "", "", "for "+f.header(n)+" → no round", stack)
	case ast.Stmt:
		if inList(n, stack[len(stack)-1]) {
			f.statement(n, stack)
		}
	}
	return true
}

// add collects one mutant. at is the node that is written anew.
func (f *finder) add(n ast.Node, k kind, at ast.Node, text, typ, what string, stack []ast.Node) {
	if c := f.context(n, stack); c != "" && c != what {
		what += " in " + c
	}
	f.found = append(f.found, &mutant{
		file: f.name, line: f.fset.Position(n.Pos()).Line, in: f.in, what: what, node: at, kind: k, text: text, typ: typ,
	})
}

// context is the statement around an expression, as far as it fits on a line.
func (f *finder) context(n ast.Node, stack []ast.Node) string {
	if _, ok := n.(ast.Stmt); ok {
		return ""
	}
	for i := len(stack) - 1; i >= 0; i-- {
		switch s := stack[i].(type) {
		case *ast.IfStmt:
			return "if " + oneLine(f.text(s.Cond))
		case *ast.CaseClause:
			return oneLine(string(f.src[f.offset(s.Pos()) : f.offset(s.Colon)+1]))
		case *ast.RangeStmt:
			return "for " + f.header(s)
		case *ast.ForStmt:
			return "for " + oneLine(string(f.src[f.offset(s.Pos())+len("for"):f.offset(s.Body.Pos())]))
		case *ast.KeyValueExpr:
			return oneLine(f.text(s))
		case ast.Stmt:
			return oneLine(f.text(s))
		}
	}
	return ""
}

func (f *finder) header(s *ast.RangeStmt) string {
	return oneLine(string(f.src[f.offset(s.Pos())+len("for") : f.offset(s.Body.Pos())]))
}

func (f *finder) offset(p token.Pos) int { return f.fset.Position(p).Offset }

func isBool(t types.Type) bool {
	return t == types.Typ[types.Bool] || t == types.Typ[types.UntypedBool]
}

// typeName is how t is written in this package.
func (f *finder) typeName(t types.Type) string {
	return types.TypeString(t, func(p *types.Package) string {
		if p == f.types {
			return ""
		}
		return p.Name()
	})
}

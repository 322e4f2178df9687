package main

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"slices"
)

// What is broken, and what is not because another mutant is always noticed with
// it: a condition is made true and made false, which a negation adds nothing
// to; an operand of && or || is left out, which an exchange of the two adds
// nothing to.

// constant breaks a constant expression: numbers by one, true and false, and
// what a case compares with. Texts elsewhere are messages or data.
func (f *finder) constant(n ast.Expr, stack []ast.Node) {
	tv, parent := f.info.Types[n], stack[len(stack)-1]
	typ := f.typeName(tv.Type)
	text := f.text(n)
	switch basic, _ := tv.Type.Underlying().(*types.Basic); {
	case basic == nil || basic.Info()&types.IsUntyped != 0 && !isBool(tv.Type):
		return
	case f.besideError(n, stack) || isCapacity(n, parent):
		return
	case isBool(tv.Type):
		f.add(n, condition, n, map[bool]string{true: "false", false: "true"}[constant.BoolVal(tv.Value)], "",
			text+" → "+map[bool]string{true: "false", false: "true"}[constant.BoolVal(tv.Value)], stack)
	case isCase(n, stack) && basic.Info()&types.IsString != 0:
		f.add(n, value, n, "("+text+`)+"\x00"`, typ, text+" → another", stack)
	case isCase(n, stack) && basic.Info()&types.IsInteger != 0:
		f.add(n, value, n, "^"+typ+"("+text+")", typ, text+" → another", stack)
	case basic.Info()&types.IsInteger != 0:
		f.add(n, value, n, "("+text+")+1", typ, text+" → "+text+" + 1", stack)
		if constant.Sign(tv.Value) > 0 || basic.Info()&types.IsUnsigned == 0 {
			f.add(n, value, n, "("+text+")-1", typ, text+" → "+text+" - 1", stack)
		}
	}
}

// isCase reports whether n is what a case compares with.
func isCase(n ast.Expr, stack []ast.Node) bool {
	clause, ok := stack[len(stack)-1].(*ast.CaseClause)
	return ok && slices.Contains(clause.List, n)
}

// isCapacity reports whether n only reserves memory.
func isCapacity(n ast.Expr, parent ast.Node) bool {
	call, ok := parent.(*ast.CallExpr)
	if !ok {
		return false
	}
	name, ok := call.Fun.(*ast.Ident)
	return ok && name.Name == "make" && len(call.Args) == 3 && call.Args[2] == n
}

// besideError reports whether n is returned together with an error, where
// nobody looks at it.
func (f *finder) besideError(n ast.Expr, stack []ast.Node) bool {
	r, ok := stack[len(stack)-1].(*ast.ReturnStmt)
	if !ok || len(r.Results) < 2 {
		return false
	}
	last := r.Results[len(r.Results)-1]
	return last != n && isError(f.info.Types[last].Type) && !f.info.Types[last].IsNil()
}

func isError(t types.Type) bool {
	return t != nil && types.Identical(t, types.Universe.Lookup("error").Type())
}

// truth breaks what is true or false.
func (f *finder) truth(n ast.Expr, stack []ast.Node) {
	parent := parentOf(stack)
	if f.isRoot(n, parent) && !f.besideError(n, stack) {
		f.add(n, condition, n, "false", "", oneLine(f.text(n))+" → false", stack)
		if _, loop := parent.(*ast.ForStmt); !loop {
			f.add(n, condition, n, "true", "", oneLine(f.text(n))+" → true", stack)
		}
	}
	b, ok := n.(*ast.BinaryExpr)
	if !ok {
		return
	}
	x, y := f.text(b.X), f.text(b.Y)
	switch b.Op {
	case token.LAND, token.LOR:
		f.add(n, condition, n, y, "", oneLine(x+" "+b.Op.String())+" → left out", stack)
		f.add(n, condition, n, x, "", oneLine(b.Op.String()+" "+y)+" → left out", stack)
	case token.LSS, token.LEQ, token.GTR, token.GEQ:
		other := map[token.Token]string{token.LSS: "<=", token.LEQ: "<", token.GTR: ">=", token.GEQ: ">"}[b.Op]
		f.add(n, condition, n, x+" "+other+" "+y, "", oneLine(f.text(n))+" → "+other, stack)
	}
}

// parentOf is what is around a node, but for parentheses.
func parentOf(stack []ast.Node) ast.Node {
	for i := len(stack) - 1; ; i-- {
		if _, ok := stack[i].(*ast.ParenExpr); !ok {
			return stack[i]
		}
	}
}

// isRoot reports whether n is all that is true or false at its place: all of a
// condition, a result, or a value that is calculated.
func (f *finder) isRoot(n ast.Expr, parent ast.Node) bool {
	switch p := parent.(type) {
	case *ast.IfStmt, *ast.ForStmt, *ast.ReturnStmt:
		return true
	case *ast.CaseClause:
		return true
	case *ast.BinaryExpr:
		return p.Op != token.LAND && p.Op != token.LOR && calculated(n)
	case *ast.UnaryExpr:
		return p.Op != token.NOT && calculated(n)
	}
	return calculated(n)
}

func calculated(n ast.Expr) bool {
	switch n.(type) {
	case *ast.BinaryExpr, *ast.UnaryExpr:
		return true
	}
	return false
}

var opposite = map[token.Token]string{
	token.ADD: "-", token.SUB: "+", token.MUL: "/", token.QUO: "*", token.REM: "*",
	token.AND: "|", token.OR: "&", token.XOR: "&", token.AND_NOT: "&", token.SHL: ">>", token.SHR: "<<",
}

// operation breaks arithmetic.
func (f *finder) operation(n ast.Expr) {
	t := f.info.Types[n].Type
	if t == nil {
		return
	}
	basic, ok := t.Underlying().(*types.Basic)
	if !ok || basic.Info()&types.IsNumeric == 0 {
		return
	}
	switch n := n.(type) {
	case *ast.BinaryExpr:
		if other := opposite[n.Op]; other != "" {
			f.add(n, value, n, "("+f.text(n.X)+") "+other+" ("+f.text(n.Y)+")", f.typeName(t), oneLine(f.text(n))+" → "+other, nil)
		}
	case *ast.UnaryExpr:
		if n.Op == token.SUB {
			f.add(n, value, n, f.text(n.X), f.typeName(t), oneLine(f.text(n))+" → "+oneLine(f.text(n.X)), nil)
		}
	}
}

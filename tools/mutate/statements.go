package main

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// inList reports whether n is a statement of a block, which can be left out or
// have another before it.
func inList(n ast.Stmt, parent ast.Node) bool {
	switch p := parent.(type) {
	case *ast.BlockStmt:
		return true
	case *ast.CaseClause:
		return slices.Contains(p.Body, n)
	case *ast.CommClause:
		return slices.Contains(p.Body, n)
	}
	return false
}

// statement leaves a statement out, or returns something else.
func (f *finder) statement(n ast.Stmt, stack []ast.Node) {
	switch s := n.(type) {
	case *ast.ReturnStmt:
		f.returns(s, stack)
		return
	case *ast.ExprStmt:
		if call, ok := s.X.(*ast.CallExpr); ok && f.text(call.Fun) == "panic" {
			return
		}
	case *ast.AssignStmt:
		if s.Tok == token.DEFINE || f.text(s.Lhs[0]) == "_" && len(s.Lhs) == 1 {
			return
		}
	case *ast.BranchStmt:
		if s.Tok != token.BREAK && s.Tok != token.CONTINUE {
			return
		}
	case *ast.IncDecStmt, *ast.DeferStmt, *ast.GoStmt, *ast.SendStmt:
	default:
		return
	}
	f.add(n, dropped, n, "", "", oneLine(f.text(n))+" → left out", stack)
}

// returns breaks what a function returns, one result at a time: an error
// becomes nil, another result nothing. Numbers and truths are broken where they
// stand.
func (f *finder) returns(s *ast.ReturnStmt, stack []ast.Node) {
	results := f.results(stack)
	if results == nil || len(s.Results) == 0 {
		return
	}
	if len(s.Results) == 1 && results.Len() > 1 {
		f.passedOn(s, results, stack)
		return
	}
	for i, r := range s.Results {
		tv := f.info.Types[r]
		if tv.IsNil() || isBool(tv.Type) || tv.Value != nil && tv.Value.String() == `""` || isNumber(results.At(i).Type()) ||
			isEmpty(r) || f.besideError(r, append(stack, s)) {
			continue
		}
		texts := make([]string, 0, len(s.Results))
		for j, other := range s.Results {
			if j == i {
				texts = append(texts, zero(results.At(i).Type(), f.typeName))
			} else {
				texts = append(texts, f.text(other))
			}
		}
		f.add(s, replaced, s, "return "+strings.Join(texts, ", "), "", oneLine(f.text(s))+" → return "+oneLine(strings.Join(texts, ", ")), stack)
	}
}

// passedOn drops the error of a call whose results are returned as they are.
func (f *finder) passedOn(s *ast.ReturnStmt, results *types.Tuple, stack []ast.Node) {
	last := results.Len() - 1
	if !isError(results.At(last).Type()) {
		return
	}
	names := make([]string, last)
	for i := range names {
		names[i] = "r" + string(rune('0'+i)) + "__"
	}
	before := strings.Join(names, ", ")
	f.add(s, replaced, s, before+", _ := "+f.text(s.Results[0])+"; return "+before+", nil", "",
		oneLine(f.text(s))+" → without its error", stack)
}

// results are those of the function around a statement.
func (f *finder) results(stack []ast.Node) *types.Tuple {
	for i := len(stack) - 1; i >= 0; i-- {
		switch n := stack[i].(type) {
		case *ast.FuncLit:
			return f.info.Types[n].Type.(*types.Signature).Results()
		case *ast.FuncDecl:
			return f.info.Defs[n.Name].Type().(*types.Signature).Results()
		}
	}
	return nil
}

// field leaves a field of a struct literal to its zero value.
func (f *finder) field(n *ast.KeyValueExpr, stack []ast.Node) {
	literal, ok := stack[len(stack)-1].(*ast.CompositeLit)
	if !ok {
		return
	}
	tv := f.info.Types[n.Value]
	if t := f.info.Types[literal].Type; t == nil || !isStruct(t) || isBool(tv.Type) && tv.Value != nil || tv.IsNil() {
		return
	}
	if r, ok := n.Value.(*ast.CompositeLit); ok && len(r.Elts) == 0 {
		return
	}
	// The value's own type may be untyped or narrower than the field's.
	key, ok := n.Key.(*ast.Ident)
	if !ok || f.info.Uses[key] == nil {
		return
	}
	t := f.info.Uses[key].Type()
	f.add(n.Value, value, n.Value, zero(t, f.typeName), f.typeName(t), oneLine(f.text(n))+" → left out", nil)
}

func isStruct(t types.Type) bool {
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	_, ok := t.Underlying().(*types.Struct)
	return ok
}

func isNumber(t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&types.IsNumeric != 0
}

// isEmpty reports whether n is a literal without anything in it.
func isEmpty(n ast.Expr) bool {
	l, ok := n.(*ast.CompositeLit)
	return ok && len(l.Elts) == 0
}

// zero is the zero value of t.
func zero(t types.Type, name func(types.Type) string) string {
	switch u := t.Underlying().(type) {
	case *types.Basic:
		switch {
		case u.Info()&types.IsString != 0:
			return `""`
		case u.Info()&types.IsBoolean != 0:
			return "false"
		case u.Info()&types.IsNumeric != 0:
			return "0"
		}
	case *types.Pointer, *types.Slice, *types.Map, *types.Chan, *types.Signature, *types.Interface:
		if _, ok := t.(*types.TypeParam); !ok {
			return "nil"
		}
	}
	return "*new(" + name(t) + ")"
}

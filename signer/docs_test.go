package signer_test

import (
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Every exported entry has a comment, and an example that prints something.
// Methods that only print or give back a name need no example of their own.
func TestEveryEntryIsDocumented(t *testing.T) {
	fset := token.NewFileSet()
	var files []*ast.File
	entries, err := os.ReadDir(".")
	require.NoError(t, err)
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".go") && !strings.HasSuffix(e.Name(), "bench_test.go") {
			f, err := parser.ParseFile(fset, e.Name(), nil, parser.ParseComments)
			require.NoError(t, err)
			files = append(files, f)
		}
	}
	pkg, err := doc.NewFromFiles(fset, files, "github.com/go-highhelp/highhelp/signer")
	require.NoError(t, err)

	check := func(name, comment string, examples []*doc.Example) {
		if comment == "" {
			t.Errorf("%s has no comment", name)
		}
		if !slices.ContainsFunc(examples, func(e *doc.Example) bool { return e.Output != "" }) {
			t.Errorf("%s has no example with output", name)
		}
	}
	plain := []string{"String", "GoString", "Format", "LogValue", "MarshalText", "Error", "Name", "Scheme", "Sandbox", "Empty"}
	for _, f := range pkg.Funcs {
		check(f.Name, f.Doc, f.Examples)
	}
	for _, typ := range pkg.Types {
		examples := typ.Examples
		for _, f := range typ.Funcs {
			check(f.Name, f.Doc, f.Examples)
			examples = append(examples, f.Examples...)
		}
		for _, m := range typ.Methods {
			examples = append(examples, m.Examples...)
			if slices.Contains(plain, m.Name) {
				require.NotEmpty(t, m.Doc, "%s.%s", typ.Name, m.Name)
				continue
			}
			check(typ.Name+"."+m.Name, m.Doc, m.Examples)
		}
		check(typ.Name, typ.Doc, examples)
		for _, v := range append(typ.Consts, typ.Vars...) {
			checkValues(t, v)
		}
	}
	for _, v := range append(pkg.Consts, pkg.Vars...) {
		checkValues(t, v)
	}
}

// checkValues demands a comment for each constant or variable, beside it or
// above.
func checkValues(t *testing.T, v *doc.Value) {
	t.Helper()
	for _, spec := range v.Decl.Specs {
		s := spec.(*ast.ValueSpec)
		if len(v.Decl.Specs) == 1 {
			require.NotEmpty(t, v.Doc, "%v", s.Names)
			continue
		}
		require.True(t, s.Doc != nil || s.Comment != nil, "%v has no comment", s.Names)
	}
}

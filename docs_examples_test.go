package highhelp_test

import (
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// released are the folders of all packages that a shop may import.
var released = []string{
	".", "signer", "widget", "sandbox", "storetest", "highhelptest", "sqlstore", "redisstore", "otelhighhelp",
}

// noExample are names that have no example of their own, and why. They are
// expressions for folder, type and method, such as "signer.PrivateKey.String".
var noExample = map[string]string{
	`\w+\.\w+\.(String|GoString|Format|LogValue)`:                                          "fmt and slog call it: every example that prints does",
	`\w+\.\w+\.(Error|Unwrap)`:                                                             "errors calls it: those of its type do",
	`\w+\.\w+\.(UnmarshalText|UnmarshalBinary)`:                                            "the example of its Marshal has it",
	`highhelp\.Delivery\.MarshalBinary`:                                                    "as that of Payment",
	`signer\.\w+\.MarshalText`:                                                             "it writes String",
	`signer\.\w+\.(Empty|Sandbox|Name|Scheme)`:                                             "nothing but what the name says, for those who check a configuration",
	`highhelp\.(Claim|Mark|Finding|Report|Ticket|OrderFunc)`:                               "examples have values of it, without its name",
	`widget\.(Directive|Evidence|Product)|sandbox\.(Change|Ticket)|highhelptest\.KeyFiles`: "likewise",
	`highhelp\.MemStore\.\w+`:                                                              "sqlstore has one for each method of a store",
	`storetest\.\w+`:                                                                       "it needs a *testing.T; the package comment has the test of one line, and every store of this project is one",
}

// Each name that a shop may call has an example, and each type is at least in
// one.
func TestEverythingHasAnExample(t *testing.T) {
	repository(t)
	used := map[string]bool{}
	for _, dir := range released {
		p := parsePackage(t, dir)
		p.entries(func(name string, examples []*doc.Example, isType bool) {
			if len(examples) > 0 || isType && p.shown[name] {
				return
			}
			full := p.Name + "." + name
			for pattern := range noExample {
				if regexp.MustCompile(`^(` + pattern + `)$`).MatchString(full) {
					used[pattern] = true
					return
				}
			}
			t.Error("no example: " + full)
		})
		for _, example := range doc.Examples(p.tests...) {
			require.True(t, example.Output != "" || example.EmptyOutput, "%s: Example%s is never run: it has no output", dir, example.Name)
		}
	}
	for pattern := range noExample {
		require.True(t, used[pattern], "nothing is like %s any more", pattern)
	}
}

// The mistakes that everybody makes once are shown, and so are the seven steps of
// an integration.
func TestMistakesAndStepsAreShown(t *testing.T) {
	repository(t)
	shown := definedTests(t)
	for _, mistake := range []string{
		"ExampleCheckout_SuccessHandler_incorrect", // the body was read before
		"ExampleCheckout_TicketHandler_incorrect",  // the amount comes from the browser
		"ExampleCheckout_Apply_incorrect",          // 200 before the event is saved
		"ExampleConfig_incorrect",                  // what OnPaid does is not undone
		"ExampleStore_Update_incorrect",            // nor what it writes outside the transaction
		"ExampleCheckout_LogHandler_incorrect",     // the log page is open to all
	} {
		require.True(t, shown[mistake], mistake)
	}
	for _, step := range []string{"step1Access", "step2Methods", "step3Requests", "step4Callbacks", "step5Page", "step6Tests", "step7Production"} {
		require.True(t, shown["Example_"+step], step)
	}
}

// A parsedPackage is a package as documentation shows it.
type parsedPackage struct {
	*doc.Package
	fset  *token.FileSet
	files []*ast.File
	tests []*ast.File
	shown map[string]bool // names of the package that an example's code has
	names map[string]bool // see exported
}

func parsePackage(t *testing.T, dir string) *parsedPackage {
	t.Helper()
	p := &parsedPackage{fset: token.NewFileSet(), shown: map[string]bool{}}
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	require.NoError(t, err)
	for _, name := range names {
		file, err := parser.ParseFile(p.fset, name, nil, parser.ParseComments)
		require.NoError(t, err)
		if strings.HasSuffix(name, "_test.go") {
			p.tests = append(p.tests, file)
		} else {
			p.files = append(p.files, file)
		}
	}
	p.Package, err = doc.NewFromFiles(p.fset, append(p.files, p.tests...), "github.com/go-highhelp/highhelp/"+dir, doc.PreserveAST)
	require.NoError(t, err)
	for _, example := range doc.Examples(p.tests...) {
		ast.Inspect(example.Code, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				if x, ok := s.X.(*ast.Ident); ok && x.Name == p.Name {
					p.shown[s.Sel.Name] = true
				}
			}
			return true
		})
	}
	return p
}

// entries calls f with each exported func, type and method.
func (p *parsedPackage) entries(f func(name string, examples []*doc.Example, isType bool)) {
	for _, fn := range p.Funcs {
		f(fn.Name, fn.Examples, false)
	}
	for _, typ := range p.Types {
		f(typ.Name, p.inside(typ), true)
		for _, fn := range typ.Funcs {
			f(fn.Name, fn.Examples, false)
		}
		for _, method := range typ.Methods {
			f(typ.Name+"."+method.Name, method.Examples, false)
		}
	}
}

// inside are the examples of a type: its own, those of its funcs and methods,
// and, if an example has one of its constants, an empty one.
func (p *parsedPackage) inside(typ *doc.Type) []*doc.Example {
	list := typ.Examples
	for _, fn := range append(typ.Funcs, typ.Methods...) {
		list = append(list, fn.Examples...)
	}
	for _, value := range append(typ.Consts, typ.Vars...) {
		for _, name := range value.Names {
			if p.shown[name] {
				list = append(list, &doc.Example{})
			}
		}
	}
	return list
}

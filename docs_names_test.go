package highhelp_test

import (
	"go/ast"
	"go/build"
	"go/doc"
	"go/doc/comment"
	"go/parser"
	"go/token"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What a comment of a released package puts in brackets is a link, and leads to
// a name that is there. Names of this project that stand without brackets are
// there too.
func TestNamesInCommentsExist(t *testing.T) {
	repository(t)
	packages := map[string]*parsedPackage{}
	for _, dir := range released {
		p := parsePackage(t, dir)
		packages[p.Name] = p
	}
	links := 0
	for _, p := range packages {
		names := &commentNames{p: p, packages: packages, symbols: map[string]map[string]bool{}}
		for _, file := range p.files {
			for _, group := range file.Comments {
				for _, wrong := range names.check(group.Text()) {
					t.Errorf("%s: %s", p.fset.Position(group.Pos()), wrong)
				}
			}
		}
		links += names.links
	}
	require.Greater(t, links, 250)
}

// commentNames looks at the names in the comments of a package.
type commentNames struct {
	p        *parsedPackage
	packages map[string]*parsedPackage  // those of this project, by name
	symbols  map[string]map[string]bool // of packages by import path
	links    int
}

var (
	ownName   = regexp.MustCompile(`\b([A-Z]\w*)\.([A-Z]\w*)\b`)
	theirName = regexp.MustCompile(`(?:^|[^\w./"-])([a-z]\w*)\.([A-Z]\w*)(?:\.([A-Z]\w*))?\b`)
	unlinked  = regexp.MustCompile(`\[\*?[A-Za-z]\w*(?:\.\w+)*\]`)
)

// check returns what is wrong with a comment.
func (n *commentNames) check(text string) (wrong []string) {
	for _, block := range n.p.Parser().Parse(text).Content {
		wrong = append(wrong, n.inBlock(block)...)
	}
	for _, name := range ownName.FindAllStringSubmatch(text, -1) {
		if n.p.exported()["type "+name[1]] && !n.p.exported()[name[1]+"."+name[2]] {
			wrong = append(wrong, name[0]+" is not there")
		}
	}
	for _, name := range theirName.FindAllStringSubmatch(text, -1) {
		full := strings.TrimSuffix(name[2]+"."+name[3], ".")
		if other := n.packages[name[1]]; other != nil && !other.exported()[full] {
			wrong = append(wrong, name[1]+"."+full+" is not there")
		}
	}
	return wrong
}

func (n *commentNames) inBlock(block comment.Block) (wrong []string) {
	switch b := block.(type) {
	case *comment.Paragraph:
		return n.inText(b.Text)
	case *comment.Heading:
		return n.inText(b.Text)
	case *comment.List:
		for _, item := range b.Items {
			for _, block := range item.Content {
				wrong = append(wrong, n.inBlock(block)...)
			}
		}
	}
	return wrong
}

func (n *commentNames) inText(list []comment.Text) (wrong []string) {
	for _, text := range list {
		switch x := text.(type) {
		case comment.Plain:
			for _, name := range unlinked.FindAllString(string(x), -1) {
				if name != "[pay]" { // an index of widget.Texts
					wrong = append(wrong, name+" is no link")
				}
			}
		case *comment.DocLink:
			n.links++
			name := strings.TrimPrefix(x.Recv+"."+x.Name, ".")
			if x.ImportPath != "" && name != "" && !n.there(x.ImportPath, name) {
				wrong = append(wrong, x.ImportPath+"."+name+" is not there")
			}
		}
	}
	return wrong
}

// there reports whether a package has a name.
func (n *commentNames) there(importPath, name string) bool {
	if own := n.packages[path.Base(importPath)]; own != nil && strings.HasPrefix(importPath, "github.com/go-highhelp/") {
		return own.exported()[name]
	}
	if n.symbols[importPath] == nil {
		n.symbols[importPath] = symbolsOf(importPath)
	}
	return n.symbols[importPath][name]
}

// symbolsOf are the names of a package of the standard library, or of one that
// a module of this project requires.
func symbolsOf(importPath string) map[string]bool {
	p, err := build.Import(importPath, ".", 0)
	if err != nil {
		return nil
	}
	names := map[string]bool{}
	for _, name := range p.GoFiles {
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			return nil
		}
		collect(file, names)
	}
	return names
}

// exported are the names of p, those of fields and methods with their type, and
// types a second time, with the word before.
func (p *parsedPackage) exported() map[string]bool {
	if p.names == nil {
		p.names = map[string]bool{}
		for _, file := range p.files {
			collect(file, p.names)
		}
		p.entries(func(name string, _ []*doc.Example, _ bool) { p.names[name] = true }) // those of embedded types too
	}
	return p.names
}

// collect adds the exported names of a file.
func collect(file *ast.File, names map[string]bool) {
	for _, decl := range file.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			names[strings.TrimPrefix(receiver(d)+"."+d.Name.Name, ".")] = true
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch s := spec.(type) {
				case *ast.ValueSpec:
					for _, name := range s.Names {
						names[name.Name] = true
					}
				case *ast.TypeSpec:
					names[s.Name.Name], names["type "+s.Name.Name] = true, true
					collectFields(s, names)
				}
			}
		}
	}
}

func receiver(d *ast.FuncDecl) string {
	if d.Recv == nil {
		return ""
	}
	expr := d.Recv.List[0].Type
	if star, ok := expr.(*ast.StarExpr); ok {
		expr = star.X
	}
	if ident, ok := expr.(*ast.Ident); ok {
		return ident.Name
	}
	return "?"
}

// collectFields adds the fields of a struct, or the methods of an interface.
func collectFields(s *ast.TypeSpec, names map[string]bool) {
	var list []*ast.Field
	switch typ := s.Type.(type) {
	case *ast.StructType:
		list = typ.Fields.List
	case *ast.InterfaceType:
		list = typ.Methods.List
	}
	for _, field := range list {
		for _, name := range field.Names {
			names[s.Name.Name+"."+name.Name] = true
		}
	}
}

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

// A pkg is a package with its types.
type pkg struct {
	dir   string
	path  string
	fset  *token.FileSet
	names []string // of the files, without the folder
	files []*ast.File
	src   map[string][]byte // by name
	info  *types.Info
	types *types.Package
	deps  types.Importer
}

// A listed is what go list says of a package.
type listed struct {
	ImportPath string
	Dir        string
	Export     string
	GoFiles    []string
	DepOnly    bool
	Standard   bool
}

// load reads the package in dir. What it imports comes compiled, as the go
// command has it.
func load(dir string) (*pkg, error) {
	cmd := goCommand(dir, "list", "-deps", "-export", "-json=ImportPath,Dir,Export,GoFiles,DepOnly,Standard", ".",
		"os", "strconv", "sync/atomic") // which the switch needs
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", withStderr(err))
	}
	exports := map[string]string{}
	p := &pkg{fset: token.NewFileSet(), src: map[string][]byte{}}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var l listed
		if err := d.Decode(&l); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, err
		}
		exports[l.ImportPath] = l.Export
		if !l.DepOnly && !l.Standard {
			p.dir, p.path, p.names = l.Dir, l.ImportPath, l.GoFiles
		}
	}
	p.deps = importer.ForCompiler(p.fset, "gc", func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) })
	for _, name := range p.names {
		src, err := os.ReadFile(filepath.Join(p.dir, name))
		if err != nil {
			return nil, err
		}
		p.src[name] = src
	}
	p.files, p.info, p.types, err = p.check(p.src, nil)
	return p, err
}

// check parses and type-checks the package with these texts. Errors go to
// report, if there is one.
func (p *pkg) check(src map[string][]byte, report func(token.Position, error)) ([]*ast.File, *types.Info, *types.Package, error) {
	var files []*ast.File
	for _, name := range append(p.names[:len(p.names):len(p.names)], switchFile) {
		text, ok := src[name]
		if !ok {
			continue
		}
		f, err := parser.ParseFile(p.fset, name, text, parser.SkipObjectResolution)
		if err != nil {
			return nil, nil, nil, err
		}
		files = append(files, f)
	}
	info := &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
	}
	config := types.Config{Importer: p.deps}
	if report != nil {
		config.Error = func(err error) {
			var e types.Error
			if errors.As(err, &e) {
				report(e.Fset.Position(e.Pos), e)
			}
		}
	}
	typed, err := config.Check(p.path, p.fset, files, info)
	return files, info, typed, err
}

// goCommand is the go command in dir, in the workspace if dir is part of it,
// whatever this program was built in.
func goCommand(dir string, args ...string) *exec.Cmd {
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	return cmd
}

// withStderr adds what a program said to its error.
func withStderr(err error) error {
	var exit *exec.ExitError
	if errors.As(err, &exit) && len(exit.Stderr) > 0 {
		return fmt.Errorf("%w\n%s", err, exit.Stderr)
	}
	return err
}

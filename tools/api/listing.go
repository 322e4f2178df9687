package main

import (
	"bytes"
	"errors"
	"fmt"
	"go/types"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
)

// compareListings compares each module with its listing, or writes it.
func compareListings(repo string, modules map[string][]*packages.Package, write bool) error {
	var broken []error
	for _, folder := range released {
		file := filepath.Join(repo, ".ci", "api", folder+".txt")
		if folder == "." {
			file = filepath.Join(repo, ".ci", "api", "highhelp.txt")
		}
		lines := listing(modules[folder])
		text := strings.Join(lines, "\n") + "\n"
		if write {
			if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
				return err
			}
			continue
		}
		known, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if !bytes.Equal(known, []byte(text)) {
			was := strings.Split(strings.TrimSuffix(string(known), "\n"), "\n")
			broken = append(broken, fmt.Errorf("%s is not what is exported; if that is meant, run: .ci/apidiff -write\n%s",
				filepath.Base(file), difference(was, lines)))
		}
	}
	return errors.Join(broken...)
}

func difference(was, is []string) string {
	var out strings.Builder
	for _, line := range was {
		if !slices.Contains(is, line) {
			fmt.Fprintln(&out, "-", line)
		}
	}
	for _, line := range is {
		if !slices.Contains(was, line) {
			fmt.Fprintln(&out, "+", line)
		}
	}
	return out.String()
}

// unnamed are the names that the compiler makes up for results without one.
var unnamed = regexp.MustCompile(`#rv\d+ `)

// listing has a line for each exported name of the packages, with the exported
// fields and methods of types.
func listing(all []*packages.Package) []string {
	var lines []string
	for _, p := range all {
		path := strings.TrimPrefix(p.PkgPath, "github.com/go-highhelp/")
		add := func(format string, args ...any) {
			lines = append(lines, unnamed.ReplaceAllString("pkg "+path+", "+fmt.Sprintf(format, args...), ""))
		}
		qualifier := func(other *types.Package) string {
			if other == p.Types {
				return ""
			}
			return other.Name()
		}
		scope := p.Types.Scope()
		for _, name := range scope.Names() {
			switch object := scope.Lookup(name).(type) {
			case *types.TypeName:
				if object.Exported() {
					listType(object, qualifier, add)
				}
			case *types.Const:
				if object.Exported() {
					add("%s = %s", types.ObjectString(object, qualifier), object.Val().ExactString())
				}
			default:
				if object.Exported() {
					add("%s", types.ObjectString(object, qualifier))
				}
			}
		}
	}
	slices.Sort(lines)
	return lines
}

func listType(object *types.TypeName, qualifier types.Qualifier, add func(string, ...any)) {
	name := types.TypeString(object.Type(), qualifier)
	switch under := object.Type().Underlying().(type) {
	case *types.Struct:
		add("type %s struct", name)
		for field := range under.Fields() {
			if field.Exported() {
				add("type %s struct, %s %s", name, field.Name(), types.TypeString(field.Type(), qualifier))
			}
		}
	case *types.Interface:
		add("type %s %s", name, types.TypeString(under, qualifier))
		return
	default:
		add("%s", types.ObjectString(object, qualifier))
	}
	// The set of the pointer has also what is promoted from embedded fields.
	set := types.NewMethodSet(types.NewPointer(object.Type()))
	for method := range set.Methods() {
		switch {
		case !method.Obj().Exported():
		case len(method.Index()) == 1:
			add("%s", types.ObjectString(method.Obj(), qualifier)) // with the receiver that it is declared for
		default:
			add("%s", types.SelectionString(method, qualifier))
		}
	}
}

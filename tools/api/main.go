// Command api compares the exported API of the released modules with two things:
// with the listings in .ci/api, so that a change is seen in review, and with the
// last tag, so that an incompatible one is announced as docs/compatibility.md
// promises.
//
//	api           compare
//	api -write    write the listings
package main

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"log"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/semver"
	"golang.org/x/tools/go/packages"
)

// released are the folders of the modules that are tagged.
var released = []string{".", "sqlstore", "redisstore", "otelhighhelp"}

func main() {
	log.SetFlags(0)
	log.SetPrefix("api: ")
	write := flag.Bool("write", false, "write the listings")
	flag.Parse()
	repo, err := filepath.Abs("..") // the program runs in tools
	if err == nil {
		err = run(repo, *write)
	}
	if err != nil {
		log.Fatal(err)
	}
}

func run(repo string, write bool) error {
	now, err := load(repo)
	if err != nil {
		return err
	}
	broken := []error{compareListings(repo, now, write)}
	tag, err := lastTag(repo)
	if err != nil {
		return err
	}
	if tag == "" {
		fmt.Println("api: no version is tagged, so there is nothing to be compatible with")
		return errors.Join(broken...)
	}
	return errors.Join(append(broken, compareTag(repo, tag, now))...)
}

// load reads the exported API of each released module as the workspace of the
// folder builds it.
func load(dir string) (map[string][]*packages.Package, error) {
	modules := map[string][]*packages.Package{}
	for _, folder := range released {
		config := &packages.Config{
			Mode: packages.NeedName | packages.NeedTypes | packages.NeedImports | packages.NeedDeps | packages.NeedExportFile,
			Dir:  filepath.Join(dir, folder),
			Env:  append(os.Environ(), "GOWORK="),
		}
		all, err := packages.Load(config, "./...")
		if err != nil {
			return nil, fmt.Errorf("%s: %w", folder, err)
		}
		for _, p := range all {
			for _, err := range p.Errors {
				return nil, fmt.Errorf("%s: %w", p.PkgPath, err)
			}
			if p.Name != "main" && !strings.Contains(p.PkgPath+"/", "/internal/") {
				modules[folder] = append(modules[folder], p)
			}
		}
	}
	return modules, nil
}

// lastTag is the highest version that is tagged on the way to this commit, or
// "" if there is none, as in files without their history.
func lastTag(repo string) (string, error) {
	if _, err := os.Stat(filepath.Join(repo, ".git")); errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	out, err := git(repo, "tag", "--list", "v*", "--merged", "HEAD")
	if err != nil {
		return "", err
	}
	last := ""
	for tag := range strings.FieldsSeq(string(out)) {
		if semver.IsValid(tag) && semver.Compare(tag, last) > 0 {
			last = tag
		}
	}
	return last, nil
}

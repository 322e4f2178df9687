// Command release packs the modules that are tagged together, as the go command
// would fetch them from a tag, into a module proxy of files, and proves that
// they work from there: without the workspace and without replacing anything.
//
//	release check             prove it, under the version that the go.mod files name
//	release tidy              go mod tidy in each of the modules
//	release prepare v0.2.0    name that version in every go.mod, and write the sums
//	release ready             check, and that nothing is left to do before the tags
package main

import (
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"golang.org/x/mod/semver"
)

const rootPath = "github.com/go-highhelp/highhelp"

// released are the folders of the modules that are tagged, the root first.
var released = []string{".", "sqlstore", "redisstore", "otelhighhelp"}

// untagged are those that name the version too, and replace it by a folder.
var untagged = []string{"demo", "e2e", "examples", "bench", "bench/stores"}

func main() {
	log.SetFlags(0)
	log.SetPrefix("release: ")
	if err := run(os.Args[1:]); err != nil {
		log.Fatal(err)
	}
}

func run(args []string) error {
	repo, err := filepath.Abs("..") // the program runs in tools
	if err != nil {
		return err
	}
	command := "check"
	if len(args) > 0 {
		command = args[0]
	}
	if command == "prepare" {
		if len(args) != 2 || !semver.IsValid(args[1]) || semver.Canonical(args[1]) != args[1] {
			return errors.New("prepare wants a version, such as v0.2.0")
		}
		if err := nameVersion(repo, args[1]); err != nil {
			return err
		}
	}
	r, err := pack(repo)
	if r != nil {
		defer func() { _ = os.RemoveAll(r.dir) }()
	}
	if err != nil {
		return err
	}
	switch command {
	case "check":
		return r.check()
	case "tidy":
		return r.tidy()
	case "prepare":
		return r.writeSums()
	case "ready":
		if err := r.ready(); err != nil {
			return err
		}
		if err := r.check(); err != nil {
			return err
		}
		r.printTags()
		return nil
	}
	return fmt.Errorf("there is no command %q; there are check, tidy, prepare and ready", command)
}

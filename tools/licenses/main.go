// Command licenses lists the modules that a released module, the command or the
// demo is built from, with their licenses as their texts say. It fails if the
// list in THIRD-PARTY.md is another, or if a license is not one of those that
// everybody may build on.
//
//	licenses           compare
//	licenses -write    write the list
package main

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/google/licensecheck"
)

// allowed are licenses that ask for no more than a notice, or, as MPL-2.0, for
// the source of their own files.
var allowed = []string{"MIT", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "ISC", "MPL-2.0", "public domain"}

// built are the folders of what is listed.
var built = []string{".", "sqlstore", "redisstore", "otelhighhelp", "demo"}

// read are texts that no program knows, by their SHA-256, and what a person has
// found in them. Another text has to be read again.
var read = map[string][]string{
	// modernc.org/libc: of the libraries that it is translated from.
	"f597097efe3d97021f89170746bd3a0fb9a8b6fb26b82043ed68a4e0283bee6c": {"BSD-2-Clause", "BSD-3-Clause", "MIT"},
	// modernc.org/sqlite: of SQLite.
	"8438c9c89b849131ead81d5435cb97fcf052df5b0b286dda8a2d4c29e6cb3fd0": {"public domain"},
	// modernc.org/memory: of a picture that is not built into anything.
	"5ae5bee3072a841376451b48d8cfcec7188e10543926d5870828d36c8a750dc5": nil,
}

const (
	begin = "<!-- the list: make licenses -->\n"
	end   = "<!-- the end of the list -->\n"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("licenses: ")
	write := flag.Bool("write", false, "write the list")
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
	modules := map[string]*dependency{}
	for _, folder := range built {
		for _, system := range []string{"linux", "darwin", "windows"} {
			if err := collect(repo, folder, system, modules); err != nil {
				return err
			}
		}
	}
	list, err := table(modules)
	if err != nil {
		return err
	}
	name := filepath.Join(repo, "THIRD-PARTY.md")
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	before, rest, begun := strings.Cut(string(text), begin)
	was, after, ended := strings.Cut(rest, end)
	switch {
	case !begun || !ended:
		return errors.New("THIRD-PARTY.md has no place for the list")
	case write:
		return os.WriteFile(name, []byte(before+begin+list+end+after), 0o666)
	case was != list:
		return errors.New("the list in THIRD-PARTY.md is not what is built; run: .ci/licenses -write")
	}
	fmt.Printf("licenses: %d modules of others, all as listed\n", len(modules))
	return nil
}

// A dependency is a module of others.
type dependency struct {
	dir     string
	builtIn []string
}

// collect adds the modules whose packages the folder's packages need, without
// their tests, on the operating system.
func collect(repo, folder, system string, modules map[string]*dependency) error {
	cmd := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}}\t{{.Dir}}{{end}}{{end}}", "./...")
	cmd.Dir = filepath.Join(repo, folder)
	cmd.Env = append(os.Environ(), "GOWORK=", "CGO_ENABLED=0", "GOARCH=amd64", "GOOS="+system)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("go list in %s: %w", folder, err)
	}
	for line := range strings.Lines(string(out)) {
		path, dir, found := strings.Cut(strings.TrimSpace(line), "\t")
		if !found {
			continue
		}
		if modules[path] == nil {
			modules[path] = &dependency{dir: dir}
		}
		if m := modules[path]; !slices.Contains(m.builtIn, folder) {
			m.builtIn = append(m.builtIn, folder)
		}
	}
	return nil
}

func table(modules map[string]*dependency) (string, error) {
	var paths []string
	for path := range modules {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	var out bytes.Buffer
	out.WriteString("| module | license | built into |\n|---|---|---|\n")
	var broken []error
	for _, path := range paths {
		m := modules[path]
		licenses, err := licensesOf(m.dir)
		if err != nil {
			broken = append(broken, fmt.Errorf("%s: %w", path, err))
		}
		for i, folder := range m.builtIn {
			m.builtIn[i] = strings.Replace("`"+folder+"`", "`.`", "`highhelp`", 1)
		}
		fmt.Fprintf(&out, "| `%s` | %s | %s |\n", path, strings.Join(licenses, ", "), strings.Join(m.builtIn, ", "))
	}
	return out.String(), errors.Join(broken...)
}

var licenseFile = regexp.MustCompile(`(?i)^(licen[cs]e|copying|unlicense)([-.].*)?$`)

// licensesOf reads the licenses of a module from the texts in its folder.
func licensesOf(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var all []string
	for _, entry := range entries {
		if entry.IsDir() || !licenseFile.MatchString(entry.Name()) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			return nil, err
		}
		found, err := licensesIn(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", entry.Name(), err)
		}
		all = append(all, found...)
	}
	slices.Sort(all)
	all = slices.Compact(all)
	if len(all) == 0 {
		return nil, errors.New("no license was found")
	}
	for _, license := range all {
		if !slices.Contains(allowed, license) {
			return nil, fmt.Errorf("its license %s is not one of %s", license, strings.Join(allowed, ", "))
		}
	}
	return all, nil
}

// licensesIn reads the licenses in a text. One of which a quarter is something
// else is an error: there may be a condition in it.
func licensesIn(text []byte) ([]string, error) {
	sum := fmt.Sprintf("%x", sha256.Sum256(text))
	if found, known := read[sum]; known {
		return found, nil
	}
	coverage := licensecheck.Scan(text)
	if coverage.Percent < 75 {
		return nil, fmt.Errorf("a person has to read it: %.0f%% of it are a license, and its SHA-256 is %s", coverage.Percent, sum)
	}
	var found []string
	for _, match := range coverage.Match {
		if !match.IsURL {
			found = append(found, match.ID)
		}
	}
	return found, nil
}

package main

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"golang.org/x/exp/apidiff"
	"golang.org/x/mod/semver"
	"golang.org/x/tools/go/packages"
)

// compareTag says what has changed since the tag, and complains of what is
// incompatible and not announced.
func compareTag(repo, tag string, now map[string][]*packages.Package) error {
	dir, err := os.MkdirTemp("", "highhelp-api-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := extract(repo, tag, dir); err != nil {
		return err
	}
	then, err := load(dir)
	if err != nil {
		return fmt.Errorf("%s: %w", tag, err)
	}
	changelog, err := os.ReadFile(filepath.Join(repo, "CHANGELOG.md"))
	if err != nil {
		return err
	}
	announced := announcements(string(changelog), tag)
	var broken []error
	for _, folder := range released {
		report := apidiff.ModuleChanges(module(folder, then), module(folder, now))
		additions, breaks := 0, 0
		for _, change := range report.Changes {
			if change.Compatible {
				additions++
				continue
			}
			breaks++
			if name := lastName(change.Message); semver.Major(tag) != "v0" || !announced(name) {
				broken = append(broken, fmt.Errorf("%s: %s", folder, change.Message))
			}
		}
		fmt.Printf("api: %s: since %s %d incompatible changes, %d additions: %s\n", folder, tag, breaks, additions, next(tag, breaks, additions))
	}
	if len(broken) > 0 {
		return fmt.Errorf("incompatible with %s, and not announced by name under Changed or Removed in CHANGELOG.md:\n%w", tag, errors.Join(broken...))
	}
	return nil
}

func next(tag string, breaks, additions int) string {
	switch {
	case breaks > 0 && semver.Major(tag) != "v0":
		return "a major version"
	case breaks+additions > 0:
		return "a minor version"
	}
	return "a patch version will do"
}

func module(folder string, all map[string][]*packages.Package) *apidiff.Module {
	m := &apidiff.Module{Path: "github.com/go-highhelp/highhelp"}
	if folder != "." {
		m.Path += "/" + folder
	}
	for _, p := range all[folder] {
		m.Packages = append(m.Packages, p.Types)
	}
	return m
}

// announcements reports which names stand in the entries under Changed and
// Removed above the part of the tag.
func announcements(changelog, tag string) func(name string) bool {
	newer, _, _ := strings.Cut(changelog, "\n## ["+strings.TrimPrefix(tag, "v")+"]")
	entries := ""
	for _, part := range strings.Split(newer, "\n##") {
		if part, is := strings.CutPrefix(part, "# "); is && (strings.HasPrefix(part, "Changed\n") || strings.HasPrefix(part, "Removed\n")) {
			entries += part
		}
	}
	return func(name string) bool {
		return regexp.MustCompile("`[^`]*\\b" + regexp.QuoteMeta(name) + "\\b[^`]*`").MatchString(entries)
	}
}

var subject = regexp.MustCompile(`(\w+)\W*$`)

// lastName is the name that a message is about: Field of "./widget.Type.Field:
// removed".
func lastName(message string) string {
	before, _, _ := strings.Cut(message, ": ")
	before, _, _ = strings.Cut(before, ",")
	if name := subject.FindStringSubmatch(before); name != nil {
		return name[1]
	}
	return before
}

func git(repo string, args ...string) ([]byte, error) {
	// The repository may be somebody else's, as in a container.
	cmd := exec.Command("git", append([]string{"-c", "safe.directory=" + repo}, args...)...)
	cmd.Dir = repo
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("git %s: %w", args[0], err)
	}
	return out, nil
}

// extract writes the files of a tag into the folder.
func extract(repo, tag, dir string) error {
	archive, err := git(repo, "archive", "--format=tar", tag)
	if err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	files := tar.NewReader(bytes.NewReader(archive))
	for {
		header, err := files.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if header.Typeflag != tar.TypeReg {
			continue
		}
		data, err := io.ReadAll(files)
		if err != nil {
			return err
		}
		name := filepath.FromSlash(header.Name)
		if err := errors.Join(root.MkdirAll(filepath.Dir(name), 0o777), root.WriteFile(name, data, 0o666)); err != nil {
			return err
		}
	}
}

package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// ready checks that nothing is left to do before the tags.
func (r *release) ready() error {
	broken := []error{r.committed(), r.changelog(), r.guides()}
	for _, m := range r.modules {
		broken = append(broken, r.sameAs(m))
		if _, err := r.git("rev-parse", "--quiet", "--verify", "refs/tags/"+r.tag(m)); err == nil {
			broken = append(broken, fmt.Errorf("the tag %s is there already", r.tag(m)))
		}
	}
	if err := errors.Join(broken...); err != nil {
		return fmt.Errorf("not ready for %s:\n%w", r.version, err)
	}
	return nil
}

// printTags prints how the commit is tagged.
func (r *release) printTags() {
	var tags []string
	for _, m := range r.modules {
		fmt.Printf("git tag -a -m %q %s\n", "highhelp "+r.version, r.tag(m))
		tags = append(tags, r.tag(m))
	}
	fmt.Println("git push --atomic origin HEAD", strings.Join(tags, " "))
}

func (r *release) tag(m *packed) string {
	if m.folder == "." {
		return r.version
	}
	return m.folder + "/" + r.version
}

func (r *release) git(args ...string) ([]byte, error) {
	// The repository may be somebody else's, as in a container.
	cmd := exec.Command("git", append([]string{"-c", "safe.directory=" + r.repo}, args...)...)
	cmd.Dir = r.repo
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("git %s: %w", args[0], err)
	}
	return out, nil
}

// committed checks that what was proved is what will be tagged.
func (r *release) committed() error {
	out, err := r.git("status", "--porcelain")
	if err == nil && len(out) > 0 {
		return errors.New("there are changes that are not committed")
	}
	return err
}

// sameAs checks that the module has in its repository what it was packed with:
// the sums of the root.
func (r *release) sameAs(m *packed) error {
	have, err := os.ReadFile(filepath.Join(r.repo, m.folder, "go.sum"))
	if err != nil {
		return err
	}
	want, err := os.ReadFile(filepath.Join(m.dir, "go.sum"))
	if err == nil && !bytes.Equal(have, want) {
		return fmt.Errorf("%s: its go.sum has not the sums of the root as it is; run: .ci/release prepare %s", m.folder, r.version)
	}
	return err
}

// changelog checks that the version has its part, and that nothing is left in
// what is not released.
func (r *release) changelog() error {
	text, err := os.ReadFile(filepath.Join(r.repo, "CHANGELOG.md"))
	if err != nil {
		return err
	}
	heading := regexp.MustCompile(`(?s)\n## \[Unreleased\]\n\s*## \[` + regexp.QuoteMeta(strings.TrimPrefix(r.version, "v")) + `\] - \d{4}-\d\d-\d\d\n`)
	if !heading.Match(text) {
		return fmt.Errorf("CHANGELOG.md does not begin with an empty Unreleased and a dated part for %s", r.version)
	}
	return nil
}

// guides checks that no document says any more that there is no version.
func (r *release) guides() error {
	var broken []error
	names, err := filepath.Glob(filepath.Join(r.repo, "docs", "*.md"))
	if err != nil {
		return err
	}
	for _, name := range append(names, filepath.Join(r.repo, "README.md")) {
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		if bytes.Contains(text, []byte("tagged yet")) {
			broken = append(broken, fmt.Errorf("%s says that a version is not tagged yet", filepath.Base(name)))
		}
	}
	return errors.Join(broken...)
}

package highhelp_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Each promise of the documents names the test that holds it. Those tests must
// be there.
func TestNamedTestsExist(t *testing.T) {
	repository(t)
	defined := definedTests(t)
	named := regexp.MustCompile("`((?:Test|Fuzz|Example)[A-Z]\\w*)`")
	for _, document := range documents(t) {
		matches := named.FindAllStringSubmatch(read(t, document), -1)
		switch document {
		case "README.md", "SECURITY.md", "docs/guarantees.md":
			require.Greater(t, len(matches), 10, document)
		}
		for _, match := range matches {
			require.True(t, defined[match[1]], "%s names %s", document, match[1])
		}
	}
}

// definedTests are the names of all tests of all modules.
func definedTests(t *testing.T) map[string]bool {
	t.Helper()
	defined := map[string]bool{}
	definition := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Example)\w*)\(`)
	require.NoError(t, filepath.WalkDir(".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, match := range definition.FindAllSubmatch(text, -1) {
			defined[string(match[1])] = true
		}
		return err
	}))
	return defined
}

// documents are those for people, whose words are checked. They speak of all
// modules, so a test that asks for them is skipped where the others are not.
func documents(t *testing.T) []string {
	t.Helper()
	repository(t)
	guides, err := filepath.Glob("docs/*.md")
	require.NoError(t, err)
	require.NotEmpty(t, guides)
	return append([]string{"README.md", "SECURITY.md", "CONTRIBUTING.md"}, guides...)
}

// repository skips what is about more than this module where it is alone, as in
// the module cache.
func repository(t *testing.T) {
	t.Helper()
	if _, err := os.Stat("go.work"); err != nil {
		t.Skip("this is not the whole repository")
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	return string(text)
}

// Every row of guarantees names a test.
func TestEveryGuaranteeNamesATest(t *testing.T) {
	named := regexp.MustCompile("`(?:Test|Fuzz|Example)[A-Z]\\w*`")
	rows := 0
	for line := range strings.Lines(read(t, "docs/guarantees.md")) {
		if !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "| guarantee") {
			continue
		}
		rows++
		cells := strings.Split(line, " | ")
		require.Regexp(t, named, cells[len(cells)-1], "a guarantee without a test: %s", line)
	}
	require.Greater(t, rows, 20)
}

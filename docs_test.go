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
	named := regexp.MustCompile("`((?:Test|Fuzz|Example)[A-Z]\\w*)`")
	for _, document := range []string{"README.md", "SECURITY.md"} {
		text, err := os.ReadFile(document)
		require.NoError(t, err)
		matches := named.FindAllSubmatch(text, -1)
		require.Greater(t, len(matches), 10)
		for _, match := range matches {
			require.True(t, defined[string(match[1])], "%s names %s", document, match[1])
		}
	}
}

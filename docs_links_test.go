package highhelp_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
)

// Links inside the repository lead to a file, and to a heading of it.
func TestLinksLeadSomewhere(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)\s]+)\)`)
	found := 0
	for _, document := range documents(t) {
		for _, match := range link.FindAllStringSubmatch(prose(read(t, document)), -1) {
			if strings.Contains(match[1], "://") {
				continue
			}
			found++
			name, heading, _ := strings.Cut(match[1], "#")
			target := document
			if name != "" {
				target = filepath.Join(filepath.Dir(document), name)
			}
			_, err := os.Stat(target)
			require.NoError(t, err, "%s links to %s", document, match[1])
			if heading != "" {
				require.Contains(t, headings(read(t, target)), heading, "%s links to %s", document, match[1])
			}
		}
	}
	require.Greater(t, found, 30)
}

// Every guide can be reached from the README.
func TestGuidesAreLinked(t *testing.T) {
	readme := read(t, "README.md")
	guides, err := filepath.Glob("docs/*.md")
	require.NoError(t, err)
	require.Greater(t, len(guides), 8)
	for _, guide := range guides {
		require.Contains(t, readme, "](docs/"+filepath.Base(guide)+")")
	}
}

// prose is the text without fenced blocks and code.
func prose(text string) string {
	text = regexp.MustCompile("(?ms)^ *```.*?^ *```$").ReplaceAllString(text, "")
	return regexp.MustCompile("`[^`\n]*`").ReplaceAllString(text, "")
}

// headings are the anchors of a document, as GitHub makes them.
func headings(text string) []string {
	var anchors []string
	seen := map[string]int{}
	text = regexp.MustCompile("(?ms)^ *```.*?^ *```$").ReplaceAllString(text, "")
	for _, match := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(text, -1) {
		anchor := strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-', r == '_', unicode.IsLetter(r), unicode.IsDigit(r):
				return unicode.ToLower(r)
			}
			return -1
		}, match[1])
		seen[anchor]++
		if n := seen[anchor]; n > 1 {
			anchor += "-" + string(rune('0'+n-1))
		}
		anchors = append(anchors, anchor)
	}
	return anchors
}

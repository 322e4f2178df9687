package highhelp_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A block is a fenced block of a document.
type block struct {
	document string
	line     int // of its fence
	language string
	text     string
	before   string // the line of text above it
	output   string // the text block right below it, or ""
}

// blocks returns the fenced blocks of a document. How Go blocks are checked is
// in e2e, where all modules are.
func blocks(t *testing.T, document string) []block {
	t.Helper()
	var list []block
	var open *block
	text, gap := "", false
	for i, line := range strings.Split(read(t, document), "\n") {
		trimmed := strings.TrimSpace(line)
		fence, isFence := strings.CutPrefix(trimmed, "```")
		switch {
		case open != nil && isFence:
			if n := len(list); open.language == "text" && n > 0 && !gap {
				list[n-1].output = open.text
			}
			list = append(list, *open)
			open, gap = nil, false
		case open != nil:
			open.text += line + "\n"
		case isFence:
			require.NotEmpty(t, fence, "%s:%d: a block without a language", document, i+1)
			open = &block{document: document, line: i + 1, language: fence, before: text}
		case trimmed != "":
			text, gap = trimmed, true
		}
	}
	require.Nil(t, open, "%s: a block does not end", document)
	return list
}

// Each language of a block has a test that looks at it.
func TestBlocksAreChecked(t *testing.T) {
	checked := regexp.MustCompile(`^(go|sh|text|log)$`)
	for _, document := range documents(t) {
		for _, b := range blocks(t, document) {
			require.Regexp(t, checked, b.language, "%s:%d", document, b.line)
		}
	}
}

// commands are the commands of a shell block.
func (b *block) commands() []string {
	var list []string
	joined := strings.ReplaceAll(b.text, "\\\n", "")
	for line := range strings.Lines(joined) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			list = append(list, line)
		}
	}
	return list
}

// looksLike turns what a document shows of an output into an expression: … is
// anything within a line, and a line of its own any number of lines.
func looksLike(shown string) string {
	var b strings.Builder
	for line := range strings.Lines(strings.Trim(shown, "\n") + "\n") {
		if strings.TrimSpace(line) == "…" {
			b.WriteString(`(?:.*\n)*?`)
			continue
		}
		quoted := regexp.QuoteMeta(strings.TrimRight(line, " \n"))
		b.WriteString(strings.ReplaceAll(quoted, "…", ".*") + ` *\n`)
	}
	return b.String()
}

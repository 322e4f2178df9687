package widget

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestEveryLanguageHasEveryText compares with the English table, which the
// renderer falls back to.
func TestEveryLanguageHasEveryText(t *testing.T) {
	require.Len(t, texts[English], 34)
	for language, table := range texts {
		require.NoError(t, language.Valid())
		for key := range texts[English] {
			require.Empty(t, blankReason(table[key]), "%s: %s", language, key)
			require.Equal(t, strings.TrimSpace(table[key]), table[key], "%s: %s", language, key)
		}
		require.Len(t, table, len(texts[English]), "%s has a text that English has not", language)
	}
}

// TestTextsForLeavesTheTableAlone: a replaced text must not stay for the next
// snippet.
func TestTextsForLeavesTheTableAlone(t *testing.T) {
	table, _ := textsFor("ru", Texts{TextPay: "Купить"})
	table[TextRetry] = "changed"
	require.Equal(t, "Оплатить", texts[Russian][TextPay])
	require.Equal(t, "Попробовать снова", texts[Russian][TextRetry])
}

// TestPlaceholders: where English has a place for an amount or a time, so has
// every language, and nothing else.
func TestPlaceholders(t *testing.T) {
	form := regexp.MustCompile(`\{\w*\}`)
	for language, table := range texts {
		for key, text := range table {
			require.Equal(t, form.FindAllString(texts[English][key], -1), form.FindAllString(text, -1), "%s: %s", language, key)
		}
	}
}

// TestStrip: what a browser runs is what is written, without what it has no
// use for.
func TestStrip(t *testing.T) {
	const source = `// Why.
/** @type {string} */
const a = "http://x"; // that

/*
 * More // than that.
 */
  function f(/** @type {number} */ n) {
    return n / 2; // half
  }
`
	require.Equal(t, "const a = \"http://x\";\nfunction f( n) {\nreturn n / 2;\n}\n", string(strip([]byte(source))))
	for _, asset := range []asset{script, style} {
		require.NotRegexp(t, `/\*|\*/|\s//\s|\n\s`, string(asset.body))
	}
}

// TestNothingLooksLikeAComment: strip does not read JavaScript, so no text of
// the script may hold the marks of a comment.
func TestNothingLooksLikeAComment(t *testing.T) {
	for line := range strings.Lines(string(scriptSource)) {
		code, _, _ := strings.Cut(line, " // ")
		for _, quoted := range regexp.MustCompile("\"[^\"]*\"|`[^`]*`").FindAllString(code, -1) {
			require.NotContains(t, quoted, "/*")
		}
		if trimmed := strings.TrimSpace(line); !strings.HasPrefix(trimmed, "*") && !strings.HasPrefix(trimmed, "/") {
			require.Zero(t, strings.Count(code, "\"")%2, "a text that a comment cuts: %s", line)
			require.Zero(t, strings.Count(code, "`")%2, "a text over several lines: %s", line)
		}
	}
}

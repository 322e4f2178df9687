package widget_test

import (
	"bytes"
	"net/http"
	"os"
	"regexp"
	"testing"

	"github.com/go-highhelp/highhelp/widget"
	"github.com/stretchr/testify/require"
)

// TestScriptSize keeps the script small enough for a checkout on a bad line.
func TestScriptSize(t *testing.T) {
	const limit = 8 << 10
	ask := serve(t, plain)
	for path, e := range assets(t) {
		_, body := ask("GET", path, nil)
		_, zipped := ask("GET", path, http.Header{"Accept-Encoding": {"gzip"}})
		t.Logf("%s: %d bytes, %d compressed", e.name, len(body), len(zipped))
		require.Less(t, len(zipped), limit)
	}
}

// TestScriptHasATextForEveryCode: a code without a text would show nothing.
func TestScriptHasATextForEveryCode(t *testing.T) {
	code := string(script(t))
	texts := configOf(t, render(t, minimal())).Texts
	codes := regexp.MustCompile(`(?:new Failure|#fail|#text)\("(\w+)"\)|#to\("\w+", "(\w+)"\)`).FindAllStringSubmatch(code, -1)
	seen := map[string]bool{}
	for _, match := range codes {
		name := match[1] + match[2]
		require.NotEmpty(t, texts[widget.Text(name)], name)
		seen[name] = true
	}
	require.Greater(t, len(seen), 15, "%v", seen)
}

// TestScriptNeedsNoTrust: no sink of Trusted Types but the one behind the
// named policy, no inline style, nothing that a strict policy forbids.
func TestScriptNeedsNoTrust(t *testing.T) {
	code := script(t)
	for _, sink := range []string{
		"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function(", "srcdoc", ".style.", "cssText", "setTimeout(\"",
	} {
		require.False(t, bytes.Contains(code, []byte(sink)), sink)
	}
	require.Equal(t, 1, bytes.Count(code, []byte("script.src")))
}

// TestEventNames: shops listen for these names, and the package comment
// explains them.
func TestEventNames(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	require.NoError(t, err)
	var names []string
	for _, match := range regexp.MustCompile(`: "(highhelp:\w+)"`).FindAllStringSubmatch(string(script(t)), -1) {
		names = append(names, match[1])
		require.Contains(t, string(doc), "\t"+match[1]+" ")
	}
	require.Equal(t, []string{"highhelp:loading", "highhelp:ready", "highhelp:processing", "highhelp:complete", "highhelp:error"}, names)
}

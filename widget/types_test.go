package widget_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/go-highhelp/highhelp/widget"
	"github.com/stretchr/testify/require"
)

// These tests hold widget.d.ts to the script and to the texts by name, with
// nothing but Go. That each type is right is checked by a compiler: see
// testdata/types.

// declared returns the source of one declaration in widget.d.ts.
func declared(t *testing.T, start string) string {
	t.Helper()
	source, err := os.ReadFile("widget.d.ts")
	require.NoError(t, err)
	bare := regexp.MustCompile(`(?m)\s*//.*$|(?s:/\*\*.*?\*/)`).ReplaceAllString(string(source), "")
	_, rest, found := strings.Cut(bare, start)
	require.True(t, found, start)
	end := "\n}"
	if strings.HasPrefix(start, "export type") {
		end = ";"
	}
	body, _, found := strings.Cut(rest, end)
	require.True(t, found)
	return body
}

// names returns what the first group of a pattern matches, sorted.
func names(pattern, text string) []string {
	var list []string
	for _, match := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
		list = append(list, match[1])
	}
	slices.Sort(list)
	return slices.Compact(list)
}

const (
	member = `(?m)^  (?:readonly )?(\w+)[?(:]`
	quoted = `"(\w+)"`
)

func source(t *testing.T) string {
	t.Helper()
	code, err := os.ReadFile("widget.js")
	require.NoError(t, err)
	return string(code)
}

// between returns what stands between two marks of the script.
func between(t *testing.T, start, end string) string {
	t.Helper()
	_, rest, found := strings.Cut(source(t), start)
	require.True(t, found, start)
	body, _, found := strings.Cut(rest, end)
	require.True(t, found, end)
	return body
}

func TestTypesExport(t *testing.T) {
	types, err := os.ReadFile("widget.d.ts")
	require.NoError(t, err)
	require.Equal(t,
		names(`(?m)^export (?:const|function|class) (\w+)`, source(t)),
		names(`(?m)^export (?:const|function|class) (\w+)`, string(types)))
}

func TestTypesOfTheElement(t *testing.T) {
	body := between(t, "export class HighHelpWidget", "\n}\n")
	public := names(`(?m)^  (?:static |get |set )*([a-z]\w*)(?: =|\()`, body)
	public = slices.DeleteFunc(public, func(name string) bool {
		return strings.HasSuffix(name, "Callback") || name == "handleEvent" // for the browser
	})
	class := regexp.MustCompile(`static `).ReplaceAllString(declared(t, "export class HighHelpWidget"), "")
	require.Equal(t, public, names(member, class))
}

func TestTypesOfStates(t *testing.T) {
	require.Equal(t, names(`(?m)^  (\w+): \[`, between(t, "const NEXT = {", "\n};")), names(quoted, declared(t, "export type State =")))
	require.Equal(t, []string{string(widget.Frame), string(widget.Redirect), string(widget.Script)}, names(quoted, declared(t, "export type Mode =")))
}

// TestTypesOfTexts: Texts is every Text constant, the codes included.
func TestTypesOfTexts(t *testing.T) {
	var want []string
	for key := range configOf(t, render(t, minimal())).Texts {
		want = append(want, string(key))
	}
	slices.Sort(want)
	codes := append(names(quoted, declared(t, "export type ErrorCode =")), names(quoted, declared(t, "export type Code ="))...)
	got := append(names(member, declared(t, "export interface Texts")), codes...)
	slices.Sort(got)
	require.Equal(t, want, got)
}

func TestTypesOfOptions(t *testing.T) {
	declaredOptions := names(member, declared(t, "export interface Options"))
	used := names(`[oO]ptions\??\.([a-z]\w*)`, source(t))
	for _, list := range names(`const (\{[^}]*\}) = (?:/\*\* @type \{Options\} \*/ \()?(?:this\.#)?options`, source(t)) {
		used = append(used, names(`(\w+)(?: = [^,}]*)?[,} ]`, list[1:])...)
	}
	slices.Sort(used)
	used = slices.Compact(used)
	require.Equal(t, declaredOptions, used)
}

func TestTypesOfInit(t *testing.T) {
	require.Equal(t, names(`(?m)^        (\w+)[:,]`, between(t, "const result = init({", "\n      });")), names(member, declared(t, "export interface InitContext")))
}

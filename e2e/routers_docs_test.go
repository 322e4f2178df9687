package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The recipes that are documented are those that the suites run.
func TestRecipesAreDocumented(t *testing.T) {
	files, err := filepath.Glob("routers/*.go")
	require.NoError(t, err)
	var recipes, documented []string
	for _, file := range files {
		source, err := os.ReadFile(file)
		require.NoError(t, err)
		if filepath.Base(file) != "doc.go" {
			recipes = append(recipes, string(source))
		}
	}
	document, err := os.ReadFile("../docs/routers.md")
	require.NoError(t, err)
	for _, block := range regexp.MustCompile("(?s)```go\n(.*?)```").FindAllSubmatch(document, -1) {
		documented = append(documented, string(block[1]))
	}
	require.ElementsMatch(t, recipes, documented)
}

// So is what each middleware does.
func TestMiddlewareIsDocumented(t *testing.T) {
	document, err := os.ReadFile("../docs/routers.md")
	require.NoError(t, err)
	var rows strings.Builder
	for _, l := range layers {
		fmt.Fprintf(&rows, "| %s |", l.name)
		for _, code := range []int{l.want.ticket, l.want.form, l.want.callback} {
			if code != 0 {
				fmt.Fprintf(&rows, " %d", code)
			}
			rows.WriteString(" |")
		}
		rows.WriteString("\n")
	}
	require.Contains(t, string(document), "|---|---|---|---|\n"+rows.String()+"\n")
}

package e2e

import (
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The Go blocks of all documents compile against the modules as they are:
// programs as they stand, fragments among the variables of prelude.go.txt.
func TestGoBlocks(t *testing.T) {
	prelude := readFile(t, "../testdata/docs/prelude.go.txt")
	list := goBlocks(t)
	require.Greater(t, len(list), 40)
	c := newChecker(t, prelude, list)
	for _, b := range list {
		if b.program() {
			c.program(b)
		} else {
			c.fragment(b, prelude)
		}
	}
}

// A goBlock is a fenced block of Go.
type goBlock struct{ where, text string }

func (b goBlock) program() bool {
	return regexp.MustCompile(`(?m)^package \w+$`).MatchString(b.text)
}

// goBlocks returns the blocks of every document, with those of the modules
// that only this one can compile.
func goBlocks(t *testing.T) (list []goBlock) {
	t.Helper()
	var documents []string
	for _, pattern := range []string{"../*.md", "../docs/*.md", "../*/README.md"} {
		files, err := filepath.Glob(pattern)
		require.NoError(t, err)
		documents = append(documents, files...)
	}
	block := regexp.MustCompile("(?ms)^ *```go\n(.*?)^ *```$")
	documents = slices.DeleteFunc(documents, func(document string) bool {
		return document == "../docs/routers.md" // TestRecipesAreDocumented holds it
	})
	for _, document := range documents {
		text := readFile(t, document)
		for _, at := range block.FindAllStringSubmatchIndex(text, -1) {
			line := 1 + strings.Count(text[:at[0]], "\n")
			list = append(list, goBlock{document + ":" + strconv.Itoa(line), text[at[2]:at[3]]})
		}
	}
	return list
}

func readFile(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	return string(text)
}

// A blockChecker compiles as far as types go. It reads what the go command has
// made of the packages that are imported.
type blockChecker struct {
	t        *testing.T
	fset     *token.FileSet
	packages types.Importer
	imports  string // the import declaration of the prelude
}

func newChecker(t *testing.T, prelude string, list []goBlock) *blockChecker {
	t.Helper()
	c := &blockChecker{t: t, fset: token.NewFileSet()}
	c.imports = regexp.MustCompile(`(?s)import \(.*?\n\)\n`).FindString(prelude)
	require.NotEmpty(t, c.imports)
	wanted := map[string]bool{}
	for _, text := range append([]string{prelude}, programs(list)...) {
		file, err := parser.ParseFile(c.fset, "", text, parser.ImportsOnly)
		require.NoError(t, err)
		for _, spec := range file.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			require.NoError(t, err)
			wanted[path] = true
		}
	}
	exports := c.exports(wanted)
	c.packages = importer.ForCompiler(c.fset, "gc", func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) })
	return c
}

func programs(list []goBlock) (texts []string) {
	for _, b := range list {
		if b.program() {
			texts = append(texts, b.text)
		}
	}
	return texts
}

// exports asks the go command, in the workspace, for the export data of
// packages and of what they import.
func (c *blockChecker) exports(wanted map[string]bool) map[string]string {
	args := []string{"list", "-export", "-deps", "-f", "{{.ImportPath}}\t{{.Export}}"}
	for path := range wanted {
		args = append(args, path)
	}
	slices.Sort(args[5:])
	list := exec.CommandContext(c.t.Context(), "go", args...)
	list.Dir, list.Stderr = "..", c.t.Output()
	out, err := list.Output()
	require.NoError(c.t, err)
	files := map[string]string{}
	for line := range strings.Lines(string(out)) {
		path, file, _ := strings.Cut(strings.TrimSpace(line), "\t")
		files[path] = file
	}
	return files
}

// program wants a block that is a whole file to compile as it is.
func (c *blockChecker) program(b goBlock) {
	c.t.Helper()
	file, err := parser.ParseFile(c.fset, b.where, b.text, parser.SkipObjectResolution)
	require.NoError(c.t, err, b.where)
	config := types.Config{Importer: c.packages}
	_, err = config.Check("main", c.fset, []*ast.File{file}, nil)
	require.NoError(c.t, err, b.where)
}

// frames are what can be round a fragment: nothing, if it is declarations; a
// func, if it is statements; a Config, if it is some of its fields.
var frames = [][2]string{
	{"", ""},
	{"func _(w http.ResponseWriter, r *http.Request) error {\n", "\nreturn nil\n}\n"},
	{"var _ = highhelp.Config{\n", "\n}\n"},
}

// fragment wants a block to compile in a frame, beside the prelude. Variables
// that it does not use are for the reader to use.
func (c *blockChecker) fragment(b goBlock, prelude string) {
	c.t.Helper()
	before, err := parser.ParseFile(c.fset, "prelude", prelude, parser.SkipObjectResolution)
	require.NoError(c.t, err)
	var reasons []string
	for _, frame := range frames {
		text := "package docs\n" + c.imports + frame[0] + b.text + frame[1]
		file, err := parser.ParseFile(c.fset, b.where, text, parser.SkipObjectResolution)
		if err != nil {
			reasons = append(reasons, err.Error())
			continue
		}
		config := types.Config{Importer: c.packages, Error: func(err error) {
			var wrong types.Error
			require.ErrorAs(c.t, err, &wrong)
			require.True(c.t, wrong.Soft, "%s: %v", b.where, err)
		}}
		_, _ = config.Check("docs", c.fset, []*ast.File{before, file}, nil) // said above
		return
	}
	require.Fail(c.t, "it is no Go", "%s\n%s", b.where, strings.Join(reasons, "\n"))
}

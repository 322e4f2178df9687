// Command prose prints the words that people read: of documents, and of the
// comments and messages in the code and the examples of the modules that are
// released. Each line is a place, a tab, and the words that stand there. Code,
// addresses and names of the program are left out.
package main

import (
	"bufio"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"log"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// apart are folders whose code is not released. Their documents are read.
var apart = []string{"bench", "demo", "e2e", "examples", "tools", "bin"}

// foreign are files whose messages are in other languages.
var foreign = regexp.MustCompile(`(^|/)texts?_(az|es|kk|ky|ru|tg|uz)\.go$`)

func main() {
	out := bufio.NewWriter(os.Stdout)
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && len(path) > 1 && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "node_modules"):
			return fs.SkipDir
		case strings.HasSuffix(path, ".md"):
			return document(out, path)
		case strings.HasSuffix(path, ".go") && (strings.HasPrefix(entry.Name(), "example") || !strings.HasSuffix(path, "_test.go")):
			if top, _, below := strings.Cut(path, string(filepath.Separator)); !below || !slices.Contains(apart, top) {
				return code(out, path)
			}
		}
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	if err := out.Flush(); err != nil {
		log.Fatal(err)
	}
}

var (
	span    = regexp.MustCompile("`[^`]*`")
	target  = regexp.MustCompile(`\]\([^)]*\)`)
	address = regexp.MustCompile(`\S+://\S+|\S+@\S+`)
)

// document prints the words of a document, without blocks and spans of code.
func document(out *bufio.Writer, path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	fenced, n := false, 0
	for line := range strings.Lines(string(text)) {
		n++
		if strings.HasPrefix(strings.TrimSpace(line), "```") {
			fenced = !fenced
		} else if !fenced {
			line = target.ReplaceAllString(span.ReplaceAllString(line, " "), "] ")
			words(out, path, n, line, nil)
		}
	}
	return nil
}

// code prints the words of comments and messages.
func code(out *bufio.Writer, path string) error {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, path, nil, parser.ParseComments)
	if err != nil {
		return err
	}
	names := map[string]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		switch x := n.(type) {
		case *ast.Ident:
			names[x.Name] = true
		case *ast.BasicLit:
			if x.Kind == token.STRING && !foreign.MatchString(path) {
				message(out, fset.Position(x.Pos()), x.Value)
			}
		}
		return true
	})
	for _, group := range file.Comments {
		for _, comment := range group.List {
			if comment.Text == "// Output:" {
				break // what follows a program has printed
			}
			if text, ok := strings.CutPrefix(comment.Text, "//"); ok && !strings.HasPrefix(text, "\t") && !strings.HasPrefix(text, "go:") {
				words(out, path, fset.Position(comment.Pos()).Line, text, names)
			}
		}
	}
	return nil
}

// message prints the words of a text that is a sentence, or most of one.
func message(out *bufio.Writer, at token.Position, literal string) {
	text, err := strconv.Unquote(literal)
	if err == nil && strings.Count(text, " ") >= 2 && !strings.ContainsAny(text, "<>{}\t") {
		words(out, at.Filename, at.Line, regexp.MustCompile(`%[-+#]?\w`).ReplaceAllString(text, "0"), nil)
	}
}

// words prints what a spell checker can judge: no names of the program, and
// nothing that has more than letters in it.
func words(out *bufio.Writer, path string, line int, text string, names map[string]bool) {
	var list []string
	for _, field := range strings.Fields(address.ReplaceAllString(text, " ")) {
		field = strings.TrimFunc(field, func(r rune) bool {
			return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("_/.<$", r)
		})
		field = strings.TrimSuffix(strings.TrimRight(field, "."), "'s")
		for _, word := range strings.FieldsFunc(field, func(r rune) bool { return strings.ContainsRune("-–/,·", r) }) {
			if isWord(word) && !names[word] {
				list = append(list, word)
			}
		}
	}
	if len(list) > 0 {
		fmt.Fprintf(out, "%s:%d\t%s\n", path, line, strings.Join(list, " "))
	}
}

// isWord reports whether a word is one of letters, of which at most the first
// is a capital.
func isWord(word string) bool {
	for i, r := range word {
		if r > unicode.MaxASCII || r != '\'' && !unicode.IsLetter(r) || i > 0 && unicode.IsUpper(r) {
			return false
		}
	}
	return true
}

package main

import (
	"flag"
	"strings"

	"github.com/go-highhelp/highhelp"
)

func printStatuses(flags *flag.FlagSet) action {
	format := flags.String("format", "markdown", "`form` of the text: markdown, or mermaid for a diagram")
	for _, form := range []string{"markdown", "mermaid"} {
		flags.BoolFunc(form, "the same as --format "+form, func(string) error {
			*format = form
			return nil
		})
	}
	return func(c *console) error {
		var b strings.Builder
		if *format != "markdown" && *format != "mermaid" {
			return usageError{"--format is markdown or mermaid"}
		}
		if err := highhelp.WriteStatuses(&b, *format); err != nil {
			return err
		}
		if *format == "mermaid" {
			return c.answer(map[string]string{"mermaid": b.String()}, b.String())
		}
		return c.answer(map[string]any{"tables": tablesOf(b.String())}, b.String())
	}
}

// A table is one of a Markdown document, as data.
type table struct {
	Title string              `json:"title"`
	Rows  []map[string]string `json:"rows"`
}

// tablesOf reads the tables out of a Markdown document, under the headings
// above them.
func tablesOf(markdown string) (tables []table) {
	var title string
	var head []string
	for line := range strings.SplitSeq(markdown, "\n") {
		switch {
		case strings.HasPrefix(line, "#"):
			title, head = strings.TrimLeft(line, "# "), nil
		case !strings.HasPrefix(line, "|"):
			head = nil
		case head == nil:
			head = cells(line)
			tables = append(tables, table{Title: title, Rows: []map[string]string{}})
		case strings.HasPrefix(line, "| ---"):
		default:
			row := map[string]string{}
			for i, cell := range cells(line) {
				row[head[i]] = cell
			}
			t := &tables[len(tables)-1]
			t.Rows = append(t.Rows, row)
		}
	}
	return tables
}

func cells(line string) []string {
	const bar = "\x00"
	line = strings.ReplaceAll(strings.Trim(line, "| "), `\|`, bar)
	list := strings.Split(line, " | ")
	for i, cell := range list {
		list[i] = strings.Trim(strings.ReplaceAll(cell, bar, "|"), " `")
	}
	return list
}

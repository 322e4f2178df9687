package highhelp

import (
	"fmt"
	"io"
	"strings"
)

// WriteStatuses writes what is known of the gateway's statuses and what each
// does to an order: as "markdown" a document, as "mermaid" the diagram of an
// attempt. Nothing of the behavior is written down for it: it runs the same
// functions as a callback and a click on the pay button do. It fails for any
// other format, and with the error of w.
func WriteStatuses(w io.Writer, format string) error {
	var text string
	switch format {
	case "markdown":
		text = statusesMarkdown()
	case "mermaid":
		text = statusesMermaid()
	default:
		return fmt.Errorf("highhelp: %q is no format of WriteStatuses: markdown or mermaid", format)
	}
	_, err := io.WriteString(w, text)
	return err
}

func statusesMarkdown() string {
	var b strings.Builder
	b.WriteString("# Statuses\n\nThe sets are open: a status that is not listed is taken in as an intermediate one.\n" +
		"The pages tell of one more dispute, of a payout that was not made within its lifetime; its name could not be read.\n\n")
	writeTable(&b, meaningRows())
	b.WriteString("\n\"Documented\" is stated by HighHelp's own pages, \"assumed\" is not. The pages are\n\n")
	for _, page := range statusPages {
		fmt.Fprintf(&b, "- <%s>\n", page)
	}
	b.WriteString("\n## What an event does\n\nA row is what the payment is, a column what the event says of one of its attempts.\n\n")
	writeTable(&b, eventRows())
	b.WriteString("\n## What an outcome means\n\nEach is answered 200 once it is durable, and each is in the journal.\n\n")
	writeTable(&b, outcomeRows())
	b.WriteString("\n## What the pay button does next\n\nA create request was sent before, and its page is not at hand. A row is what the gateway says when it is asked.\n\n")
	writeTable(&b, verdictRows())
	return b.String()
}

// writeTable writes rows as a table, the first as its head.
func writeTable(b *strings.Builder, rows [][]string) {
	for i, row := range rows {
		for j := range row {
			row[j] = strings.ReplaceAll(row[j], "|", `\|`)
		}
		fmt.Fprintf(b, "| %s |\n", strings.Join(row, " | "))
		if i == 0 {
			b.WriteString(strings.Repeat("| --- ", len(row)) + "|\n")
		}
	}
}

// statusesMermaid draws the newest attempt of an order that is not paid. States
// from which the same events lead to the same states are drawn as one.
func statusesMermaid() string {
	var b strings.Builder
	b.WriteString("stateDiagram-v2\n    [*] --> open: create request\n    state open {\n")
	open, ends := groups()
	for _, s := range open {
		fmt.Fprintf(&b, "        %s\n", s)
	}
	b.WriteString("    }\n    note left of open: any of them may follow any other\n")
	for _, s := range ends {
		fmt.Fprintf(&b, "    open --> %s: %s, %s\n    %s --> [*]\n", s, s, hookOf(Status{Main: s}), s)
	}
	for _, s := range ends {
		for _, other := range ends {
			if o := outcomeIn(s, other); o != Duplicate {
				fmt.Fprintf(&b, "    note right of %s: %s afterwards is a %s, nothing changes, a human must look\n", s, other, o)
			}
		}
	}
	return b.String()
}

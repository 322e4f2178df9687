package highhelp

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func written(t *testing.T, format string) string {
	t.Helper()
	var b strings.Builder
	require.NoError(t, WriteStatuses(&b, format))
	return b.String()
}

// Every table is whole: each row has as many cells as its head, none is empty,
// and no word is missing.
func TestStatusesMarkdown(t *testing.T) {
	text := written(t, "markdown")
	cells, tables := 0, 0
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "|") {
			cells = 0
			continue
		}
		row := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), " | ")
		if cells == 0 {
			cells = len(row)
			tables++
		}
		require.Len(t, row, cells, line)
		for _, cell := range row {
			require.NotEmpty(t, strings.TrimSpace(cell), line)
		}
	}
	require.Equal(t, 4, tables)
	for _, outcome := range outcomeNames[1:] {
		require.Contains(t, text, "\n| "+outcome+" |")
	}
	require.NotContains(t, text, "outcome -1")
	require.NotContains(t, text, "| none |")
}

// What the document says is what the code does: these cells are the promises
// that a shop relies on.
func TestStatusesSayWhatHappens(t *testing.T) {
	cell := func(rows [][]string, row, column string) string {
		for _, r := range rows[1:] {
			for i, name := range rows[0] {
				if r[0] == row && name == column {
					return r[i]
				}
			}
		}
		t.Fatalf("no cell %q, %q", row, column)
		return ""
	}
	events := eventRows()
	require.Equal(t, "applied", cell(events, "newest, processing", "success"))
	require.Equal(t, "mismatch", cell(events, "newest, processing", "success of another amount"))
	require.Equal(t, "the gateway is asked", cell(events, "newest, dispute", "success, amount not stated"))
	require.Equal(t, "conflict", cell(events, "newest, success", "decline"))
	require.Equal(t, "duplicate", cell(events, "newest, success", "the same again"))
	require.Equal(t, "stale", cell(events, "newest, decline", "intermediate"))
	require.Equal(t, "double_paid", cell(events, "older, processing, a newer one is paid", "success"))
	outcomes := outcomeRows()
	for _, row := range outcomes[1:] {
		require.Equal(t, row[0] == "applied", row[3] == "yes", "only what is applied runs a hook")
	}
	require.Equal(t, "no", cell(outcomes, "duplicate", "leaves a mark"))
	require.Equal(t, "yes", cell(outcomes, "conflict", "holds the order for review"))
	require.Equal(t, "no", cell(outcomes, "mismatch", "takes the status over"))
	verdicts := verdictRows()
	require.Equal(t, "wait", cell(verdicts, "`processing:paid`", "its page has ended"))
	require.Equal(t, "open the next attempt", cell(verdicts, "`decline`", "its page may be open"))
	require.Len(t, verdicts, len(meanings)+5)
}

func TestStatusesMermaid(t *testing.T) {
	text := written(t, "mermaid")
	require.True(t, strings.HasPrefix(text, "stateDiagram-v2\n"))
	for _, line := range []string{"open --> success: success, OnPaid\n", "open --> decline: decline, OnDeclined\n", "decline afterwards is a conflict"} {
		require.Contains(t, text, line)
	}
	for line := range strings.Lines(text) { // Mermaid takes a second colon for an error
		require.LessOrEqual(t, strings.Count(line, ":"), 1, line)
	}
	open, ends := groups()
	require.Equal(t, []string{statusError, statusProcessing, statusDispute}, open)
	require.Equal(t, []string{statusDecline, statusSuccess}, ends)
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestWriteStatusesFails(t *testing.T) {
	require.ErrorContains(t, WriteStatuses(&strings.Builder{}, "svg"), `"svg"`)
	require.ErrorContains(t, WriteStatuses(brokenPipe{}, "markdown"), "broken pipe")
}

package highhelptest

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/go-highhelp/highhelp/sandbox"
)

// A story tells what was done in a trial, line by line.
type story struct{ lines []string }

func (s *story) tell(format string, args ...any) {
	s.lines = append(s.lines, fmt.Sprintf(format, args...))
}

// An ending is how a trial fails: what happened last, and what should have.
type ending struct{ happened, should string }

// write puts the story of a failed trial together.
func (s *story) write(title, about string, e ending) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n    %s\n\n", title, about)
	for _, line := range s.lines {
		b.WriteString("    " + line + "\n")
	}
	fmt.Fprintf(&b, "\n    what happened:            %s\n    what should have happened: %s\n", e.happened, e.should)
	return b.String()
}

// tellDelivery tells of one try of a callback.
func (s *story) tellDelivery(d sandbox.Delivery) {
	spoiled := ""
	if len(d.Faults) > 0 {
		spoiled = ", spoiled by " + d.Faults[0].String()
	}
	s.tell("the gateway sent %s to POST %s (try %d%s): %s", d.Status, pathIn(d.URL), d.Try, spoiled, answerOf(d))
}

// answerOf says what came of a try.
func answerOf(d sandbox.Delivery) string {
	if d.Err != nil {
		return strings.TrimPrefix(d.Err.Error(), "sandbox: ")
	}
	text := fmt.Sprintf("answered %d %s", d.HTTPStatus, http.StatusText(d.HTTPStatus))
	if !d.OK() {
		text += quoted(d.AnswerBody)
	}
	return text
}

// quoted returns the beginning of an answer for people, or "".
func quoted(body []byte) string {
	line, _, _ := bytes.Cut(bytes.TrimSpace(body), []byte("\n"))
	if len(line) == 0 || !utf8.Valid(line) {
		return ""
	}
	const most = 120
	if len(line) > most {
		line = append(bytes.Clone(bytes.ToValidUTF8(line[:most], nil)), "…"...)
	}
	return fmt.Sprintf(", %q", line)
}

// pathIn returns the path and query of a URL: its host is another in each run.
func pathIn(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return raw
	}
	return u.RequestURI()
}

func times(n int) string {
	switch n {
	case 0:
		return "not"
	case 1:
		return "once"
	case 2:
		return "twice"
	}
	return fmt.Sprintf("%d times", n)
}

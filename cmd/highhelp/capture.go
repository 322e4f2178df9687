package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httputil"
	"regexp"
	"strconv"
	"strings"
)

// A capture is a callback as somebody has caught it.
type capture struct {
	header http.Header
	body   []byte
	notes  []string // what was odd about the capture itself
}

var (
	requestLine = regexp.MustCompile(`^[A-Z]+ \S+( HTTP/[0-9.]+)?$`)
	headerLine  = regexp.MustCompile(`^:?[A-Za-z0-9_-]+: *\S`) // with ':' before it, one that HTTP/2 has for the request line
)

// parseCapture reads a raw HTTP request: with or without its request line, with
// LF or CRLF, with the ">" of curl -v.
func parseCapture(raw []byte) (*capture, error) {
	head, body, lines := splitHead(raw)
	if len(lines) == 0 {
		return nil, errors.New("no HTTP request: there is neither a request line nor a header; " +
			"with only the body on standard input give --headers, or --timestamp and --signature")
	}
	header, err := parseHeaders(head)
	if err != nil {
		return nil, err
	}
	c := &capture{header: header, body: body}
	c.unframe()
	return c, nil
}

// splitHead splits a capture at the first empty line.
func splitHead(raw []byte) (head string, body []byte, lines []string) {
	rest := raw
	for len(rest) > 0 {
		line, after, _ := bytes.Cut(rest, []byte("\n"))
		text := strings.TrimPrefix(strings.TrimRight(string(line), "\r"), "> ")
		rest = after
		if text == "" || text == ">" {
			break
		}
		if len(lines) == 0 && !requestLine.MatchString(text) && !headerLine.MatchString(text) {
			return "", raw, nil
		}
		lines = append(lines, text)
	}
	return strings.Join(lines, "\n"), rest, lines
}

// parseHeaders reads "name: value" lines. A request line, and what HTTP/2 has in
// its place, are passed over.
func parseHeaders(text string) (http.Header, error) {
	header := http.Header{}
	for i, line := range strings.Split(strings.ReplaceAll(text, "\r", ""), "\n") {
		if strings.TrimSpace(line) == "" || strings.HasPrefix(line, ":") || i == 0 && requestLine.MatchString(line) {
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok || !headerLine.MatchString(name+": x") {
			return nil, fmt.Errorf("line %d of the headers is none: they are lines such as x-access-timestamp: 1706883522", i+1)
		}
		header.Add(name, strings.TrimSpace(value))
	}
	return header, nil
}

// unframe takes the body out of its chunks, and notes if it has another length
// than was stated.
func (c *capture) unframe() {
	if strings.EqualFold(c.header.Get("Transfer-Encoding"), "chunked") {
		if whole, err := io.ReadAll(httputil.NewChunkedReader(bytes.NewReader(c.body))); err == nil {
			c.body = whole
		} else {
			c.notes = append(c.notes, "Transfer-Encoding says chunked, but the body is not in chunks: taken as it is")
		}
		return
	}
	stated, err := strconv.Atoi(c.header.Get("Content-Length"))
	if err != nil {
		return
	}
	// An editor ends the last line, and JSON does not mind.
	if have := len(c.body); have != stated && len(bytes.TrimSpace(c.body)) != stated {
		c.notes = append(c.notes, fmt.Sprintf("Content-Length says %d bytes, the capture has %d: it is not whole, or was changed", stated, have))
	}
}

package highhelp

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/go-highhelp/highhelp/signer"
)

// What the journal keeps of a body; see Config.JournalBodies.
const (
	bodiesFull   = "full"
	bodiesMasked = "masked"
	bodiesNone   = "none"
)

// The paths of what decides, in a callback and in an answer. Their values are
// ids, statuses and amounts.
var (
	callbackPaths = []string{
		"project_id", "general:project_id", "general:payment_id", "general:request_id",
		"status:status", "status:sub_status", "payment_info:amount", "payment_info:currency",
	}
	answerPaths = slices.Concat(callbackPaths, []string{
		"payment_id", "request_id", "status", "sub_status", "amount", "currency", "payment:amount", "payment:currency",
	})
)

// mask stands for a value that is not kept.
const mask = `"***"`

// masked returns body with a mask for every value whose path neither decides
// nor is one of also. It returns nil if body is not what the strict parser
// takes: then nobody can say what is in it.
func masked(body []byte, isAnswer bool, also []string) []byte {
	if _, err := signer.Parse(body); err != nil { // bounds the depth too
		return nil
	}
	m := masker{in: body, out: make([]byte, 0, len(body)), keep: callbackPaths, also: also}
	if isAnswer {
		m.keep, m.also = answerPaths, nil
	}
	m.value(true)
	return m.out
}

// A masker copies a JSON document that is known to be one, without its spaces.
type masker struct {
	in, out    []byte
	at         int    // the next byte of in
	path       []byte // of the value there
	keep, also []string
}

// value copies the value that comes next. Names in the root have nothing in
// front of them; an empty name in front of another is a part of its path.
func (m *masker) value(isRoot bool) {
	switch m.next() {
	case '{':
		m.container('}', isRoot)
	case '[':
		m.container(']', isRoot)
	default:
		token := m.token()
		if string(token) != "null" && !m.kept() {
			token = []byte(mask)
		}
		m.out = append(m.out, token...)
	}
}

// kept reports whether the value at m.path is one to keep.
func (m *masker) kept() bool {
	is := func(path string) bool { return path == string(m.path) }
	return slices.ContainsFunc(m.keep, is) || slices.ContainsFunc(m.also, is)
}

func (m *masker) container(end byte, isRoot bool) {
	outside := len(m.path)
	m.copy()
	for m.next() != end {
		if m.in[m.at] == ',' {
			m.copy()
			m.next()
		}
		inside := "[]" // nothing in an array decides
		if end == '}' {
			name := m.token()
			m.out = append(m.out, name...)
			m.next()
			m.copy() // the colon
			inside = unquoted(name)
		}
		if !isRoot {
			m.path = append(m.path, ':')
		}
		m.path = append(m.path, inside...)
		m.value(false)
		m.path = m.path[:outside]
	}
	m.copy()
}

// next skips spaces and returns what comes then.
func (m *masker) next() byte {
	for strings.IndexByte(" \t\r\n", m.in[m.at]) >= 0 {
		m.at++
	}
	return m.in[m.at]
}

// copy copies one byte.
func (m *masker) copy() {
	m.out = append(m.out, m.in[m.at])
	m.at++
}

// token returns the string or literal that begins here, and goes behind it.
func (m *masker) token() []byte {
	begin := m.at
	if m.in[m.at] != '"' {
		for m.at < len(m.in) && strings.IndexByte(",]} \t\r\n", m.in[m.at]) < 0 {
			m.at++
		}
		return m.in[begin:m.at]
	}
	for m.at++; m.in[m.at] != '"'; m.at++ {
		if m.in[m.at] == '\\' {
			m.at++
		}
	}
	m.at++
	return m.in[begin:m.at]
}

func unquoted(token []byte) (text string) {
	if bytes.IndexByte(token, '\\') < 0 {
		return string(token[1 : len(token)-1])
	}
	_ = json.Unmarshal(token, &text) // it is a string
	return text
}

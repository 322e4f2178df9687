package highhelp

import (
	"bytes"
	"encoding/json"
	"fmt"
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
	m := masker{in: json.NewDecoder(bytes.NewReader(body)), keep: slices.Concat(callbackPaths, also)}
	if isAnswer {
		m.keep = answerPaths
	}
	m.in.UseNumber()
	if m.value("") != nil {
		return nil
	}
	return m.out.Bytes()
}

// A masker copies a JSON document, token by token.
type masker struct {
	in   *json.Decoder
	out  bytes.Buffer
	keep []string
}

// value copies the value at path.
func (m *masker) value(path string) error {
	token, err := m.in.Token()
	if err != nil {
		return err
	}
	switch token {
	case json.Delim('{'):
		return m.container(path, '{', '}')
	case json.Delim('['):
		return m.container(path, '[', ']')
	}
	if token != nil && !slices.Contains(m.keep, path) {
		m.out.WriteString(mask)
		return nil
	}
	return m.write(token)
}

func (m *masker) container(path string, begin, end byte) error {
	m.out.WriteByte(begin)
	for first := true; m.in.More(); first = false {
		if !first {
			m.out.WriteByte(',')
		}
		inside := path + ":[]" // nothing in an array decides
		if begin == '{' {
			name, err := m.in.Token()
			if err != nil {
				return err
			}
			if err := m.write(name); err != nil {
				return err
			}
			m.out.WriteByte(':')
			inside = strings.TrimPrefix(path+":"+fmt.Sprint(name), ":")
		}
		if err := m.value(inside); err != nil {
			return err
		}
	}
	m.out.WriteByte(end)
	_, err := m.in.Token()
	return err
}

func (m *masker) write(token json.Token) error {
	text, err := json.Marshal(token)
	m.out.Write(text)
	return err
}

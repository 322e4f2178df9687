package signer_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A line is one value with its path, as the reference sees it.
type line struct{ path, value string }

// reference is a second parser and canonicaliser, written from the rules with
// encoding/json and maps, as simply as possible and sharing no code with the
// package. It returns the lines in the order of the text, or why the document
// must be refused.
func reference(body []byte) ([]line, error) {
	if !json.Valid(body) || bytes.TrimLeft(body, " \t\r\n")[0] != '{' {
		return nil, fmt.Errorf("not a JSON object")
	}
	if !utf8.Valid(body) || loneSurrogate(body) {
		return nil, fmt.Errorf("not Unicode")
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	r := referenceReader{dec: dec}
	root, err := r.value(1)
	if err != nil {
		return nil, err
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, fmt.Errorf("more data")
	}
	for _, path := range []string{
		"project_id", "general:project_id", "general:payment_id", "general:request_id",
		"status:status", "status:sub_status", "payment_info:amount", "payment_info:currency",
	} {
		if caseVariant(root, strings.Split(path, ":")) {
			return nil, fmt.Errorf("case variant of %s", path)
		}
	}
	var lines []line
	referenceLines("", root, &lines)
	slices.SortFunc(lines, func(a, b line) int { return strings.Compare(a.path+":"+a.value, b.path+":"+b.value) })
	if r.nodes > 20_000 || len(lines) > 10_000 || len(textOfLines(lines)) > 4<<20 {
		return nil, fmt.Errorf("too large")
	}
	return lines, nil
}

func textOfLines(lines []line) string {
	var texts []string
	for _, l := range lines {
		texts = append(texts, l.path+":"+l.value)
	}
	return strings.Join(texts, ";")
}

var escapes = regexp.MustCompile(`\\(u[0-9a-fA-F]{4}|.)`)

// loneSurrogate looks for half a pair in valid JSON. encoding/json puts U+FFFD
// in its place.
func loneSurrogate(body []byte) bool {
	end, high := 0, false
	for _, at := range escapes.FindAllIndex(body, -1) {
		unit := uint64(0)
		if body[at[0]+1] == 'u' {
			unit, _ = strconv.ParseUint(string(body[at[0]+2:at[1]]), 16, 16)
		}
		low := 0xDC00 <= unit && unit <= 0xDFFF
		if low != (high && at[0] == end) || high && at[0] != end {
			return true
		}
		end, high = at[1], 0xD800 <= unit && unit <= 0xDBFF
	}
	return high
}

type referenceReader struct {
	dec   *json.Decoder
	nodes int
}

// value decodes by tokens, because Unmarshal hides repeated keys. Arrays become
// objects whose keys are the indexes.
func (r *referenceReader) value(depth int) (any, error) {
	r.nodes++
	token, err := r.dec.Token()
	if err != nil {
		return nil, err
	}
	delim, ok := token.(json.Delim)
	if !ok {
		if number, ok := token.(json.Number); ok {
			_, err = number.Float64() // overflow
		}
		return token, err
	}
	if depth > 64 {
		return nil, fmt.Errorf("too deep")
	}
	object, array := map[string]any{}, 0
	for r.dec.More() {
		key := strconv.Itoa(array)
		array++
		if delim == '{' {
			token, err := r.dec.Token()
			if err != nil {
				return nil, err
			}
			key = token.(string)
		}
		if _, twice := object[key]; twice || strings.ContainsAny(key, ":;") {
			return nil, fmt.Errorf("key")
		}
		if object[key], err = r.value(depth + 1); err != nil {
			return nil, err
		}
	}
	_, err = r.dec.Token()
	return object, err
}

func caseVariant(v any, path []string) bool {
	object, _ := v.(map[string]any)
	for key := range object {
		if key != path[0] && strings.EqualFold(key, path[0]) {
			return true
		}
	}
	return len(path) > 1 && object[path[0]] != nil && caseVariant(object[path[0]], path[1:])
}

func referenceLines(prefix string, v any, lines *[]line) {
	for key, v := range v.(map[string]any) {
		path := prefix + key
		switch v := v.(type) {
		case map[string]any:
			referenceLines(path+":", v, lines)
		case nil:
			*lines = append(*lines, line{path, "None"})
		case bool:
			*lines = append(*lines, line{path, map[bool]string{true: "1", false: "0"}[v]})
		case string:
			*lines = append(*lines, line{path, v})
		case json.Number:
			*lines = append(*lines, line{path, referenceNumber(v.String())})
		}
	}
}

func referenceNumber(s string) string {
	if !strings.ContainsAny(s, ".eE") {
		if s == "-0" {
			return "0"
		}
		return s
	}
	f, _ := strconv.ParseFloat(s, 64)
	mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(f, 'e', -1, 64), "e")
	if x, _ := strconv.Atoi(exponent); f != 0 && (x < -4 || x >= 16) {
		return mantissa + "e" + exponent
	}
	s = strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}

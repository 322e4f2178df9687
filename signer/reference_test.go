package signer_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"sort"
	"strconv"
	"strings"
)

// reference is a second canonicaliser, written from the rules with
// encoding/json and maps, as simply as possible and sharing no code with the
// package. It does not know limits, case variants or overflow.
func reference(body []byte) (string, error) {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	root, err := referenceValue(dec)
	if err != nil {
		return "", err
	}
	if _, err := dec.Token(); err != io.EOF {
		return "", fmt.Errorf("more data")
	}
	object, ok := root.(map[string]any)
	if !ok || bytes.TrimSpace(body)[0] != '{' {
		return "", fmt.Errorf("not an object")
	}
	var lines []string
	referenceLines("", object, &lines)
	sort.Strings(lines)
	return strings.Join(lines, ";"), nil
}

// referenceValue decodes by tokens, because Unmarshal hides repeated keys.
func referenceValue(dec *json.Decoder) (any, error) {
	token, err := dec.Token()
	if err != nil {
		return nil, err
	}
	delim, ok := token.(json.Delim)
	if !ok {
		return token, nil
	}
	object, array := map[string]any{}, 0
	for dec.More() {
		key := strconv.Itoa(array)
		array++
		if delim == '{' {
			token, err := dec.Token()
			if err != nil {
				return nil, err
			}
			key = token.(string)
		}
		if _, twice := object[key]; twice || delim == '{' && strings.ContainsAny(key, ":;") {
			return nil, fmt.Errorf("key")
		}
		if object[key], err = referenceValue(dec); err != nil {
			return nil, err
		}
	}
	_, err = dec.Token()
	return object, err
}

func referenceLines(prefix string, object map[string]any, lines *[]string) {
	for key, v := range object {
		path := prefix + key + ":"
		switch v := v.(type) {
		case map[string]any:
			referenceLines(path, v, lines)
		case nil:
			*lines = append(*lines, path+"None")
		case bool:
			*lines = append(*lines, path+map[bool]string{true: "1", false: "0"}[v])
		case string:
			*lines = append(*lines, path+v)
		case json.Number:
			*lines = append(*lines, path+referenceNumber(v.String()))
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

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/go-highhelp/highhelp/signer"
	"github.com/go-json-experiment/json/jsontext"
)

// FuzzJSONText holds the parser of signer against the tokens of jsontext, which
// is as strict: it refuses invalid UTF-8, lone surrogates and repeated names.
func FuzzJSONText(f *testing.F) {
	for _, body := range vectorBodies(f) {
		f.Add(body)
	}
	for _, s := range shapes {
		f.Add(s.make(1 << 10))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		doc, err := signer.Parse(body)
		want, jsonErr := readTokens(body)
		if err != nil {
			var syntax *signer.SyntaxError
			if !errors.As(err, &syntax) || jsonErr == nil && !onPurpose(syntax.Reason) {
				t.Fatalf("signer refuses what jsontext takes: %v", err)
			}
			return
		}
		if jsonErr != nil {
			t.Fatalf("signer takes what jsontext refuses: %v", jsonErr)
		}
		n := 0
		for path, value := range doc.All() {
			n++
			if text, ok := want[path]; !ok || text != value {
				t.Fatalf("at %q signer has %q, jsontext %q", path, value, text)
			}
		}
		if n != len(want) {
			t.Fatalf("signer has %d values, jsontext %d", n, len(want))
		}
	})
}

func vectorBodies(t testing.TB) (bodies [][]byte) {
	t.Helper()
	data, err := os.ReadFile("../signer/testdata/signatures.json")
	check(err)
	var v struct{ Accept, Refuse []struct{ Body string } }
	check(json.Unmarshal(data, &v))
	for _, c := range append(v.Accept, v.Refuse...) {
		bodies = append(bodies, []byte(c.Body))
	}
	return bodies
}

// onPurpose lists the reasons that jsontext does not know.
func onPurpose(reason string) bool {
	for _, known := range []string{
		"a number that overflows", "more than 64 levels", "more than 10,000", "more than 20,000", "canonical text over",
		"a key holds ':' or ';'", "a key differs only in case", "not a JSON object",
	} {
		if strings.HasPrefix(reason, known) {
			return true
		}
	}
	return false
}

// readTokens returns the scalars of body by path, as the default Scheme writes
// them.
func readTokens(body []byte) (map[string]string, error) {
	dec := jsontext.NewDecoder(bytes.NewReader(body))
	values := map[string]string{}
	for first := true; first || dec.StackDepth() > 0; first = false {
		token, err := dec.ReadToken()
		if err != nil {
			return nil, err
		}
		kind, length := dec.StackIndex(dec.StackDepth())
		if kind == '{' && length%2 == 1 || strings.ContainsRune("{}[]", rune(token.Kind())) {
			continue // a name, or no scalar
		}
		if values[path(dec)], err = written(token); err != nil {
			return nil, err
		}
	}
	if _, err := dec.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more data")
	}
	return values, nil
}

// path writes the place of the decoder as signer does.
func path(dec *jsontext.Decoder) string {
	var names []string
	for name := range dec.StackPointer().Tokens() {
		names = append(names, name)
	}
	return strings.Join(names, ":")
}

func written(token jsontext.Token) (string, error) {
	switch token.Kind() {
	case 'n':
		return "None", nil
	case 't':
		return "1", nil
	case 'f':
		return "0", nil
	case '0':
		return number(token.String())
	}
	return token.String(), nil
}

// number is Python's way to print one: integers as they stand, floats as repr
// does.
func number(s string) (string, error) {
	if !strings.ContainsAny(s, ".eE") {
		if s == "-0" {
			return "0", nil
		}
		return s, nil
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return "", err
	}
	if abs := math.Abs(f); abs != 0 && (abs < 1e-4 || abs >= 1e16) {
		return strconv.FormatFloat(f, 'e', -1, 64), nil
	}
	s = strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s, nil
}

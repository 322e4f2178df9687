package signer_test

import (
	"strings"
	"testing"

	"github.com/go-highhelp/highhelp/signer"
	"github.com/stretchr/testify/require"
)

// A body with too many values is not read to its end: the error says how far.
// The last value is seen when its container ends.
func TestWhereTooManyValuesAreSeen(t *testing.T) {
	const many, open = "more than 20,000 values", "expected ',' or ']'"
	zeros := func(n int) string { return strings.Repeat("0,", n-1) + "0" }
	for _, c := range []struct {
		name, body string
		want       signer.SyntaxError
	}{
		{"one array", `{"a":[` + zeros(25_000) + `]}`, signer.SyntaxError{Offset: len(`{"a":[`) + len("0,")*19_999, Reason: many}},
		{"one object", `{"a":{` + strings.Repeat(`"a":0,`, 25_000) + `}}`, signer.SyntaxError{Offset: len(`{"a":{`) + len(`"a":0,`)*19_999 + len(`"a`), Reason: many}},
		{"escaped keys", `{"a":{` + strings.Repeat(`"\n":0,`, 25_000) + `}}`, signer.SyntaxError{Offset: len(`{"a":{`) + len(`"\n":0,`)*19_999 + len(`"\n"`), Reason: many}},
		{"one too many, and no end", `{"a":[` + zeros(19_999), signer.SyntaxError{Offset: len(`{"a":[`) + len(zeros(19_999)), Reason: open}},
		{"one too many", `{"a":[` + zeros(19_999) + `]}`, signer.SyntaxError{Offset: len(`{"a":[`) + len(zeros(19_999)), Reason: many}},
		{"not too many", `{"a":[` + zeros(19_998) + `]}`, signer.SyntaxError{Offset: len(`{"a":[`) + len(zeros(19_998)), Reason: "more than 10,000 scalar values"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := signer.Parse([]byte(c.body))
			require.Equal(t, &c.want, err)
		})
	}
}

// The size of a text of many lines under a long path is known exactly, without
// the text being written: its limit is 4 MiB, and one more is refused.
func TestTextLimitOfManyLines(t *testing.T) {
	for _, c := range []struct{ name, open, value, close string }{
		{"strings", "[", `"x"`, "]"},
		{"escaped strings", "[", `"\u00e9"`, "]"},
		{"integers that are written shorter", "[", "-0", "]"},
		{"floats that are written longer", "[", "1e15", "]"},
		{"floats that are written shorter", "[", "1.500", "]"},
		{"true", "[", "true", "]"},
		{"an object in each", "[", `{"a":1}`, "]"},
		{"behind closed blocks", `{"` + strings.Repeat("x", 300) + `":{"a":{},"b":[1]},"c":[`, "1", "]}"},
	} {
		t.Run(c.name, func(t *testing.T) {
			const lines, limit = 9_990, 4 << 20
			values := strings.TrimSuffix(strings.Repeat(c.value+",", lines), ",")
			body := func(key, rest int) string {
				return `{"` + strings.Repeat("k", key) + `":` + c.open + values + c.close + `,"z":"` + strings.Repeat("x", rest) + `"}`
			}
			text, err := parse(t, body(1, 0)).Canonical(signer.Scheme{})
			require.NoError(t, err)
			longer := strings.Count(";"+text, ";k:") // lines in which a longer key shows
			key, rest := 1+(limit-len(text))/longer, (limit-len(text))%longer
			text, err = parse(t, body(key, rest)).Canonical(signer.Scheme{})
			require.NoError(t, err)
			require.Len(t, text, limit)
			_, err = signer.Parse([]byte(body(key, rest+1)))
			require.Equal(t, &signer.SyntaxError{Offset: len(body(key, rest+1)), Reason: "canonical text over 4 MiB"}, err)
		})
	}
}

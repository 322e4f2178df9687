package signer_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/go-highhelp/highhelp/signer"
	"github.com/stretchr/testify/require"
)

func nested(levels int) string {
	return strings.Repeat(`{"k":`, levels-1) + `{}` + strings.Repeat(`}`, levels-1)
}

func list(n int, value string) string {
	return `{"a":[` + strings.TrimSuffix(strings.Repeat(value+",", n), ",") + `]}`
}

func TestParseLimits(t *testing.T) {
	key := strings.Repeat("k", 400)
	for _, c := range []struct {
		name, body, reason string
	}{
		{"64 levels", nested(64), ""},
		{"65 levels", nested(65), "more than 64 levels"},
		{"100,000 arrays", `{"a":` + strings.Repeat("[", 100_000), "more than 64 levels"},
		{"10,000 scalars", list(10_000, "0"), ""},
		{"10,001 scalars", list(10_001, "0"), "more than 10,000 scalar values"},
		{"20,000 values", list(19_998, "{}"), ""},
		{"20,001 values", list(19_999, "{}"), "more than 20,000 values"},
		{"25,000 scalars", list(25_000, "0"), "more than 20,000 values"},
		{"text of 4 MiB", `{"a":"` + strings.Repeat("x", 4<<20-2) + `"}`, ""},
		{"text over 4 MiB", `{"a":"` + strings.Repeat("x", 4<<20-1) + `"}`, "canonical text over 4 MiB"},
		{"one long key over many scalars", `{"` + key + `":` + list(9_999, "0") + `}`, ""},
		{"a longer key over many scalars", `{"` + key + "xxxxxxxxxxxxxxxxxxxx" + `":` + list(9_999, "0") + `}`, "canonical text over 4 MiB"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := signer.Parse([]byte(c.body))
			if c.reason == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, c.reason)
		})
	}
}

// The size of the text is counted while the body is read; it must be the size
// that is written.
func TestParseCountsTheText(t *testing.T) {
	for _, value := range []string{`"é"`, `1`, `-0`, `1e15`, `-1.50`, `1e-7`, `true`, `false`, `null`} {
		room := 4<<20 - len("a:") - len(";b:")
		doc, err := signer.Parse([]byte(`{"a":` + value + `}`))
		require.NoError(t, err)
		text, _ := doc.Text("a")
		fill := strings.Repeat("x", room-len(text))
		_, err = signer.Parse([]byte(`{"a":` + value + `,"b":"` + fill + `"}`))
		require.NoError(t, err, value)
		_, err = signer.Parse([]byte(`{"a":` + value + `,"b":"` + fill + `x"}`))
		require.ErrorContains(t, err, "over 4 MiB", value)

		// The path of a block that is closed no longer counts.
		fill = fill[len(";block:in:1"):]
		_, err = signer.Parse([]byte(`{"block":{"in":1},"a":` + value + `,"b":"` + fill + `"}`))
		require.NoError(t, err, value)
		_, err = signer.Parse([]byte(`{"block":{"in":1},"a":` + value + `,"b":"` + fill + `x"}`))
		require.ErrorContains(t, err, "over 4 MiB", value)
	}
}

func TestParseRefuses(t *testing.T) {
	for _, c := range []struct{ name, body, reason string }{
		{"spaces only", " \n", "not a JSON object"},
		{"BOM", "\ufeff{}", "not a JSON object"},
		{"null", "null", "not a JSON object"},
		{"invalid UTF-8", "{\"a\":\"\xff\"}", "not valid UTF-8"},
		{"surrogate in UTF-8", "{\"a\":\"\xed\xa0\x80\"}", "not valid UTF-8"},
		{"low surrogate first", `{"a":"\udc00\ud800"}`, "surrogate"},
		{"high surrogate twice", `{"a":"\ud800\ud800"}`, "surrogate"},
		{"high surrogate before another escape", `{"a":"\ud800\n"}`, "surrogate"},
		{"no backslash between surrogates", `{"a":"\ud800xudc00"}`, "surrogate"},
		{"backquote in an escape", "{\"a\":\"\\u000`\"}", "four hex digits"},
		{"letter g in an escape", `{"a":"\u000g"}`, "four hex digits"},
		{"at sign in an escape", `{"a":"\u000@"}`, "four hex digits"},
		{"high surrogate cut off", `{"a":"\ud800\u12"}`, "four hex digits"},
		{"escape cut off", `{"a":"\u00`, "four hex digits"},
		{"unknown escape", `{"a":"\x41"}`, "no such escape"},
		{"escape at the end", `{"a":"\`, "no such escape"},
		{"string at the end", `{"a":"b`, "does not end"},
		{"escaped string at the end", `{"a":"\nb`, "does not end"},
		{"NUL outside", "{\"a\":1}\x00", "more data"},
		{"tab in a string", "{\"a\":\"\t\"}", "control character"},
		{"tab after an escape", "{\"a\":\"\\n\t\"}", "control character"},
		{"no value", `{"a":}`, "not a JSON value"},
		{"slash for a value", `{"a":/1}`, "not a JSON value"},
		{"two colons", `{"a"::1}`, "not a JSON value"},
		{"object not closed", `{"a":null`, "expected ',' or '}'"},
		{"no colon", `{"a" 1}`, "expected ':'"},
		{"no comma", `{"a":1 "b":2}`, "expected ',' or '}'"},
		{"comma first", `{,"a":1}`, "expected a key"},
		{"bare key", `{a:1}`, "expected a key"},
		{"comma last in array", `{"a":[1,]}`, "not a JSON value"},
		{"array not closed", `{"a":[1`, "expected ',' or ']'"},
		{"wrong bracket", `{"a":[1}}`, "expected ',' or ']'"},
		{"minus alone", `{"a":-}`, "needs a digit"},
		{"minus and letters", `{"a":-Infinity}`, "needs a digit"},
		{"dot last", `{"a":1.}`, "fraction needs a digit"},
		{"dot and exponent", `{"a":1.e5}`, "fraction needs a digit"},
		{"slash in a number", `{"a":1/2}`, "expected ',' or '}'"},
		{"letter before e", `{"a":1d5}`, "expected ',' or '}'"},
		{"letter in the exponent", `{"a":1ex5}`, "exponent needs a digit"},
		{"dot first", `{"a":.5}`, "not a JSON value"},
		{"exponent last", `{"a":1e+}`, "exponent needs a digit"},
		{"hex", `{"a":0x10}`, "expected ',' or '}'"},
		{"large integer", `{"a":1` + strings.Repeat("0", 400) + `}`, "overflows"},
		{"True", `{"a":True}`, "not a JSON value"},
		{"nul", `{"a":nul}`, "not a JSON value"},
		{"vertical tab", "{\v}", "expected a key"},
		{"no-break space", "{\u00a0}", "expected a key"},
		{"escaped colon in key", `{"a\u003ab":1}`, "holds ':' or ';'"},
		{"same key among many", `{"a":1,"b":2,"c":3,"d":4,"e":5,"f":6,"g":7,"h":8,"i":9,"j":10,"k":11,"l":12,"m":13,"a":14}`, "same key twice"},
		{"case variant of a block", `{"Status":{"status":"success"}}`, "differs only in case from status"},
		{"case variant beside the name", `{"status":{"status":"decline","STATUS":"success"}}`, "differs only in case from status"},
		{"long s", `{"ſtatus":{}}`, "differs only in case from status"},
		{"escaped long s", `{"\u017ftatus":{}}`, "differs only in case from status"},
		{"escaped case variant", `{"general":{"\u0050ayment_id":"1"}}`, "differs only in case from payment_id"},
		{"case variant of amount", `{"payment_info":{"Amount":1}}`, "differs only in case from amount"},
		{"case variant of project_id", `{"PROJECT_ID":"P"}`, "differs only in case from project_id"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := signer.Parse([]byte(c.body))
			var syntax *signer.SyntaxError
			require.ErrorAs(t, err, &syntax)
			require.ErrorContains(t, err, c.reason)
		})
	}
}

func TestParseAccepts(t *testing.T) {
	for _, c := range []struct{ name, body, text string }{
		{"escapes in keys", `{"\u0061\n":"\u0062"}`, "a\n:b"},
		{"escaped NUL", `{"a":"\u0000"}`, "a:\x00"},
		{"DEL", "{\"a\":\"\x7f\"}", "a:\x7f"},
		{"empty key", `{"":{"":1}}`, "::1"},
		{"case variants elsewhere", `{"A":1,"a":2,"x":{"STATUS":3}}`, "A:1;a:2;x:STATUS:3"},
		{"case variant below a scalar", `{"status":"x","customer":{"Status":1}}`, "customer:Status:1;status:x"},
		{"Kelvin sign is no k of ours", `{"Kelvin":1}`, "Kelvin:1"},
		{"largest double", `{"a":1.7976931348623157e308}`, "a:1.7976931348623157e+308"},
		{"underflow", `{"a":1e-400}`, "a:0.0"},
		{"exponent forms", `{"a":1E0,"b":1e+0,"c":1.0e-0}`, "a:1.0;b:1.0;c:1.0"},
		{"thresholds of Python", `{"a":9999999999999998.0,"b":1e15,"c":0.00009999}`, "a:9999999999999998.0;b:1000000000000000.0;c:9.999e-05"},
	} {
		t.Run(c.name, func(t *testing.T) {
			doc, err := signer.Parse([]byte(c.body))
			require.NoError(t, err)
			text, err := doc.Canonical(signer.Scheme{})
			require.NoError(t, err)
			require.Equal(t, c.text, text)
		})
	}
}

// A Document that is used again must not remember anything.
func TestResetForgets(t *testing.T) {
	doc, err := signer.Parse([]byte(`{"general":{"payment_id":"1\n"},"a":[1,2]}`))
	require.NoError(t, err)
	_, err = doc.Canonical(signer.Scheme{})
	require.NoError(t, err)

	require.Error(t, doc.Reset([]byte(`{"b":1,"b":2}`)))
	text, err := doc.Canonical(signer.Scheme{})
	require.NoError(t, err)
	require.Empty(t, text)

	body := []byte(`{"c":"x"}`)
	require.NoError(t, doc.Reset(body))
	copy(body, `{"d":"y"}`)
	text, err = doc.Canonical(signer.Scheme{})
	require.NoError(t, err)
	require.Equal(t, "c:x", text)

	// Nor do the decided fields of one body stand in the next one.
	const first = `{"general":{"payment_id":"1"},"status":{"status":"success"},"payment_info":{"amount":100,"currency":"RUB"},"project_id":"P"}`
	for _, next := range []string{`{}`, `{"c":"x"}`, `{"general":{},"status":[],"payment_info":{"a":{}}}`, `{"general":{"request_id":"2"},"c":[1,2,3],"d":{"e":"success","f":"g"},"h":1,"i":2,"j":"k"}`} {
		require.NoError(t, doc.Reset([]byte(first)))
		f, err := doc.Fields(signer.Scheme{})
		require.NoError(t, err)
		require.Equal(t, "success", f.Status)
		require.NoError(t, doc.Reset([]byte(next)))
		f, err = doc.Fields(signer.Scheme{})
		require.NoError(t, err)
		f.RequestID = ""
		require.Zero(t, f, next)
	}
}

func TestParseOffsets(t *testing.T) {
	for _, c := range []struct {
		body, reason string
		offset       int
	}{
		{"{\"\xff\":1}", "not valid UTF-8", 4},
		{"{\"\x80\":1}", "not valid UTF-8", 4},
		{"{\"a\":\"\xff\"}", "not valid UTF-8", 8},
		{"{\"a\":\"\x80\"}", "not valid UTF-8", 8},
		{"{\"\\n\xff\":1}", "not valid UTF-8", 6},
		{`{"a:b":1}`, "a key holds ':' or ';'", 3},
		{`{"a;b":1}`, "a key holds ':' or ';'", 3},
		{`{"a\u003bb":1}`, "a key holds ':' or ';'", 11},
		{`{"a\xb":1}`, "no such escape", 4},
	} {
		_, err := signer.Parse([]byte(c.body))
		var syntax *signer.SyntaxError
		require.ErrorAs(t, err, &syntax, c.body)
		require.Equal(t, signer.SyntaxError{Offset: c.offset, Reason: c.reason}, *syntax, c.body)
	}
}

// A case variant is refused whichever letter it is that differs.
func TestParseCaseVariants(t *testing.T) {
	for _, path := range [][]string{
		{"project_id"}, {"general", "project_id"}, {"general", "payment_id"}, {"general", "request_id"},
		{"status", "status"}, {"status", "sub_status"}, {"payment_info", "amount"}, {"payment_info", "currency"},
	} {
		for depth, name := range path {
			for i := range name {
				variant := name[:i] + strings.ToUpper(name[i:i+1]) + name[i+1:]
				if variant == name {
					continue
				}
				body := `{"` + variant + `":1}`
				for _, outer := range slices.Backward(path[:depth]) {
					body = `{"` + outer + `":` + body + `}`
				}
				_, err := signer.Parse([]byte(body))
				require.ErrorContains(t, err, "differs only in case from "+name, body)
			}
		}
	}
}

// Strings are looked at eight bytes at once, behind the end of the body too.
func TestParseBodyThatEndsInAString(t *testing.T) {
	for n := range 200 {
		for _, end := range []string{`{"%s":"`, `{"a":"%s`, `{"%s`, `{"a":"\n%s`, `{"\n%s`} {
			_, err := signer.Parse(slices.Clip([]byte(fmt.Sprintf(end, strings.Repeat("k", n)))))
			require.ErrorContains(t, err, "does not end")
		}
	}
}

func TestDocumentText(t *testing.T) {
	doc, err := signer.Parse([]byte(`{"a":{"b":[true,null,{"c":"x"}]},"d":1.5}`))
	require.NoError(t, err)
	for path, want := range map[string]string{"a:b:0": "1", "a:b:1": "None", "a:b:2:c": "x", "d": "1.5"} {
		got, ok := doc.Text(path)
		require.True(t, ok, path)
		require.Equal(t, want, got, path)
	}
	for _, path := range []string{"", "a", "a:b", "a:b:3", "a:b:00", "d:x", "e", "a:b:2:c:"} {
		_, ok := doc.Text(path)
		require.False(t, ok, path)
	}
	var all []string
	for path, text := range doc.All() {
		all = append(all, path+":"+text)
		if len(all) == 3 {
			break
		}
	}
	require.Equal(t, []string{"a:b:0:1", "a:b:1:None", "a:b:2:c:x"}, all)
}

// Strings are read eight bytes at once: every byte must mean the same wherever
// it stands, in keys and in values.
func TestEveryByteAnywhere(t *testing.T) {
	doc := new(signer.Document)
	for c := range 256 {
		for at := range 18 {
			text := strings.Repeat("x", at) + string([]byte{byte(c)}) + strings.Repeat("y", 17-at)
			for _, body := range []string{`{"` + text + `":"v"}`, `{"k":"` + text + `"}`, `{"k":"` + text, `{"` + text} {
				lines, refErr := reference([]byte(body))
				err := doc.Reset([]byte(body))
				require.Equal(t, refErr == nil, err == nil, "%q: %v", body, err)
				got, err := doc.Canonical(signer.Scheme{})
				require.NoError(t, err)
				require.Equal(t, textOfLines(lines), got, "%q", body)
			}
		}
	}
}

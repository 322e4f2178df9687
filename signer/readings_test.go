package signer_test

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/go-highhelp/highhelp/signer"
	"github.com/stretchr/testify/require"
)

// A text can be read as many documents. This test builds texts that are likely
// to have readings that matter, finds all documents that have such a text, and
// demands that those which Fields accepts agree on every field.
func TestOneTextOneMeaning(t *testing.T) {
	texts := 4_000
	if testing.Short() {
		texts = 400
	}
	rng := rand.New(rand.NewPCG(1, 2))
	readings, accepted, shared := 0, 0, 0
	for range texts {
		text := randomText(rng)
		var first signer.Fields
		n := 0
		for body := range readingsOf(text) {
			doc, err := signer.Parse(body)
			if err != nil {
				continue
			}
			if got, err := doc.Canonical(signer.Scheme{}); err != nil || got != text {
				continue // the lines were not in order
			}
			readings++
			fields, err := doc.Fields(signer.Scheme{})
			if err != nil {
				continue
			}
			if n++; n == 1 {
				first = fields
			}
			require.Equal(t, first, fields, "text %q, body %s", text, body)
		}
		accepted += n
		if n > 1 {
			shared++
		}
	}
	t.Logf("%d texts, %d readings, %d accepted, %d texts with several accepted readings", texts, readings, accepted, shared)
	require.Greater(t, accepted, texts/10, "the generator makes too few texts that pass")
	require.Greater(t, shared, texts/20, "the generator makes too few texts with several readings")
}

// segments are cut from lines that decide something, and from lines that look
// as if they did.
var segments = []string{
	"project_id:P", "general:project_id:P", "general:project_id:Q", "general:payment_id:1", "general:payment_id:1:2",
	"general:request_id:R", "status:status:success", "status:status:decline", "status:sub_status:None", "status:sub_status:",
	"status:sub_status:x", "payment_info:amount:100", "payment_info:amount:1", "payment_info:currency:RUB", "payment_info:None",
	"a:b", "z:", "status:status_description:no", "general:0:x", "status", "success", "None", "",
}

func randomText(rng *rand.Rand) string {
	n := 1 + rng.IntN(5)
	picked := make([]string, n)
	for i := range picked {
		picked[i] = segments[rng.IntN(len(segments))]
	}
	return strings.Join(picked, ";")
}

// readingsOf yields a body for every way to cut text into lines and every line
// into a path and a value, with the value in every JSON type that is written
// so, and with array indexes as object keys and as array elements.
func readingsOf(text string) func(yield func([]byte) bool) {
	return func(yield func([]byte) bool) {
		parts := strings.Split(text, ";")
		for cuts := range 1 << (len(parts) - 1) {
			lines := []string{parts[0]}
			for i, part := range parts[1:] {
				if cuts>>i&1 == 1 {
					lines = append(lines, part)
				} else {
					lines[len(lines)-1] += ";" + part
				}
			}
			if !cutPaths(lines, map[string]any{}, yield) {
				return
			}
		}
	}
}

// cutPaths puts the first line into a copy of doc in every way and goes on
// with the others.
func cutPaths(lines []string, doc map[string]any, yield func([]byte) bool) bool {
	if len(lines) == 0 {
		body, err := json.Marshal(withArrays(doc))
		if err != nil {
			panic(err)
		}
		return yield(body) // Marshal sorts keys; the order of members does not matter
	}
	parts := strings.Split(lines[0], ":")
	for n := 1; n < len(parts); n++ {
		for _, value := range valuesOf(strings.Join(parts[n:], ":")) {
			if next, ok := put(doc, parts[:n], value); ok && !cutPaths(lines[1:], next, yield) {
				return false
			}
		}
	}
	return true
}

func valuesOf(text string) []any {
	switch text {
	case "None":
		return []any{text, nil}
	case "1":
		return []any{text, 1, true}
	}
	return []any{text}
}

// put returns a copy of doc with value at path, unless something is there.
func put(doc map[string]any, path []string, value any) (map[string]any, bool) {
	out := make(map[string]any, len(doc)+1)
	for k, v := range doc {
		out[k] = v
	}
	old, there := out[path[0]]
	if len(path) == 1 {
		out[path[0]] = value
		return out, !there
	}
	inner, isObject := old.(map[string]any)
	if there && !isObject {
		return nil, false
	}
	inner, ok := put(inner, path[1:], value)
	out[path[0]] = inner
	return out, ok
}

// withArrays turns objects whose only key is 0 into arrays.
func withArrays(v any) any {
	object, ok := v.(map[string]any)
	if !ok {
		return v
	}
	if only, ok := object["0"]; ok && len(object) == 1 {
		return []any{withArrays(only)}
	}
	out := map[string]any{}
	for k, v := range object {
		out[k] = withArrays(v)
	}
	return out
}

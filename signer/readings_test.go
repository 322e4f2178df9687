package signer_test

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/go-highhelp/highhelp/signer"
	"github.com/stretchr/testify/require"
)

// A text can be read as many documents. This test builds texts that are likely
// to have readings that matter, finds all documents that have such a text, and
// demands that those which Fields accepts agree on every field: of any two
// documents with one text, both say the same, or one is refused.
func TestOneTextOneMeaning(t *testing.T) {
	texts, rng := many(t, "HIGHHELP_TEXTS", 1_000)
	candidates, readings, accepted, shared := 0, 0, 0, 0
	doc := new(signer.Document)
	for range texts {
		text := randomText(rng)
		var first signer.Fields
		n := 0
		for tree := range readingsOf(text) {
			candidates++
			body := tree.write(rng)
			if doc.Reset(body) != nil {
				continue // repeated keys, or a key with ':' or ';'
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
	t.Logf("%d texts, %d documents that might have them, %d that do, %d accepted, %d texts with several accepted readings", texts, candidates, readings, accepted, shared)
	require.Greater(t, readings, texts*4, "the generator finds too few readings")
	require.Greater(t, accepted, texts/4, "the generator makes too few texts that pass")
	require.Greater(t, shared, texts/20, "the generator makes too few texts with several readings")
}

// segments are cut from lines that decide something, and from lines that look
// as if they did.
var segments = []string{
	"project_id:P", "project_id:1", "general:project_id:P", "general:project_id:Q", "general:payment_id:1", "general:payment_id:1:2",
	"general:payment_id:1.0", "general:request_id:R", "status:status:success", "status:status:decline", "status:status:0",
	"status:sub_status:None", "status:sub_status:", "status:sub_status:x", "status:sub_status:0:x", "status:0:x", "status:1:y",
	"payment_info:amount:100", "payment_info:amount:1", "payment_info:amount:0:1", "payment_info:currency:RUB", "payment_info:None",
	"a:b", "z:", "status:status_description:no", "general:0:x", "status", "success", "None", "", "Status:status:success",
}

func randomText(rng *rand.Rand) string {
	n := 1 + rng.IntN(4)
	picked := make([]string, n)
	for i := range picked {
		picked[i] = segments[rng.IntN(len(segments))]
	}
	if rng.IntN(5) > 0 { // most texts that are out of order have no reading
		slices.Sort(picked)
	}
	return strings.Join(picked, ";")
}

// A tree is a JSON value: a literal as it stands in JSON, or members.
type tree struct {
	literal string
	members []member
	array   bool
}

type member struct {
	key   string
	value tree
}

// readingsOf yields a document for every way to cut text into lines, every
// line into a path and a value, every JSON literal that is written so, and
// every object with the keys 0, 1, … as an array too. Keys that hold a ':' or
// ';' are among them.
func readingsOf(text string) func(yield func(tree) bool) {
	return func(yield func(tree) bool) {
		for _, lines := range cuts(text, ";") {
			if !addLines(lines, tree{}, yield) {
				return
			}
		}
	}
}

// cuts returns all ways to cut text at some of its separators.
func cuts(text, separator string) [][]string {
	parts := strings.Split(text, separator)
	all := [][]string{{parts[0]}}
	for _, part := range parts[1:] {
		for _, done := range all[:len(all):len(all)] {
			joined := append([]string(nil), done...)
			joined[len(joined)-1] += separator + part
			all = append(all, joined)
		}
		for i := range len(all) / 2 {
			all[i] = append(all[i][:len(all[i]):len(all[i])], part)
		}
	}
	return all
}

// addLines puts the first line into doc in every way and goes on with the
// others.
func addLines(lines []string, doc tree, yield func(tree) bool) bool {
	if len(lines) == 0 {
		return withArrays(doc, yield)
	}
	for _, path := range cuts(lines[0], ":") {
		if len(path) < 2 {
			continue
		}
		for _, literal := range literalsOf(path[len(path)-1]) {
			if next, ok := doc.put(path[:len(path)-1], literal); ok && !addLines(lines[1:], next, yield) {
				return false
			}
		}
	}
	return true
}

// literalsOf returns the JSON literals that are written as text.
func literalsOf(text string) []string {
	quoted, _ := json.Marshal(text)
	literals := []string{string(quoted)}
	switch text {
	case "None":
		literals = append(literals, "null")
	case "1":
		literals = append(literals, "true", "1")
	case "0":
		literals = append(literals, "false", "0", "-0")
	case "100":
		literals = append(literals, "100")
	case "1.0":
		literals = append(literals, "1.0", "1e0", "10E-1", "1.000")
	}
	return literals
}

// put returns a copy of t with a literal at path, unless something is there.
func (t tree) put(path []string, literal string) (tree, bool) {
	out := tree{members: append([]member(nil), t.members...)}
	for i, m := range out.members {
		if m.key == path[0] {
			if len(path) == 1 || m.value.literal != "" {
				return tree{}, false
			}
			inner, ok := m.value.put(path[1:], literal)
			out.members[i].value = inner
			return out, ok
		}
	}
	value := tree{literal: literal}
	if len(path) > 1 {
		value, _ = tree{}.put(path[1:], literal)
	}
	out.members = append(out.members, member{path[0], value})
	return out, true
}

// withArrays yields t with every choice of objects that could be arrays.
func withArrays(t tree, yield func(tree) bool) bool {
	var choose func(t tree, isRoot bool) []tree
	choose = func(t tree, isRoot bool) []tree {
		if t.literal != "" {
			return []tree{t}
		}
		all := []tree{{}}
		indexes := !isRoot
		for i, m := range t.members {
			var next []tree
			for _, done := range all {
				for _, v := range choose(m.value, false) {
					next = append(next, tree{members: append(done.members[:len(done.members):len(done.members)], member{m.key, v})})
				}
			}
			all, indexes = next, indexes && m.key == strconv.Itoa(i)
		}
		if indexes {
			for _, object := range all[:len(all):len(all)] {
				all = append(all, tree{members: object.members, array: true})
			}
		}
		return all
	}
	for _, chosen := range choose(t, true) {
		if !yield(chosen) {
			return false
		}
	}
	return true
}

// write returns t as JSON. What leaves no line is put in at random: the order
// of members, empty objects and arrays, spaces, and escapes in keys.
func (t tree) write(rng *rand.Rand) []byte {
	var b strings.Builder
	t.writeTo(&b, rng)
	return []byte(b.String())
}

func (t tree) writeTo(b *strings.Builder, rng *rand.Rand) {
	switch {
	case t.literal != "":
		b.WriteString(t.literal)
		return
	case t.array:
		for i, m := range t.members {
			b.WriteString([]string{"[", ", "}[min(i, 1)])
			m.value.writeTo(b, rng)
		}
		b.WriteString("]")
		return
	}
	members := append([]member(nil), t.members...)
	if rng.IntN(4) == 0 {
		empty := []string{"{}", "[]", `{"e":[]}`, "[{},[]]"}[rng.IntN(4)]
		key := []string{"e", "general", "status", "payment_info", "amount", "project_id", "0"}[rng.IntN(7)]
		if _, free := t.put([]string{key}, empty); free {
			members = append(members, member{key, tree{literal: empty}})
		}
	}
	rng.Shuffle(len(members), func(i, j int) { members[i], members[j] = members[j], members[i] })
	b.WriteString("{")
	for i, m := range members {
		if i > 0 {
			b.WriteString(",")
		}
		b.WriteString(quotedKey(m.key, rng) + " :")
		m.value.writeTo(b, rng)
	}
	b.WriteString("}")
}

func quotedKey(key string, rng *rand.Rand) string {
	quoted, _ := json.Marshal(key)
	if len(key) > 0 && rng.IntN(3) == 0 {
		const hex = "0123456789abcdef"
		c := key[0]
		return `"\u00` + hex[c>>4:c>>4+1] + hex[c&15:c&15+1] + string(quoted[2:])
	}
	return string(quoted)
}

// Letters that look alike, or fold to one another, must not pass for a name on
// a decided path: they are refused where encoding/json would take them for it,
// and mean nothing elsewhere.
func TestLookAlikeKeys(t *testing.T) {
	for key, refused := range map[string]bool{
		"status": false, "STATUS": true, "Status": true, "statuS": true, "ſtatus": true, "statuſ": true, "\u017ftatuſ": true,
		"ｓtatus": false, "ѕtatus": false, "sţatus": false, "status\u0301": false, "status\u200b": false, "status ": false, " status": false,
	} {
		for _, body := range []string{`{"` + key + `":{"status":"success"}}`, `{"status":{"` + key + `":"success"}}`, `{"x":1,"` + key + `":"status:success"}`} {
			doc, err := signer.Parse([]byte(body))
			if refused {
				require.ErrorContains(t, err, "differs only in case", body)
				continue
			}
			require.NoError(t, err, body)
			fields, err := doc.Fields(signer.Scheme{})
			if key != "status" {
				require.NoError(t, err, body)
				require.Equal(t, signer.Fields{}, fields, body)
			} else if err == nil {
				require.Equal(t, "success", fields.Status, body)
			}
		}
	}
}

package signer_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/go-highhelp/highhelp/signer"
	"github.com/stretchr/testify/require"
)

// hostileShapes are documents of about n bytes that are built to cost more
// than their size: by sorting, by searching for repeated keys, by long paths,
// by escapes, by numbers.
func hostileShapes(n int) map[string][]byte {
	object := func(members func(i int) string) []byte {
		var b strings.Builder
		b.WriteString("{")
		for i := 0; b.Len() < n && i < 9_000; i++ {
			if i > 0 {
				b.WriteString(",")
			}
			b.WriteString(members(i))
		}
		b.WriteString("}")
		return []byte(b.String())
	}
	rng := rand.New(rand.NewPCG(1, 2))
	return map[string][]byte{
		"siblings in order":     object(func(i int) string { return fmt.Sprintf(`"k%06d":1`, i) }),
		"siblings in reverse":   object(func(i int) string { return fmt.Sprintf(`"k%06d":1`, 999_999-i) }),
		"siblings at random":    object(func(i int) string { return fmt.Sprintf(`"%08x%d":1`, rng.Uint32(), i) }),
		"siblings of one start": object(func(i int) string { return fmt.Sprintf(`"the same start %06d":1`, (i*7919)%9_973) }),
		"short siblings":        object(func(i int) string { return fmt.Sprintf(`"%x":1`, (i*7919)%9_973) }),
		"empty containers":      object(func(i int) string { return fmt.Sprintf(`"%x":[{},[],{}]`, i) }),
		"one array":             []byte(`{"a":[` + strings.TrimSuffix(strings.Repeat("1,", min(n/2, 9_000)), ",") + `]}`),
		"one long key":          []byte(`{"` + strings.Repeat("k", n) + `":1}`),
		"one long string":       []byte(`{"k":"` + strings.Repeat("x", n) + `"}`),
		"one long number":       []byte(`{"k":0.` + strings.Repeat("1", n) + `}`),
		"escapes":               []byte(`{"k":"` + strings.Repeat(`\\u00e9\\n`, n/8) + `"}`),
		"joins":                 []byte(`{"k":"` + strings.Repeat(`;status:status:`, n/15) + `"}`),
		"spaces":                []byte(`{"k":` + strings.Repeat(" ", n) + `1}`),
		"deep nesting": object(func(i int) string {
			return fmt.Sprintf(`"%x":`, i) + strings.Repeat(`{"a":`, 62) + "1" + strings.Repeat("}", 62)
		}),
		"floats":   object(func(i int) string { return fmt.Sprintf(`"%x":%d.5e-7`, i, i) }),
		"variants": object(func(i int) string { return fmt.Sprintf(`"s%dſtatus":1`, i) }),
	}
}

func TestHostileShapes(t *testing.T) {
	for name, body := range hostileShapes(64 << 10) {
		lines, err := reference(body)
		require.NoError(t, err, name)
		text, err := parse(t, string(body)).Canonical(signer.Scheme{})
		require.NoError(t, err, name)
		require.Equal(t, textOfLines(lines), text, name)
	}
}

// Siblings are sorted by the first eight bytes of their lines, in which the
// ':' behind a short key counts.
func TestKeyOrder(t *testing.T) {
	var keys []string
	for n := range 11 {
		for _, end := range []string{"", "!", "#", "0", "9", "<", "a", "~", "é", `\"`, `\u0000`, `\n`} {
			keys = append(keys, "abcdefghijk"[:n]+end)
		}
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for size := 2; size < 40; size++ {
		for range 50 {
			picked := map[string]bool{}
			for range size {
				picked[keys[rng.IntN(len(keys))]] = true
			}
			var members []string
			for key := range picked { // in any order
				members = append(members, `"`+key+`":1`)
			}
			body := "{" + strings.Join(members, ",") + "}"
			lines, err := reference([]byte(body))
			if err != nil { // "abc" and the key "ab" with a "c" at its end
				_, err = signer.Parse([]byte(body))
				require.Error(t, err, body)
				continue
			}
			text, err := parse(t, body).Canonical(signer.Scheme{})
			require.NoError(t, err)
			require.Equal(t, textOfLines(lines), text, body)
		}
	}
}

package signer_test

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/go-highhelp/highhelp/signer"
	"github.com/stretchr/testify/require"
)

func TestCanonicalRefuses(t *testing.T) {
	for _, c := range []struct {
		s    signer.Scheme
		says string
	}{
		{signer.Scheme{Sort: 9}, "Scheme.Sort"},
		{signer.Scheme{Join: "&"}, "a key holds the join"},
	} {
		doc := parse(t, `{"a&b":1}`)
		for range 2 { // what failed once is not taken for good
			text, err := doc.Canonical(c.s)
			require.ErrorContains(t, err, c.says)
			require.Empty(t, text)
			dst, err := doc.AppendCanonical([]byte("before"), c.s)
			require.ErrorContains(t, err, c.says)
			require.Equal(t, "before", string(dst))
			_, err = doc.Message(c.s, time.Unix(1706883522, 0))
			require.ErrorContains(t, err, c.says)
		}
		text, err := doc.Canonical(signer.Scheme{})
		require.NoError(t, err)
		require.Equal(t, "a&b:1", text)
	}
}

// The text of a form that is not the default may have exactly 4 MiB.
func TestCanonicalLimit(t *testing.T) {
	const limit = 4 << 20
	lower := signer.Scheme{Bool: signer.BoolLower}
	fits := limit - len("k:;t:true")
	text, err := parse(t, `{"k":"`+strings.Repeat("x", fits)+`","t":true}`).Canonical(lower)
	require.NoError(t, err)
	require.Len(t, text, limit)

	doc := parse(t, `{"k":"`+strings.Repeat("x", fits+1)+`","t":true}`)
	for range 2 { // a text that is too long is not kept in place of one that was good
		text, err = doc.Canonical(signer.Scheme{})
		require.NoError(t, err)
		require.Len(t, text, limit+1-len("true")+len("1"))
		for range 2 {
			_, err = doc.Canonical(lower)
			require.ErrorContains(t, err, "over 4 MiB")
		}
	}
}

// The order by UTF-16 code units is that of unicode/utf16, around the edges
// where it differs from that of bytes, however the keys lie at first.
func TestSortUTF16(t *testing.T) {
	var keys []string
	for _, r := range []rune{'a', 0x7f, 0x7ff, 0xd7fe, 0xd7ff, 0xe000, 0xe001, 0xfffd, 0xfffe, 0xffff, 0x10000, 0x10001, 0x103ff, 0x10ffff} {
		for _, before := range []string{"", "x", "\uffff", "\U00010000"} {
			keys = append(keys, before+string(r), before+string(r)+"y")
		}
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for n := 2; n <= len(keys); n++ {
		rng.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
		var members, lines []string
		some := slices.Clone(keys[:n])
		slices.Sort(some)
		some = slices.Compact(some)
		for _, k := range some {
			members = append(members, fmt.Sprintf(`"%s":1`, k))
		}
		doc := parse(t, "{"+strings.Join(members, ",")+"}")
		before, err := doc.Canonical(signer.Scheme{})
		require.NoError(t, err)
		got, err := doc.Canonical(signer.Scheme{Sort: signer.SortUTF16})
		require.NoError(t, err)
		slices.SortFunc(some, func(a, b string) int {
			return slices.Compare(utf16.Encode([]rune(a+":")), utf16.Encode([]rune(b+":")))
		})
		for _, k := range some {
			lines = append(lines, k+":1")
		}
		require.Equal(t, strings.Join(lines, ";"), got)
		after, err := doc.Canonical(signer.Scheme{})
		require.NoError(t, err)
		require.Equal(t, before, after, "another order has changed the document")
	}
}

// The lines of an array lie as their texts do, which is not by number, from the
// length on at which the two differ.
func TestElementOrder(t *testing.T) {
	for _, n := range []int{1, 2, 9, 10, 11, 12, 19, 20, 21, 99, 100, 101, 111, 1000, 1001} {
		var lines []string
		for i := range n {
			lines = append(lines, fmt.Sprintf("a:%d:1", i))
		}
		slices.Sort(lines)
		text, err := parse(t, `{"a":[1`+strings.Repeat(",1", n-1)+`]}`).Canonical(signer.Scheme{})
		require.NoError(t, err)
		require.Equal(t, strings.Join(lines, ";"), text, n)
	}
}

// A string is no number, however it is spelled.
func TestStringsThatLookLikeNumbers(t *testing.T) {
	doc := parse(t, `{"\u00E9":"\uABCD\uabcd\uFfFd","a":"\u002d0","b":"-0","c":"\u0031.50","d":"1.50","e":"\u0031x","f":-0}`)
	for form, want := range map[signer.FloatForm]string{
		signer.FloatPython: "0", signer.FloatJavaScript: "0", signer.FloatLiteral: "-0",
	} {
		text, err := doc.Canonical(signer.Scheme{Float: form})
		require.NoError(t, err)
		require.Equal(t, "a:-0;b:-0;c:1.50;d:1.50;e:1x;f:"+want+";\u00e9:\uabcd\uabcd\ufffd", text)
	}
}

func TestPaddedMessage(t *testing.T) {
	_, err := parse(t, body).Message(signer.Scheme{}, time.Time{})
	require.ErrorContains(t, err, "ten digits")
	for n := range 12 {
		text := "a:" + strings.Repeat("x", n)
		doc := parse(t, `{"a":"`+text[2:]+`"}`)
		for padded, encoding := range map[bool]*base64.Encoding{true: base64.URLEncoding, false: base64.RawURLEncoding} {
			got, err := doc.Message(signer.Scheme{PaddedMessage: padded}, time.Unix(1706883522, 0))
			require.NoError(t, err)
			require.Equal(t, encoding.EncodeToString([]byte(text))+"1706883522", got)
		}
	}
}

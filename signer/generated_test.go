package signer_test

import (
	"math/rand/v2"
	"os"
	"strconv"
	"testing"

	"github.com/go-highhelp/highhelp/signer"
	"github.com/stretchr/testify/require"
)

// many is how often a test of generated input runs: as often as the variable
// says, with another seed each time, or n times with the same one.
func many(t *testing.T, variable string, n int) (int, *rand.Rand) {
	t.Helper()
	if testing.Short() {
		n /= 5
	}
	text := os.Getenv(variable)
	if text == "" {
		return n, rand.New(rand.NewPCG(1, 2))
	}
	n, err := strconv.Atoi(text)
	require.NoError(t, err, variable)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	return n, rand.New(rand.NewPCG(seed, 2))
}

// Documents of all forms that JSON has, and documents that miss one by a byte,
// are held against encoding/json and the second canonicaliser.
func TestGeneratedDocuments(t *testing.T) {
	n, rng := many(t, "HIGHHELP_DOCUMENTS", 20_000)
	used, accepted := new(signer.Document), 0
	g := generator{rng: rng}
	for range n {
		body := g.document()
		compareToReference(t, used, body)
		if used.Reset(body) == nil {
			accepted++
		}
	}
	t.Logf("%d documents, %d accepted", n, accepted)
	require.Greater(t, accepted, n/5, "the generator makes too few documents that pass")
	require.Less(t, accepted, n-n/5, "the generator makes too few documents that don't")
}

// A generator writes JSON documents.
type generator struct {
	rng *rand.Rand
	out []byte
}

var (
	generatedKeys = []string{
		"a", "b", "project_id", "general", "payment_id", "status", "sub_status", "payment_info", "amount", "currency",
		"", "0", "1", "A", "aa", "é", "e\u0301", "status ", "Status", "ſtatus", `\u0061`, `\n`, "a:b", "a;b", "\U0001f600",
	}
	generatedStrings = []string{
		"", "success", "None", "1", "a;b", "a:b", "é", "\U0001f600", `\ud83d\ude00`, `\ud800`, `\u0000`, `\/`, `\"\\\b\f\n\r\t`,
		"\u2028", "\x7f", "\xff", "RUB", "true",
	}
	generatedLiterals = []string{
		"null", "true", "false", "0", "-0", "1", "10", "-1", "1.0", "1.50", "1e0", "1E+2", "1e-7", "1e400", "123456789012345678901234567890",
		"0.1", "-0.0", "5e-324", "1.7976931348623157e308", "01", "1.", ".5", "+1", "1e", "nul", "True", "NaN",
	}
	generatedSpaces = []string{"", "", "", "", "", "", " ", "\n", "\t\r ", "\v"}
	generatedBytes  = []byte("{}[]\",:\\0e-+. \x00\xff\xef\xbb\xbf")
)

func pick[T any](rng *rand.Rand, from []T) T { return from[rng.IntN(len(from))] }

func (g *generator) write(text string) { g.out = append(g.out, text...) }

func (g *generator) document() []byte {
	g.out = g.out[:0]
	g.object(0)
	for g.rng.IntN(4) == 0 { // misses by a byte
		at := g.rng.IntN(len(g.out) + 1)
		switch rest := append([]byte(nil), g.out[at:]...); g.rng.IntN(3) {
		case 0:
			g.out = append(append(g.out[:at], pick(g.rng, generatedBytes)), rest...)
		case 1:
			g.out = append(g.out[:at], rest[min(1, len(rest)):]...)
		default:
			g.out = g.out[:at]
		}
	}
	return append([]byte(nil), g.out...)
}

// mostly picks one that is not among the last, which are no JSON.
func (g *generator) mostly(from []string, last int) string {
	if g.rng.IntN(50) == 0 {
		last = 0
	}
	return pick(g.rng, from[:len(from)-last])
}

func (g *generator) space() { g.write(g.mostly(generatedSpaces, 1)) }

func (g *generator) object(depth int) {
	g.container("{", "}", depth, func() {
		g.text(generatedKeys)
		g.space()
		g.write(":")
		g.value(depth + 1)
	})
}

func (g *generator) container(begin, end string, depth int, item func()) {
	g.space()
	g.write(begin)
	for i := range g.rng.IntN(6 - min(depth, 5)) {
		if i > 0 {
			g.write(",")
		}
		g.space()
		item()
		g.space()
	}
	g.write(end)
	g.space()
}

func (g *generator) value(depth int) {
	g.space()
	switch g.rng.IntN(6) {
	case 0, 1:
		g.object(depth)
	case 2:
		g.container("[", "]", depth, func() { g.value(depth + 1) })
	case 3, 4:
		g.text(generatedStrings)
	default:
		g.write(g.mostly(generatedLiterals, 8))
	}
}

func (g *generator) text(from []string) {
	g.write(`"`)
	g.write(pick(g.rng, from))
	g.write(`"`)
}

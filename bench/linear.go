package main

import (
	"fmt"
	"strings"

	"github.com/go-highhelp/highhelp/signer"
)

// sizes are those of the bodies over which cost must grow in a line.
var sizes = []int{512, 1 << 10, 2 << 10, 4 << 10, 8 << 10, 16 << 10, 32 << 10, 64 << 10}

// A shape makes a body of about n bytes, within the limits of a Document.
type shape struct {
	name string
	make func(n int) []byte
}

// shapes are a usual body, and such as are built to cost more than their size.
var shapes = []shape{
	{"receipt lines", func(n int) []byte { return callback(max(1, (n-740)/118)) }},
	{"empty containers", func(n int) []byte { return members(n, func(i int) string { return fmt.Sprintf(`"%x":[{},[]]`, i) }) }},
	{"one long key", func(n int) []byte { return []byte(`{"` + strings.Repeat("k", n-8) + `":1}`) }},
	{"one long value", func(n int) []byte { return []byte(`{"k":"` + strings.Repeat("x", n-8) + `"}`) }},
	{"deep nesting", func(n int) []byte {
		return members(n, func(i int) string {
			return fmt.Sprintf(`"%x":`, i) + strings.Repeat(`{"a":`, 62) + "1" + strings.Repeat("}", 62)
		})
	}},
	{"siblings in order", func(n int) []byte { return members(n, func(i int) string { return fmt.Sprintf(`"k%06d":1`, i) }) }},
	{"siblings shuffled", func(n int) []byte {
		return members(n, func(i int) string { return fmt.Sprintf(`"k%06d":1`, i*7_368_787%999_983) })
	}},
	{"siblings with one start", func(n int) []byte {
		return members(n, func(i int) string { return fmt.Sprintf(`"the same start %06d":1`, i*7_368_787%999_983) })
	}},
	{"one long array", func(n int) []byte { return []byte(`{"a":[1` + strings.Repeat(",1234567", (n-8)/8) + `]}`) }},
	{"escapes", func(n int) []byte { return []byte(`{"k":"` + strings.Repeat(`\u00e9\n`, (n-8)/8) + `"}`) }},
	{"joins in a value", func(n int) []byte { return []byte(`{"k":"` + strings.Repeat(`;status:x:`, (n-8)/10) + `"}`) }},
}

func members(n int, member func(i int) string) []byte {
	var b strings.Builder
	b.WriteString(`{"n":0`)
	for i := 1; b.Len() < n-16; i++ {
		b.WriteString("," + member(i))
	}
	b.WriteString("}")
	return []byte(b.String())
}

// decode is all that is done with a body but the cryptography.
func decode(body []byte) subject {
	doc, text := new(signer.Document), []byte(nil)
	return subject{name: "decode", run: func() {
		check(doc.Reset(body))
		text = must(doc.AppendCanonical(text[:0], signer.Scheme{}))
		must(doc.Fields(signer.Scheme{}))
	}}
}

// cost returns nanoseconds for each size, interleaved, and the bodies' lengths.
func cost(s shape, rounds int) (lengths, ns []float64) {
	var subjects []subject
	for _, n := range sizes {
		body := s.make(n)
		subjects = append(subjects, decode(body))
		lengths = append(lengths, float64(len(body)))
	}
	return lengths, medians(subjects, rounds)
}

// A fit is the line a + b*x through points whose relative errors count.
type fit struct {
	a, b  float64
	worst float64 // the largest ratio of a point to the line
}

// fitLine fits by least squares, weighted so that each point counts by its
// relative error: else only the largest body would.
func fitLine(x, y []float64) fit {
	var s, sx, sy, sxx, sxy float64
	for i := range x {
		w := 1 / (y[i] * y[i])
		s, sx, sy, sxx, sxy = s+w, sx+w*x[i], sy+w*y[i], sxx+w*x[i]*x[i], sxy+w*x[i]*y[i]
	}
	f := fit{b: (s*sxy - sx*sy) / (s*sxx - sx*sx)}
	f.a = (sy - f.b*sx) / s
	for i := range x {
		f.worst = max(f.worst, y[i]/(f.a+f.b*x[i]))
	}
	return f
}

// maxBend is how far a point may lie above its line, and how much more a byte
// of the largest body may cost than one of a body of 4 KiB. A quadratic search
// would cost sixteen times as much; sorting may cost a third more, and memory
// that no longer fits the nearest cache some more again.
const maxBend = 2

func (r *report) linear(rounds int) {
	r.head("cost of decoding, without cryptography\tns\ta byte\tat 4 KiB\tat 64 KiB\tgrowth\tworst point\tgoal\t")
	for _, s := range shapes {
		x, y := cost(s, rounds)
		f := fitLine(x, y)
		at4, at64 := y[3]/x[3], y[7]/x[7]
		fmt.Fprintf(r.w, "%s\t%.0f + %.3f n\t%.3f\t%.3f\t%.3f\t%.2f\t%.2f\t%d\t%s\n", s.name, f.a, f.b, f.b, at4, at64,
			at64/at4, f.worst, maxBend, r.verdict(max(at64/at4, f.worst), maxBend, true))
	}
	check(r.w.Flush())
}

package highhelp_test

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/go-highhelp/highhelp"
)

// allowing allows larger bodies, so that the parser has to deal with them.
func allowing(n int64) func(*highhelp.Config) {
	return func(c *highhelp.Config) { c.MaxBodyBytes = n }
}

// extra is the event with one more member at the front.
func extra(key, value string) string {
	return `{"` + key + `":` + value + "," + event()[1:]
}

// sized is a genuine callback of n bytes.
func sized(n int) sender {
	return func(v *victim) *wire {
		return v.signed(extra("pad", `"`+strings.Repeat("x", n-len(extra("pad", `""`)))+`"`))
	}
}

// nested is a value in so many arrays or objects.
func nested(n int, open, end string) string {
	return strings.Repeat(open, n) + "1" + strings.Repeat(end, n)
}

// manyKeys is an object with n keys that begin alike.
func manyKeys(n int) string {
	var out strings.Builder
	for i := range n {
		fmt.Fprintf(&out, `,"a key that begins as all the others do %d":%d`, i, i)
	}
	return "{" + out.String()[1:] + "}"
}

func repeated(n int, of string) string { return "[" + strings.Repeat(of+",", n-1) + of + "]" }

// Bodies that would cost too much. The first ones are small enough.
func attacksOnSizes() []attack {
	tooLarge, deep := refuses(413, "too large"), refuses(400, "more than 64 levels")
	const mib = 1 << 20
	return []attack{
		{name: "as large as allowed", send: sized(64 << 10), verdict: applied()},
		{name: "as large as allowed, in chunks", send: func(v *victim) *wire {
			w := sized(64 << 10)(v).add("Transfer-Encoding: chunked")
			w.body = chunks(w.body, 1000)
			return w
		}, verdict: applied()},
		{name: "as deep as allowed", send: said(extra("x", nested(63, "[", "]"))), verdict: applied()},
		{name: "as many keys as allowed", set: allowing(mib), send: said(extra("x", manyKeys(9_990))), verdict: applied()},
		{name: "as many values as allowed", set: allowing(mib), send: said(extra("x", repeated(19_980, "{}"))), verdict: applied()},

		{name: "a byte more than allowed", send: sized(64<<10 + 1), verdict: tooLarge},
		{name: "a byte more than allowed, in chunks", send: func(v *victim) *wire {
			w := sized(64<<10 + 1)(v).add("Transfer-Encoding: chunked")
			w.body = chunks(w.body, 1000)
			return w
		}, verdict: tooLarge},
		{name: "10 MB string", send: said(extra("x", `"`+strings.Repeat("x", 10*mib)+`"`)), verdict: tooLarge},
		{name: "10 MB of spaces", send: said(strings.Repeat(" ", 10*mib) + event()), verdict: tooLarge},
		{name: "10 MB, in chunks", send: changed(func(w *wire) {
			w.add("Transfer-Encoding: chunked").body = chunks(bytes.Repeat([]byte(" "), 10*mib), 100_000)
		}), verdict: tooLarge},
		{name: "10 MB string, allowed", set: allowing(16 * mib), send: said(extra("x", `"`+strings.Repeat("x", 10*mib)+`"`)), verdict: refuses(400, "over 4 MiB")},
		{name: "10 MB key, allowed", set: allowing(16 * mib), send: said(extra(strings.Repeat("x", 10*mib), "1")), verdict: refuses(400, "over 4 MiB")},
		{name: "10 MB number, allowed", set: allowing(16 * mib), send: said(extra("x", strings.Repeat("9", 10*mib))), verdict: refuses(400, "overflows a double")},
		{name: "10 MB of fraction, allowed", set: allowing(16 * mib), send: said(extra("x", "0."+strings.Repeat("1", 10*mib)+`,"y":NaN`)), verdict: refuses(400, "not a JSON value")},
		{name: "10 MB of escapes, allowed", set: allowing(16 * mib), send: said(extra("x", `"`+strings.Repeat(`\u0041`, 10*mib/6)+`","y":NaN`)), verdict: refuses(400, "not a JSON value")},
		{name: "10 MB of spaces, allowed", set: allowing(16 * mib), send: said(strings.Repeat(" ", 10*mib) + event() + "x"), verdict: refuses(400, "more data after")},
		{name: "10 MB string without end, allowed", set: allowing(16 * mib), send: said(extra("x", `"`+strings.Repeat("x", 10*mib))[:10*mib]), verdict: refuses(400, "does not end")},

		{name: "65 arrays", send: said(extra("x", nested(64, "[", "]"))), verdict: deep},
		{name: "65 objects", send: said(extra("x", nested(64, `{"x":`, "}"))), verdict: deep},
		{name: "100,000 arrays", set: allowing(mib), send: said(extra("x", nested(100_000, "[", "]"))), verdict: deep},
		{name: "100,000 objects", set: allowing(mib), send: said(extra("x", nested(100_000, `{"x":`, "}"))), verdict: deep},
		{name: "100,000 arrays that do not end", set: allowing(mib), send: said(extra("x", nested(100_000, "[", ""))), verdict: deep},
		{name: "100,000 arrays around", set: allowing(mib), send: said(nested(100_000, "[", "]") + marker), verdict: refuses(400, "not a JSON object")},
		{name: "100,000 arrays, not allowed", send: said(extra("x", nested(100_000, "[", "]"))), verdict: tooLarge},
		{name: "100,000 keys that begin alike", set: allowing(8 * mib), send: said(extra("x", manyKeys(100_000))), verdict: refuses(400, "more than 20,000 values")},
		{name: "10,001 keys that begin alike", set: allowing(mib), send: said(extra("x", manyKeys(10_001))), verdict: refuses(400, "more than 10,000 scalar values")},
		{name: "9,000 keys that begin alike, and one again", set: allowing(mib),
			send: said(extra("x", strings.Replace(manyKeys(9_000), " do 8999", " do 0", 1))), verdict: refuses(400, "same key twice")},
		{name: "100,000 numbers", set: allowing(mib), send: said(extra("x", repeated(100_000, "1"))), verdict: refuses(400, "more than 20,000 values")},
		{name: "20,001 empty objects", set: allowing(mib), send: said(extra("x", repeated(20_001, "{}"))), verdict: refuses(400, "more than 20,000 values")},
		{name: "a long key over many values", send: said(extra(strings.Repeat("k", 50<<10), repeated(1_000, "1"))), verdict: refuses(400, "over 4 MiB")},
		{name: "long keys inside each other", send: said(extra(strings.Repeat("k", 30<<10), `{"`+strings.Repeat("l", 20<<10)+`":`+repeated(1_000, "1")+"}")),
			verdict: refuses(400, "over 4 MiB")},
		{name: "many joins in a value", send: said(event(marker, marker+strings.Repeat(";", 60_000))), verdict: applied()},
		{name: "many lines in a value", send: said(event(marker, marker+strings.Repeat(";status:status:success", 2_000))), verdict: refuses(400, "more than one reading")},
	}
}

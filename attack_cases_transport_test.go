package highhelp_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-highhelp/highhelp"
)

// ofLength says a wrong length of the body.
func ofLength(values ...string) sender {
	return changed(func(w *wire) {
		for _, v := range values {
			w.add("Content-Length: " + strings.ReplaceAll(v, "N", fmt.Sprint(len(w.body))))
		}
	})
}

// coded sends the body in chunks and says how it is coded.
func coded(values ...string) sender {
	return changed(func(w *wire) {
		w.body = chunks(w.body, 1000)
		for _, v := range values {
			w.add("Transfer-Encoding:" + v)
		}
	})
}

// chunked sends a body that is chunked by hand; nothing follows it.
func chunked(spell func(body []byte) string) sender {
	return changed(func(w *wire) {
		w.body = []byte(spell(w.body))
		w.add("Transfer-Encoding: chunked").half = true
	})
}

func compressed(w *wire) {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, _ = z.Write(w.body)
	_ = z.Close()
	w.add("Content-Encoding: gzip").body = out.Bytes()
}

// impatient waits for no body long.
func impatient(c *highhelp.Config) { c.EventTimeout = 200 * time.Millisecond }

// stalled sends so much of the body, and then nothing more for ever.
func stalled(of func(n int) int, header ...string) sender {
	return changed(func(w *wire) {
		n := len(w.body)
		w.body = w.body[:of(n)]
		if len(header) == 0 {
			header = []string{fmt.Sprint("Content-Length: ", n)}
		}
		w.add(header...)
	})
}

// pipelined sends callbacks one behind the other on one connection.
func pipelined(all func(v *victim) []*wire) sender {
	return func(v *victim) *wire {
		list := all(v)
		out := &wire{line: list[0].line}
		for i, w := range list {
			if i < len(list)-1 {
				w.drop("Connection")
			}
			out.raw = append(out.raw, w.bytes()...)
		}
		return out
	}
}

// smuggled hides a forged callback behind a genuine one whose length lies.
func smuggled(hide func(w *wire)) sender {
	return pipelined(func(v *victim) []*wire {
		w := v.genuine()
		hide(w)
		return []*wire{w, v.unsigned(event())}
	})
}

// answered is the verdict on several requests of one connection.
func answered(ships int, statuses []int, rows ...row) verdict {
	return verdict{statuses: statuses, rows: rows, ships: ships, changes: ships > 0}
}

// What the bytes of a request may do to its borders.
func attacksOnTransport() []attack {
	early, slow := refuses(400, "ended early"), refuses(408, "did not come in time")
	notJSON := refuses(400, "not a JSON object")
	ships, again := row{outcome: highhelp.Applied}, row{outcome: highhelp.Duplicate}
	empty, unsigned := row{reason: "not a JSON object"}, row{reason: "no header X-Access-Signature"}
	table := []attack{
		{name: "chunks", send: coded(" chunked"), verdict: applied()},
		{name: "chunks of a byte", send: chunked(func(b []byte) string { return string(chunks(b, 1)) }), verdict: applied()},
		{name: "chunks with extensions", send: chunked(func(b []byte) string {
			return fmt.Sprintf("%X;%s=\"x\"\r\n%s\r\n0;last\r\n\r\n", len(b), marker, b)
		}), verdict: applied()},
		{name: "chunks with a trailer", send: chunked(func(b []byte) string {
			return fmt.Sprintf("%x\r\n%s\r\n0\r\nX-Late: %s\r\n\r\n", len(b), b, marker)
		}), verdict: applied()},
		{name: "chunk of overflowing length", send: chunked(func(b []byte) string { return fmt.Sprintf("1%016x\r\n%s\r\n0\r\n\r\n", len(b), b) }), verdict: early},
		{name: "chunk of negative length", send: chunked(func(b []byte) string { return fmt.Sprintf("-1\r\n%s\r\n0\r\n\r\n", b) }), verdict: early},
		{name: "chunk of signed length", send: chunked(func(b []byte) string { return fmt.Sprintf("+%x\r\n%s\r\n0\r\n\r\n", len(b), b) }), verdict: early},
		{name: "chunk of prefixed length", send: chunked(func(b []byte) string { return fmt.Sprintf("0x%x\r\n%s\r\n0\r\n\r\n", len(b), b) }), verdict: early},
		{name: "chunk without a length", send: chunked(func(b []byte) string { return fmt.Sprintf("\r\n%s\r\n0\r\n\r\n", b) }), verdict: early},
		{name: "chunk longer than it says", send: chunked(func(b []byte) string { return fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(b)-1, b) }), verdict: early},
		{name: "chunk shorter than it says", send: chunked(func(b []byte) string { return fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(b)+9, b) }), verdict: early},
		{name: "no last chunk", send: chunked(func(b []byte) string { return fmt.Sprintf("%x\r\n%s\r\n", len(b), b) }), verdict: early},
		{name: "a last chunk first", send: chunked(func(b []byte) string { return fmt.Sprintf("0\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", len(b), b) }), verdict: notJSON},

		{name: "length that is too long", send: changed(func(w *wire) { w.add(fmt.Sprint("Content-Length: ", len(w.body)+10)).half = true }), verdict: early},
		{name: "length that is too short", send: changed(func(w *wire) { w.add(fmt.Sprint("Content-Length: ", len(w.body)-1)) }), verdict: refuses(400, "expected ',' or '}'")},
		{name: "length of nothing", send: ofLength("0"), verdict: notJSON},
		{name: "no length", send: changed(func(w *wire) { w.add("Transfer-Encoding: chunked"); w.body = chunks(nil, 1) }), verdict: notJSON},
		{name: "the same length twice", send: ofLength("N", "N"), verdict: applied()},

		{name: "gzip that is none", send: changed(func(w *wire) { w.add("Content-Encoding: gzip") }), verdict: applied()},
		{name: "gzip", send: changed(compressed), verdict: notJSON},
		{name: "gzip of 10 MB", send: changed(func(w *wire) {
			w.body = bytes.Repeat([]byte(" "), 10<<20)
			compressed(w)
		}), verdict: notJSON},

		{name: "no body comes", key: "HMAC", set: impatient, send: stalled(func(int) int { return 0 }), verdict: slow},
		{name: "half a body comes", key: "HMAC", set: impatient, send: stalled(func(n int) int { return n / 2 }), verdict: slow},
		{name: "all but a byte comes", key: "HMAC", set: impatient, send: stalled(func(n int) int { return n - 1 }), verdict: slow},
		{name: "chunks never end", key: "HMAC", set: impatient, send: changed(func(w *wire) {
			body := chunks(w.body, 100)
			w.add("Transfer-Encoding: chunked").body = body[:len(body)-5]
		}), verdict: slow},
		{name: "body waits to be asked", key: "HMAC", set: impatient, send: stalled(func(int) int { return 0 }, "Content-Length: 100", "Expect: 100-continue"),
			verdict: verdict{statuses: []int{100, 408}, rows: []row{{reason: "did not come in time"}}}},
		{name: "another expectation", send: lines("Expect: " + marker), verdict: unheard(417)},
		{name: "chunks without end", send: changed(func(w *wire) {
			w.add("Transfer-Encoding: chunked").body = nil
			w.more = bytes.TrimSuffix(chunks(bytes.Repeat([]byte(" "), 4096), 4096), []byte("0\r\n\r\n"))
		}), verdict: refuses(413, "too large")},

		{name: "a forged one behind a genuine one", send: smuggled(func(*wire) {}), verdict: answered(1, []int{200, 401}, ships, unsigned)},
		{name: "a forged one before a genuine one", send: pipelined(func(v *victim) []*wire {
			return []*wire{v.unsigned(event()), v.genuine()}
		}), verdict: answered(1, []int{401, 200}, unsigned, ships)},
		{name: "a genuine one twenty times", send: pipelined(func(v *victim) (all []*wire) {
			w := v.genuine()
			for range 20 {
				again := *w
				all = append(all, &again)
			}
			return all
		}), verdict: answered(1, slices.Repeat([]int{200}, 20), append([]row{ships}, slices.Repeat([]row{again}, 19)...)...)},
		{name: "hidden behind no length", send: smuggled(func(w *wire) { w.add("Content-Length: 0").body = nil }), verdict: answered(0, []int{400, 401}, empty, unsigned)},
		{name: "hidden behind the last chunk", send: smuggled(func(w *wire) {
			w.body = chunks(nil, 1)
			w.add("Content-Length: 5000", "Transfer-Encoding: chunked")
		}), verdict: answered(0, []int{400, 401}, empty, unsigned)},
		{name: "hidden in a body by its length", send: changed(func(w *wire) {
			w.body = append(chunks(w.body, 1000), "POST /pay/callbacks/success HTTP/1.1\r\nHost: x\r\n\r\n"...)
			w.add("Transfer-Encoding: chunked", fmt.Sprint("Content-Length: ", len(w.body)))
		}), verdict: applied()},
		{name: "HTTP 1.0 with chunks", send: changed(func(w *wire) {
			w.line = strings.Replace(w.line, "1.1", "1.0", 1)
			w.add(fmt.Sprint("Content-Length: ", len(w.body)), "Transfer-Encoding: chunked")
		}), verdict: applied()},
		{name: "upgrade", send: lines("Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__"), verdict: applied()},
		{name: "preface of HTTP 2", send: func(*victim) *wire { return &wire{raw: []byte("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + marker)} }, verdict: unheard(404)},
		{name: "no HTTP", send: func(*victim) *wire {
			return &wire{raw: []byte("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + marker + "\r\n\r\n")}
		}, verdict: unheard(400)},
	}
	for _, values := range [][]string{{"N", "0"}, {"0", "N"}, {"N, N"}, {"+N"}, {"-N"}, {"0xN"}, {"1e2"}, {"N.0"}, {""}, {"N N"}, {"9223372036854775808"}, {"99999999999999999999"}, {"N;"}} {
		table = append(table, attack{name: "length " + strings.Join(values, " and "), send: ofLength(values...), verdict: unheard(400)})
	}
	for _, values := range [][]string{
		{" identity"}, {" gzip, chunked"}, {" chunked, identity"}, {" chunked, chunked"}, {" chunked", " identity"}, {" identity", " chunked"}, {" chunked", " chunked"},
		{" xchunked"}, {" chunked;q=1"}, {` "chunked"`}, {" chunked,"}, {""}, {" chun\tked"}, {" \u212Ahunked"},
	} {
		table = append(table, attack{name: fmt.Sprintf("coding %q", values), send: coded(values...), verdict: unheard(501)})
	}
	for _, value := range []string{" chunked\x0b", " \x0bchunked"} {
		table = append(table, attack{name: fmt.Sprintf("coding %q", value), send: coded(value), verdict: unheard(400)})
	}
	for _, value := range []string{" CHUNKED", "chunked", " chunked ", "\tchunked"} {
		table = append(table, attack{name: fmt.Sprintf("coding %q", value), send: coded(value), verdict: applied()})
	}
	return table
}

package highhelp_test

import (
	"fmt"
	"strings"
)

// renamed writes a header under another name.
func renamed(from, to string) sender {
	return changed(func(w *wire) {
		value := w.values(from)[0]
		w.drop(from).add(to + ": " + value)
	})
}

// doubled sends a header twice, with values made from the genuine one.
func doubled(name string, first, second func(s string) string) sender {
	return changed(func(w *wire) {
		value := w.values(name)[0]
		w.drop(name).add(name+": "+first(value), strings.ToUpper(name)+": "+second(value))
	})
}

func same(s string) string    { return s }
func altered(s string) string { return "A" + s[1:] }
func blank(string) string     { return "" }

// asks changes method or target.
func asks(line string) sender {
	return changed(func(w *wire) { w.line = strings.Replace(line, "?", "?probe="+marker, 1) })
}

func typed(types ...string) sender {
	return changed(func(w *wire) {
		w.drop("Content-Type")
		for _, t := range types {
			w.add("Content-Type: " + t)
		}
	})
}

// A signature stands in one header, once, and nowhere else.
func attacksOnHeaders() []attack {
	const signature, timestamp = "X-Access-Signature", "X-Access-Timestamp"
	missing, twice, broken := refuses(401, "no header X-Access-Signature"), refuses(401, "more than once"), unheard(400)
	table := []attack{
		{name: "small letters", send: func(v *victim) *wire {
			w := v.genuine()
			for i := range w.header {
				name, value, _ := strings.Cut(w.header[i], ":")
				w.header[i] = strings.ToLower(name) + ":" + value
			}
			return w
		}, verdict: applied()},
		{name: "capitals", send: renamed(signature, "X-ACCESS-SIGNATURE"), verdict: applied()},
		{name: "mixed letters", send: renamed(timestamp, "x-AcCeSs-TiMeStAmP"), verdict: applied()},
		{name: "hop by hop", send: changed(func(w *wire) { w.set("Connection", "close, X-Access-Signature, X-Access-Timestamp") }), verdict: applied()},
		{name: "forwarded", send: lines("X-Forwarded-For: 10.0.0.1", "X-Real-IP: 10.0.0.1", "Forwarded: for="+marker), verdict: applied()},

		{name: "no signature", send: changed(func(w *wire) { w.drop(signature) }), verdict: missing},
		{name: "no header at all", send: changed(func(w *wire) { w.drop(signature).drop(timestamp) }), verdict: missing},
		{name: "empty signature", send: changed(func(w *wire) { w.set(signature, "") }), verdict: refuses(401, "is empty")},
		{name: "signature of spaces", send: changed(func(w *wire) { w.set(signature, " \t ") }), verdict: refuses(401, "is empty")},
		{name: "signature twice", send: doubled(signature, same, same), verdict: twice},
		{name: "signature after a wrong one", send: doubled(signature, altered, same), verdict: twice},
		{name: "signature before a wrong one", send: doubled(signature, same, altered), verdict: twice},
		{name: "signature after an empty one", send: doubled(signature, blank, same), verdict: twice},
		{name: "signature before an empty one", send: doubled(signature, same, blank), verdict: twice},
		{name: "timestamp twice", send: doubled(timestamp, same, same), verdict: twice},
		{name: "timestamp before another", send: doubled(timestamp, same, altered), verdict: twice},
		{name: "timestamp after another", send: doubled(timestamp, altered, same), verdict: twice},
		{name: "timestamp beside an empty one", send: doubled(timestamp, same, blank), verdict: twice},
		{name: "a hundred signatures", send: changed(func(w *wire) {
			for range 99 {
				w.add(w.header[len(w.header)-2])
			}
		}), verdict: twice},
		{name: "underscores", send: renamed(signature, "X_Access_Signature"), verdict: missing},
		{name: "another prefix", send: renamed(signature, "X-HighHelp-Signature"), verdict: missing},
		{name: "CGI name", send: renamed(signature, "HTTP-X-Access-Signature"), verdict: missing},
		{name: "in the query", send: changed(func(w *wire) {
			w.line = strings.Replace(w.line, " HTTP", "&x-access-signature="+w.signature()+" HTTP", 1)
			w.drop(signature)
		}), verdict: missing},
		{name: "in a cookie", send: changed(func(w *wire) { w.add("Cookie: X-Access-Signature=" + w.signature()).drop(signature) }), verdict: missing},
		{name: "as authorization", send: changed(func(w *wire) { w.add("Authorization: Bearer " + w.signature()).drop(signature) }), verdict: missing},
		{name: "in a trailer", send: changed(func(w *wire) {
			trailer := "X-Access-Signature: " + w.signature() + "\r\n\r\n"
			body := chunks(w.body, 1000)
			w.drop(signature).add("Transfer-Encoding: chunked", "Trailer: X-Access-Signature")
			w.body = append(body[:len(body)-2], trailer...)
		}), verdict: missing},
		{name: "in a trailer that was not announced", send: changed(func(w *wire) {
			trailer := "X-Access-Signature: " + w.signature() + "\r\n\r\n"
			body := chunks(w.body, 1000)
			w.drop(signature).add("Transfer-Encoding: chunked")
			w.body = append(body[:len(body)-2], trailer...)
		}), verdict: missing},

		{name: "folded value", send: changed(func(w *wire) { s := w.signature(); w.set(signature, s[:40]+"\r\n "+s[40:]) }), verdict: refuses(401, "has not the form")},
		{name: "folded value with a tab", send: changed(func(w *wire) { s := w.signature(); w.set(signature, s[:40]+"\r\n\t"+s[40:]) }), verdict: refuses(401, "has not the form")},
		{name: "folded timestamp", send: changed(func(w *wire) { s := w.timestamp(); w.set(timestamp, s[:5]+"\r\n "+s[5:]) }), verdict: refuses(401, "ten digits")},
		{name: "folded from the start", send: changed(func(w *wire) { w.header = append([]string{" " + w.header[0]}, w.header...) }), verdict: broken},
		{name: "a header in a header", send: changed(func(w *wire) { w.set(signature, "AAAA\r\nX-Access-Signature: "+w.signature()) }), verdict: twice},
		{name: "a header behind a bare newline", send: changed(func(w *wire) { w.set(signature, "AAAA\nX-Access-Signature: "+w.signature()) }), verdict: twice},
		{name: "a bare return in a value", send: changed(func(w *wire) { w.set(signature, w.signature()+"\rX: x") }), verdict: broken},
		{name: "NUL in a value", send: changed(func(w *wire) { w.set(signature, w.signature()+"\x00") }), verdict: broken},
		{name: "NUL in a name", send: changed(func(w *wire) { w.add("X-Access\x00-Signature: x") }), verdict: broken},
		{name: "space before the colon", send: renamed(signature, "X-Access-Signature "), verdict: broken},
		{name: "no colon", send: lines("X-Access-Signature"), verdict: broken},
		{name: "no name", send: lines(": " + marker), verdict: broken},
		{name: "letters beyond ASCII in a name", send: renamed(signature, "X-Acce\u017fs-Signature"), verdict: broken},
		{name: "headers of 2 MiB", send: lines("X-Long: " + strings.Repeat(marker, 2<<20/len(marker))), verdict: unheard(431)},

		{name: "two hosts", send: lines("Host: evil.example"), verdict: broken},
		{name: "no host", send: changed(func(w *wire) { w.drop("Host") }), verdict: broken},
		{name: "another host", send: changed(func(w *wire) { w.set("Host", "evil.example") }), verdict: applied()},
		{name: "another host in the target", send: asks("POST http://evil.example/pay/callbacks/success? HTTP/1.1"), verdict: applied()},
	}
	for name, types := range map[string][]string{
		"text": {"text/plain"}, "form": {"application/x-www-form-urlencoded"}, "form data": {"multipart/form-data; boundary=x"}, "XML": {"application/xml"},
		"JSON of another kind": {"application/json+x"}, "a list of types": {"application/json, text/plain"}, "a broken type": {"application/json;;;="},
		"a form, then JSON": {"application/x-www-form-urlencoded", "application/json"}, "no type but a space inside": {"application /json"},
	} {
		table = append(table, attack{name: "media type, " + name, send: typed(types...), verdict: unheard(415)})
	}
	for name, types := range map[string][]string{
		"none": nil, "capitals": {"APPLICATION/JSON"}, "another charset": {"application/json; charset=utf-16"}, "JSON, then a form": {"application/json", "text/plain"},
	} {
		table = append(table, attack{name: "media type, " + name, send: typed(types...), verdict: applied()})
	}
	for _, method := range []string{"GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "post", "POSTX"} {
		table = append(table, attack{
			name: "method " + method, send: asks(method + " /pay/callbacks/success? HTTP/1.1"), verdict: unheard(405),
		})
	}
	table = append(table,
		attack{name: "method in a header", send: func(v *victim) *wire {
			w := v.genuine().add("X-HTTP-Method-Override: POST", "X-HTTP-Method: POST", "X-Method-Override: POST")
			w.line = fmt.Sprintf("GET /pay/callbacks/success?_method=POST&probe=%s HTTP/1.1", marker)
			return w
		}, verdict: unheard(405)},
		attack{name: "method of two words", send: asks("POST GET /pay/callbacks/success? HTTP/1.1"), verdict: broken},
		attack{name: "no method", send: asks(" /pay/callbacks/success? HTTP/1.1"), verdict: broken},
		attack{name: "HTTP 1.0", send: asks("POST /pay/callbacks/success? HTTP/1.0"), verdict: applied()},
		attack{name: "HTTP 3.0", send: asks("POST /pay/callbacks/success? HTTP/3.0"), verdict: unheard(505)},
		attack{name: "no version", send: asks("POST /pay/callbacks/success?"), verdict: broken},
	)
	return table
}

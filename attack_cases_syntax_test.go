package highhelp_test

import (
	"strings"
	"unicode/utf16"
)

// Bodies that two parsers may read differently, or that are no JSON object.
// The first ones are genuine.
func attacksOnSyntax() []attack {
	const description = `"` + marker + `"`
	table := []attack{
		{name: "spaces around", send: said(" \t\r\n" + event() + " \t\r\n"), verdict: applied()},
		{name: "escapes in keys and values", send: said(event(`"status"`, `"st\u0061tus"`, "success", `s\u0075ccess`)), verdict: applied()},
		{name: "escapes under the signature without", send: swapped(event(), event(`"status"`, `"\u0073tatus"`, `"1"`, `"\u0031"`)), verdict: applied()},
		{name: "members in another order", send: swapped(event(), `{"payment_info":{"method":"card","currency":"RUB","amount":10000},"status":{"status_description":`+
			description+`,"sub_status":null,"status":"success"},"general":{"request_id":"r","payment_id":"1"},"project_id":"`+project+`"}`), verdict: applied()},
		{name: "NUL in free text", send: said(event(marker, marker+`\u0000`)), verdict: applied()},
		{name: "pairs of surrogates", send: said(event(marker, marker+`\ud83d\ude00`)), verdict: applied()},
		{name: "noncharacters", send: said(event(marker, marker+"\uffff\ufeff\u202e")), verdict: applied()},
		{name: "a key of a prototype", send: said(extra("__proto__", `{"status":"success"}`)), verdict: applied()},
		{name: "an empty key", send: said(extra("", `""`)), verdict: applied()},
		{name: "a decided name further down", send: said(extra("x", event())), verdict: applied()},
		{name: "a decided name in capitals further down", send: said(extra("x", `{"Status":"x","PROJECT_ID":"x"}`)), verdict: applied()},
	}
	for reason, bodies := range map[string]map[string]string{
		"not a JSON object": {
			"empty": "", "spaces": " \r\n", "a string": `"x"`, "a number": "1", "null": "null", "true": "true", "an array": "[" + event() + "]",
			"a BOM": "\ufeff" + event(), "a prefix against scripts": ")]}',\n" + event(), "a call": "f(" + event() + ")", "a form": "payload=" + event(),
			"XML": `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>`, "YAML": "status: success", "a comment first": "/**/" + event(),
			"UTF-16": wide(event(), true), "NUL first": "\x00" + event(), "a vertical tab first": "\v" + event(),
			"a hard space first": "\u00a0" + event(),
		},
		"more data after the object": {
			"two objects": event() + event(), "a letter behind": event() + "x", "NUL behind": event() + "\x00", "a comma behind": event() + ",", "a BOM behind": event() + "\ufeff",
			"a brace behind": event() + "}",
		},
		"same key twice": {
			"project twice": extra("project_id", `"other"`), "status twice": event(`{"status":`, `{"status":"decline","status":`),
			"amount twice": event(`"amount"`, `"amount":1,"amount"`), "payment twice": event(`"payment_id"`, `"payment_id":"2","payment_id"`),
			"a block twice": extra("status", `{"status":"decline"}`), "a key twice, once escaped": extra(`project\u005fid`, `"other"`),
			"any key twice": extra("x", `1,"x":2`), "any key twice further down": extra("x", `[{"y":1,"y":1}]`), "an empty key twice": extra("", `1,"":2`),
		},
		"only in case": {
			"project in capitals": extra("PROJECT_ID", `"other"`), "status in capitals": extra("Status", `{"status":"decline"}`),
			"amount in capitals": event(`"amount"`, `"Amount":1,"amount"`), "status with a long s": extra("\u017ftatus", `{}`),
			"a long s, escaped": extra(`\u017ftatus`, `{}`), "only capitals": event(`"general"`, `"General"`), "payment in capitals": event(`"payment_id"`, `"PAYMENT_ID"`),
		},
		"a key holds ':' or ';'": {
			"a path as key": event(`"general":{"payment_id":"1","request_id":"r"}`, `"general:payment_id":"1"`), "a semicolon in a key": extra("a;b", "1"),
			"an escaped colon in a key": extra(`a\u003ab`, "1"), "a line as key": extra("x:1;status:status:success", "1"),
		},
		"not valid UTF-8": {
			"a stray byte": event(marker, marker+"\xff"), "a byte of Latin-1": event(marker, marker+"\xe9"), "an overlong slash": event(marker, marker+"\xc0\xaf"),
			"an overlong NUL": event(marker, marker+"\xc0\x80"), "a surrogate in UTF-8": event(marker, marker+"\xed\xa0\x80"), "beyond Unicode": event(marker, marker+"\xf4\x90\x80\x80"),
			"a cut character": event(marker, marker+"\xe2\x82"), "a stray byte in a key": extra("\x80", "1"), "a stray byte in a status": event("success", "success\xff"),
		},
		"half a surrogate pair": {
			"a high surrogate": event(marker, marker+`\ud800`), "a low surrogate": event(marker, marker+`\udc00`), "surrogates in the wrong order": event(marker, marker+`\udc00\ud800`),
			"a high surrogate in a key": extra(`\ud800`, "1"), "two high surrogates": event(marker, marker+`\ud800\ud800`),
		},
		"a control character in a string": {
			"NUL": event(marker, marker+"\x00"), "a newline": event(marker, marker+"\n"), "a tab": event(marker, marker+"\t"), "NUL in a status": event("success", "success\x00"),
		},
		"not a JSON value": {
			"not a number": event("10000", "NaN"), "infinity": event("10000", "Infinity"), "a plus": event("10000", "+10000"), "a dot first": event("10000", ".5"),
			"Python's None": event("null", "None"), "undefined": event("null", "undefined"), "a word in capitals": event("null", "NULL"), "single quotes": event(`"1"`, "'1'"),
			"no value": event("10000", ""), "a comment": event("10000", "/**/10000"), "a trailing comma in an array": extra("x", "[1,]"),
		},
		"expected ',' or '}'": {
			"a leading zero": event("10000", "010000"), "hex": event("10000", "0x2710"), "an underscore": event("10000", "10_000"), "a suffix": event("10000", "10000n"),
			"a cut object": event()[:len(event())-1], "no comma": event(`,"currency"`, ` "currency"`), "a closing bracket": event()[:len(event())-1] + "]",
		},
		"a key in double quotes": {"UTF-16, the other way": wide(event(), false), "a trailing comma": strings.TrimSuffix(event(), "}") + ",}", "a key without quotes": event(`"amount"`, "amount"), "a key in single quotes": event(`"amount"`, "'amount'")},
		"overflows a double":     {"1e400": extra("x", "1e400"), "-1e400": extra("x", "-1e400"), "400 digits": extra("x", strings.Repeat("9", 400))},
		"no such escape":         {"an escape of JavaScript": event(marker, marker+`\x41`), "an octal escape": event(marker, marker+`\0`), "an escaped quote": event(marker, marker+`\'`)},
		"four hex digits":        {"a short escape": event(marker, marker+`\u41`), "an escape in braces": event(marker, marker+`\u{41}`), "an escape with a sign": event(marker, marker+`\u+041`)},
		"does not end":           {"a cut string": event()[:strings.Index(event(), marker)+5], "a quote that is escaped": event()[:strings.Index(event(), marker)] + `\"`},
	} {
		for name, body := range bodies {
			table = append(table, attack{name: reason + ", " + name, send: said(body), verdict: refuses(400, reason)})
		}
	}
	return table
}

// wide is text in UTF-16 without a mark.
func wide(text string, bigEndian bool) string {
	var out strings.Builder
	for _, unit := range utf16.Encode([]rune(text)) {
		high, low := byte(unit>>8), byte(unit)
		if !bigEndian {
			high, low = low, high
		}
		out.WriteByte(high)
		out.WriteByte(low)
	}
	return out.String()
}

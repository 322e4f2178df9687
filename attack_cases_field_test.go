package highhelp_test

import (
	"strings"

	"github.com/go-highhelp/highhelp"
)

// says is the genuine event with a part replaced, signed.
func says(replace ...string) sender { return said(event(replace...)) }

// unasked is a shop whose gateway can't be asked for an amount.
func unasked(c *highhelp.Config) { c.InfoPath = "-" }

// What an authentic callback may say where something is decided.
func attacksOnFields() []attack {
	mismatch := taken(highhelp.Mismatch, "mismatch")
	progress := taken(highhelp.Applied, "wrong_route")
	table := []attack{
		{name: "amount as text", send: says("10000", `"10000"`), verdict: applied()},
		{name: "payment and request as numbers", send: says(`"1"`, "1", `"r"`, "7"), verdict: applied()},
		{name: "project in the block only", send: says(`"project_id":"`+project+`",`, "", `"payment_id"`, `"project_id":"`+project+`","payment_id"`), verdict: applied()},
		{name: "sub status None", send: says("null", `"None"`), verdict: applied()},
		{name: "sub status empty", send: says("null", `""`), verdict: applied()},
		{name: "no sub status", send: says(`"sub_status":null,`, ""), verdict: applied()},

		{name: "amount a unit less", send: says("10000", "9999"), verdict: mismatch},
		{name: "amount a unit more", send: says("10000", "10001"), verdict: mismatch},
		{name: "amount of one", send: says("10000", "1"), verdict: mismatch},
		{name: "amount true", send: says("10000", "true"), verdict: mismatch},
		{name: "amount of 14 digits", send: says("10000", "99999999999999"), verdict: mismatch},
		{name: "amount null", send: says("10000", "null"), verdict: mismatch},
		{name: "amount empty", send: says("10000", `""`), verdict: mismatch},
		{name: "amount None", send: says("10000", `"None"`), verdict: mismatch},
		{name: "amount missing", send: says(`"amount":10000,`, ""), verdict: mismatch},
		{name: "amount missing, nobody to ask", set: unasked, send: says(`"amount":10000,`, ""), verdict: mismatch},
		{name: "amount an empty object", send: says("10000", "{}"), verdict: mismatch},
		{name: "amount an empty array", send: says("10000", "[]"), verdict: mismatch},
		{name: "another currency", send: says("RUB", "KZT"), verdict: mismatch},
		{name: "currency null", send: says(`"RUB"`, "null"), verdict: mismatch},
		{name: "currency missing", send: says(`"currency":"RUB",`, ""), verdict: mismatch},
		{name: "payment_info null", send: says(`"payment_info":{"amount":10000,"currency":"RUB","method":"card"}`, `"payment_info":null`), verdict: mismatch},

		{name: "another project", send: says(project, "99aff4db-b45d-42bf-bc5f-b7a499a01782"), verdict: refuses(403, "another project")},
		{name: "the project in capitals", send: says(project, strings.ToUpper(project)), verdict: refuses(403, "another project")},
		{name: "the project with a space", send: says(project, project+" "), verdict: refuses(403, "another project")},
		{name: "the project with a long s", send: says(project, project+"\u017f"), verdict: refuses(403, "another project")},
		{name: "the project as a number", send: says(`"`+project+`"`, "57"), verdict: refuses(403, "another project")},

		{name: "payment of nobody", send: says(`"1"`, `"3"`), verdict: unknown()},
		{name: "second attempt that is none", send: says(`"1"`, `"1~2"`), verdict: unknown()},
		{name: "first attempt by number", send: says(`"1"`, `"1~1"`), verdict: unknown()},
		{name: "attempt with a zero", send: says(`"1"`, `"1~02"`), verdict: unknown()},
		{name: "attempt that overflows", send: says(`"1"`, `"1~99999999999999999999"`), verdict: unknown()},
		{name: "attempt below zero", send: says(`"1"`, `"1~-2"`), verdict: unknown()},
		{name: "attempt of nothing", send: says(`"1"`, `"~2"`), verdict: unknown()},
		{name: "two attempts", send: says(`"1"`, `"1~2~3"`), verdict: unknown()},
		{name: "payment with a space", send: says(`"1"`, `"1 "`), verdict: unknown()},
		{name: "payment in fullwidth", send: says(`"1"`, `"１"`), verdict: unknown()},
		{name: "payment as float", send: says(`"1"`, "1.0"), verdict: unknown()},
		{name: "payment as path", send: says(`"1"`, `"../1"`), verdict: unknown()},
		{name: "payment for SQL", send: says(`"1"`, `"1' OR '1'='1"`), verdict: unknown()},
		{name: "payment of 255 bytes", send: says(`"1"`, `"`+strings.Repeat("1", 255)+`"`), verdict: unknown()},

		{name: "status of its own", send: says("success", "paid_in_full"), verdict: progress},
		{name: "status true", send: says(`"success"`, "true"), verdict: progress},
		{name: "status a number", send: says(`"success"`, "1"), verdict: progress},
		{name: "the payer's word", send: says("success", "processing", "null", `"paid"`), verdict: progress},
	}
	for reason, bodies := range map[string]map[string]string{
		"payment_info:amount: not an amount": {
			"amount float": event("10000", "100.5"), "amount float without fraction": event("10000", "10000.0"), "amount exponent": event("10000", "1e4"),
			"amount big exponent": event("10000", "1e300"), "amount negative": event("10000", "-10000"), "amount negative zero": event("10000", "-0"), "amount zero": event("10000", "0"),
			"amount of 15 digits": event("10000", "100000000000000"), "amount beyond 64 bits": event("10000", "18446744073709561616"), "amount of 400 digits": event("10000", "1"+strings.Repeat("0", 300)),
			"amount with a leading zero": event("10000", `"010000"`), "amount with a space": event("10000", `" 10000"`), "amount with a newline": event("10000", `"10000\n"`), "amount with a plus": event("10000", `"+10000"`),
			"amount with a currency": event("10000", `"10000 RUB"`), "amount with a comma": event("10000", `"100,00"`), "amount in fullwidth": event("10000", `"１００００"`), "amount in hex": event("10000", `"0x2710"`),
			"amount with an underscore": event("10000", `"10_000"`), "amount NaN": event("10000", `"NaN"`), "amount false": event("10000", "false"),
		},
		"payment_info:currency: not a currency": {
			"currency in small letters": event("RUB", "rub"), "currency of four letters": event("RUB", "RUBB"), "currency of two": event("RUB", "RU"), "currency by number": event(`"RUB"`, "643"),
			"currency with a Cyrillic letter": event("RUB", "\u0420UB"), "currency with a space": event("RUB", "RUB "), "currency true": event(`"RUB"`, "true"),
		},
		"status:status: not a status": {
			"status in capitals": event("success", "SUCCESS"), "status with a capital": event("success", "Success"), "status with a space": event("success", "success "),
			"status with a newline": event("success", `success\n`), "status with NUL": event("success", `success\u0000`), "status with a Cyrillic letter": event("success", "su\u0441cess"),
			"status with a long s": event("success", "\u017fuccess"), "status with a colon": event("success", "success:paid"), "status of 65 letters": event("success", strings.Repeat("s", 65)),
			"status with a zero width space": event("success", "success\u200b"), "status as path": event("success", "../success"), "status float": event(`"success"`, "1.0"),
		},
		"status:sub_status: not a status": {"sub status with a semicolon less": event("null", `"paid,success"`), "sub status in capitals": event("null", `"PAID"`), "sub status negative": event("null", "-1")},
		"status:status": {
			"status null": event(`"success"`, "null"), "status empty": event("success", ""), "status None": event("success", "None"), "status missing": event(`"status":"success",`, ""),
			"status an empty object": event(`"success"`, "{}"), "status an empty array": event(`"success"`, "[]"), "status at the top": event(`"status":{"status":"success",`, `"status":"success","x":{`),
		},
		"status:status is no scalar": {"status an array": event(`"success"`, `["success"]`), "status an object": event(`"success"`, `{"status":"success"}`)},
		"payment_id: not an id": {
			"payment with a newline": event(`"1"`, `"1\n"`), "payment with NUL": event(`"1"`, `"1\u0000"`), "payment with an escape": event(`"1"`, `"\u001b[2J"`), "payment with DEL": event(`"1"`, `"1\u007f"`),
			"payment of 256 bytes": event(`"1"`, `"`+strings.Repeat("1", 256)+`"`),
		},
		"request_id: not an id":                     {"request with a newline": event(`"r"`, `"r\nlevel=ERROR"`), "request of 256 bytes": event(`"r"`, `"`+strings.Repeat("r", 256)+`"`)},
		"general:payment_id":                        {"payment null": event(`"1"`, "null"), "payment empty": event(`"1"`, `""`), "payment missing": event(`"payment_id":"1",`, ""), "general null": event(`"general":{"payment_id":"1","request_id":"r"}`, `"general":null`)},
		"general:payment_id is no scalar":           {"payment an array": event(`"1"`, `["1"]`), "payment two": event(`"1"`, `["1","2"]`), "payment an object": event(`"1"`, `{"":"1"}`)},
		"payment_info:amount is no scalar":          {"amount an array": event("10000", "[10000]"), "amount an object": event("10000", `{"minor":10000}`)},
		"differs from general:project_id":           {"two projects": event(`"payment_id"`, `"project_id":"other","payment_id"`), "two projects, the other way": event(`"project_id":"`+project, `"project_id":"other`, `"payment_id"`, `"project_id":"`+project+`","payment_id"`)},
		"required fields are missing: project_id":   {"project missing": event(`"project_id":"`+project+`",`, ""), "project null": event(`"`+project+`"`, "null"), "project empty": event(project, "")},
		"project_id: not an id of at most 255 byte": {"project with a newline": event(project, project+`\n`)},
	} {
		for name, body := range bodies {
			table = append(table, attack{name: name, send: said(body), verdict: refuses(400, reason)})
		}
	}
	return table
}

package highhelp_test

import (
	"strings"

	"github.com/go-highhelp/highhelp"
)

// One signature, two documents: what the gateway signs has no escaping, so
// whoever can choose a part of a value can move the borders of the others.
func attacksOnReadings() []attack {
	ambiguous := refuses(400, "more than one reading")
	const line = ";status:status:success"
	decline, comment := event("success", "decline"), `"comment":"x",`
	table := []attack{
		{name: "a sentence with a semicolon", send: says(marker, "Declined; try later. "+marker), verdict: applied()},
		{name: "a number under the signature of a text", send: swapped(event("10000", `"10000"`), event()), verdict: applied()},
		{name: "a text under the signature of a number", send: swapped(event(), event("10000", `"10000"`)), verdict: applied()},
		{name: "None under the signature of null", send: swapped(event(), event("null", `"None"`)), verdict: applied()},
		{name: "true under the signature of 1", send: swapped(extra("x", "1"), extra("x", "true")), verdict: applied()},
		{name: "an object under the signature of an array", send: swapped(extra("x", `["y"]`), extra("x", `{"0":"y"}`)), verdict: applied()},
		{name: "an empty object more", send: swapped(event(), extra("x", "{}")), verdict: applied()},

		{name: "a success in a description", send: said(strings.Replace(decline, marker, marker+line, 1)), verdict: ambiguous},
		{name: "a success in front of a description", send: said(strings.Replace(decline, marker, "status:status:success;"+marker, 1)), verdict: taken(highhelp.Applied, "wrong_route")},
		{name: "a second amount", send: says("10000", "1", `"card"`, `"x;payment_info:amount:10000"`), verdict: ambiguous},
		{name: "a second amount in another block", send: says("10000", "1", marker, marker+";payment_info:amount:10000"), verdict: ambiguous},
		{name: "a second currency", send: says("RUB", "KZT", `"card"`, `"x;payment_info:currency:RUB"`), verdict: ambiguous},
		{name: "a second payment", send: says(`"1"`, `"2"`, marker, marker+";general:payment_id:1"), verdict: ambiguous},
		{name: "a second project", send: says(project, "other", marker, marker+";project_id:"+project), verdict: ambiguous},
		{name: "the rest in an id", send: says(`"1"`, `"1;general:request_id:r"`, `,"request_id":"r"`, ""), verdict: ambiguous},
		{name: "the rest in a request", send: says(`"r"`, `"r;status:status:success"`), verdict: ambiguous},
		{name: "the rest in an amount", send: says("10000", `"10000;payment_info:currency:RUB"`, `,"currency":"RUB"`, ""), verdict: ambiguous},
		{name: "the rest in a key's value at the top", send: says(`"general":{"payment_id":"1","request_id":"r"}`, `"a":"x;general:payment_id:1"`), verdict: ambiguous},
		{name: "a block as a value", send: says(`"general":{"payment_id":"1","request_id":"r"}`, `"general":"payment_id:1"`), verdict: ambiguous},
		{name: "a status as a value", send: says(`"status":{"status":"success",`, `"status":"status:success","x":{`), verdict: ambiguous},
		{name: "a line in a list", send: said(extra("x", `["y","`+line[1:]+`",";status:status:success"]`)), verdict: ambiguous},
		{name: "a line in a value that is escaped", send: says(marker, marker+`\u003bstatus\u003astatus\u003asuccess`), verdict: ambiguous},
	}
	for name, pair := range map[string][2]string{
		"a comment swallows the payment": {event(`"general"`, comment+`"general"`), event(`"general":{"payment_id":"1",`, `"comment":"x;general:payment_id:1","general":{`)},
		"a comment swallows a block":     {event(`"general"`, comment+`"general"`), event(`"general":{"payment_id":"1","request_id":"r"}`, `"comment":"x;general:payment_id:1;general:request_id:r"`)},
		"an id swallows the request":     {event(), event(`"1","request_id":"r"`, `"1;general:request_id:r"`)},
		"an amount swallows currency":    {event(), event(`10000,"currency":"RUB"`, `"10000;payment_info:currency:RUB"`)},
		"a block becomes a value":        {event(`,"request_id":"r"`, ""), event(`{"payment_id":"1","request_id":"r"}`, `"payment_id:1"`)},
		"a payment becomes an array":     {event(`"1"`, `"0:1"`), event(`"1"`, `["1"]`)},
		"an amount becomes an array":     {event("10000", `"0:10000"`), event("10000", "[10000]")},
		"a status becomes an object":     {event("success", "status:success"), event(`"success"`, `{"status":"success"}`)},
		"a project swallows the status": {event(), event(`"project_id":"`+project+`",`, "", `{"status":"success","sub_status":null,"status_description":"`+marker+`"}`,
			`{"sub_status":null,"status_description":"`+marker+`"}`, `"general"`, `"project_id":"`+project+`;status:status:success","general"`)},
	} {
		table = append(table, attack{name: name, send: swapped(pair[0], pair[1]), verdict: ambiguous})
	}
	return table
}

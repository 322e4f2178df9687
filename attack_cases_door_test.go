package highhelp_test

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/go-highhelp/highhelp"
)

// calls is any request to the handler.
func calls(line, body string, header ...string) sender {
	return func(*victim) *wire {
		w := &wire{line: strings.Replace(line, "?", "?probe="+marker+"&", 1) + " HTTP/1.1", body: []byte(body)}
		w.header = append([]string{"Host: shop.example", "Connection: close", "X-Probe: " + marker}, header...)
		return w
	}
}

// asksStatus asks for the state of a payment with the token of order 1.
func asksStatus(query func(token string) string) sender {
	return func(v *victim) *wire {
		token := v.payment("1").Newest().Ticket.StatusToken
		return calls("GET /pay/status?"+query(token), "")(v)
	}
}

// pays sends a genuine callback to some path.
func pays(path string) sender { return asks("POST " + path + "? HTTP/1.1") }

// The other doors of the handler, and detours to the right one.
func attacksOnDoors() []attack {
	const jsonType, form = "Content-Type: application/json", "Content-Type: application/x-www-form-urlencoded"
	hurried := func(c *highhelp.Config) { c.TicketWait = 2 * time.Second } // long enough for a ticket
	buy := `{"order_id":"` + marker + `"}`
	table := []attack{
		{name: "detour by dots", send: pays("/pay/callbacks/../callbacks/success"), verdict: applied()},
		{name: "detour by slashes", send: pays("//pay///callbacks//success"), verdict: applied()},
		{name: "detour by escapes", send: pays("/pay/%63allbacks%2Fsuccess"), verdict: applied()},
		{name: "behind the route", send: pays("/pay/callbacks/success/"), verdict: unheard(404)},
		{name: "in capitals", send: pays("/pay/callbacks/SUCCESS"), verdict: unheard(404)},
		{name: "with NUL", send: pays("/pay/callbacks/success%00"), verdict: unheard(404)},
		{name: "with a backslash", send: pays(`/pay/callbacks%5Csuccess`), verdict: unheard(404)},
		{name: "with a parameter", send: pays("/pay/callbacks/success;x=y"), verdict: unheard(404)},
		{name: "with a broken escape", send: pays("/pay/callbacks/success%zz"), verdict: unheard(400)},
		{name: "without the block", send: pays("/pay/success"), verdict: unheard(404)},
		{name: "a wider path", send: pays("/pay/callbacks/success/x"), verdict: unheard(404)},
		{name: "the root", send: pays("/"), verdict: unheard(404)},
		{name: "a path of 64 KiB", send: pays("/" + strings.Repeat("x", 64<<10)), verdict: unheard(404)},

		{name: "ticket for an unknown order", send: calls("POST /pay/tickets?", buy, jsonType), verdict: unheard(404)},
		{name: "ticket without an order", send: calls("POST /pay/tickets?", "{}", jsonType), verdict: unheard(404)},
		{name: "ticket for a callback", send: calls("POST /pay/tickets?", event(), jsonType), verdict: unheard(404)},
		{name: "ticket for deep arrays", send: calls("POST /pay/tickets?", `{"order_id":`+nested(30_000, "[", "]")+"}", jsonType), verdict: unheard(404)},
		{name: "ticket by order and array", send: calls("POST /pay/tickets?", `{"order_id":["1"]}`, jsonType), verdict: unheard(404)},
		{name: "ticket by query", send: calls("POST /pay/tickets?order_id=1&", "", form), verdict: unheard(404)},
		{name: "ticket from another site", send: calls("POST /pay/tickets?", buy, jsonType, "Sec-Fetch-Site: cross-site"), verdict: unheard(403)},
		{name: "ticket from another origin", send: calls("POST /pay/tickets?", buy, jsonType, "Origin: https://evil.example"), verdict: unheard(403)},
		{name: "ticket from no origin", send: calls("POST /pay/tickets?", buy, jsonType, "Origin: null"), verdict: unheard(403)},
		{name: "ticket by a plain text form", send: calls("POST /pay/tickets?", buy, "Content-Type: text/plain"), verdict: unheard(415)},
		{name: "ticket without a type", send: calls("POST /pay/tickets?", buy), verdict: unheard(415)},
		{name: "ticket by GET", send: calls("GET /pay/tickets?order_id=1&", ""), verdict: unheard(405)},
		{name: "ticket of 10 MB", send: calls("POST /pay/tickets?", strings.Repeat(" ", 10<<20), jsonType), verdict: unheard(413)},
		{name: "ticket of 10 MB in a form", send: calls("POST /pay/tickets?", "order_id="+strings.Repeat("1", 10<<20), form), verdict: unheard(413)},
		{name: "ticket that stalls", set: hurried, send: calls("POST /pay/tickets?", "{", jsonType, "Content-Length: 100"), verdict: unheard(408)},
		{name: "ticket that ends early", send: func(v *victim) *wire {
			w := calls("POST /pay/tickets?", buy, jsonType, fmt.Sprint("Content-Length: ", len(buy)+1))(v)
			w.half = true
			return w
		}, verdict: unheard(400)},
		{name: "ticket of a name that is markup", send: calls("POST /pay/tickets?", "order_id="+url.QueryEscape("<script>"+marker), form, "Accept: application/json"), verdict: unheard(404)},

		{name: "status without a token", send: asksStatus(func(string) string { return "payment=1" }), verdict: unheard(404)},
		{name: "status with an empty token", send: asksStatus(func(string) string { return "payment=1&token=" }), verdict: unheard(404)},
		{name: "status with a token cut", send: asksStatus(func(t string) string { return "payment=1&token=" + t[1:] }), verdict: unheard(404)},
		{name: "status with a token and more", send: asksStatus(func(t string) string { return "payment=1&token=" + t + "A" }), verdict: unheard(404)},
		{name: "status with a token in capitals", send: asksStatus(func(t string) string { return "payment=1&token=" + strings.ToUpper(t) + "x" }), verdict: unheard(404)},
		{name: "status with the token of another", send: asksStatus(func(t string) string { return "payment=2&token=" + t }), verdict: unheard(404)},
		{name: "status of an attempt that is none", send: asksStatus(func(t string) string { return "payment=1~2&token=" + t }), verdict: unheard(404)},
		{name: "status after a wrong token", send: asksStatus(func(t string) string { return "payment=1&token=x&token=" + t }), verdict: unheard(404)},
		{name: "status by POST", send: calls("POST /pay/status?payment=1", "", form), verdict: unheard(405)},
		{name: "status of a long name", send: asksStatus(func(string) string { return "payment=" + strings.Repeat("1", 64<<10) + "&token=x" }), verdict: unheard(404)},
		{name: "widget from above", send: calls("GET /pay/widget/../../attack_test.go?", ""), verdict: unheard(404)},
		{name: "widget from above, escaped", send: calls("GET /pay/widget/%2e%2e%2fattack_test.go?", ""), verdict: unheard(404)},
	}
	return table
}

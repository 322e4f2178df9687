package highhelp_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/widget"
	"github.com/stretchr/testify/require"
)

// What is sent is what the documentation asks for, signed.
func TestCreateRequest(t *testing.T) {
	s := newShop(t)
	_, err := s.Checkout.CreateTicket(t.Context(), highhelp.Order{
		ID: "1", Amount: rub(10000), Method: widget.MethodECOMCard, Description: "Order 1; a book", RedirectURL: s.URL + "/orders/1",
		Lifetime: 5 * time.Minute, Customer: highhelp.Customer{ID: "c", IPAddress: "192.0.2.1", Country: widget.Russia, Language: widget.Russian},
		Extra: map[string]any{"customer": map[string]any{"email": "a@example.com"}, "sender": map[string]any{"name": "A"}},
	})
	require.NoError(t, err)
	call := s.Gateway.last()
	require.Equal(t, map[string]any{
		"general": map[string]any{
			"project_id": project, "payment_id": "1", "redirect_url": s.URL + "/orders/1",
			"merchant_callback_url": s.URL + "/pay/callbacks/info", "merchant_success_callback_url": s.URL + "/pay/callbacks/success",
			"merchant_decline_callback_url": s.URL + "/pay/callbacks/decline",
		},
		"payment":  map[string]any{"amount": 10000.0, "currency": "RUB", "lifetime": 300.0, "widget_method": "payin-ecom-card", "description": "Order 1; a book"},
		"customer": map[string]any{"id": "c", "ip_address": "192.0.2.1", "country": "RU", "language": "ru", "email": "a@example.com"},
		"sender":   map[string]any{"name": "A"},
	}, call.Body)
	require.Equal(t, "application/json", call.Header.Get("Content-Type"))
	require.Equal(t, "1795435200", call.Header.Get("x-access-timestamp"))

	s.ticket("2")
	require.Equal(t, map[string]any{"amount": 10000.0, "currency": "RUB", "lifetime": 600.0}, s.Gateway.last().Body["payment"])
	require.NotContains(t, s.Gateway.last().Body, "customer")
}

func TestTicketAnswer(t *testing.T) {
	s := newShop(t, func(c *highhelp.Config) { c.WidgetFields = []string{"token", "missing", "integration"} })
	s.sells("1")
	s.Gateway.on("create", func(call gatewayCall) answer {
		return answer{status: 201, body: `{"status":"processing","sub_status":"new","request_id":"R","token":"T","secret":"S",
			"integration":{"form_url":"` + s.Gateway.URL + `/page"}}`}
	})
	code, body := s.click("1")
	require.Equal(t, 200, code)
	var got map[string]any
	require.NoError(t, json.Unmarshal([]byte(body), &got))
	token := s.payment("1").Newest().Ticket.StatusToken
	require.Equal(t, map[string]any{
		"payment_id": "1", "url": s.Gateway.URL + "/page", "expires_at": "2026-11-23T12:10:00Z", "request_id": "R",
		"status_url": "status?payment=1&token=" + token,
		"widget":     map[string]any{"token": "T", "integration": map[string]any{"form_url": s.Gateway.URL + "/page"}},
	}, got)
	require.GreaterOrEqual(t, len(token), 26, "128 bits in base32")

	resp, err := http.Post(s.URL+"/pay/tickets", "application/json", strings.NewReader(`{"order_id":"1"}`))
	require.NoError(t, err)
	resp.Body.Close()
	require.Equal(t, "no-store", resp.Header.Get("Cache-Control"))
	require.Equal(t, "application/json; charset=utf-8", resp.Header.Get("Content-Type"))
	require.Equal(t, "nosniff", resp.Header.Get("X-Content-Type-Options"))
}

// A form post without a script goes straight to the payment page.
func TestTicketForForms(t *testing.T) {
	s := newShop(t)
	s.sells("1")
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	post := func(accept string) *http.Response {
		req, err := http.NewRequest(http.MethodPost, s.URL+"/pay/tickets", strings.NewReader("order_id=1"))
		require.NoError(t, err)
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Accept", accept)
		resp, err := client.Do(req)
		require.NoError(t, err)
		t.Cleanup(func() { resp.Body.Close() })
		return resp
	}
	const browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
	resp := post(browser)
	require.Equal(t, 303, resp.StatusCode)
	require.Equal(t, s.Gateway.URL+"/page/1", resp.Header.Get("Location"))
	for _, accept := range []string{"application/json", "", "*/*", "application/json, text/html;q=0.9", "nonsense;;"} {
		require.Equal(t, 200, post(accept).StatusCode, accept)
	}
	require.Equal(t, 200, s.deliver("success", success("1")))
	resp = post(browser)
	require.Equal(t, 409, resp.StatusCode)
	require.Contains(t, resp.Header.Get("Content-Type"), "text/html")
	require.Contains(t, readAll(t, resp), "already paid")
}

func TestTicketRefusals(t *testing.T) {
	s := newShop(t)
	s.sells("1")
	for _, c := range []struct {
		name, method, media, body string
		header                    [2]string
		status                    int
		code                      string
	}{
		{"no order", "POST", "application/json", `{"order_id":"2"}`, [2]string{}, 404, "no_order"},
		{"no order_id", "POST", "application/json", `{}`, [2]string{}, 404, "no_order"},
		{"null", "POST", "application/json", `{"order_id":null}`, [2]string{}, 404, "no_order"},
		{"not JSON", "POST", "application/json", `order_id=1`, [2]string{}, 404, "no_order"},
		{"empty form", "POST", "application/x-www-form-urlencoded", ``, [2]string{}, 404, "no_order"},
		{"order_id in the URL only", "POST", "application/x-www-form-urlencoded", `x=1`, [2]string{}, 404, "no_order"},
		{"GET", "GET", "", ``, [2]string{}, 405, "method_not_allowed"},
		{"text", "POST", "text/plain", `{"order_id":"1"}`, [2]string{}, 415, "unsupported_media_type"},
		{"no media type", "POST", "", `{"order_id":"1"}`, [2]string{}, 415, "unsupported_media_type"},
		{"large", "POST", "application/json", strings.Repeat(" ", 65537), [2]string{}, 413, "too_large"},
		{"another site", "POST", "application/json", `{"order_id":"1"}`, [2]string{"Origin", "https://evil.example"}, 403, "cross_origin"},
		{"another site, by the browser's word", "POST", "application/json", `{"order_id":"1"}`, [2]string{"Sec-Fetch-Site", "cross-site"}, 403, "cross_origin"},
		{"a sister site", "POST", "application/json", `{"order_id":"1"}`, [2]string{"Sec-Fetch-Site", "same-site"}, 403, "cross_origin"},
	} {
		t.Run(c.name, func(t *testing.T) {
			req, err := http.NewRequest(c.method, s.URL+"/pay/tickets?order_id=1", strings.NewReader(c.body))
			require.NoError(t, err)
			if c.media != "" {
				req.Header.Set("Content-Type", c.media)
			}
			if c.header[0] != "" {
				req.Header.Set(c.header[0], c.header[1])
			}
			resp, err := http.DefaultClient.Do(req)
			require.NoError(t, err)
			defer resp.Body.Close()
			require.Equal(t, c.status, resp.StatusCode)
			var got struct {
				Error struct{ Code, Message string }
			}
			require.NoError(t, json.NewDecoder(resp.Body).Decode(&got))
			require.Equal(t, c.code, got.Error.Code)
			require.Equal(t, http.StatusText(c.status), got.Error.Message)
			if c.status == 405 {
				require.Equal(t, "POST", resp.Header.Get("Allow"))
			}
		})
	}
	require.Empty(t, s.Gateway.ids("create"))
}

func TestTrustedOrigins(t *testing.T) {
	s := newShop(t, func(c *highhelp.Config) { c.TrustedOrigins = []string{"https://www.shop.example"} })
	s.sells("1")
	req, err := http.NewRequest(http.MethodPost, s.URL+"/pay/tickets", strings.NewReader(`{"order_id":1}`))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Origin", "https://www.shop.example")
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	resp.Body.Close()
	require.Equal(t, 200, resp.StatusCode, "and a number is an order_id too")
}

// What an OrderFunc returns, and what CreateTicket does then, decides the code.
func TestTicketErrors(t *testing.T) {
	for _, c := range []struct {
		name   string
		order  error
		setUp  func(s *shop)
		status int
		code   string
	}{
		{"not this payer's", highhelp.ErrForbidden, nil, 403, "forbidden"},
		{"broken look-up", errors.New("secret of the database"), nil, 500, "internal"},
		{"paid", nil, func(s *shop) { s.ticket("1"); s.deliver("success", success("1")) }, 409, "order_paid"},
		{"amount changed", nil, func(s *shop) { s.ticket("1"); s.orders["1"] = highhelp.Order{ID: "1", Amount: rub(10001)} }, 409, "amount_changed"},
		{"in review", nil, func(s *shop) {
			s.ticket("1")
			c := success("1")
			c.amount = 1
			s.deliver("success", c)
		}, 409, "needs_review"},
		{"in progress", nil, func(s *shop) {
			s.ticket("1")
			s.Clock.Add(time.Hour)
			s.Gateway.say("info", 200, `{"status":"processing","sub_status":"awaiting_3ds_result"}`)
		}, 409, "in_progress"},
		{"bad order", nil, func(s *shop) {
			s.orders["1"] = highhelp.Order{ID: "1", Amount: highhelp.Money{Minor: 1, Currency: "XXX"}}
		}, 500, "internal"},
		{"gateway refuses", nil, func(s *shop) { s.Gateway.say("create", 400, `{"status":"error","status_description":"no"}`) }, 502, "gateway_error"},
		{"gateway is another server", nil, func(s *shop) { s.Gateway.say("create", 200, `<html>`) }, 502, "gateway_error"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newShop(t)
			s.sells("1")
			if c.setUp != nil {
				c.setUp(s)
			}
			server := newServer(t, s.Checkout.TicketHandler(func(r *http.Request) (highhelp.Order, error) {
				if c.order != nil {
					return highhelp.Order{}, c.order
				}
				return s.order(r)
			}))
			resp, err := http.Post(server.URL, "application/json", strings.NewReader(`{"order_id":"1"}`))
			require.NoError(t, err)
			body := readAll(t, resp)
			resp.Body.Close()
			require.Equal(t, c.status, resp.StatusCode, body)
			require.Contains(t, body, `"code":"`+c.code+`"`)
			require.NotContains(t, body, "secret")
		})
	}
}

func TestOrderErrors(t *testing.T) {
	s := newShop(t, func(c *highhelp.Config) {
		c.Currencies = map[string]int{"JPY": 0}
		c.RedirectHosts = []string{"www.shop.example"}
	})
	for _, c := range []struct {
		field  string
		change func(o *highhelp.Order)
	}{
		{"ID", func(o *highhelp.Order) { o.ID = "" }},
		{"ID", func(o *highhelp.Order) { o.ID = "a~2" }},
		{"ID", func(o *highhelp.Order) { o.ID = "a;b" }},
		{"ID", func(o *highhelp.Order) { o.ID = "a\nb" }},
		{"ID", func(o *highhelp.Order) { o.ID = "a\xff" }},
		{"ID", func(o *highhelp.Order) { o.ID = strings.Repeat("a", 241) }},
		{"ID", func(o *highhelp.Order) { o.ID = "None" }}, // callbacks would read it as missing
		{"Amount", func(o *highhelp.Order) { o.Amount = highhelp.Money{} }},
		{"Amount", func(o *highhelp.Order) { o.Amount.Currency = "USD" }},
		{"Amount", func(o *highhelp.Order) { o.Amount.Minor = 0 }},
		{"Amount", func(o *highhelp.Order) { o.Amount.Minor = -1 }},
		{"Amount", func(o *highhelp.Order) { o.Amount.Minor = 10_000_000_000_001 }},
		{"Method", func(o *highhelp.Order) { o.Method = "Card" }},
		{"Customer.Country", func(o *highhelp.Order) { o.Customer.Country = "ru" }},
		{"Customer.Language", func(o *highhelp.Order) { o.Customer.Language = "RU" }},
		{"Lifetime", func(o *highhelp.Order) { o.Lifetime = 299 * time.Second }},
		{"Lifetime", func(o *highhelp.Order) { o.Lifetime = 601 * time.Second }},
		{"RedirectURL", func(o *highhelp.Order) { o.RedirectURL = "/orders/1" }},
		{"RedirectURL", func(o *highhelp.Order) { o.RedirectURL = "http://www.shop.example/" }},
		{"RedirectURL", func(o *highhelp.Order) { o.RedirectURL = "https://evil.example/" }},
		{"RedirectURL", func(o *highhelp.Order) { o.RedirectURL = "javascript:alert(1)" }},
		{"RedirectURL", func(o *highhelp.Order) { o.RedirectURL = "https://a@www.shop.example/" }},
		{"RedirectURL", func(o *highhelp.Order) { o.RedirectURL = "https://www.shop.example/" + strings.Repeat("a", 2048) }},
		{"Extra", func(o *highhelp.Order) { o.Extra = map[string]any{"payment": map[string]any{"amount": 1}} }},
		{"Extra", func(o *highhelp.Order) { o.Extra = map[string]any{"general": "x"} }},
		{"Extra", func(o *highhelp.Order) { o.Extra = map[string]any{"x": func() {}} }},
	} {
		o := highhelp.Order{ID: "1", Amount: rub(1)}
		c.change(&o)
		_, err := s.Checkout.CreateTicket(t.Context(), o)
		var order *highhelp.ConfigError
		require.ErrorAs(t, err, &order, "%+v", o)
		require.Equal(t, "Order."+c.field, order.Field)
	}
	require.Empty(t, s.Gateway.ids("create"))
	_, err := s.Checkout.CreateTicket(t.Context(), highhelp.Order{
		ID: strings.Repeat("я", 120), Amount: highhelp.Money{Minor: 10_000_000_000_000, Currency: "JPY"}, RedirectURL: "https://www.shop.example/x",
	})
	require.NoError(t, err)
}

// However many ask at once, in one process or in several, the gateway is asked
// once and all get the same answer.
func TestSimultaneousTickets(t *testing.T) {
	g, store := newGateway(t), &highhelp.MemStore{}
	shops := []*shop{newShopAt(t, g, store), newShopAt(t, g, store), newShopAt(t, g, store)}
	for _, s := range shops {
		s.sells("1")
		s.Clock = shops[0].Clock
	}
	bodies := make(chan string)
	for i := range 48 {
		go func() {
			_, body := shops[i%len(shops)].click("1")
			bodies <- body
		}()
	}
	first := <-bodies
	require.Contains(t, first, `"payment_id":"1"`)
	for range 47 {
		require.Equal(t, first, <-bodies)
	}
	require.Equal(t, []string{"1"}, g.ids("create"))
}

// A caller that gives up does not spoil the ticket of the others, or the next
// click.
func TestTicketCallerLeaves(t *testing.T) {
	s := newShop(t)
	o := s.sells("1")
	release := make(chan struct{})
	asked := make(chan struct{})
	s.Gateway.on("create", func(call gatewayCall) answer {
		close(asked)
		a := s.Gateway.created(call)
		a.wait = release
		return a
	})
	ctx, cancel := context.WithCancel(t.Context())
	gone := make(chan error)
	go func() {
		_, err := s.Checkout.CreateTicket(ctx, o)
		gone <- err
	}()
	<-asked
	cancel()
	require.ErrorIs(t, <-gone, context.Canceled)
	close(release)
	require.Equal(t, "1", s.ticket("1").PaymentID)
	require.Equal(t, []string{"1"}, s.Gateway.ids("create"))
	require.Empty(t, s.Gateway.ids("info"))
}

// The path of a lost answer: the create request arrives, its answer does not,
// the gateway then refuses the same payment_id, and info tells no page. The
// payer's next click still pays.
func TestLostAnswer(t *testing.T) {
	s := newShop(t)
	s.sells("1")
	known := map[string]bool{}
	var mu sync.Mutex
	s.Gateway.on("create", func(call gatewayCall) answer {
		mu.Lock()
		defer mu.Unlock()
		switch {
		case known[call.PaymentID]:
			return answer{status: 400, body: `{"status":"error","sub_status":null,"status_description":"duplicate payment_id"}`}
		case call.PaymentID == "1":
			known["1"] = true
			return answer{} // hangs up
		}
		return s.Gateway.created(call)
	})
	s.Gateway.on("info", func(call gatewayCall) answer {
		return answer{status: 200, body: `{"status":"processing","sub_status":"new","payment_id":"` + call.PaymentID + `"}`}
	})
	code, body := s.click("1")
	require.Equal(t, 502, code, body)
	require.Equal(t, []string{"1"}, s.Gateway.ids("create"), "never repeated once it may have arrived")

	code, body = s.click("1")
	require.Equal(t, 200, code, body)
	require.Contains(t, body, `"payment_id":"1~2"`)
	require.Equal(t, []string{"1", "1", "1~2"}, s.Gateway.ids("create"))
	require.Equal(t, []string{"lost_ticket"}, s.kinds())
	p := s.payment("1")
	require.True(t, p.Attempts[0].Lost)
	require.False(t, p.CheckAt.IsZero(), "the lost one is still watched")

	require.Equal(t, 200, s.deliver("success", success("1~2")))
	require.Equal(t, 1, s.shipped("1"))
}

// The other ways in which a lost answer may go on.
func TestLostAnswerOtherEnds(t *testing.T) {
	for _, c := range []struct {
		name   string
		info   answer
		create string // answer to the second create, "" for a page
		status int
		id     string
	}{
		{"it never arrived", unknownPayment, "", 200, "1"},
		{"info tells the page", answer{status: 200, body: `{"status":"processing","sub_status":"new","integration":{"redirect_url":"PAGE"}}`}, "-", 200, "1"},
		{"create tells the page again", answer{status: 200, body: `{"status":"processing","sub_status":"requisites"}`}, "", 200, "1"},
		{"the payer is paying already", answer{status: 200, body: `{"status":"processing","sub_status":"awaiting_confirm"}`}, "-", 409, ""},
		{"it was declined at once", answer{status: 200, body: `{"status":"decline","sub_status":null}`}, "", 200, "1~2"},
		{"it was paid, which can't be", answer{status: 200, body: `{"status":"success","amount":10000,"currency":"RUB"}`}, "-", 409, ""},
		{"an error, once", answer{status: 200, body: `{"status":"error"}`}, "", 200, "1"},
		{"a 404 of a proxy", answer{status: 404, body: `<html>not found</html>`}, "-", 502, ""},
		{"a 404 of another JSON server", answer{status: 404, body: `{"message":"no route"}`}, "-", 502, ""},
		{"no status", answer{status: 200, body: `{}`}, "-", 502, ""},
		{"another payment", answer{status: 200, body: `{"status":"decline","payment_id":"2"}`}, "-", 502, ""},
		{"another project", answer{status: 200, body: `{"status":"decline","project_id":"other"}`}, "-", 502, ""},
		{"keys refused", answer{status: 401, body: `{"status":"error"}`}, "-", 502, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newShop(t)
			s.sells("1")
			first := true
			s.Gateway.on("create", func(call gatewayCall) answer {
				if first {
					first = false
					return answer{}
				}
				require.NotEqual(t, "-", c.create, "no second create request may be sent")
				return s.Gateway.created(call)
			})
			c.info.body = strings.ReplaceAll(c.info.body, "PAGE", s.Gateway.URL+"/page/again")
			s.Gateway.on("info", func(gatewayCall) answer { return c.info })
			code, _ := s.click("1")
			require.Equal(t, 502, code)
			code, body := s.click("1")
			require.Equal(t, c.status, code, body)
			if c.id != "" {
				require.Contains(t, body, `"payment_id":"`+c.id+`"`)
			}
		})
	}
}

// A second error from info means that the attempt is over.
func TestErrorTwice(t *testing.T) {
	s := newShop(t)
	s.sells("1")
	s.Gateway.say("create", 400, `{"status":"error","status_description":"limit"}`)
	s.Gateway.say("info", 200, `{"status":"error","sub_status":null}`)
	for range 2 {
		code, _ := s.click("1")
		require.Equal(t, 502, code)
	}
	require.Equal(t, []string{"1", "1"}, s.Gateway.ids("create"))
	s.Gateway.on("create", s.Gateway.created)
	require.Equal(t, "1~2", s.ticket("1").PaymentID)
}

// A refused create leaves the attempt open: the next click asks, then creates
// with the same id. If the gateway knows nothing of it, a corrected amount may
// be sent.
func TestRefusedCreate(t *testing.T) {
	s := newShop(t)
	s.sells("1")
	s.Gateway.say("create", 400, `{"status":"error","status_description":"amount over the limit"}`)
	code, _ := s.click("1")
	require.Equal(t, 502, code)
	require.Equal(t, highhelp.Status{Main: "error", Description: "amount over the limit"}, s.payment("1").Newest().Status)
	require.Empty(t, s.payment("1").Claim.Token)
	require.Contains(t, s.Log.String(), "amount over the limit")

	s.Gateway.on("create", s.Gateway.created)
	ticket, err := s.Checkout.CreateTicket(t.Context(), highhelp.Order{ID: "1", Amount: rub(5000)})
	require.NoError(t, err)
	require.Equal(t, "1", ticket.PaymentID)
	require.Equal(t, rub(5000), s.payment("1").Newest().Amount)
	require.Equal(t, []string{"1"}, s.Gateway.ids("info"))

	// A lost answer is another matter: the first amount may be at the gateway.
	s.sells("2")
	s.Gateway.on("create", func(gatewayCall) answer { return answer{} })
	code, _ = s.click("2")
	require.Equal(t, 502, code)
	_, err = s.Checkout.CreateTicket(t.Context(), highhelp.Order{ID: "2", Amount: rub(5000)})
	require.ErrorIs(t, err, highhelp.ErrAmountChanged)
}

// Declined, expired and failed attempts make room for the next, up to
// MaxAttempts.
func TestAttempts(t *testing.T) {
	s := newShop(t, func(c *highhelp.Config) { c.MaxAttempts = 3 })
	require.Equal(t, "1", s.ticket("1").PaymentID)
	require.Equal(t, "1", s.ticket("1").PaymentID, "the same as long as it is open")
	require.Equal(t, 200, s.deliver("decline", with("1", "decline", "")))
	require.Equal(t, "declined", s.payment("1").State())
	require.Equal(t, "1~2", s.ticket("1").PaymentID)

	s.Clock.Add(10*time.Minute + 61*time.Second)
	s.Gateway.say("info", 200, `{"status":"processing","sub_status":"new"}`)
	require.Equal(t, "1~3", s.ticket("1").PaymentID)
	require.NotEqual(t, s.payment("1").Attempts[0].Ticket.StatusToken, s.payment("1").Attempts[1].Ticket.StatusToken)

	require.Equal(t, 200, s.deliver("decline", with("1~3", "decline", "")))
	_, err := s.Checkout.CreateTicket(t.Context(), s.sells("1"))
	require.ErrorIs(t, err, highhelp.ErrNeedsReview)
	require.Equal(t, []string{"1", "1~2", "1~3"}, s.Gateway.ids("create"))

	// The amount may change with a new attempt.
	s.ticket("2")
	require.Equal(t, 200, s.deliver("decline", with("2", "decline", "")))
	ticket, err := s.Checkout.CreateTicket(t.Context(), highhelp.Order{ID: "2", Amount: rub(7700)})
	require.NoError(t, err)
	require.Equal(t, "2~2", ticket.PaymentID)
	c := success("2~2")
	c.amount = 7700
	require.Equal(t, 200, s.deliver("success", c))
	require.Equal(t, 1, s.shipped("2"))
}

// A success that only info tells is one event with the callback.
func TestInfoSaysPaid(t *testing.T) {
	s := newShop(t)
	s.ticket("1")
	s.Clock.Add(time.Hour)
	s.Gateway.say("info", 200, `{"status":"success","sub_status":null,"amount":10000,"currency":"RUB","payment_id":"1"}`)
	_, err := s.Checkout.CreateTicket(t.Context(), s.sells("1"))
	require.ErrorIs(t, err, highhelp.ErrOrderPaid)
	require.Equal(t, 1, s.shipped("1"))
	require.Equal(t, 200, s.deliver("success", success("1")))
	require.Equal(t, 1, s.shipped("1"))
}

// Without an InfoPath only callbacks end an attempt.
func TestNoInfoPath(t *testing.T) {
	s := newShop(t, func(c *highhelp.Config) { c.InfoPath = "-" })
	s.ticket("1")
	s.Clock.Add(24 * time.Hour)
	_, err := s.Checkout.CreateTicket(t.Context(), s.sells("1"))
	require.ErrorIs(t, err, highhelp.ErrInProgress)
	require.Equal(t, 200, s.deliver("info", with("1", "dispute", "no_payment")))
	require.Equal(t, "1~2", s.ticket("1").PaymentID)
	require.Equal(t, 200, s.deliver("decline", with("1~2", "decline", "")))
	require.Equal(t, "1~3", s.ticket("1").PaymentID)

	s.sells("2")
	s.Gateway.on("create", func(gatewayCall) answer { return answer{} })
	code, _ := s.click("2")
	require.Equal(t, 502, code)
	s.Gateway.on("create", s.Gateway.created)
	require.Equal(t, "2", s.ticket("2").PaymentID, "a page that was never seen may be asked for again")
	require.Empty(t, s.Gateway.ids("info"))
	_, err = s.Checkout.Client().Info(t.Context(), "1")
	require.ErrorContains(t, err, "no InfoPath")
}

// A create answer that is final is an event like an answer to info.
func TestCreateAnswersFinally(t *testing.T) {
	s := newShop(t)
	s.sells("1")
	s.Gateway.say("create", 200, `{"status":"decline","sub_status":null,"status_description":"blocked"}`)
	code, _ := s.click("1")
	require.Equal(t, 502, code)
	require.Equal(t, "declined", s.payment("1").State())
	require.Equal(t, []string{"1"}, s.declined)

	s.Gateway.say("create", 200, `{"status":"success","amount":10000,"currency":"RUB"}`)
	code, body := s.click("1")
	require.Equal(t, 409, code)
	require.Contains(t, body, "order_paid")
	require.Equal(t, 1, s.shipped("1"))
}

// A callback may be faster than the answer to the create request.
func TestCallbackBeforeAnswer(t *testing.T) {
	for _, c := range []struct {
		c      callback
		status int
		body   string
	}{
		{with("1", "processing", "requisites"), 200, `"payment_id":"1"`},
		{success("1"), 409, "order_paid"},
		{with("1", "decline", ""), 200, `"payment_id":"1~2"`},
	} {
		s := newShop(t)
		s.sells("1")
		s.Gateway.on("create", func(call gatewayCall) answer {
			if call.PaymentID == "1" {
				require.Equal(t, 200, s.deliver("info", c.c))
			}
			return s.Gateway.created(call)
		})
		code, body := s.click("1")
		require.Equal(t, c.status, code, body)
		require.Contains(t, body, c.body)
		require.Equal(t, c.c.status, s.payment("1").Attempts[0].Status.Main, "the callback's status stays")
	}
}

func TestRelease(t *testing.T) {
	s := newShop(t)
	s.ticket("1")
	c := success("1")
	c.amount = 1
	require.Equal(t, 200, s.deliver("success", c))
	_, err := s.Checkout.CreateTicket(t.Context(), s.sells("1"))
	require.ErrorIs(t, err, highhelp.ErrNeedsReview)
	require.NoError(t, s.Checkout.Release(t.Context(), "1"))
	require.NoError(t, s.Checkout.Release(t.Context(), "1"))
	require.Equal(t, 200, s.deliver("success", c), "the same mismatch again does not hold the order again")
	require.Equal(t, "1", s.ticket("1").PaymentID)
	require.ErrorIs(t, s.Checkout.Release(t.Context(), "2"), highhelp.ErrNotFound)
	_, err = s.Checkout.Payment(t.Context(), "2")
	require.ErrorIs(t, err, highhelp.ErrNotFound)
}

// A store that fails in the middle of a ticket costs a retry, never a second
// page.
func TestTicketStoreFails(t *testing.T) {
	down := errors.New("down")
	f := &faults{}
	s := newShop(t, func(c *highhelp.Config) { f.MemStore = c.Store.(*highhelp.MemStore); c.Store = f })
	s.sells("1")
	f.insert = down
	code, body := s.click("1")
	require.Equal(t, 503, code)
	require.Contains(t, body, "unavailable")
	require.Empty(t, s.Gateway.ids("create"), "nothing is sent that is not stored")

	f.insert = nil
	f.commit = down // the ticket can't be saved
	code, _ = s.click("1")
	require.Equal(t, 503, code)
	require.Equal(t, []string{"1"}, s.Gateway.ids("create"))
	f.commit = nil
	s.Clock.Add(26 * time.Second) // the claim ends by itself
	s.Gateway.say("info", 200, `{"status":"processing","sub_status":"new"}`)
	require.Equal(t, "1", s.ticket("1").PaymentID)
	f.payment = down
	code, _ = s.click("1")
	require.Equal(t, 503, code)
	_, err := s.Checkout.Payment(t.Context(), "1")
	require.ErrorIs(t, err, down)
}

// A claim that another process holds is waited for, not longer than
// TicketWait.
func TestTicketWait(t *testing.T) {
	s := newShop(t, func(c *highhelp.Config) { c.TicketWait = 300 * time.Millisecond })
	s.sells("1")
	require.NoError(t, s.Store.Insert(t.Context(), highhelp.Payment{
		Key:      highhelp.Key{ProjectID: project, OrderID: "1"},
		Attempts: []highhelp.Attempt{{N: 1, PaymentID: "1", Amount: rub(10000), Sent: true}},
		Claim:    highhelp.Claim{Token: "other", Until: s.Clock.Now().Add(time.Hour)},
	}))
	resp, err := http.Post(s.URL+"/pay/tickets", "application/json", strings.NewReader(`{"order_id":"1"}`))
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Equal(t, 503, resp.StatusCode)
	require.NotEmpty(t, resp.Header.Get("Retry-After"))
	require.Empty(t, s.Gateway.ids("create"))
}

func TestOrderFuncMayReadTheBody(t *testing.T) {
	s := newShop(t)
	server := newServer(t, s.Checkout.TicketHandler(func(r *http.Request) (highhelp.Order, error) {
		var in struct {
			Cart string `json:"cart"`
		}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			return highhelp.Order{}, err
		}
		id, err := highhelp.OrderID(r)
		return highhelp.Order{ID: in.Cart + "-" + id, Amount: rub(100)}, err
	}))
	resp, err := http.Post(server.URL, "application/json", strings.NewReader(`{"order_id":"1","cart":"c"}`))
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Equal(t, 200, resp.StatusCode)
	require.Equal(t, []string{"c-1"}, s.Gateway.ids("create"))
	_, err = highhelp.OrderID(&http.Request{Header: http.Header{}})
	require.ErrorIs(t, err, highhelp.ErrNoOrder)
}

// A caller that was too slow finds its claim taken over: the page that it got
// in the end is dropped, because another one may be with the payer by then.
// Here the clocks of two processes differ by more than a claim lasts.
func TestClaimTakenOver(t *testing.T) {
	g, store := newGateway(t), &highhelp.MemStore{}
	slow, fast := newShopAt(t, g, store), newShopAt(t, g, store)
	slow.sells("1")
	fast.sells("1")
	asked, release := make(chan struct{}), make(chan struct{})
	var mu sync.Mutex
	seen := map[string]bool{}
	g.on("create", func(call gatewayCall) answer {
		mu.Lock()
		defer mu.Unlock()
		if seen[call.PaymentID] {
			return answer{status: 400, body: `{"status":"error","status_description":"duplicate payment_id"}`}
		}
		seen[call.PaymentID] = true
		a := g.created(call)
		if call.PaymentID == "1" {
			a.wait = release
			close(asked)
		}
		return a
	})
	g.say("info", 200, `{"status":"processing","sub_status":"new"}`)
	bodies := make(chan string)
	go func() {
		_, body := slow.click("1")
		bodies <- body
	}()
	<-asked
	fast.Clock.Add(26 * time.Second)
	_, body := fast.click("1")
	require.Contains(t, body, `"payment_id":"1~2"`)
	close(release)
	require.Equal(t, body, <-bodies, "never the page of the first attempt")
	p := fast.payment("1")
	require.Empty(t, p.Attempts[0].Ticket.URL)
	require.Equal(t, g.URL+"/page/1~2", p.Attempts[1].Ticket.URL)
}

// A page that is found again may have begun as late as now: its request can
// have been under way for long. As long as it may be alive there is no other.
func TestPageFoundAgainExpires(t *testing.T) {
	for name, info := range map[string]answer{
		"create tells it": {status: 200, body: `{"status":"processing","sub_status":"new"}`},
		"info tells it":   {status: 200, body: `{"status":"processing","sub_status":"new","integration":{"form_url":"PAGE"}}`},
		"it never was":    unknownPayment,
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			s.sells("1")
			s.Gateway.on("create", func(gatewayCall) answer { return answer{} })
			code, _ := s.click("1")
			require.Equal(t, 502, code)
			s.Clock.Add(8 * time.Minute)
			info.body = strings.ReplaceAll(info.body, "PAGE", s.Gateway.URL+"/page/1")
			s.Gateway.on("info", func(gatewayCall) answer { return info })
			s.Gateway.on("create", s.Gateway.created)
			found := s.ticket("1")
			require.Equal(t, s.Clock.Now().Add(10*time.Minute), found.ExpiresAt)

			s.Gateway.say("info", 200, `{"status":"processing","sub_status":"requisites"}`)
			s.Clock.Add(10*time.Minute + 30*time.Second)
			code, body := s.click("1")
			require.Equal(t, 409, code, body)
			require.Contains(t, body, "in_progress")
			s.Clock.Add(time.Minute)
			require.Equal(t, "1~2", s.ticket("1").PaymentID)
		})
	}
}

// The order costs something else after a create request was lost. That is no
// reason to give two pages, and none to lose the order either.
func TestAmountChangesAfterLostRequest(t *testing.T) {
	s := newShop(t)
	s.sells("1")
	s.Gateway.on("create", func(gatewayCall) answer { return answer{} })
	code, _ := s.click("1")
	require.Equal(t, 502, code)
	s.Gateway.on("create", s.Gateway.created)
	dearer := highhelp.Order{ID: "1", Amount: rub(12000)}
	_, err := s.Checkout.CreateTicket(t.Context(), dearer)
	require.ErrorIs(t, err, highhelp.ErrAmountChanged, "the lost request may still arrive")

	s.Clock.Add(12 * time.Minute)
	ticket, err := s.Checkout.CreateTicket(t.Context(), dearer)
	require.NoError(t, err)
	require.Equal(t, "1~2", ticket.PaymentID, "the first amount stays with the first attempt")
	require.Equal(t, rub(10000), s.payment("1").Attempts[0].Amount)
	require.False(t, s.payment("1").CheckAt.IsZero(), "which is still watched")
}

// What callbacks say while the gateway is asked goes first.
func TestCallbackWhileAsking(t *testing.T) {
	for _, c := range []struct {
		c    callback
		code string
	}{
		{success("1"), "order_paid"},
		{func() callback { c := success("1"); c.amount = 1; return c }(), "needs_review"},
	} {
		s := newShop(t)
		s.ticket("1")
		s.Clock.Add(time.Hour)
		s.Gateway.on("info", func(gatewayCall) answer {
			require.Equal(t, 200, s.deliver("success", c.c))
			return answer{status: 200, body: `{"status":"processing","sub_status":"new"}`}
		})
		code, body := s.click("1")
		require.Equal(t, 409, code)
		require.Contains(t, body, c.code)
		require.Len(t, s.payment("1").Attempts, 1)
	}
}

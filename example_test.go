package highhelp_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/sandbox"
	"github.com/go-highhelp/highhelp/signer"
	"github.com/go-highhelp/highhelp/widget"
)

// An exampleShop is a shop with a sandbox in place of the gateway, both on
// servers of this machine. The examples use it so that they can run.
type exampleShop struct {
	Checkout *highhelp.Checkout
	Gateway  *sandbox.Gateway
	URL      string // of the shop; its handlers are at /pay/
	Keys     *sandbox.Keys
	server   *httptest.Server // at URL
	close    []func()
}

// exampleKeys are made once: RSA keys are slow to make.
var exampleKeys = sync.OnceValues(func() (*sandbox.Keys, error) {
	return sandbox.GenerateKeys("57aff4db-b45d-42bf-bc5f-b7a499a01782")
})

var quiet = slog.New(slog.DiscardHandler)

func newExampleShop(onPaid func(context.Context, highhelp.Event) error, change ...func(*highhelp.Config)) *exampleShop {
	keys, err := exampleKeys()
	if err != nil {
		log.Fatal(err)
	}
	s := &exampleShop{Keys: keys}
	gateway := s.serve()
	s.Gateway, err = sandbox.New(sandbox.Config{PublicURL: gateway.URL, Projects: []sandbox.Project{keys.Project()}, Logger: quiet})
	if err != nil {
		log.Fatal(err)
	}
	gateway.Config.Handler = s.Gateway
	shop := s.serve()
	s.URL, s.server = shop.URL, shop
	cfg := highhelp.Config{
		ProjectID: keys.ProjectID, BaseURL: gateway.URL, PublicURL: shop.URL + "/pay",
		Signer: keys.RequestPrivate, Verifier: keys.CallbackPublic, Store: &highhelp.MemStore{}, OnPaid: onPaid, Logger: quiet,
		OnAnomaly: func(_ context.Context, a highhelp.Anomaly) { fmt.Println("anomaly:", a.Kind) },
	}
	if onPaid == nil {
		cfg.OnPaid = func(context.Context, highhelp.Event) error { return nil }
	}
	for _, f := range change {
		f(&cfg)
	}
	s.Checkout, err = highhelp.New(cfg)
	if err != nil {
		log.Fatal(err)
	}
	shop.Config.Handler = s.Checkout.Handler(func(r *http.Request) (highhelp.Order, error) {
		id, err := highhelp.OrderID(r)
		return highhelp.Order{ID: id, Amount: highhelp.Money{Minor: 10000, Currency: "RUB"}}, err
	})
	return s
}

func (s *exampleShop) serve() *httptest.Server {
	server := httptest.NewServer(nil)
	s.close = append(s.close, server.Close)
	return server
}

func (s *exampleShop) Close() {
	for _, f := range s.close {
		f()
	}
}

// pay lets a payer create a ticket for the order and pay it.
func (s *exampleShop) pay(orderID string) highhelp.Ticket {
	ticket, err := s.Checkout.CreateTicket(context.Background(), highhelp.Order{
		ID: orderID, Amount: highhelp.Money{Minor: 10000, Currency: "RUB"},
	})
	if err != nil {
		log.Fatal(err)
	}
	s.play(orderID)
	return ticket
}

// play lets the payer of a ticket pay, and delivers the callbacks.
func (s *exampleShop) play(orderID string) {
	if _, err := s.Gateway.Act(orderID, sandbox.Pay); err != nil {
		log.Fatal(err)
	}
	if err := s.Gateway.Deliver(context.Background()); err != nil {
		log.Fatal(err)
	}
}

// callback signs a body as the gateway does.
func (s *exampleShop) callback(target, body string) *http.Request {
	req, err := http.NewRequest(http.MethodPost, target, strings.NewReader(body))
	if err != nil {
		log.Fatal(err)
	}
	if req.Header, err = s.Keys.CallbackPrivate.Sign([]byte(body), exampleTime); err != nil {
		log.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	return req
}

var exampleTime = newClock().Now()

func send(req *http.Request) string {
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		log.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		log.Fatal(err)
	}
	return resp.Status + " " + strings.TrimSpace(string(body))
}

// A whole shop: it sells one thing, and ships it when the gateway says that it
// is paid. A sandbox stands in for the gateway; in production BaseURL leads to
// HighHelp, and the keys come from the files of the dashboard.
func Example() {
	keys, err := sandbox.GenerateKeys("57aff4db-b45d-42bf-bc5f-b7a499a01782")
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	shop := httptest.NewServer(mux)
	defer shop.Close()
	gateway, err := sandbox.New(sandbox.Config{
		PublicURL: shop.URL + "/gateway", Projects: []sandbox.Project{keys.Project()}, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		log.Fatal(err)
	}
	mux.Handle("/gateway/", http.StripPrefix("/gateway", gateway))

	checkout, err := highhelp.New(highhelp.Config{
		ProjectID: keys.ProjectID,
		BaseURL:   shop.URL + "/gateway",
		PublicURL: shop.URL + "/pay",
		Signer:    keys.RequestPrivate,
		Verifier:  keys.CallbackPublic,
		Store:     &highhelp.MemStore{},
		OnPaid: func(_ context.Context, e highhelp.Event) error {
			fmt.Println("ship order", e.OrderID, "for", e.Amount)
			return nil
		},
		Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		log.Fatal(err)
	}
	mux.Handle("/pay/", checkout.Handler(func(r *http.Request) (highhelp.Order, error) {
		id, err := highhelp.OrderID(r)
		if err != nil {
			return highhelp.Order{}, err
		}
		return highhelp.Order{ID: id, Amount: highhelp.Money{Minor: 10000, Currency: "RUB"}}, nil
	}))

	// A payer clicks, pays on the payment page, and the gateway calls back.
	resp, err := http.Post(shop.URL+"/pay/tickets", "application/json", strings.NewReader(`{"order_id": "1001"}`))
	if err != nil {
		log.Fatal(err)
	}
	resp.Body.Close()
	fmt.Println("ticket:", resp.Status)
	if _, err := gateway.Act("1001", sandbox.Pay); err != nil {
		log.Fatal(err)
	}
	if err := gateway.Deliver(context.Background()); err != nil {
		log.Fatal(err)
	}
	payment, err := checkout.Payment(context.Background(), "1001")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("order is", payment.State())
	// Output:
	// ticket: 200 OK
	// ship order 1001 for 100.00 RUB
	// order is paid
}

// New says every mistake at once.
func ExampleNew() {
	_, err := highhelp.New(highhelp.Config{
		ProjectID: "57aff4db-b45d-42bf-bc5f-b7a499a01782",
		BaseURL:   "http://api.hh-processing.com",
		PublicURL: "shop.example",
		Store:     &highhelp.MemStore{},
	})
	fmt.Println(err)
	// Output:
	// highhelp: Config.Signer: required
	// highhelp: Config.Verifier: required
	// highhelp: Config.OnPaid: required: nothing else ships the order
	// highhelp: Config.BaseURL: http is for this machine only: use https
	// highhelp: Config.PublicURL: not an absolute URL without user, query and fragment
}

// Keys of a sandbox are worth nothing, so they work on this machine only.
func ExampleNew_incorrect() {
	keys, err := sandbox.GenerateKeys("57aff4db-b45d-42bf-bc5f-b7a499a01782")
	if err != nil {
		log.Fatal(err)
	}
	_, err = highhelp.New(highhelp.Config{
		ProjectID: keys.ProjectID, BaseURL: "https://api.hh-processing.com", PublicURL: "https://shop.example/pay",
		Signer: keys.RequestPrivate, Verifier: keys.CallbackPublic, Store: &highhelp.MemStore{},
		OnPaid: func(context.Context, highhelp.Event) error { return nil },
	})
	fmt.Println(err)
	// Output:
	// highhelp: Config.Signer: a key of a sandbox, but BaseURL is not on this machine
	// highhelp: Config.Verifier: a key of a sandbox, but BaseURL is not on this machine
}

// The same order gives the same ticket, however often the button is clicked,
// until it is paid.
func ExampleCheckout_CreateTicket() {
	s := newExampleShop(func(context.Context, highhelp.Event) error { return nil })
	defer s.Close()
	order := highhelp.Order{
		ID: "1001", Amount: highhelp.Money{Minor: 10000, Currency: "RUB"},
		Method: widget.MethodECOMCard, Description: "A book",
	}
	first, err := s.Checkout.CreateTicket(context.Background(), order)
	if err != nil {
		log.Fatal(err)
	}
	second, err := s.Checkout.CreateTicket(context.Background(), order)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(first.PaymentID, first.URL == second.URL)

	order.Amount.Minor = 20000
	_, err = s.Checkout.CreateTicket(context.Background(), order)
	fmt.Println(errors.Is(err, highhelp.ErrAmountChanged))

	s.pay("1001")
	_, err = s.Checkout.CreateTicket(context.Background(), order)
	fmt.Println(err)
	// Output:
	// 1001 true
	// true
	// highhelp: order is paid
}

// Handler serves all routes below one path. The OrderFunc takes the amount from
// the shop's records, never from the browser.
func ExampleCheckout_Handler() {
	s := newExampleShop(func(context.Context, highhelp.Event) error { return nil })
	defer s.Close()
	prices := map[string]int64{"1001": 25000}

	mux := http.NewServeMux()
	mux.Handle("/pay/", s.Checkout.Handler(func(r *http.Request) (highhelp.Order, error) {
		id, err := highhelp.OrderID(r)
		if err != nil {
			return highhelp.Order{}, err
		}
		price, ok := prices[id]
		if !ok {
			return highhelp.Order{}, highhelp.ErrNoOrder
		}
		return highhelp.Order{ID: id, Amount: highhelp.Money{Minor: price, Currency: "RUB"}}, nil
	}))
	server := httptest.NewServer(mux)
	defer server.Close()

	for _, id := range []string{"1001", "1002"} {
		resp, err := http.Post(server.URL+"/pay/tickets", "application/json", strings.NewReader(`{"order_id": "`+id+`"}`))
		if err != nil {
			log.Fatal(err)
		}
		resp.Body.Close()
		fmt.Println(id, resp.Status)
	}
	// Output:
	// 1001 200 OK
	// 1002 404 Not Found
}

// The ticket handler alone, for an application that routes for itself. A form
// that a browser posts without a script goes straight to the payment page.
func ExampleCheckout_TicketHandler() {
	s := newExampleShop(func(context.Context, highhelp.Event) error { return nil })
	defer s.Close()
	handler := s.Checkout.TicketHandler(func(r *http.Request) (highhelp.Order, error) {
		id, err := highhelp.OrderID(r)
		return highhelp.Order{ID: id, Amount: highhelp.Money{Minor: 10000, Currency: "RUB"}}, err
	})
	server := httptest.NewServer(handler)
	defer server.Close()

	req, err := http.NewRequest(http.MethodPost, server.URL, strings.NewReader(url.Values{"order_id": {"1001"}}.Encode()))
	if err != nil {
		log.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "text/html")
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		log.Fatal(err)
	}
	resp.Body.Close()
	fmt.Println(resp.Status)
	// Output:
	// 303 See Other
}

// What reads a body before the handler must give it back: r.Body =
// io.NopCloser(bytes.NewReader(body)). Else there is nothing left to verify.
func ExampleCheckout_SuccessHandler_incorrect() {
	s := newExampleShop(func(context.Context, highhelp.Event) error { return nil })
	defer s.Close()
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body) // wrong: nobody after it can read it
		fmt.Println(len(body) > 0)
		s.Checkout.SuccessHandler().ServeHTTP(w, r)
	})
	server := httptest.NewServer(handler)
	defer server.Close()

	resp, err := http.Post(server.URL, "application/json", strings.NewReader("{}"))
	if err != nil {
		log.Fatal(err)
	}
	resp.Body.Close()
	fmt.Println(resp.Status)
	// Output:
	// true
	// 400 Bad Request
}

// An amount that comes from the browser is the payer's to choose.
func ExampleCheckout_TicketHandler_incorrect() {
	s := newExampleShop(func(_ context.Context, e highhelp.Event) error {
		fmt.Println("shipped for", e.Amount)
		return nil
	})
	defer s.Close()
	handler := s.Checkout.TicketHandler(func(r *http.Request) (highhelp.Order, error) {
		id, err := highhelp.OrderID(r)
		if err != nil {
			return highhelp.Order{}, err
		}
		amount, err := s.Checkout.ParseMoney(r.FormValue("amount"), "RUB") // wrong: look it up by id instead
		return highhelp.Order{ID: id, Amount: amount}, err
	})
	server := httptest.NewServer(handler)
	defer server.Close()

	resp, err := http.PostForm(server.URL, url.Values{"order_id": {"1001"}, "amount": {"0.01"}})
	if err != nil {
		log.Fatal(err)
	}
	resp.Body.Close()
	if _, err := s.Gateway.Act("1001", sandbox.Pay); err != nil {
		log.Fatal(err)
	}
	if err := s.Gateway.Deliver(context.Background()); err != nil {
		log.Fatal(err)
	}
	// Output:
	// shipped for 0.01 RUB
}

// An OrderFunc reads the order's ID with OrderID, from a form or from JSON.
func ExampleOrderID() {
	s := newExampleShop(func(context.Context, highhelp.Event) error { return nil })
	defer s.Close()
	server := httptest.NewServer(s.Checkout.TicketHandler(func(r *http.Request) (highhelp.Order, error) {
		id, err := highhelp.OrderID(r)
		fmt.Printf("%q %v\n", id, err)
		return highhelp.Order{}, highhelp.ErrNoOrder
	}))
	defer server.Close()
	for _, body := range []string{`{"order_id": "1001"}`, `{"order": 1}`} {
		resp, err := http.Post(server.URL, "application/json", strings.NewReader(body))
		if err != nil {
			log.Fatal(err)
		}
		resp.Body.Close()
	}
	// Output:
	// "1001" <nil>
	// "" highhelp: no such order: the request has no order_id
}

// The callback handlers answer 200 once an event is durable, and let it take
// effect once.
func ExampleCheckout_SuccessHandler() {
	s := newExampleShop(func(_ context.Context, e highhelp.Event) error {
		fmt.Println("shipped", e.OrderID)
		return nil
	})
	defer s.Close()
	server := httptest.NewServer(s.Checkout.SuccessHandler())
	defer server.Close()
	s.create("1001")
	body := `{"project_id": "57aff4db-b45d-42bf-bc5f-b7a499a01782", "general": {"payment_id": "1001"},
		"status": {"status": "success", "sub_status": null}, "payment_info": {"amount": 10000, "currency": "RUB"}}`
	fmt.Println(send(s.callback(server.URL, body)))
	fmt.Println(send(s.callback(server.URL, body)))

	forged := s.callback(server.URL, body)
	forged.Header.Set("x-access-signature", "bm90IGEgc2lnbmF0dXJl")
	fmt.Println(send(forged))
	// Output:
	// shipped 1001
	// 200 OK OK
	// 200 OK OK
	// 401 Unauthorized Unauthorized
}

func (s *exampleShop) create(orderID string) {
	_, err := s.Checkout.CreateTicket(context.Background(), highhelp.Order{
		ID: orderID, Amount: highhelp.Money{Minor: 10000, Currency: "RUB"},
	})
	if err != nil {
		log.Fatal(err)
	}
}

func ExampleCheckout_DeclineHandler() {
	s := newExampleShop(func(context.Context, highhelp.Event) error { return nil })
	defer s.Close()
	server := httptest.NewServer(s.Checkout.DeclineHandler())
	defer server.Close()
	s.create("1001")
	fmt.Println(send(s.callback(server.URL, `{"project_id": "57aff4db-b45d-42bf-bc5f-b7a499a01782",
		"general": {"payment_id": "1001"}, "status": {"status": "decline"}}`)))
	payment, err := s.Checkout.Payment(context.Background(), "1001")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(payment.State())

	// The next click opens the next attempt.
	s.create("1001")
	payment, err = s.Checkout.Payment(context.Background(), "1001")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(payment.State(), payment.Newest().PaymentID)
	// Output:
	// 200 OK OK
	// declined
	// pending 1001~2
}

func ExampleCheckout_InfoHandler() {
	s := newExampleShop(func(context.Context, highhelp.Event) error {
		fmt.Println("never reached: processing:paid is the payer's word")
		return nil
	})
	defer s.Close()
	server := httptest.NewServer(s.Checkout.InfoHandler())
	defer server.Close()
	s.create("1001")
	fmt.Println(send(s.callback(server.URL, `{"project_id": "57aff4db-b45d-42bf-bc5f-b7a499a01782",
		"general": {"payment_id": "1001"}, "status": {"status": "processing", "sub_status": "paid"}}`)))
	payment, err := s.Checkout.Payment(context.Background(), "1001")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(payment.State(), payment.Newest().Status)
	// Output:
	// 200 OK OK
	// pending processing:paid
}

// A hand-written callback handler behind the middleware, which lets only
// verified callbacks through. Apply gives it what the ready-made handlers have.
func ExampleCheckout_VerifyCallback() {
	s := newExampleShop(func(_ context.Context, e highhelp.Event) error {
		fmt.Println("shipped", e.OrderID)
		return nil
	})
	defer s.Close()
	handler := s.Checkout.VerifyCallback(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e, _ := highhelp.EventFromContext(r.Context())
		outcome, err := s.Checkout.Apply(r.Context(), e)
		if err != nil {
			http.Error(w, "later", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprint(w, outcome)
	}))
	server := httptest.NewServer(handler)
	defer server.Close()
	s.create("1001")
	body := `{"project_id": "57aff4db-b45d-42bf-bc5f-b7a499a01782", "general": {"payment_id": "1001"},
		"status": {"status": "success"}, "payment_info": {"amount": 10000, "currency": "RUB"}}`
	fmt.Println(send(s.callback(server.URL, body)))
	fmt.Println(send(s.callback(server.URL, body)))
	// Output:
	// shipped 1001
	// 200 OK applied
	// 200 OK duplicate
}

// The middleware only verifies. A handler that acts by itself acts on every
// delivery.
func ExampleCheckout_VerifyCallback_incorrect() {
	s := newExampleShop(func(context.Context, highhelp.Event) error { return nil })
	defer s.Close()
	handler := s.Checkout.VerifyCallback(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		e, _ := highhelp.EventFromContext(r.Context())
		if e.Status.Main == "success" {
			fmt.Println("shipped", e.OrderID) // wrong: use Apply, and ship in OnPaid
		}
	}))
	server := httptest.NewServer(handler)
	defer server.Close()
	body := `{"project_id": "57aff4db-b45d-42bf-bc5f-b7a499a01782", "general": {"payment_id": "1001"}, "status": {"status": "success"}}`
	for range 2 {
		send(s.callback(server.URL, body))
	}
	// Output:
	// shipped 1001
	// shipped 1001
}

func ExampleEventFromContext() {
	s := newExampleShop(func(context.Context, highhelp.Event) error { return nil })
	defer s.Close()
	server := httptest.NewServer(s.Checkout.VerifyCallback(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		e, ok := highhelp.EventFromContext(r.Context())
		fmt.Println(ok, e.OrderID, e.Attempt, e.Status)
		var body bytes.Buffer
		_, err := body.ReadFrom(r.Body) // can be read again
		fmt.Println(body.Len() == len(e.Raw), err)
	})))
	defer server.Close()
	send(s.callback(server.URL, `{"project_id": "57aff4db-b45d-42bf-bc5f-b7a499a01782", "general": {"payment_id": "1001"}, "status": {"status": "processing", "sub_status": "paid"}}`))
	// Output:
	// true 1001 0 processing:paid
	// true <nil>
}

// An Event that nobody has verified changes nothing.
func ExampleCheckout_Apply() {
	s := newExampleShop(func(context.Context, highhelp.Event) error { return nil })
	defer s.Close()
	_, err := s.Checkout.Apply(context.Background(), highhelp.Event{
		Key: highhelp.Key{ProjectID: s.Keys.ProjectID, OrderID: "1001"}, PaymentID: "1001", Status: highhelp.Status{Main: "success"},
	})
	fmt.Println(err)
	// Output:
	// highhelp: event is not verified
}

// Order and return pages show the state of the payment.
func ExampleCheckout_Payment() {
	s := newExampleShop(func(context.Context, highhelp.Event) error { return nil })
	defer s.Close()
	_, err := s.Checkout.Payment(context.Background(), "1001")
	fmt.Println(errors.Is(err, highhelp.ErrNotFound))
	s.pay("1001")
	payment, err := s.Checkout.Payment(context.Background(), "1001")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(payment.State(), payment.Newest().Status, payment.Newest().Amount)
	// Output:
	// true
	// paid success 100.00 RUB
}

// The payer's page asks StatusURL until the state is final: a callback may be
// later than the payer.
func ExampleCheckout_StatusURL() {
	s := newExampleShop(func(context.Context, highhelp.Event) error { return nil })
	defer s.Close()
	s.pay("1001")
	payment, err := s.Checkout.Payment(context.Background(), "1001")
	if err != nil {
		log.Fatal(err)
	}
	path := s.Checkout.StatusURL(payment)
	fmt.Println(path[:28])
	req, err := http.NewRequest(http.MethodGet, s.URL+path, nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(send(req)[:24])
	// Output:
	// /pay/status?payment=1001&tok
	// 200 OK {"expires_at":"20
}

func ExampleCheckout_StatusHandler() {
	s := newExampleShop(func(context.Context, highhelp.Event) error { return nil })
	defer s.Close()
	s.create("1001")
	server := httptest.NewServer(s.Checkout.StatusHandler())
	defer server.Close()
	req, err := http.NewRequest(http.MethodGet, server.URL+"?payment=1001&token=guessed", nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(send(req))
	// Output:
	// 404 Not Found {"error":{"code":"not_found"}}
}

// An order with an anomaly is held until a human has looked at it.
func ExampleCheckout_Release() {
	s := newExampleShop(func(context.Context, highhelp.Event) error { return nil })
	defer s.Close()
	s.create("1001")
	send(s.callback(s.URL+"/pay/callbacks/success", `{"project_id": "57aff4db-b45d-42bf-bc5f-b7a499a01782", "general": {"payment_id": "1001"},
		"status": {"status": "success"}, "payment_info": {"amount": 1, "currency": "RUB"}}`))
	order := highhelp.Order{ID: "1001", Amount: highhelp.Money{Minor: 10000, Currency: "RUB"}}
	_, err := s.Checkout.CreateTicket(context.Background(), order)
	fmt.Println(errors.Is(err, highhelp.ErrNeedsReview))

	if err := s.Checkout.Release(context.Background(), "1001"); err != nil {
		log.Fatal(err)
	}
	_, err = s.Checkout.CreateTicket(context.Background(), order)
	fmt.Println(err)
	// Output:
	// anomaly: mismatch
	// true
	// <nil>
}

// A signed call that moves no money: it proves keys, clock and network.
func ExampleClient_Balance() {
	s := newExampleShop(func(context.Context, highhelp.Event) error { return nil })
	defer s.Close()
	s.pay("1001")
	available, frozen, err := s.Checkout.Client().Balance(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	for i := range available {
		fmt.Println(available[i], "available,", frozen[i], "frozen")
	}
	// Output:
	// 100.00 RUB available, 0.00 RUB frozen
}

// Ask the gateway what became of a payment, without a Checkout.
func ExampleClient_Info() {
	s := newExampleShop(func(context.Context, highhelp.Event) error { return nil })
	defer s.Close()
	s.pay("1001")
	client := &highhelp.Client{
		ProjectID: s.Keys.ProjectID, BaseURL: s.Checkout.Client().BaseURL, Signer: s.Keys.RequestPrivate,
		Logger: slog.New(slog.DiscardHandler),
	}
	event, err := client.Info(context.Background(), "1001")
	fmt.Println(event.Status, event.Amount, err)

	_, err = client.Info(context.Background(), "1002")
	var api *highhelp.APIError
	fmt.Println(errors.As(err, &api), api.HTTPStatus, api.Status)
	// Output:
	// success 100.00 RUB <nil>
	// true 404 error
}

// CreateTicket of a Client is the bare call: it remembers nothing. A shop uses
// that of Checkout.
func ExampleClient_CreateTicket() {
	s := newExampleShop(func(context.Context, highhelp.Event) error { return nil })
	defer s.Close()
	order := highhelp.Order{ID: "1001", Amount: highhelp.Money{Minor: 10000, Currency: "RUB"}}
	urls := highhelp.CallbackURLs{Success: s.URL + "/pay/callbacks/success"}
	ticket, err := s.Checkout.Client().CreateTicket(context.Background(), "1001", order, urls)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(ticket.PaymentID, ticket.URL != "")

	_, err = s.Checkout.Client().CreateTicket(context.Background(), "1001", order, urls)
	var api *highhelp.APIError
	if errors.As(err, &api) {
		fmt.Println(api.HTTPStatus, api.Description)
	}
	// Output:
	// 1001 true
	// 409 duplicate payment_id
}

func ExampleCheckout_Client() {
	s := newExampleShop(func(context.Context, highhelp.Event) error { return nil })
	defer s.Close()
	fmt.Println(s.Checkout.Client().ProjectID)
	// Output:
	// 57aff4db-b45d-42bf-bc5f-b7a499a01782
}

func ExampleMoney_Decimal() {
	fmt.Println(highhelp.Money{Minor: 123456, Currency: "KZT"}.Decimal())
	// Output:
	// 1234.56
}

// Money is read and written exactly. A currency that nobody has named the
// decimals of is refused; Config.Currencies names them.
func ExampleCheckout_ParseMoney() {
	s := newExampleShop(func(context.Context, highhelp.Event) error { return nil })
	defer s.Close()
	m, err := s.Checkout.ParseMoney("100.00", "RUB")
	fmt.Println(m.Minor, m, err)
	_, err = s.Checkout.ParseMoney("100.005", "RUB")
	fmt.Println(err)
	_, err = s.Checkout.ParseMoney("100", "JPY")
	fmt.Println(err)
	// Output:
	// 10000 100.00 RUB <nil>
	// highhelp: RUB has 2 decimals, "100.005" has more
	// highhelp: unknown currency "JPY": register it in Config.Currencies
}

func ExampleCheckout_FormatMoney() {
	s := newExampleShop(func(context.Context, highhelp.Event) error { return nil })
	defer s.Close()
	fmt.Println(s.Checkout.FormatMoney(highhelp.Money{Minor: 10050, Currency: "RUB"}))
	// Output:
	// 100.50
}

// The key by which the gateway recommends to recognize repeated callbacks. It
// is for logs: its parts are escaped, so that no two events share it.
func ExampleEvent_IdempotencyKey() {
	e := highhelp.Event{
		Key: highhelp.Key{ProjectID: "P", OrderID: "1001"}, PaymentID: "1001~2",
		Status: highhelp.Status{Main: "processing", Sub: "paid"},
	}
	fmt.Println(e.IdempotencyKey())
	// Output:
	// P:1001~2:processing:paid
}

func ExampleMemStore() {
	var store highhelp.MemStore // the zero value is ready
	ctx := context.Background()
	key := highhelp.Key{ProjectID: "P", OrderID: "1001"}
	fmt.Println(store.Insert(ctx, highhelp.Payment{Key: key, Attempts: []highhelp.Attempt{{N: 1, PaymentID: "1001"}}}))
	err := store.Update(ctx, key, func(_ context.Context, p *highhelp.Payment) error {
		p.Held = "a human must look"
		return nil
	})
	fmt.Println(err)
	p, err := store.Payment(ctx, key)
	fmt.Println(p.State(), err)
	// Output:
	// <nil>
	// <nil>
	// review <nil>
}

func ExamplePayment_State() {
	p := highhelp.Payment{Attempts: []highhelp.Attempt{
		{N: 1, PaymentID: "1001", Status: highhelp.Status{Main: "decline"}},
		{N: 2, PaymentID: "1001~2", Status: highhelp.Status{Main: "processing", Sub: "paid"}},
	}}
	fmt.Println(p.State())
	p.Attempts[1].Status = highhelp.Status{Main: "success"}
	fmt.Println(p.State())
	// Output:
	// pending
	// paid
}

func ExampleOutcome() {
	for o := highhelp.Applied; o <= highhelp.DoublePaid; o++ {
		fmt.Print(o, " ")
	}
	// Output:
	// applied duplicate stale superseded conflict mismatch double_paid
}

// A signature is checked with the keys that the dashboard shows; while keys
// are replaced, several hold at once.
func ExampleConfig() {
	s := newExampleShop(func(context.Context, highhelp.Event) error { return nil })
	defer s.Close()
	next, err := sandbox.GenerateKeys(s.Keys.ProjectID)
	if err != nil {
		log.Fatal(err)
	}
	keys, err := signer.NewKeySet(s.Keys.CallbackPublic, next.CallbackPrivate.Public("next"))
	if err != nil {
		log.Fatal(err)
	}
	_, err = highhelp.New(highhelp.Config{
		ProjectID: s.Keys.ProjectID,
		BaseURL:   "http://127.0.0.1:8080",
		PublicURL: "https://shop.example/pay",
		Signer:    s.Keys.RequestPrivate,
		Verifier:  keys,
		Store:     &highhelp.MemStore{},
		OnPaid:    func(context.Context, highhelp.Event) error { return nil },
	})
	fmt.Println(err)
	// Output:
	// <nil>
}

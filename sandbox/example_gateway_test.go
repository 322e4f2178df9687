package sandbox_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"time"

	"github.com/go-highhelp/highhelp/sandbox"
	"github.com/go-highhelp/highhelp/signer"
)

// RSA keys are slow to make, so the examples share them.
var exampleKeys = sync.OnceValue(func() *sandbox.Keys {
	keys, err := sandbox.GenerateKeys("demo")
	if err != nil {
		log.Fatal(err)
	}
	return keys
})

// newExample returns a gateway with the ticket order-1, and a shop that prints
// each callback that it takes. The clock stands still at noon, or where now
// puts it.
func newExample(now *time.Time, changes ...func(*sandbox.Config)) (*sandbox.Gateway, func()) {
	keys := exampleKeys()
	shop := httptest.NewServer(exampleShop(keys.CallbackPublic))
	project := keys.Project()
	project.CallbackURLs = sandbox.CallbackURLs{Info: shop.URL + "/info", Success: shop.URL + "/success", Decline: shop.URL + "/decline"}
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	if now == nil {
		now = &noon
	}
	cfg := sandbox.Config{
		PublicURL: "http://127.0.0.1:8090",
		Projects:  []sandbox.Project{project},
		Logger:    slog.New(slog.DiscardHandler),
		Now:       func() time.Time { return *now },
	}
	for _, change := range changes {
		change(&cfg)
	}
	gateway, err := sandbox.New(cfg)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := gateway.Ticket("order-1"); err != nil {
		exampleCreate(gateway, *now)
	}
	return gateway, shop.Close
}

// exampleCreate creates the ticket order-1 as a shop does, and returns the code
// of the answer.
func exampleCreate(gateway *sandbox.Gateway, at time.Time) int {
	body := []byte(`{"general":{"project_id":"demo","payment_id":"order-1"},"payment":{"amount":150000,"currency":"RUB"}}`)
	header, err := exampleKeys().RequestPrivate.Sign(body, at)
	if err != nil {
		log.Fatal(err)
	}
	req := httptest.NewRequest(http.MethodPost, "/api/v1/widget/payin", bytes.NewReader(body))
	req.Header = header
	req.Header.Set("content-type", "application/json")
	req.Header.Set("x-access-merchant-id", "demo")
	answer := httptest.NewRecorder()
	gateway.ServeHTTP(answer, req)
	return answer.Code
}

// deliver sends what is due.
func deliver(gateway *sandbox.Gateway) {
	if err := gateway.Deliver(context.Background()); err != nil {
		log.Fatal(err)
	}
}

// A shop must cope with a gateway that refuses a payment_id that it knows, and
// with one that answers with the ticket that it has made.
func ExampleDuplicate() {
	for _, answer := range []sandbox.Duplicate{sandbox.RefuseDuplicate, sandbox.RepeatTicket} {
		gateway, stop := newExample(nil, func(c *sandbox.Config) { c.Duplicate = answer })
		fmt.Println(exampleCreate(gateway, time.Now()), len(gateway.Tickets()))
		stop()
	}
	// Output:
	// 409 1
	// 200 1
}

// A scenario is a whole payment in one word.
func ExampleGateway_Play() {
	gateway, stop := newExample(nil)
	defer stop()
	scenario, err := sandbox.ParseScenario("3ds")
	if err != nil {
		log.Fatal(err)
	}
	ticket, err := gateway.Play("order-1", scenario)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("the gateway says", ticket.Status)
	deliver(gateway)
	// Output:
	// the gateway says success
	// /info processing requisites
	// /info processing awaiting_3ds_result
	// /info processing paid
	// /success success None
}

// What a ticket does not offer is an error, and changes nothing.
func ExampleGateway_Act() {
	gateway, stop := newExample(nil)
	defer stop()
	ticket, err := gateway.Act("order-1", sandbox.Refuse)
	fmt.Println(ticket.Status, err)
	ticket, err = gateway.Act("order-1", sandbox.Pay)
	fmt.Println(ticket.Status, err, errors.Is(err, sandbox.ErrNotOffered))
	// Output:
	// decline <nil>
	// decline sandbox: the ticket does not offer this action true
}

func ExampleGateway_Ticket() {
	gateway, stop := newExample(nil)
	defer stop()
	ticket, err := gateway.Ticket("order-1")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(ticket.Status, ticket.Amount, ticket.Currency, ticket.ExpiresAt.Sub(ticket.CreatedAt))
	fmt.Println(ticket.Actions)
	_, err = gateway.Ticket("order-2")
	fmt.Println(err)
	// Output:
	// processing:new 150000 RUB 10m0s
	// [open pay pay_and_decline refuse decline_by_anti_fraud decline_by_bank pay_with_3ds send_otp expire dispute]
	// sandbox: no such ticket
}

func ExampleGateway_Tickets() {
	gateway, stop := newExample(nil)
	defer stop()
	for _, ticket := range gateway.Tickets() {
		fmt.Println(ticket.PaymentID, ticket.Status)
	}
	// Output:
	// order-1 processing:new
}

// Whoever forges callbacks gets nowhere, and the true one comes after all.
func ExampleGateway_SetFaults() {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	gateway, stop := newExample(&now)
	defer stop()
	faults, err := sandbox.ParseFaults("wrong-key,duplicate=1")
	if err != nil {
		log.Fatal(err)
	}
	if err := gateway.SetFaults("order-1", faults...); err != nil {
		log.Fatal(err)
	}
	if _, err := gateway.Act("order-1", sandbox.Open); err != nil {
		log.Fatal(err)
	}
	for range 2 {
		deliver(gateway)
		now = now.Add(time.Second)
	}
	for _, d := range gateway.Deliveries() {
		fmt.Println("try", d.Try, d.Faults, d.HTTPStatus)
	}
	// Output:
	// /info processing requisites
	// /info processing requisites
	// try 1 [wrong-key] 401
	// try 1 [wrong-key] 401
	// try 2 [] 200
	// try 2 [] 200
}

// A test goes to where the next callback is due, and need not know the
// schedule.
func ExampleGateway_NextDue() {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	gateway, stop := newExample(&now, func(c *sandbox.Config) {
		c.Faults = []sandbox.Fault{{Kind: sandbox.FaultDrop, Times: 3}}
	})
	defer stop()
	if _, err := gateway.Act("order-1", sandbox.Open); err != nil {
		log.Fatal(err)
	}
	for next := gateway.NextDue(); !next.IsZero(); next = gateway.NextDue() {
		now = next
		fmt.Println(now.Format(time.TimeOnly))
		deliver(gateway)
	}
	// Output:
	// 12:00:00
	// 12:00:01
	// 12:00:03
	// 12:00:08
	// /info processing requisites
}

// What would come in hours comes now.
func ExampleGateway_Hurry() {
	gateway, stop := newExample(nil, func(c *sandbox.Config) { c.Schedule = []time.Duration{time.Hour} })
	defer stop()
	if _, err := gateway.Act("order-1", sandbox.Open); err != nil {
		log.Fatal(err)
	}
	deliver(gateway)
	fmt.Println("nothing yet")
	if err := gateway.Hurry("order-1"); err != nil {
		log.Fatal(err)
	}
	deliver(gateway)
	// Output:
	// nothing yet
	// /info processing requisites
}

// Somebody who has recorded a callback sends it again.
func ExampleGateway_Replay() {
	gateway, stop := newExample(nil)
	defer stop()
	if _, err := gateway.Act("order-1", sandbox.Open); err != nil {
		log.Fatal(err)
	}
	deliver(gateway)
	d, err := gateway.Replay(context.Background(), gateway.Deliveries()[0].ID)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("delivery", d.ID, "repeats", d.ReplayOf)
	// Output:
	// /info processing requisites
	// /info processing requisites
	// delivery 2 repeats 1
}

func ExampleGateway_Resend() {
	gateway, stop := newExample(nil)
	defer stop()
	if _, err := gateway.Act("order-1", sandbox.Refuse); err != nil {
		log.Fatal(err)
	}
	deliver(gateway)
	if err := gateway.Resend("order-1"); err != nil {
		log.Fatal(err)
	}
	deliver(gateway)
	// Output:
	// /info processing requisites
	// /decline decline None
	// /decline decline None
}

// The gateway changes its key before the shop knows the new one.
func ExampleGateway_Rotate() {
	gateway, stop := newExample(nil)
	defer stop()
	if err := gateway.Rotate("demo", exampleKeys().CallbackHMAC); err != nil {
		log.Fatal(err)
	}
	if _, err := gateway.Act("order-1", sandbox.Open); err != nil {
		log.Fatal(err)
	}
	deliver(gateway)
	fmt.Println(gateway.Deliveries()[0].HTTPStatus)
	// Output:
	// 401
}

func ExampleGateway_RotateKeys() {
	gateway, stop := newExample(nil)
	defer stop()
	keys := exampleKeys()
	fmt.Println(gateway.RotateKeys("demo", keys.RequestPublic, keys.RequestHMAC))
	fmt.Println(gateway.RotateKeys("demo"))
	// Output:
	// <nil>
	// sandbox: rotate: at least one key is required
}

// What a shop could not verify is explained.
func ExampleGateway_Explain() {
	gateway, stop := newExample(nil)
	defer stop()
	body := []byte(`{"general":{"project_id":"demo"}}`)
	once, err := exampleKeys().RequestHMAC.WithScheme(signer.Scheme{HMACEncoding: signer.EncodingHex})
	if err != nil {
		log.Fatal(err)
	}
	header, err := once.Sign(body, time.Unix(1772366400, 0))
	if err != nil {
		log.Fatal(err)
	}
	x, err := gateway.Explain("demo", body, header)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(x.Keys[1].Name, *x.Keys[1].Match)
	// Output:
	// hmac_private_key_demo signer.Scheme{HMACEncoding: signer.EncodingHex}
}

// A restart loses nothing.
func ExampleConfig_stateDir() {
	dir, err := os.MkdirTemp("", "sandbox")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	keep := func(c *sandbox.Config) { c.StateDir = dir }
	gateway, stop := newExample(nil, keep)
	if _, err := gateway.Act("order-1", sandbox.Pay); err != nil {
		log.Fatal(err)
	}
	stop()

	gateway, stop = newExample(nil, keep)
	defer stop()
	ticket, err := gateway.Ticket("order-1")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(ticket.Status, ticket.Unsent, "unsent")
	// Output:
	// success 3 unsent
}

// Run sends callbacks beside a server until its context ends.
func ExampleGateway_Run() {
	gateway, stop := newExample(nil)
	defer stop()
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { fmt.Println(gateway.Run(ctx)) })
	if _, err := gateway.Act("order-1", sandbox.Open); err != nil {
		log.Fatal(err)
	}
	deliver(gateway) // waits until it was sent, by whichever of the two
	cancel()
	running.Wait()
	// Output:
	// /info processing requisites
	// context canceled
}

// The control page is for developers on the same machine.
func ExampleGateway_ServeHTTP() {
	gateway, stop := newExample(nil)
	defer stop()
	server := httptest.NewServer(gateway)
	defer server.Close()
	resp, err := http.Get(server.URL + "/control/")
	if err != nil {
		log.Fatal(err)
	}
	resp.Body.Close()
	fmt.Println(resp.Status)

	req, err := http.NewRequest(http.MethodGet, server.URL+"/control/", nil)
	if err != nil {
		log.Fatal(err)
	}
	req.Host = "rebound.example"
	if resp, err = http.DefaultClient.Do(req); err != nil {
		log.Fatal(err)
	}
	resp.Body.Close()
	fmt.Println(resp.Status)
	// Output:
	// 200 OK
	// 403 Forbidden
}

func ExampleGateway_Deliveries() {
	gateway, stop := newExample(nil)
	defer stop()
	if _, err := gateway.Act("order-1", sandbox.Open); err != nil {
		log.Fatal(err)
	}
	deliver(gateway)
	for _, d := range gateway.Deliveries() {
		fmt.Println(d.ID, d.Status, d.HTTPStatus, d.OK(), len(d.RequestHeader.Get("x-access-signature")))
	}
	// Output:
	// /info processing requisites
	// 1 processing:requisites 200 true 342
}

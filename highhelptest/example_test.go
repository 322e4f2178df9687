package highhelptest_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/highhelptest"
	"github.com/go-highhelp/highhelp/sandbox"
)

// exampleT stands in for the t of a test, which examples do not have.
type exampleT struct {
	testing.TB
	cleanups []func()
}

func newExampleT() *exampleT { return &exampleT{} }

func (t *exampleT) Helper()                           {}
func (t *exampleT) Context() context.Context          { return context.Background() }
func (t *exampleT) Cleanup(f func())                  { t.cleanups = append(t.cleanups, f) }
func (t *exampleT) Fatalf(format string, args ...any) { log.Fatalf(format, args...) }
func (t *exampleT) Error(args ...any)                 { fmt.Println(args...) }
func (t *exampleT) TempDir() string {
	dir, err := os.MkdirTemp("", "highhelptest")
	if err != nil {
		log.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// end ends the test.
func (t *exampleT) end() {
	for i := range t.cleanups {
		t.cleanups[len(t.cleanups)-1-i]()
	}
}

// An app is the merchant's application of the examples: it sells one thing.
type app struct {
	checkout *highhelp.Checkout
	handler  http.Handler
}

func newApp(cfg highhelp.Config) *app {
	checkout, err := highhelp.New(cfg)
	if err != nil {
		log.Fatal(err)
	}
	return &app{checkout, checkout.Handler(func(r *http.Request) (highhelp.Order, error) {
		id, err := highhelp.OrderID(r)
		return highhelp.Order{ID: id, Amount: price}, err
	})}
}

var price = highhelp.Money{Minor: 10000, Currency: "RUB"}

// orders makes the funcs by which an application makes orders.
func orders() func(context.Context) (string, highhelp.Money, error) {
	n := 0
	return func(context.Context) (string, highhelp.Money, error) {
		n++
		return fmt.Sprintf("order-%d", n), price, nil
	}
}

// An application that ships when the payer says that he has paid. In a test
// file the func is
//
//	func TestSurvive(t *testing.T) { highhelptest.Survive(t, openShop) }
//
// and each trial is a subtest.
func ExampleSurvive() {
	t := newExampleT()
	defer t.end()
	first := firstStory{TB: t}
	highhelptest.Survive(&first, func(s *highhelptest.Sandbox) highhelptest.Shop {
		cfg := s.Config()
		cfg.OnProgress = func(ctx context.Context, e highhelp.Event) error {
			if e.Status.Sub == "paid" {
				return cfg.OnPaid(ctx, e)
			}
			return nil
		}
		return highhelptest.Shop{Handler: newApp(cfg).handler, NewOrder: orders()}
	})
	// Output:
	// highhelptest: the application does not survive scenario success under fault none
	//     The payer pays. Nothing goes wrong.
	//
	//     the shop made an order of 10000 RUB
	//     the payer asked for a payment page and got one
	//     on the payment page and behind it: pay; it ends as success
	//     the gateway sent processing:requisites to POST /pay/callbacks/info (try 1): answered 200 OK
	//     the gateway sent processing:paid to POST /pay/callbacks/info (try 1): answered 200 OK
	//     the gateway sent success to POST /pay/callbacks/success (try 1): answered 200 OK
	//     the order has now been shipped twice
	//
	//     what happened:            the order was shipped twice
	//     what should have happened: an order that is paid is shipped once, however often and in whatever order its callbacks come
}

// firstStory prints the first failure only.
type firstStory struct {
	testing.TB
	told bool
}

func (t *firstStory) Error(args ...any) {
	if !t.told {
		t.TB.Error(args...)
	}
	t.told = true
}

// One payment, step by step.
func ExampleNew() {
	t := newExampleT() // in a test: its t
	defer t.end()
	gateway := highhelptest.New(t)
	server := httptest.NewServer(nil)
	defer server.Close()
	cfg := gateway.Config()
	cfg.PublicURL = server.URL + "/pay"
	shop := newApp(cfg)
	server.Config.Handler = shop.handler

	if _, err := shop.checkout.CreateTicket(context.Background(), highhelp.Order{ID: "7", Amount: price}); err != nil {
		log.Fatal(err)
	}
	if _, err := gateway.Act("7", sandbox.PayWith3DS); err != nil {
		log.Fatal(err)
	}
	gateway.Settle()
	payment, err := shop.checkout.Payment(context.Background(), "7")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(payment.Newest().Status, "shipped", gateway.Shipped("7"))

	if _, err := gateway.Act("7", sandbox.Pass3DS); err != nil {
		log.Fatal(err)
	}
	gateway.Settle()
	if payment, err = shop.checkout.Payment(context.Background(), "7"); err != nil {
		log.Fatal(err)
	}
	fmt.Println(payment.Newest().Status, "shipped", gateway.Shipped("7"))
	// Output:
	// processing:awaiting_3ds_result shipped 0
	// success shipped 1
}

// A handler is called with the callback that the gateway would send.
func ExampleSign() {
	t := newExampleT()
	defer t.end()
	gateway := highhelptest.New(t)
	cfg := gateway.Config()
	cfg.PublicURL = "https://shop.example/pay"
	shop := newApp(cfg)
	if _, err := shop.checkout.CreateTicket(context.Background(), highhelp.Order{ID: "7", Amount: price}); err != nil {
		log.Fatal(err)
	}
	success := highhelp.Event{
		Key:    highhelp.Key{OrderID: "7"},
		Status: highhelp.Status{Main: "success"},
		Amount: price,
	}
	for range 2 {
		answer := httptest.NewRecorder()
		shop.handler.ServeHTTP(answer, highhelptest.Sign(t, success))
		fmt.Println(answer.Code, "shipped", gateway.Shipped("7"))
	}
	// Output:
	// 200 shipped 1
	// 200 shipped 1
}

// A payment that the shop does not know is answered 404, so that the gateway
// tries again.
func ExamplePost() {
	t := newExampleT()
	defer t.end()
	cfg := highhelptest.New(t).Config()
	cfg.PublicURL = "https://shop.example/pay"
	server := httptest.NewServer(newApp(cfg).handler)
	defer server.Close()
	resp := highhelptest.Post(t, server.URL+"/pay", highhelp.Event{
		Key:    highhelp.Key{OrderID: "never made"},
		Status: highhelp.Status{Main: "success"},
		Amount: price,
	})
	fmt.Println(resp.Status)
	// Output:
	// 404 Not Found
}

// The keys are those of a sandbox, and say so.
func ExampleKeys() {
	t := newExampleT()
	defer t.end()
	keys := highhelptest.Keys(t)
	fmt.Println(keys.ProjectID == highhelptest.ProjectID, keys.CallbackPublic.Sandbox())
	// Output:
	// true true
}

// A program that reads its keys from files gets them from files.
func ExampleSandbox_KeyFiles() {
	t := newExampleT()
	defer t.end()
	files := highhelptest.New(t).KeyFiles()
	for _, file := range []string{files.RequestPrivate, files.CallbackPublic} {
		fmt.Println(strings.Replace(filepath.Base(file), highhelptest.ProjectID, "<id>", 1))
	}
	// Output:
	// private_key_<id>.pem
	// callback_public_key_<id>.pem
}

// A test replaces what it has of its own.
func ExampleSandbox_Config() {
	t := newExampleT()
	defer t.end()
	cfg := highhelptest.New(t).Config()
	cfg.PublicURL = "https://shop.example/pay"
	cfg.Tolerance = 5 * time.Minute
	_, err := highhelp.New(cfg)
	fmt.Println(err)
	// Output:
	// <nil>
}

func ExampleSandbox_Verifier() {
	t := newExampleT()
	defer t.end()
	s := highhelptest.New(t, func(c *sandbox.Config) {
		c.Projects[0].CallbackSigner = highhelptest.Keys(t).CallbackHMAC
	})
	fmt.Printf("%T\n", s.Verifier())
	// Output:
	// *signer.HMACKey
}

// What is lost is sent again, without waiting.
func ExampleSandbox_Settle() {
	t := newExampleT()
	defer t.end()
	gateway := highhelptest.New(t, func(c *sandbox.Config) {
		c.Faults = []sandbox.Fault{{Kind: sandbox.FaultDrop, Times: 2}}
	})
	server := httptest.NewServer(nil)
	defer server.Close()
	cfg := gateway.Config()
	cfg.PublicURL = server.URL + "/pay"
	shop := newApp(cfg)
	server.Config.Handler = shop.handler
	if _, err := shop.checkout.CreateTicket(context.Background(), highhelp.Order{ID: "7", Amount: price}); err != nil {
		log.Fatal(err)
	}
	if _, err := gateway.Act("7", sandbox.Refuse); err != nil {
		log.Fatal(err)
	}
	gateway.Settle()
	for _, d := range gateway.Deliveries() {
		if d.Status.Final() {
			fmt.Println(d.Status, "try", d.Try, "answered", d.HTTPStatus)
		}
	}
	// Output:
	// decline try 1 answered 0
	// decline try 2 answered 0
	// decline try 3 answered 200
}

func ExampleSandbox_Advance() {
	t := newExampleT()
	defer t.end()
	s := highhelptest.New(t)
	before := s.Now()
	s.Advance(48 * time.Hour)
	fmt.Println(s.Now().Sub(before).Round(time.Hour))
	// Output:
	// 48h0m0s
}

func ExampleSandbox_Now() {
	t := newExampleT()
	defer t.end()
	fmt.Println(time.Until(highhelptest.New(t).Now()).Round(time.Minute))
	// Output:
	// 0s
}

// An application ships by Ship where it takes the place of what ships in
// production.
func ExampleSandbox_Ship() {
	t := newExampleT()
	defer t.end()
	s := highhelptest.New(t)
	cfg := s.Config()
	cfg.OnPaid = func(_ context.Context, e highhelp.Event) error {
		return s.Ship(e.OrderID) // in place of the warehouse
	}
	fmt.Println(cfg.OnPaid(context.Background(), highhelp.Event{Key: highhelp.Key{OrderID: "7"}}))
	fmt.Println(s.Shipped("7"))
	// Output:
	// <nil>
	// 1
}

func ExampleSandbox_Shipped() {
	t := newExampleT()
	defer t.end()
	fmt.Println(highhelptest.New(t).Shipped("never heard of"))
	// Output:
	// 0
}

// An application of its own making says how it is asked for a payment page,
// and how often it has shipped.
func ExampleShop() {
	t := newExampleT()
	defer t.end()
	highhelptest.Survive(t, func(s *highhelptest.Sandbox) highhelptest.Shop {
		cfg := s.Config()
		var warehouse sync.Mutex
		shipped := map[string]int{}
		cfg.OnPaid = func(_ context.Context, e highhelp.Event) error {
			warehouse.Lock()
			defer warehouse.Unlock()
			shipped[e.OrderID]++
			return nil
		}
		shop := newApp(cfg)
		return highhelptest.Shop{
			Handler:  shop.handler,
			NewOrder: orders(),
			Ticket: func(ctx context.Context, id string) (string, error) {
				ticket, err := shop.checkout.CreateTicket(ctx, highhelp.Order{ID: id, Amount: price})
				return ticket.URL, err
			},
			Shipped: func(_ context.Context, id string) (int, error) {
				warehouse.Lock()
				defer warehouse.Unlock()
				return shipped[id], nil
			},
		}
	})
	fmt.Println("it has survived")
	// Output:
	// it has survived
}

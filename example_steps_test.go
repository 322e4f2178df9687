package highhelp_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/sandbox"
	"github.com/go-highhelp/highhelp/signer"
	"github.com/go-highhelp/highhelp/widget"
)

// Step 1, access and environment: the key files as the dashboard exports them,
// and a signed call that proves key, clock and network. Which algorithm signs is
// a matter of the key alone: signer.ReadHMACKey in place of ReadPrivateKey.
func Example_step1Access() {
	shop := newExampleShop(nil)
	defer shop.Close()
	dir, err := os.MkdirTemp("", "highhelp-keys-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := shop.Keys.WriteFiles(dir); err != nil { // in production: an export of the dashboard
		log.Fatal(err)
	}
	key, err := signer.ReadPrivateKey(filepath.Join(dir, "private_key_"+shop.Keys.ProjectID+".pem"))
	if err != nil {
		log.Fatal(err)
	}
	client := highhelp.Client{ProjectID: shop.Keys.ProjectID, BaseURL: shop.Checkout.Client().BaseURL, Signer: key, Logger: quiet}
	_, _, err = client.Balance(context.Background())
	fmt.Println(key, err)
	// Output:
	// signer.PrivateKey(RSA, 2048 bits) <nil>
}

// Step 2, scenarios and methods: what is known of a country, and an order that
// preselects one method. Which methods a cash register has the dashboard says.
func Example_step2Methods() {
	for _, m := range widget.Methods() {
		if m.Country == widget.Kyrgyzstan && m.Product == widget.P2P {
			fmt.Println(m.Code, m.Currency)
		}
	}
	order := highhelp.Order{
		ID: "1001", Amount: highhelp.Money{Minor: 500000, Currency: "KGS"}, Method: widget.MethodP2PCard,
		Customer: highhelp.Customer{Country: widget.Kyrgyzstan, Language: widget.Kyrgyz},
	}
	fmt.Println(order.Method.Valid(), order.Amount)
	// Output:
	// payin-p2p-card KGS
	// payin-p2p-phone KGS
	// payin-qr-link-p2p KGS
	// <nil> 5000.00 KGS
}

// Step 3, requests on the backend: the page names an order, the OrderFunc of
// the shop finds its amount, and the answer leads the payer on. The three
// callback URLs go with the request.
func Example_step3Requests() {
	shop := newExampleShop(nil)
	defer shop.Close()
	resp, err := http.Post(shop.URL+"/pay/tickets", "application/json", strings.NewReader(`{"order_id": "1001"}`))
	if err != nil {
		log.Fatal(err)
	}
	defer resp.Body.Close()
	var answer struct {
		PaymentID string    `json:"payment_id"`
		URL       string    `json:"url"`
		ExpiresAt time.Time `json:"expires_at"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		log.Fatal(err)
	}
	fmt.Println(resp.StatusCode, answer.PaymentID, answer.URL != "", time.Until(answer.ExpiresAt).Round(time.Minute))
	// Output:
	// 200 1001 true 10m0s
}

// Step 4, callbacks: they come to three URLs, in any order, more than once; each
// event takes effect once, and all are in the journal.
func Example_step4Callbacks() {
	store := &highhelp.MemStore{}
	shop := newExampleShop(nil, func(c *highhelp.Config) {
		c.Store = store
		c.OnProgress = func(_ context.Context, e highhelp.Event) error {
			fmt.Println("progress", e.Status)
			return nil
		}
		c.OnPaid = func(_ context.Context, e highhelp.Event) error {
			fmt.Println("ship", e.OrderID)
			return nil
		}
	})
	defer shop.Close()
	shop.create("1001")
	if err := shop.Gateway.SetFaults("1001", sandbox.Fault{Kind: sandbox.FaultDuplicate, Times: 2}); err != nil {
		log.Fatal(err)
	}
	shop.play("1001")
	journal := map[string]int{}
	like := highhelp.Delivery{Key: highhelp.Key{ProjectID: shop.Keys.ProjectID}}
	for d, err := range store.Deliveries(context.Background(), like, time.Time{}, time.Time{}) {
		if err != nil {
			log.Fatal(err)
		}
		journal[d.Route+" "+d.Outcome.String()]++
	}
	fmt.Println(journal)
	// Output:
	// progress processing:requisites
	// progress processing:paid
	// ship 1001
	// map[info applied:2 info duplicate:4 success applied:1 success duplicate:2]
}

// Step 5, the page: a form with one button, which pays without JavaScript too,
// and the policy that the page needs for it.
func Example_step5Page() {
	snippet := widget.Snippet{OrderID: "1001", TicketURL: "/pay/tickets", AssetsURL: "/pay/widget/", Amount: "100.00 RUB", Locale: "ru"}
	html, err := snippet.HTML()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(strings.Contains(string(html), `action="/pay/tickets"`))
	policy, err := widget.CSP(widget.CSPOptions{
		TicketURL: snippet.TicketURL, AssetsURL: snippet.AssetsURL, PaymentOrigins: []string{"https://pay.example.com"},
	})
	fmt.Println(policy, err)
	// Output:
	// true
	// script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'self' https://pay.example.com <nil>
}

// Step 6, tests: every way in which a payment can go, and what becomes of the
// order. Package highhelptest does this to a whole application, under every
// fault.
func Example_step6Tests() {
	shop := newExampleShop(nil)
	defer shop.Close()
	ctx := context.Background()
	for _, scenario := range sandbox.Scenarios() {
		shop.create(scenario.Name)
		if _, err := shop.Gateway.Play(scenario.Name, scenario); err != nil {
			log.Fatal(err)
		}
		if err := shop.Gateway.Deliver(ctx); err != nil {
			log.Fatal(err)
		}
		told, err := shop.Checkout.Client().Info(ctx, scenario.Name) // the …/info method
		if err != nil {
			log.Fatal(err)
		}
		payment, err := shop.Checkout.Payment(ctx, scenario.Name)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%-16s %-19s %s\n", scenario, told.Status, payment.State())
	}
	// Output:
	// success          success             paid
	// refusal          decline             declined
	// anti-fraud       decline             declined
	// bank-decline     decline             declined
	// 3ds              success             paid
	// 3ds-failed       decline             declined
	// otp              success             paid
	// otp-wrong        decline             declined
	// paid-declined    decline             declined
	// expiry           dispute:no_payment  pending
	// late-success     success             paid
	// dispute-success  success             paid
	// dispute-decline  decline             declined
}

// Step 7, production: Doctor looks before the first payment, Run asks about
// callbacks that do not come, OnAnomaly calls a human, and WriteStatuses is the
// document for the team.
func Example_step7Production() {
	shop := newExampleShop(nil, func(c *highhelp.Config) {
		c.OnAnomaly = func(_ context.Context, a highhelp.Anomaly) { fmt.Println("page somebody:", a.Kind, a.PaymentID) }
	})
	defer shop.Close()
	for _, finding := range shop.Checkout.Doctor(context.Background()) {
		if finding.Level == "red" {
			fmt.Println(finding.Check, finding.Seen)
		}
	}
	shop.create("1001")
	if err := shop.Gateway.SetFaults("1001", sandbox.Fault{Kind: sandbox.FaultWrongAmount, Times: sandbox.Always}); err != nil {
		log.Fatal(err)
	}
	shop.play("1001")
	var document strings.Builder
	if err := highhelp.WriteStatuses(&document, "markdown"); err != nil {
		log.Fatal(err)
	}
	title, _, _ := strings.Cut(document.String(), "\n")
	fmt.Println(title)
	// Output:
	// page somebody: mismatch 1001
	// # Statuses
}

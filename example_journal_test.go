package highhelp_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/sandbox"
	"github.com/go-highhelp/highhelp/signer"
)

// brokenShop is a shop whose OnPaid has refused a payment, and is mended.
func brokenShop() *exampleShop {
	broken := true
	s := newExampleShop(func(_ context.Context, e highhelp.Event) error {
		if broken {
			return errors.New("no such column: qty")
		}
		fmt.Println("ship", e.OrderID)
		return nil
	})
	s.pay("1042")
	broken = false
	return s
}

// After a fault is mended, what it has refused takes effect after all.
func ExampleCheckout_ReplayFailed() {
	shop := brokenShop()
	defer shop.Close()
	ctx, yesterday := context.Background(), time.Now().Add(-24*time.Hour)
	for _, dry := range []bool{true, false} { // look first
		list, err := shop.Checkout.ReplayFailed(ctx, yesterday, time.Time{}, dry)
		if err != nil {
			log.Fatal(err)
		}
		for _, d := range list {
			fmt.Println(d.PaymentID, d.Status, d.Outcome)
		}
	}
	again, err := shop.Checkout.ReplayFailed(ctx, yesterday, time.Time{}, false)
	fmt.Println(len(again), "left,", err)
	// Output:
	// 1042 success applied
	// ship 1042
	// 1042 success applied
	// 0 left, <nil>
}

// One delivery is replayed by its ID. What has taken effect stays as it is.
func ExampleCheckout_Replay() {
	shop := brokenShop()
	defer shop.Close()
	list, err := shop.Checkout.ReplayFailed(context.Background(), time.Time{}, time.Time{}, true)
	if err != nil {
		log.Fatal(err)
	}
	for range 2 {
		outcome, err := shop.Checkout.Replay(context.Background(), list[0].ID, false)
		fmt.Println(outcome, err)
	}
	// Output:
	// ship 1042
	// applied <nil>
	// duplicate <nil>
}

// The journal keeps every callback, with what became of it.
func ExampleDelivery_Authentic() {
	store := &highhelp.MemStore{}
	shop := newExampleShop(nil, func(c *highhelp.Config) { c.Store = store })
	defer shop.Close()
	shop.create("1042")
	body := `{"project_id": "57aff4db-b45d-42bf-bc5f-b7a499a01782", "general": {"payment_id": "1042"}, "status": {"status": "decline"}}`
	req := shop.callback(shop.URL+"/pay/callbacks/decline", body)
	send(req)
	forged := shop.callback(shop.URL+"/pay/callbacks/decline", body)
	forged.Header.Del("x-access-signature")
	send(forged)
	like := highhelp.Delivery{Key: highhelp.Key{ProjectID: shop.Keys.ProjectID}}
	for d, err := range store.Deliveries(context.Background(), like, time.Time{}, time.Time{}) {
		fmt.Println(d.Authentic(), d.PaymentID, d.Status, d.Outcome, d.Error, err)
	}
	// Output:
	// false   none signer: signature refused: no header X-Access-Signature <nil>
	// true 1042 decline applied  <nil>
}

// The log page belongs behind the login of the back office: it asks nobody for
// a password.
func ExampleCheckout_LogHandler() {
	shop := brokenShop()
	defer shop.Close()
	requireAdmin := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if user, password, ok := r.BasicAuth(); !ok || user != "admin" || password != "of the back office" {
				w.Header().Set("WWW-Authenticate", "Basic")
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
	mux := http.NewServeMux()
	mux.Handle("/admin/payments/", requireAdmin(shop.Checkout.LogHandler()))
	server := httptest.NewServer(mux)
	defer server.Close()

	for _, password := range []string{"", "of the back office"} {
		req, err := http.NewRequest(http.MethodGet, server.URL+"/admin/payments/?order=1042", nil)
		if err != nil {
			log.Fatal(err)
		}
		req.SetBasicAuth("admin", password)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			log.Fatal(err)
		}
		resp.Body.Close()
		fmt.Println(resp.Status)
	}
	// Output:
	// 401 Unauthorized
	// 200 OK
}

// Whoever reaches an unguarded log page reads payers' data. Below the path of
// Handler everybody does: the gateway must come in there without a login.
func ExampleCheckout_LogHandler_incorrect() {
	shop := brokenShop()
	defer shop.Close()
	mux := http.NewServeMux()
	mux.Handle("/pay/log/", shop.Checkout.LogHandler()) // wrong: beside the callbacks, open to all
	server := httptest.NewServer(mux)
	defer server.Close()
	resp, err := http.Get(server.URL + "/pay/log/?order=1042")
	if err != nil {
		log.Fatal(err)
	}
	resp.Body.Close()
	fmt.Println("a stranger gets", resp.Status)
	// Output:
	// a stranger gets 200 OK
}

// A key is replaced while the shop serves. What the gateway has signed before
// is good for three days more.
func ExampleCheckout_Rotate() {
	shop := newExampleShop(nil)
	defer shop.Close()
	next, err := sandbox.GenerateKeys(shop.Keys.ProjectID) // in production: the new files of the dashboard
	if err != nil {
		log.Fatal(err)
	}
	newKey := next.CallbackPrivate.Public("callbacks-2026")
	set, err := signer.NewKeySet(newKey, signer.Until(shop.Keys.CallbackPublic, time.Now().Add(72*time.Hour)))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(shop.Checkout.Rotate(shop.Keys.RequestPrivate, set))
	// Output: <nil>
}

// Doctor says what is wrong with a set-up, and what to do.
func ExampleCheckout_Doctor() {
	shop := newExampleShop(nil, func(c *highhelp.Config) {
		c.CallbackURLs.Decline = c.PublicURL + "/callbacks/success"
	})
	defer shop.Close()
	diagnosis := shop.Checkout.Doctor(context.Background())
	for _, f := range diagnosis {
		if f.Level == "red" {
			fmt.Printf("%s: %s\n", f.Check, f.Advice)
		}
	}
	fmt.Println(diagnosis.Level())
	// Output:
	// urls: give each its own in Config.CallbackURLs: what comes in at the wrong one is an anomaly
	// route_decline: look at Config.CallbackURLs and at the paths of the handlers
	// red
}

func ExampleDiagnosis() {
	d := highhelp.Diagnosis{
		{Check: "keys", Level: "green", Seen: "Signer is signer.PrivateKey(RSA, 2048 bits), Verifier has callbacks"},
		{Check: "certificate", Level: "yellow", Seen: "shop.example: holds for 4 days more", Advice: "renew it, and let that happen by itself"},
	}
	fmt.Print(d)
	// Output:
	// green   keys           Signer is signer.PrivateKey(RSA, 2048 bits), Verifier has callbacks
	// yellow  certificate    shop.example: holds for 4 days more
	//                        -> renew it, and let that happen by itself
}

// A program that sets a shop up stops where payments would get lost.
func ExampleDiagnosis_Level() {
	d := highhelp.Diagnosis{{Check: "keys", Level: "green"}, {Check: "certificate", Level: "yellow"}, {Check: "store", Level: "red"}}
	fmt.Println(d[:2].Level(), d.Level())
	// Output:
	// yellow red
}

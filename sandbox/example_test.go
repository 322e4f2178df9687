package sandbox_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"time"

	"github.com/go-highhelp/highhelp/sandbox"
	"github.com/go-highhelp/highhelp/signer"
)

// exampleShop prints each callback that its key has signed.
func exampleShop(key signer.Verifier) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		doc, err := signer.Parse(body)
		if err != nil {
			http.Error(w, "not JSON", http.StatusBadRequest)
			return
		}
		if _, err := key.Verify(doc, r.Header); err != nil {
			http.Error(w, "not signed", http.StatusUnauthorized)
			return
		}
		status, _ := doc.Text("status:status")
		sub, _ := doc.Text("status:sub_status")
		fmt.Println(r.URL.Path, status, sub)
	}
}

// send signs and sends an API request, and prints the answer's code.
func send(keys *sandbox.Keys, url, body string) {
	header, err := keys.RequestPrivate.Sign([]byte(body), time.Now())
	if err != nil {
		log.Fatal(err)
	}
	req, err := http.NewRequest(http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		log.Fatal(err)
	}
	req.Header = header
	req.Header.Set("content-type", "application/json")
	req.Header.Set("x-access-merchant-id", keys.ProjectID)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		log.Fatal(err)
	}
	defer resp.Body.Close()
	fmt.Println(resp.Status)
	if resp.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(resp.Body)
		fmt.Println(string(text))
	}
}

// A payment from the create request to the last callback, without a browser.
func Example() {
	keys, err := sandbox.GenerateKeys("demo")
	if err != nil {
		log.Fatal(err)
	}
	shop := httptest.NewServer(exampleShop(keys.CallbackPublic))
	defer shop.Close()

	project := keys.Project()
	project.CallbackURLs = sandbox.CallbackURLs{
		Info:    shop.URL + "/info",
		Success: shop.URL + "/success",
		Decline: shop.URL + "/decline",
	}
	server := httptest.NewUnstartedServer(nil)
	gateway, err := sandbox.New(sandbox.Config{
		PublicURL: "http://" + server.Listener.Addr().String(),
		Projects:  []sandbox.Project{project},
		Logger:    slog.New(slog.DiscardHandler),
	})
	if err != nil {
		log.Fatal(err)
	}
	server.Config.Handler = gateway
	server.Start()
	defer server.Close()

	send(keys, server.URL+"/api/v1/widget/payin",
		`{"general":{"project_id":"demo","payment_id":"order-1"},"payment":{"amount":150000,"currency":"RUB"}}`)
	ticket, err := gateway.Act("order-1", sandbox.Pay)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("the gateway says", ticket.Status)
	if err := gateway.Deliver(context.Background()); err != nil {
		log.Fatal(err)
	}
	// Output:
	// 200 OK
	// the gateway says success
	// /info processing requisites
	// /info processing paid
	// /success success None
}

// Wherever the real gateway only refuses, this one says why.
func ExampleGateway_refusal() {
	keys, err := sandbox.GenerateKeys("demo")
	if err != nil {
		log.Fatal(err)
	}
	gateway, err := sandbox.New(sandbox.Config{
		PublicURL: "http://127.0.0.1:8090",
		Projects:  []sandbox.Project{keys.Project()},
		Logger:    slog.New(slog.DiscardHandler),
	})
	if err != nil {
		log.Fatal(err)
	}
	server := httptest.NewServer(gateway)
	defer server.Close()
	send(keys, server.URL+"/api/v1/widget/payin",
		`{"general":{"project_id":"demo"},"payment":{"amount":"1500.00","currency":"RUB"}}`)
	// Output:
	// 400 Bad Request
	// {"status":"error","sub_status":null,"status_description":"general.payment_id: missing; payment.amount: must be an integer, 1 to 10000000000000"}
}

// Everything that is wrong is said at once.
func ExampleNew_incorrect() {
	_, err := sandbox.New(sandbox.Config{
		PublicURL: "127.0.0.1:8090",
		Projects:  []sandbox.Project{{ID: "demo", RedirectURL: "http://shop.example/"}},
	})
	fmt.Println(err)
	// Output:
	// sandbox: Config.PublicURL: not an absolute http or https URL
	// sandbox: Config.Projects[0].Keys: at least one is required
	// sandbox: Config.Projects[0].CallbackSigner: neither a *signer.PrivateKey nor a *signer.HMACKey
	// sandbox: Config.Projects[0].RedirectURL: not an https URL (http only on 127.0.0.0/8, ::1 and localhost)
}

// The files are named as the dashboard names them.
func ExampleKeys_WriteFiles() {
	dir, err := os.MkdirTemp("", "keys")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	keys, err := sandbox.GenerateKeys("demo")
	if err != nil {
		log.Fatal(err)
	}
	if err := keys.WriteFiles(dir); err != nil {
		log.Fatal(err)
	}
	again, err := sandbox.ReadKeys(dir, "demo")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(again.RequestPrivate)
	fmt.Println(again.CallbackPublic.Name(), again.CallbackPublic.Sandbox())
	entries, err := os.ReadDir(dir)
	if err != nil {
		log.Fatal(err)
	}
	for _, e := range entries {
		fmt.Println(e.Name())
	}
	// Output:
	// signer.PrivateKey(RSA, 2048 bits)
	// callback_public_key_demo true
	// callback_private_key_demo.pem
	// callback_public_key_demo.pem
	// hmac_callback_key_demo.txt
	// hmac_private_key_demo.txt
	// private_key_demo.pem
	// public_key_demo.pem
}

// A test drives the clock: what failed is tried again when its time has come.
func ExampleGateway_Deliver() {
	keys, err := sandbox.GenerateKeys("demo")
	if err != nil {
		log.Fatal(err)
	}
	answers := []int{503, 200}
	shop := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(answers[0])
		answers = answers[1:]
	}))
	defer shop.Close()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	project := keys.Project()
	project.CallbackURLs.Decline = shop.URL
	gateway, err := sandbox.New(sandbox.Config{
		PublicURL: "http://127.0.0.1:8090",
		Projects:  []sandbox.Project{project},
		Now:       func() time.Time { return now },
		Schedule:  []time.Duration{0, time.Minute},
		Logger:    slog.New(slog.DiscardHandler),
	})
	if err != nil {
		log.Fatal(err)
	}
	body := []byte(`{"general":{"project_id":"demo","payment_id":"1"},"payment":{"amount":100,"currency":"KZT"}}`)
	req := httptest.NewRequest(http.MethodPost, "/api/v1/widget/payin", bytes.NewReader(body))
	if req.Header, err = keys.RequestPrivate.Sign(body, now); err != nil {
		log.Fatal(err)
	}
	req.Header.Set("content-type", "application/json")
	req.Header.Set("x-access-merchant-id", "demo")
	gateway.ServeHTTP(httptest.NewRecorder(), req)

	if _, err := gateway.Act("1", sandbox.Refuse); err != nil {
		log.Fatal(err)
	}
	for range 2 {
		if err := gateway.Deliver(context.Background()); err != nil {
			log.Fatal(err)
		}
		now = now.Add(time.Minute)
	}
	for _, d := range gateway.Deliveries() {
		fmt.Println(d.Time.Format(time.TimeOnly), d.Status, "try", d.Try, "answer", d.HTTPStatus)
	}
	// Output:
	// 12:00:00 decline try 1 answer 503
	// 12:01:00 decline try 2 answer 200
}

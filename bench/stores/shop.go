package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/signer"
)

const project = "57aff4db-b45d-42bf-bc5f-b7a499a01782"

// keys are those of the gateway's callbacks.
type keys struct {
	name     string
	signer   signer.Signer
	verifier signer.Verifier
}

func allKeys() []keys {
	hmac := must(signer.NewHMACKey("hmac", strings.Repeat("k", 64)))
	private := must(signer.NewPrivateKey(must(rsa.GenerateKey(rand.Reader, 2048))))
	return []keys{{"HMAC", hmac, hmac}, {"RSA", private, private.Public("rsa")}}
}

// newHandler is the kit as a shop mounts it.
func newHandler(store highhelp.Store, k keys) http.Handler {
	return must(highhelp.New(highhelp.Config{
		ProjectID: project, BaseURL: "https://gateway.example", PublicURL: "https://shop.example/pay",
		Signer: k.signer, Verifier: k.verifier, Store: store, Logger: slog.New(slog.DiscardHandler),
		OnPaid: func(context.Context, highhelp.Event) error { return nil },
	})).SuccessHandler()
}

var minted int

// mint makes payments that wait for their success, and rows for the bare side.
func (d *database) mint(ctx context.Context, n int) (ids []string) {
	for range n {
		minted++
		ids = append(ids, fmt.Sprint("order-", minted))
	}
	now := time.Now()
	for _, id := range ids {
		check(d.store.Insert(ctx, highhelp.Payment{
			Key: highhelp.Key{ProjectID: project, OrderID: id}, CreatedAt: now, UpdatedAt: now, CheckAt: now.Add(time.Hour),
			Attempts: []highhelp.Attempt{{
				N: 1, PaymentID: id, Amount: highhelp.Money{Minor: 10000, Currency: "RUB"}, Sent: true, CreatedAt: now,
				Ticket: highhelp.Ticket{PaymentID: id, URL: "https://pay.example/0123456789012345678901234567890123456789", StatusToken: "token", ExpiresAt: now.Add(time.Hour)},
			}},
		}))
	}
	d.seed(ctx, ids)
	return ids
}

// A callback is a request that is ready to be served.
type callback struct {
	id     string
	body   []byte
	header http.Header
}

func success(k keys, id string) callback {
	body := fmt.Appendf(nil, `{"project_id":%q,"general":{"payment_id":%q,"request_id":"0b7a1d34-2a5b-4a60-9d5e-1f1d6e0a4b11"},`+
		`"status":{"status":"success","sub_status":null,"status_description":null},`+
		`"payment_info":{"amount":10000,"currency":"RUB","type":"payin","method":"payin-ecom-card","details":"4111 **** **** 1111","comment":%q}}`,
		project, id, strings.Repeat("c", 400))
	header := must(k.signer.Sign(body, time.Now()))
	header.Set("Content-Type", "application/json")
	return callback{id, body, header}
}

// serve takes a callback in, and panics unless it is answered with 200.
func serve(h http.Handler, c callback) {
	r := &http.Request{Method: http.MethodPost, Header: c.header, Body: io.NopCloser(bytes.NewReader(c.body)), ContentLength: int64(len(c.body))}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		panic(fmt.Sprintf("answered %d", w.Code))
	}
}

package main

import (
	"bytes"
	"context"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/go-playground/webhooks/v6/github"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stripe/stripe-go/v85/webhook"
	"github.com/wechatpay-apiv3/wechatpay-go/core/auth/verifiers"
	"github.com/wechatpay-apiv3/wechatpay-go/core/notify"
)

// stripe runs ConstructEvent on the same bytes. That they state no version of
// Stripe's API is ignored; the rest is as a shop calls it.
func (b *bench) stripe() subject {
	signed := webhook.GenerateTestSignedPayload(&webhook.UnsignedPayload{Payload: b.body, Secret: b.secret})
	options := webhook.ConstructEventOptions{IgnoreAPIVersionMismatch: true, Tolerance: time.Hour}
	return subject{name: "stripe-go ConstructEvent", run: func() {
		if e, err := webhook.ConstructEventWithOptions(b.body, signed.Header, b.secret, options); err != nil || e.Object != "event" {
			panic(err)
		}
	}}
}

// A shopEvent is what a shop that checks with standard-webhooks writes itself.
type shopEvent struct {
	ProjectID string `json:"project_id"`
	General   struct {
		PaymentID string `json:"payment_id"`
		RequestID string `json:"request_id"`
	} `json:"general"`
	Status struct {
		Status    string  `json:"status"`
		SubStatus *string `json:"sub_status"`
	} `json:"status"`
	PaymentInfo struct {
		Amount   int64  `json:"amount"`
		Currency string `json:"currency"`
	} `json:"payment_info"`
}

// standardWebhooks verifies; decoding is left to the shop.
func (b *bench) standardWebhooks() subject {
	hook := must(standardwebhooks.NewWebhookRaw([]byte(b.secret)))
	headers := http.Header{}
	headers.Set(standardwebhooks.HeaderWebhookID, "msg_1")
	headers.Set(standardwebhooks.HeaderWebhookTimestamp, fmt.Sprint(b.now.Unix()))
	headers.Set(standardwebhooks.HeaderWebhookSignature, must(hook.Sign("msg_1", b.now, b.body)))
	return subject{name: "standard-webhooks Verify + json.Unmarshal", run: func() {
		check(hook.VerifyIgnoringTimestamp(b.body, headers)) // else it ends after five minutes
		var e shopEvent
		check(json.Unmarshal(b.body, &e))
	}}
}

// playground checks a ping of GitHub: the smallest event that it decodes.
func (b *bench) playground() subject {
	hook := must(github.New(github.Options.Secret(b.secret)))
	mac := hmac.New(sha256.New, []byte(b.secret))
	mac.Write(b.body)
	headers := http.Header{
		"X-Github-Event":      {"ping"},
		"X-Hub-Signature-256": {"sha256=" + hex.EncodeToString(mac.Sum(nil))},
	}
	return subject{name: "go-playground/webhooks github Parse", run: func() {
		r := &http.Request{Method: http.MethodPost, Header: headers, Body: io.NopCloser(bytes.NewReader(b.body))}
		must(hook.Parse(r, github.PingEvent))
	}}
}

// wechatpay verifies, decrypts and parses a notification whose content is the
// same body.
func (b *bench) wechatpay() subject {
	const apiKey, keyID = "0123456789abcdef0123456789abcdef", "PUB_KEY_ID_1"
	handler := must(notify.NewRSANotifyHandler(apiKey, verifiers.NewSHA256WithRSAPubkeyVerifier(keyID, b.rsaKey.PublicKey)))
	gcm := must(cipher.NewGCM(must(aes.NewCipher([]byte(apiKey)))))
	nonce := "0123456789ab"
	body := must(json.Marshal(map[string]any{
		"id": "EV-1", "create_time": b.now, "event_type": "TRANSACTION.SUCCESS", "resource_type": "encrypt-resource", "summary": "ok",
		"resource": map[string]string{
			"algorithm": "AEAD_AES_256_GCM", "nonce": nonce, "associated_data": "transaction", "original_type": "transaction",
			"ciphertext": base64.StdEncoding.EncodeToString(gcm.Seal(nil, []byte(nonce), b.body, []byte("transaction"))),
		},
	}))
	var headers http.Header
	var signedAt time.Time
	resign := func() { // it refuses what is older than five minutes
		signedAt = time.Now()
		message := fmt.Sprintf("%d\n%s\n%s\n", signedAt.Unix(), "n", body)
		digest := sha256.Sum256([]byte(message))
		headers = http.Header{
			"Wechatpay-Serial": {keyID}, "Wechatpay-Nonce": {"n"}, "Wechatpay-Timestamp": {fmt.Sprint(signedAt.Unix())},
			"Wechatpay-Signature": {base64.StdEncoding.EncodeToString(must(rsa.SignPKCS1v15(rand.Reader, b.rsaKey, crypto.SHA256, digest[:])))},
		}
	}
	return subject{name: "wechatpay-go ParseNotifyRequest", run: func() {
		if time.Since(signedAt) > 2*time.Minute {
			resign()
		}
		r := &http.Request{Method: http.MethodPost, Header: headers, Body: io.NopCloser(bytes.NewReader(body))}
		var e shopEvent
		must(handler.ParseNotifyRequest(context.Background(), r, &e))
	}}
}

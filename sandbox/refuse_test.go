package sandbox_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp/sandbox"
	"github.com/go-highhelp/highhelp/signer"
	"github.com/stretchr/testify/require"
)

// requireRefused checks the shape of a refusal and returns its description.
func requireRefused(t *testing.T, code int, a answer) string {
	t.Helper()
	require.Equal(t, code, a.code, a.text)
	require.Equal(t, "application/json", a.header.Get("Content-Type"))
	o := a.object(t)
	reason := o["status_description"].(string)
	require.Equal(t, object{"status": "error", "sub_status": nil, "status_description": reason}, o)
	return reason
}

func TestFormRefused(t *testing.T) {
	r := newRig(t)
	for name, c := range map[string]struct {
		path   string
		change func(*http.Request)
		code   int
		reason string
	}{
		"method": {createPath, func(q *http.Request) { q.Method = "PUT" }, 405, "the method must be POST"},
		"no type": {createPath, func(q *http.Request) { q.Header.Del("Content-Type") }, 415,
			"content-type: must be application/json, in UTF-8"},
		"form type": {infoPath, func(q *http.Request) { q.Header.Set("Content-Type", "text/plain") }, 415,
			"content-type: must be application/json, in UTF-8"},
		"charset": {createPath, func(q *http.Request) { q.Header.Set("Content-Type", "application/json; charset=utf-16") }, 415,
			"content-type: must be application/json, in UTF-8"},
		"size":   {balancePath, func(q *http.Request) { fill(q, strings.Repeat(" ", 64<<10+1)) }, 413, "body: larger than 64 KiB"},
		"empty":  {createPath, func(q *http.Request) { fill(q, "") }, 400, "body: byte 0: not a JSON object"},
		"array":  {createPath, func(q *http.Request) { fill(q, "[]") }, 400, "body: byte 0: not a JSON object"},
		"twice":  {createPath, func(q *http.Request) { fill(q, `{"a":1,"a":2}`) }, 400, "body: byte 13: an object has the same key twice"},
		"path":   {"/api/v1/widget/payout", func(*http.Request) {}, 404, "there is no such endpoint"},
		"prefix": {createPath + "/", func(*http.Request) {}, 404, "there is no such endpoint"},
	} {
		t.Run(name, func(t *testing.T) {
			req := r.sign(r.keys.RequestPrivate, c.path, r.order("1"))
			c.change(req)
			a := r.do(req)
			require.Equal(t, c.reason, requireRefused(t, c.code, a))
			if c.code == 405 {
				require.Equal(t, "POST", a.header.Get("Allow"))
			}
		})
	}
}

func fill(q *http.Request, body string) {
	q.Body, q.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
}

func TestHeadersRefused(t *testing.T) {
	r := newRig(t, func(c *sandbox.Config) {
		c.Tolerance = time.Minute
		c.Projects = append(c.Projects, otherKeys().Project())
	})
	token := r.sign(r.keys.RequestPrivate, createPath, r.order("1")).Header.Get("x-access-token")
	otherToken := r.sign(otherKeys().RequestPrivate, createPath, r.order("1")).Header.Get("x-access-token")
	asPEM, err := r.keys.RequestPrivate.WithScheme(signer.Scheme{Token: signer.TokenPEMPadded})
	require.NoError(t, err)
	pemToken := r.sign(asPEM, createPath, r.order("1")).Header.Get("x-access-token")
	header := func(name, value string) func(*http.Request) {
		return func(q *http.Request) { q.Header.Set(name, value) }
	}
	without := func(names ...string) func(*http.Request) {
		return func(q *http.Request) {
			for _, name := range names {
				q.Header.Del(name)
			}
		}
	}
	for name, c := range map[string]struct {
		change func(*http.Request)
		reason string
	}{
		"no merchant":       {without("x-access-merchant-id"), "x-access-merchant-id: missing"},
		"two merchants":     {func(q *http.Request) { q.Header.Add("x-access-merchant-id", projectID) }, "x-access-merchant-id: there more than once"},
		"unknown merchant":  {header("x-access-merchant-id", "nobody"), "x-access-merchant-id: no project of this gateway"},
		"no timestamp":      {without("x-access-timestamp"), "x-access-timestamp: missing"},
		"two timestamps":    {func(q *http.Request) { q.Header.Add("x-access-timestamp", "1") }, "x-access-timestamp: there more than once"},
		"milliseconds":      {header("x-access-timestamp", "1772366400000"), "x-access-timestamp: not ten digits, the Unix time in seconds"},
		"no signature":      {without("x-access-signature"), "x-access-signature: missing"},
		"nothing":           {without("x-access-merchant-id", "x-access-timestamp", "x-access-signature"), "x-access-merchant-id: missing; x-access-timestamp: missing; x-access-signature: missing"},
		"no token":          {without("x-access-token"), "x-access-token: missing"},
		"two tokens":        {func(q *http.Request) { q.Header.Add("x-access-token", token) }, "x-access-token: there more than once"},
		"no key in token":   {header("x-access-token", "abcd"), "x-access-token: not the unpadded base64url of the public key in DER form (SubjectPublicKeyInfo)"},
		"token of another":  {header("x-access-token", otherToken), "x-access-token: another key than the one that made the signature"},
		"PEM token":         {header("x-access-token", pemToken), "x-access-token: not the unpadded base64url of the public key in DER form (SubjectPublicKeyInfo), but the padded base64url of the public key as PEM text"},
		"another timestamp": {header("x-access-timestamp", "1772366401"), `key "public_key_` + projectID + `" (RSA): this key made the signature, but over another text`},
	} {
		t.Run(name, func(t *testing.T) {
			req := r.sign(r.keys.RequestPrivate, createPath, r.order("1"))
			c.change(req)
			require.Contains(t, requireRefused(t, 401, r.do(req)), c.reason)
		})
	}
	t.Run("other project", func(t *testing.T) {
		req := r.sign(otherKeys().RequestPrivate, createPath, r.order("1"))
		req.Header.Set("x-access-merchant-id", "other")
		require.Equal(t, "x-access-merchant-id: differs from general.project_id", requireRefused(t, 401, r.do(req)))
	})
	for name, distance := range map[string]time.Duration{"old": 61 * time.Second, "early": -61 * time.Second} {
		t.Run(name, func(t *testing.T) {
			req := r.sign(r.keys.RequestPrivate, createPath, r.order("1"))
			r.clock.Advance(distance)
			defer r.clock.Advance(-distance)
			require.Equal(t, "x-access-timestamp: 1m1s from the gateway's clock, over 1m0s", requireRefused(t, 401, r.do(req)))
		})
	}
	_, err = r.gateway.Ticket("1")
	require.ErrorIs(t, err, sandbox.ErrNoTicket)
}

func TestSignatureRefused(t *testing.T) {
	r := newRig(t)
	keys := r.keys
	withScheme := func(s signer.Scheme) signer.Signer {
		k, err := keys.RequestPrivate.WithScheme(s)
		require.NoError(t, err)
		return k
	}
	for name, c := range map[string]struct {
		signer signer.Signer
		change func(*http.Request)
		reason string
	}{
		"other RSA key": {otherKeys().RequestPrivate, nil, "x-access-signature: made by the key in x-access-token, which is no key of the project"},
		"callback key":  {keys.CallbackPrivate, nil, "this key did not make the signature"},
		"other HMAC key": {otherKeys().RequestHMAC, nil,
			`key "hmac_private_key_` + projectID + `" (HMAC): with this key no known Scheme fits`},
		"digest once": {withScheme(signer.Scheme{Digest: signer.DigestOnce}), nil,
			"made by this key as signer.Scheme{Digest: signer.DigestOnce}, while the project wants signer.Scheme{}"},
		"join": {withScheme(signer.Scheme{Join: "&"}), nil, `signer.Scheme{Join: "&"}`},
		"hex": {keys.RequestPrivate, func(q *http.Request) {
			raw, _ := base64.RawURLEncoding.DecodeString(q.Header.Get("x-access-signature"))
			q.Header.Set("x-access-signature", hex.EncodeToString(raw))
		}, "the signature is written as hex, not as base64url"},
		"not base64": {keys.RequestPrivate, func(q *http.Request) { q.Header.Set("x-access-signature", "!") },
			"the signature is not 256 bytes long in any known encoding"},
		"changed body": {keys.RequestPrivate, func(q *http.Request) {
			body, _ := io.ReadAll(q.Body)
			fill(q, string(bytes.Replace(body, []byte("123450"), []byte("123451"), 1)))
		}, "this key made the signature, but over another text"},
		"large changed body": {keys.RequestPrivate, func(q *http.Request) {
			fill(q, `{"a":"`+strings.Repeat("a", 20<<10)+`"}`)
		}, "x-access-signature: made by no key of the project"},
	} {
		t.Run(name, func(t *testing.T) {
			req := r.sign(c.signer, createPath, r.order("1"))
			if c.change != nil {
				c.change(req)
			}
			require.Contains(t, requireRefused(t, 401, r.do(req)), c.reason)
		})
	}
	_, err := r.gateway.Ticket("1")
	require.ErrorIs(t, err, sandbox.ErrNoTicket)
}

// An RSA project takes no HMAC, least of all one keyed with its public key.
func TestAlgorithmIsTheKeys(t *testing.T) {
	keys := sharedKeys()
	r := newRig(t, func(c *sandbox.Config) { c.Projects[0].Keys = []signer.Key{keys.RequestPublic} })
	token := r.sign(keys.RequestPrivate, createPath, r.order("1")).Header.Get("x-access-token")
	publicAsSecret, err := signer.NewHMACKey("public", token)
	require.NoError(t, err)
	for _, s := range []signer.Signer{keys.RequestHMAC, publicAsSecret} {
		req := r.sign(s, createPath, r.order("1"))
		req.Header.Set("x-access-merchant-algorithm", "HMAC-SHA512")
		req.Header.Set("x-access-token", token)
		requireRefused(t, 401, r.do(req))
	}
}

// What a Scheme says about the algorithm header and the HMAC token is checked.
func TestSchemeHeadersRefused(t *testing.T) {
	scheme := signer.Scheme{RSAAlgorithm: "rsa", HMACAlgorithm: "hmac", HMACToken: "t"}
	private, err := sharedKeys().RequestPrivate.WithScheme(scheme)
	require.NoError(t, err)
	public, err := sharedKeys().RequestPublic.WithScheme(scheme)
	require.NoError(t, err)
	secret, err := sharedKeys().RequestHMAC.WithScheme(scheme)
	require.NoError(t, err)
	r := newRig(t, func(c *sandbox.Config) { c.Projects[0].Keys = []signer.Key{public, secret} })

	req := r.sign(private, createPath, r.order("1"))
	req.Header.Set("x-access-merchant-algorithm", "hmac")
	require.Equal(t, "x-access-merchant-algorithm: not the value of the key that made the signature", requireRefused(t, 401, r.do(req)))
	req = r.sign(secret, createPath, r.order("1"))
	req.Header.Set("x-access-token", "u")
	req.Header.Del("x-access-merchant-algorithm")
	require.Equal(t, "x-access-token: not the value that goes with the HMAC key; x-access-merchant-algorithm: missing",
		requireRefused(t, 401, r.do(req)))
}

func TestFieldsRefused(t *testing.T) {
	r := newRig(t)
	change := func(block, field string, v any) func(object) {
		return func(o object) { set(o, block, field, v) }
	}
	without := func(block, field string) func(object) {
		return func(o object) { delete(o[block].(object), field) }
	}
	const badURL = "not an https URL (http only on 127.0.0.0/8, ::1 and localhost)"
	for name, c := range map[string]struct {
		change func(object)
		reason string
	}{
		"no payment":        {func(o object) { delete(o, "payment") }, "payment: missing"},
		"payment is text":   {func(o object) { o["payment"] = "1" }, "payment: must be an object"},
		"customer is null":  {func(o object) { o["customer"] = nil }, "customer: must be an object, not null: leave the field out"},
		"no general":        {func(o object) { delete(o, "general") }, "general: missing"},
		"no project_id":     {without("general", "project_id"), "general.project_id: missing"},
		"no payment_id":     {without("general", "payment_id"), "general.payment_id: missing"},
		"empty payment_id":  {change("general", "payment_id", ""), "general.payment_id: must not be empty"},
		"number payment_id": {change("general", "payment_id", 17), "general.payment_id: must be a string"},
		"long payment_id":   {change("general", "payment_id", strings.Repeat("ж", 128)), "general.payment_id: must have at most 255 bytes"},
		"no amount":         {without("payment", "amount"), "payment.amount: missing"},
		"zero amount":       {change("payment", "amount", 0), "payment.amount: must be an integer, 1 to 10000000000000"},
		"negative amount":   {change("payment", "amount", -1), "payment.amount: must be an integer, 1 to 10000000000000"},
		"huge amount":       {change("payment", "amount", 10_000_000_000_001), "payment.amount: must be an integer, 1 to 10000000000000"},
		"text amount":       {change("payment", "amount", "100"), "payment.amount: must be an integer, 1 to 10000000000000"},
		"fraction":          {change("payment", "amount", 100.5), "payment.amount: must be an integer, 1 to 10000000000000"},
		"no currency":       {without("payment", "currency"), "payment.currency: missing"},
		"small currency":    {change("payment", "currency", "rub"), "payment.currency: must be a string of three capital letters (ISO 4217)"},
		"long currency":     {change("payment", "currency", "RUBL"), "payment.currency: must be a string of three capital letters (ISO 4217)"},
		"line in currency":  {change("payment", "currency", "RUB\n"), "payment.currency: must be a string of three capital letters (ISO 4217)"},
		"short lifetime":    {change("payment", "lifetime", 299), "payment.lifetime: must be an integer, 300 to 600"},
		"long lifetime":     {change("payment", "lifetime", 601), "payment.lifetime: must be an integer, 300 to 600"},
		"long method":       {change("payment", "widget_method", strings.Repeat("m", 33)), "payment.widget_method: must have at most 32 bytes"},
		"null description":  {change("payment", "description", nil), "payment.description: must be a string, not null: leave the field out"},
		"http callback":     {change("general", "merchant_callback_url", "http://shop.example/"), "general.merchant_callback_url: " + badURL},
		"ftp callback":      {change("general", "merchant_success_callback_url", "ftp://127.0.0.1/"), "general.merchant_success_callback_url: " + badURL},
		"relative callback": {change("general", "merchant_decline_callback_url", "/decline"), "general.merchant_decline_callback_url: not an absolute URL"},
		"null redirect":     {change("general", "redirect_url", nil), "general.redirect_url: must be a string, not null: leave the field out"},
		"long redirect":     {change("general", "redirect_url", "https://a/"+strings.Repeat("a", 2039)), "general.redirect_url: longer than 2048 bytes"},
		"country":           {func(o object) { o["customer"] = object{"country": "KAZ"} }, "customer.country: must be a string of two capital letters (ISO 3166-1 alpha-2)"},
		"language":          {func(o object) { o["customer"] = object{"language": "RU"} }, "customer.language: must be a string of two small letters (ISO 639-1)"},
		"all at once": {func(o object) {
			o["general"].(object)["payment_id"] = ""
			o["payment"] = object{"currency": "eur", "lifetime": 1}
		}, "general.payment_id: must not be empty; payment.amount: missing; " +
			"payment.currency: must be a string of three capital letters (ISO 4217); payment.lifetime: must be an integer, 300 to 600"},
	} {
		t.Run(name, func(t *testing.T) {
			order := r.order("1")
			c.change(order)
			require.Equal(t, c.reason, requireRefused(t, 400, r.post(createPath, order)))
		})
	}
	require.Equal(t, "general.payment_id: missing",
		requireRefused(t, 400, r.post(infoPath, object{"general": object{"project_id": projectID}})))
	require.Equal(t, "general: must be an object", requireRefused(t, 400, r.post(balancePath, object{"general": 1})))
	_, err := r.gateway.Ticket("1")
	require.ErrorIs(t, err, sandbox.ErrNoTicket)
}

func TestRefusalsAre200(t *testing.T) {
	r := newRig(t, func(c *sandbox.Config) { c.RefusalsAre200 = true })
	require.Equal(t, "unknown payment_id", requireRefused(t, 200, r.post(infoPath, general("1"))))
}

// The log says why, and holds nothing that must not be in it.
func TestRefusalsAreLogged(t *testing.T) {
	r := newRig(t)
	req := r.sign(otherKeys().RequestPrivate, createPath, set(r.order("1"), "payment", "description", "a secret word"))
	signature, token := req.Header.Get("x-access-signature"), req.Header.Get("x-access-token")
	r.do(req)
	log := r.log.String()
	require.Contains(t, log, "request refused")
	require.Contains(t, log, "which is no key of the project")
	for _, secret := range []string{signature, token, "a secret word", "123450"} {
		require.NotContains(t, log, secret)
	}
}

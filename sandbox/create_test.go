package sandbox_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp/sandbox"
	"github.com/go-highhelp/highhelp/signer"
	"github.com/stretchr/testify/require"
)

func TestCreate(t *testing.T) {
	r := newRig(t)
	order := set(r.order("order-1"), "payment", "lifetime", 300)
	order = set(order, "payment", "widget_method", "payin-ecom-card")
	order = set(order, "payment", "description", "Two tickets")
	order = set(order, "payment", "something_new", []any{1, nil})
	order["customer"] = object{"country": "KZ", "language": "ru", "id": "77"}
	order = set(order, "general", "redirect_url", "https://shop.example/back")

	a := r.post(createPath, order)

	require.Equal(t, http.StatusOK, a.code, a.text)
	require.Equal(t, "application/json", a.header.Get("Content-Type"))
	require.Equal(t, "Sun, 01 Mar 2026 12:00:00 GMT", a.header.Get("Date"))
	o := a.object(t)
	require.Regexp(t, `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`, o["request_id"])
	formURL := o["integration"].(object)["form_url"].(string)
	require.Regexp(t, "^"+regexp.QuoteMeta(r.url)+`/pay/[0-9a-f]{40}$`, formURL)
	require.Equal(t, object{
		"status": "processing", "sub_status": "new", "status_description": nil,
		"request_id": o["request_id"], "payment_id": "order-1", "integration": object{"form_url": formURL},
	}, o)

	ticket, err := r.gateway.Ticket("order-1")
	require.NoError(t, err)
	require.Equal(t, sandbox.Ticket{
		ProjectID: projectID, PaymentID: "order-1", RequestID: o["request_id"].(string),
		Status: sandbox.Status{Main: "processing", Sub: "new"},
		Amount: 123450, Currency: "RUB", Method: "payin-ecom-card", Description: "Two tickets",
		URL: formURL, RedirectURL: "https://shop.example/back",
		CreatedAt: r.clock.Now(), ExpiresAt: r.clock.Now().Add(5 * time.Minute), Open: true,
		Language: "ru", Country: "KZ",
		History: []sandbox.Change{{Time: r.clock.Now(), Status: sandbox.Status{Main: "processing", Sub: "new"}}},
		Actions: []sandbox.Action{
			sandbox.Open, sandbox.Pay, sandbox.PayAndDecline, sandbox.Refuse, sandbox.DeclineByAntiFraud,
			sandbox.DeclineByBank, sandbox.PayWith3DS, sandbox.SendOTP, sandbox.Expire, sandbox.Dispute,
		},
	}, ticket)
	byRequest, err := r.gateway.Ticket(ticket.RequestID)
	require.NoError(t, err)
	require.Equal(t, ticket, byRequest)
}

func TestCreateDefaults(t *testing.T) {
	r := newRig(t, func(c *sandbox.Config) { c.Projects[0].RedirectURL = "https://shop.example/default" })
	ticket := r.create(object{
		"general": object{"project_id": projectID, "payment_id": "1"},
		"payment": object{"amount": 1, "currency": "KZT"},
	})
	require.Equal(t, 10*time.Minute, ticket.ExpiresAt.Sub(ticket.CreatedAt))
	require.Equal(t, "https://shop.example/default", ticket.RedirectURL)
}

func TestCreateLimits(t *testing.T) {
	r := newRig(t)
	order := set(r.order(strings.Repeat("ж", 127)), "payment", "amount", 10_000_000_000_000)
	order = set(order, "general", "redirect_url", "https://shop.example/"+strings.Repeat("a", 2048-len("https://shop.example/")))
	order = set(order, "payment", "widget_method", strings.Repeat("m", 32))
	require.Equal(t, int64(10_000_000_000_000), r.create(order).Amount)
}

// The key decides the algorithm, so each of a project's keys is good.
func TestCreateSigned(t *testing.T) {
	// A DER key of 2048 bits needs no padding, so both forms are one text.
	padded := signer.Scheme{Token: signer.TokenDERPadded}
	paddedSigner, err := sharedKeys().RequestPrivate.WithScheme(padded)
	require.NoError(t, err)
	paddedKey, err := sharedKeys().RequestPublic.WithScheme(padded)
	require.NoError(t, err)
	once := signer.Scheme{Digest: signer.DigestOnce, Token: signer.TokenPEMPadded, RSAAlgorithm: "rsa", HMACAlgorithm: "hmac", HMACToken: "t"}
	keys := sharedKeys()
	public, err := keys.RequestPublic.WithScheme(once)
	require.NoError(t, err)
	private, err := keys.RequestPrivate.WithScheme(once)
	require.NoError(t, err)
	secret, err := keys.RequestHMAC.WithScheme(once)
	require.NoError(t, err)
	none := signer.Scheme{Token: signer.TokenNone}
	bare, err := keys.RequestPrivate.WithScheme(none)
	require.NoError(t, err)
	bareKey, err := keys.RequestPublic.WithScheme(none)
	require.NoError(t, err)

	for name, c := range map[string]struct {
		key    signer.Key
		signer signer.Signer
	}{
		"RSA":            {keys.RequestPublic, keys.RequestPrivate},
		"HMAC":           {keys.RequestHMAC, keys.RequestHMAC},
		"RSA, scheme":    {public, private},
		"HMAC, scheme":   {secret, secret},
		"RSA, no token":  {bareKey, bare},
		"RSA, padded":    {paddedKey, paddedSigner},
		"second of keys": {keys.RequestHMAC, keys.RequestHMAC},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, func(cfg *sandbox.Config) {
				cfg.Projects[0].Keys = []signer.Key{otherKeys().RequestPublic, c.key}
			})
			a := r.do(r.sign(c.signer, createPath, r.order("1")))
			require.Equal(t, http.StatusOK, a.code, a.text)
		})
	}
}

func TestDuplicateRefused(t *testing.T) {
	r := newRig(t)
	first := r.create(r.order("1"))
	a := r.post(createPath, r.order("1"))
	require.Equal(t, http.StatusConflict, a.code)
	require.Equal(t, object{"status": "error", "sub_status": nil, "status_description": "duplicate payment_id"}, a.object(t))
	same, err := r.gateway.Ticket("1")
	require.NoError(t, err)
	require.Equal(t, first, same)
}

func TestDuplicateRepeated(t *testing.T) {
	r := newRig(t, func(c *sandbox.Config) { c.Duplicate = sandbox.RepeatTicket })
	first := r.post(createPath, r.order("1")).object(t)
	require.Equal(t, first, r.post(createPath, set(r.order("1"), "payment", "amount", 7)).object(t))

	r.act("1", sandbox.Pay)
	first["status"], first["sub_status"] = "success", nil
	require.Equal(t, first, r.post(createPath, r.order("1")).object(t))
}

// A payment_id is unique in its project, not among all.
func TestPaymentIDsOfTwoProjects(t *testing.T) {
	r := newRig(t, func(c *sandbox.Config) { c.Projects = append(c.Projects, otherKeys().Project()) })
	mine := r.create(r.order("1"))
	req := r.sign(otherKeys().RequestPrivate, createPath, set(r.order("1"), "general", "project_id", "other"))
	req.Header.Set("x-access-merchant-id", "other")
	theirs := r.do(req).object(t)["request_id"].(string)

	_, err := r.gateway.Ticket("1")
	require.ErrorIs(t, err, sandbox.ErrNoTicket)
	paid, err := r.gateway.Act(theirs, sandbox.Pay)
	require.NoError(t, err)
	require.Equal(t, "other", paid.ProjectID)
	mine, err = r.gateway.Ticket(mine.RequestID)
	require.NoError(t, err)
	require.Equal(t, "processing:new", mine.Status.String())
}

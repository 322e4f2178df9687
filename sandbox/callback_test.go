package sandbox_test

import (
	"encoding/json"
	"strconv"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp/sandbox"
	"github.com/go-highhelp/highhelp/signer"
	"github.com/stretchr/testify/require"
)

// Each thing that can happen to a ticket, and all that the shop hears of it.
func TestCallbacks(t *testing.T) {
	for name, c := range map[string]struct {
		do     func(*rig)
		told   []string
		reason any
	}{
		"create": {func(*rig) {}, nil, nil},
		"open":   {func(r *rig) { r.act("1", sandbox.Open) }, []string{"/info processing:requisites"}, nil},
		"pay": {func(r *rig) { r.act("1", sandbox.Open, sandbox.Pay) },
			[]string{"/info processing:requisites", "/info processing:paid", "/success success"}, nil},
		"refuse": {func(r *rig) { r.act("1", sandbox.Refuse) },
			[]string{"/info processing:requisites", "/decline decline"}, "refused by the client"},
		"anti-fraud": {func(r *rig) { r.act("1", sandbox.DeclineByAntiFraud) },
			[]string{"/info processing:requisites", "/info processing:awaiting_confirm", "/decline decline"}, "declined by anti-fraud"},
		"expiry": {func(r *rig) { r.clock.Advance(10 * time.Minute) }, []string{"/info dispute:no_payment"}, nil},
		"expiry of an open page": {func(r *rig) { r.act("1", sandbox.Open); r.clock.Advance(time.Hour) },
			[]string{"/info processing:requisites", "/info dispute:no_payment"}, nil},
	} {
		for algorithm, callbackSigner := range map[string]signer.Signer{
			"RSA": sharedKeys().CallbackPrivate, "HMAC": sharedKeys().CallbackHMAC,
		} {
			t.Run(name+" "+algorithm, func(t *testing.T) {
				r := newRig(t, func(c *sandbox.Config) { c.Projects[0].CallbackSigner = callbackSigner })
				ticket := r.create(r.order("1"))
				c.do(r)
				require.Empty(t, r.shop.alerts())
				r.deliver()
				require.Equal(t, c.told, r.shop.told())
				for i, a := range r.shop.alerts() {
					r.requireCallback(a, ticket)
					if i == len(c.told)-1 {
						var body object
						require.NoError(t, json.Unmarshal([]byte(a.body), &body))
						require.Equal(t, c.reason, body["status"].(object)["status_description"])
					}
				}
				r.deliver()
				require.Len(t, r.shop.alerts(), len(c.told))
			})
		}
	}
}

// requireCallback checks headers and body of a callback that the shop has
// verified.
func (r *rig) requireCallback(a alert, ticket sandbox.Ticket) {
	r.t.Helper()
	require.Equal(r.t, "application/json", a.header.Get("Content-Type"))
	require.Equal(r.t, strconv.FormatInt(r.clock.Now().Unix(), 10), a.header.Get("x-access-timestamp"))
	require.NotEmpty(r.t, a.header.Get("x-access-signature"))
	require.Empty(r.t, a.header.Values("x-access-token"))
	require.Empty(r.t, a.header.Values("x-access-merchant-algorithm"))
	require.Equal(r.t, signer.Fields{
		ProjectID: projectID, PaymentID: "1", RequestID: ticket.RequestID,
		Status: a.fields.Status, SubStatus: a.fields.SubStatus, Amount: 123450, Currency: "RUB",
	}, a.fields)
	var body object
	require.NoError(r.t, json.Unmarshal([]byte(a.body), &body))
	status := body["status"].(object)
	require.Len(r.t, status, 3)
	require.Contains(r.t, status, "status_description")
	require.Equal(r.t, a.fields.Status, status["status"])
	if a.fields.SubStatus == "" {
		require.Nil(r.t, status["sub_status"])
	}
	require.Equal(r.t, object{
		"project_id":   projectID,
		"general":      object{"request_id": ticket.RequestID, "payment_id": "1"},
		"status":       status,
		"payment_info": object{"amount": 123450.0, "currency": "RUB", "type": "payin"},
	}, body)
}

func TestCallbackBodyIsExact(t *testing.T) {
	r := newRig(t)
	ticket := r.create(r.order("1"))
	r.act("1", sandbox.Pay)
	r.deliver()
	require.Equal(t, `{"project_id":"`+projectID+`","general":{"request_id":"`+ticket.RequestID+`","payment_id":"1"},`+
		`"status":{"status":"success","sub_status":null,"status_description":null},`+
		`"payment_info":{"amount":123450,"currency":"RUB","type":"payin"}}`, r.shop.alerts()[2].body)
}

// The request's URLs come first, then the project's; without either, no
// callback is sent.
func TestCallbackURLs(t *testing.T) {
	for name, c := range map[string]struct {
		stated   []string
		defaults []string
		paid     []string
	}{
		"stated":   {[]string{"/info", "/success"}, nil, []string{"/info", "/info", "/success"}},
		"none":     {nil, nil, nil},
		"one":      {[]string{"/success"}, nil, []string{"/success"}},
		"defaults": {nil, []string{"/info", "/success", "/decline"}, []string{"/d/info", "/d/info", "/d/success"}},
		"mixed":    {[]string{"/info"}, []string{"/info", "/success"}, []string{"/info", "/info", "/d/success"}},
	} {
		t.Run(name, func(t *testing.T) {
			shop := newShop(t)
			r := newRig(t, func(cfg *sandbox.Config) {
				urls := &cfg.Projects[0].CallbackURLs
				for _, path := range c.defaults {
					*map[string]*string{"/info": &urls.Info, "/success": &urls.Success, "/decline": &urls.Decline}[path] = shop.url("/d" + path)
				}
			})
			order := object{
				"general": object{"project_id": projectID, "payment_id": "1"},
				"payment": object{"amount": 1, "currency": "RUB"},
			}
			for _, path := range c.stated {
				field := map[string]string{"/info": "merchant_callback_url", "/success": "merchant_success_callback_url"}[path]
				set(order, "general", field, shop.url(path))
			}
			r.create(order)
			r.act("1", sandbox.Pay)
			r.deliver()
			var paths []string
			for _, a := range shop.alerts() {
				paths = append(paths, a.path)
			}
			require.Equal(t, c.paid, paths)
		})
	}
}

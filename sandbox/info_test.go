package sandbox_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp/sandbox"
	"github.com/stretchr/testify/require"
)

func TestInfo(t *testing.T) {
	r := newRig(t)
	for name, c := range map[string]struct {
		actions             []sandbox.Action
		later               time.Duration
		status, sub, reason any
	}{
		"new":     {nil, 0, "processing", "new", nil},
		"opened":  {[]sandbox.Action{sandbox.Open}, 0, "processing", "requisites", nil},
		"paid":    {[]sandbox.Action{sandbox.Open, sandbox.Pay}, 0, "success", nil, nil},
		"refused": {[]sandbox.Action{sandbox.Refuse}, 0, "decline", nil, "refused by the client"},
		"fraud":   {[]sandbox.Action{sandbox.DeclineByAntiFraud}, 0, "decline", nil, "declined by anti-fraud"},
		"in time": {nil, 10*time.Minute - 1, "processing", "new", nil},
		"expired": {[]sandbox.Action{sandbox.Open}, 10 * time.Minute, "dispute", "no_payment", nil},
		"late":    {[]sandbox.Action{sandbox.Pay}, 10 * time.Minute, "success", nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			ticket := r.create(r.order(name))
			r.act(name, c.actions...)
			r.clock.Advance(c.later)
			a := r.post(infoPath, general(name))
			require.Equal(t, http.StatusOK, a.code)
			require.Equal(t, object{
				"status": c.status, "sub_status": c.sub, "status_description": c.reason,
				"request_id": ticket.RequestID, "payment_id": name, "project_id": projectID,
				"amount": 123450.0, "currency": "RUB",
			}, a.object(t))
			require.Equal(t, r.clock.Now().Format(http.TimeFormat), a.header.Get("Date"))
		})
	}
}

func TestInfoUnknown(t *testing.T) {
	r := newRig(t)
	require.Equal(t, "unknown payment_id", requireRefused(t, http.StatusNotFound, r.post(infoPath, general("1"))))
}

func TestInfoURL(t *testing.T) {
	r := newRig(t, func(c *sandbox.Config) { c.InfoURL = true })
	ticket := r.create(r.order("1"))
	require.Equal(t, object{"form_url": ticket.URL}, r.post(infoPath, general("1")).object(t)["integration"])
}

func TestBalance(t *testing.T) {
	r := newRig(t, func(c *sandbox.Config) { c.Projects = append(c.Projects, otherKeys().Project()) })
	theirs := r.sign(otherKeys().RequestPrivate, createPath, set(r.order("5"), "general", "project_id", "other"))
	theirs.Header.Set("x-access-merchant-id", "other")
	require.Equal(t, http.StatusOK, r.do(theirs).code)
	r.act("5", sandbox.Pay)
	ask := object{"general": object{"project_id": projectID}}
	require.JSONEq(t, `{"balance":[]}`, r.post(balancePath, ask).text)
	for id, currency := range map[string]string{"1": "UZS", "2": "RUB", "3": "UZS", "4": "KZT"} {
		r.create(set(r.order(id), "payment", "currency", currency))
	}
	r.act("1", sandbox.Pay)
	r.act("2", sandbox.Pay)
	r.act("3", sandbox.Pay)
	r.act("4", sandbox.Refuse)
	a := r.post(balancePath, ask)
	require.Equal(t, http.StatusOK, a.code)
	require.JSONEq(t, `{"balance":[{"currency":"RUB","amount":123450,"locked_amount":0},`+
		`{"currency":"UZS","amount":246900,"locked_amount":0}]}`, a.text)
}

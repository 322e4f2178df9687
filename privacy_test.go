package highhelp_test

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/go-highhelp/highhelp"
	"github.com/stretchr/testify/require"
)

// What can be printed without care shows neither URL nor token nor body.
func TestPrivateThingsDoNotPrint(t *testing.T) {
	var out strings.Builder
	logger := slog.New(slog.NewTextHandler(&out, nil))
	ticket := highhelp.Ticket{PaymentID: "1", URL: "https://pay.example/SECRET", StatusToken: "SECRET", Raw: []byte("SECRET")}
	event := highhelp.Event{PaymentID: "1", Raw: []byte("SECRET")}
	delivery := highhelp.Delivery{PaymentID: "1", Raw: []byte("SECRET")}
	payment := highhelp.Payment{Attempts: []highhelp.Attempt{{Ticket: ticket}}}
	for _, v := range []any{ticket, &ticket, event, &event, delivery, &delivery, payment, &payment, []highhelp.Ticket{ticket}, highhelp.Anomaly{Event: event}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
		logger.Info("x", "v", v)
	}
	require.NotContains(t, out.String(), "SECRET")
	require.NotContains(t, out.String(), fmt.Sprintf("%x", "SECRET"))
	require.NotContains(t, out.String(), fmt.Sprint([]byte("SECRET"))[1:10])
	require.Contains(t, out.String(), `ticket of payment "1"`)
}

// Nothing secret reaches a log, an error or an answer, whatever happens.
func TestNothingSecretIsLogged(t *testing.T) {
	s := newShop(t)
	s.sells("1")
	s.Gateway.on("create", func(call gatewayCall) answer {
		a := s.Gateway.created(call)
		a.body = strings.Replace(a.body, `{`, `{"card":"`+canary+`",`, 1)
		return a
	})
	_, body := s.click("1")
	require.NotContains(t, body, canary)
	signature := ""
	for _, c := range []callback{
		{project: project, payment: "1", status: "processing", sub: "paid", description: canary, extra: map[string]any{"card": canary}},
		{project: project, payment: "2", status: "processing", extra: map[string]any{"card": canary}},
		{project: "other", payment: "1", status: "processing", extra: map[string]any{"card": canary}},
		{project: project, payment: "1", status: canary + "-"},
		{project: project, payment: "1", status: "success", amount: 1, currency: "RUB", description: canary},
	} {
		h, err := testKeys().callback.Sign(c.body(), s.Clock.Now())
		require.NoError(t, err)
		signature = h.Get("x-access-signature")
		resp := s.deliverRaw("info", c.body(), testKeys().callback, nil)
		require.NotContains(t, readAll(t, resp), canary)
		resp = s.deliverRaw("info", c.body(), testKeys().foreign, nil)
		require.Equal(t, 401, resp.StatusCode)
		require.NotContains(t, readAll(t, resp), canary)
	}
	s.setFail(errors.New("hook"))
	require.Equal(t, 500, s.deliver("success", success("1")))
	for _, d := range s.journal() {
		require.NotContains(t, d.Error, canary)
	}
	log := s.Log.String()
	require.NotContains(t, log, canary)
	require.NotContains(t, log, signature[:16])
	require.NotContains(t, log, s.payment("1").Newest().Ticket.StatusToken)
	require.NotContains(t, log, "/page/")
	require.Equal(t, `checkout of project "`+project+`"`, fmt.Sprintf("%+v", s.Checkout), "while it serves")
}

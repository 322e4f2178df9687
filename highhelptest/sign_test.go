package highhelptest_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/highhelptest"
	"github.com/stretchr/testify/require"
)

func event(orderID, main, sub string) highhelp.Event {
	return highhelp.Event{Key: highhelp.Key{OrderID: orderID}, Status: highhelp.Status{Main: main, Sub: sub}, Amount: roubles}
}

// What Sign makes is what a Checkout takes for a callback of the gateway.
func TestSign(t *testing.T) {
	s := highhelptest.New(t)
	signedAt := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	var seen []highhelp.Event
	see := func(_ context.Context, e highhelp.Event) error {
		seen = append(seen, e)
		return nil
	}
	checkout, shop := newCheckout(t, s, func(c *highhelp.Config) { c.OnPaid, c.OnDeclined, c.OnProgress = see, see, see })
	for _, id := range []string{"1", "2"} {
		_, err := checkout.CreateTicket(t.Context(), highhelp.Order{ID: id, Amount: roubles})
		require.NoError(t, err)
	}
	progress := event("1", "processing", "paid")
	progress.SignedAt, progress.RequestID = signedAt, "r-1"
	progress.Status.Description = "on its way"
	raw := event("1", "success", "")
	raw.Raw = []byte(`{"project_id":"` + highhelptest.ProjectID + `","general":{"payment_id":"2"},"status":{"status":"decline"}}`)
	misrouted := event("1", "success", "")
	misrouted.Route = "info"
	elsewhere := event("1", "success", "")
	elsewhere.ProjectID = "another"
	for _, c := range []struct {
		event  highhelp.Event
		path   string
		status int
		sees   string
	}{
		{progress, "/callbacks/info", 200, "processing:paid"},
		{misrouted, "/callbacks/info", 200, "success"},
		{event("1", "success", ""), "/callbacks/success", 200, ""},
		{raw, "/callbacks/success", 200, "decline"},
		{event("3", "decline", ""), "/callbacks/decline", 404, ""},
		{elsewhere, "/callbacks/success", 403, ""},
	} {
		seen = nil
		req := highhelptest.Sign(t, c.event)
		require.Equal(t, c.path, req.URL.Path)
		answer := httptest.NewRecorder()
		shop.Config.Handler.ServeHTTP(answer, req)
		require.Equal(t, c.status, answer.Code, c.event)
		if c.sees == "" {
			require.Empty(t, seen)
			continue
		}
		require.Len(t, seen, 1)
		require.Equal(t, c.sees, seen[0].Status.String())
		if c.sees == "processing:paid" {
			require.Equal(t, signedAt, seen[0].SignedAt)
			require.Equal(t, "r-1", seen[0].RequestID)
			require.Equal(t, "on its way", seen[0].Status.Description)
			require.Equal(t, roubles, seen[0].Amount)
		}
	}
}

func TestPost(t *testing.T) {
	s := highhelptest.New(t)
	checkout, shop := newCheckout(t, s)
	_, err := checkout.CreateTicket(t.Context(), highhelp.Order{ID: "1", Amount: roubles})
	require.NoError(t, err)
	resp := highhelptest.Post(t, shop.URL+"/pay", event("1", "success", ""))
	require.Equal(t, http.StatusOK, resp.StatusCode)
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.Equal(t, "OK", string(body))
	require.Equal(t, 1, s.Shipped("1"))
	require.Equal(t, http.StatusNotFound, highhelptest.Post(t, shop.URL+"/pay/", event("2", "success", "")).StatusCode)

	unstated := event("1", "success", "")
	unstated.Amount = highhelp.Money{}
	body, err = io.ReadAll(highhelptest.Sign(t, unstated).Body)
	require.NoError(t, err)
	require.NotContains(t, string(body), "amount")
}

func TestSignFails(t *testing.T) {
	broken := event("1", "success", "")
	broken.Raw = []byte("{")
	require.Contains(t, during(t, func(t testing.TB) { highhelptest.Sign(t, broken) })[0], "highhelptest: sign: signer: byte 1")
	early := event("1", "success", "")
	early.SignedAt = time.Unix(1, 0)
	require.Contains(t, during(t, func(t testing.TB) { highhelptest.Sign(t, early) })[0], "ten digits")
	require.Contains(t, during(t, func(t testing.TB) { highhelptest.Post(t, "http://127.0.0.1:1", event("1", "success", "")) })[0], "highhelptest: post: ")
}

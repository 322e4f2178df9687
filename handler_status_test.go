package highhelp_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"testing"

	"github.com/go-highhelp/highhelp"
	"github.com/stretchr/testify/require"
)

func TestStatusHandler(t *testing.T) {
	s := newShop(t)
	ticket := s.ticket("1")
	s.ticket("2")
	get := func(method, url string) (int, string) {
		req, err := http.NewRequest(method, url, nil)
		require.NoError(t, err)
		resp, err := s.Client().Do(req)
		require.NoError(t, err)
		defer resp.Body.Close()
		require.Equal(t, "no-store", resp.Header.Get("Cache-Control"))
		return resp.StatusCode, readAll(t, resp)
	}
	statusURL := s.URL + s.Checkout.StatusURL(s.payment("1"))
	code, body := get("GET", statusURL)
	require.Equal(t, 200, code)
	require.JSONEq(t, `{"status":"pending","expires_at":"2026-11-23T12:10:00Z"}`, body)
	_, answer := s.click("1")
	var got struct {
		StatusURL string `json:"status_url"`
	}
	require.NoError(t, json.Unmarshal([]byte(answer), &got))
	require.Equal(t, statusURL, s.URL+"/pay/"+got.StatusURL, "relative to the URL of the ticket")

	code, body = get("HEAD", statusURL)
	require.Equal(t, 200, code)
	require.Empty(t, body)
	code, _ = get("POST", statusURL)
	require.Equal(t, 405, code)

	wrong := []string{
		"/pay/status", "/pay/status?payment=1", "/pay/status?payment=1&token=", "/pay/status?payment=1&token=" + ticket.StatusToken + "x",
		"/pay/status?payment=2&token=" + ticket.StatusToken, "/pay/status?payment=3&token=" + ticket.StatusToken, "/pay/status?payment=1~2&token=" + ticket.StatusToken,
		"/pay/status?payment=1~x&token=" + ticket.StatusToken,
	}
	for _, url := range wrong {
		code, body := get("GET", s.URL+url)
		require.Equal(t, 404, code, url)
		require.JSONEq(t, `{"error":{"code":"not_found"}}`, body, "all wrong ones look alike")
	}
	require.Equal(t, 200, s.deliver("decline", with("1", "decline", "")))
	_, body = get("GET", statusURL)
	require.Contains(t, body, "declined")
	s.ticket("1")
	_, body = get("GET", statusURL)
	require.Contains(t, body, "pending", "the token of an old attempt tells of the order")
	require.Equal(t, 200, s.deliver("success", success("1~2")))
	_, body = get("GET", statusURL)
	require.Contains(t, body, "paid")
}

// A tombstone has no token left; no token must open it.
func TestStatusOfATombstone(t *testing.T) {
	s := newShop(t)
	require.NoError(t, s.Store.Insert(t.Context(), highhelp.Payment{
		Key:      highhelp.Key{ProjectID: project, OrderID: "1"},
		Attempts: []highhelp.Attempt{{N: 1, PaymentID: "1", Status: highhelp.Status{Main: "success"}}},
	}))
	resp, err := s.Client().Get(s.URL + "/pay/status?payment=1&token=")
	require.NoError(t, err)
	resp.Body.Close()
	require.Equal(t, 404, resp.StatusCode)
}

func TestStatusStoreFails(t *testing.T) {
	f := &faults{}
	s := newShop(t, func(c *highhelp.Config) { f.MemStore = c.Store.(*highhelp.MemStore); c.Store = f })
	s.ticket("1")
	url := s.Checkout.StatusURL(s.payment("1"))
	f.payment = errors.New("down")
	resp, err := s.Client().Get(s.URL + url)
	require.NoError(t, err)
	resp.Body.Close()
	require.Equal(t, 503, resp.StatusCode)
	require.NotEmpty(t, resp.Header.Get("Retry-After"))
}

func TestPaymentState(t *testing.T) {
	require.Equal(t, "new", highhelp.Payment{}.State())
	require.Zero(t, highhelp.Payment{}.Newest())
	require.Equal(t, "review", highhelp.Payment{Held: "x"}.State())
}

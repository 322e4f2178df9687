package highhelp_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/go-highhelp/highhelp"
	"github.com/stretchr/testify/require"
)

// Handler finds its routes wherever and however it is mounted.
func TestHandlerRoutes(t *testing.T) {
	s := newShop(t)
	s.sells("1")
	h := s.Checkout.Handler(s.order)
	mux := http.NewServeMux()
	mux.Handle("/", h)
	mux.Handle("/shop/pay/", h)
	mux.Handle("/stripped/", http.StripPrefix("/stripped", h))
	mux.Handle("/bare/", http.StripPrefix("/bare/", h))
	server := newServer(t, mux)
	for _, mount := range []string{"", "/shop/pay", "/stripped", "/bare"} {
		for _, c := range []struct {
			method, path string
			status       int
		}{
			{"POST", "/tickets", 200}, {"GET", "/tickets", 405},
			{"POST", "/callbacks/info", 401}, {"POST", "/callbacks/success", 401}, {"POST", "/callbacks/decline", 401},
			{"GET", "/callbacks/info", 405}, {"GET", "/status", 404}, {"POST", "/status", 405},
			{"GET", "/widget/x.js", 404}, {"POST", "/widget/x.js", 405}, {"GET", "/widget/", 404}, {"GET", "/", 404},
			{"POST", "/info", 404}, {"POST", "/callbacks/other", 404}, {"POST", "/callbacks", 404}, {"POST", "/tickets/", 404},
		} {
			req, err := http.NewRequest(c.method, server.URL+mount+c.path, strings.NewReader(`{"order_id":"1"}`))
			require.NoError(t, err)
			req.Header.Set("Content-Type", "application/json")
			resp, err := http.DefaultClient.Do(req)
			require.NoError(t, err)
			resp.Body.Close()
			require.Equal(t, c.status, resp.StatusCode, "%s %s%s", c.method, mount, c.path)
		}
	}
}

// The three handlers can be mounted one by one, at any path.
func TestHandlersAlone(t *testing.T) {
	mux := http.NewServeMux()
	server := newServer(t, mux)
	s := newShop(t, func(c *highhelp.Config) {
		c.CallbackURLs = highhelp.CallbackURLs{Info: server.URL + "/a", Success: server.URL + "/b", Decline: server.URL + "/c"}
	})
	mux.Handle("POST /a", s.Checkout.InfoHandler())
	mux.Handle("POST /b", s.Checkout.SuccessHandler())
	mux.Handle("POST /c", s.Checkout.DeclineHandler())
	s.ticket("1")
	general := s.Gateway.last().Body["general"].(map[string]any)
	for _, c := range []struct {
		url string
		c   callback
	}{
		{"merchant_callback_url", with("1", "processing", "paid")},
		{"merchant_success_callback_url", success("1")},
	} {
		body := c.c.body()
		h, err := testKeys().callback.Sign(body, s.Clock.Now())
		require.NoError(t, err)
		req, err := http.NewRequest(http.MethodPost, general[c.url].(string), strings.NewReader(string(body)))
		require.NoError(t, err)
		req.Header = h
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		resp.Body.Close()
		require.Equal(t, 200, resp.StatusCode)
	}
	require.Equal(t, 1, s.shipped("1"))
	require.Empty(t, s.kinds())
}

package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// start runs the shop with the sandbox that it brings along.
func start(t *testing.T) (shop string) {
	t.Helper()
	env := map[string]string{"SHOP_ADDR": "127.0.0.1:0"}
	ctx, stop := context.WithCancel(context.Background())
	ready, ended := make(chan string, 1), make(chan error, 1)
	go func() {
		ended <- run(ctx, func(name string) string { return env[name] }, func(url string) { ready <- url })
	}()
	t.Cleanup(func() {
		stop()
		require.NoError(t, <-ended, "it ends cleanly")
	})
	return <-ready
}

func ask(t *testing.T, method, target, body string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.Less(t, resp.StatusCode, 400, "%s %s: %s", method, target, text)
	return resp, string(text)
}

func look(t *testing.T, target string) (o order) {
	t.Helper()
	_, text := ask(t, "GET", target, "")
	require.NoError(t, json.Unmarshal([]byte(text), &o))
	return o
}

// What the page does is tested in a browser, in e2e; here the server is asked
// what the page asks.
func TestPay(t *testing.T) {
	shop := start(t)
	_, text := ask(t, "POST", shop+"/api/orders", "")
	var o order
	require.NoError(t, json.Unmarshal([]byte(text), &o))
	api := shop + "/api/orders/" + o.ID
	require.Equal(t, order{ID: o.ID, Amount: "100.00 RUB"}, look(t, api))

	_, text = ask(t, "POST", shop+"/pay/tickets", `{"order_id":"`+o.ID+`"}`)
	var ticket struct{ URL string }
	require.NoError(t, json.Unmarshal([]byte(text), &ticket))
	_, text = ask(t, "GET", shop+look(t, api).StatusURL, "")
	require.Contains(t, text, `"pending"`)
	resp, err := http.PostForm(ticket.URL, url.Values{"action": {"pay"}})
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, "/orders/"+o.ID, resp.Request.URL.Path, "the payer is sent back")
	require.Eventually(t, func() bool { return look(t, api).Paid }, 20*time.Second, 10*time.Millisecond)
	require.Empty(t, look(t, api).StatusURL)
}

// All that the page loads is there, and nothing else may be loaded.
func TestPage(t *testing.T) {
	shop := start(t)
	for _, path := range []string{"/", "/orders/1"} {
		resp, page := ask(t, "GET", shop+path, "")
		require.Contains(t, page, `<script type="module" src="/app.js">`)
		require.Contains(t, resp.Header.Get("Content-Security-Policy"), "default-src 'none'")
	}
	_, app := ask(t, "GET", shop+"/app.js", "")
	module := regexp.MustCompile(`from "(.*)"`).FindStringSubmatch(app)
	require.NotNil(t, module)
	_, text := ask(t, "GET", shop+module[1], "")
	require.Contains(t, text, "export")
}

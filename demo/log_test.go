package main

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/go-highhelp/highhelp"
	"github.com/stretchr/testify/require"
)

// The log shows what came of an order, whatever the payments are kept in.
func TestLog(t *testing.T) {
	for name, open := range map[string]func(*testing.T) string{
		"default": func(*testing.T) string { return "" }, "memory": func(*testing.T) string { return "memory:" },
		"PostgreSQL": postgres, "MariaDB": mariadb, "Redis": redisURL,
	} {
		t.Run(name, func(t *testing.T) {
			shop := start(t, map[string]string{"HIGHHELP_STORE": open(t)})
			paid, declined := newOrder(t, shop), newOrder(t, shop)
			for id, action := range map[string]string{paid: "pay", declined: "refuse"} {
				_, page, _ := ticket(t, shop, id)
				act(t, page, action)
			}
			await(t, shop, paid, "paid")
			await(t, shop, declined, "declined")

			status, body, _ := request(t, "GET", shop+"/log/", nil, nil)
			require.Equal(t, 200, status)
			for _, text := range []string{paid, declined, `<td data-label="status" class="status">success</td>`, ">decline"} {
				require.Contains(t, body, text)
			}
			_, body, _ = request(t, "GET", shop+"/log/?id="+paid+"&outcome=applied&route=success", nil, nil)
			require.Contains(t, body, paid)
			require.NotContains(t, body, declined)
			_, body, _ = request(t, "GET", shop+"/log/?order="+paid, nil, nil)
			require.Contains(t, body, `<span class="badge paid">paid</span>`)
			require.Contains(t, body, "attempt 1 opened")
		})
	}
}

// Nobody but this machine sees the log, or a link to it.
func TestLogIsForThisMachine(t *testing.T) {
	shop, stranger := serveShop(t, "127.0.0.1:9"), serveShop(t, "192.0.2.1:9")
	for name, c := range map[string]struct {
		shop, host string
		header     map[string]string
		want       int
	}{
		"this machine":       {shop, "", nil, 200},
		"by name":            {shop, "localhost:8080", nil, 200},
		"by name, no port":   {shop, "localhost", nil, 200},
		"IPv6":               {shop, "[::1]:8080", nil, 200},
		"DNS rebinding":      {shop, "rebound.example:8080", nil, 403},
		"a name like ours":   {shop, "localhost.example", nil, 403},
		"an address":         {shop, "192.0.2.1", nil, 403},
		"through a tunnel":   {shop, "localhost:8080", map[string]string{"X-Forwarded-For": "192.0.2.1"}, 403},
		"through a proxy":    {shop, "", map[string]string{"Via": "1.1 proxy"}, 403},
		"another machine":    {stranger, "", nil, 403},
		"which says it's us": {stranger, "localhost:8080", nil, 403},
	} {
		t.Run(name, func(t *testing.T) {
			for _, method := range []string{"GET", "POST"} {
				status, body := askHost(t, method, c.shop+"/log/", c.host, c.header)
				want := c.want
				if method == "POST" && want == 200 {
					want = 415 // there is no form in it
				}
				require.Equal(t, want, status)
				require.Equal(t, want == 403, !strings.Contains(body, "Deliveries"), body)
			}
			_, body := askHost(t, "GET", c.shop+"/", c.host, c.header)
			require.Equal(t, c.want == 200, strings.Contains(body, `<a href="/log/">Log of payments</a>`))
		})
	}
}

// askHost asks for a page under some name of its host.
func askHost(t *testing.T, method, url, host string, header map[string]string) (status int, body string) {
	t.Helper()
	req, err := http.NewRequest(method, url, nil)
	require.NoError(t, err)
	req.Host = host
	for name, value := range header {
		req.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(text)
}

// serveShop serves a shop whose clients all have one address.
func serveShop(t *testing.T, peer string) string {
	t.Helper()
	address, err := net.ResolveTCPAddr("tcp", peer)
	require.NoError(t, err)
	server := httptest.NewUnstartedServer(nil)
	server.Listener = peerListener{server.Listener, address}
	cfg, err := readConfig(anyPort, server.Listener.Addr())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(cfg.data)) })
	cfg.store = "memory:"
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	logger := slog.New(slog.DiscardHandler)
	gateway, err := startSandbox(ctx, &running, &cfg, logger)
	require.NoError(t, err)
	t.Cleanup(func() {
		cancel()
		gateway.Close()
		running.Wait()
	})
	s, err := newShop(cfg, &storage{orders: &memoryOrders{}, payments: new(highhelp.MemStore)}, logger)
	require.NoError(t, err)
	server.Config.Handler = s.handler
	server.Start()
	t.Cleanup(server.Close)
	return server.URL
}

// A peerListener says that all who connect come from one address.
type peerListener struct {
	net.Listener
	peer net.Addr
}

func (l peerListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	return peerConn{conn, l.peer}, err
}

type peerConn struct {
	net.Conn
	peer net.Addr
}

func (c peerConn) RemoteAddr() net.Addr { return c.peer }

package otelhighhelp_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/signer"
	"github.com/stretchr/testify/require"
)

// Errors of the network are told apart as the system makes them.
func TestKindsOfErrors(t *testing.T) {
	at := newStation(t)
	hooks := at.hooks(t)("https://gateway.example")
	closed := httptest.NewServer(nil)
	closed.Close()
	get := func(url string, timeout time.Duration) error {
		client := http.Client{Timeout: timeout}
		resp, err := client.Get(url)
		if err == nil {
			resp.Body.Close()
		}
		return err
	}
	secure := httptest.NewTLSServer(nil)
	secure.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	t.Cleanup(secure.Close)
	release := make(chan struct{})
	slow := serve(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	t.Cleanup(func() { close(release) })
	hangsUp := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			_ = conn.(*net.TCPConn).SetLinger(0) // a reset instead of an end
			conn.Close()
		}
	}))
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	_, syntax := signer.Parse([]byte("{"))
	for _, c := range []struct {
		err    error
		status int
		want   string
	}{
		{get(closed.URL, time.Minute), 0, "connection_refused"},
		{get(hangsUp, time.Minute), 0, "connection_reset"},
		{get(secure.URL, time.Minute), 0, "certificate"},
		{get(slow, time.Millisecond), 0, "timeout"},
		{&net.DNSError{Err: "no such host", Name: "gateway.example"}, 0, "dns"},
		{canceled.Err(), 0, "canceled"},
		{fmt.Errorf("a: %w", context.DeadlineExceeded), 0, "timeout"},
		{&highhelp.APIError{Err: context.DeadlineExceeded}, 0, "gateway"},
		{fmt.Errorf("%w: %w", highhelp.ErrInfoUnavailable, &highhelp.APIError{}), 503, "info_unavailable"},
		{highhelp.ErrBusy, 503, "busy"},
		{highhelp.ErrLost, 503, "lost"},
		{highhelp.ErrNested, 0, "nested"},
		{highhelp.ErrExists, 0, "exists"},
		{highhelp.ErrUnverified, 0, "unverified"},
		{highhelp.ErrNotFound, 404, "not_found"},
		{signer.ErrSignature, 401, "signature"},
		{signer.ErrAmbiguous, 400, "ambiguous"},
		{syntax, 400, "syntax"},
		{new(signer.FieldError), 400, "field"},
		{highhelp.ErrBusy, 500, "500"}, // a hook has returned it
		{errBroken, 418, "418"},
		{errBroken, 200, "_OTHER"},
		{errBroken, 0, "_OTHER"},
		{errors.Join(errBroken, highhelp.ErrLost), 0, "lost"},
		{nil, 200, ""},
	} {
		at.spans()
		_, end := hooks.Start(t.Context(), "gateway", slog.String("call", "create"))
		end(c.err, slog.Int("http_status", c.status))
		kind, _ := attributes(at.spans()["highhelp.gateway.create"])["error.type"].(string)
		require.Equal(t, c.want, kind, "%v", c.err)
	}
}

package highhelptest

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
)

// Waiting ends when the last request has been answered, or with its ctx.
func TestTraffic(t *testing.T) {
	busy := newTraffic()
	busy.wait(t.Context()) // for nothing
	entered, leave := make(chan struct{}), make(chan struct{})
	handler := busy.count(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		entered <- struct{}{}
		<-leave
	}))
	for range 2 {
		go handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
		<-entered
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	busy.wait(ended)
	require.Equal(t, 2, busy.n)
	close(leave)
	busy.wait(t.Context())
	require.Zero(t, busy.n)
}

// The panics that are meant are not logged; others are.
func TestQuiet(t *testing.T) {
	n, err := quiet{}.Write([]byte("http: panic serving: " + errShip.Error()))
	require.NoError(t, err)
	require.Positive(t, n)
}

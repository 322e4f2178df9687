package highhelptest

import (
	"bytes"
	"context"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
)

// traffic knows how many requests an application is answering.
type traffic struct {
	mu   sync.Mutex
	n    int
	idle chan struct{} // closed while there are none
}

func newTraffic() *traffic {
	t := &traffic{idle: make(chan struct{})}
	close(t.idle)
	return t
}

func (t *traffic) count(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t.add(1)
		defer t.add(-1)
		next.ServeHTTP(w, r)
	})
}

func (t *traffic) add(n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.n == 0 {
		t.idle = make(chan struct{})
	}
	if t.n += n; t.n == 0 {
		close(t.idle)
	}
}

// wait returns once no request is being answered: a gateway that hangs up does
// not wait for that.
func (t *traffic) wait(ctx context.Context) {
	t.mu.Lock()
	idle := t.idle
	t.mu.Unlock()
	select {
	case <-idle:
	case <-ctx.Done():
	}
}

// quiet is the error log of an application's server, without the panics that
// are meant.
type quiet struct{}

func (quiet) Write(line []byte) (int, error) {
	if bytes.Contains(line, []byte(errShip.Error())) {
		return len(line), nil
	}
	return log.Writer().Write(line)
}

// homeward leads every request to where the application is served: its URLs
// may name hosts of production.
type homeward struct{ s *Sandbox }

func (h *homeward) RoundTrip(r *http.Request) (*http.Response, error) {
	target, err := url.Parse(h.s.ShopURL)
	if err != nil {
		return nil, err
	}
	r = r.Clone(r.Context())
	r.Host = r.URL.Host // what an application sees as its name stays
	r.URL.Scheme, r.URL.Host = target.Scheme, target.Host
	return http.DefaultTransport.RoundTrip(r)
}

// A lossy gateway can lose the answer to a create request.
type lossy struct {
	gateway http.Handler

	mu   sync.Mutex
	next bool // lose the next one
}

func (l *lossy) loseNext() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.next = true
}

func (l *lossy) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.next = false
}

// lose reports whether the answer to r is to be lost.
func (l *lossy) lose(r *http.Request) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	lose := l.next && strings.HasSuffix(r.URL.Path, "/widget/payin")
	l.next = l.next && !lose
	return lose
}

// ServeHTTP lets the gateway answer. It panics with [http.ErrAbortHandler], by
// which a server cuts the connection, if the answer is to be lost.
func (l *lossy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !l.lose(r) {
		l.gateway.ServeHTTP(w, r)
		return
	}
	l.gateway.ServeHTTP(httptest.NewRecorder(), r)
	panic(http.ErrAbortHandler)
}

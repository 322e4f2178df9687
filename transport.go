package highhelp

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"
)

// newTransport returns a transport with bounds on all that can hang.
func newTransport() *http.Transport {
	t, ok := http.DefaultTransport.(*http.Transport)
	if !ok { // someone has replaced it
		return &http.Transport{Proxy: http.ProxyFromEnvironment}
	}
	t = t.Clone()
	t.TLSHandshakeTimeout = 5 * time.Second
	t.MaxResponseHeaderBytes = 64 << 10
	t.MaxIdleConnsPerHost = 16
	return t
}

var sharedTransport = sync.OnceValue(newTransport)

// http returns the client to send with. It never follows a redirect: that
// would carry the signed request to another place.
func (c *Client) http() *http.Client {
	h := http.Client{Transport: sharedTransport()}
	if c.HTTPClient != nil {
		h = *c.HTTPClient
	}
	h.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &h
}

func (c *Client) now() time.Time {
	if c.Now != nil {
		return c.Now()
	}
	return time.Now()
}

// withoutURL drops the method and URL that net/http wraps round an error: they
// are known, and a log line need not repeat them.
func withoutURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// retryAfter returns what the gateway asks for in seconds or as a date (RFC
// 9110, section 10.2.3), or 0.
func (c *call) retryAfter() time.Duration {
	value := c.header.Get("Retry-After")
	if seconds, err := strconv.Atoi(value); err == nil && seconds > 0 {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(0, at.Sub(c.client.now()))
	}
	return 0
}

// jitter spreads repeated tries over all of a growing span.
func jitter(try int) time.Duration {
	return rand.N(200 * time.Millisecond << try)
}

// sleep waits, unless ctx would end first or ends meanwhile.
func sleep(ctx context.Context, d time.Duration) bool {
	if end, ok := ctx.Deadline(); ok && time.Until(end) < d {
		return false
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

package highhelp

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"syscall"
	"time"
)

const (
	maxAnswer  = 1 << 20 // bytes of an answer that are read
	maxTries   = 3
	tryTimeout = 5 * time.Second // of a call that may be repeated
)

// A call is one request to the gateway, over all its tries.
type call struct {
	client    *Client
	name      string
	path      string
	body      []byte
	paymentID string
	own       string // the shop's redirect URL: an answer may repeat it, but it is no payment page
	repeat    bool   // repeating does no harm
	tries     int    // at most

	status  int
	header  http.Header
	answer  map[string]any
	started time.Time
}

func (c *Client) newCall(name, path string, body []byte) *call {
	return &call{client: c, name: name, path: path, body: body, tries: maxTries}
}

// payment makes a call whose answer is about one payment.
func (c *call) payment(ctx context.Context) (reply, error) {
	raw, err := c.do(ctx)
	if err != nil {
		return reply{}, err
	}
	r, stated := parseReply(c.answer, c.own)
	e := &r.event
	switch {
	case e.Status.Main == "":
		return reply{}, errors.New("the answer has no status")
	case stated != "" && stated != c.paymentID:
		return reply{}, errors.New("the answer is about another payment")
	}
	if project := text(c.answer, "project_id", "general.project_id"); project != "" && project != c.client.ProjectID {
		return reply{}, errors.New("the answer is about another project")
	}
	e.ProjectID, e.PaymentID, e.Route, e.Raw, e.ReceivedAt = c.client.ProjectID, c.paymentID, routePoll, raw, c.client.now()
	e.OrderID, _ = orderOf(c.paymentID)
	e.SignedAt, _ = http.ParseTime(c.header.Get("Date"))
	r.event = e.verified(sha256.Sum256(raw), arrival{begun: time.Now()})
	return r, nil
}

// do sends the request, again where that is safe and may help, and returns the
// body of a 2xx answer that is a JSON object.
func (c *call) do(ctx context.Context) (raw []byte, err error) {
	c.started = c.client.now()
	try := 1
	ctx, end := c.client.Hooks.start(ctx, "gateway", "call", c.name)
	defer func() { end(err, slog.Int("http_status", c.status), slog.Int("tries", try)) }()
	for ; ; try++ {
		raw, err = c.once(ctx)
		c.log(ctx, try, err)
		wait, again := c.pause(try, err)
		if !again || ctx.Err() != nil {
			return raw, err
		}
		if !sleep(ctx, wait) {
			return raw, err
		}
	}
}

// once signs and sends the request anew: a signature is as old as its
// timestamp.
func (c *call) once(ctx context.Context) ([]byte, error) {
	c.status, c.header, c.answer = 0, nil, nil
	if c.repeat {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, tryTimeout)
		defer cancel()
	}
	req, err := c.request(ctx)
	if err != nil {
		return nil, &unsentError{err}
	}
	resp, err := c.client.http().Do(req)
	if err != nil {
		return nil, withoutURL(err)
	}
	defer resp.Body.Close()
	c.status, c.header = resp.StatusCode, resp.Header
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return nil, fmt.Errorf("reading the answer: %w", err)
	}
	return raw, c.read(raw)
}

func (c *call) request(ctx context.Context) (*http.Request, error) {
	if c.client.Signer == nil {
		return nil, errors.New("there is no Signer")
	}
	header, err := c.client.Signer.Sign(c.body, c.client.now())
	if err != nil {
		return nil, err
	}
	target := strings.TrimSuffix(c.client.BaseURL, "/") + c.path
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(c.body))
	if err != nil {
		return nil, errors.New("BaseURL is not a URL")
	}
	req.GetBody = nil // so that no transport sends the body twice
	for name, values := range header {
		req.Header[name] = values
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("X-Access-Merchant-Id", c.client.ProjectID)
	return req, nil
}

// read judges an answer by its HTTP status and by its body's.
func (c *call) read(raw []byte) error {
	if len(raw) > maxAnswer {
		return errors.New("the answer is over 1 MiB")
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	err := decoder.Decode(&c.answer)
	if err != nil {
		c.answer = nil
	}
	switch {
	case c.status >= 300 && c.status < 400:
		return errors.New("a redirect, which is not followed")
	case c.status < 200 || c.status > 299:
		return errors.New("the gateway refuses or fails")
	case err != nil || c.answer == nil:
		return errors.New("the answer is not a JSON object")
	}
	return nil
}

// An unsentError is a mistake on this side, found before anything was sent.
type unsentError struct{ err error }

func (e *unsentError) Error() string { return e.err.Error() }
func (e *unsentError) Unwrap() error { return e.err }

// pause says whether to try again after err, and when.
func (c *call) pause(try int, err error) (time.Duration, bool) {
	unheard := errors.Is(err, syscall.ECONNREFUSED)
	passing := c.status == 0 || c.status >= 500 || c.status == http.StatusTooManyRequests
	if err == nil || try == c.tries || a[*unsentError](err) || !unheard && !(c.repeat && passing) {
		return 0, false
	}
	if asked := c.retryAfter(); asked > 0 {
		return asked, true
	}
	return jitter(try), true
}

// failed makes the error of the call.
func (c *call) failed(err error) error {
	e := &APIError{Call: c.name, HTTPStatus: c.status, RetryAfter: c.retryAfter(), Err: err}
	if c.answer != nil {
		s := parseStatus(c.answer)
		e.Status, e.SubStatus, e.Description = s.Main, s.Sub, s.Description
	}
	return e
}

func (c *call) log(ctx context.Context, try int, err error) {
	attrs := []slog.Attr{
		slog.String("call", c.name), slog.Int("try", try), slog.Int("http_status", c.status),
		slog.Duration("duration", c.client.now().Sub(c.started)),
	}
	if c.paymentID != "" {
		attrs = append(attrs, slog.String("payment_id", c.paymentID))
	}
	level := slog.LevelInfo
	if c.answer != nil {
		s := parseStatus(c.answer)
		attrs = append(attrs, slog.String("status", s.String()))
		if err != nil && s.Description != "" {
			attrs = append(attrs, slog.String("description", truncate(s.Description, 200)))
		}
	}
	if err != nil {
		level = slog.LevelWarn
		attrs = append(attrs, slog.String("error", err.Error()))
	}
	or(c.client.Logger, slog.Default()).LogAttrs(ctx, level, "highhelp: gateway call", attrs...)
}

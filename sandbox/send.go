package sandbox

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"time"
)

// What came of a try that never was meant to get an answer, as Delivery.Err.
var (
	// ErrDropped means that FaultDrop lost the callback on the way.
	ErrDropped = errors.New("sandbox: lost on the way")
	// ErrCutOff means that FaultCutOff broke the connection in the body.
	ErrCutOff = errors.New("sandbox: cut off in the middle of the body")
	// ErrHungUp means that FaultHangUp did not wait for the answer.
	ErrHungUp = errors.New("sandbox: hung up before the answer")
)

// maxAnswer bounds what is read of a shop's answer to a callback.
const maxAnswer = 64 << 10

// hangUpAfter is how long FaultHangUp stays on the line: net/http says that a
// request is written shortly before it has flushed it.
const hangUpAfter = 20 * time.Millisecond

// send sends l and writes into d what was sent and what came of it.
func (g *Gateway) send(ctx context.Context, l *letter, d *Delivery) {
	d.URL = l.url
	d.RequestHeader, d.RequestBody, d.Cut = l.header, l.body, len(l.body) > maxLogged
	if d.Cut {
		d.RequestBody = bytes.Clone(l.body[:maxLogged])
	}
	if l.dropped {
		d.Err = ErrDropped
		return
	}
	ctx, cancel := context.WithTimeout(ctx, g.cfg.TryTimeout+l.slow)
	defer cancel()
	if l.hangUp {
		ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
			WroteRequest: func(httptrace.WroteRequestInfo) { time.AfterFunc(hangUpAfter, cancel) },
		})
	}
	d.Err = g.post(ctx, l, d)
	switch {
	case errors.Is(d.Err, ErrCutOff):
		d.Err = ErrCutOff
	case l.hangUp && (d.Err == nil || errors.Is(d.Err, context.Canceled)):
		d.HTTPStatus, d.AnswerHeader, d.AnswerBody, d.Err = 0, nil, nil, ErrHungUp
	}
}

// post makes the request and keeps the answer in d.
func (g *Gateway) post(ctx context.Context, l *letter, d *Delivery) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, l.url, l.reader(ctx))
	if err != nil {
		return withoutURL(err)
	}
	req.Header = l.header.Clone()
	if l.slow > 0 || l.cutOff {
		req.ContentLength = -1 // in chunks: net/http buffers what it knows the length of
	}
	resp, err := g.cfg.HTTPClient.Do(req)
	if err != nil {
		return withoutURL(err)
	}
	defer resp.Body.Close()
	d.HTTPStatus, d.AnswerHeader = resp.StatusCode, resp.Header
	// The code alone counts; reading on only spares a shop that is still
	// writing a broken connection.
	answer, _ := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	d.AnswerBody = answer[:min(len(answer), maxLogged)]
	return nil
}

// reader returns the body as it arrives.
func (l *letter) reader(ctx context.Context) io.Reader {
	if l.slow == 0 && !l.cutOff {
		return bytes.NewReader(l.body)
	}
	u := &unsteady{ctx: ctx, rest: l.body, total: len(l.body), end: io.EOF, began: time.Now(), takes: l.slow}
	if l.cutOff {
		u.rest, u.end = l.body[:len(l.body)/2], ErrCutOff
	}
	return u
}

// maxPieces bounds into how many pieces a slow body falls.
const maxPieces = 256

// An unsteady reader pauses before each piece, and may end in the middle.
type unsteady struct {
	ctx   context.Context
	rest  []byte
	sent  int
	total int
	end   error
	began time.Time
	takes time.Duration // for all
}

func (u *unsteady) Read(p []byte) (int, error) {
	if len(u.rest) == 0 {
		return 0, u.end
	}
	n := min(len(p), len(u.rest))
	if u.takes > 0 {
		n = min(n, u.total/maxPieces+1)
	}
	part := float64(u.sent+n) / float64(u.total)
	if err := sleep(u.ctx, time.Until(u.began.Add(time.Duration(part*float64(u.takes))))); err != nil {
		return 0, err
	}
	copy(p, u.rest[:n])
	u.rest, u.sent = u.rest[n:], u.sent+n
	return n, nil
}

func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/go-highhelp/highhelp/sandbox"
)

// A liveLog prints what happens at a sandbox, a line each.
type liveLog struct {
	c       *console
	mu      sync.Mutex
	gateway *sandbox.Gateway
	printed int // ID of the newest delivery
}

// follow begins with what happens from now on.
func (l *liveLog) follow(g *sandbox.Gateway) {
	l.gateway = g
	if past := g.Deliveries(); len(past) > 0 {
		l.printed = past[len(past)-1].ID
	}
}

// A happening is one line as JSON.
type happening struct {
	Event   string `json:"event"` // request, callback or problem
	Time    string `json:"time"`
	Text    string `json:"text,omitempty"`
	Method  string `json:"method,omitempty"`
	Path    string `json:"path,omitempty"`
	Payment string `json:"payment_id,omitempty"`
	*tryReport
	Code int `json:"http_status,omitempty"`
}

func (l *liveLog) print(h happening, line string) {
	h.Time = time.Now().UTC().Format(time.RFC3339)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.c.json {
		_ = l.c.writeLine(h) // a log that nobody reads any more is no reason to stop
		return
	}
	_ = l.c.write(time.Now().Format(time.TimeOnly) + "  " + line + "\n")
}

// logger returns the logger of the gateway. That something was delivered is
// told by what the gateway's own log has of it.
func (l *liveLog) logger() *slog.Logger { return slog.New(&liveHandler{l: l}) }

type liveHandler struct {
	l     *liveLog
	attrs []slog.Attr
}

func (h *liveHandler) Enabled(context.Context, slog.Level) bool { return true }
func (h *liveHandler) WithGroup(string) slog.Handler            { return h }
func (h *liveHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &liveHandler{h.l, append(append([]slog.Attr(nil), h.attrs...), attrs...)}
}

func (h *liveHandler) Handle(_ context.Context, r slog.Record) error {
	if r.Message == "sandbox: callback" {
		h.l.deliveries()
		return nil
	}
	text := strings.TrimPrefix(r.Message, "sandbox: ")
	add := func(a slog.Attr) bool {
		text += fmt.Sprintf(", %s %v", strings.ReplaceAll(a.Key, "_", " "), a.Value)
		return true
	}
	for _, a := range h.attrs {
		add(a)
	}
	r.Attrs(add)
	h.l.print(happening{Event: "problem", Text: text}, "!  "+text)
	return nil
}

// deliveries prints those that were not printed yet.
func (l *liveLog) deliveries() {
	l.mu.Lock()
	var news []sandbox.Delivery
	for _, d := range l.gateway.Deliveries() {
		if d.ID > l.printed {
			news, l.printed = append(news, d), d.ID
		}
	}
	l.mu.Unlock()
	for _, d := range news {
		r := &tryReport{
			ID: d.ID, Status: d.Status.String(), URL: d.URL, Try: d.Try, Faults: append([]sandbox.Fault{}, d.Faults...),
			Code: d.HTTPStatus, Error: reason(d.Err), Answer: firstLine(d.AnswerBody), OK: d.OK(),
		}
		l.print(happening{Event: "callback", Payment: d.PaymentID, tryReport: r, Code: d.HTTPStatus}, callbackLine(d, r))
	}
}

// callbackLine writes a delivery for people.
func callbackLine(d sandbox.Delivery, r *tryReport) string {
	answer := fmt.Sprintf("%d %s", d.HTTPStatus, http.StatusText(d.HTTPStatus))
	if r.Error != "" {
		answer = r.Error
	}
	line := fmt.Sprintf("-> %-32s %-28s %-24s %s", r.Status, pathOf(r.URL), d.PaymentID, answer)
	if d.Try > 1 {
		line += fmt.Sprintf(", try %d", d.Try)
	}
	for _, f := range d.Faults {
		line += ", " + f.String()
	}
	if d.ReplayOf > 0 {
		line += fmt.Sprintf(", replay of %d", d.ReplayOf)
	}
	if d.GaveUp && !d.OK() {
		line += ", given up"
	}
	if !d.OK() && r.Answer != "" {
		line += fmt.Sprintf(": %q", r.Answer)
	}
	return line
}

// watch serves next and prints the requests that are a shop's or a payer's.
func (l *liveLog) watch(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/api/") && !strings.HasPrefix(r.URL.Path, "/pay/") {
			next.ServeHTTP(w, r)
			return
		}
		// The token of a payment page is for its payer only.
		path := r.URL.Path
		if strings.HasPrefix(path, "/pay/") {
			path = "/pay/…"
		}
		seen := &statusRecorder{ResponseWriter: w, code: http.StatusOK}
		defer func() {
			answer := fmt.Sprintf("%d %s", seen.code, http.StatusText(seen.code))
			l.print(happening{Event: "request", Method: r.Method, Path: path, Code: seen.code}, fmt.Sprintf("<- %-32s %s", r.Method+" "+path, answer))
		}()
		next.ServeHTTP(seen, r)
	})
}

// A statusRecorder keeps the code of an answer.
type statusRecorder struct {
	http.ResponseWriter
	code int
}

func (s *statusRecorder) WriteHeader(code int) {
	s.code = code
	s.ResponseWriter.WriteHeader(code)
}

// Unwrap is for [http.ResponseController].
func (s *statusRecorder) Unwrap() http.ResponseWriter { return s.ResponseWriter }

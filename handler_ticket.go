package highhelp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// TicketHandler creates a ticket for the order that f finds, and answers JSON
//
//	{"payment_id": "…", "url": "…", "expires_at": "…", "status_url": "…", "request_id": "…", "widget": {…}}
//
// or, to a form post that prefers HTML, 303 to the payment page. status_url is
// relative to this URL; widget holds the fields of Config.WidgetFields.
//
// Errors are {"error": {"code": "…", "message": "…"}}: 404 no_order, 403
// forbidden or cross_origin, 409 order_paid, amount_changed, in_progress or
// needs_review, 502 gateway_error, 504 gateway_timeout, 503 busy or
// unavailable with Retry-After, 500 internal. Requests from other origins are
// refused, but for Config.TrustedOrigins; their CORS headers are the
// application's.
func (c *Checkout) TicketHandler(f OrderFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, end := c.cfg.Hooks.start(r.Context(), "ticket", "", "")
		answered, err := statusOf(errPanic), errPanic
		defer func() { end(err, slog.Int("http_status", answered.status), slog.String("code", answered.code)) }()
		answered, err = c.giveTicket(w, r.WithContext(ctx), f)
	})
}

func (c *Checkout) giveTicket(w http.ResponseWriter, r *http.Request, f OrderFunc) (answer, error) {
	var t Ticket
	r, err := c.readTicketRequest(w, r)
	if err == nil {
		t, err = c.ticketFor(r, f)
	}
	if err != nil {
		return c.refuseTicket(w, r, err), err
	}
	w.Header().Set("Cache-Control", "no-store")
	if prefersHTML(r) {
		http.Redirect(w, r, t.URL, http.StatusSeeOther)
		return answerOK, nil
	}
	writeJSON(w, http.StatusOK, c.ticketJSON(t))
	return answerOK, nil
}

// readTicketRequest returns r with a body that was read, and can be read again
// by the OrderFunc and by OrderID.
func (c *Checkout) readTicketRequest(w http.ResponseWriter, r *http.Request) (*http.Request, error) {
	if r.Method != http.MethodPost {
		return r, errMethod
	}
	if err := c.origin.Check(r); err != nil {
		return r, errCrossOrigin
	}
	if !hasType(r, "application/json", false) && !isForm(r) {
		return r, errMedia
	}
	body, err := readBody(w, r, c.cfg.MaxBodyBytes, c.cfg.TicketWait)
	if err != nil {
		return r, err
	}
	return r.WithContext(context.WithValue(r.Context(), bodyKey{}, body)), nil
}

func (c *Checkout) ticketFor(r *http.Request, f OrderFunc) (Ticket, error) {
	r = r.WithContext(r.Context()) // the caller's stays as it is
	r.Body = io.NopCloser(bytes.NewReader(r.Context().Value(bodyKey{}).([]byte)))
	o, err := f(r)
	if err != nil {
		return Ticket{}, err
	}
	return c.CreateTicket(r.Context(), o)
}

type ticketJSON struct {
	PaymentID string                     `json:"payment_id"`
	URL       string                     `json:"url"`
	ExpiresAt time.Time                  `json:"expires_at"`
	StatusURL string                     `json:"status_url"`
	RequestID string                     `json:"request_id"`
	Widget    map[string]json.RawMessage `json:"widget"`
}

func (c *Checkout) ticketJSON(t Ticket) ticketJSON {
	out := ticketJSON{t.PaymentID, t.URL, t.ExpiresAt, t.statusURL(), t.RequestID, map[string]json.RawMessage{}}
	var fields map[string]json.RawMessage
	if len(c.cfg.WidgetFields) == 0 || json.Unmarshal(t.Raw, &fields) != nil {
		return out
	}
	for _, name := range c.cfg.WidgetFields {
		if value, ok := fields[name]; ok {
			out.Widget[name] = value
		}
	}
	return out
}

// statusURL is relative to the URL of the ticket, which lies beside it.
func (t Ticket) statusURL() string {
	return "status?" + url.Values{"payment": {t.PaymentID}, "token": {t.StatusToken}}.Encode()
}

// refuseTicket answers an error. What went wrong is for the log; the payer's
// page gets a code.
func (c *Checkout) refuseTicket(w http.ResponseWriter, r *http.Request, err error) answer {
	answer := statusOf(err)
	if answer.status >= http.StatusInternalServerError {
		c.log.ErrorContext(r.Context(), "highhelp: ticket", "http_status", answer.status, "code", answer.code, "error", err.Error())
	} else {
		c.log.InfoContext(r.Context(), "highhelp: ticket", "http_status", answer.status, "code", answer.code, "error", err.Error())
	}
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	if answer.status == http.StatusMethodNotAllowed {
		h.Set("Allow", http.MethodPost)
	}
	var api *APIError
	switch {
	case errors.As(err, &api) && api.RetryAfter > 0:
		h.Set("Retry-After", strconv.Itoa(int(math.Ceil(api.RetryAfter.Seconds()))))
	case answer.status == http.StatusServiceUnavailable:
		h.Set("Retry-After", "1")
	}
	if prefersHTML(r) {
		refusePage(w, r, answer)
		return answer
	}
	writeJSON(w, answer.status, map[string]any{"error": map[string]string{
		"code": answer.code, "message": http.StatusText(answer.status),
	}})
	return answer
}

package highhelp

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

type (
	bodyKey  struct{} // []byte: the body of a ticket request
	eventKey struct{} // Event: the verified callback
)

// VerifyCallback is a middleware for hand-written callback handlers: next runs
// only for callbacks of this project whose signature holds, with the Event in
// its context (see [EventFromContext]) and the body to be read again. Others
// are answered and journaled as the handlers of this package do.
//
// It gives no idempotency: the same event comes more than once, and late. Use
// [Checkout.Apply], or the handlers of this package, to let it take effect
// once.
func (c *Checkout) VerifyCallback(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		came := arrivalOf(r, start)
		e, body, err := c.receive(w, r, "", came)
		if err != nil {
			c.refused(r.Context(), "", body, came, err)
			status := callbackAnswer(err).status
			c.logCallback(r.Context(), e, "", 0, status, time.Since(start), err)
			answerCallback(w, status)
			return
		}
		r = r.WithContext(context.WithValue(r.Context(), eventKey{}, e))
		r.Body = io.NopCloser(bytes.NewReader(body))
		next.ServeHTTP(w, r)
	})
}

// EventFromContext returns the event that [Checkout.VerifyCallback] has put
// into the context of a request.
func EventFromContext(ctx context.Context) (Event, bool) {
	e, ok := ctx.Value(eventKey{}).(Event)
	return e, ok
}

// OrderID reads the form field or the JSON member order_id of a ticket
// request, for use inside an [OrderFunc]. The request's body can be read
// again. It fails with [ErrNoOrder] if there is none.
//
// The ID comes from the browser: look the order up, and check that it is this
// payer's.
func OrderID(r *http.Request) (string, error) {
	body, ok := r.Context().Value(bodyKey{}).([]byte)
	if !ok {
		return "", fmt.Errorf("%w: OrderID is for requests of TicketHandler", ErrNoOrder)
	}
	id := ""
	if isForm(r) {
		form := r.Clone(r.Context()) // parsing consumes the body
		form.Body = io.NopCloser(bytes.NewReader(body))
		id = form.PostFormValue("order_id")
	} else if member, ok := jsonMember(body, "order_id"); ok {
		id = member
	}
	if strings.TrimSpace(id) == "" {
		return "", fmt.Errorf("%w: the request has no order_id", ErrNoOrder)
	}
	return id, nil
}

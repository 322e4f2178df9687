package highhelp

import (
	"crypto/subtle"
	"net/http"
	"strings"
)

// StatusHandler tells the payer's page the state of a payment, for those who
// have its unguessable token: GET status?payment=…&token=… answers
//
//	{"status": "pending", "expires_at": "…"}
//
// with one of the states of [Payment.State]. A wrong token and an unknown
// payment are the same 404.
func (c *Checkout) StatusHandler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			writeJSON(w, http.StatusMethodNotAllowed, errorJSON("method_not_allowed"))
			return
		}
		p, err := c.byToken(r)
		if err != nil {
			answer := statusOf(err)
			if answer.status == http.StatusServiceUnavailable {
				w.Header().Set("Retry-After", "1")
			}
			writeJSON(w, answer.status, errorJSON(answer.code))
			return
		}
		writeJSON(w, http.StatusOK, map[string]any{"status": p.State(), "expires_at": p.Newest().Ticket.ExpiresAt})
	})
}

func errorJSON(code string) any { return map[string]any{"error": map[string]string{"code": code}} }

func (c *Checkout) byToken(r *http.Request) (Payment, error) {
	q := r.URL.Query()
	id, token := q.Get("payment"), q.Get("token")
	orderID, ok := orderOf(id)
	if !ok {
		return Payment{}, ErrNotFound
	}
	p, err := c.Payment(r.Context(), orderID)
	if err != nil {
		return Payment{}, err
	}
	i := p.byPaymentID(id)
	if i < 0 || p.Attempts[i].Ticket.StatusToken == "" ||
		subtle.ConstantTimeCompare([]byte(token), []byte(p.Attempts[i].Ticket.StatusToken)) != 1 {
		return Payment{}, ErrNotFound
	}
	return p, nil
}

// StatusURL returns the path at which a page of the same host may ask for the
// state of p: where Config.PublicURL leads, with the token of the newest
// attempt. Give it to nobody but the payer.
func (c *Checkout) StatusURL(p Payment) string {
	return strings.TrimSuffix(c.public.EscapedPath(), "/") + "/" + p.Newest().Ticket.statusURL()
}

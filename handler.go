package highhelp

import (
	"io"
	"log/slog"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/go-highhelp/highhelp/widget"
)

// An OrderFunc finds the order that a payer wants to pay for, with the amount
// from the shop's records, and makes sure that it is this payer's to pay. It
// returns [ErrNoOrder] or [ErrForbidden] otherwise; any other error is
// answered with 500. [OrderID] reads the ID from the request.
type OrderFunc func(*http.Request) (Order, error)

// Handler serves every route of c, below the path at which it is mounted:
//
//	POST tickets             TicketHandler
//	POST callbacks/info      InfoHandler
//	POST callbacks/success   SuccessHandler
//	POST callbacks/decline   DeclineHandler
//	GET  status              StatusHandler
//	GET  widget/…            widget.ScriptHandler
//
// It looks at the end of the path only, so it works with every router, with
// [http.StripPrefix] and without. Mount it where Config.PublicURL leads, so
// that the gateway can reach it without a login or CSRF check in front.
func (c *Checkout) Handler(f OrderFunc) http.Handler {
	routes := map[string]http.Handler{
		"tickets":           c.TicketHandler(f),
		"callbacks/info":    c.InfoHandler(),
		"callbacks/success": c.SuccessHandler(),
		"callbacks/decline": c.DeclineHandler(),
		"status":            c.StatusHandler(),
	}
	script := widget.ScriptHandler()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		dir, last := path.Split(r.URL.Path)
		before := path.Base(strings.TrimSuffix(dir, "/"))
		switch h := routes[last]; {
		case h != nil:
			h.ServeHTTP(w, r)
		case routes[before+"/"+last] != nil:
			routes[before+"/"+last].ServeHTTP(w, r)
		case before == "widget" && last != "":
			script.ServeHTTP(w, r)
		default:
			http.NotFound(w, r)
		}
	})
}

// InfoHandler takes in informative callbacks (merchant_callback_url).
//
// The three callback handlers answer 200 once the event is durable, whatever
// it did; 400 for a body that is not the gateway's form; 401 for a signature
// that does not hold; 403 for another project; 404 for a payment that was
// never created here; 405, 408, 413, 415 for requests that are no callbacks;
// 500 if a hook failed; 503 if the payment is busy or the Store fails. What a
// callback says decides, not the URL at which it comes in.
func (c *Checkout) InfoHandler() http.Handler { return c.callback(routeInfo) }

// SuccessHandler takes in success callbacks (merchant_success_callback_url).
// See [Checkout.InfoHandler].
func (c *Checkout) SuccessHandler() http.Handler { return c.callback(routeSuccess) }

// DeclineHandler takes in decline callbacks (merchant_decline_callback_url).
// See [Checkout.InfoHandler].
func (c *Checkout) DeclineHandler() http.Handler { return c.callback(routeDecline) }

func (c *Checkout) callback(route string) http.Handler {
	panicked := statusOf(errPanic)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, end := c.cfg.Hooks.start(r.Context(), "callback", "route", route)
		if ctx != r.Context() {
			r = r.WithContext(ctx)
		}
		o, answered, err := Outcome(0), panicked, errPanic
		defer func() {
			end(err, slog.Int("http_status", answered.status), slog.String("outcome", o.String()), slog.String("code", answered.code))
		}()
		o, answered, err = c.serveCallback(w, r, route)
	})
}

// serveCallback makes all stops of a callback.
func (c *Checkout) serveCallback(w http.ResponseWriter, r *http.Request, route string) (o Outcome, answered answer, err error) {
	start := time.Now()
	came := arrivalOf(r, start)
	e, body, err := c.receive(w, r, route, came)
	if err != nil {
		c.refused(r.Context(), route, body, came, err)
	} else {
		o, err = c.Apply(r.Context(), e)
	}
	answered = callbackAnswer(err)
	c.logCallback(r.Context(), e, route, o, answered.status, time.Since(start), err)
	answerCallback(w, answered.status)
	return o, answered, err
}

// callbackAnswer is statusOf for callbacks: a gateway that can't be asked for
// an amount is one more reason to come again.
func callbackAnswer(err error) answer {
	if err == nil {
		return answerOK
	}
	answer := statusOf(err)
	if answer.status == http.StatusBadGateway || answer.status == http.StatusGatewayTimeout {
		answer.status = http.StatusServiceUnavailable
	}
	return answer
}

// answerCallback tells the gateway no more than it must know.
func answerCallback(w http.ResponseWriter, status int) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	switch status {
	case http.StatusOK:
		_, _ = io.WriteString(w, "OK")
		return
	case http.StatusMethodNotAllowed:
		h.Set("Allow", http.MethodPost)
	case http.StatusServiceUnavailable:
		h.Set("Retry-After", "1")
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, http.StatusText(status))
}

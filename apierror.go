package highhelp

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// An APIError is a failed call of the gateway. It prints neither request nor
// answer; Description is what the gateway says and may hold a payer's data.
type APIError struct {
	Call        string        // create, info or balance
	HTTPStatus  int           // 0 if there was no answer
	Status      string        // of the answer's body, or "" if it has none
	SubStatus   string        // likewise
	Description string        // likewise
	RetryAfter  time.Duration // what the gateway asks for, or 0
	Err         error         // why the call failed
}

// Error names the call and what is known of the failure, without Description.
func (e *APIError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "highhelp: gateway call %s", e.Call)
	if e.HTTPStatus != 0 {
		fmt.Fprintf(&b, ": HTTP %d", e.HTTPStatus)
	}
	if e.Status != "" {
		fmt.Fprintf(&b, ": status %s", Status{Main: e.Status, Sub: e.SubStatus})
	}
	if e.Err != nil {
		fmt.Fprintf(&b, ": %v", e.Err)
	}
	return b.String()
}

// Unwrap returns Err, such as [context.DeadlineExceeded].
func (e *APIError) Unwrap() error { return e.Err }

// refused reports whether the gateway has surely not accepted the request: it
// answered in its own form, and not that it failed or is overrun. Whether it
// refuses with 200 or with 4xx is not documented.
func (e *APIError) refused() bool {
	saysNo := e.Status == statusError || e.Status == statusDecline
	switch {
	case e.HTTPStatus == http.StatusTooManyRequests || e.HTTPStatus == http.StatusRequestTimeout:
		return false
	case e.HTTPStatus >= 400 && e.HTTPStatus < 500:
		return e.Status != ""
	}
	return e.HTTPStatus >= 200 && e.HTTPStatus < 300 && saysNo
}

// denied reports whether the request never got past authentication.
func (e *APIError) denied() bool {
	return e.HTTPStatus == http.StatusUnauthorized || e.HTTPStatus == http.StatusForbidden
}

// unknown reports whether the answer to an info request says that there is no
// such payment. A 404 that is not the gateway's own says nothing.
func (e *APIError) unknown() bool {
	return e.Call == "info" && e.HTTPStatus == http.StatusNotFound && e.Status != ""
}

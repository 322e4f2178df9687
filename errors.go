package highhelp

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/go-highhelp/highhelp/signer"
)

// Errors of a Store, which its callers tell apart.
var (
	// ErrExists: Insert of a key that is known.
	ErrExists = errors.New("highhelp: payment exists")
	// ErrNotFound: there is no such payment, or no such row of the journal.
	ErrNotFound = errors.New("highhelp: payment not found")
	// ErrLost: a save did not meet the version that it had read. Nothing of it
	// has stayed; what calls again reads the newest.
	ErrLost = errors.New("highhelp: the stored payment changed meanwhile")
	// ErrBusy: others worked on the payment until the context ended. It may
	// be tried again.
	ErrBusy = errors.New("highhelp: payment is busy")
	// ErrNested: a hook has called the Store for a payment with the context
	// that it was given, and would wait for itself.
	ErrNested = errors.New("highhelp: store called inside Update with its context")
)

// Errors of CreateTicket that a shop may want to tell apart.
var (
	// ErrOrderPaid: there is nothing to pay any more.
	ErrOrderPaid = errors.New("highhelp: order is paid")
	// ErrAmountChanged: the order costs something else than the payment page
	// that is open for it. Wait until that expires, or is paid or declined.
	ErrAmountChanged = errors.New("highhelp: order amount changed under an open payment page")
	// ErrInProgress: the payer may be paying, so no second page is opened.
	ErrInProgress = errors.New("highhelp: payment is in progress")
	// ErrNeedsReview: a human must look at the order; see [Checkout.Release].
	ErrNeedsReview = errors.New("highhelp: order needs review")
	// ErrInfoUnavailable: the gateway could not be asked what became of an
	// earlier request, so no new one may be sent.
	ErrInfoUnavailable = errors.New("highhelp: gateway can't say what became of the payment")
)

// Errors that an [OrderFunc] returns for what is not the server's fault.
var (
	// ErrNoOrder: there is no order of that ID. It is answered with 404.
	ErrNoOrder = errors.New("highhelp: no such order")
	// ErrForbidden: the order is another payer's. It is answered with 403.
	ErrForbidden = errors.New("highhelp: not this payer's order")
)

// ErrUnverified means that an Event was not made by this package, or was
// changed since.
var ErrUnverified = errors.New("highhelp: event is not verified")

// Errors inside the package, each with a row in a table below.
var (
	errTooManyAttempts = fmt.Errorf("%w: all attempts are used up", ErrNeedsReview)
	errClaimLost       = errors.New("highhelp: another caller has taken over the ticket")
	errMethod          = errors.New("highhelp: not a method of this URL")
	errMedia           = errors.New("highhelp: media type is not accepted")
	errTooLarge        = errors.New("highhelp: body is too large")
	errBody            = errors.New("highhelp: body can't be read")
	errSlow            = errors.New("highhelp: body did not come in time")
	errFields          = errors.New("highhelp: required fields are missing")
	errProject         = errors.New("highhelp: callback of another project")
	errTolerance       = fmt.Errorf("%w: timestamp out of Tolerance", signer.ErrSignature)
	errUnknownPayment  = fmt.Errorf("%w: the callback names none of this shop", ErrNotFound)
	errCrossOrigin     = errors.New("highhelp: request from another site")
)

// A storeError is any failure of a Store but the sentinels.
type storeError struct{ err error }

func (e *storeError) Error() string { return "highhelp: store: " + e.err.Error() }
func (e *storeError) Unwrap() error { return e.err }

// A hookError is a failure or panic of OnPaid, OnDeclined or OnProgress.
type hookError struct {
	hook string
	err  error
}

func (e *hookError) Error() string { return "highhelp: " + e.hook + ": " + e.err.Error() }
func (e *hookError) Unwrap() error { return e.err }

// An answer is what an error becomes in HTTP. The code is stable, for the
// payer's page.
type answer struct {
	status int
	code   string
}

var answerOK = answer{http.StatusOK, "ok"}

// answers is the one table from errors to HTTP, the first row that fits. What
// is not in it is 500.
var answers = [...]struct {
	fits func(error) bool
	answer
}{
	{is(errMethod), answer{http.StatusMethodNotAllowed, "method_not_allowed"}},
	{is(errMedia), answer{http.StatusUnsupportedMediaType, "unsupported_media_type"}},
	{is(errTooLarge), answer{http.StatusRequestEntityTooLarge, "too_large"}},
	{is(errSlow), answer{http.StatusRequestTimeout, "timeout"}},
	{is(errCrossOrigin), answer{http.StatusForbidden, "cross_origin"}},

	{a[*hookError], answer{http.StatusInternalServerError, "internal"}},
	{is(signer.ErrSignature), answer{http.StatusUnauthorized, "unauthorized"}},
	{is(errProject), answer{http.StatusForbidden, "forbidden"}},
	{is(signer.ErrAmbiguous), answer{http.StatusBadRequest, "bad_request"}},
	{a[*signer.SyntaxError], answer{http.StatusBadRequest, "bad_request"}},
	{a[*signer.FieldError], answer{http.StatusBadRequest, "bad_request"}},
	{is(errFields), answer{http.StatusBadRequest, "bad_request"}},
	{is(errBody), answer{http.StatusBadRequest, "bad_request"}},

	{is(ErrNoOrder), answer{http.StatusNotFound, "no_order"}},
	{is(ErrForbidden), answer{http.StatusForbidden, "forbidden"}},
	{is(ErrOrderPaid), answer{http.StatusConflict, "order_paid"}},
	{is(ErrAmountChanged), answer{http.StatusConflict, "amount_changed"}},
	{is(ErrInProgress), answer{http.StatusConflict, "in_progress"}},
	{is(ErrNeedsReview), answer{http.StatusConflict, "needs_review"}},

	{a[*storeError], answer{http.StatusServiceUnavailable, "unavailable"}},
	{is(ErrBusy), answer{http.StatusServiceUnavailable, "busy"}},
	{is(ErrLost), answer{http.StatusServiceUnavailable, "busy"}},
	{is(ErrNotFound), answer{http.StatusNotFound, "not_found"}},
	{timedOut, answer{http.StatusGatewayTimeout, "gateway_timeout"}},
	{is(ErrInfoUnavailable), answer{http.StatusBadGateway, "gateway_error"}},
	{a[*APIError], answer{http.StatusBadGateway, "gateway_error"}},
}

func statusOf(err error) answer {
	for _, row := range answers {
		if row.fits(err) {
			return row.answer
		}
	}
	return answer{http.StatusInternalServerError, "internal"}
}

func is(target error) func(error) bool {
	return func(err error) bool { return errors.Is(err, target) }
}

func a[T error](err error) bool {
	if err == nil { // as it mostly is: target would be on the heap
		return false
	}
	var target T
	return errors.As(err, &target)
}

func isStoreError(err error) bool { return a[*storeError](err) }

// timedOut reports whether the gateway, not the store, took too long.
func timedOut(err error) bool { return a[*APIError](err) && errors.Is(err, context.DeadlineExceeded) }

// storeFailure wraps what a Store returns, unless it is one of its sentinels.
func storeFailure(err error) error {
	for _, sentinel := range []error{nil, ErrBusy, ErrLost, ErrNotFound, ErrNested, ErrExists} {
		if errors.Is(err, sentinel) {
			return err
		}
	}
	return &storeError{err}
}

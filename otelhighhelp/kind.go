package otelhighhelp

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"strconv"
	"syscall"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/signer"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
)

// kinds is the one table from errors to error.type, the first row that fits.
var kinds = [...]struct {
	fits func(error) bool
	kind string
}{
	{is(signer.ErrSignature), "signature"},
	{is(signer.ErrAmbiguous), "ambiguous"},
	{a[*signer.SyntaxError], "syntax"},
	{a[*signer.FieldError], "field"},

	{is(highhelp.ErrBusy), "busy"},
	{is(highhelp.ErrLost), "lost"},
	{is(highhelp.ErrNested), "nested"},
	{is(highhelp.ErrExists), "exists"},
	{is(highhelp.ErrNotFound), "not_found"},
	{is(highhelp.ErrUnverified), "unverified"},
	{is(highhelp.ErrInfoUnavailable), "info_unavailable"},

	{is(context.Canceled), "canceled"},
	{a[*highhelp.APIError], "gateway"},
	{timedOut, "timeout"},
	{is(syscall.ECONNREFUSED), "connection_refused"},
	{is(syscall.ECONNRESET), "connection_reset"},
	{a[*net.DNSError], "dns"},
	{a[*tls.CertificateVerificationError], "certificate"},
}

// kindOf returns what error.type says of err: a word of the table, else the
// HTTP status if that tells of an error, else what the conventions have for
// the rest. It is "" for nil. The text of err plays no part.
//
// An internal error is the application's: what its hook returned may well be
// an error of the table, but means something else.
func kindOf(err error, status int) string {
	if err == nil {
		return ""
	}
	if status != http.StatusInternalServerError {
		for _, row := range kinds {
			if row.fits(err) {
				return row.kind
			}
		}
	}
	if status >= http.StatusBadRequest {
		return strconv.Itoa(status)
	}
	return semconv.ErrorTypeOther.Value.AsString()
}

func is(target error) func(error) bool {
	return func(err error) bool { return errors.Is(err, target) }
}

func a[T error](err error) bool {
	var target T
	return errors.As(err, &target)
}

func timedOut(err error) bool {
	var t net.Error // as context.DeadlineExceeded is, too
	return errors.As(err, &t) && t.Timeout()
}

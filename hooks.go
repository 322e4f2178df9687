package highhelp

import (
	"context"
	"errors"
	"log/slog"
)

// Hooks let telemetry watch a Checkout. They must be safe for concurrent use
// and must not block; package otelhighhelp is a ready set for OpenTelemetry.
// The zero Hooks watch nothing.
//
// The operations, with the attributes at their start and at their end, are
//
//	callback         route                http_status, outcome, code
//	callback.read
//	callback.verify
//	callback.apply
//	callback.record
//	hook             its name, "hook"                            OnPaid, OnDeclined, OnProgress
//	ticket                                http_status, code
//	gateway          call                 http_status, tries
//	reconcile                             asked, applied, unresolved, abandoned, failed
//
// where those with a dot are parts of the one before it. A code is that of the
// answer to a payer's page, or "ok". An operation in which the application's
// code panicked ends, too, and the panic goes on. What is counted is
//
//	anomaly          kind
//	journal_failure  route
type Hooks struct {
	// Start is called when an operation begins. It returns the context of the
	// operation, and what to call when that ends. The error at the end is nil
	// if all went well. Default: nothing.
	Start func(ctx context.Context, operation string, attrs ...slog.Attr) (context.Context, func(err error, attrs ...slog.Attr))
	// Count is called when something has happened. Default: nothing.
	Count func(ctx context.Context, what string, attrs ...slog.Attr)
}

// An ending is what to call when an operation ends.
type ending func(err error, attrs ...slog.Attr)

// errPanic is the error of an operation that did not come to its end.
var errPanic = errors.New("highhelp: panic")

// start begins an operation with at most one attribute.
func (h *Hooks) start(ctx context.Context, operation, name, value string) (context.Context, ending) {
	if h.Start == nil {
		return ctx, func(error, ...slog.Attr) {}
	}
	var attrs []slog.Attr
	if name != "" {
		attrs = append(attrs, slog.String(name, value))
	}
	ctx, end := h.Start(ctx, operation, attrs...)
	return ctx, end
}

func (h *Hooks) count(ctx context.Context, what, name, value string) {
	if h.Count != nil {
		h.Count(ctx, what, slog.String(name, value))
	}
}

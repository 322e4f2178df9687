package highhelp

import (
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// A Delivery is one row of the journal: what came in and what became of it.
// Callbacks that were refused are rows too, with what could be known of them.
//
// A Delivery prints without Raw.
type Delivery struct {
	ID                   string // set by the Journal
	Key                         // the order, if the callback was authentic; else only the project
	PaymentID, RequestID string // as verified, or ""
	Status               Status
	Amount               Money
	Route, KeyName       string    // as in Event
	Outcome              Outcome   // 0 if it was refused or failed
	Variant              bool      // a Duplicate by its idempotency key, but with another body than the first
	Error                string    // why it was refused or failed, without a part of the body; else ""
	SignedAt, ReceivedAt time.Time // SignedAt is zero if the callback was not authentic
	// Fingerprint is the SHA-256 of what was signed, or of an Info answer. It
	// is zero if the callback was not authentic.
	Fingerprint [32]byte
	// Peer is the host at the other end of the connection, which may be a
	// proxy of the shop's own. No header is believed. "" for an Info answer.
	Peer string
	// Duration is how long it took from the first look at the callback until
	// this row was made, in whole microseconds.
	Duration time.Duration
	// Replay is the ID of the delivery that was replayed, or ""; see
	// [Checkout.Replay].
	Replay string
	Raw    []byte // the body, as far as Config.JournalBodies keeps it
}

// Authentic reports whether d was verified: a callback whose signature held,
// for this project, or an answer of the gateway.
func (d Delivery) Authentic() bool { return d.Fingerprint != [32]byte{} }

// LogValue logs the delivery without its body.
func (d Delivery) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("payment_id", d.PaymentID), slog.String("status", d.Status.String()),
		slog.String("route", d.Route), slog.String("outcome", d.Outcome.String()), slog.String("error", d.Error),
	)
}

// Format prints the delivery without its body, whatever the verb.
func (d Delivery) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "delivery of payment %q (%s, route %q): %s %s", d.PaymentID, d.Status, d.Route, d.Outcome, d.Error)
}

// delivery is the journal row of an authentic event.
func (c *Checkout) delivery(e *Event, o Outcome, err error) Delivery {
	d := c.row(e, e.proof.arrival, o, err)
	d.Fingerprint = e.proof.fingerprint
	return d
}

// row is the journal row of e, which need not be authentic.
func (c *Checkout) row(e *Event, came arrival, o Outcome, err error) Delivery {
	d := Delivery{
		Key: e.Key, PaymentID: storable(e.PaymentID, maxID), RequestID: e.RequestID, Status: e.Status, Amount: e.Amount,
		Route: e.Route, KeyName: e.KeyName, Outcome: o, SignedAt: e.SignedAt, ReceivedAt: e.ReceivedAt,
		Peer: came.peer, Duration: came.took(), Replay: came.replay,
	}
	if err != nil {
		d.Error = err.Error()
	}
	d.Raw = e.Raw
	switch c.cfg.JournalBodies {
	case bodiesMasked:
		d.Raw, d.Status.Description = masked(e.Raw, e.Route == routePoll, came.decide), ""
	case bodiesNone:
		d.Raw, d.Status.Description = nil, ""
	}
	return d
}

func (a *arrival) took() time.Duration {
	if a.begun.IsZero() {
		return 0
	}
	return time.Since(a.begun).Truncate(time.Microsecond)
}

// arrivalOf looks at the connection only: a header can be anybody's.
func arrivalOf(r *http.Request, begun time.Time) arrival {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil { // a socket without ports
		host = r.RemoteAddr
	}
	return arrival{peer: storable(host, maxID), begun: begun}
}

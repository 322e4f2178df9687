package highhelp

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"
)

// An Event is what the gateway says of a payment, in a verified callback or in
// its answer to an Info request. Only this package makes Events that
// [Checkout.Apply] takes.
//
// An Event prints without Raw.
type Event struct {
	Key                         // the order
	PaymentID, RequestID string // the attempt's payment_id, the gateway's request_id
	Attempt              int    // number of the attempt, 0 until Apply has found it
	Status               Status
	Amount               Money     // as the gateway states it; zero if it does not
	Route                string    // info, success, decline: where the callback came in; poll: an Info answer; "": VerifyCallback
	KeyName              string    // of the key that verified it, or ""
	SignedAt             time.Time // the signed timestamp; for an Info answer its Date header
	ReceivedAt           time.Time
	Raw                  []byte // the body

	proof *proof
}

// A proof says that this package has verified an Event, what it said then, and
// how it came.
type proof struct {
	fingerprint [32]byte
	event       Event // without Raw and proof
	arrival
}

// An arrival is how an event came here.
type arrival struct {
	peer   string    // the host that sent the callback, or ""
	begun  time.Time // by the machine's clock
	replay string    // ID of the delivery that is replayed, or ""
	decide []string  // paths of the body that decide, where its Scheme has its own
}

const (
	routeInfo    = "info"
	routeSuccess = "success"
	routeDecline = "decline"
	routePoll    = "poll"
)

// verified seals e: Apply takes it as long as nobody changes it.
func (e Event) verified(fingerprint [32]byte, came arrival) Event {
	sealed := e
	sealed.Raw, sealed.proof = nil, nil
	e.proof = &proof{fingerprint, sealed, came}
	return e
}

// intact reports whether e says what was verified.
func (e *Event) intact() bool {
	if e.proof == nil {
		return false
	}
	v := &e.proof.event
	return e.Key == v.Key && e.PaymentID == v.PaymentID && e.RequestID == v.RequestID && e.Status == v.Status &&
		e.Amount == v.Amount && e.Route == v.Route && e.KeyName == v.KeyName && e.SignedAt.Equal(v.SignedAt)
}

// IdempotencyKey writes project_id, payment_id, status and sub_status as the
// gateway recommends, joined with ':'. Inside a part '%' and ':' are written
// as %25 and %3A, so that two events never share a key. It is for logs: stores
// compare the parts.
func (e Event) IdempotencyKey() string {
	parts := []string{e.ProjectID, e.PaymentID, e.Status.Main, e.Status.Sub}
	for i, part := range parts {
		parts[i] = strings.NewReplacer("%", "%25", ":", "%3A").Replace(part)
	}
	return strings.Join(parts, ":")
}

// misrouted reports whether e came in at the URL of another kind of event.
func (e *Event) misrouted() bool {
	want := routeInfo
	if e.Status.Final() {
		want = e.Status.Main // routeSuccess and routeDecline are the words of the statuses
	}
	return e.Route != want && (e.Route == routeInfo || e.Route == routeSuccess || e.Route == routeDecline)
}

// LogValue logs the event without its body.
func (e Event) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("payment_id", e.PaymentID), slog.String("status", e.Status.String()),
		slog.String("amount", e.Amount.String()), slog.String("route", e.Route), slog.String("key", e.KeyName),
	)
}

// Format prints the event without its body, whatever the verb.
func (e Event) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "event %s of payment %q (%s, route %q)", e.Status, e.PaymentID, e.Amount, e.Route)
}

// An Anomaly is something that a human must look at. The kinds are
//
//	conflict         the gateway reports the other final status
//	mismatch         a success of another amount or currency than was asked for
//	double_paid      a second attempt of a paid order succeeded
//	wrong_route      an event came in at the URL of another kind of event
//	unknown_payment  an authentic callback for a payment that was never created here
//	lost_ticket      the gateway knows a payment whose page can't be found out
//	unresolved       the payer may have paid, and the gateway says nothing final until the horizon of Config.Checks
type Anomaly struct {
	Kind      string
	Key       Key
	PaymentID string
	Event     Event  // what the gateway said; zero for lost_ticket and unresolved
	Detail    string // what is wrong, for humans
}

const (
	anomalyWrongRoute     = "wrong_route"
	anomalyUnknownPayment = "unknown_payment"
	anomalyLostTicket     = "lost_ticket"
	anomalyUnresolved     = "unresolved"
)

// anomaly describes an anomalous outcome for a human. a is the attempt as it
// was before.
func (e *Event) anomaly(o Outcome, a *Attempt) *Anomaly {
	return &Anomaly{o.String(), e.Key, e.PaymentID, *e, fmt.Sprintf(
		"the gateway reports %s of %s; the payment was created for %s and was %s before",
		e.Status, e.Amount, a.Amount, or(a.Status.String(), "without a status"))}
}

// report tells the application, which must not take a payment down with it.
func (c *Checkout) report(ctx context.Context, a Anomaly) {
	c.cfg.Hooks.count(ctx, "anomaly", "kind", a.Kind)
	defer func() {
		if r := recover(); r != nil {
			c.log.ErrorContext(ctx, "highhelp: OnAnomaly panicked", "kind", a.Kind, "panic", fmt.Sprint(r))
		}
	}()
	c.cfg.OnAnomaly(ctx, a)
}

// logAnomaly is the default of Config.OnAnomaly.
func (c *Checkout) logAnomaly(ctx context.Context, a Anomaly) {
	c.log.ErrorContext(ctx, "highhelp: anomaly", "kind", a.Kind, "order_id", a.Key.OrderID,
		"payment_id", a.PaymentID, "detail", a.Detail)
}

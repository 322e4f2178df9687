package highhelp

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// A Key names one order of one cash register. It is the unit of storage and of
// locking.
type Key struct {
	ProjectID string // the cash register's id
	OrderID   string // the shop's id of the order
}

// A Status is what the gateway says of a payment. The sets are open: a value
// that this package does not know is data, not an error.
//
// Main is success or decline, which are final, or one of processing, dispute,
// error, which are not. Sub and Description are empty where the gateway sends
// none.
type Status struct {
	Main, Sub, Description string
}

const (
	statusSuccess    = "success"
	statusDecline    = "decline"
	statusProcessing = "processing"
	statusDispute    = "dispute"
	statusError      = "error"
)

// Final reports whether s is success or decline. The gateway documents that a
// final status never changes.
func (s Status) Final() bool { return s.Main == statusSuccess || s.Main == statusDecline }

// String writes s as main:sub. The description is free text and left out.
func (s Status) String() string {
	if s.Sub == "" {
		return s.Main
	}
	return s.Main + ":" + s.Sub
}

// A Mark remembers one event of an attempt: the idempotency key inside it, what
// became of the event, and what exactly was signed.
type Mark struct {
	Status, SubStatus string
	Outcome           Outcome
	Fingerprint       [32]byte  // SHA-256 of the signed text, or of an Info answer
	SignedAt          time.Time // as the gateway states it, in whole seconds
	At                time.Time // when it was taken in
}

// An Attempt is one try to pay an order: one payment_id, one ticket.
type Attempt struct {
	N         int    // from 1
	PaymentID string // the order's ID, from the second attempt on with ~N
	Amount    Money  // what the gateway was asked for
	Status    Status // the newest that holds; a final one never changes
	Ticket    Ticket // its URL is empty until the gateway has answered
	Marks     []Mark // in the order in which they were made
	Sent      bool   // a create request may have reached the gateway
	Lost      bool   // the gateway knows the payment, but its page can't be found out
	GaveUp    bool   // the gateway was asked until the horizon of Config.Checks, without a final status
	CreatedAt time.Time
}

// A Claim says who is creating a ticket for the order now. It ends by itself,
// so that a crash blocks nobody for long.
type Claim struct {
	Token string    // random; only who has it may save the ticket
	Until time.Time // from then on another caller may take over
}

// A Payment is everything that is known about the payment of one order.
type Payment struct {
	Key
	Attempts  []Attempt // the newest last; at least one
	Claim     Claim     // zero if nobody is creating a ticket
	Held      string    // why a human must look at it, or ""; see [Checkout.Release]
	CreatedAt time.Time // of the first attempt
	UpdatedAt time.Time // when it was changed last
	CheckAt   time.Time // when to ask the gateway, if no callback comes; zero if there is nothing to ask
}

// The states of an order as its pages show them.
const (
	stateNew      = "new"      // no ticket yet
	statePending  = "pending"  // a ticket, but no final status
	statePaid     = "paid"     // ship it
	stateDeclined = "declined" // the newest attempt was declined; the next may be paid
	stateReview   = "review"   // a human must look at it
)

// State sums p up for an order page: "new", "pending", "paid", "declined" or
// "review". Paid wins over review, and review over the rest.
func (p Payment) State() string {
	switch {
	case p.Paid():
		return statePaid
	case p.Held != "":
		return stateReview
	case len(p.Attempts) == 0:
		return stateNew
	case p.Newest().Status.Main == statusDecline:
		return stateDeclined
	}
	return statePending
}

// Paid reports whether an attempt has succeeded.
func (p Payment) Paid() bool {
	return slices.ContainsFunc(p.Attempts, func(a Attempt) bool { return a.Status.Main == statusSuccess })
}

// Newest returns the newest attempt, or the zero Attempt if there is none.
func (p Payment) Newest() Attempt {
	if len(p.Attempts) == 0 {
		return Attempt{}
	}
	return p.Attempts[len(p.Attempts)-1]
}

// Clone returns a copy that shares no memory with p.
func (p Payment) Clone() Payment {
	p.Attempts = slices.Clone(p.Attempts)
	for i := range p.Attempts {
		a := &p.Attempts[i]
		a.Marks = slices.Clone(a.Marks)
		a.Ticket.Raw = slices.Clone(a.Ticket.Raw)
	}
	return p
}

func (p *Payment) newest() *Attempt { return &p.Attempts[len(p.Attempts)-1] }

// byPaymentID returns the index of the attempt with that payment_id, or -1.
func (p *Payment) byPaymentID(id string) int {
	return slices.IndexFunc(p.Attempts, func(a Attempt) bool { return a.PaymentID == id })
}

// paymentID is the payment_id of attempt n: the order's ID, then ID~2, ID~3. A
// payment_id must be unique within the cash register, so each attempt needs
// its own, and it must lead back to the order without a look-up.
func paymentID(orderID string, n int) string {
	if n == 1 {
		return orderID
	}
	return orderID + "~" + strconv.Itoa(n)
}

// orderOf is the inverse of paymentID. It knows only the exact form that
// paymentID writes, so that two payment_ids never name one attempt.
func orderOf(paymentID string) (orderID string, ok bool) {
	orderID, number, found := strings.Cut(paymentID, "~")
	if !found {
		return orderID, checkOrderID(orderID) == ""
	}
	n, err := strconv.Atoi(number)
	if err != nil || n < 2 || strconv.Itoa(n) != number {
		return "", false
	}
	return orderID, checkOrderID(orderID) == ""
}

const maxOrderID = 240 // leaves room for ~N within the gateway's 255 bytes

// checkOrderID says what is wrong with an order's ID, if anything.
func checkOrderID(id string) string {
	switch {
	case id == "":
		return "empty"
	case len(id) > maxOrderID:
		return "longer than 240 bytes"
	case !utf8.ValidString(id):
		return "not valid UTF-8"
	case strings.ContainsAny(id, "~;"):
		return "holds '~' or ';'"
	case strings.ContainsFunc(id, unicode.IsControl):
		return "holds a control character"
	}
	return ""
}

package highhelp

import (
	"fmt"
	"strconv"
)

// An Outcome says what an authentic event did. Each is durable and is answered
// with 200, so that the gateway does not send the event again.
type Outcome int

// The outcomes. The zero Outcome means that an event had none: it was refused,
// or taking it in failed.
const (
	Applied    Outcome = iota + 1 // it changed the payment, and its hook ran
	Duplicate                     // it had been taken in before
	Stale                         // an intermediate status that comes too late
	Superseded                    // not of the newest attempt, or the order is paid: noted, no hook
	Conflict                      // the other final status: nothing changes, a human must look
	Mismatch                      // a success of another amount or currency: never paid, a human must look
	DoublePaid                    // a second attempt succeeded: no hook, a human must look
)

var outcomeNames = [...]string{
	Applied: "applied", Duplicate: "duplicate", Stale: "stale", Superseded: "superseded",
	Conflict: "conflict", Mismatch: "mismatch", DoublePaid: "double_paid",
}

// String returns a word for logs and metrics, such as "double_paid".
func (o Outcome) String() string {
	if o > 0 && int(o) < len(outcomeNames) {
		return outcomeNames[o]
	}
	if o == 0 {
		return "none"
	}
	return "outcome " + strconv.Itoa(int(o))
}

// MarshalText writes the word of String.
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (o *Outcome) UnmarshalText(text []byte) error {
	for i := range outcomeNames {
		if got := Outcome(i); got.String() == string(text) {
			*o = got
			return nil
		}
	}
	return fmt.Errorf("highhelp: %q is no outcome", text)
}

// changes reports whether an event of this outcome leaves its mark on the
// payment; else only in the journal.
func (o Outcome) changes() bool { return o != Duplicate && o != Stale }

// anomalous reports whether a human must hear of o.
func (o Outcome) anomalous() bool { return o == Conflict || o == Mismatch || o == DoublePaid }

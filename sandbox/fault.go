package sandbox

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Fault is something that goes wrong on purpose. Faults combine: each is
// applied to every callback, in the order of [FaultKinds].
//
// Its text is the kind, and after '=' how much of it, such as "duplicate=50",
// "drop=2", "late=48h" or "oversize=1048576".
type Fault struct {
	Kind FaultKind
	// Times is how many more callbacks [FaultDuplicate] sends; of all other kinds,
	// how many of the first tries of each callback are spoiled, so that the
	// next one is good. Default: as FaultKinds says; Always for some.
	Times int
	// Delay is that of [FaultLate] on the clock of the Gateway, and that of
	// [FaultSlowBody], the time in which the body arrives, on the real one.
	// Default: 48 hours, and 2 seconds.
	Delay time.Duration
	// Bytes is by how much [FaultOversize] makes the body larger, up to 64 MiB.
	// Default: 1 MiB.
	Bytes int
}

// Always spoils every try, as Fault.Times.
const Always = -1

// A FaultKind names what goes wrong.
type FaultKind string

// What can go wrong.
const (
	FaultDuplicate        FaultKind = "duplicate"          // it comes several times at once
	FaultReorder          FaultKind = "reorder"            // callbacks wait for the last one, which comes first
	FaultLate             FaultKind = "late"               // it comes days later, with the signature of its day
	FaultDrop             FaultKind = "drop"               // it is lost on the way
	FaultOldKey           FaultKind = "old-key"            // the key before the last rotation signs it
	FaultWrongKey         FaultKind = "wrong-key"          // a stranger's key signs it
	FaultUnsigned         FaultKind = "unsigned"           // it has no signature
	FaultTampered         FaultKind = "tampered"           // its body was changed after it was signed
	FaultWrongAmount      FaultKind = "wrong-amount"       // it is authentic, but of one minor unit
	FaultWrongRoute       FaultKind = "wrong-route"        // it is authentic, but comes to the URL of another kind
	FaultContradict       FaultKind = "contradict"         // after the final status, the other final one follows
	FaultTruncated        FaultKind = "truncated"          // its body ends in the middle
	FaultOversize         FaultKind = "oversize"           // it is authentic, but very large
	FaultSlowBody         FaultKind = "slow-body"          // its body arrives byte by byte
	FaultCutOff           FaultKind = "cut-off"            // the connection breaks in the middle of the body
	FaultHangUp           FaultKind = "hang-up"            // the gateway does not wait for the answer
	FaultCreateAnswerLost FaultKind = "create-answer-lost" // the ticket is made, but the shop gets no answer
)

// ParseFault reads the text of one fault.
func ParseFault(text string) (Fault, error) {
	kind, amount, stated := strings.Cut(text, "=")
	f := Fault{Kind: FaultKind(kind)}
	info, ok := f.info()
	if !ok {
		return Fault{}, fmt.Errorf("sandbox: no fault %q; there are %s", kind, strings.Join(faultNames(), ", "))
	}
	if !stated {
		return f, nil
	}
	if info.Amount == "" {
		return Fault{}, fmt.Errorf("sandbox: fault %s: there is no more or less of it", kind)
	}
	var err error
	switch {
	case info.Amount == amountDelay:
		f.Delay, err = time.ParseDuration(amount)
	case info.Amount == amountBytes:
		f.Bytes, err = strconv.Atoi(amount)
	case amount == "always":
		f.Times = Always
	default:
		f.Times, err = strconv.Atoi(amount)
	}
	if err != nil || f.amount() == "" || f.check() != "" {
		return Fault{}, fmt.Errorf("sandbox: fault %s: %q is no %s", kind, amount, info.Amount)
	}
	return f, nil
}

// ParseFaults reads faults with commas between them.
func ParseFaults(list string) ([]Fault, error) {
	var faults []Fault
	var errs []error
	for text := range strings.SplitSeq(list, ",") {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		f, err := ParseFault(text)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		faults = append(faults, f)
	}
	return faults, errors.Join(errs...)
}

// String writes what ParseFault reads.
func (f Fault) String() string {
	if amount := f.amount(); amount != "" {
		return string(f.Kind) + "=" + amount
	}
	return string(f.Kind)
}

// amount writes what is stated of how much, or "".
func (f Fault) amount() string {
	switch info, _ := f.info(); {
	case info.Amount == amountDelay && f.Delay != 0:
		return f.Delay.String()
	case info.Amount == amountBytes && f.Bytes != 0:
		return strconv.Itoa(f.Bytes)
	case f.Times == Always:
		return "always"
	case f.Times != 0:
		return strconv.Itoa(f.Times)
	}
	return ""
}

// MarshalText writes String, for JSON and every other encoding that asks.
func (f Fault) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (f *Fault) UnmarshalText(text []byte) (err error) {
	*f, err = ParseFault(string(text))
	return err
}

// check says what is wrong with f, or "".
func (f Fault) check() string {
	info, ok := f.info()
	switch {
	case !ok:
		return "no such kind"
	case f.Times < Always, f.Times == Always && info.Amount != amountTries, f.Times > maxCopies:
		return "Times out of range"
	case f.Delay < 0:
		return "Delay is negative"
	case f.Bytes < 0 || f.Bytes > maxOversize:
		return "Bytes out of range"
	}
	return ""
}

const (
	maxCopies   = 1000
	maxOversize = 64 << 20
)

func checkFaults(faults []Fault) error {
	for _, f := range faults {
		if wrong := f.check(); wrong != "" {
			return fmt.Errorf("sandbox: fault %q: %s", f.Kind, wrong)
		}
	}
	return nil
}

// spoils reports whether f applies to the try of that number, from 1.
func (f Fault) spoils(try int) bool {
	info, _ := f.info()
	times := f.Times
	if times == 0 {
		times = info.times
	}
	return times == Always || try <= times
}

// changesLetters reports whether f acts on each try, rather than on the queue
// or the API.
func (f Fault) changesLetters() bool {
	info, _ := f.info()
	return info.before != nil || info.after != nil
}

// find returns the fault of a kind.
func find(faults []Fault, kind FaultKind) (Fault, bool) {
	i := slices.IndexFunc(faults, func(f Fault) bool { return f.Kind == kind })
	if i < 0 {
		return Fault{}, false
	}
	return faults[i], true
}

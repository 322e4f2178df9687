package sandbox

import (
	"slices"
	"time"
)

// FaultInfo is what there is to know about a kind of fault.
type FaultInfo struct {
	Kind  FaultKind
	About string // what happens, in a sentence
	// Forged reports whether a callback spoiled in this way proves nothing: a
	// shop must answer it with anything but 2xx, and do nothing else.
	Forged bool
	// Amount says what may stand behind the '=' of the fault's text, and
	// Default what holds without.
	Amount, Default string

	times int // default of Fault.Times
	// before changes a callback before it is signed, after what was signed.
	before, after func(*Gateway, *letter, Fault)
}

const (
	amountCopies = "number of copies, such as 3"
	amountTries  = "number of tries, or always"
	amountDelay  = "duration, such as 90s or 48h"
	amountBytes  = "number of bytes, such as 1048576"
)

const (
	defaultLate     = 48 * time.Hour
	defaultSlow     = 2 * time.Second
	defaultOversize = 1 << 20
)

// faultTable holds every kind, in the order in which they are applied.
// Faults without funcs act on the queue or on the API.
func faultTable() []FaultInfo {
	return []FaultInfo{
		{Kind: FaultDuplicate, About: "Each callback comes several times at once.", Amount: amountCopies, times: 2},
		{Kind: FaultReorder, About: "Callbacks wait until the payer can do nothing more; then the last one comes first."},
		{Kind: FaultLate, About: "Callbacks come days later, with the signature of their day.", Amount: amountDelay, times: 1, before: late},
		{Kind: FaultContradict, About: "After the final status, the other final one follows, authentic too."},
		{Kind: FaultOldKey, About: "The key that signed before the last rotation signs.", Amount: amountTries, times: 1, before: oldKey},
		{Kind: FaultWrongKey, About: "A stranger's key signs.", Forged: true, Amount: amountTries, times: 1, before: wrongSigningKey},
		{Kind: FaultWrongAmount, About: "The callback is authentic, but of one minor unit.", Amount: amountTries, times: Always, before: wrongAmount},
		{Kind: FaultWrongRoute, About: "The callback is authentic, but comes to the URL of another kind.", Amount: amountTries, times: Always, before: wrongRoute},
		{Kind: FaultOversize, About: "The callback is authentic, but very large.", Amount: amountBytes, times: 1, before: oversize},
		{Kind: FaultTampered, About: "The body was changed after it was signed.", Forged: true, Amount: amountTries, times: 1, after: tamper},
		{Kind: FaultUnsigned, About: "The callback has no signature.", Forged: true, Amount: amountTries, times: 1, after: unsign},
		{Kind: FaultTruncated, About: "The body ends in the middle.", Forged: true, Amount: amountTries, times: 1, after: truncate},
		{Kind: FaultSlowBody, About: "The body arrives byte by byte.", Amount: amountDelay, times: 1, after: slowBody},
		{Kind: FaultCutOff, About: "The connection breaks in the middle of the body.", Amount: amountTries, times: 1,
			after: func(_ *Gateway, l *letter, _ Fault) { l.cutOff = true }},
		{Kind: FaultHangUp, About: "The gateway does not wait for the answer.", Amount: amountTries, times: 1,
			after: func(_ *Gateway, l *letter, _ Fault) { l.hangUp = true }},
		{Kind: FaultDrop, About: "The callback is lost on the way, and never comes.", Amount: amountTries, times: Always,
			after: func(_ *Gateway, l *letter, _ Fault) { l.dropped = true }},
		{Kind: FaultCreateAnswerLost, About: "The gateway makes the ticket, but its answer to the shop is lost.", Amount: amountTries, times: 1},
	}
}

// FaultKinds returns all kinds of faults. The caller may change the slice.
func FaultKinds() []FaultInfo {
	table := faultTable()
	for i := range table {
		f := Fault{Kind: table[i].Kind, Times: table[i].times}
		switch f.Kind {
		case FaultLate:
			f.Delay = defaultLate
		case FaultSlowBody:
			f.Delay = defaultSlow
		case FaultOversize:
			f.Bytes = defaultOversize
		}
		table[i].Default = f.amount()
	}
	return table
}

func (f Fault) info() (FaultInfo, bool) {
	table := faultTable()
	i := slices.IndexFunc(table, func(k FaultInfo) bool { return k.Kind == f.Kind })
	if i < 0 {
		return FaultInfo{}, false
	}
	return table[i], true
}

func faultNames() (names []string) {
	for _, k := range faultTable() {
		names = append(names, string(k.Kind))
	}
	return names
}

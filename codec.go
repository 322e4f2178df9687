package highhelp

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// How a Store can write a payment or a delivery as bytes. The form is JSON, so
// that an operator can read it, with short names and a version; a release
// reads what every earlier one wrote. Here is what all of them may have
// written; codec_write.go writes the newest form, and codec_read.go reads it
// faster.

// codecVersion is the newest form that is known.
const codecVersion = 1

type storedPayment struct {
	Version   int             `json:"v"`
	ProjectID string          `json:"project"`
	OrderID   string          `json:"order"`
	Attempts  []storedAttempt `json:"attempts"`
	Claim     storedClaim     `json:"claim,omitzero"`
	Held      string          `json:"held,omitempty"`
	CreatedAt time.Time       `json:"created,omitzero"`
	UpdatedAt time.Time       `json:"updated,omitzero"`
	CheckAt   time.Time       `json:"check,omitzero"`
}

type storedClaim struct {
	Token string    `json:"token,omitempty"`
	Until time.Time `json:"until,omitzero"`
}

type storedAttempt struct {
	N         int          `json:"n"`
	PaymentID string       `json:"id"`
	Amount    storedMoney  `json:"amount,omitzero"`
	Status    storedStatus `json:"status,omitzero"`
	Ticket    storedTicket `json:"ticket,omitzero"`
	Marks     []storedMark `json:"marks,omitempty"`
	Sent      bool         `json:"sent,omitempty"`
	Lost      bool         `json:"lost,omitempty"`
	GaveUp    bool         `json:"gave_up,omitempty"`
	CreatedAt time.Time    `json:"created,omitzero"`
}

type storedMoney struct {
	Minor    int64  `json:"minor,omitempty"`
	Currency string `json:"currency,omitempty"`
}

type storedStatus struct {
	Main        string `json:"main,omitempty"`
	Sub         string `json:"sub,omitempty"`
	Description string `json:"text,omitempty"`
}

type storedTicket struct {
	PaymentID   string    `json:"id,omitempty"`
	RequestID   string    `json:"request,omitempty"`
	URL         string    `json:"url,omitempty"`
	StatusToken string    `json:"token,omitempty"`
	ExpiresAt   time.Time `json:"expires,omitzero"`
	Raw         []byte    `json:"raw,omitempty"`
}

type storedMark struct {
	Status      string    `json:"status"`
	SubStatus   string    `json:"sub,omitempty"`
	Outcome     Outcome   `json:"outcome"`
	Fingerprint string    `json:"print"`
	SignedAt    time.Time `json:"signed,omitzero"`
	At          time.Time `json:"at,omitzero"`
}

// UnmarshalBinary reads what MarshalBinary of this or an earlier release wrote.
func (p *Payment) UnmarshalBinary(data []byte) error {
	if fast, ok := fastPayment(data); ok {
		*p = fast
		return nil
	}
	var s storedPayment
	if err := unmarshal(data, &s, &s.Version); err != nil {
		return err
	}
	*p = Payment{
		Key: Key{s.ProjectID, s.OrderID}, Attempts: make([]Attempt, len(s.Attempts)), Claim: Claim(s.Claim), Held: s.Held,
		CreatedAt: s.CreatedAt, UpdatedAt: s.UpdatedAt, CheckAt: s.CheckAt,
	}
	for i, a := range s.Attempts {
		marks := make([]Mark, len(a.Marks))
		for j, m := range a.Marks {
			marks[j] = Mark{Status: m.Status, SubStatus: m.SubStatus, Outcome: m.Outcome, SignedAt: m.SignedAt, At: m.At}
			var err error
			if marks[j].Fingerprint, err = fingerprintOf(m.Fingerprint); err != nil {
				return err
			}
		}
		p.Attempts[i] = Attempt{
			N: a.N, PaymentID: a.PaymentID, Amount: Money(a.Amount), Status: Status(a.Status), Ticket: Ticket(a.Ticket),
			Marks: marks, Sent: a.Sent, Lost: a.Lost, GaveUp: a.GaveUp, CreatedAt: a.CreatedAt,
		}
	}
	*p = normal(*p) // JSON knows UTC by another pointer
	return nil
}

func fingerprintOf(text string) (print [32]byte, err error) {
	var space [64]byte
	if len(text) == base64.RawStdEncoding.EncodedLen(len(print)) {
		if n, err := base64.RawStdEncoding.Decode(print[:], append(space[:0], text...)); err == nil && n == len(print) {
			return print, nil
		}
	}
	return print, errors.New("highhelp: stored payment: a fingerprint is damaged")
}

type storedDelivery struct {
	Version    int          `json:"v"`
	ProjectID  string       `json:"project"`
	OrderID    string       `json:"order,omitempty"`
	PaymentID  string       `json:"id,omitempty"`
	RequestID  string       `json:"request,omitempty"`
	Status     storedStatus `json:"status,omitzero"`
	Amount     storedMoney  `json:"amount,omitzero"`
	Route      string       `json:"route,omitempty"`
	KeyName    string       `json:"key,omitempty"`
	Outcome    Outcome      `json:"outcome,omitzero"`
	Variant    bool         `json:"variant,omitempty"`
	Error      string       `json:"error,omitempty"`
	SignedAt   time.Time    `json:"signed,omitzero"`
	ReceivedAt time.Time    `json:"received,omitzero"`
	Print      []byte       `json:"print,omitempty"`
	Peer       string       `json:"peer,omitempty"`
	Took       int64        `json:"took,omitempty"` // in microseconds
	Replay     string       `json:"replay,omitempty"`
	Raw        []byte       `json:"raw,omitempty"`
}

// UnmarshalBinary reads what MarshalBinary of this or an earlier release wrote.
// It leaves ID empty.
func (d *Delivery) UnmarshalBinary(data []byte) error {
	var s storedDelivery
	if err := unmarshal(data, &s, &s.Version); err != nil {
		return err
	}
	*d = Delivery{
		Key: Key{s.ProjectID, s.OrderID}, PaymentID: s.PaymentID, RequestID: s.RequestID, Status: Status(s.Status), Amount: Money(s.Amount),
		Route: s.Route, KeyName: s.KeyName, Outcome: s.Outcome, Variant: s.Variant, Error: s.Error,
		SignedAt: micro(s.SignedAt), ReceivedAt: micro(s.ReceivedAt), Peer: s.Peer, Duration: time.Duration(s.Took) * time.Microsecond, Replay: s.Replay, Raw: s.Raw,
	}
	if n := copy(d.Fingerprint[:], s.Print); n != len(s.Print) || n != 0 && n != len(d.Fingerprint) {
		return fmt.Errorf("highhelp: stored delivery: its fingerprint is damaged")
	}
	return nil
}

// unmarshal says nothing of the content: it may be a payer's data.
func unmarshal(data []byte, into any, version *int) error {
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("highhelp: what the store holds can't be read")
	}
	if *version < 1 || *version > codecVersion {
		return fmt.Errorf("highhelp: what the store holds has version %d, of a newer release; this one knows %d", *version, codecVersion)
	}
	return nil
}

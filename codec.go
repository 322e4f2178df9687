package highhelp

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"
)

// How a Store can write a payment or a delivery as bytes. The form is JSON, so
// that an operator can read it, with short names and a version; a release
// reads what every earlier one wrote.

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

// MarshalBinary writes p for a Store, with times to the microsecond.
func (p Payment) MarshalBinary() ([]byte, error) {
	p = normal(p.Clone())
	s := storedPayment{
		Version: codecVersion, ProjectID: p.ProjectID, OrderID: p.OrderID, Attempts: make([]storedAttempt, len(p.Attempts)),
		Claim: storedClaim(p.Claim), Held: p.Held, CreatedAt: p.CreatedAt, UpdatedAt: p.UpdatedAt, CheckAt: p.CheckAt,
	}
	for i, a := range p.Attempts {
		s.Attempts[i] = storedAttempt{
			N: a.N, PaymentID: a.PaymentID, Amount: storedMoney(a.Amount), Status: storedStatus(a.Status), Ticket: storedTicket(a.Ticket),
			Marks: make([]storedMark, len(a.Marks)), Sent: a.Sent, Lost: a.Lost, GaveUp: a.GaveUp, CreatedAt: a.CreatedAt,
		}
		for j, m := range a.Marks {
			s.Attempts[i].Marks[j] = storedMark{
				Status: m.Status, SubStatus: m.SubStatus, Outcome: m.Outcome,
				Fingerprint: base64.RawStdEncoding.EncodeToString(m.Fingerprint[:]), SignedAt: m.SignedAt, At: m.At,
			}
		}
	}
	return json.Marshal(s)
}

// UnmarshalBinary reads what MarshalBinary of this or an earlier release wrote.
func (p *Payment) UnmarshalBinary(data []byte) error {
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
			print, err := base64.RawStdEncoding.DecodeString(m.Fingerprint)
			if err != nil || copy(marks[j].Fingerprint[:], print) != len(marks[j].Fingerprint) {
				return fmt.Errorf("highhelp: stored payment: a fingerprint is damaged")
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

// MarshalBinary writes d for a Store, without its ID, with times to the
// microsecond.
func (d Delivery) MarshalBinary() ([]byte, error) {
	var fingerprint []byte
	if d.Authentic() {
		fingerprint = d.Fingerprint[:]
	}
	return json.Marshal(storedDelivery{
		Version: codecVersion, ProjectID: d.ProjectID, OrderID: d.OrderID, PaymentID: d.PaymentID, RequestID: d.RequestID,
		Status: storedStatus(d.Status), Amount: storedMoney(d.Amount), Route: d.Route, KeyName: d.KeyName, Outcome: d.Outcome, Variant: d.Variant, Error: d.Error,
		SignedAt: micro(d.SignedAt), ReceivedAt: micro(d.ReceivedAt), Print: fingerprint, Peer: d.Peer, Took: d.Duration.Microseconds(), Replay: d.Replay, Raw: d.Raw,
	})
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

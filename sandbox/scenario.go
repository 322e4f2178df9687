package sandbox

import (
	"fmt"
	"slices"
	"strings"
)

// A Scenario is one way in which a payment can go, as data: what is done, in
// order, and how it ends. [Gateway.Play] plays it.
type Scenario struct {
	Name    string   // such as "3ds", for command lines and buttons
	Title   string   // what happens, in a few words
	Actions []Action // from a new ticket on
	Ends    Status   // where they lead; its Description is left out
}

var (
	endsInSuccess = Status{Main: "success"}
	endsInDecline = Status{Main: "decline"}
)

// scenarios are those that a shop must be able to live with.
var scenarios = []Scenario{
	{"success", "The payer pays", []Action{Pay}, endsInSuccess},
	{"refusal", "The payer refuses", []Action{Refuse}, endsInDecline},
	{"anti-fraud", "Declined by anti-fraud", []Action{DeclineByAntiFraud}, endsInDecline},
	{"bank-decline", "Declined by the bank", []Action{DeclineByBank}, endsInDecline},
	{"3ds", "3-D Secure, confirmed", []Action{PayWith3DS, Pass3DS}, endsInSuccess},
	{"3ds-failed", "3-D Secure, not confirmed", []Action{PayWith3DS, Fail3DS}, endsInDecline},
	{"otp", "One-time password, right at the second try", []Action{SendOTP, WrongOTP, RightOTP}, endsInSuccess},
	{"otp-wrong", "One-time password wrong three times", []Action{SendOTP, WrongOTP, WrongOTP, WrongOTP}, endsInDecline},
	{"paid-declined", "The payer says that he has paid, and is declined", []Action{PayAndDecline}, endsInDecline},
	{"expiry", "The payer looks and does nothing", []Action{Open, Expire}, Status{Main: "dispute", Sub: "no_payment"}},
	{"late-success", "The money arrives after the expiry", []Action{Open, Expire, ResolveSuccess}, endsInSuccess},
	{"dispute-success", "A dispute that ends in success", []Action{Dispute, ResolveSuccess}, endsInSuccess},
	{"dispute-decline", "A dispute that ends in a decline", []Action{Dispute, ResolveDecline}, endsInDecline},
}

// Scenarios returns all scenarios, the plain success first. The caller may
// change the slice.
func Scenarios() []Scenario {
	list := slices.Clone(scenarios)
	for i := range list {
		list[i].Actions = slices.Clone(list[i].Actions)
	}
	return list
}

// ParseScenario returns the scenario of that name. Its error lists the names.
func ParseScenario(name string) (Scenario, error) {
	var names []string
	for _, s := range Scenarios() {
		if s.Name == name {
			return s, nil
		}
		names = append(names, s.Name)
	}
	return Scenario{}, fmt.Errorf("sandbox: no scenario %q; there are %s", name, strings.Join(names, ", "))
}

// String returns the name of s.
func (s Scenario) String() string { return s.Name }

// Statuses returns what the callbacks of s tell, in order.
func (s Scenario) Statuses() (told []Status) {
	at := start
	for _, a := range s.Actions {
		for _, at = range checkout.path(at, a) {
			told = append(told, checkout[at].status)
		}
	}
	return told
}

// Play lets a new ticket live through s, without a pause between its actions,
// and returns the ticket as it then stands. The id is that of [Gateway.Act].
//
// It fails with [ErrNoTicket], or with [ErrNotOffered] if the ticket is no
// longer new enough for the next action; what was done before that stays. A
// page that is open need not be opened. The callbacks it causes are sent by
// [Gateway.Run] or [Gateway.Deliver].
func (g *Gateway) Play(id string, s Scenario) (Ticket, error) {
	t, err := g.Ticket(id)
	for _, a := range s.Actions {
		if err != nil {
			return t, err
		}
		if a == Open && t.Open && !slices.Contains(t.Actions, Open) {
			continue
		}
		t, err = g.Act(t.RequestID, a)
	}
	return t, err
}

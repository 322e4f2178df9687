package sandbox

// An Action is something that happens to a ticket. What the payer does on the
// payment page moves it, and what the gateway's own people decide.
type Action string

// What a payer can do.
const (
	Open               Action = "open"                  // look at the payment page
	Pay                Action = "pay"                   // say that the money is sent; it arrives at once
	PayAndDecline      Action = "pay_and_decline"       // say that the money is sent; it never arrives
	Refuse             Action = "refuse"                // refuse to pay
	DeclineByAntiFraud Action = "decline_by_anti_fraud" // pay, and be declined by the gateway's checks
	DeclineByBank      Action = "decline_by_bank"       // pay, and be declined by the bank
	PayWith3DS         Action = "pay_with_3ds"          // pay with a card whose bank asks for 3-D Secure
	Pass3DS            Action = "pass_3ds"              // confirm at the bank
	Fail3DS            Action = "fail_3ds"              // do not confirm at the bank
	SendOTP            Action = "send_otp"              // give a phone number, and get a one-time password
	ResendOTP          Action = "resend_otp"            // ask for another one
	RightOTP           Action = "right_otp"             // enter the right one
	WrongOTP           Action = "wrong_otp"             // enter a wrong one; the third is the last
)

// What happens to a ticket without its payer.
const (
	Expire         Action = "expire"          // end its lifetime now
	Dispute        Action = "dispute"         // the payer says that he has paid, and nobody can confirm it in time
	ResolveSuccess Action = "resolve_success" // the gateway's people find the money
	ResolveDecline Action = "resolve_decline" // they do not
)

// Actions returns all actions, those of the payer first.
func Actions() []Action {
	return []Action{
		Open, Pay, PayAndDecline, Refuse, DeclineByAntiFraud, DeclineByBank, PayWith3DS, Pass3DS, Fail3DS,
		SendOTP, ResendOTP, RightOTP, WrongOTP, Expire, Dispute, ResolveSuccess, ResolveDecline,
	}
}

// A place is where a ticket stands. Several places may share a status: that is
// how wrong passwords are counted.
type place string

// A graph is the life of a ticket as data: which places there are, and what
// leads from one to others.
type graph map[place]stop

// A stop is what there is at a place.
type stop struct {
	status Status
	// moves are the places that an action of the payer enters, one after the
	// other. A place without moves offers the payer nothing more.
	moves map[Action][]place
	// decisions are those of the gateway's people.
	decisions map[Action][]place
	// expiry is entered when the lifetime ends here; "" if it can't.
	expiry place
}

// path returns the places that a enters from at, in order. Whoever acts has
// the page before him, so an action that is not offered yet opens it first. It
// is empty if the action is not offered.
func (g graph) path(at place, a Action) []place {
	s := g[at]
	if path, ok := s.moves[a]; ok {
		return path
	}
	if path, ok := s.decisions[a]; ok {
		return path
	}
	if a == Expire && s.expiry != "" {
		return []place{s.expiry}
	}
	opened := s.moves[Open]
	if len(opened) == 0 {
		return nil
	}
	then := g[opened[len(opened)-1]].moves[a]
	if len(then) == 0 {
		return nil
	}
	return append(append([]place(nil), opened...), then...)
}

// offers reports whether the payer can do anything at the place.
func (g graph) offers(at place) bool { return len(g[at].moves) > 0 }

// actions lists what can happen at the place, in the order of Actions. What
// opening the page would offer is offered before it is open.
func (g graph) actions(at place) (possible []Action) {
	for _, a := range Actions() {
		if len(g.path(at, a)) > 0 {
			possible = append(possible, a)
		}
	}
	return possible
}

package highhelp

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var day = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func at(seconds int) time.Time { return day.Add(time.Duration(seconds) * time.Second) }

func roubles(minor int64) Money { return Money{minor, "RUB"} }

// attempts makes a payment with n open attempts over 100.00 RUB.
func attempts(n int) *Payment {
	p := &Payment{Key: Key{"P", "order"}}
	for i := range n {
		p.Attempts = append(p.Attempts, Attempt{
			N: i + 1, PaymentID: paymentID("order", i+1), Amount: roubles(10000), Sent: true, CreatedAt: day,
			Ticket: Ticket{URL: "https://pay.example/" + paymentID("order", i+1), ExpiresAt: at(600)},
		})
	}
	return p
}

// happen lets an event happen to p and returns its outcome.
func (p *Payment) happen(i int, status, sub string, amount Money, signedAt time.Time, body string) Outcome {
	e := &Event{Key: p.Key, PaymentID: p.Attempts[i].PaymentID, Status: Status{Main: status, Sub: sub}, Amount: amount, SignedAt: signedAt}
	fingerprint := [32]byte{}
	copy(fingerprint[:], body)
	o := decide(p, i, e, fingerprint, true)
	if o != Duplicate && o != Stale {
		p.apply(i, e, fingerprint, o, signedAt)
	}
	return o
}

// Each case is a row of the table: a history, and what one more event does.
func TestDecide(t *testing.T) {
	type event struct {
		i           int
		status, sub string
		amount      int64
		second      int
		body        string
	}
	for _, c := range []struct {
		name     string
		attempts int
		history  []event
		event    event
		want     Outcome
		asks     bool
	}{
		{"first success", 1, nil, event{0, "success", "", 10000, 1, "a"}, Applied, false},
		{"first decline", 1, nil, event{0, "decline", "", 10000, 1, "a"}, Applied, false},
		{"first progress", 1, nil, event{0, "processing", "paid", 10000, 1, "a"}, Applied, false},
		{"unknown status", 1, nil, event{0, "frozen", "", 10000, 1, "a"}, Applied, false},
		{"decline without amount", 1, nil, event{0, "decline", "", 0, 1, "a"}, Applied, false},
		{"same event", 1, []event{{0, "processing", "new", 10000, 1, "a"}}, event{0, "processing", "new", 10000, 1, "a"}, Duplicate, false},
		{"same status, other body", 1, []event{{0, "processing", "new", 10000, 1, "a"}}, event{0, "processing", "new", 10000, 9, "b"}, Duplicate, false},
		{"same body again after a mismatch", 1, []event{{0, "success", "", 1, 1, "a"}}, event{0, "success", "", 1, 2, "a"}, Duplicate, false},
		{"right success after a mismatch", 1, []event{{0, "success", "", 1, 1, "a"}}, event{0, "success", "", 10000, 2, "b"}, Applied, false},
		{"success again, other sub status", 1, []event{{0, "success", "", 10000, 1, "a"}}, event{0, "success", "late", 10000, 2, "b"}, Duplicate, false},
		{"progress after success", 1, []event{{0, "success", "", 10000, 1, "a"}}, event{0, "processing", "paid", 10000, 9, "b"}, Stale, false},
		{"progress after decline", 1, []event{{0, "decline", "", 10000, 1, "a"}}, event{0, "dispute", "no_payment", 10000, 9, "b"}, Stale, false},
		{"decline after success", 1, []event{{0, "success", "", 10000, 1, "a"}}, event{0, "decline", "", 10000, 9, "b"}, Conflict, false},
		{"success after decline", 1, []event{{0, "decline", "", 10000, 1, "a"}}, event{0, "success", "", 10000, 9, "b"}, Conflict, false},
		{"conflict again", 1, []event{{0, "decline", "", 10000, 1, "a"}, {0, "success", "", 10000, 9, "b"}}, event{0, "success", "", 10000, 9, "b"}, Duplicate, false},
		{"older progress", 1, []event{{0, "processing", "paid", 10000, 5, "a"}}, event{0, "processing", "new", 10000, 4, "b"}, Stale, false},
		{"progress of the same second", 1, []event{{0, "processing", "paid", 10000, 5, "a"}}, event{0, "processing", "new", 10000, 5, "b"}, Applied, false},
		{"progress between another and an older mismatch", 1, []event{{0, "processing", "paid", 10000, 5, "a"}, {0, "success", "", 1, 3, "b"}}, event{0, "processing", "new", 10000, 4, "c"}, Stale, false},
		{"older success", 1, []event{{0, "processing", "paid", 10000, 5, "a"}}, event{0, "success", "", 10000, 4, "b"}, Applied, false},
		{"unstated amount", 1, nil, event{0, "success", "", 0, 1, "a"}, Mismatch, true},
		{"other amount", 1, nil, event{0, "success", "", 9900, 1, "a"}, Mismatch, false},
		{"success of the second attempt", 2, nil, event{1, "success", "", 10000, 1, "a"}, Applied, false},
		{"success of the first of two attempts", 2, nil, event{0, "success", "", 10000, 1, "a"}, Applied, false},
		{"second success", 2, []event{{1, "success", "", 10000, 1, "a"}}, event{0, "success", "", 10000, 2, "b"}, DoublePaid, false},
		{"second success again", 2, []event{{1, "success", "", 10000, 1, "a"}, {0, "success", "", 10000, 2, "b"}}, event{0, "success", "", 10000, 3, "c"}, Duplicate, false},
		{"decline of an old attempt", 2, nil, event{0, "decline", "", 10000, 1, "a"}, Superseded, false},
		{"progress of an old attempt", 2, nil, event{0, "processing", "paid", 10000, 1, "a"}, Superseded, false},
		{"superseded again", 2, []event{{0, "decline", "", 10000, 1, "a"}}, event{0, "decline", "", 10000, 2, "a"}, Duplicate, false},
		{"decline of the newest of a paid order", 2, []event{{0, "success", "", 10000, 1, "a"}}, event{1, "decline", "", 10000, 2, "b"}, Superseded, false},
		{"decline of the newest attempt", 2, nil, event{1, "decline", "", 10000, 1, "a"}, Applied, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := attempts(c.attempts)
			for _, e := range c.history {
				p.happen(e.i, e.status, e.sub, Money{e.amount, "RUB"}, at(e.second), e.body)
			}
			e := c.event
			asked := decide(p, e.i, &Event{Status: Status{Main: e.status, Sub: e.sub}, Amount: Money{e.amount, "RUB"}, SignedAt: at(e.second)},
				func() (f [32]byte) { copy(f[:], e.body); return }(), false) == askInfo
			require.Equal(t, c.asks, asked)
			require.Equal(t, c.want, p.happen(e.i, e.status, e.sub, Money{e.amount, "RUB"}, at(e.second), e.body))
		})
	}
}

// A success must be of the amount of its own attempt and of the newest one.
func TestDecideAmounts(t *testing.T) {
	p := attempts(2)
	p.Attempts[1].Amount = roubles(20000)
	require.Equal(t, Mismatch, p.clone().happen(0, "success", "", roubles(10000), at(1), "a"), "the order costs 200.00 by now")
	require.Equal(t, Mismatch, p.clone().happen(0, "success", "", roubles(20000), at(1), "a"), "the attempt was over 100.00")
	require.Equal(t, Applied, p.clone().happen(1, "success", "", roubles(20000), at(1), "a"))
	require.Equal(t, Mismatch, p.clone().happen(1, "success", "", Money{20000, "KZT"}, at(1), "a"))
	require.Equal(t, Mismatch, p.clone().happen(1, "success", "", Money{20000, ""}, at(1), "a"))
}

func (p *Payment) clone() *Payment { c := p.Clone(); return &c }

// kindOfEvent is one letter of the enumeration.
type kindOfEvent struct {
	i           int
	status, sub string
	amount      Money
	early       bool // signed before all others
}

func alphabet(n int, early ...bool) (all []kindOfEvent) {
	for i := range n {
		for _, early := range early {
			all = append(all,
				kindOfEvent{i, "success", "", roubles(10000), early}, kindOfEvent{i, "success", "", roubles(9900), early},
				kindOfEvent{i, "decline", "", Money{}, early}, kindOfEvent{i, "processing", "paid", roubles(10000), early},
				kindOfEvent{i, "dispute", "no_payment", Money{}, early}, kindOfEvent{i, "error", "", Money{}, early})
		}
	}
	return all
}

// enumeration walks every sequence of events up to a length and checks what
// must hold after each step, whatever came before.
type enumeration struct {
	t         *testing.T
	events    []kindOfEvent
	sequences int
}

func (x *enumeration) walk(p Payment, shipped, depth int, story string) {
	x.sequences++
	if depth == 0 {
		return
	}
	for n, e := range x.events {
		second := 100 - depth
		if e.early {
			second = 1
		}
		next := p.Clone()
		step := fmt.Sprintf("%s, %d:%s:%s %v early=%v", story, e.i+1, e.status, e.sub, e.amount, e.early)
		o := next.happen(e.i, e.status, e.sub, e.amount, at(second), fmt.Sprint(n, second))
		ships := 0
		if o == Applied && e.status == "success" {
			ships = 1
		}
		x.check(&p, &next, e, o, shipped+ships, step)
		x.walk(next, shipped+ships, depth-1, step)
	}
}

func (x *enumeration) check(before, after *Payment, e kindOfEvent, o Outcome, shipped int, step string) {
	fail := func(what string) { x.t.Fatalf("%s: %s (%v)", step, what, o) }
	switch {
	case shipped > 1:
		fail("shipped twice")
	case after.Paid() != (shipped == 1):
		fail("paid and shipped differ")
	case before.Paid() && !after.Paid():
		fail("a paid order is no longer paid")
	case e.amount != roubles(10000) && o == Applied && e.status == "success":
		fail("shipped for another amount")
	case o == Applied && e.status == "decline" && (before.Paid() || e.i != len(before.Attempts)-1):
		fail("a decline that does not concern the order runs its hook")
	case o.anomalous() && after.Held == "":
		fail("an anomaly that holds nothing")
	}
	for i := range before.Attempts {
		if s := before.Attempts[i].Status; s.Final() && s != after.Attempts[i].Status {
			fail("a final status was overwritten")
		}
	}
	// The same event again is a duplicate, unless it was stale; one that took
	// effect is a duplicate with another body too.
	mark := after.Attempts[e.i].Marks
	if o == Stale || o == Duplicate {
		return
	}
	newest := mark[len(mark)-1]
	bodies := []string{string(newest.Fingerprint[:])}
	if !o.anomalous() || o == DoublePaid {
		bodies = append(bodies, "another body")
	}
	for _, body := range bodies {
		again := after.Clone()
		if got := again.happen(e.i, e.status, e.sub, e.amount, newest.SignedAt, body); got != Duplicate {
			fail("again it is " + got.String())
		}
	}
}

func TestEverySequenceOfEvents(t *testing.T) {
	for _, c := range []struct {
		name          string
		events        []kindOfEvent
		length, least int
	}{
		{"in order", alphabet(2, false), 5, 250_000},
		{"in and out of order", alphabet(2, false, true), 4, 300_000},
		{"one attempt", alphabet(1, false, true), 5, 250_000},
	} {
		if testing.Short() {
			c.length, c.least = 3, 100
		}
		x := &enumeration{t: t, events: c.events}
		x.walk(*attempts(2), 0, c.length, "")
		require.Greater(t, x.sequences, c.least)
		t.Logf("%s: %d sequences", c.name, x.sequences)
	}
}

// The last moment of settleTime is still within it.
func TestOver(t *testing.T) {
	a := &Attempt{Ticket: Ticket{ExpiresAt: at(600)}}
	require.False(t, a.over(at(600).Add(settleTime)))
	require.True(t, a.over(at(600).Add(time.Minute+1)))
}

// A second success that comes again is told as what it was.
func TestMarkedDoublePaid(t *testing.T) {
	p := attempts(2)
	p.happen(1, "success", "", roubles(10000), at(1), "a")
	require.Equal(t, DoublePaid, p.happen(0, "success", "", roubles(10000), at(2), "b"))
	m := p.Attempts[0].marked(Status{Main: "success"}, [32]byte{'c'})
	require.NotNil(t, m)
	require.Equal(t, DoublePaid, m.Outcome)
	require.Nil(t, p.Attempts[0].marked(Status{Main: "success", Sub: "late"}, [32]byte{'c'}))
}

func TestPaymentApply(t *testing.T) {
	e := &Event{RequestID: "r", Status: Status{Main: "decline", Sub: "s", Description: "d"}, SignedAt: at(1)}
	for o, takes := range map[Outcome]bool{Applied: true, Superseded: true, DoublePaid: true, Conflict: false, Mismatch: false} {
		p, before := attempts(2), attempts(2)
		p.apply(0, e, [32]byte{1}, o, at(2))
		want := before.Attempts[0]
		want.Marks = []Mark{{Status: "decline", SubStatus: "s", Outcome: o, Fingerprint: [32]byte{1}, SignedAt: at(1), At: at(2)}}
		if takes {
			want.Status, want.Ticket.RequestID = e.Status, "r"
		}
		require.Equal(t, want, p.Attempts[0], o)
		require.Equal(t, before.Attempts[1], p.Attempts[1], o)
		require.Equal(t, at(2), p.UpdatedAt, o)
		require.Equal(t, o.anomalous(), p.Held != "", o)
	}

	p := attempts(1)
	p.Attempts[0].Ticket.RequestID, p.Held = "of the create request", "an anomaly before"
	p.apply(0, e, [32]byte{1}, Applied, at(2))
	p.apply(0, e, [32]byte{2}, Conflict, at(3))
	require.Equal(t, "of the create request", p.Attempts[0].Ticket.RequestID)
	require.Equal(t, "an anomaly before", p.Held, "the first anomaly holds the order")
}

func TestNextAttempt(t *testing.T) {
	lost := &Attempt{Lost: true}
	open := &Attempt{Ticket: Ticket{URL: "https://pay.example", ExpiresAt: at(600)}}
	unseen := &Attempt{Ticket: Ticket{ExpiresAt: at(600)}}
	for _, c := range []struct {
		name         string
		a            *Attempt
		status       Status
		known, again bool
		second       int
		want         verdict
	}{
		{"lost", lost, Status{Main: "processing", Sub: "paid"}, true, false, 0, verdictNext},
		{"not known", open, Status{}, false, false, 0, verdictResend},
		{"success", open, Status{Main: "success"}, true, false, 0, verdictPaid},
		{"decline", open, Status{Main: "decline"}, true, false, 0, verdictNext},
		{"not paid in time", open, Status{Main: "dispute", Sub: "no_payment"}, true, false, 0, verdictNext},
		{"another dispute", open, Status{Main: "dispute", Sub: "different_amount"}, true, false, 9999, verdictWait},
		{"error once", open, Status{Main: "error"}, true, false, 0, verdictResend},
		{"error again", open, Status{Main: "error"}, true, true, 0, verdictNext},
		{"new, not expired", open, Status{Main: "processing", Sub: "new"}, true, false, 599, verdictWait},
		{"new, just expired", open, Status{Main: "processing", Sub: "new"}, true, false, 660, verdictWait},
		{"new, expired for long", open, Status{Main: "processing", Sub: "new"}, true, false, 661, verdictNext},
		{"requisites, expired for long", open, Status{Main: "processing", Sub: "requisites"}, true, false, 661, verdictNext},
		{"paid by the payer's word, expired for long", open, Status{Main: "processing", Sub: "paid"}, true, false, 9999, verdictWait},
		{"waiting for 3-D Secure, expired for long", open, Status{Main: "processing", Sub: "awaiting_3ds_result"}, true, false, 9999, verdictWait},
		{"unknown sub status", open, Status{Main: "processing", Sub: "thinking"}, true, false, 9999, verdictWait},
		{"unknown status", open, Status{Main: "frozen"}, true, false, 9999, verdictWait},
		{"no status", open, Status{}, true, false, 9999, verdictWait},
		{"new of an unknown status, expired for long", open, Status{Main: "frozen", Sub: "new"}, true, false, 9999, verdictWait},
		{"no payment of another status", open, Status{Main: "processing", Sub: "no_payment"}, true, false, 9999, verdictWait},
		{"progress after an error", open, Status{Main: "processing", Sub: "paid"}, true, true, 9999, verdictWait},
		{"new, page never seen", unseen, Status{Main: "processing", Sub: "new"}, true, false, 0, verdictResend},
		{"new, page never seen, just expired", unseen, Status{Main: "processing", Sub: "new"}, true, false, 610, verdictResend},
		{"new, page never seen, expired for long", unseen, Status{Main: "processing", Sub: "new"}, true, false, 661, verdictNext},
		{"paid, page never seen", unseen, Status{Main: "processing", Sub: "paid"}, true, false, 0, verdictWait},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.want, nextAttempt(c.a, c.status, c.known, c.again, at(c.second)))
		})
	}
}

func TestPlanTicket(t *testing.T) {
	change := func(f func(p *Payment)) *Payment {
		p := attempts(1)
		f(p)
		return p
	}
	for _, c := range []struct {
		name   string
		p      *Payment
		amount int64
		want   plan
		err    error
	}{
		{"open ticket", attempts(1), 10000, planGive, nil},
		{"open ticket, other amount", attempts(1), 10001, 0, ErrAmountChanged},
		{"paid", change(func(p *Payment) { p.Attempts[0].Status.Main = "success" }), 10000, 0, ErrOrderPaid},
		{"paid and held", change(func(p *Payment) { p.Attempts[0].Status.Main = "success"; p.Held = "x" }), 10000, 0, ErrOrderPaid},
		{"held", change(func(p *Payment) { p.Held = "x" }), 10000, 0, ErrNeedsReview},
		{"claimed", change(func(p *Payment) { p.Claim = Claim{"t", at(1)} }), 10000, planWait, nil},
		{"claim ended", change(func(p *Payment) { p.Claim = Claim{"t", at(0)}; p.Attempts[0].Ticket.URL = "" }), 10000, planAsk, nil},
		{"no ticket", change(func(p *Payment) { p.Attempts[0].Ticket.URL = "" }), 10000, planAsk, nil},
		{"expired", change(func(p *Payment) { p.Attempts[0].Ticket.ExpiresAt = at(0) }), 10000, planAsk, nil},
		{"declined", change(func(p *Payment) { p.Attempts[0].Status.Main = "decline" }), 10001, planNext, nil},
		{"lost", change(func(p *Payment) { p.Attempts[0].Lost = true }), 10000, planNext, nil},
		{"page dead by an error", change(func(p *Payment) { p.Attempts[0].Status.Main = "error" }), 10000, planAsk, nil},
		{"page dead by time", change(func(p *Payment) { p.Attempts[0].Status = Status{Main: "dispute", Sub: "no_payment"} }), 10000, planAsk, nil},
		{"another dispute", change(func(p *Payment) { p.Attempts[0].Status = Status{Main: "dispute", Sub: "different_amount"} }), 10000, planGive, nil},
		{"no payment of another status", change(func(p *Payment) { p.Attempts[0].Status = Status{Main: "processing", Sub: "no_payment"} }), 10000, planGive, nil},
		{"no claim", change(func(p *Payment) { p.Claim = Claim{"", at(1)} }), 10000, planGive, nil},
		{"expired, other amount", change(func(p *Payment) { p.Attempts[0].Ticket.ExpiresAt = at(0) }), 10001, planAsk, nil},
		{"page dead by an error, other amount", change(func(p *Payment) { p.Attempts[0].Status.Main = "error" }), 10001, planAsk, nil},
		{"third attempt open", attempts(3), 10000, planGive, nil},
		{"third attempt declined", change(func(p *Payment) { *p = *attempts(3); p.newest().Status.Main = "decline" }), 10000, 0, ErrNeedsReview},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := planTicket(c.p, roubles(c.amount), 3, at(0))
			require.ErrorIs(t, err, c.err)
			require.Equal(t, c.want, got)
		})
	}
}

func TestPaymentIDs(t *testing.T) {
	for n, want := range map[int]string{1: "order", 2: "order~2", 10: "order~10", 999: "order~999"} {
		require.Equal(t, want, paymentID("order", n))
		order, ok := orderOf(want)
		require.True(t, ok)
		require.Equal(t, "order", order)
	}
	for _, id := range []string{"", "~2", "order~", "order~1", "order~0", "order~02", "order~+2", "order~-2", "order~2~3", "order~2 ", "order~x",
		"order~99999999999999999999", "a;b", "a\nb", "a\x00", "\xff", string(make([]byte, 241))} {
		_, ok := orderOf(id)
		require.False(t, ok, "%q", id)
	}
}

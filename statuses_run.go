package highhelp

import (
	"slices"
	"strings"
	"time"
)

// The tables of WriteStatuses, made by running decide, apply and nextAttempt.

var (
	tableStart  = time.Unix(1_700_000_000, 0).UTC()
	tableAmount = Money{10000, "RUB"}
)

// tablePayment is a payment whose attempts have these statuses; "" is an
// attempt of which nothing was heard.
func tablePayment(statuses ...string) Payment {
	p := Payment{Key: Key{"project", "order"}}
	for i, s := range statuses {
		a := Attempt{N: i + 1, PaymentID: paymentID("order", i+1), Amount: tableAmount, Sent: true, CreatedAt: tableStart}
		a.Ticket.ExpiresAt, a.Ticket.URL = tableStart.Add(defaultLifetime), "https://pay.example"
		p.Attempts = append(p.Attempts, a)
		if s != "" {
			e := tableEvent(s, 1)
			p.apply(i, &e, [32]byte{1}, Applied, tableStart)
		}
	}
	return p
}

// tableEvent is an event of the table's amount, signed so many minutes after
// the start.
func tableEvent(status string, minute int) Event {
	main, sub, _ := strings.Cut(status, ":")
	return Event{Status: Status{Main: main, Sub: sub}, Amount: tableAmount, SignedAt: tableStart.Add(time.Duration(minute) * time.Minute)}
}

// eventRows runs every kind of event against every state.
func eventRows() [][]string {
	events := []struct {
		name  string
		event Event
		print byte // the fingerprint; 1 is that of what was taken in before
		asked bool
	}{
		{"the same again", Event{}, 1, false},
		{"intermediate", tableEvent("processing:paid", 2), 2, false},
		{"intermediate, signed before the newest", tableEvent("processing:paid", 0), 2, false},
		{"success", tableEvent("success", 2), 2, false},
		{"success of another amount", tableEvent("success", 2), 2, false},
		{"success, amount not stated", tableEvent("success", 2), 2, false},
		{"success, amount not stated even when asked", tableEvent("success", 2), 2, true},
		{"decline", tableEvent("decline", 2), 2, false},
	}
	events[4].event.Amount.Minor++
	events[5].event.Amount, events[6].event.Amount = Money{}, Money{}
	rows := [][]string{{"the attempt"}}
	for _, e := range events {
		rows[0] = append(rows[0], e.name)
	}
	for _, s := range []struct {
		name     string
		attempts []string
		i        int
	}{
		{"newest, nothing heard", []string{""}, 0},
		{"newest, processing", []string{"processing:new"}, 0},
		{"newest, dispute", []string{"dispute:no_payment"}, 0},
		{"newest, error", []string{"error"}, 0},
		{"newest, a status that is not known", []string{"unheard_of"}, 0},
		{"newest, success", []string{"success"}, 0},
		{"newest, decline", []string{"decline"}, 0},
		{"newest, processing, an older one is paid", []string{"success", "processing:new"}, 1},
		{"older, processing", []string{"processing:new", "processing:new"}, 0},
		{"older, processing, a newer one is paid", []string{"processing:new", "success"}, 0},
	} {
		row := []string{s.name}
		for _, e := range events {
			p := tablePayment(s.attempts...)
			row = append(row, outcomeWord(&p, s.i, e.event, e.print, e.asked))
		}
		rows = append(rows, row)
	}
	return rows
}

func outcomeWord(p *Payment, i int, e Event, fingerprint byte, asked bool) string {
	if fingerprint == 1 { // what was taken in before
		if len(p.Attempts[i].Marks) == 0 {
			return "–"
		}
		e.Status = p.Attempts[i].Status
	}
	if o := decide(p, i, &e, [32]byte{fingerprint}, asked); o != askInfo {
		return o.String()
	}
	return "the gateway is asked"
}

// outcomeRows applies every outcome to a payment and says what has changed.
func outcomeRows() [][]string {
	rows := [][]string{{"outcome", "takes the status over", "leaves a mark", "runs a hook", "holds the order for review"}}
	for o := Applied; o <= DoublePaid; o++ {
		p, e := tablePayment("processing:new"), tableEvent("success", 2)
		before := p.Clone()
		if o.changes() {
			p.apply(0, &e, [32]byte{2}, o, tableStart)
		}
		a, b := &p.Attempts[0], &before.Attempts[0]
		rows = append(rows, []string{
			o.String(), yes(a.Status != b.Status), yes(len(a.Marks) > len(b.Marks)), yes(o == Applied), yes(p.Held != ""),
		})
	}
	return rows
}

func yes(is bool) string {
	if is {
		return "yes"
	}
	return "no"
}

// verdictRows runs nextAttempt for all that the gateway may say.
func verdictRows() [][]string {
	rows := [][]string{{"the gateway says", "its page may be open", "its page has ended", "no page was ever seen"}}
	words := map[verdict]string{verdictWait: "wait", verdictResend: "send the request again", verdictNext: "open the next attempt", verdictPaid: "it is paid"}
	soon, late := tableStart, tableStart.Add(defaultLifetime+settleTime+time.Second)
	row := func(name string, seen Status, known, again, lost bool) {
		open, unseen := tablePayment("").Attempts[0], tablePayment("").Attempts[0]
		open.Lost, unseen.Lost, unseen.Ticket.URL = lost, lost, ""
		rows = append(rows, []string{
			name, words[nextAttempt(&open, seen, known, again, soon)], words[nextAttempt(&open, seen, known, again, late)],
			words[nextAttempt(&unseen, seen, known, again, soon)],
		})
	}
	row("that it does not know the payment", Status{}, false, false, false)
	for _, m := range meanings {
		row("`"+m.status.String()+"`", m.status, true, false, false)
		if m.status.Main == statusError {
			row("`error`, as it had before", m.status, true, true, false)
		}
	}
	row("a status that is not known", Status{Main: "unheard_of"}, true, false, false)
	row("that it knows the payment, but never which page", Status{Main: statusProcessing, Sub: "paid"}, true, false, true)
	return rows
}

// outcomeIn is what an event does to an attempt of that status.
func outcomeIn(status, event string) Outcome {
	p, e := tablePayment(status), tableEvent(event, 2)
	return decide(&p, 0, &e, [32]byte{2}, false)
}

// groups tells the statuses that all others may follow from those that end an
// attempt, by what events do in them.
func groups() (open, ends []string) {
	var all []string
	for _, m := range meanings {
		if !slices.Contains(all, m.status.Main) {
			all = append(all, m.status.Main)
		}
	}
	for _, s := range all {
		if slices.ContainsFunc(all, func(event string) bool { return event != s && outcomeIn(s, event) != Applied }) {
			ends = append(ends, s)
		} else {
			open = append(open, s)
		}
	}
	return open, ends
}

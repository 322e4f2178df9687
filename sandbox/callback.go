package sandbox

import (
	"cmp"
	"time"
)

// An event is a change of status on its way to the shop.
type event struct {
	seq     int // which change of the ticket it is; copies share theirs
	status  Status
	url     string
	changed time.Time
	tries   int       // that have ended
	due     time.Time // of the next try
	busy    bool      // a try is under way
}

// of returns where a callback about s goes, or "".
func (u CallbackURLs) of(s Status) string {
	switch s.Main {
	case "success":
		return u.Success
	case "decline":
		return u.Decline
	}
	return u.Info
}

// or fills the gaps of u from others.
func (u CallbackURLs) or(others CallbackURLs) CallbackURLs {
	return CallbackURLs{
		Info:    cmp.Or(u.Info, others.Info),
		Success: cmp.Or(u.Success, others.Success),
		Decline: cmp.Or(u.Decline, others.Decline),
	}
}

// news queues the callbacks about a status that t has entered.
func (t *ticket) news(s Status, now time.Time, waits *waits) {
	if u := t.urls.of(s); u != "" {
		due := now.Add(waits.before(1))
		if late, ok := find(t.faults, FaultLate); ok {
			due = due.Add(cmp.Or(late.Delay, defaultLate))
		}
		t.seq++
		copies := 1
		if more, ok := find(t.faults, FaultDuplicate); ok {
			copies += cmp.Or(more.Times, 2)
		}
		for range copies {
			t.events = append(t.events, &event{seq: t.seq, status: s, url: u, changed: now, due: due})
		}
	}
	if _, ok := find(t.faults, FaultContradict); ok && s.Final() && !t.contradicted {
		t.contradicted = true
		t.news(opposite(s), now, waits)
	}
}

// opposite returns the other final status.
func opposite(s Status) Status {
	if s.Main == "success" {
		return Status{Main: "decline", Description: "declined after all"}
	}
	return Status{Main: "success"}
}

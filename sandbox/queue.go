package sandbox

import (
	"slices"
	"time"
)

// maxTries bounds how many callbacks are under way at once.
const maxTries = 16

// A job is one try of one callback.
type job struct {
	ticket  *ticket
	event   *event
	view    Ticket
	status  Status
	url     string
	urls    CallbackURLs
	changed time.Time
	try     int     // 1 is the first
	faults  []Fault // that spoil this try
}

// newJob returns the next try of e. l.mu must be held.
func (t *ticket) newJob(e *event) job {
	j := job{
		ticket: t, event: e, view: t.view(), status: e.status, url: e.url, urls: t.urls, changed: e.changed, try: e.tries + 1,
	}
	for _, f := range t.faults {
		if f.changesLetters() && f.spoils(j.try) {
			j.faults = append(j.faults, f)
		}
	}
	return j
}

// A round is what claim finds.
type round struct {
	jobs    []job
	idle    bool            // nothing is due and no try is under way, anywhere
	next    time.Time       // when something is due next, or zero
	changed <-chan struct{} // closed when this is no longer so
}

// claim notices lifetimes that are over and hands out the tries that are due,
// as many as may be under way at once. Each must be given back to finish.
func (l *ledger) claim(now time.Time) round {
	l.mu.Lock()
	defer l.mu.Unlock()
	var r round
	for _, t := range l.live {
		l.settle(t, now)
		for _, e := range t.due(now, &r.next) {
			if l.busy < maxTries {
				e.busy = true
				l.busy++
				r.jobs = append(r.jobs, t.newJob(e))
			}
		}
	}
	l.live = slices.DeleteFunc(l.live, func(t *ticket) bool {
		t.live = !t.settled()
		return !t.live
	})
	r.idle, r.changed = l.busy == 0, l.changed
	return r
}

// due returns the callbacks of t to try now, and lowers next to the time at
// which t has something to do later.
func (t *ticket) due(now time.Time, next *time.Time) (due []*event) {
	if checkout[t.at].expiry != "" {
		earlier(next, t.ExpiresAt)
	}
	first := 0 // the change whose first tries have not ended
	for _, e := range t.queue() {
		if first != 0 && e.seq != first {
			break
		}
		switch {
		case e.busy:
		case e.due.After(now):
			earlier(next, e.due)
		default:
			due = append(due, e)
		}
		if e.tries == 0 {
			first = e.seq
		}
	}
	return due
}

// queue returns the callbacks of t in the order in which they are sent. What
// comes later waits until the first tries of what is before it have ended.
func (t *ticket) queue() []*event {
	if _, ok := find(t.faults, FaultReorder); !ok {
		return t.events
	}
	if checkout.offers(t.at) {
		return nil // it waits for the last one
	}
	backwards := slices.Clone(t.events)
	slices.Reverse(backwards)
	return backwards
}

func earlier(next *time.Time, at time.Time) {
	if next.IsZero() || at.Before(*next) {
		*next = at
	}
}

// nextCallback returns when the next callback is due, a lifetime that ends
// aside, or zero.
func (l *ledger) nextCallback() (next time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, t := range l.live {
		for _, e := range t.queue() {
			earlier(&next, e.due)
		}
	}
	return next
}

// An outcome is how a try ended.
type outcome uint8

const (
	delivered outcome = iota // a 2xx
	failed
	stopped // from outside, as if it had never been
)

// finish ends a try, and plans the next one if there is to be one.
func (l *ledger) finish(j job, o outcome, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := j.event
	e.busy = false
	l.busy--
	if o != stopped {
		e.tries++
		if o == delivered || l.givesUp(j, o) {
			j.ticket.events = slices.DeleteFunc(j.ticket.events, func(other *event) bool { return other == e })
		} else {
			e.due = now.Add(l.waits.before(e.tries + 1))
		}
	}
	l.announce()
}

// givesUp reports whether a try that ended so is the last.
func (l *ledger) givesUp(j job, o outcome) bool { return o == failed && l.waits.over(j.try) }

// hurry makes every callback of the ticket that find finds due now.
func (l *ledger) hurry(find finder, now time.Time) error {
	return l.change(find, func(t *ticket) error {
		for _, e := range t.events {
			e.due = now
		}
		return nil
	})
}

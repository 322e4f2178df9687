package highhelp

import (
	"slices"
	"time"
)

// Checks say when [Checkout.Reconcile] asks the gateway about payments whose
// callbacks do not come, and how fast. The zero Checks are the defaults.
type Checks struct {
	// After is how long after an attempt was opened the gateway is asked, as
	// long as it is neither paid nor declined; rising. It is asked once more
	// when the payment page has ended. The last one is the horizon: what is
	// not final by then is given up.
	// Default: 1, 5 and 15 minutes, 1, 6 and 24 hours.
	After []time.Duration
	// Every is the pause between two looks of [Checkout.Run], a fifth more or
	// less, so that processes do not move in step. Default: 30 seconds.
	Every time.Duration
	// PerSecond is how many calls a Checkout makes at most in a second.
	// Default: 10.
	PerSecond int
	// AtOnce is how many calls are under way at most. Default: 4.
	AtOnce int
}

func (c Checks) withDefaults() Checks {
	c.After = slices.Clone(c.After)
	if len(c.After) == 0 {
		c.After = []time.Duration{
			time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 6 * time.Hour, 24 * time.Hour,
		}
	}
	c.Every = or(c.Every, 30*time.Second)
	c.PerSecond = or(c.PerSecond, 10)
	c.AtOnce = or(c.AtOnce, 4)
	return c
}

func (v *validator) checks() {
	c := &v.cfg.Checks
	v.check(slices.IsSorted(c.After) && c.After[0] > 0, "Checks.After", "not rising from more than 0")
	v.check(c.Every > 0, "Checks.Every", "negative")
	v.check(c.PerSecond > 0, "Checks.PerSecond", "negative")
	v.check(c.AtOnce > 0, "Checks.AtOnce", "negative")
}

// watched reports whether the gateway may still have news of a.
func (a *Attempt) watched() bool { return a.Sent && !a.GaveUp && !a.Status.Final() }

// checkTimes returns when the gateway is asked about a, in order.
func (a *Attempt) checkTimes(after []time.Duration) []time.Time {
	times := []time.Time{a.Ticket.ExpiresAt.Add(settleTime)}
	for _, d := range after {
		times = append(times, a.CreatedAt.Add(d))
	}
	slices.SortFunc(times, time.Time.Compare)
	return times
}

// nextCheck returns when the gateway should be asked about p, or the zero time
// if there is nothing to ask. Older and lost attempts are watched too: their
// page may have been paid. An attempt whose last check has passed stays due
// until somebody has made it.
func (p *Payment) nextCheck(now time.Time, after []time.Duration) time.Time {
	var next time.Time
	for i := range p.Attempts {
		if a := &p.Attempts[i]; a.watched() {
			times := a.checkTimes(after)
			j := slices.IndexFunc(times, now.Before)
			if j < 0 {
				j = len(times) - 1
			}
			if next.IsZero() || times[j].Before(next) {
				next = times[j]
			}
		}
	}
	return next
}

// horizon reports whether the last check of a is due, and whether it is so
// long ago that an answer is no longer waited for.
func (a *Attempt) horizon(now time.Time, after []time.Duration) (reached, hopeless bool) {
	times := a.checkTimes(after)
	last := times[len(times)-1]
	return !now.Before(last), now.Sub(last) > last.Sub(a.CreatedAt)
}

// unbegun reports whether nobody has begun to pay, by all that is known.
func (a *Attempt) unbegun() bool {
	switch s := a.Status; s.Main {
	case "", statusError:
		return true
	case statusProcessing:
		return s.Sub == "new" || s.Sub == "requisites"
	case statusDispute:
		return s.Sub == "no_payment"
	}
	return false
}

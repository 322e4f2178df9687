package highhelp_test

import (
	"fmt"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/stretchr/testify/require"
)

// accepted sends a genuine callback before the attack.
func accepted(body string, route string) func(*victim) {
	return func(v *victim) {
		w := v.signed(body)
		w.line = fmt.Sprintf("POST /pay/callbacks/%s HTTP/1.1", route)
		_, statuses, _ := v.exchange(w)
		require.Equal(v.t, []int{200}, statuses)
		v.kept = w
	}
}

// replayed sends the bytes of the genuine callback again, later and elsewhere.
func replayed(after time.Duration, route string) sender {
	return func(v *victim) *wire {
		v.Clock.Add(after)
		w := *v.kept
		w.line = fmt.Sprintf("POST /pay/callbacks/%s?probe=%s HTTP/1.1", route, marker)
		return &w
	}
}

// resigned says the same again under a new signature.
func resigned(after time.Duration, body string) sender {
	return func(v *victim) *wire {
		v.Clock.Add(after)
		return v.signed(body)
	}
}

// What was genuine once, sent again. Nothing ships twice, nothing final changes.
func attacksByReplay() []attack {
	const day = 24 * time.Hour
	duplicate, minute, late := taken(highhelp.Duplicate), tolerance(time.Minute), refuses(401, "out of Tolerance")
	misrouted := taken(highhelp.Duplicate, "wrong_route")
	conflict := taken(highhelp.Conflict, "conflict")
	conflict.changes = true // it is held
	paid, decline := accepted(event(), "success"), event("success", "decline")
	progress, dispute := event("success", "processing", "null", `"paid"`), event("success", "dispute", "null", `"different_amount"`)
	small := event("10000", "100")
	return []attack{
		{name: "at once", before: paid, send: replayed(0, "success"), verdict: duplicate},
		{name: "after three days", before: paid, send: replayed(3*day, "success"), verdict: duplicate},
		{name: "after ten years", before: paid, send: replayed(3650*day, "success"), verdict: duplicate},
		{name: "within the tolerance", set: minute, before: paid, send: replayed(time.Minute, "success"), verdict: duplicate},
		{name: "after the tolerance", set: minute, before: paid, send: replayed(61*time.Second, "success"), verdict: late},
		{name: "after three days, not tolerated", set: minute, before: paid, send: replayed(3*day, "success"), verdict: late},
		{name: "before it was signed", set: minute, before: paid, send: replayed(-61*time.Second, "success"), verdict: late},
		{name: "to the decline URL", before: paid, send: replayed(day, "decline"), verdict: misrouted},
		{name: "to the info URL", before: paid, send: replayed(day, "info"), verdict: misrouted},
		{name: "to a URL of another spelling", before: paid, send: replayed(day, "../callbacks//success"), verdict: duplicate},
		{name: "to the ticket URL", before: paid, send: replayed(day, "tickets"), verdict: unheard(404)},
		{name: "to no URL", before: paid, send: replayed(day, "other"), verdict: unheard(404)},
		{name: "signed again", before: paid, send: resigned(day, event()), verdict: duplicate},
		{name: "signed again with more", before: paid, send: resigned(day, extra("x", "1")), verdict: duplicate},
		{name: "signed again with another amount", before: paid, send: resigned(day, small), verdict: duplicate},
		{name: "signed again with another sub status", before: paid, send: resigned(day, event("null", `"again"`)), verdict: duplicate},
		{name: "with its amount changed", before: paid, send: func(v *victim) *wire {
			w := replayed(day, "success")(v)
			w.body = []byte(event("10000", "99999"))
			return w
		}, verdict: refuses(401, notMade)},
		{name: "as the other order", before: paid, send: func(v *victim) *wire {
			w := replayed(day, "success")(v)
			w.body = []byte(event(`"1"`, `"2"`))
			return w
		}, verdict: refuses(401, notMade)},
		{name: "with a new timestamp", before: paid, send: func(v *victim) *wire {
			w := replayed(day, "success")(v)
			return w.set("X-Access-Timestamp", fmt.Sprint(v.Clock.Now().Unix()))
		}, verdict: refuses(401, notMade)},

		{name: "a decline after the success", before: paid, send: resigned(day, decline), verdict: conflict},
		{name: "a success after the decline", before: accepted(decline, "decline"), send: resigned(day, event()), verdict: conflict},
		{name: "a decline twice", before: accepted(decline, "decline"), send: replayed(day, "decline"), verdict: duplicate},
		{name: "progress after the success", before: paid, send: resigned(day, progress), verdict: taken(highhelp.Stale, "wrong_route")},
		{name: "a dispute after the success", before: paid, send: resigned(day, dispute), verdict: taken(highhelp.Stale, "wrong_route")},
		{name: "progress twice", before: accepted(progress, "info"), send: replayed(day, "info"), verdict: duplicate},
		{name: "old progress after new", before: accepted(dispute, "info"), send: func(v *victim) *wire {
			v.Clock.Add(-time.Minute)
			return v.signed(progress)
		}, verdict: taken(highhelp.Stale, "wrong_route")},
		{name: "a small success twice", before: accepted(small, "success"), send: replayed(day, "success"), verdict: taken(highhelp.Duplicate, "mismatch")},
		{name: "the right success after a small one", before: accepted(small, "success"), send: resigned(day, event()), verdict: applied()},
		{name: "the success after progress", before: accepted(progress, "info"), send: resigned(day, event()), verdict: applied()},
		{name: "the success after a dispute", before: accepted(dispute, "info"), send: resigned(day, event()), verdict: applied()},
		{name: "the success after a forged one", before: func(v *victim) { v.exchange(v.unsigned(event())) }, send: resigned(0, event()), verdict: applied()},
	}
}

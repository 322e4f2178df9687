package highhelp

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var defaultAfter = Checks{}.withDefaults().After

func TestNextCheck(t *testing.T) {
	p := attempts(1)
	for second, want := range map[int]int{
		0: 60, 59: 60, 60: 300, 301: 660, 660: 900, 3599: 3600, 3600: 6 * 3600, 6 * 3600: 24 * 3600,
		24 * 3600: 24 * 3600, 99 * 3600: 24 * 3600, // the last one stays due
	} {
		require.Equal(t, at(want), p.nextCheck(at(second), defaultAfter), second)
	}
	p.Attempts[0].GaveUp = true
	require.Zero(t, p.nextCheck(at(24*3600), defaultAfter))

	p = attempts(2)
	p.Attempts[1].CreatedAt = at(3600)
	require.Equal(t, at(3660), p.nextCheck(at(3600), defaultAfter), "the newer attempt first")
	p.Attempts[1].Status.Main = "decline"
	require.Equal(t, at(6*3600), p.nextCheck(at(3600), defaultAfter), "the older attempt is still watched")
	p.Attempts[0].Status.Main = "success"
	require.Zero(t, p.nextCheck(at(3600), defaultAfter))
}

func TestGiveUp(t *testing.T) {
	for _, c := range []struct {
		name   string
		status Status
		hours  int
		asked  bool
		want   Report
	}{
		{"before the horizon", Status{Main: "processing", Sub: "paid"}, 23, true, Report{}},
		{"the payer has paid, he says", Status{Main: "processing", Sub: "paid"}, 24, true, Report{Unresolved: 1}},
		{"at the bank", Status{Main: "processing", Sub: "awaiting_3ds_result"}, 24, true, Report{Unresolved: 1}},
		{"another amount came", Status{Main: "dispute", Sub: "different_amount"}, 24, true, Report{Unresolved: 1}},
		{"something new", Status{Main: "frozen"}, 24, true, Report{Unresolved: 1}},
		{"nobody has opened the page", Status{Main: "processing", Sub: "new"}, 24, true, Report{Abandoned: 1}},
		{"nobody has paid", Status{Main: "dispute", Sub: "no_payment"}, 24, true, Report{Abandoned: 1}},
		{"the gateway never heard of it", Status{}, 24, true, Report{Abandoned: 1}},
		{"the gateway does not answer", Status{Main: "processing", Sub: "paid"}, 47, false, Report{}},
		{"nor after as long again", Status{Main: "processing", Sub: "paid"}, 49, false, Report{Unresolved: 1}},
		{"paid", Status{Main: "success"}, 99, true, Report{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := attempts(1)
			p.Attempts[0].Status = c.status
			calls := 0
			require.Equal(t, c.want, p.giveUp(day.Add(time.Duration(c.hours)*time.Hour), defaultAfter, c.asked, func(*Attempt) { calls++ }))
			require.Equal(t, c.want.Unresolved, calls)
			require.Equal(t, c.want != Report{}, p.Attempts[0].GaveUp)
		})
	}
}

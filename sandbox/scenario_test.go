package sandbox_test

import (
	"testing"
	"time"

	"github.com/go-highhelp/highhelp/sandbox"
	"github.com/stretchr/testify/require"
)

// path is where the shop hears of a status.
func pathOf(s sandbox.Status) string {
	switch s.Main {
	case "success", "decline":
		return "/" + s.Main
	}
	return "/info"
}

func told(statuses []sandbox.Status) (lines []string) {
	for _, s := range statuses {
		lines = append(lines, pathOf(s)+" "+s.String())
	}
	return lines
}

// Each scenario ends as it says, and the shop hears of every step, once and in
// order.
func TestScenarios(t *testing.T) {
	ends := map[string]string{
		"success": "success", "refusal": "decline", "anti-fraud": "decline", "bank-decline": "decline",
		"3ds": "success", "3ds-failed": "decline", "otp": "success", "otp-wrong": "decline", "paid-declined": "decline",
		"expiry": "dispute:no_payment", "late-success": "success", "dispute-success": "success", "dispute-decline": "decline",
	}
	require.Len(t, sandbox.Scenarios(), len(ends))
	for _, s := range sandbox.Scenarios() {
		t.Run(s.Name, func(t *testing.T) {
			r := newRig(t)
			r.create(r.order("1"))
			ticket, err := r.gateway.Play("1", s)
			require.NoError(t, err)
			require.Equal(t, ends[s.Name], ticket.Status.String())
			require.Equal(t, s.Ends.String(), ticket.Status.String())
			r.deliver()
			require.Equal(t, told(s.Statuses()), r.shop.told())
			require.Equal(t, ends[s.Name], s.Statuses()[len(s.Statuses())-1].String())

			var history []sandbox.Status
			for _, c := range ticket.History[1:] {
				history = append(history, c.Status)
			}
			require.Equal(t, s.Statuses(), history)
			require.Equal(t, s.Ends.Final(), len(ticket.Actions) == 0)
		})
	}
}

// What each step tells, as the documentation names it.
func TestScenarioSteps(t *testing.T) {
	for name, want := range map[string][]string{
		"3ds":     {"/info processing:requisites", "/info processing:awaiting_3ds_result", "/info processing:paid", "/success success"},
		"otp":     {"/info processing:requisites", "/info processing:awaiting_3ds_result", "/info processing:sent_verification", "/info processing:invalid_verification", "/info processing:sent_verification", "/info processing:paid", "/success success"},
		"expiry":  {"/info processing:requisites", "/info dispute:no_payment"},
		"refusal": {"/info processing:requisites", "/decline decline"},
		"otp-wrong": {
			"/info processing:requisites", "/info processing:awaiting_3ds_result",
			"/info processing:sent_verification", "/info processing:invalid_verification",
			"/info processing:sent_verification", "/info processing:invalid_verification",
			"/info processing:sent_verification", "/info processing:invalid_verification", "/decline decline",
		},
		"dispute-decline": {"/info processing:requisites", "/info processing:paid", "/info dispute:confirm_timeout", "/decline decline"},
	} {
		s, err := sandbox.ParseScenario(name)
		require.NoError(t, err)
		require.Equal(t, want, told(s.Statuses()), name)
	}
	_, err := sandbox.ParseScenario("nonsense")
	require.ErrorContains(t, err, `no scenario "nonsense"; there are success, refusal, anti-fraud`)
}

// A page that is open need not be opened; a ticket that has ended plays
// nothing.
func TestPlayFromTheMiddle(t *testing.T) {
	r := newRig(t)
	r.create(r.order("1"))
	r.act("1", sandbox.Open)
	late, err := sandbox.ParseScenario("late-success")
	require.NoError(t, err)
	ticket, err := r.gateway.Play("1", late)
	require.NoError(t, err)
	require.Equal(t, "success", ticket.Status.String())

	ticket, err = r.gateway.Play("1", late)
	require.ErrorIs(t, err, sandbox.ErrNotOffered)
	require.Equal(t, "success", ticket.Status.String())
	_, err = r.gateway.Play("none", late)
	require.ErrorIs(t, err, sandbox.ErrNoTicket)
}

// Resending a password does not count, and the third wrong one is the last.
func TestOneTimePasswords(t *testing.T) {
	r := newRig(t)
	r.create(r.order("1"))
	r.act("1", sandbox.SendOTP, sandbox.ResendOTP, sandbox.WrongOTP, sandbox.ResendOTP, sandbox.ResendOTP, sandbox.WrongOTP, sandbox.ResendOTP)
	require.Equal(t, "processing:awaiting_3ds_result", r.status("1"))
	r.act("1", sandbox.WrongOTP)
	require.Equal(t, "decline", r.status("1"))

	r.create(r.order("2"))
	r.act("2", sandbox.SendOTP, sandbox.WrongOTP, sandbox.WrongOTP, sandbox.RightOTP)
	require.Equal(t, "success", r.status("2"))
}

// A dispute stays until somebody decides, however long that takes, and the
// shop hears of it then.
func TestDisputeIsDecidedLate(t *testing.T) {
	for decision, want := range map[sandbox.Action]string{
		sandbox.ResolveSuccess: "/success success", sandbox.ResolveDecline: "/decline decline",
	} {
		r := newRig(t)
		r.create(r.order("1"))
		r.act("1", sandbox.Dispute)
		r.deliver()
		r.clock.Advance(1000 * time.Hour)
		r.deliver()
		before := len(r.shop.told())
		r.act("1", decision)
		r.deliver()
		require.Equal(t, []string{want}, r.shop.told()[before:])
	}
}

func TestParseStatus(t *testing.T) {
	for text, want := range map[string]sandbox.Status{
		"success":         {Main: "success"},
		"processing:paid": {Main: "processing", Sub: "paid"},
		"new_one:x_2":     {Main: "new_one", Sub: "x_2"},
	} {
		s, err := sandbox.ParseStatus(text)
		require.NoError(t, err)
		require.Equal(t, want, s)
		require.Equal(t, text, s.String())
	}
	for _, text := range []string{"", ":", "a:", ":b", "a:b:c", "Success", "a b", "a\n"} {
		_, err := sandbox.ParseStatus(text)
		require.Error(t, err, text)
	}
}

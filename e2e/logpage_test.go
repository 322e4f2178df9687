package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/sandbox"
	"github.com/stretchr/testify/require"
)

// pays lets an order be paid without a browser, and its callbacks come.
func (s *sandboxShop) pays(id string, a sandbox.Action) {
	s.t.Helper()
	s.ticket(highhelp.Order{ID: id, Amount: notebook})
	_, err := s.Act(id, a)
	require.NoError(s.t, err)
	s.Settle()
}

// payments lists the payments of the rows on the log page, in their order.
func (w *tab) payments() []string {
	w.t.Helper()
	return eval[[]string](w, `[...document.querySelectorAll("tbody td[data-label=payment]")].map((e) => e.textContent)`)
}

// An operator finds what failed, looks at it, asks what a replay would do, and
// replays it once the warehouse is open again: the order ships once.
func TestLogPage(t *testing.T) {
	s := newSandboxShop(t)
	w := s.tab()
	s.pays("1001", sandbox.Pay)
	s.pays("1002", sandbox.Refuse)
	s.breaks(true)
	s.pays("1003", sandbox.Pay)
	s.pays("1004", sandbox.Pay)
	s.breaks(false)
	w.goTo(s.url + "/admin/payments/")
	require.Subset(t, w.payments(), []string{"1001", "1002", "1003", "1004"})

	w.run(chromedp.SendKeys("#outcome", "failed"), chromedp.SendKeys("#id", "1003"))
	w.follow(reading("Show"))
	require.NotEmpty(t, w.payments())
	require.Subset(t, []string{"1003"}, w.payments())
	require.Contains(t, w.text("tbody"), "the warehouse is closed")
	w.follow(`tbody a[href*="delivery="]`)
	require.Contains(t, w.text(".facts"), "failed")
	require.Contains(t, w.text("pre"), `"status": "success"`)

	w.follow(reading("What would a replay do?"))
	require.Contains(t, w.text("main"), "OnPaid would run, and the payment would be success")
	require.Equal(t, "pending", s.state("1003"))
	require.Zero(t, s.Shipped("1003"), "that was dry")
	w.follow(reading("Replay it now"))
	w.sees("Order 1003")
	require.Contains(t, w.text(".facts"), "paid")
	require.Regexp(t, `(?s)attempt 1 opened.*failed.*applied\s+replay`, w.text(".timeline"))
	s.ends("1003", "paid", 1)
	w.run(chromedp.Reload())
	s.ends("1003", "paid", 1)

	w.follow(`.timeline a[href*="delivery="]`)
	w.follow(reading("What would a replay do?"))
	w.follow(reading("Replay it now"))
	w.sees("duplicate")
	s.ends("1003", "paid", 1)
	w.sound()
}

// All that failed is replayed at once, after a look at what that would do.
func TestLogPageReplaysAll(t *testing.T) {
	s := newSandboxShop(t)
	w := s.tab()
	s.breaks(true)
	s.pays("1003", sandbox.Pay)
	s.pays("1004", sandbox.Pay)
	s.breaks(false)
	w.goTo(s.url + "/admin/payments/")
	w.follow(reading("What would a replay do?"))
	w.sees("A replay would come to")
	require.ElementsMatch(t, []string{"1003", "1004"}, w.payments())
	require.Zero(t, s.Shipped("1003")+s.Shipped("1004"), "that was dry")
	w.follow(reading("Replay them now"))
	w.sees("The replay has come to")
	require.Contains(t, w.text("main"), "2 × applied")
	s.ends("1003", "paid", 1)
	s.ends("1004", "paid", 1)
	w.follow(reading("Deliveries"))
	w.follow(reading("What would a replay do?"))
	w.sees("Nothing is left that failed.")
	w.sound()
}

// The list is filtered, an order found by its ID, and a page looks again by
// itself while it is live.
func TestLogPageFinds(t *testing.T) {
	s := newSandboxShop(t)
	w := s.tab()
	s.pays("1001", sandbox.Pay)
	s.pays("1002", sandbox.Refuse)
	s.ticket(highhelp.Order{ID: "1005", Amount: notebook})
	w.goTo(s.url + "/admin/payments/")
	w.run(chromedp.SendKeys("#route", "decline"))
	w.follow(reading("Show"))
	require.Equal(t, []string{"1002", "1002", "1002"}, w.payments())
	w.run(chromedp.SendKeys("#order", "1001"))
	w.follow(reading("Find"))
	w.sees("Order 1001")
	require.Regexp(t, `(?s)attempt 1 opened.*applied processing:requisites.*applied success`, w.text(".timeline"))
	require.NotContains(t, w.text("main"), "1002")
	w.follow(reading("Open payments"))
	require.Equal(t, []string{"1005"}, eval[[]string](w, `[...document.querySelectorAll("tbody td[data-label=order]")].map((e) => e.textContent)`))
	w.follow(reading("Deliveries"))
	w.follow(reading("go live"))
	require.True(t, eval[bool](w, `!!document.querySelector("meta[http-equiv=refresh]")`))
	w.follow(reading("live: stop"))
	w.sees("go live")
	require.False(t, eval[bool](w, `!!document.querySelector("meta[http-equiv=refresh]")`))
	w.run(chromedp.SendKeys("#order", "none"))
	w.follow(reading("Find"))
	w.sees("There is nothing of that name")
	w.sound("404 (Not Found)")
}

// Each page of the log is fit for all.
func TestLogPageInABrowser(t *testing.T) {
	s := newSandboxShop(t)
	w := s.tab()
	w.goTo(s.url + "/admin/payments/")
	w.stands("log-empty", "light")
	s.pays("1042", sandbox.Pay)
	s.pays("1043", sandbox.Refuse)
	s.breaks(true)
	s.pays("1045", sandbox.Pay)
	s.breaks(false)
	s.ticket(highhelp.Order{ID: "1046", Amount: notebook})
	require.NoError(t, s.SetFaults("1046", sandbox.Fault{Kind: sandbox.FaultTampered}))
	_, err := s.Act("1046", sandbox.Dispute)
	require.NoError(t, err)
	require.NoError(t, s.Deliver(t.Context()))
	for name, query := range map[string]string{
		"list": "", "filtered": "?outcome=failed&from=2020-01-01T00:00", "order": "?order=1045", "open": "?open=1",
	} {
		w.goTo(s.url + "/admin/payments/" + query)
		w.stands("log-"+name, "light", "dark")
	}
	w.goTo(s.url + "/admin/payments/?outcome=failed")
	w.follow(reading("What would a replay do?"))
	w.stands("log-replay-all", "light")
	w.goTo(s.url + "/admin/payments/?outcome=failed")
	w.follow(`tbody a[href*="delivery="]`)
	w.stands("log-delivery", "light", "dark")
	w.follow(reading("What would a replay do?"))
	w.stands("log-replay", "light")
	w.goTo(s.url + "/admin/payments/?delivery=none")
	w.stands("log-fail", "light")
	w.sound("404 (Not Found)")

	s.ticket(highhelp.Order{ID: "1047", Amount: notebook})
	require.NoError(t, s.SetFaults("1047"))
	_, err = s.Act("1047", sandbox.Pay)
	require.NoError(t, err)
	s.breaks(true)
	require.NoError(t, s.Deliver(t.Context()))
	s.breaks(false)
	s.ends("1047", "paid", 1)
	w.goTo(s.url + "/admin/payments/?order=1047")
	w.pictured("log-page")
}

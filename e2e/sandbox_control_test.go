package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/sandbox"
	"github.com/stretchr/testify/require"
)

var notebook = highhelp.Money{Minor: 123450, Currency: "RUB"}

// A developer finds a ticket on the control page, plays a scenario for it, sees
// the shop ship, and then breaks callbacks and sends them again: it ships no
// second time.
func TestSandboxControlPage(t *testing.T) {
	s := newSandboxShop(t)
	w := s.tab()
	w.buy(s, highhelp.Order{ID: "1042", Amount: notebook})
	w.buy(s, highhelp.Order{ID: "1043", Amount: notebook})
	w.goTo(s.BaseURL + "/control")
	w.sees("Deliveries")
	require.Contains(t, w.text("table"), "1043")
	w.follow(reading("1042"))
	w.sees("processing:requisites")
	w.follow(`[name="scenario"][value="3ds"]`)
	w.sees("it has come to its end")
	require.Zero(t, s.Shipped("1042"), "nothing is sent yet")
	w.follow(reading("Send what is unsent now"))
	require.Equal(t, "paid", s.state("1042"))
	require.Equal(t, 1, s.Shipped("1042"))
	require.Equal(t, map[string]int{"200": 12}, w.answers(), "each of four statuses came three times")

	w.follow(reading("Tell the status again"))
	w.follow(reading("Send what is unsent now"))
	require.Equal(t, map[string]int{"200": 15}, w.answers())
	w.follow(`[name="only"][value="tampered"]`)
	w.follow(reading("Send what is unsent now"))
	require.Equal(t, map[string]int{"200": 15, "401": 1}, w.answers())
	require.True(t, eval[bool](w, `document.querySelector("[value=tampered]").checked`))
	s.ends("1042", "paid", 1)

	w.goTo(s.BaseURL + "/control/")
	w.follow(reading("1043"))
	w.follow(`[name="action"][value="refuse"]`)
	s.ends("1043", "declined", 0)
	w.sound()
}

// answers counts the rows of the list of deliveries by what the shop answered.
func (w *tab) answers() map[string]int {
	w.t.Helper()
	return eval[map[string]int](w, `[...document.querySelectorAll("[aria-labelledby=callbacks] td:last-child")]
		.reduce((counts, e) => ({...counts, [e.textContent]: (counts[e.textContent] ?? 0) + 1}), {})`)
}

// Faults are set by ticking them, with how much beside some.
func TestSandboxControlFaults(t *testing.T) {
	s := newSandboxShop(t)
	w := s.tab()
	w.buy(s, highhelp.Order{ID: "1042", Amount: notebook})
	w.goTo(s.BaseURL + "/control/")
	w.follow(reading("1042"))
	require.True(t, eval[bool](w, `document.querySelector("[value=duplicate]").checked`))
	page := w.location()
	w.click(`[name="fault"][value="duplicate"]`)
	w.click(`[name="fault"][value="drop"]`)
	w.run(chromedp.SendKeys(`[name="amount-drop"]`, "nonsense"))
	w.follow(reading("Set the faults that are ticked"))
	w.sees("is no number of tries")
	w.goTo(page)
	w.click(`[name="fault"][value="duplicate"]`)
	w.click(`[name="fault"][value="drop"]`)
	w.run(chromedp.SendKeys(`[name="amount-drop"]`, "1"))
	w.follow(reading("Set the faults that are ticked"))
	require.Equal(t, "1", eval[string](w, `document.querySelector("[name=amount-drop]").value`))
	ticket, err := s.Ticket("1042")
	require.NoError(t, err)
	require.Equal(t, "[drop=1]", fmt.Sprint(ticket.Faults))

	w.follow(`[name="action"][value="pay"]`)
	w.follow(reading("Send what is unsent now"))
	require.Zero(t, s.Shipped("1042"), "its callbacks are lost")
	s.ends("1042", "paid", 1) // with the next try
	w.sound("400 (Bad Request)")
}

// A delivery is looked at, replayed and explained, and so is a message that was
// pasted.
func TestSandboxControlDelivery(t *testing.T) {
	s := newSandboxShop(t)
	w := s.tab()
	w.buy(s, highhelp.Order{ID: "1042", Amount: notebook})
	w.follow(reading("Pay 1,234.50 RUB"))
	s.ends("1042", "paid", 1)
	w.goTo(s.BaseURL + "/control/")
	deliveries := s.Deliveries()
	told := slices.IndexFunc(deliveries, func(d sandbox.Delivery) bool { return d.Status.Main == "success" })
	w.follow(reading(fmt.Sprint(deliveries[told].ID)))
	for _, text := range []string{"POST " + s.url + "/pay/callbacks/success", "X-Access-Signature: ", `"status":"success"`} {
		require.Contains(t, w.text("[aria-labelledby=request] pre"), text)
	}
	require.Regexp(t, `(?s)^200\n.*\nOK$`, w.text("[aria-labelledby=answer] pre"))

	w.follow(reading("Explain this signature"))
	require.Contains(t, w.text("[aria-labelledby=explained] pre"), `verified by key "callback key"`)
	require.Contains(t, w.text("[aria-labelledby=canonical] pre"), "payment_info:amount:123450")
	w.follow(reading("Replay: send the same bytes again"))
	w.sees(fmt.Sprintf("Delivery %d", len(deliveries)+1))
	w.sees("replay of")
	require.Regexp(t, `^200\n`, w.text("[aria-labelledby=answer] pre"))
	require.Equal(t, 1, s.Shipped("1042"), "shipped again")

	request := w.text("[aria-labelledby=request] pre")
	w.follow(reading("Explain a signature"))
	_, headers, _ := strings.Cut(request, "\n")
	headers, body, _ := strings.Cut(headers, "\n\n")
	w.run(chromedp.SetValue("#headers", headers), chromedp.SetValue("#body", body))
	w.follow(reading("Explain"))
	require.Contains(t, w.text("[aria-labelledby=explained] pre"), `verified by key "callback key"`)
	w.run(chromedp.SetValue("#body", strings.Replace(body, "123450", "123451", 1)))
	w.follow(reading("Explain"))
	require.Contains(t, w.text("[aria-labelledby=explained] pre"), "this key did not make the signature")
	w.sound()
}

// Each page of the control page is fit for all.
func TestSandboxControlInABrowser(t *testing.T) {
	s := newSandboxShop(t)
	w := s.tab()
	w.goTo(s.BaseURL + "/control/")
	w.stands("control-empty", "light")
	for i, scenario := range []string{"success", "refusal", "3ds", "expiry"} {
		id := fmt.Sprint(1042 + i)
		s.ticket(highhelp.Order{ID: id, Amount: notebook, Method: "payin-ecom-card", Description: "A notebook"})
		played, err := sandbox.ParseScenario(scenario)
		require.NoError(t, err)
		_, err = s.Play(id, played)
		require.NoError(t, err)
	}
	s.Settle()
	s.ticket(highhelp.Order{ID: "1046", Amount: notebook, Method: "payin-qr-sbp", Description: "A notebook"})
	require.NoError(t, s.SetFaults("1046", sandbox.Fault{Kind: sandbox.FaultTampered}))
	_, err := s.Act("1046", sandbox.Open)
	require.NoError(t, err)
	s.Settle()
	w.goTo(s.BaseURL + "/control/")
	w.stands("control", "light", "dark")
	w.goTo(s.BaseURL + "/control/")
	w.follow(reading("1046"))
	w.stands("control-ticket", "light", "dark")
	w.pictured("sandbox-control")
	w.follow(reading("Open it"))
	w.goTo(s.BaseURL + "/control/deliveries/1?explain")
	w.stands("control-delivery", "light", "dark")
	w.goTo(s.BaseURL + "/control/explain")
	w.stands("control-explain", "light", "dark")
	w.goTo(s.BaseURL + "/control/deliveries/none")
	w.stands("control-problem", "light", "dark")
	w.sound("404 (Not Found)")
}

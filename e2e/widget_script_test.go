package e2e

import (
	"html/template"
	"net/http"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/go-highhelp/highhelp/widget"
	"github.com/stretchr/testify/require"
)

const sendForm = `[data-merchant] button`

// The merchant's script draws the form, with a promise for its end.
func TestWidgetScriptPromises(t *testing.T) {
	shop := newWidgetShop(t, widget.Script)
	script, giveScript := holding(t, shop.giveScript)
	shop.script = script
	w := openTab(t, shop)
	w.reads("note", "will open here")
	w.shows("script-idle")
	w.press()
	w.until(`!!document.querySelector("script[src$='/form.js']")`)
	w.in("loading", "loading")
	w.shows("script-loading")

	giveScript()
	w.in("ready", "shown")
	w.reads("container", "Pay with this form")
	w.reads("timer", "left to pay")
	w.shows("script-ready")
	require.Equal(t, []string{"container", "ticket", "locale", "signal", "onReady", "onProcessing", "onComplete", "onCancel", "onError"}, eval[[]string](w, `seen.keys`))
	require.Equal(t, "1042 en "+shop.pay+"/pay/1042", eval[string](w, "`${seen.ticket.payment_id} ${seen.locale} ${seen.ticket.url}`"))
	require.NotContains(t, eval[string](w, `JSON.stringify(seen.ticket)`), "secret", "the token is for the shop's page only")

	w.click(sendForm)
	w.in("processing", "checking")
	require.False(t, eval[bool](w, `!!document.querySelector("[data-merchant]")`))
	require.InDelta(t, 1, eval[float64](w, `destroyed`), 0)
	w.shows("script-processing")
	shop.set(func() { shop.statuses = []string{"paid"} })
	w.in("success", "success")
	w.shows("script-success")
	require.Equal(t, 1, shop.times("POST /pay/tickets"), "the form of the script is not ours")
	require.Equal(t, []string{"loading ", "ready ", "processing ", "complete paid"}, eval[[]string](w, `told`))
	w.sound()
}

// The same by callbacks; the form stays while it says that it is processing.
func TestWidgetScriptCallsBack(t *testing.T) {
	shop := newWidgetShop(t, widget.Script)
	shop.how = "callbacks"
	w := openTab(t, shop)
	w.press()
	w.in("ready", "shown")
	w.click(sendForm)
	w.in("processing", "processing")
	w.reads("container", "Pay with this form")
	w.reads("note", "Processing your payment")
	w.shows("script-processing-open")
	w.do(`finish()`)
	w.do(`finish()`)
	w.in("processing", "checking")
	require.InDelta(t, 1, eval[float64](w, `destroyed`), 0)
	shop.set(func() { shop.statuses = []string{"declined"} })
	w.in("declined", "declined")
	w.shows("script-declined")

	// A form that goes on processing for ever ends when the time to pay does.
	shop.set(func() { shop.statuses = []string{"pending"} })
	w.press()
	w.in("ready", "shown")
	w.click(sendForm)
	w.in("processing", "processing")
	w.do(`pass(700000)`)
	w.in("processing", "checking")
	w.sound()
}

// A form that sends itself is the script's own business.
func TestWidgetScriptSendsItsForm(t *testing.T) {
	shop := newWidgetShop(t, widget.Script)
	shop.how = "plain"
	w := openTab(t, shop)
	w.press()
	w.in("ready", "shown")
	require.True(t, eval[bool](w, `document.querySelector("[data-merchant]").dispatchEvent(new Event("submit", {bubbles: true, cancelable: true}))`), "nobody prevents it")
	w.sound()
}

// The payer gives up: the button is back, and has the focus.
func TestWidgetScriptCancels(t *testing.T) {
	shop := newWidgetShop(t, widget.Script)
	shop.how = "cancel"
	w := openTab(t, shop)
	w.press()
	w.in("ready", "shown")
	w.click(sendForm)
	w.in("idle", "")
	require.Equal(t, "button", eval[string](w, `document.activeElement.dataset.part`))
	w.press()
	w.in("ready", "shown")
	w.sound()
}

// Whatever goes wrong in the script, the payer reads it, can try again, and
// has the way to the payment page; and whoever watches over the page sees why.
func TestWidgetScriptFails(t *testing.T) {
	holdBrowser(t)
	for how, sends := range map[string]bool{"fail": true, "reject": true, "throws": false, "rejects": false} {
		t.Run(how, func(t *testing.T) {
			shop := newWidgetShop(t, widget.Script)
			shop.how = how
			w := openTab(t, shop)
			w.do(`window.reported = []; addEventListener("error", (e) => { reported.push(e.message); e.preventDefault(); }); 0`)
			w.press()
			if sends {
				w.in("ready", "shown")
				w.click(sendForm)
			}
			w.in("failed", "form")
			w.reads("alert", "could not be shown")
			w.reads("link", "Go to the payment page")
			w.until(`reported.length === 1`)
			require.NotEmpty(t, eval[[]string](w, `reported`)[0]) // another origin's, so not more than that it was one
			w.shows("script-failed")
			shop.set(func() { shop.how = "promise" })
			w.press()
			w.in("ready", "shown")
			w.sound()
		})
	}
}

// A script that says nothing and shows nothing.
func TestWidgetScriptTimesOut(t *testing.T) {
	shop := newWidgetShop(t, widget.Script)
	shop.how = "nothing"
	w := openTab(t, shop)
	w.do(`hurry(15)`)
	w.press()
	w.in("failed", "timeout")
	w.reads("link", "Go to the payment page")
	w.shows("script-failed-timeout")
	w.sound()
}

// An ad blocker, a policy, a wrong hash or a missing file: the script does not
// come. The payer reads so, and what helps then helps now.
func TestWidgetScriptBlocked(t *testing.T) {
	holdBrowser(t)
	for name, c := range map[string]struct {
		spoil, mend func(*widgetShop)
		says        string
	}{
		"by an ad blocker": {
			func(s *widgetShop) {
				s.script = func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
			},
			func(s *widgetShop) { s.script = nil }, "Failed to load resource",
		},
		"by a 404": {
			func(s *widgetShop) { s.script = http.NotFound },
			func(s *widgetShop) { s.script = nil }, "",
		},
		"by a policy": {
			func(s *widgetShop) {
				s.policy = func(o widget.CSPOptions) string { o.ScriptURL = "/elsewhere.js"; return strictPolicy(t, o) }
			}, nil, "Content Security Policy",
		},
		"by trusted types": {
			func(s *widgetShop) {
				s.policy = func(o widget.CSPOptions) string {
					o.TrustedTypes = false
					return strictPolicy(t, o) + "; require-trusted-types-for 'script'; trusted-types another"
				}
			}, nil, "policy",
		},
		"by its hash": {
			func(s *widgetShop) { s.snippet.Script.Integrity = "sha384-" + "AAAA" }, nil, "integrity",
		},
	} {
		t.Run(name, func(t *testing.T) {
			shop := newWidgetShop(t, widget.Script)
			c.spoil(shop)
			w := openTab(t, shop)
			w.press()
			w.in("blocked", "blocked")
			w.reads("alert", "blocked the payment form")
			w.shows("script-blocked")
			require.Equal(t, "error blocked", eval[[]string](w, `told`)[1])
			if c.mend != nil {
				shop.set(func() { c.mend(shop) })
				w.press()
				w.in("ready", "shown")
			} else {
				w.click(`[data-part="link"]`)
				w.sees("Payment page of 1042")
			}
			w.sound("Failed to load resource", "MIME type", c.says)
		})
	}
}

// A script without the function.
func TestWidgetScriptWithoutInit(t *testing.T) {
	shop := newWidgetShop(t, widget.Script)
	shop.snippet.Script.Init = "HighHelp.start.now"
	w := openTab(t, shop)
	w.press()
	w.in("failed", "form")
	w.sound()
}

// Markup that somebody smuggled into the page names no script of its own.
func TestWidgetScriptCannotBeSmuggled(t *testing.T) {
	shop := newWidgetShop(t, widget.Script)
	shop.body = func(page widgetShopPage) template.HTML {
		return page.Snippet + `<highhelp-widget id="smuggled" data-script="?init=alert&amp;url=/evil.js" ` +
			`data-options='{"orderId":"1","ticketUrl":"/pay/tickets","mode":"script","script":{"url":"/evil.js","init":"alert"},"texts":{"pay":"Pay","other":"No"}}'></highhelp-widget>`
	}
	w := newTab(t, shop)
	w.run(chromedp.Navigate(shop.url + "/order"))
	w.until(`document.querySelector("#smuggled")?.dataset.state === "idle"`)
	w.click(`#smuggled [data-part="button"]`)
	w.until(`document.querySelector("#smuggled").state === "failed"`)
	require.Zero(t, shop.times("GET /evil.js"))
	w.sound()
}

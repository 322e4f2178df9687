package e2e

import (
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/go-highhelp/highhelp/widget"
	"github.com/stretchr/testify/require"
)

// The payer presses, waits, and is on the payment page; then comes back to a
// page that checks.
func TestWidgetRedirects(t *testing.T) {
	shop := newWidgetShop(t, widget.Redirect)
	ticket, giveTicket := holding(t, shop.giveTicket)
	shop.ticket = ticket
	shop.payment = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) } // the browser stays
	w := openTab(t, shop)
	w.in("idle", "")
	w.reads("label", "Pay RUB\u00a01,500")
	w.reads("note", "secure payment page")
	w.shows("redirect-idle")
	height := eval[float64](w, `document.querySelector("main").offsetHeight`)

	w.press()
	w.in("loading", "loading")
	w.reads("busy", "Preparing payment")
	require.Equal(t, "Preparing payment…", eval[string](w, `document.querySelector("[role=status]").textContent`))
	w.shows("redirect-loading")
	require.InDelta(t, height, eval[float64](w, `document.querySelector("main").offsetHeight`), 1, "the page jumps")
	w.press()
	w.press()

	giveTicket()
	w.in("ready", "ready")
	w.reads("busy", "Redirecting")
	w.reads("link", "Go to the payment page")
	w.shows("redirect-ready")
	shop.set(func() { shop.payment = nil })
	w.click(`[data-part="link"]`)
	w.until(`location.pathname === "/pay/1042"`)
	require.Equal(t, 1, shop.times("POST /pay/tickets"), "a double click is one request")

	shop.set(func() {
		shop.snippet.StatusURL = "/pay/status?payment=1042&token=secret"
	})
	w.openOrder()
	w.in("processing", "checking")
	w.reads("status", "Checking your payment")
	w.shows("redirect-processing")
	shop.set(func() { shop.statuses = []string{"paid"} })
	w.in("success", "success")
	w.reads("status", "Payment received")
	w.shows("redirect-success")
	require.Equal(t, []string{"processing ", "complete paid"}, eval[[]string](w, `told`))
	w.sound()
}

// A label of many lines keeps its room while something shorter stands there.
func TestWidgetDoesNotJump(t *testing.T) {
	shop := newWidgetShop(t, widget.Redirect)
	shop.snippet.Label = "Buy this notebook with its one hundred and sixty pages, and pay for it right now"
	ticket, _ := holding(t, nil)
	shop.ticket = ticket
	w := openTab(t, shop)
	w.run(chromedp.EmulateViewport(320, 720))
	height := eval[float64](w, `document.querySelector("highhelp-widget").offsetHeight`)
	require.Greater(t, height, 100.0)
	w.press()
	w.in("loading", "loading")
	require.InDelta(t, height, eval[float64](w, `document.querySelector("highhelp-widget").offsetHeight`), 0)
	w.sound()
}

// What the server refuses, the payer reads, with what to do about it.
func TestWidgetTicketRefused(t *testing.T) {
	holdBrowser(t)
	for _, c := range []struct {
		code        string
		status      int
		state, told string
		text        string
		button      string
	}{
		{"in_progress", 409, "failed", "error in_progress", "still being processed", "Try again"},
		{"amount_changed", 409, "failed", "error amount_changed", "amount of this order has changed", "Refresh this page"},
		{"order_paid", 409, "success", "complete paid", "already paid", ""},
		{"needs_review", 409, "processing", "complete review", "is checking this order", "Refresh this page"},
		{"busy", 503, "failed", "error busy", "busy", "Try again"},
		{"gateway_timeout", 504, "failed", "error busy", "busy", "Try again"},
		{"no_order", 404, "failed", "error other", "could not be started", "Try again"},
		{"surprise", 409, "failed", "error other", "could not be started", "Try again"},
	} {
		t.Run(c.code, func(t *testing.T) {
			shop := newWidgetShop(t, widget.Redirect)
			shop.ticket = refusing(c.status, c.code)
			w := openTab(t, shop)
			w.press()
			w.in(c.state, "")
			part := "alert"
			if c.state != "failed" {
				part = "status"
			}
			w.reads(part, c.text)
			require.Equal(t, part, eval[string](w, `document.activeElement.dataset.part`), "the focus is on what explains")
			if c.button != "" {
				w.reads("label", c.button)
			} else {
				require.False(t, eval[bool](w, `document.querySelector("[data-part=form]").checkVisibility()`))
			}
			w.shows("redirect-" + c.state + "-" + c.code)
			require.Equal(t, c.told, eval[[]string](w, `told`)[1])
			w.sound("Failed to load resource")
		})
	}
}

// A server that is gone, answers nonsense, or does not answer.
func TestWidgetTicketUnavailable(t *testing.T) {
	holdBrowser(t)
	nonsense := func(body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(body)) }
	}
	hang, _ := holding(t, nil)
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		code   string
		text   string
	}{
		"gone":           {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "network", "can’t reach the shop"},
		"silent":         {hang, "timeout", "longer than usual"},
		"no JSON":        {nonsense("<h1>Maintenance"), "other", "could not be started"},
		"no URL":         {nonsense(`{"payment_id": "1"}`), "other", "could not be started"},
		"not an object":  {nonsense(`null`), "other", "could not be started"},
		"javascript URL": {nonsense(`{"url": "javascript:alert(1)"}`), "other", "could not be started"},
		"plain http URL": {nonsense(`{"url": "http://pay.example/1"}`), "other", "could not be started"},
	} {
		t.Run(name, func(t *testing.T) {
			shop := newWidgetShop(t, widget.Redirect)
			shop.ticket = c.answer
			w := openTab(t, shop)
			w.do(`hurry(15)`)
			w.press()
			w.in("failed", c.code)
			w.reads("alert", c.text)
			w.shows("redirect-failed-" + c.code)
			require.NotContains(t, eval[string](w, `location.href`), "javascript")

			shop.set(func() { shop.ticket = nil })
			w.reads("label", "Try again")
			w.press()
			w.until(`location.pathname === "/pay/1042"`)
			w.sound("Failed to load resource")
		})
	}
}

// Without JavaScript the form pays, in every mode.
func TestWidgetWithoutJavaScript(t *testing.T) {
	holdBrowser(t)
	for _, mode := range []widget.Mode{widget.Redirect, widget.Frame, widget.Script} {
		t.Run(string(mode), func(t *testing.T) {
			shop := newWidgetShop(t, mode)
			w := newTab(t, shop)
			w.withoutScripts()
			w.run(chromedp.Navigate(shop.url + "/order"))
			w.sees("Pay 1500.00 RUB")
			w.run(chromedp.EmulateViewport(320, 720))
			w.snap("widget/" + string(mode) + "-without-javascript")
			w.press()
			w.sees("Payment page of 1042")
			w.clean()
		})
	}
}

// Where the script did not arrive, a refusal is a page of its own.
func TestWidgetRefusalPage(t *testing.T) {
	shop := newWidgetShop(t, widget.Redirect)
	shop.assets = func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, ".js") {
			http.NotFound(w, r)
			return
		}
		widget.ScriptHandler().ServeHTTP(w, r)
	}
	shop.ticket = func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(http.StatusServiceUnavailable)
		_ = widget.Refusal{Code: "busy", OrderID: r.PostFormValue("order_id"), BackURL: "/order"}.Render(w)
	}
	w := newTab(t, shop)
	w.run(chromedp.Navigate(shop.url + "/order"))
	w.press()
	w.until(`location.pathname === "/pay/tickets"`)
	w.reads("alert", "busy")
	w.shows("refusal")
	shop.set(func() { shop.ticket = nil })
	w.press()
	w.until(`location.pathname === "/pay/1042"`)
	w.sound("Failed to load resource")
}

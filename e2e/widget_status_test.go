package e2e

import (
	"fmt"
	"net/http"
	"testing"

	cdpbrowser "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/go-highhelp/highhelp/widget"
	"github.com/stretchr/testify/require"
)

// returned is the page that a payer comes back to.
func returned(t *testing.T, statuses ...string) *widgetShop {
	t.Helper()
	shop := newWidgetShop(t, widget.Redirect)
	shop.snippet.StatusURL = "/pay/status?payment=1042&token=secret"
	shop.statuses = statuses
	return shop
}

// The server is asked ever more rarely, at most every 20 s, and no more once it
// has said how it ended.
func TestWidgetPollsLessAndLess(t *testing.T) {
	shop := returned(t, append(make([]string, 14), "paid")...)
	w := newTab(t, shop)
	_, err := chromedp.Call(w.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: `hurry(50)`})
	require.NoError(t, err)
	w.openOrder()
	w.in("success", "success")
	waits := eval[[]float64](w, `delays.filter((ms) => ms !== 10000)`) // but for the limit of each answer
	require.Len(t, waits, 15)
	require.InDelta(t, 0, waits[0], 0)
	require.InDelta(t, 1300, waits[1], 1)
	for i := 2; i < len(waits); i++ {
		require.GreaterOrEqual(t, waits[i], waits[i-1])
		require.LessOrEqual(t, waits[i], 20000.0)
	}
	require.InDelta(t, 20000, waits[14], 0)
	require.Equal(t, 15, shop.times("GET /pay/status"))
	w.sound()
}

// The result is slow to come: the payer learns why, and may say that there is
// none to wait for.
func TestWidgetSlowResult(t *testing.T) {
	shop := returned(t, "pending")
	w := openTab(t, shop)
	w.in("processing", "checking")
	w.do(`pass(11000)`)
	w.in("processing", "slow")
	w.reads("status", "has not confirmed")
	w.reads("label", "I have not paid yet")
	w.shows("redirect-processing-slow")
	w.press()
	w.until(`location.pathname === "/pay/1042"`)
	w.sound()
}

// How an order may stand when its page is opened.
func TestWidgetResults(t *testing.T) {
	holdBrowser(t)
	for status, c := range map[string]struct{ state, code, part, text string }{
		"paid":     {"success", "success", "status", "Payment received"},
		"declined": {"declined", "declined", "alert", "was declined"},
		"review":   {"processing", "needs_review", "status", "is checking this order"},
		"strange":  {"processing", "checking", "status", "Checking"},
	} {
		t.Run(status, func(t *testing.T) {
			w := openTab(t, returned(t, status))
			w.in(c.state, c.code)
			w.reads(c.part, c.text)
			require.True(t, eval[bool](w, `document.activeElement === document.body`), "who only reads keeps the focus where it is")
			w.shows("redirect-" + c.state + "-" + status)
			w.sound()
		})
	}
	t.Run("token unknown", func(t *testing.T) {
		shop := returned(t, "paid")
		shop.snippet.StatusURL = "/pay/status?payment=1042&token=wrong"
		w := openTab(t, shop)
		w.in("failed", "unchecked")
		w.reads("label", "Refresh this page")
		w.shows("redirect-failed-unchecked")
		shop.set(func() { shop.snippet.StatusURL = "/pay/status?payment=1042&token=secret" })
		w.press()
		w.in("success", "success")
		w.sound("Failed to load resource")
	})
}

// Offline: said, not given up, and gone on with at once when back.
func TestWidgetOffline(t *testing.T) {
	shop := returned(t, "pending")
	w := openTab(t, shop)
	w.in("processing", "checking")
	w.offline(true)
	w.in("processing", "offline")
	w.reads("status", "No connection")
	w.shows("redirect-processing-offline")
	w.do(`delays.length = 0`)
	w.offline(false)
	w.until(`delays[0] === 0`)
	shop.set(func() { shop.statuses = []string{"paid"} })
	w.in("success", "success")
	w.sound("Failed to load resource")
}

// A line that breaks once is tried once more before the payer hears of it.
func TestWidgetTriesABrokenLineAgain(t *testing.T) {
	shop := newWidgetShop(t, widget.Redirect)
	shop.ticket = func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	w := openTab(t, shop)
	w.press()
	w.until(`delays.includes(1000)`)
	shop.set(func() { shop.ticket = nil })
	w.until(`location.pathname === "/pay/1042"`)
	w.sound("Failed to load resource")
}

// A page that nobody looks at asks nothing; shown again, it asks at once.
func TestWidgetRestsWhileHidden(t *testing.T) {
	shop := returned(t, "pending")
	w := openTab(t, shop)
	w.in("processing", "checking")
	w.do(`hurry(20)`)
	w.minimize(true)
	w.until(`document.hidden`)
	w.waits(2000) // for an answer under way
	before := shop.times("GET /pay/status")
	w.waits(20000) // a second, during which it would have asked often
	require.Equal(t, before, shop.times("GET /pay/status"))

	shop.set(func() { shop.statuses = []string{"paid"} })
	w.do(`delays.length = 0`)
	w.minimize(false)
	w.until(`!document.hidden`)
	w.in("success", "success")
	require.InDelta(t, 0, eval[float64](w, `delays[0]`), 0, "at once")
	w.sound()
}

// Back from the payment page by the back button: the page is as it was, with a
// button that works, and knows whether it was paid.
func TestWidgetBackFromThePaymentPage(t *testing.T) {
	shop := newWidgetShop(t, widget.Redirect)
	w := openTab(t, shop)
	w.do(`addEventListener("pageshow", (e) => { window.restored = e.persisted; }); 0`)
	w.press()
	w.until(`location.pathname === "/pay/1042"`)
	w.do(`setTimeout(() => history.back(), 50)`)
	w.in("idle", "")
	require.True(t, eval[bool](w, `window.restored === true`), "the back/forward cache holds the page")
	w.reads("label", "Pay")
	w.do(`document.querySelector("[data-part=button]").click()`) // the driver has lost sight of the restored nodes
	w.until(`location.pathname === "/pay/1042"`)
	shop.set(func() { shop.statuses = []string{"paid"} })
	w.do(`setTimeout(() => history.back(), 50)`)
	w.in("success", "success")
	w.sound()
}

// waits lets time pass on the page, at its pace.
func (w *tab) waits(ms int) {
	w.t.Helper()
	eval[bool](w, fmt.Sprintf(`new Promise((done) => setTimeout(done, %d, true))`, ms))
}

// minimize puts the window away, or back.
func (w *tab) minimize(away bool) {
	w.t.Helper()
	window, err := chromedp.Call(w.ctx, cdpbrowser.GetWindowForTarget, cdpbrowser.GetWindowForTargetParams{})
	require.NoError(w.t, err)
	state := cdpbrowser.WindowStateNormal
	if away {
		state = cdpbrowser.WindowStateMinimized
	}
	_, err = chromedp.Call(w.ctx, cdpbrowser.SetWindowBounds, cdpbrowser.SetWindowBoundsParams{
		WindowID: window.WindowID, Bounds: &cdpbrowser.Bounds{WindowState: state},
	})
	require.NoError(w.t, err)
}

package e2e

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/go-highhelp/highhelp/widget"
	"github.com/stretchr/testify/require"
)

// The payer pays in the frame; it comes back to a page of the shop, and the
// widget asks the server what that is worth.
func TestWidgetFrames(t *testing.T) {
	shop := newWidgetShop(t, widget.Frame)
	payment, showPayment := holding(t, shop.showPayment)
	shop.payment = payment
	w := openTab(t, shop)
	w.reads("note", "will open here")
	w.shows("frame-idle")

	w.press()
	w.until(`!!document.querySelector("iframe")`)
	w.in("loading", "loading")
	w.reads("amount", "RUB\u00a01,500")
	w.shows("frame-loading")
	height := eval[float64](w, `document.querySelector("main").offsetHeight`)
	showPayment()
	w.in("ready", "shown")
	require.InDelta(t, height, eval[float64](w, `document.querySelector("main").offsetHeight`), 1, "the page jumps")
	w.reads("timer", "left to pay")
	w.reads("note", "Don’t see the form?")
	w.reads("link", "Go to the payment page")
	require.Equal(t, "Payment form", eval[string](w, `document.querySelector("iframe").title`))
	require.Equal(t, "IFRAME", eval[string](w, `document.activeElement.tagName`), "the focus is in the form")
	w.shows("frame-ready")

	w.payInFrame()
	w.in("processing", "checking")
	require.False(t, eval[bool](w, `!!document.querySelector("iframe")`))
	require.Equal(t, "status", eval[string](w, `document.activeElement.dataset.part`))
	w.shows("frame-processing")
	shop.set(func() { shop.statuses = []string{"paid"} })
	w.in("success", "success")
	w.shows("frame-success")
	require.Equal(t, []string{"loading ", "ready ", "processing ", "complete paid"}, eval[[]string](w, `told`))
	w.sound()
}

// payInFrame does by keyboard what the payer does in the frame, which has the
// focus.
func (w *tab) payInFrame() {
	w.t.Helper()
	w.run(chromedp.KeyEvent("\t"), chromedp.KeyEvent("4111"), chromedp.KeyEvent(kb.Enter))
}

// A declined payment is tried again as a new attempt.
func TestWidgetDeclined(t *testing.T) {
	shop := newWidgetShop(t, widget.Frame)
	w := openTab(t, shop)
	w.press()
	w.in("ready", "shown")
	shop.set(func() { shop.statuses = []string{"pending", "declined"} })
	w.payInFrame()
	w.in("declined", "declined")
	w.reads("alert", "was declined")
	w.reads("label", "Try again")
	require.False(t, eval[bool](w, `document.querySelector("[data-part=link]").checkVisibility({visibilityProperty: true})`), "that page is spent")
	require.Equal(t, "alert", eval[string](w, `document.activeElement.dataset.part`))
	w.shows("frame-declined")

	asked := shop.times("GET /pay/status")
	shop.set(func() { shop.statuses = []string{"pending", "paid"} })
	w.press()
	w.in("ready", "shown")
	require.Equal(t, asked, shop.times("GET /pay/status"), "what is declined is asked about no more")
	require.Equal(t, 2, shop.times("POST /pay/tickets"))
	w.payInFrame()
	w.in("success", "success")
	w.sound()
}

// The time to pay is shown, announced when it is short, and when it is over the
// form goes away.
func TestWidgetExpires(t *testing.T) {
	shop := newWidgetShop(t, widget.Frame)
	shop.expires = 5 * time.Minute
	w := openTab(t, shop)
	w.press()
	w.in("ready", "shown")
	w.reads("timer", "4:5")
	w.do(`pass(239000)`)
	w.until(`/^(1:00|0:5\d) left to pay$/.test(document.querySelector("[role=status]").textContent)`)
	w.do(`pass(61000)`)
	w.reads("timer", "0:00 left to pay")
	require.True(t, eval[bool](w, `!!document.querySelector("iframe")`), "who is just paying is not interrupted")
	w.do(`pass(60000)`)
	w.in("expired", "expired")
	w.reads("alert", "time to pay is over")
	w.reads("label", "Try again")
	w.shows("frame-expired")
	require.Equal(t, "error expired", eval[[]string](w, `told`)[2])

	shop.set(func() { shop.expires = time.Hour })
	w.press()
	w.in("ready", "shown")
	w.reads("timer", "left to pay")
	w.do(`pass(3700000)`)
	shop.set(func() { shop.statuses = []string{"paid"} }) // who paid at the last moment
	w.in("success", "success")
	w.sound()
}

// A payment page that does not want to be framed: a browser hides that from
// the page, so what helps stands there from the start.
func TestWidgetFrameRefused(t *testing.T) {
	shop := newWidgetShop(t, widget.Frame)
	shop.payment = func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Sec-Fetch-Dest") == "iframe" {
			w.Header().Set("X-Frame-Options", "DENY")
		}
		shop.showPayment(w, r)
	}
	w := openTab(t, shop)
	w.press()
	w.in("ready", "shown")
	w.reads("note", "Don’t see the form?")
	w.shows("frame-ready-refused")
	w.click(`[data-part="link"]`)
	w.sees("Payment page of 1042")
	w.sound("X-Frame-Options", "Refused to display")
}

// A return page that does not want to be framed either: the result comes all
// the same.
func TestWidgetReturnPageRefused(t *testing.T) {
	shop := newWidgetShop(t, widget.Frame)
	returned := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		shop.set(func() { shop.statuses = []string{"paid"} })
		w.Header().Set("X-Frame-Options", "DENY")
	}))
	t.Cleanup(returned.Close)
	shop.returnURL = returned.URL
	shop.snippet.ReturnOrigin = returned.URL
	w := openTab(t, shop)
	w.press()
	w.in("ready", "shown")
	w.do(`delays.length = 0`)
	w.payInFrame()
	w.in("success", "success")
	require.Contains(t, eval[[]float64](w, `delays`), 0.0, "asked at once")
}

// A policy of the page that forbids the frame is seen and said.
func TestWidgetFrameForbidden(t *testing.T) {
	shop := newWidgetShop(t, widget.Frame)
	shop.policy = func(o widget.CSPOptions) string {
		o.Mode = widget.Redirect // for which no frame is allowed
		return strictPolicy(t, o)
	}
	w := openTab(t, shop)
	w.press()
	w.in("blocked", "blocked")
	w.reads("alert", "blocked the payment form")
	w.reads("label", "Try again")
	w.shows("frame-blocked")
	w.click(`[data-part="link"]`)
	w.sees("Payment page of 1042")
	w.sound("Content Security Policy")
}

// A frame that never comes.
func TestWidgetFrameTimesOut(t *testing.T) {
	shop := newWidgetShop(t, widget.Frame)
	shop.snippet.Timeout = 20 * time.Second
	never, _ := holding(t, nil)
	shop.payment = never
	w := openTab(t, shop)
	w.do(`hurry(10)`)
	w.press()
	w.in("loading", "patience")
	w.reads("status", "Still preparing")
	w.snap("widget/frame-loading-patience")
	w.in("failed", "timeout")
	w.reads("alert", "longer than usual")
	w.reads("link", "Go to the payment page")
	require.False(t, eval[bool](w, `!!document.querySelector("iframe")`))
	w.shows("frame-failed-timeout")
	shop.set(func() { shop.payment = nil })
	w.press()
	w.in("ready", "shown")
	w.sound()
}

// A return page on another host of the shop tells the widget; nobody else can.
func TestWidgetHearsItsReturnPageOnly(t *testing.T) {
	shop := newWidgetShop(t, widget.Frame)
	returned := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/return" {
			widget.ScriptHandler().ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(`<!DOCTYPE html><title>Thanks</title><link rel="icon" href="data:,"><script type="module" src="/w/highhelp.js"></script>Thanks`))
	}))
	t.Cleanup(returned.Close)
	shop.snippet.ReturnOrigin = returned.URL
	shop.returnURL = returned.URL + "/return"
	w := openTab(t, shop)
	w.press()
	w.in("ready", "shown")

	// The nonce is right in each; what else is wrong is in the name.
	w.do(`window.nonce = document.querySelector("iframe").name.slice("highhelp:returned".length); 0`)
	require.Greater(t, len(eval[string](w, `nonce`)), 20)
	for name, statement := range map[string]string{
		"source and origin": `window.postMessage({type: "highhelp:returned", nonce}, "*")`,
		"source":            `window.dispatchEvent(new MessageEvent("message", {origin: "` + returned.URL + `", source: window, data: {type: "highhelp:returned", nonce}}))`,
		"origin":            `window.dispatchEvent(new MessageEvent("message", {origin: "https://evil.example", source: document.querySelector("iframe").contentWindow, data: {type: "highhelp:returned", nonce}}))`,
		"longer origin":     `window.dispatchEvent(new MessageEvent("message", {origin: "` + returned.URL + `0", source: document.querySelector("iframe").contentWindow, data: {type: "highhelp:returned", nonce}}))`,
		"nonce":             `window.dispatchEvent(new MessageEvent("message", {origin: "` + returned.URL + `", source: document.querySelector("iframe").contentWindow, data: {type: "highhelp:returned", nonce: nonce + "0"}}))`,
		"no data":           `window.dispatchEvent(new MessageEvent("message", {origin: "` + returned.URL + `", source: document.querySelector("iframe").contentWindow, data: null}))`,
	} {
		w.do(statement + `; 0`)
		eval[bool](w, `new Promise((done) => { addEventListener("message", () => done(true), {once: true}); postMessage(0, "*"); })`)
		require.Equal(t, "ready", eval[string](w, `document.querySelector("highhelp-widget").state`), "wrong "+name)
	}
	w.payInFrame()
	w.in("processing", "checking")
	shop.set(func() { shop.statuses = []string{"paid"} })
	w.in("success", "success")
	w.clean()
}

package e2e

import (
	"fmt"
	"html/template"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/go-highhelp/highhelp/widget"
	"github.com/stretchr/testify/require"
)

// focused says what has the focus.
func (w *tab) focused() string {
	w.t.Helper()
	return eval[string](w, `document.activeElement.dataset?.part ?? document.activeElement.tagName`)
}

func (w *tab) key(keys string) {
	w.t.Helper()
	w.run(chromedp.KeyEvent(keys))
}

// A payer without a mouse: everything can be reached, in the order in which it
// stands, and shows that it has the focus.
func TestWidgetByKeyboard(t *testing.T) {
	shop := newWidgetShop(t, widget.Script)
	shop.how = "throws"
	w := openTab(t, shop)
	w.do(`addEventListener("error", (e) => e.preventDefault()); 0`)
	w.key(kb.Tab)
	require.Equal(t, "button", w.focused())
	require.Equal(t, "3px", eval[string](w, `getComputedStyle(document.activeElement).outlineWidth`))
	w.snap("widget/focus-button")
	w.key(kb.Enter)
	w.in("failed", "form")
	require.Equal(t, "alert", w.focused())
	w.key(kb.Tab)
	require.Equal(t, "button", w.focused())
	w.key(kb.Tab)
	require.Equal(t, "link", w.focused())
	w.snap("widget/focus-link")
	w.run(chromedp.KeyEvent(kb.Tab, chromedp.KeyModifiers(kb.ModifierShift)))
	require.Equal(t, "button", w.focused())

	shop.set(func() { shop.how = "promise" })
	w.key(" ")
	w.in("ready", "shown")
	require.Equal(t, "stage", w.focused())
	w.key(kb.Tab)
	require.Equal(t, "INPUT", w.focused())
	w.key("4111")
	w.key(kb.Enter)
	w.in("processing", "checking")
	require.Equal(t, "status", w.focused())
	shop.set(func() { shop.statuses = []string{"paid"} })
	w.in("success", "success")
	require.Equal(t, "status", w.focused())
	w.sound()
}

// A payer who does something else meanwhile is not torn from it.
func TestWidgetTakesNoFocusAway(t *testing.T) {
	shop := newWidgetShop(t, widget.Redirect)
	shop.body = func(page widgetShopPage) template.HTML {
		return page.Snippet + `<label>Coupon <input id="coupon"></label>`
	}
	ticket, refuse := holding(t, refusing(503, "busy"))
	shop.ticket = ticket
	w := openTab(t, shop)
	w.press()
	w.in("loading", "loading")
	w.do(`document.querySelector("#coupon").focus()`)
	refuse()
	w.in("failed", "busy")
	require.Equal(t, "coupon", eval[string](w, `document.activeElement.id`))
	w.sound("Failed to load resource")
}

// A text that changes while the payer is on the button leaves him there.
func TestWidgetKeepsTheFocusOnItsButton(t *testing.T) {
	w := openTab(t, newWidgetShop(t, widget.Frame))
	w.press()
	w.in("ready", "shown")
	w.payInFrame()
	w.in("processing", "checking")
	require.Equal(t, "status", w.focused())
	w.do(`pass(11000)`)
	w.in("processing", "slow")
	w.key(kb.Tab)
	require.Equal(t, "button", w.focused())
	w.offline(true)
	w.in("processing", "offline")
	require.Equal(t, "button", w.focused())
	w.sound("Failed to load resource")
}

// What screen readers are given: roles, names, and texts that change in live
// regions which were there before.
func TestWidgetIsAnnounced(t *testing.T) {
	shop := newWidgetShop(t, widget.Frame)
	shop.ticket = refusing(503, "busy")
	w := openTab(t, shop)
	require.Equal(t, "status alert", eval[string](w, `[...document.querySelectorAll("highhelp-widget [role=status], highhelp-widget [role=alert]")].map((e) => e.role).join(" ")`))
	w.do(`window.heard = [];
		for (const e of document.querySelectorAll("[role=status], [role=alert]"))
			new MutationObserver(() => e.textContent && heard.push(e.role + ": " + e.textContent)).observe(e, {childList: true}); 0`)
	w.press()
	w.in("failed", "busy")
	shop.set(func() { shop.ticket = nil })
	w.press()
	w.in("ready", "shown")
	require.Equal(t, []string{
		"status: Preparing payment…",
		"alert: The payment service is busy. Please try again in a minute.",
		"status: Preparing payment…",
	}, eval[[]string](w, `heard.filter((text, i) => text !== heard[i - 1]).slice(0, 3)`))
	require.Equal(t, "status: The payment form is ready.", eval[string](w, `heard.at(-1)`))
	require.Equal(t, "Payment form", eval[string](w, `document.querySelector("[data-part=stage]").getAttribute("aria-label")`))
	w.sound("Failed to load resource")
}

// Every language fits a small phone, with letters of double size, too, and a
// page that is written from right to left.
func TestWidgetFits(t *testing.T) {
	holdBrowser(t)
	for _, language := range widget.Languages() {
		t.Run(string(language.Code), func(t *testing.T) {
			shop := newWidgetShop(t, widget.Frame)
			shop.snippet.Locale, shop.lang = string(language.Code), string(language.Code)
			shop.ticket = refusing(409, "in_progress")
			w := openTab(t, shop)
			w.fits(string(language.Code) + "-idle")
			require.Empty(t, w.axe())
			w.press()
			w.in("failed", "in_progress")
			w.fits(string(language.Code) + "-failed")
			shop.set(func() { shop.ticket = nil })
			w.press()
			w.in("ready", "shown")
			w.fits(string(language.Code) + "-ready")
			w.sound("Failed to load resource")
		})
	}
	t.Run("right to left", func(t *testing.T) {
		shop := newWidgetShop(t, widget.Frame)
		shop.dir, shop.lang = "rtl", "ar"
		shop.snippet.Texts = widget.Texts{widget.TextBusy: "خدمة الدفع مشغولة. يرجى المحاولة مرة أخرى بعد دقيقة.", widget.TextRetry: "حاول مرة أخرى"}
		shop.ticket = refusing(503, "busy")
		w := openTab(t, shop)
		w.press()
		w.in("failed", "busy")
		w.fits("rtl-failed")
		require.Equal(t, "rtl", eval[string](w, `getComputedStyle(document.querySelector("highhelp-widget")).direction`))
		w.sound("Failed to load resource")
	})
}

// fits looks at the page at 320 px, and again with letters twice as large.
func (w *tab) fits(name string) {
	w.t.Helper()
	w.run(chromedp.EmulateViewport(320, 720))
	for _, size := range []string{"100%", "200%"} {
		w.do(fmt.Sprintf(`document.documentElement.style.fontSize = %q; 0`, size))
		w.still()
		w.snap("widget/fits-" + name + "-" + size[:3])
		require.LessOrEqual(w.t, eval[float64](w, `document.documentElement.scrollWidth`), 320.0, "%s at %s", name, size)
		clipped := eval[[]string](w, `[...document.querySelectorAll("highhelp-widget [data-part]")]
			.filter((e) => e.checkVisibility({visibilityProperty: true}) && !["status", "frame"].includes(e.dataset.part) && e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0 && getComputedStyle(e).display !== "inline")
			.map((e) => e.dataset.part)`)
		require.Empty(w.t, clipped, "%s at %s", name, size)
	}
	w.do(`document.documentElement.style.fontSize = ""; 0`)
}

func (w *tab) media(name, value string) {
	w.t.Helper()
	_, err := chromedp.Call(w.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: name, Value: value}},
	})
	require.NoError(w.t, err)
}

// Who asked for less motion gets none.
func TestWidgetWithoutMotion(t *testing.T) {
	shop := newWidgetShop(t, widget.Frame)
	payment, show := holding(t, shop.showPayment)
	shop.payment = payment
	w := newTab(t, shop)
	w.openOrder()
	w.press()
	w.in("loading", "loading")
	w.until(`!!document.querySelector("iframe")`)
	require.Positive(t, eval[float64](w, `document.getAnimations().length`))
	w.media("prefers-reduced-motion", "reduce")
	require.Zero(t, eval[float64](w, `document.getAnimations().length`))
	show()
	w.in("ready", "shown")
	w.payInFrame()
	w.in("processing", "checking")
	require.Zero(t, eval[float64](w, `document.getAnimations().length`))
	w.snap("widget/without-motion")
	w.sound()
}

// Where the system forces its colours, everything keeps its outline.
func TestWidgetInForcedColours(t *testing.T) {
	shop := newWidgetShop(t, widget.Redirect)
	shop.ticket = refusing(503, "busy")
	w := openTab(t, shop)
	w.media("forced-colors", "active")
	require.Equal(t, "solid", eval[string](w, `getComputedStyle(document.querySelector("[data-part=button]")).borderStyle`))
	w.snap("widget/forced-idle")
	w.press()
	w.in("failed", "busy")
	w.snap("widget/forced-failed")
	require.Empty(t, w.axe())
	w.sound("Failed to load resource")
}

// A page that never declared a dark scheme keeps a light widget; custom
// properties change the rest.
func TestWidgetLooks(t *testing.T) {
	colour := func(w *tab) string {
		return eval[string](w, `getComputedStyle(document.querySelector("[data-part=button]")).backgroundColor`)
	}
	w := openTab(t, newWidgetShop(t, widget.Redirect))
	light := colour(w)
	w.scheme("dark")
	require.NotEqual(t, light, colour(w))
	w.do(`document.documentElement.style.colorScheme = "light"; 0`)
	require.Equal(t, light, colour(w))
	w.do(`document.documentElement.style.setProperty("--highhelp-accent", "rgb(10, 125, 75)"); document.documentElement.style.setProperty("--highhelp-radius", "2px"); document.documentElement.style.setProperty("--highhelp-width", "15rem"); 0`)
	require.Equal(t, "rgb(10, 125, 75)", colour(w))
	require.InDelta(t, 240, eval[float64](w, `document.querySelector("highhelp-widget").offsetWidth`), 0)
	w.snap("widget/themed")
	w.sound()
}

package e2e

import (
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/heapprofiler"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/performance"
	"github.com/chromedp/chromedp"
	"github.com/go-highhelp/highhelp/widget"
	"github.com/stretchr/testify/require"
)

// newApp is a shop whose page is a single-page app.
func newApp(t *testing.T, mode widget.Mode) *widgetShop {
	t.Helper()
	shop := newWidgetShop(t, mode)
	shop.snippet.Nonce = widgetNonce
	shop.body = func(page widgetShopPage) template.HTML {
		return `<div id="app"></div><div id="other"></div><script type="module" src="/app.js" nonce="` + template.HTML(page.Nonce) + `"></script>`
	}
	shop.policy = func(o widget.CSPOptions) string { o.Mounted = true; return strictPolicy(t, o) }
	return shop
}

// openApp opens the app, with no widget mounted yet.
func openApp(t *testing.T, shop *widgetShop) *tab {
	t.Helper()
	w := newTab(t, shop)
	w.run(chromedp.Navigate(shop.url + "/order"))
	w.until(`!!window.mountWidget`)
	return w
}

// mountOptions are the options of a mode, as a page writes them.
func mountOptions(shop *widgetShop, mode widget.Mode) string {
	return fmt.Sprintf(`{orderId: "1042", ticketUrl: "/pay/tickets", amount: "1500.00 RUB", mode: %q, script: {url: "%s/form.js", init: "HighHelp.init"}}`, mode, shop.pay)
}

// A single-page app mounts, pays and destroys, in every mode.
func TestWidgetMounts(t *testing.T) {
	holdBrowser(t)
	for _, mode := range []widget.Mode{widget.Redirect, widget.Frame, widget.Script} {
		t.Run(string(mode), func(t *testing.T) {
			shop := newApp(t, mode)
			if mode == widget.Script {
				shop.snippet.Script.URL = shop.pay + "/form.js"
			}
			w := openApp(t, shop)
			w.do(`mountWidget(` + mountOptions(shop, mode) + `); 0`)
			w.in("idle", "")
			w.reads("label", "Pay RUB\u00a01,500")
			w.until(`getComputedStyle(document.querySelector("highhelp-widget")).display === "grid"`)
			require.True(t, eval[bool](w, `isWidget(mounted)`))
			w.shows("mounted-" + string(mode) + "-idle")
			if mode == widget.Redirect {
				w.press()
				w.until(`location.pathname === "/pay/1042"`)
				w.sound()
				return
			}
			w.press()
			w.in("ready", "shown")
			shop.set(func() { shop.statuses = []string{"paid"} })
			w.in("success", "success")
			w.do(`mounted.destroy()`)
			w.do(`mounted.destroy()`)
			require.False(t, eval[bool](w, `!!document.querySelector("highhelp-widget")`))
			w.sound()
		})
	}
}

// A widget that is started before it can be starts when it can; one that goes
// in the middle of something ends it, and works when it is put back.
func TestWidgetMountedAndMoved(t *testing.T) {
	shop := newApp(t, widget.Frame)
	w := openApp(t, shop)
	w.do(`mountWidget(` + mountOptions(shop, widget.Frame) + `).start(); 0`)
	w.in("ready", "shown")
	w.do(`mounted.remove(); window.asked = delays.length; 0`)
	require.Equal(t, "idle", eval[string](w, `mounted.state`))
	w.do(`document.querySelector("#other").append(mounted); mounted.start(); 0`)
	w.in("ready", "shown")

	ticket, _ := holding(t, nil)
	shop.set(func() { shop.ticket = ticket })
	w.do(`mounted.destroy(); mountWidget(` + mountOptions(shop, widget.Frame) + `).start(); 0`)
	w.in("loading", "loading")
	w.do(`mounted.destroy(); 0`)
	require.Equal(t, "idle", eval[string](w, `mounted.state`))
	w.do(`document.addEventListener("highhelp:loading", () => mounted.destroy(), {once: true}); mountWidget(` + mountOptions(shop, widget.Frame) + `).start(); 0`)
	w.until(`!document.querySelector("highhelp-widget")`) // by a listener, in the middle of a change
	w.sound()
}

// The texts are those of the page's language, else of the browser's; an option
// decides over both, and replaces what it names.
func TestWidgetMountsInALanguage(t *testing.T) {
	holdBrowser(t)
	for name, c := range map[string]struct{ page, browser, options, label string }{
		"page":                 {"ru-KZ", "es", ``, "Оплатить"},
		"browser":              {"", "kk, en;q=0.5", ``, "Төлеу"},
		"page without texts":   {"de", "az", ``, "Ödə"},
		"option":               {"ru", "kk", `locale: "es"`, "Pagar"},
		"replaced":             {"ru", "kk", `texts: {pay: "Buy"}`, "Buy"},
		"nothing that we have": {"de", "fr", ``, "Pay"},
	} {
		t.Run(name, func(t *testing.T) {
			shop := newApp(t, widget.Redirect)
			shop.lang = c.page
			w := newTab(t, shop)
			_, err := chromedp.Call(w.ctx, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: network.Headers{"Accept-Language": c.browser}})
			require.NoError(t, err)
			w.run(chromedp.Navigate(shop.url + "/order"))
			w.until(`!!window.mountWidget`)
			w.do(`mountWidget({orderId: "1", ticketUrl: "/pay/tickets", ` + c.options + `}); 0`)
			w.reads("label", c.label)
			w.sound()
		})
	}
}

// Texts that do not come leave no box blank.
func TestWidgetMountsWithoutTexts(t *testing.T) {
	shop := newApp(t, widget.Frame)
	shop.assets = func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/texts.json") {
			http.Error(w, "no", http.StatusServiceUnavailable)
			return
		}
		widget.ScriptHandler().ServeHTTP(w, r)
	}
	shop.ticket = refusing(409, "in_progress")
	w := openApp(t, shop)
	w.do(`mountWidget(` + mountOptions(shop, widget.Frame) + `); 0`)
	w.reads("label", "Pay RUB")
	w.press()
	w.in("failed", "in_progress")
	w.reads("alert", "Something went wrong")
	w.reads("label", "Try again")
	w.shows("mounted-without-texts")
	shop.set(func() { shop.ticket = nil })
	w.press()
	w.in("ready", "shown")
	w.reads("link", "Go to the payment page")
	w.sound("Failed to load resource")
}

// One that is started before its texts are there, and they never come.
func TestWidgetStartsWithoutTexts(t *testing.T) {
	never, _ := holding(t, nil)
	shop := newApp(t, widget.Frame)
	shop.assets = func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/texts.json") {
			never(w, r)
			return
		}
		widget.ScriptHandler().ServeHTTP(w, r)
	}
	w := openApp(t, shop)
	w.do(`mountWidget(` + mountOptions(shop, widget.Frame) + `).start(); 0`)
	w.in("ready", "shown")
	require.True(t, eval[bool](w, `!!document.querySelector("iframe")`))
	w.sound()
}

// Whatever a page passes on from elsewhere, no option runs as code or leads to
// an address that is none.
func TestWidgetHostileOptions(t *testing.T) {
	holdBrowser(t)
	const evil = `</script><img src=x onerror="window.pwned=1">"'\u2028javascript:window.pwned=1`
	shop := newApp(t, widget.Script)
	w := openApp(t, shop)
	w.do(`window.evil = ` + "`" + evil + "`" + `; 0`)
	for name, options := range map[string]string{
		"order":        `{orderId: evil, ticketUrl: "/pay/tickets", label: evil, amount: evil, locale: evil, texts: {pay: evil, other: evil, note: evil, loading: evil}}`,
		"ticketUrl":    `{orderId: "1", ticketUrl: "javascript:window.pwned=1"}`,
		"data URL":     `{orderId: "1", ticketUrl: "data:application/json,{}"}`,
		"plain http":   `{orderId: "1", ticketUrl: "http://shop.example/tickets"}`,
		"script":       `{orderId: "1", ticketUrl: "/pay/tickets", mode: "script", script: {url: "javascript:window.pwned=1", init: "HighHelp.other"}}`,
		"init":         `{orderId: "1", ticketUrl: "/pay/tickets", mode: "script", script: {url: "` + shop.pay + `/form.js", init: "window.pwned=1;HighHelp.init"}}`,
		"constructor":  `{orderId: "1", ticketUrl: "/pay/tickets", mode: "script", script: {url: "` + shop.pay + `/form.js", init: "HighHelp.init.constructor"}}`,
		"statusUrl":    `{orderId: "1", ticketUrl: "/pay/tickets", statusUrl: "javascript:window.pwned=1"}`,
		"mode":         `{orderId: "1", ticketUrl: "javascript:window.pwned=1", mode: evil}`,
		"returnOrigin": `{orderId: "1", ticketUrl: "/nowhere", mode: "frame", returnOrigin: evil}`,
	} {
		t.Run(name, func(t *testing.T) {
			w.t = t
			w.do(`document.querySelector("#app").replaceChildren(); mountWidget(` + options + `); 0`)
			w.until(`!!document.querySelector("highhelp-widget [data-part=busy]")`)
			switch name {
			case "statusUrl":
				w.in("failed", "unchecked")
			case "order":
				require.Equal(t, eval[string](w, `evil`), eval[string](w, `document.querySelector("[name=order_id]").value`))
				require.Equal(t, eval[string](w, `evil`), eval[string](w, `document.querySelector("[data-part=label]").textContent`))
			default:
				w.do(`document.querySelector("[data-part=button]").click()`)
				w.until(`["failed", "blocked"].includes(mounted.state)`)
			}
			require.False(t, eval[bool](w, `"pwned" in window || !!document.querySelector("img")`))
		})
	}
	require.NotContains(t, fmt.Sprint(w.hosts), "shop.example")
}

// What a programmer forgot is said at once.
func TestWidgetMountWithoutOrder(t *testing.T) {
	w := openApp(t, newApp(t, widget.Redirect))
	require.Equal(t, "TypeError", eval[string](w, `(() => { try { mountWidget({ticketUrl: "/pay/tickets"}); } catch (e) { return e.name; } })()`))
	require.Equal(t, "TypeError", eval[string](w, `(() => { try { mountWidget({orderId: "1"}); } catch (e) { return e.name; } })()`))
}

// A hundred widgets leave nothing behind.
func TestWidgetLeavesNothing(t *testing.T) {
	holdBrowser(t)
	for _, mode := range []widget.Mode{widget.Frame, widget.Script} {
		t.Run(string(mode), func(t *testing.T) {
			shop := newApp(t, mode)
			w := openApp(t, shop)
			w.do(`window.told = {push() {}}; delays = {push() {}}; 0`) // the watchdog's own
			measure := func() map[string]float64 {
				for range 3 {
					_, err := chromedp.Call(w.ctx, heapprofiler.CollectGarbage, cdp.Empty{})
					require.NoError(t, err)
				}
				result, err := chromedp.Call(w.ctx, performance.GetMetrics, cdp.Empty{})
				require.NoError(t, err)
				m := map[string]float64{}
				for _, metric := range result.Metrics {
					m[metric.Name] = metric.Value
				}
				return m
			}
			_, err := chromedp.Call(w.ctx, performance.Enable, performance.EnableParams{})
			require.NoError(t, err)
			lives := func(n int) {
				eval[bool](w, fmt.Sprintf(`lives(%s, %d).then(() => true)`, mountOptions(shop, mode), n))
			}
			lives(20)
			before := measure()
			lives(100)
			after := measure()
			for name, slack := range map[string]float64{"Nodes": 50, "JSEventListeners": 5, "Documents": 2, "Frames": 0} {
				require.LessOrEqual(t, after[name], before[name]+slack, "%s: %v, then %v", name, before[name], after[name])
			}
			require.Less(t, after["JSHeapUsedSize"]-before["JSHeapUsedSize"], 500_000.0)
			t.Logf("%.0f bytes more, %.0f nodes, %.0f listeners", after["JSHeapUsedSize"]-before["JSHeapUsedSize"], after["Nodes"]-before["Nodes"], after["JSEventListeners"]-before["JSEventListeners"])
			w.clean()
		})
	}
}

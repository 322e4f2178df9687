package e2e

import (
	"bytes"
	"html/template"
	"strings"
	"testing"
	texttemplate "text/template"

	"github.com/chromedp/chromedp"
	"github.com/go-highhelp/highhelp/widget"
	"github.com/stretchr/testify/require"
)

const widgetNonce = "cmFuZG9tLW5vbmNlLTEyMzQ1Ng=="

// Every mode pays under every kind of policy, with nothing refused.
func TestWidgetUnderPolicies(t *testing.T) {
	holdBrowser(t)
	dynamic := func(t *testing.T) func(widget.CSPOptions) string {
		return func(o widget.CSPOptions) string {
			return strings.Replace(strictPolicy(t, o), "script-src 'nonce-"+widgetNonce+"'", "script-src 'nonce-"+widgetNonce+"' 'strict-dynamic'", 1)
		}
	}
	for name, harden := range map[string]func(*testing.T, *widgetShop){
		"host list": func(*testing.T, *widgetShop) {},
		"nonce":     func(_ *testing.T, s *widgetShop) { s.snippet.Nonce = widgetNonce },
		"nonce, strict-dynamic": func(t *testing.T, s *widgetShop) {
			s.snippet.Nonce, s.policy = widgetNonce, dynamic(t)
		},
	} {
		for _, mode := range []widget.Mode{widget.Redirect, widget.Frame, widget.Script} {
			t.Run(name+"/"+string(mode), func(t *testing.T) {
				shop := newWidgetShop(t, mode)
				harden(t, shop)
				w := openTab(t, shop)
				require.Contains(t, eval[string](w, `getComputedStyle(document.querySelector("highhelp-widget")).display`), "grid", "the style sheet is there")
				w.press()
				if mode == widget.Redirect {
					w.until(`location.pathname === "/pay/1042"`)
				} else {
					w.in("ready", "shown")
				}
				shop.set(func() {
					shop.statuses = []string{"paid"}
					shop.snippet.StatusURL = "/pay/status?payment=1042&token=secret"
				})
				if mode == widget.Redirect {
					w.openOrder()
				}
				w.in("success", "success")
				w.sound()
			})
		}
	}
}

// Without a nonce for it, or from a host that is not listed, the script does
// not run; the form still pays.
func TestWidgetScriptForbidden(t *testing.T) {
	shop := newWidgetShop(t, widget.Redirect)
	shop.policy = func(o widget.CSPOptions) string { o.AssetsURL = "https://cdn.example/"; return strictPolicy(t, o) }
	w := newTab(t, shop)
	w.run(chromedp.Navigate(shop.url + "/order"))
	w.press()
	w.until(`location.pathname === "/pay/1042"`)
}

// A page that another template engine makes takes the snippet as text.
func TestWidgetInAnotherEnginesPage(t *testing.T) {
	shop := newWidgetShop(t, widget.Frame)
	shop.body = func(page widgetShopPage) template.HTML {
		var out bytes.Buffer
		engine := texttemplate.Must(texttemplate.New("").Delims("[[", "]]").Parse(`<section>[[.]]</section>`))
		require.NoError(t, engine.Execute(&out, string(page.Snippet)))
		return template.HTML(out.String())
	}
	w := openTab(t, shop)
	w.press()
	w.in("ready", "shown")
	w.sound()
}

// Two widgets of different modes share a page, and nothing else.
func TestWidgetTwiceOnOnePage(t *testing.T) {
	shop := newWidgetShop(t, widget.Script)
	second := widget.Snippet{OrderID: "2", TicketURL: "/pay/tickets", AssetsURL: "/pay/widget/", Mode: widget.Frame, Class: "second", Locale: "ru"}
	shop.body = func(page widgetShopPage) template.HTML {
		html, err := second.HTML()
		require.NoError(t, err)
		return html + page.Snippet
	}
	w := openTab(t, shop)
	w.until(`document.querySelectorAll("highhelp-widget [data-part=busy]").length === 2`)
	w.click(`.second [data-part="button"]`)
	w.until(`document.querySelector(".second").state === "ready"`)
	require.Equal(t, "idle", eval[string](w, `document.querySelector("highhelp-widget:not(.second)").state`))
	w.click(`highhelp-widget:not(.second) [data-part="button"]`)
	w.until(`document.querySelector("highhelp-widget:not(.second)").state === "ready"`)
	require.True(t, eval[bool](w, `!!document.querySelector(".second iframe") && !!document.querySelector("highhelp-widget:not(.second) [data-merchant]")`))
	w.snap("widget/twice")
	w.sound()
}

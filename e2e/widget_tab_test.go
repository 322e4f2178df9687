package e2e

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

//go:embed testdata/widget/axe.min.js
var axe string

// watchdog runs before every page: it keeps what policies refuse and what the
// widget tells, and lets a test move the clock.
const watchdog = `(() => {
	const now = Date.now, later = setTimeout;
	let ahead = 0, pace = 1;
	Date.now = () => now() + ahead;
	window.pass = (ms) => { ahead += ms; };
	window.hurry = (factor) => { pace = factor; };
	window.delays = [];
	window.setTimeout = (f, ms = 0, ...rest) => {
		delays.push(ms);
		return later(f, ms / pace, ...rest);
	};
	window.violations = [];
	document.addEventListener("securitypolicyviolation", (e) => violations.push(e.effectiveDirective + " " + e.blockedURI));
	window.told = [];
	for (const name of ["loading", "ready", "processing", "complete", "error"]) {
		document.addEventListener("highhelp:" + name, (e) => told.push(name + " " + (e.detail?.status ?? e.detail?.code ?? "")));
	}
})()`

// A tab shows pages of a shop and of its gateway.
type tab struct {
	*browser
	shop    *widgetShop // or nil
	origins []string    // that may be asked for something

	mu    sync.Mutex
	hosts map[string]bool // that were asked for anything
}

// tabs is the browser that tabs share, as long as a test holds it: to start one
// for each tab would take most of the time.
var tabs struct {
	sync.Mutex
	holders int
	browser *browser
}

// holdBrowser keeps the browser for the test and its subtests.
func holdBrowser(t *testing.T) *browser {
	t.Helper()
	tabs.Lock()
	defer tabs.Unlock()
	if tabs.holders == 0 {
		tabs.browser = newBrowser(t)
	}
	tabs.holders++
	t.Cleanup(func() {
		tabs.Lock()
		defer tabs.Unlock()
		tabs.holders--
	})
	return tabs.browser
}

func newTab(t *testing.T, shop *widgetShop) *tab {
	t.Helper()
	w := blankTab(t, shop.url, shop.pay)
	w.shop = shop
	return w
}

// blankTab is a tab for pages of some origins.
func blankTab(t *testing.T, origins ...string) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(holdBrowser(t).ctx, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	w := &tab{browser: &browser{t: t, ctx: ctx}, origins: origins, hosts: map[string]bool{}}
	require.NoError(t, chromedp.Listen(ctx, w.listen))
	_, err := chromedp.Call(ctx, runtime.Enable, cdp.Empty{})
	require.NoError(t, err)
	_, err = chromedp.Call(ctx, log.Enable, cdp.Empty{})
	require.NoError(t, err)
	w.run(chromedp.EmulateViewport(1280, 800))
	require.NoError(t, chromedp.Listen(w.ctx, func(event any) {
		if e, ok := event.(*network.EventRequestWillBeSent); ok {
			w.mu.Lock()
			defer w.mu.Unlock()
			if u, err := url.Parse(e.Request.URL); err == nil {
				w.hosts[u.Scheme+"://"+u.Host] = true
			}
		}
	}))
	_, err = chromedp.Call(w.ctx, network.Enable, network.EnableParams{})
	require.NoError(t, err)
	_, err = chromedp.Call(w.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: watchdog})
	require.NoError(t, err)
	w.scheme("light")
	return w
}

// openOrder opens the page of the order and waits until the widget is there.
func (w *tab) openOrder() {
	w.t.Helper()
	w.run(chromedp.Navigate(w.shop.url + "/order"))
	w.until(`!!document.querySelector("highhelp-widget [data-part=busy]")`)
}

// openTab is a tab with the page of the order.
func openTab(t *testing.T, shop *widgetShop) *tab {
	t.Helper()
	w := newTab(t, shop)
	w.openOrder()
	return w
}

func eval[T any](w *tab, expression string) T {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, 20*time.Second)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	require.NoError(w.t, err, expression)
	return value
}

// do runs a statement on the page.
func (w *tab) do(statement string) {
	w.t.Helper()
	w.run(chromedp.Evaluate[chromedp.Void](statement))
}

// until waits until an expression is true.
func (w *tab) until(expression string) {
	w.t.Helper()
	for limit := time.Now().Add(20 * time.Second); ; {
		ctx, cancel := context.WithTimeout(w.ctx, 10*time.Second)
		ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool](expression))
		cancel()
		if err == nil && ok { // an error: the page is on its way to another
			return
		}
		if time.Now().After(limit) {
			w.t.Fatalf("never: %s\n%v\n%s", expression, err, w.scene())
		}
		<-time.After(20 * time.Millisecond)
	}
}

// in waits for a state, and for the code that explains it if one is given.
func (w *tab) in(state, code string) {
	w.t.Helper()
	want := fmt.Sprintf(`document.querySelector("highhelp-widget")?.dataset.state === %q`, state)
	if code != "" {
		want += fmt.Sprintf(` && document.querySelector("highhelp-widget").dataset.code === %q`, code)
	}
	w.until(want)
}

// reads waits until a part shows some text.
func (w *tab) reads(part, text string) {
	w.t.Helper()
	quoted, err := json.Marshal(text)
	require.NoError(w.t, err)
	w.until(fmt.Sprintf(`(() => { const e = document.querySelector('[data-part="%s"]'); return !!e && e.checkVisibility({visibilityProperty: true}) && e.textContent.includes(%s); })()`, part, quoted))
}

func (w *tab) press() {
	w.t.Helper()
	w.click(`[data-part="button"]`)
}

func (w *tab) scheme(scheme string) {
	w.t.Helper()
	_, err := chromedp.Call(w.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
	})
	require.NoError(w.t, err)
}

// offline cuts the page off, or connects it again.
func (w *tab) offline(off bool) {
	w.t.Helper()
	_, err := chromedp.Call(w.ctx, network.OverrideNetworkState, network.OverrideNetworkStateParams{Offline: off, DownloadThroughput: -1, UploadThroughput: -1})
	require.NoError(w.t, err)
	_, err = chromedp.Call(w.ctx, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{
		MatchedNetworkConditions: []*network.Conditions{{Offline: off, DownloadThroughput: -1, UploadThroughput: -1}},
	})
	require.NoError(w.t, err)
}

// shows holds a state to what every state must be, in light and dark, on a
// phone and on a desk: no axe violation, nothing wider than the page, and a
// picture of it.
func (w *tab) shows(name string) {
	w.t.Helper()
	for _, scheme := range []string{"light", "dark"} {
		w.scheme(scheme)
		for _, width := range []int64{320, 1280} {
			w.run(chromedp.EmulateViewport(width, 720))
			require.LessOrEqual(w.t, eval[float64](w, `document.documentElement.scrollWidth`), float64(width), "%s is too wide at %d", name, width)
			w.still()
			w.snap(fmt.Sprintf("widget/%s-%d-%s", name, width, scheme))
		}
		require.Empty(w.t, w.axe(), "%s %s", name, scheme)
	}
	w.scheme("light")
	if os.Getenv("HIGHHELP_SCREENSHOTS") != "" {
		w.run(chromedp.EmulateViewport(640, 480))
		w.snap("widget-" + name)
	}
	w.run(chromedp.EmulateViewport(1280, 800))
}

// still waits for animations that end.
func (w *tab) still() {
	w.t.Helper()
	eval[bool](w, `Promise.all(document.getAnimations().filter((a) => a.effect.getComputedTiming().iterations !== Infinity).map((a) => a.finished.catch(() => 0))).then(() => true)`)
}

// snap keeps a picture.
func (w *tab) snap(name string) {
	w.t.Helper()
	shot := chromedp.FullScreenshot(100)
	if w.shop != nil && w.shop.dir == "rtl" {
		shot = chromedp.CaptureScreenshot() // the other one moves such a page to the side
	}
	png, err := chromedp.Run(w.ctx, shot)
	require.NoError(w.t, err)
	path := filepath.Join("artifacts", name+".png")
	if dir := os.Getenv("HIGHHELP_SCREENSHOTS"); dir != "" && !strings.Contains(name, "/") {
		path = filepath.Join(dir, name+".png")
	}
	require.NoError(w.t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(w.t, os.WriteFile(path, png, 0o644))
}

// axe returns what axe-core finds on the page.
func (w *tab) axe() []string {
	w.t.Helper()
	if !eval[bool](w, `!!window.axe`) {
		w.do(axe + ";0")
	}
	return eval[[]string](w, `axe.run(document, {iframes: false, preload: false, resultTypes: ["violations"]}).then(({violations}) =>
		violations.flatMap((v) => v.nodes.map((n) => v.id + " " + n.target + ": " + n.failureSummary)))`)
}

// sound demands that the page had no problem but those that a test expects, and
// asked nobody but those that it may.
func (w *tab) sound(expected ...string) {
	w.t.Helper()
	w.browser.mu.Lock()
	problems := slices.DeleteFunc(slices.Clone(w.problems), func(problem string) bool {
		return slices.ContainsFunc(expected, func(part string) bool { return strings.Contains(problem, part) })
	})
	w.browser.mu.Unlock()
	require.Empty(w.t, problems, "console")
	if len(expected) == 0 {
		require.Empty(w.t, eval[[]string](w, `window.violations`), "violations")
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for host := range w.hosts {
		require.Contains(w.t, append([]string{"about://", "data://"}, w.origins...), host)
	}
}

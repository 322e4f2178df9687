package e2e

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp/widget"
	"github.com/stretchr/testify/require"
)

// A firefox is a headless Firefox, driven by its Marionette protocol: JSON with
// its length in front, over TCP.
type firefox struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
	id   int
}

// firefoxPrefs let the browser pick a port, and keep it off the network: what
// is not on this machine goes to a proxy that is not there.
const firefoxPrefs = `user_pref("marionette.port", 0);
user_pref("network.proxy.type", 1);
user_pref("network.proxy.http", "127.0.0.1");
user_pref("network.proxy.http_port", 9);
user_pref("network.proxy.ssl", "127.0.0.1");
user_pref("network.proxy.ssl_port", 9);
user_pref("network.proxy.no_proxies_on", "127.0.0.1");
user_pref("network.proxy.allow_hijacking_localhost", false);
user_pref("browser.shell.checkDefaultBrowser", false);
`

func newFirefox(t *testing.T) *firefox {
	t.Helper()
	path, err := exec.LookPath("firefox-esr")
	if err != nil {
		path, err = exec.LookPath("firefox")
	}
	if err != nil {
		missing(t, "Firefox")
	}
	profile := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(profile, "user.js"), []byte(firefoxPrefs), 0o600))
	browser := exec.Command(path, "--headless", "--marionette", "--no-remote", "--profile", profile)
	browser.Env = append(os.Environ(), "HOME="+t.TempDir(), "MOZ_DISABLE_CONTENT_SANDBOX=1")
	require.NoError(t, browser.Start())
	t.Cleanup(func() {
		_ = browser.Process.Kill()
		_ = browser.Wait()
	})

	f := &firefox{t: t}
	require.Eventually(t, func() bool {
		port, err := os.ReadFile(filepath.Join(profile, "MarionetteActivePort"))
		if err != nil {
			return false
		}
		f.conn, err = net.Dial("tcp", "127.0.0.1:"+strings.TrimSpace(string(port)))
		return err == nil
	}, time.Minute, 50*time.Millisecond, "Firefox did not start")
	t.Cleanup(func() { _ = f.conn.Close() })
	f.in = bufio.NewReader(f.conn)
	f.read() // its greeting
	f.call("WebDriver:NewSession", map[string]any{})
	return f
}

func (f *firefox) read() []byte {
	f.t.Helper()
	require.NoError(f.t, f.conn.SetReadDeadline(time.Now().Add(time.Minute)))
	length, err := f.in.ReadString(':')
	require.NoError(f.t, err)
	n, err := strconv.Atoi(strings.TrimSuffix(length, ":"))
	require.NoError(f.t, err)
	message := make([]byte, n)
	_, err = io.ReadFull(f.in, message)
	require.NoError(f.t, err)
	return message
}

// call sends a command and returns the value that comes back.
func (f *firefox) call(command string, params map[string]any) any {
	f.t.Helper()
	f.id++
	message, err := json.Marshal([]any{0, f.id, command, params})
	require.NoError(f.t, err)
	_, err = fmt.Fprintf(f.conn, "%d:%s", len(message), message)
	require.NoError(f.t, err)
	var answer [4]any // 1, id, error, result
	require.NoError(f.t, json.Unmarshal(f.read(), &answer))
	require.Nil(f.t, answer[2], command)
	result, _ := answer[3].(map[string]any)
	return result["value"]
}

// script runs the body of a function on the page.
func (f *firefox) script(body string) any {
	f.t.Helper()
	return f.call("WebDriver:ExecuteScript", map[string]any{"script": body, "args": []any{}})
}

func (f *firefox) until(condition string) {
	f.t.Helper()
	require.Eventually(f.t, func() bool { return f.script("return Boolean("+condition+")") == true }, 20*time.Second, 20*time.Millisecond, condition)
}

func (f *firefox) shows(state string) {
	f.t.Helper()
	f.until(fmt.Sprintf(`document.querySelector("highhelp-widget")?.dataset.state === %q`, state))
}

func (f *firefox) click(selector string) {
	f.t.Helper()
	element := f.call("WebDriver:FindElement", map[string]any{"using": "css selector", "value": selector}).(map[string]any)
	for _, id := range element {
		f.call("WebDriver:ElementClick", map[string]any{"id": id})
		return
	}
}

func (f *firefox) snap(name string) {
	f.t.Helper()
	png, err := base64.StdEncoding.DecodeString(f.call("WebDriver:TakeScreenshot", map[string]any{"full": false}).(string))
	require.NoError(f.t, err)
	path := filepath.Join("artifacts", "widget", name+".png")
	require.NoError(f.t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(f.t, os.WriteFile(path, png, 0o644))
}

// The way of a payer in another browser, in every mode, under the strictest
// policy; and what axe-core says of each state.
func TestWidgetInFirefox(t *testing.T) {
	f := newFirefox(t)
	f.call("WebDriver:SetWindowRect", map[string]any{"width": 500, "height": 800})
	for _, mode := range []widget.Mode{widget.Redirect, widget.Frame, widget.Script} {
		t.Run(string(mode), func(t *testing.T) {
			f.t = t
			shop := newWidgetShop(t, mode)
			shop.snippet.Nonce = widgetNonce
			f.openOrder(shop)
			f.shows("idle")
			f.sound("firefox-" + string(mode) + "-idle")
			f.click(`[data-part="button"]`)
			if mode == widget.Redirect {
				f.until(`location.pathname === "/pay/1042"`)
				shop.set(func() { shop.snippet.StatusURL = "/pay/status?payment=1042&token=secret" })
				f.openOrder(shop)
			} else {
				f.shows("ready")
				f.sound("firefox-" + string(mode) + "-ready")
				f.pay(mode)
			}
			f.shows("processing")
			f.sound("firefox-" + string(mode) + "-processing")
			shop.set(func() { shop.statuses = []string{"paid"} })
			f.shows("success")
			f.sound("firefox-" + string(mode) + "-success")
		})
	}
}

func (f *firefox) openOrder(shop *widgetShop) {
	f.t.Helper()
	f.call("WebDriver:Navigate", map[string]any{"url": shop.url + "/order"})
	f.script(`document.addEventListener("securitypolicyviolation", (e) => document.body.dataset.violated = e.effectiveDirective + " " + e.blockedURI)`)
	f.until(`document.querySelector("highhelp-widget [data-part=busy]")`)
}

// pay sends the form that the mode shows.
func (f *firefox) pay(mode widget.Mode) {
	f.t.Helper()
	if mode == widget.Script {
		f.click(sendForm)
		return
	}
	frame := f.call("WebDriver:FindElement", map[string]any{"using": "css selector", "value": "iframe"})
	for _, id := range frame.(map[string]any) {
		f.call("WebDriver:SwitchToFrame", map[string]any{"element": id})
	}
	f.click("button")
	f.call("WebDriver:SwitchToFrame", map[string]any{"element": nil})
}

func (f *firefox) sound(name string) {
	f.t.Helper()
	f.until(`document.getAnimations().every((a) => a.effect.getComputedTiming().iterations === Infinity)`)
	f.snap(name)
	require.Nil(f.t, f.script(`return document.body.dataset.violated ?? null`))
	f.script(axe + `;window.axe = axe`)
	violations := f.call("WebDriver:ExecuteAsyncScript", map[string]any{"args": []any{}, "script": `const done = arguments[0];
		window.axe.run(document, {iframes: false, preload: false, resultTypes: ["violations"]}).then(
			({violations}) => done(violations.flatMap((v) => v.nodes.map((n) => v.id + " " + n.target + ": " + n.failureSummary))), (e) => done([String(e)]))`})
	require.Empty(f.t, violations, name)
}

package sandbox_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp/sandbox"
	"github.com/stretchr/testify/require"
)

func (r *rig) get(address string) answer {
	r.t.Helper()
	req, err := http.NewRequest(http.MethodGet, address, nil)
	require.NoError(r.t, err)
	return r.do(req)
}

// press sends the page's form, as a browser without JavaScript does.
func (r *rig) press(address string, a sandbox.Action, headers ...string) answer {
	r.t.Helper()
	form := url.Values{"action": {string(a)}}
	req, err := http.NewRequest(http.MethodPost, address, strings.NewReader(form.Encode()))
	require.NoError(r.t, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	return r.do(req)
}

func (r *rig) status(paymentID string) string {
	r.t.Helper()
	t, err := r.gateway.Ticket(paymentID)
	require.NoError(r.t, err)
	return t.Status.String()
}

func TestPage(t *testing.T) {
	r := newRig(t)
	order := set(r.order("order <1>"), "payment", "description", `Tea & "cake"</dd><script>alert(1)</script>`)
	order = set(order, "payment", "widget_method", "payin-ecom-card")
	order = set(order, "general", "redirect_url", "https://shop.example:8443/back?a=1")
	ticket := r.create(order)

	a := r.get(ticket.URL)

	require.Equal(t, http.StatusOK, a.code)
	require.Equal(t, "text/html; charset=utf-8", a.header.Get("Content-Type"))
	require.Equal(t, "no-store", a.header.Get("Cache-Control"))
	require.Equal(t, "nosniff", a.header.Get("X-Content-Type-Options"))
	require.Equal(t, "same-origin", a.header.Get("Referrer-Policy"))
	require.Equal(t, "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "+
		"form-action 'self' https://shop.example:8443; frame-ancestors 'none'", a.header.Get("Content-Security-Policy"))
	for _, text := range []string{
		"This is a simulation: no money moves.", "1,234.50 RUB", "order &lt;1&gt;", "Bank card",
		"Tea &amp; &#34;cake&#34;&lt;/dd&gt;&lt;script&gt;", `<time datetime="2026-03-01T12:10:00Z">12:10 UTC</time>`,
		`<meta http-equiv="refresh" content="601">`,
		`<form method="post">`, `<html lang="en">`, "<legend>",
		`value="pay" class="main">Pay 1,234.50 RUB<`, `value="refuse">Refuse<`, `value="decline_by_anti_fraud">Decline by anti-fraud<`,
	} {
		require.Contains(t, a.text, text)
	}
	require.Equal(t, "processing:requisites", r.status("order <1>"))
	requireInert(t, a.text)
}

var tagForm = regexp.MustCompile(`<[^>]*>`)

// requireInert wants a page that the strict policy does not break: no tag with
// anything inline or from elsewhere.
func requireInert(t *testing.T, html string) {
	t.Helper()
	tags := strings.Join(tagForm.FindAllString(html, -1), "\n")
	for _, no := range []string{`<script`, `<style`, `\sstyle=`, `\son[a-z]+=`, `javascript:`, `src="[^.]`, `<link[^>]*href="[a-z]+:`} {
		require.NotRegexp(t, "(?i)"+no, tags)
	}
}

func TestPageAssets(t *testing.T) {
	r := newRig(t)
	ticket := r.create(r.order("1"))
	base, err := url.Parse(ticket.URL)
	require.NoError(t, err)
	links := regexp.MustCompile(`<link[^>]* href="([^"]+)"`).FindAllStringSubmatch(r.get(ticket.URL).text, -1)
	require.Len(t, links, 3)
	for i, kind := range []string{"image/svg+xml", "text/css; charset=utf-8", "text/css; charset=utf-8"} {
		address, err := base.Parse(links[i][1])
		require.NoError(t, err)
		a := r.get(address.String())
		require.Equal(t, http.StatusOK, a.code)
		require.Equal(t, kind, a.header.Get("Content-Type"))
		require.Contains(t, a.header.Get("Cache-Control"), "immutable")
		require.NotEmpty(t, a.text)
	}
	require.Equal(t, http.StatusNotFound, r.get(r.url+"/assets/page.css").code)
}

// What looks without being a payer does not open the page.
func TestHeadDoesNotOpen(t *testing.T) {
	r := newRig(t)
	ticket := r.create(r.order("1"))
	req, err := http.NewRequest(http.MethodHead, ticket.URL, nil)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, r.do(req).code)
	require.Equal(t, "processing:new", r.status("1"))
}

func TestPageUnknown(t *testing.T) {
	r := newRig(t)
	for _, token := range []string{strings.Repeat("0", 40), "x", "%2e%2e"} {
		for _, a := range []answer{r.get(r.url + "/pay/" + token), r.press(r.url+"/pay/"+token, sandbox.Pay)} {
			require.Equal(t, http.StatusNotFound, a.code)
			require.Contains(t, a.text, "Unknown payment")
			requireInert(t, a.text)
		}
	}
}

func TestPageActions(t *testing.T) {
	for action, want := range map[sandbox.Action]struct{ status, heading string }{
		sandbox.Pay:                {"success", "Payment successful"},
		sandbox.Refuse:             {"decline", "Payment declined"},
		sandbox.DeclineByAntiFraud: {"decline", "Payment declined"},
	} {
		t.Run(string(action), func(t *testing.T) {
			r := newRig(t)
			ticket := r.create(set(r.order("1"), "general", "redirect_url", "http://localhost:1/back?x=%20y"))
			r.get(ticket.URL)
			a := r.press(ticket.URL, action, "Sec-Fetch-Site", "same-origin")
			require.Equal(t, http.StatusSeeOther, a.code)
			require.Equal(t, "http://localhost:1/back?x=%20y", a.header.Get("Location"))
			require.Equal(t, want.status, r.status("1"))

			done := r.get(ticket.URL)
			require.Contains(t, done.text, want.heading)
			require.Contains(t, done.text, `href="http://localhost:1/back?x=%20y">Back to the shop</a>`)
			require.NotContains(t, done.text, "<button")
			requireInert(t, done.text)
		})
	}
}

// Without a redirect_url the page shows the result; a finished ticket shows it
// whatever button is pressed.
func TestPageResult(t *testing.T) {
	r := newRig(t)
	ticket := r.create(r.order("1"))
	base, err := url.Parse(ticket.URL)
	require.NoError(t, err)
	for _, action := range []sandbox.Action{sandbox.Pay, sandbox.Refuse, sandbox.Pay, "nonsense"} {
		a := r.press(ticket.URL, action)
		require.Equal(t, http.StatusSeeOther, a.code)
		result, err := base.Parse(a.header.Get("Location"))
		require.NoError(t, err)
		require.Equal(t, ticket.URL, result.String())
		page := r.get(result.String())
		require.Contains(t, page.text, "Payment successful")
		require.NotContains(t, page.text, "Back to the shop")
	}
	require.Equal(t, "success", r.status("1"))
}

func TestPageRepeatedActionStays(t *testing.T) {
	r := newRig(t)
	ticket := r.create(set(r.order("1"), "general", "redirect_url", "https://shop.example/"))
	r.press(ticket.URL, sandbox.Refuse)
	a := r.press(ticket.URL, sandbox.Pay)
	require.Equal(t, ticket.URL[strings.LastIndex(ticket.URL, "/")+1:], a.header.Get("Location"))
	require.Equal(t, "decline", r.status("1"))
	require.Contains(t, r.get(ticket.URL).text, "Reason: refused by the client")
}

func TestPageUnknownAction(t *testing.T) {
	r := newRig(t)
	ticket := r.create(set(r.order("1"), "general", "redirect_url", "https://shop.example/"))
	for _, action := range []sandbox.Action{
		"", "expiry", "no_payment", sandbox.Open, sandbox.Expire, sandbox.ResolveSuccess, sandbox.ResolveDecline,
	} {
		require.NotContains(t, r.press(ticket.URL, action).header.Get("Location"), "shop.example")
	}
	require.Contains(t, r.status("1"), "processing:")
}

func TestPageExpired(t *testing.T) {
	r := newRig(t)
	ticket := r.create(r.order("1"))
	r.get(ticket.URL)
	r.clock.Advance(10 * time.Minute)
	a := r.get(ticket.URL)
	require.Contains(t, a.text, "This payment has expired")
	require.NotContains(t, a.text, "<button")
	require.Equal(t, http.StatusSeeOther, r.press(ticket.URL, sandbox.Pay).code)
	require.Equal(t, "dispute:no_payment", r.status("1"))
}

func TestPageCrossOrigin(t *testing.T) {
	r := newRig(t)
	ticket := r.create(r.order("1"))
	for _, headers := range [][]string{
		{"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"},
		{"Sec-Fetch-Site", "same-site"},
		{"Origin", "https://evil.example"},
		{"Origin", "null"},
	} {
		require.Equal(t, http.StatusForbidden, r.press(ticket.URL, sandbox.Pay, headers...).code)
	}
	require.Equal(t, "processing:new", r.status("1"))
	public, err := url.Parse(ticket.URL)
	require.NoError(t, err)
	require.Equal(t, http.StatusSeeOther, r.press(ticket.URL, sandbox.Pay, "Origin", "http://"+public.Host).code)
}

func TestPageMethods(t *testing.T) {
	r := newRig(t)
	ticket := r.create(r.order("1"))
	req, err := http.NewRequest(http.MethodDelete, ticket.URL, nil)
	require.NoError(t, err)
	a := r.do(req)
	require.Equal(t, http.StatusMethodNotAllowed, a.code)
	require.Equal(t, "GET, HEAD, POST", a.header.Get("Allow"))
}

func TestFrameAncestors(t *testing.T) {
	r := newRig(t, func(c *sandbox.Config) {
		c.FrameAncestors = []string{"https://shop.example", "http://localhost:8080"}
	})
	policy := r.get(r.create(r.order("1")).URL).header.Get("Content-Security-Policy")
	require.Contains(t, policy, "; frame-ancestors https://shop.example http://localhost:8080")
	require.Contains(t, policy, "; form-action 'self';")
}

// Of many payers at once exactly one gets through.
func TestConcurrentPayers(t *testing.T) {
	r := newRig(t)
	ticket := r.create(set(r.order("1"), "general", "redirect_url", "https://shop.example/"))
	actions := []sandbox.Action{sandbox.Pay, sandbox.Refuse, sandbox.DeclineByAntiFraud}
	locations := make([]string, 12)
	t.Run("at once", func(t *testing.T) {
		for i := range locations {
			t.Run(strconv.Itoa(i), func(t *testing.T) {
				t.Parallel()
				locations[i] = r.on(t).press(ticket.URL, actions[i%3]).header.Get("Location")
			})
		}
	})
	var won int
	for _, l := range locations {
		if l == "https://shop.example/" {
			won++
		}
	}
	require.Equal(t, 1, won)
	r.deliver()
	last := r.shop.alerts()[len(r.shop.alerts())-1]
	require.Equal(t, r.status("1"), last.fields.Status)
	var final int
	for _, a := range r.shop.alerts() {
		if a.path != "/info" {
			final++
		}
	}
	require.Equal(t, 1, final)
}

package highhelp_test

import (
	"context"
	"errors"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/stretchr/testify/require"
)

// logPage serves the log page of s at a path of its own.
func (s *shop) logPage() string {
	s.t.Helper()
	mux := http.NewServeMux()
	mux.Handle("/admin/log/", s.Checkout.LogHandler())
	return newServer(s.t, mux).URL + "/admin/log/"
}

func post(t *testing.T, target string, form url.Values, change ...func(*http.Request)) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, target, strings.NewReader(form.Encode()))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for _, f := range change {
		f(req)
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	return resp, readAll(t, resp)
}

var hrefs = regexp.MustCompile(`(?:href|action)="([^"]*)"`)

// Wherever it is mounted, with and without StripPrefix, all its links lead to
// it again.
func TestLogPageAtEveryPath(t *testing.T) {
	s := newShop(t)
	s.ticket("1")
	require.Equal(t, 200, s.deliver("success", success("1")))
	h := s.Checkout.LogHandler()
	mux := http.NewServeMux()
	mux.Handle("/log", h)
	mux.Handle("/log/", h)
	mux.Handle("/a/b/", http.StripPrefix("/a/b/", h))
	mux.Handle("/c/", http.StripPrefix("/c", h))
	mux.Handle("GET /d/{shop}/payments", h)
	server := newServer(t, mux)
	for _, path := range []string{"/log", "/log/", "/a/b/", "/c/", "/d/1/payments"} {
		seen, queue := map[string]bool{}, []string{server.URL + path}
		for len(queue) > 0 {
			at, err := url.Parse(queue[0])
			require.NoError(t, err)
			queue = queue[1:]
			status, page := get(t, at.String())
			require.Equal(t, 200, status, at)
			require.Equal(t, path, at.Path)
			for _, m := range hrefs.FindAllStringSubmatch(page, -1) {
				to, err := at.Parse(html.UnescapeString(m[1]))
				require.NoError(t, err)
				if !seen[to.String()] {
					seen[to.String()] = true
					queue = append(queue, to.String())
				}
			}
		}
		require.Greater(t, len(seen), 6, "style, list, open payments, order, delivery, and each live")
	}
}

// Every answer forbids what a page can be abused by; nothing is inline.
func TestLogPageHeaders(t *testing.T) {
	s := newShop(t)
	s.ticket("1")
	require.Equal(t, 200, s.deliver("success", success("1")))
	page := s.logPage()
	inline := regexp.MustCompile(`(?i)<script|<style|\sstyle=|\son[a-z]+=|javascript:`)
	for _, query := range []string{"", "?open=1", "?order=1", "?delivery=1", "?live=on", "?order=none", "?delivery=99", "?from=yesterday"} {
		resp, err := http.Get(page + query)
		require.NoError(t, err)
		body := readAll(t, resp)
		resp.Body.Close()
		h := resp.Header
		require.Equal(t, "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'", h.Get("Content-Security-Policy"))
		require.Equal(t, "nosniff", h.Get("X-Content-Type-Options"))
		require.Equal(t, "no-store", h.Get("Cache-Control"))
		require.Equal(t, "text/html; charset=utf-8", h.Get("Content-Type"))
		require.NotRegexp(t, inline, body)
		require.Equal(t, query == "?live=on", strings.Contains(body, `<meta http-equiv="refresh" content="5">`))
	}
	_, body := get(t, page)
	style := regexp.MustCompile(`href="(\?style=[0-9a-f]{16})"`).FindStringSubmatch(body)
	require.NotNil(t, style)
	resp, err := http.Get(page + style[1])
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Equal(t, "text/css; charset=utf-8", resp.Header.Get("Content-Type"))
	require.Contains(t, resp.Header.Get("Cache-Control"), "immutable")
	require.Contains(t, readAll(t, resp), "color-scheme: light dark")
}

func TestLogPageMethods(t *testing.T) {
	page := newShop(t).logPage()
	for method, want := range map[string]int{"HEAD": 200, "PUT": 405, "DELETE": 405, "OPTIONS": 405} {
		req, err := http.NewRequest(method, page, nil)
		require.NoError(t, err)
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		resp.Body.Close()
		require.Equal(t, want, resp.StatusCode, method)
		require.Equal(t, want == 405, resp.Header.Get("Allow") == "GET, HEAD, POST")
	}
}

// Whatever a payer or the gateway writes stands as text.
func TestLogPageEscapes(t *testing.T) {
	const evil = `"><script>alert(1)</script><a href='javascript:x`
	s := newShop(t, func(c *highhelp.Config) {
		c.OnProgress = func(context.Context, highhelp.Event) error { return errors.New(evil) }
	})
	id := `<b>&"'` + "`order"
	s.Gateway.say("create", 200, `{"status":"processing","sub_status":"new","integration":{"form_url":"`+s.Gateway.URL+`/page"}}`)
	s.ticket(id)
	c := with(id, "processing", "paid")
	c.description, c.extra = evil, map[string]any{`"><script>`: evil}
	require.Equal(t, 500, s.deliver("info", c))
	s.deliverRaw("info", []byte("\xff\xfe<script>alert(2)</script>"), nil, nil)
	page := s.logPage()
	for _, query := range []string{"", "?delivery=1", "?delivery=2", "?order=" + url.QueryEscape(id), "?id=" + url.QueryEscape(evil), "?outcome=" + url.QueryEscape(evil),
		"?order=" + url.QueryEscape(evil)} {
		_, body := get(t, page+query)
		require.NotContains(t, body, "<script", query)
		require.NotContains(t, body, "<b>", query)
		require.NotContains(t, body, "href='", query)
		require.NotContains(t, body, `="javascript:`, query)
	}
	_, body := get(t, page+"?delivery=1")
	require.Contains(t, body, "alert(1)", "the body is shown")
	_, body = get(t, page+"?order="+url.QueryEscape(id))
	require.Contains(t, body, html.EscapeString(id[:3]))
}

// Nobody gets from the page what would let him act as the payer.
func TestLogPageShowsNoAccess(t *testing.T) {
	s := newShop(t)
	s.sells("1")
	s.Gateway.on("create", func(call gatewayCall) answer {
		a := s.Gateway.created(call)
		a.body = strings.Replace(a.body, "{", `{"secret":"`+canary+`",`, 1)
		return a
	})
	s.click("1")
	ticket := s.payment("1").Newest().Ticket
	require.NotEmpty(t, ticket.URL)
	require.Contains(t, string(ticket.Raw), canary)
	require.Equal(t, 200, s.deliver("info", with("1", "processing", "paid")))
	page := s.logPage()
	for _, query := range []string{"", "?order=1", "?open=1", "?delivery=1"} {
		status, body := get(t, page+query)
		require.Equal(t, 200, status)
		for _, secret := range []string{ticket.URL, ticket.StatusToken, canary, s.Gateway.URL} {
			require.NotContains(t, body, secret)
		}
	}
}

// deliveriesOn returns the IDs of the deliveries that a page lists, in order.
func deliveriesOn(body string) (ids []string) {
	for _, m := range regexp.MustCompile(`data-label="received"><a href="\?delivery=([^"]+)"`).FindAllStringSubmatch(body, -1) {
		ids = append(ids, m[1])
	}
	return ids
}

// Paging shows every delivery once, the newest first, while more come in.
func TestLogPagePages(t *testing.T) {
	s := newShop(t)
	s.ticket("1")
	const n = 130
	for i := range n {
		if i%10 == 0 {
			s.Clock.Add(time.Second) // many at one moment
		}
		require.Equal(t, 200, s.deliver("info", with("1", "processing", fmt.Sprint("s", i))))
	}
	page := s.logPage()
	var ids []string
	next := regexp.MustCompile(`href="([^"]*)" rel="next"`)
	for query := "?route=info"; query != ""; {
		_, body := get(t, page+query)
		ids = append(ids, deliveriesOn(body)...)
		require.LessOrEqual(t, len(ids), n)
		require.Equal(t, 401, s.deliverRaw("info", success("1").body(), nil, nil).StatusCode)
		query = ""
		if m := next.FindStringSubmatch(body); m != nil {
			query = html.UnescapeString(m[1])
			require.Contains(t, query, "route=info")
		}
	}
	require.Len(t, ids, n)
	for i, id := range ids {
		require.Equal(t, fmt.Sprint(n-i), id)
	}
	_, body := get(t, page+"?after=gone")
	require.Len(t, deliveriesOn(body), 50, "a page whose beginning is gone begins anew")
}

func TestLogPageFilters(t *testing.T) {
	s := newShop(t, fast)
	minute := func(n int) string {
		return s.Clock.Now().Add(time.Duration(n) * time.Minute).Format("2006-01-02T15:04")
	}
	begin := minute(0)
	s.ticket("1")
	s.ticket("2")
	s.deliver("decline", with("1", "decline", "")) // 1
	s.ticket("1")
	s.Clock.Add(time.Minute)
	s.deliver("info", with("1~2", "processing", "paid"))   // 2
	s.deliverRaw("success", success("2").body(), nil, nil) // 3, refused
	s.setFail(errors.New("no stock"))                      //
	s.Clock.Add(time.Minute)                               //
	s.deliver("success", success("2"))                     // 4, failed
	s.setFail(nil)                                         //
	s.deliver("success", success("2"))                     // 5
	s.deliver("success", success("2"))                     // 6, duplicate
	end := s.Clock.Now().Format("2006-01-02T15:04")        //
	page := s.logPage()                                    //
	for query, want := range map[string]string{
		"":                          "6 5 4 3 2 1",
		"id=1":                      "2 1",
		"id=1~2":                    "2",
		"id=+2+":                    "6 5 4",
		"id=3":                      "",
		"route=success":             "6 5 4 3",
		"route=nonsense":            "6 5 4 3 2 1",
		"outcome=failed":            "4",
		"outcome=refused":           "3",
		"outcome=duplicate":         "6",
		"outcome=applied":           "5 2 1",
		"outcome=applied&id=2":      "5",
		"outcome=failed&route=info": "",
		"from=" + end:               "6 5 4",
		"to=" + end:                 "3 2 1",
		"from=" + begin + ":30&to=" + end + ":00": "3 2",
	} {
		status, body := get(t, page+"?"+query)
		require.Equal(t, 200, status, query)
		require.Equal(t, want, strings.Join(deliveriesOn(body), " "), query)
		require.Equal(t, want == "", strings.Contains(body, "Nothing came in that fits"), query)
	}
	status, _ := get(t, page+"?from=yesterday")
	require.Equal(t, 400, status)
	_, body := get(t, page+"?outcome=failed&route=success&id=2")
	for _, want := range []string{`value="2"`, "<option selected>failed", "<option selected>success"} {
		require.Contains(t, body, want, "the form says what is shown")
	}
}

// The timeline tells attempts, deliveries and marks in their order.
func TestLogPageTimeline(t *testing.T) {
	s := newShop(t)
	s.ticket("1")
	s.Clock.Add(time.Second)
	require.Equal(t, 200, s.deliver("info", with("1", "processing", "paid")))
	s.Clock.Add(time.Second)
	require.Equal(t, 200, s.deliver("decline", with("1", "decline", "")))
	_, err := s.Store.Prune(t.Context(), project, s.Clock.Now(), 1) // of the journal, the oldest
	require.NoError(t, err)
	s.Clock.Add(time.Second)
	s.ticket("1")
	s.Clock.Add(time.Second)
	small := success("1~2")
	small.amount = 9900
	require.Equal(t, 200, s.deliver("success", small))
	page := s.logPage()
	for _, query := range []string{"?order=1", "?order=1~2"} {
		status, body := get(t, page+query)
		require.Equal(t, 200, status)
		at := 0
		for _, want := range []string{
			"Held for review", "99.00 RUB", "Timeline",
			"attempt 1 opened", "processing:paid", "its delivery is not in the journal",
			"decline", "attempt 2 opened", "mismatch", "99.00 RUB", "from 127.0.0.1", "the payment page of attempt 1 ends",
		} {
			i := strings.Index(body[at:], want)
			require.GreaterOrEqual(t, i, 0, "%s is not there, or too early", want)
			at += i
		}
		require.Equal(t, 1, strings.Count(body, "its delivery is not in the journal"))
	}
	status, _ := get(t, page+"?order=2")
	require.Equal(t, 404, status)
	require.Equal(t, 404, s.deliver("success", success("2")))
	status, body := get(t, page+"?order=2")
	require.Equal(t, 200, status)
	require.Contains(t, body, "No payment was ever made for this order")
	status, _ = get(t, page+"?order="+url.QueryEscape("a;b\x00"))
	require.Equal(t, 404, status)
}

// First what would happen, then it happens, once.
func TestLogPageReplaysOne(t *testing.T) {
	s := newShop(t)
	s.ticket("1")
	s.setFail(errors.New("no stock"))
	require.Equal(t, 500, s.deliver("success", success("1")))
	page := s.logPage()
	_, body := get(t, page+"?delivery=1")
	require.Contains(t, body, `name="delivery" value="1"`)

	resp, body := post(t, page, url.Values{"delivery": {"1"}})
	require.Equal(t, 200, resp.StatusCode)
	require.Contains(t, body, "OnPaid would run")
	require.Contains(t, body, `name="confirm" value="yes"`)
	require.Len(t, s.journal(), 1, "nothing has changed")

	resp, body = post(t, page, url.Values{"delivery": {"1"}, "confirm": {"yes"}})
	require.Equal(t, 500, resp.StatusCode)
	require.Contains(t, body, "It has failed: highhelp: OnPaid: no stock")
	s.setFail(nil)
	for range 2 {
		resp, body = post(t, page, url.Values{"delivery": {"1"}, "confirm": {"yes"}})
		require.Equal(t, 200, resp.StatusCode)
		require.Equal(t, "order=1", resp.Request.URL.RawQuery, "loading the page anew repeats nothing")
		require.Contains(t, body, `replays <a href="?delivery=1">`)
	}
	require.Equal(t, 1, s.shipped("1"))
	_, body = post(t, page, url.Values{"delivery": {"1"}})
	require.Contains(t, body, "nothing would change")

	require.Equal(t, 401, s.deliverRaw("success", success("1").body(), nil, nil).StatusCode)
	refused := s.last().ID
	_, body = get(t, page+"?delivery="+refused)
	require.NotContains(t, body, "What would a replay do?")
	for _, confirm := range []string{"", "yes"} {
		resp, _ = post(t, page, url.Values{"delivery": {refused}, "confirm": {confirm}})
		require.Equal(t, 409, resp.StatusCode)
		resp, _ = post(t, page, url.Values{"delivery": {"99"}, "confirm": {confirm}})
		require.Equal(t, 404, resp.StatusCode)
	}
}

func TestLogPageReplaysARange(t *testing.T) {
	s := newShop(t)
	s.setFail(errors.New("no stock"))
	for i := range 5 {
		id := fmt.Sprint(i)
		s.ticket(id)
		require.Equal(t, 500, s.deliver("success", success(id)))
		s.Clock.Add(time.Minute)
	}
	s.setFail(nil)
	page := s.logPage()
	to := s.Clock.Now().Add(-2 * time.Minute).Format("2006-01-02T15:04")
	_, body := get(t, page+"?to="+to)
	require.Contains(t, body, `name="to" value="`+to+`"`)
	resp, body := post(t, page, url.Values{"from": {""}, "to": {to}})
	require.Equal(t, 200, resp.StatusCode)
	require.Regexp(t, `would come to\s+3 × .*applied`, body)
	require.Len(t, deliveriesOn(body), 3)
	require.Zero(t, s.shipped("0"))
	resp, _ = post(t, page, url.Values{"to": {"tomorrow"}, "confirm": {"yes"}})
	require.Equal(t, 400, resp.StatusCode, "a time that can't be read is not no limit")
	require.Zero(t, s.shipped("0"))
	_, body = post(t, page, url.Values{"to": {to}, "confirm": {"yes"}})
	require.Regexp(t, `has come to\s+3 × .*applied`, body)
	require.Equal(t, []int{1, 1, 1, 0, 0}, []int{s.shipped("0"), s.shipped("1"), s.shipped("2"), s.shipped("3"), s.shipped("4")})
	_, body = post(t, page, url.Values{"to": {to}, "confirm": {"yes"}})
	require.Contains(t, body, "Nothing is left that failed")
}

// Only the page itself, and origins that the shop trusts, can post.
func TestLogPageIsNotForOtherSites(t *testing.T) {
	s := newShop(t, func(c *highhelp.Config) { c.TrustedOrigins = []string{"https://admin.example"} })
	s.ticket("1")
	s.setFail(errors.New("no stock"))
	require.Equal(t, 500, s.deliver("success", success("1")))
	s.setFail(nil)
	page := s.logPage()
	form := url.Values{"delivery": {"1"}, "confirm": {"yes"}}
	header := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	for _, change := range []func(*http.Request){
		header("Sec-Fetch-Site", "cross-site"), header("Sec-Fetch-Site", "same-site"), header("Origin", "https://evil.example"), header("Origin", "null"),
	} {
		resp, body := post(t, page, form, change)
		require.Equal(t, 403, resp.StatusCode)
		require.Contains(t, body, "another site")
	}
	resp, _ := post(t, page, form, header("Content-Type", "text/plain"))
	require.Equal(t, 415, resp.StatusCode)
	resp, _ = post(t, page, url.Values{"delivery": {strings.Repeat("1", 70_000)}})
	require.Equal(t, 400, resp.StatusCode)
	status, _ := get(t, page+"?"+form.Encode())
	require.Equal(t, 200, status)
	require.Zero(t, s.shipped("1"), "a GET changes nothing")
	resp, _ = post(t, page, form, header("Sec-Fetch-Site", "cross-site"), header("Origin", "https://admin.example"))
	require.Equal(t, 200, resp.StatusCode)
	require.Equal(t, 1, s.shipped("1"))
}

// A Store without a journal shows its payments, and the page says why no more.
func TestLogPageWithoutJournal(t *testing.T) {
	s := newShop(t, func(c *highhelp.Config) { c.Store = struct{ highhelp.Store }{c.Store} })
	s.ticket("1")
	require.Equal(t, 200, s.deliver("info", with("1", "processing", "paid")))
	page := s.logPage()
	for _, query := range []string{"", "?order=1", "?open=1"} {
		status, body := get(t, page+query)
		require.Equal(t, 200, status)
		require.Contains(t, body, "The Store keeps no journal")
		require.NotContains(t, body, "What would a replay do?")
	}
	_, body := get(t, page+"?order=1")
	require.Contains(t, body, "processing:paid")
	status, _ := get(t, page+"?delivery=1")
	require.Equal(t, 501, status)
	for _, form := range []url.Values{{"delivery": {"1"}}, {"from": {""}}} {
		resp, _ := post(t, page, form)
		require.Equal(t, 501, resp.StatusCode)
	}
}

// What the Store says of its failure is for the log.
func TestLogPageStoreFails(t *testing.T) {
	f := &faults{}
	s := newShop(t, func(c *highhelp.Config) { f.MemStore = c.Store.(*highhelp.MemStore); c.Store = f })
	s.ticket("1")
	f.payment, f.pending = errors.New("postgres://shop:hunter2@db"), errors.New("postgres://shop:hunter2@db")
	page := s.logPage()
	for _, query := range []string{"?order=1", "?open=1"} {
		status, body := get(t, page+query)
		require.Equal(t, 503, status)
		require.NotContains(t, body, "hunter2")
		require.Contains(t, body, "does not answer as it should")
	}
}

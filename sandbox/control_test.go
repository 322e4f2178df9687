package sandbox_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp/sandbox"
	"github.com/stretchr/testify/require"
)

// button presses one of the control page: it posts a form and returns the page
// to which that leads.
func (r *rig) button(path string, form url.Values, headers ...string) answer {
	r.t.Helper()
	req, err := http.NewRequest(http.MethodPost, r.url+path, strings.NewReader(form.Encode()))
	require.NoError(r.t, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	a := r.do(req)
	if a.code != http.StatusSeeOther {
		return a
	}
	next, err := req.URL.Parse(a.header.Get("Location"))
	require.NoError(r.t, err)
	return r.get(next.String())
}

func TestControlPage(t *testing.T) {
	r := newRig(t)
	ticket := r.create(set(r.order("<order>"), "payment", "description", `<script>alert(1)</script>`))
	r.shop.respond(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusTeapot)
		fmt.Fprint(w, "<b>no</b>")
	})
	r.act("<order>", sandbox.Open)
	r.deliver()
	pages := map[string][]string{
		"/control/": {"&lt;order&gt;", "1,234.50 RUB", "processing:requisites", "418", "signs callbacks with RSA", r.shop.url("/info")},
		"/control/tickets/" + ticket.RequestID: {
			ticket.RequestID, "&lt;script&gt;", `value="pay_with_3ds"`, `value="dispute-success"`, `value="old-key"`,
			`name="amount-late" value="" placeholder="48h0m0s"`, "processing:requisites", `href="../../pay/`,
		},
		"/control/deliveries/1":          {"X-Access-Signature: ", `&#34;sub_status&#34;:&#34;requisites&#34;`, "418", "&lt;b&gt;no&lt;/b&gt;"},
		"/control/deliveries/1?explain":  {"verified by key &#34;callback key&#34;", "status:sub_status:requisites"},
		"/control/explain":               {"<textarea", projectID},
		"/control/tickets/none":          {"no such ticket"},
		"/control/deliveries/7":          {"no such delivery"},
		"/control/deliveries/nonsense":   {"no such delivery"},
		"/control/deliveries/1/explain/": {"404"},
	}
	for path, texts := range pages {
		t.Run(path, func(t *testing.T) {
			a := r.on(t).get(r.url + path)
			for _, text := range texts {
				require.Contains(t, a.text, text)
			}
			requireInert(t, a.text)
			require.Equal(t, "nosniff", a.header.Get("X-Content-Type-Options"))
			if strings.HasSuffix(path, "/") && path != "/control/" {
				return
			}
			require.Equal(t, "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
				a.header.Get("Content-Security-Policy"))
			for _, link := range regexp.MustCompile(`(?:href|action)="([^"?][^"]*)"`).FindAllStringSubmatch(a.text, -1) {
				page, err := url.Parse(r.url + path)
				require.NoError(t, err)
				target, err := page.Parse(link[1])
				require.NoError(t, err)
				require.True(t, strings.HasPrefix(target.String(), r.url+"/"), link[1])
			}
		})
	}
	require.Equal(t, "control/", r.get(r.url+"/control").header.Get("Location"))
}

// The links of a page lead to pages, wherever the Gateway is mounted.
func TestControlLinks(t *testing.T) {
	r := newRig(t)
	r.create(r.order("1"))
	r.act("1", sandbox.Pay)
	r.deliver()
	seen := map[string]bool{}
	var visit func(string)
	visit = func(address string) {
		if seen[address] {
			return
		}
		seen[address] = true
		a := r.get(address)
		require.Equal(t, http.StatusOK, a.code, address)
		base, err := url.Parse(address)
		require.NoError(t, err)
		for _, link := range regexp.MustCompile(`href="([^"]+)"`).FindAllStringSubmatch(a.text, -1) {
			next, err := base.Parse(strings.ReplaceAll(link[1], "&amp;", "&"))
			require.NoError(t, err)
			visit(next.String())
		}
	}
	visit(r.url + "/control/")
	require.Greater(t, len(seen), 10)
}

func TestControlActions(t *testing.T) {
	r := newRig(t)
	ticket := r.create(r.order("1"))
	path := "/control/tickets/" + ticket.RequestID
	a := r.button(path+"/act", url.Values{"action": {"open"}})
	require.Contains(t, a.text, "processing:requisites")
	a = r.button(path+"/send", nil)
	require.Contains(t, a.text, ">200<")
	require.Equal(t, []string{requisites}, r.shop.told())

	a = r.button(path+"/play", url.Values{"scenario": {"late-success"}})
	require.Contains(t, a.text, "Nothing: it has come to its end.")
	require.Equal(t, "success", r.status("1"))
	a = r.button(path+"/act", url.Values{"action": {"pay"}})
	require.Equal(t, http.StatusConflict, a.code)
	require.Contains(t, a.text, "does not offer this action")
	require.Equal(t, http.StatusBadRequest, r.button(path+"/play", url.Values{"scenario": {"x"}}).code)
	require.Equal(t, http.StatusNotFound, r.button("/control/tickets/x/act", url.Values{"action": {"pay"}}).code)
}

// Every scenario has a button that plays it.
func TestControlScenarios(t *testing.T) {
	r := newRig(t)
	for _, s := range sandbox.Scenarios() {
		ticket := r.create(r.order(s.Name))
		page := r.get(r.url + "/control/tickets/" + ticket.RequestID)
		require.Contains(t, page.text, `value="`+s.Name+`"`)
		r.button("/control/tickets/"+ticket.RequestID+"/play", url.Values{"scenario": {s.Name}})
		require.Equal(t, s.Ends.String(), r.status(s.Name))
	}
}

// Every fault has a box and a button.
func TestControlFaults(t *testing.T) {
	r := newRig(t)
	ticket := r.create(r.order("1"))
	path := "/control/tickets/" + ticket.RequestID
	r.act("1", sandbox.Pay)
	r.deliver()
	for _, k := range sandbox.FaultKinds() {
		r.button(path+"/spoil", url.Values{"only": {string(k.Kind)}})
		after, err := r.gateway.Ticket("1")
		require.NoError(t, err)
		require.Equal(t, []sandbox.Fault{{Kind: k.Kind}}, after.Faults)
		require.Positive(t, after.Unsent)
	}
	a := r.button(path+"/faults", url.Values{
		"fault": {"drop", "duplicate"}, "amount-drop": {"2"}, "amount-duplicate": {""}, "amount-late": {"1h"},
	})
	require.Contains(t, a.text, `value="drop" checked`)
	require.Contains(t, a.text, `name="amount-drop" value="2"`)
	require.NotContains(t, a.text, `value="late" checked`)
	after, err := r.gateway.Ticket("1")
	require.NoError(t, err)
	require.Equal(t, []sandbox.Fault{{Kind: sandbox.FaultDrop, Times: 2}, {Kind: sandbox.FaultDuplicate}}, after.Faults)

	a = r.button(path+"/faults", url.Values{"fault": {"drop"}, "amount-drop": {"many"}})
	require.Equal(t, http.StatusBadRequest, a.code)
	require.Contains(t, a.text, "is no number of tries")
	r.button(path+"/faults", nil)
	after, err = r.gateway.Ticket("1")
	require.NoError(t, err)
	require.Empty(t, after.Faults)
}

func TestControlReplay(t *testing.T) {
	r := newRig(t)
	r.create(r.order("1"))
	r.act("1", sandbox.Pay)
	r.deliver()
	a := r.button("/control/deliveries/3/replay", nil)
	require.Contains(t, a.text, "Delivery 4")
	require.Contains(t, a.text, "replay of")
	require.Len(t, r.shop.alerts(), 4)
	require.Equal(t, http.StatusNotFound, r.button("/control/deliveries/9/replay", nil).code)
	ticket, err := r.gateway.Ticket("1")
	require.NoError(t, err)
	r.button("/control/tickets/"+ticket.RequestID+"/resend", nil)
	r.deliver()
	require.Len(t, r.shop.alerts(), 5)
}

func TestControlRotate(t *testing.T) {
	r := newRig(t)
	require.NotContains(t, r.get(r.url+"/control/").text, "former")
	require.Equal(t, http.StatusConflict, r.button("/control/projects/"+projectID+"/rotate", nil).code)
	require.NoError(t, r.gateway.Rotate(projectID, r.keys.CallbackHMAC))
	a := r.get(r.url + "/control/")
	require.Contains(t, a.text, "signs callbacks with HMAC")
	require.Contains(t, a.text, "Sign with the former RSA key")
	a = r.button("/control/projects/"+projectID+"/rotate", nil)
	require.Contains(t, a.text, "signs callbacks with RSA")
	require.Equal(t, http.StatusConflict, r.button("/control/projects/none/rotate", nil).code)
}

// A request that was refused is explained from what its sender has seen.
func TestControlExplain(t *testing.T) {
	r := newRig(t)
	req := r.sign(otherKeys().RequestPrivate, createPath, []byte(`{"a":1}`))
	var headers strings.Builder
	for name := range req.Header {
		fmt.Fprintf(&headers, "%s: %s\n", name, req.Header.Get(name))
	}
	form := url.Values{"project": {projectID}, "headers": {headers.String()}, "body": {"{\"a\":\r\n1}"}}
	a := r.button("/control/explain", form)
	require.Contains(t, a.text, "this key did not make the signature")
	require.Contains(t, a.text, `&#34;callback key&#34;`, "all keys are tried")
	require.Contains(t, a.text, "<pre tabindex=\"0\">a:1</pre>")

	for reason, change := range map[string]func(url.Values){
		"headers are lines":  func(f url.Values) { f.Set("headers", "nonsense") },
		"no project":         func(f url.Values) { f.Set("project", "x") },
		"not a JSON object":  func(f url.Values) { f.Set("body", "[]") },
		"larger than 16 KiB": func(f url.Values) { f.Set("body", strings.Repeat("x", 17<<10)) },
		"no header":          func(f url.Values) { f.Set("headers", "content-type: application/json") },
	} {
		f := url.Values{}
		for name, values := range form {
			f[name] = values
		}
		change(f)
		a := r.button("/control/explain", f)
		require.Contains(t, a.text, reason)
		requireInert(t, a.text)
	}
}

// Other sites can press no button.
func TestControlCrossOrigin(t *testing.T) {
	r := newRig(t)
	ticket := r.create(r.order("1"))
	for _, headers := range [][]string{
		{"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"},
		{"Sec-Fetch-Site", "same-site"},
		{"Origin", "https://evil.example"},
		{"Origin", "null"},
	} {
		a := r.button("/control/tickets/"+ticket.RequestID+"/act", url.Values{"action": {"pay"}}, headers...)
		require.Equal(t, http.StatusForbidden, a.code)
	}
	require.Equal(t, "processing:new", r.status("1"))
	r.button("/control/tickets/"+ticket.RequestID+"/act", url.Values{"action": {"pay"}}, "Sec-Fetch-Site", "same-origin")
	require.Equal(t, "success", r.status("1"))
}

// The control page is for this machine alone.
func TestControlAccess(t *testing.T) {
	type change = func(*http.Request)
	host := func(h string) change { return func(q *http.Request) { q.Host = h } }
	header := func(name string) change { return func(q *http.Request) { q.Header.Set(name, "x") } }
	from := func(address string) change { return func(q *http.Request) { q.RemoteAddr = address } }
	public := "https://gateway.example"
	for name, c := range map[string]struct {
		publicURL string
		hosts     []string
		change    change
		refused   string
	}{
		"this machine":      {"", nil, nil, ""},
		"IPv6":              {"", nil, from("[::1]:9"), ""},
		"IPv6 host":         {"", nil, host("[::1]:8090"), ""},
		"mapped":            {"", nil, from("[::ffff:127.0.0.1]:9"), ""},
		"localhost":         {"", nil, host("localhost:8090"), ""},
		"other machine":     {"", nil, from("192.0.2.7:9"), "the request comes from another machine"},
		"unix socket":       {"", nil, from("@"), "the request comes from another machine"},
		"DNS rebinding":     {"", nil, host("evil.example:8090"), "the Host of the request is not a loopback host"},
		"rebinding suffix":  {"", nil, host("localhost.evil.example"), "the Host of the request is not a loopback host"},
		"no host":           {"", nil, host(""), "the Host of the request is not a loopback host"},
		"proxy":             {"", nil, header("X-Forwarded-For"), "the request comes through a proxy"},
		"proxy, standard":   {"", nil, header("Forwarded"), "the request comes through a proxy"},
		"public gateway":    {public, nil, nil, "Config.PublicURL is not on a loopback host"},
		"asked for":         {public, []string{"gateway.example"}, host("Gateway.example"), ""},
		"asked, from afar":  {public, []string{"gateway.example:1"}, func(q *http.Request) { q.Host, q.RemoteAddr = "gateway.example:1", "192.0.2.7:9" }, ""},
		"asked, other host": {public, []string{"gateway.example"}, host("evil.example"), "Config.PublicURL is not on a loopback host"},
		"asked, other port": {public, []string{"gateway.example"}, host("gateway.example:8090"), "Config.PublicURL is not on a loopback host"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := goodConfig()
			if c.publicURL != "" {
				cfg.PublicURL = c.publicURL
			}
			cfg.DangerousControlHosts = c.hosts
			g, err := sandbox.New(cfg)
			require.NoError(t, err)
			for _, path := range []string{"/control", "/control/", "/control/tickets/x", "/control/explain"} {
				req := httptest.NewRequest(http.MethodGet, path, nil)
				req.Host, req.RemoteAddr = "127.0.0.1:8090", "127.0.0.1:4711"
				if c.change != nil {
					c.change(req)
				}
				w := httptest.NewRecorder()
				g.ServeHTTP(w, req)
				if c.refused == "" {
					require.NotEqual(t, http.StatusForbidden, w.Code)
					continue
				}
				require.Equal(t, http.StatusForbidden, w.Code)
				require.Equal(t, "The control page is not served: "+c.refused+".\n", w.Body.String())
			}
		})
	}
}

// The lists stay short.
func TestControlListsAreBounded(t *testing.T) {
	r := newRig(t, func(c *sandbox.Config) { c.Schedule = make([]time.Duration, 210) })
	r.create(r.order("1"))
	require.NoError(t, r.gateway.SetFaults("1", sandbox.Fault{Kind: sandbox.FaultDrop}))
	r.act("1", sandbox.Open)
	r.deliver()
	a := r.get(r.url + "/control/")
	require.Contains(t, a.text, "Only the newest are listed.")
	require.Contains(t, a.text, `aria-label="Delivery 210"`)
	require.NotContains(t, a.text, `aria-label="Delivery 10"`)

	for i := range 201 {
		r.clock.Advance(time.Second)
		require.Equal(t, 200, r.do(r.sign(r.keys.RequestHMAC, createPath, r.order(fmt.Sprintf("many-%d", i)))).code)
	}
	a = r.get(r.url + "/control/")
	require.Contains(t, a.text, ">many-200</a>")
	require.NotContains(t, a.text, ">many-0</a>")
}

func TestExplain(t *testing.T) {
	r := newRig(t)
	r.create(r.order("1"))
	r.act("1", sandbox.Open)
	r.deliver()
	d := r.gateway.Deliveries()[0]
	require.NoError(t, r.gateway.Rotate(projectID, r.keys.CallbackHMAC))
	x, err := r.gateway.Explain(projectID, d.RequestBody, d.RequestHeader)
	require.NoError(t, err)
	require.Equal(t, "former callback key", x.Verified)
	require.Len(t, x.Keys, 4)
	_, err = r.gateway.Explain("none", nil, nil)
	require.EqualError(t, err, `sandbox: explain: no project "none"`)
}

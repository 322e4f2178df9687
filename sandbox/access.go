package sandbox

import (
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// forwarded are headers by which a proxy says that somebody else asks.
var forwarded = [...]string{"Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip"}

// controlRefused says why the control page is not served to r, or "". Who
// reaches it can pay any order, so it is for this machine alone, unless
// Config.DangerousControlHosts says otherwise.
//
// The address alone would not do: a proxy on this machine has a good one, and
// so has the developer's browser when a page from elsewhere lets its name
// resolve to 127.0.0.1 (DNS rebinding). So the Host must be a loopback host,
// too, as what payers use must be, and no proxy may have left its mark.
func (c *Config) controlRefused(r *http.Request) string {
	if slices.ContainsFunc(c.DangerousControlHosts, func(host string) bool { return strings.EqualFold(host, r.Host) }) {
		return ""
	}
	public, err := url.Parse(c.PublicURL)
	if err != nil || !isLoopback(public.Hostname()) {
		return "Config.PublicURL is not on a loopback host"
	}
	remote, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !remote.Addr().Unmap().IsLoopback() {
		return "the request comes from another machine"
	}
	if !isLoopback(hostname(r.Host)) {
		return "the Host of the request is not a loopback host"
	}
	for _, name := range forwarded {
		if len(r.Header.Values(name)) > 0 {
			return "the request comes through a proxy"
		}
	}
	return ""
}

// guarded serves next to those who may reach the control page.
func (g *Gateway) guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if reason := g.cfg.controlRefused(r); reason != "" {
			http.Error(w, "The control page is not served: "+reason+".", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

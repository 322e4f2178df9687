package main

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
)

// atThisMachine serves next to whoever sits at this machine, and to nobody
// else. A real application guards its log by the login of its back office; the
// demo has none.
func atThisMachine(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !fromThisMachine(r) {
			http.Error(w, "The log is shown on the shop's own machine only.", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// fromThisMachine reports whether r comes from a loopback address and asks for
// one. The address alone would not do: a page from elsewhere can let its name
// resolve to 127.0.0.1 (DNS rebinding), so the Host must be a loopback host,
// too; and a tunnel, by which a gateway reaches the shop, has a good address and
// may write a good Host, but leaves a mark.
func fromThisMachine(r *http.Request) bool {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !peer.Addr().Unmap().IsLoopback() {
		return false
	}
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = r.Host
	}
	ip, err := netip.ParseAddr(host)
	if host != "localhost" && (err != nil || !ip.Unmap().IsLoopback()) {
		return false
	}
	return !slices.ContainsFunc(proxyMarks[:], func(name string) bool { return r.Header.Get(name) != "" })
}

// proxyMarks are headers by which a proxy says that somebody else asks.
var proxyMarks = [...]string{"Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip"}

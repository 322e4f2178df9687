package sandbox

import (
	"net/http"
	"net/url"
)

// route makes the handler of g.
func (g *Gateway) route() (err error) {
	if g.assets, err = newAssets(); err != nil {
		return err
	}
	public, err := url.Parse(g.cfg.PublicURL)
	if err != nil {
		return err
	}
	// A proxy in front may change Host, which is what Origin is compared with.
	sameSite := http.NewCrossOriginProtection()
	if err := sameSite.AddTrustedOrigin(origin(public)); err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/api/v1/widget/payin", g.endpoint(createRules, g.create))
	mux.Handle("/api/v1/widget/payin/info", g.endpoint(infoRules, g.info))
	mux.Handle("/api/v1/balance/info", g.endpoint(balanceRules, g.balance))
	mux.HandleFunc("/api/", g.noEndpoint)
	mux.HandleFunc("GET /pay/{token}", g.showPage)
	mux.Handle("POST /pay/{token}", sameSite.Handler(http.HandlerFunc(g.actOnPage)))
	control := g.guarded(sameSite.Handler(g.controlRoutes()))
	mux.Handle("/control", control)
	mux.Handle("/control/", control)
	mux.HandleFunc("GET /assets/{name}", g.assets.serve)
	g.handler = mux
	return nil
}

// ServeHTTP serves the API, the payment page and, at /control/, the control
// page: a list of tickets and deliveries for developers, with a button for
// whatever can happen. It is served if Config.PublicURL and the request's Host
// are loopback hosts, and the request comes from a loopback address and bears
// no mark of a proxy, or if the Host is one of Config.DangerousControlHosts.
//
// If a create request falls under FaultCreateAnswerLost, it panics with
// [http.ErrAbortHandler], by which a server cuts the connection.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// A shop may order an answer among callbacks by its Date, so both must
	// come from the same clock.
	w.Header().Set("Date", g.cfg.Now().UTC().Format(http.TimeFormat))
	w.Header().Set("X-Content-Type-Options", "nosniff")
	g.handler.ServeHTTP(w, r)
}

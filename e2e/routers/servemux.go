package routers

import "net/http"

// OnServeMux mounts the handler on the router of net/http.
func OnServeMux(pay http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/pay/", pay)
	return mux
}

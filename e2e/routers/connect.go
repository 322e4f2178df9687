package routers

import "net/http"

// BesideConnect mounts the handler beside a service of connect.
func BesideConnect(pay http.Handler, path string, service http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle(path, service)
	mux.Handle("/pay/", pay)
	return mux
}

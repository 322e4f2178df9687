package routers

import (
	"net/http"

	"github.com/gorilla/mux"
)

// OnGorilla mounts the handler on gorilla/mux.
func OnGorilla(pay http.Handler) http.Handler {
	r := mux.NewRouter()
	r.PathPrefix("/pay/").Handler(pay)
	return r
}

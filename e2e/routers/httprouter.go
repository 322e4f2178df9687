package routers

import (
	"net/http"

	"github.com/julienschmidt/httprouter"
)

// OnHTTPRouter mounts the handler on httprouter.
func OnHTTPRouter(pay http.Handler) http.Handler {
	r := httprouter.New()
	for _, method := range []string{"GET", "HEAD", "POST"} {
		r.Handler(method, "/pay/*rest", pay)
	}
	return r
}

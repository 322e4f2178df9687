package routers

import (
	"net/http"
	"strings"

	"github.com/gorilla/csrf"
)

// CSRFByGorilla protects all of a shop but what is below /pay/.
func CSRFByGorilla(key []byte, shop http.Handler) http.Handler {
	protected := csrf.Protect(key)(shop)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/pay/") {
			r = csrf.UnsafeSkipCheck(r)
		}
		protected.ServeHTTP(w, r)
	})
}

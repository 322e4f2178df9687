package routers

import (
	"net/http"
	"strings"

	"github.com/justinas/nosurf"
)

// CSRFByNosurf protects all of a shop but what is below /pay/.
func CSRFByNosurf(shop http.Handler) http.Handler {
	protected := nosurf.New(shop)
	protected.ExemptFunc(func(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/pay/") })
	return protected
}

package routers

import "net/http"

// CSRFByOrigin protects all of a shop.
func CSRFByOrigin(shop http.Handler) http.Handler {
	return http.NewCrossOriginProtection().Handler(shop)
}

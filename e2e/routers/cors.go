package routers

import (
	"net/http"

	"github.com/rs/cors"
)

// CORSForAnotherOrigin lets the pages of another origin ask for tickets.
func CORSForAnotherOrigin(shop http.Handler) http.Handler {
	return cors.New(cors.Options{
		AllowedOrigins: []string{"https://app.example"}, // as in Config.TrustedOrigins
		AllowedMethods: []string{"GET", "POST"},
		AllowedHeaders: []string{"Content-Type"},
	}).Handler(shop)
}

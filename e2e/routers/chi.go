package routers

import (
	"net/http"

	"github.com/go-chi/chi/v5"
)

// OnChi mounts the handler on chi.
func OnChi(pay http.Handler) http.Handler {
	r := chi.NewRouter()
	r.Mount("/pay", pay)
	return r
}

package routers

import (
	"net/http"

	"github.com/labstack/echo/v5"
)

// OnEcho mounts the handler on echo.
func OnEcho(pay http.Handler) http.Handler {
	e := echo.New()
	e.Any("/pay/*", echo.WrapHandler(pay))
	return e
}

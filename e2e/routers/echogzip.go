package routers

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v5"
	"github.com/labstack/echo/v5/middleware"
)

// OnCompressingEcho compresses all but the assets, which are compressed already.
func OnCompressingEcho(pay http.Handler) http.Handler {
	e := echo.New()
	e.Use(middleware.GzipWithConfig(middleware.GzipConfig{
		Skipper: func(c *echo.Context) bool { return strings.HasPrefix(c.Request().URL.Path, "/pay/widget/") },
	}))
	e.Any("/pay/*", echo.WrapHandler(pay))
	return e
}

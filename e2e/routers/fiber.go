package routers

import (
	"net/http"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/adaptor"
	recoverer "github.com/gofiber/fiber/v3/middleware/recover"
)

// OnFiber mounts the handler on fiber.
func OnFiber(pay http.Handler) *fiber.App {
	app := fiber.New()
	app.Use(recoverer.New())
	app.All("/pay/*", adaptor.HTTPHandler(pay))
	return app
}

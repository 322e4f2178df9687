package routers

import (
	"net/http"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/widget"
)

// OneByOne gives each handler a path of its own.
func OneByOne(c *highhelp.Checkout, find highhelp.OrderFunc) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/buy/tickets", c.TicketHandler(find))
	mux.Handle("/buy/status", c.StatusHandler())
	mux.Handle("/hooks/progress", c.InfoHandler())
	mux.Handle("/hooks/paid", c.SuccessHandler())
	mux.Handle("/hooks/declined", c.DeclineHandler())
	mux.Handle("/static/pay/", widget.ScriptHandler())
	return mux
}

package e2e

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"connectrpc.com/connect"
	"github.com/gin-gonic/gin"
	"github.com/go-chi/chi/v5"
	"github.com/go-highhelp/highhelp"
	recipes "github.com/go-highhelp/highhelp/e2e/routers"
	"github.com/go-highhelp/highhelp/widget"
	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/adaptor"
	"github.com/gorilla/mux"
	"github.com/julienschmidt/httprouter"
	"github.com/labstack/echo/v5"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// A router is one of those that shops have.
type router struct {
	name  string
	whole func(pay http.Handler) app        // Checkout.Handler below /pay
	each  func(map[string]http.Handler) app // each handler at its path
}

var routers = []router{
	{"ServeMux", func(pay http.Handler) app { return recipes.OnServeMux(pay) }, func(routes map[string]http.Handler) app {
		r := http.NewServeMux()
		for path, h := range routes {
			r.Handle(path, h)
		}
		return r
	}},
	{"chi", func(pay http.Handler) app { return recipes.OnChi(pay) }, func(routes map[string]http.Handler) app {
		r := chi.NewRouter()
		for path, h := range routes {
			r.Handle(path, h)
		}
		return r
	}},
	{"gorilla", func(pay http.Handler) app { return recipes.OnGorilla(pay) }, func(routes map[string]http.Handler) app {
		r := mux.NewRouter()
		for path, h := range routes {
			r.Handle(strings.Replace(path, "{file}", "{file:.+}", 1), h)
		}
		return r
	}},
	{"httprouter", func(pay http.Handler) app { return recipes.OnHTTPRouter(pay) }, func(routes map[string]http.Handler) app {
		r := httprouter.New()
		for path, h := range routes {
			for _, method := range []string{"GET", "HEAD", "POST"} {
				r.Handler(method, strings.Replace(path, "{file}", ":file", 1), h)
			}
		}
		return r
	}},
	{"gin", func(pay http.Handler) app { return recipes.OnGin(pay) }, func(routes map[string]http.Handler) app {
		r := gin.New()
		for path, h := range routes {
			r.Any(strings.Replace(path, "{file}", ":file", 1), gin.WrapH(h))
		}
		return r
	}},
	{"echo", func(pay http.Handler) app { return recipes.OnEcho(pay) }, func(routes map[string]http.Handler) app {
		e := echo.New()
		for path, h := range routes {
			e.Any(strings.Replace(path, "{file}", ":file", 1), echo.WrapHandler(h))
		}
		return e
	}},
	{"fiber", func(pay http.Handler) app { return recipes.OnFiber(pay) }, func(routes map[string]http.Handler) app {
		a := fiber.New()
		for path, h := range routes {
			a.All(strings.Replace(path, "{file}", ":file", 1), adaptor.HTTPHandler(h))
		}
		return a
	}},
	{"connect", func(pay http.Handler) app {
		path, service := echoService()
		return recipes.BesideConnect(pay, path, service)
	}, nil},
}

// A shop works at every router, mounted in each way.
func TestRouters(t *testing.T) {
	for _, r := range routers {
		t.Run(r.name, func(t *testing.T) {
			t.Run("Handler", func(t *testing.T) { sells(newRoutedShop(t, wholeHandler(r.whole))) })
			t.Run("StripPrefix", func(t *testing.T) {
				sells(newRoutedShop(t, wholeHandler(func(pay http.Handler) app {
					return r.whole(http.StripPrefix("/pay", pay))
				})))
			})
			if r.each != nil {
				t.Run("single handlers", func(t *testing.T) { sells(newSplitShop(t, r.each)) })
			}
		})
	}
}

// newSplitShop is a shop with a path of its own for each handler.
func newSplitShop(t *testing.T, each func(map[string]http.Handler) app) *routedShop {
	t.Helper()
	s := newRoutedShop(t, func(c *highhelp.Checkout) app {
		return each(map[string]http.Handler{
			"/buy/tickets":       c.TicketHandler(findAnything),
			"/buy/status":        c.StatusHandler(),
			"/hooks/progress":    c.InfoHandler(),
			"/hooks/paid":        c.SuccessHandler(),
			"/hooks/declined":    c.DeclineHandler(),
			"/static/pay/{file}": widget.ScriptHandler(),
		})
	}, atPathsOfItsOwn)
	s.tickets, s.assets = s.url+"/buy/tickets", s.url+"/static/pay/"
	return s
}

// atPathsOfItsOwn are the callback URLs of OneByOne.
func atPathsOfItsOwn(cfg *highhelp.Config) {
	origin := strings.TrimSuffix(cfg.PublicURL, "/pay")
	cfg.CallbackURLs = highhelp.CallbackURLs{
		Info: origin + "/hooks/progress", Success: origin + "/hooks/paid", Decline: origin + "/hooks/declined",
	}
}

func TestOneByOne(t *testing.T) {
	s := newRoutedShop(t, func(c *highhelp.Checkout) app { return recipes.OneByOne(c, findAnything) }, atPathsOfItsOwn)
	s.tickets, s.assets = s.url+"/buy/tickets", s.url+"/static/pay/"
	sells(s)
}

// sells goes through all that a shop and its gateway say to each other.
func sells(s *routedShop) {
	s.t.Helper()
	ticket := s.ticket("1")
	require.Equal(s.t, http.StatusOK, ticket.StatusCode, ticket.body)
	require.Equal(s.t, "application/json", strings.Split(ticket.Header.Get("Content-Type"), ";")[0])
	status := s.statusURL(ticket)
	require.Contains(s.t, s.ask(http.MethodGet, status, "").body, `"status":"pending"`)

	require.Equal(s.t, []int{http.StatusOK, http.StatusOK, http.StatusOK}, s.pay("1")) // two infos and a success
	require.Equal(s.t, 1, s.Shipped("1"))
	for range 3 {
		require.Equal(s.t, http.StatusOK, s.do(s.success("1")).StatusCode)
	}
	require.Equal(s.t, 1, s.Shipped("1"), "duplicates")
	require.Contains(s.t, s.ask(http.MethodGet, status, "").body, `"status":"paid"`)
	require.Contains(s.t, s.ticket("1").body, "order_paid")

	page := s.form("2")
	require.Equal(s.t, http.StatusSeeOther, page.StatusCode, page.body)
	require.True(s.t, strings.HasPrefix(page.Header.Get("Location"), s.BaseURL), "the payment page")

	refuses(s, status)
	givesAssets(s)
}

// refuses sends what must not be taken.
func refuses(s *routedShop, status string) {
	s.t.Helper()
	forged := s.success("2")
	forged.Body = io.NopCloser(bytes.NewReader([]byte(`{"project_id":"x","general":{"payment_id":"2"},"status":{"status":"success"}}`)))
	forged.ContentLength = -1
	require.Equal(s.t, http.StatusUnauthorized, s.do(forged).StatusCode)
	unsigned := s.success("2")
	unsigned.Header = http.Header{"Content-Type": {"application/json"}}
	require.Equal(s.t, http.StatusUnauthorized, s.do(unsigned).StatusCode)
	require.Zero(s.t, s.Shipped("2"))

	got := s.ask(http.MethodGet, s.callbacks.Success, "")
	require.Equal(s.t, http.StatusMethodNotAllowed, got.StatusCode)
	require.Equal(s.t, http.MethodPost, got.Header.Get("Allow"))
	require.Equal(s.t, http.StatusMethodNotAllowed, s.ask(http.MethodGet, s.tickets, "").StatusCode)
	require.Equal(s.t, http.StatusNotFound, s.ask(http.MethodGet, status+"x", "").StatusCode, "a wrong token")
	require.Equal(s.t, http.StatusMethodNotAllowed, s.ask(http.MethodPost, status, "").StatusCode)
	for _, url := range []string{s.mount + "/nothing", s.callbacks.Success + "/more", s.mount + "/"} {
		require.Equal(s.t, http.StatusNotFound, s.ask(http.MethodPost, url, "").StatusCode, url)
	}
	require.Equal(s.t, http.StatusForbidden, s.ticket("3", "Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site").StatusCode)
}

// givesAssets looks at what pages load.
func givesAssets(s *routedShop) {
	s.t.Helper()
	plain := s.ask(http.MethodGet, s.assets+"highhelp.js", "", "Accept-Encoding", "identity")
	require.Equal(s.t, http.StatusOK, plain.StatusCode)
	require.Contains(s.t, plain.body, "export")
	require.Contains(s.t, plain.Header.Get("Content-Type"), "javascript")
	again := s.ask(http.MethodGet, s.assets+"highhelp.js", "", "Accept-Encoding", "identity", "If-None-Match", plain.Header.Get("ETag"))
	require.Equal(s.t, http.StatusNotModified, again.StatusCode)
	require.Equal(s.t, plain.body, s.ask(http.MethodGet, s.assets+"highhelp.js", "").body, "compressed on the way, once")
	head := s.ask(http.MethodHead, s.assets+"highhelp.css", "")
	require.Equal(s.t, http.StatusOK, head.StatusCode)
	require.Empty(s.t, head.body)
	require.Equal(s.t, http.StatusNotFound, s.ask(http.MethodGet, s.assets+"highhelp.0.js", "").StatusCode)
}

const echoProcedure = "/shop.v1.ShopService/Echo"

// echoService is a service of connect, as generated code makes it.
func echoService() (path string, h http.Handler) {
	return "/shop.v1.ShopService/", connect.NewUnaryHandler(echoProcedure,
		func(_ context.Context, r *connect.Request[wrapperspb.StringValue]) (*connect.Response[wrapperspb.StringValue], error) {
			return connect.NewResponse(r.Msg), nil
		})
}

// Procedures and callbacks share a server, over HTTP/2 too.
func TestConnectBeside(t *testing.T) {
	path, service := echoService()
	s := newRoutedShop(t, wholeHandler(func(pay http.Handler) app { return recipes.BesideConnect(pay, path, service) }))
	s.ticket("1")
	s.pay("1")
	two := &http.Transport{Protocols: new(http.Protocols)}
	two.Protocols.SetUnencryptedHTTP2(true)
	defer two.CloseIdleConnections()
	s.client.Transport = two

	client := connect.NewClient[wrapperspb.StringValue, wrapperspb.StringValue](s.client, s.url+echoProcedure)
	answer, err := client.CallUnary(t.Context(), connect.NewRequest(wrapperspb.String("hello")))
	require.NoError(t, err)
	require.Equal(t, "hello", answer.Msg.GetValue())
	duplicate := s.do(s.success("1"))
	require.Equal(t, "HTTP/2.0", duplicate.Proto)
	require.Equal(t, http.StatusOK, duplicate.StatusCode)
	require.Equal(t, 1, s.Shipped("1"))
}

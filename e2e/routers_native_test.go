package e2e

import (
	"compress/gzip"
	"io"
	"log"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/go-chi/chi/v5"
	chimiddleware "github.com/go-chi/chi/v5/middleware"
	"github.com/go-highhelp/highhelp"
	recipes "github.com/go-highhelp/highhelp/e2e/routers"
	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/adaptor"
	"github.com/gofiber/fiber/v3/middleware/compress"
	fibercors "github.com/gofiber/fiber/v3/middleware/cors"
	fibercsrf "github.com/gofiber/fiber/v3/middleware/csrf"
	"github.com/gofiber/fiber/v3/middleware/etag"
	"github.com/gofiber/fiber/v3/middleware/helmet"
	fiberlogger "github.com/gofiber/fiber/v3/middleware/logger"
	recoverer "github.com/gofiber/fiber/v3/middleware/recover"
	"github.com/gofiber/fiber/v3/middleware/requestid"
	"github.com/gofiber/fiber/v3/middleware/timeout"
	"github.com/gorilla/mux"
	"github.com/julienschmidt/httprouter"
	"github.com/labstack/echo/v5"
	echomiddleware "github.com/labstack/echo/v5/middleware"
	"github.com/stretchr/testify/require"
)

func belowPay(path string) bool { return strings.HasPrefix(path, "/pay/") }

// dressed are routers with the middlewares that they bring along.
var dressed = map[string]func(pay http.Handler) app{
	"chi": func(pay http.Handler) app {
		r := chi.NewRouter()
		r.Use(chimiddleware.RequestID, chimiddleware.ClientIPFromRemoteAddr,
			chimiddleware.RequestLogger(&chimiddleware.DefaultLogFormatter{Logger: log.New(io.Discard, "", 0)}),
			chimiddleware.Recoverer, chimiddleware.CleanPath, chimiddleware.StripSlashes, chimiddleware.GetHead,
			chimiddleware.RequestSize(1<<20), chimiddleware.Throttle(10), chimiddleware.Timeout(time.Minute),
			chimiddleware.AllowContentType("application/json", "application/x-www-form-urlencoded"), chimiddleware.Compress(5))
		r.Mount("/pay", pay)
		return r
	},
	"gorilla": func(pay http.Handler) app {
		r := mux.NewRouter().StrictSlash(true).UseEncodedPath()
		r.Use(chimiddleware.Recoverer, mux.CORSMethodMiddleware(r))
		r.PathPrefix("/pay/").Handler(pay)
		return r
	},
	"httprouter": func(pay http.Handler) app {
		r := httprouter.New()
		r.PanicHandler = func(w http.ResponseWriter, _ *http.Request, _ any) { w.WriteHeader(http.StatusInternalServerError) }
		r.HandlerFunc(http.MethodGet, "/", http.NotFound)
		for _, method := range []string{"GET", "HEAD", "POST"} {
			r.Handler(method, "/pay/*rest", pay)
		}
		return r
	},
	"gin": func(pay http.Handler) app {
		r := gin.New()
		r.Use(gin.LoggerWithWriter(io.Discard), gin.RecoveryWithWriter(io.Discard), gin.ErrorLogger())
		r.HandleMethodNotAllowed = true
		r.Group("/pay").Any("/*rest", gin.WrapH(pay))
		return r
	},
	"echo": func(pay http.Handler) app {
		e := echo.New()
		e.Logger = slog.New(slog.DiscardHandler)
		e.Use(echomiddleware.RequestID(), echomiddleware.RequestLogger(), echomiddleware.Recover(), echomiddleware.Secure(),
			echomiddleware.CORS("https://app.example"), echomiddleware.BodyLimit(1<<20), echomiddleware.ContextTimeout(time.Minute),
			echomiddleware.BodyDump(func(*echo.Context, []byte, []byte, error) {}),
			echomiddleware.CSRFWithConfig(echomiddleware.CSRFConfig{
				Skipper: func(c *echo.Context) bool { return belowPay(c.Request().URL.Path) },
			}))
		e.Group("/pay").Any("/*", echo.WrapHandler(pay))
		return e
	},
	"fiber": func(pay http.Handler) app {
		a := fiber.New(fiber.Config{BodyLimit: 1 << 20, StrictRouting: true, CaseSensitive: true})
		a.Use(requestid.New(), fiberlogger.New(fiberlogger.Config{Stream: io.Discard}), recoverer.New(), helmet.New(),
			fibercors.New(fibercors.Config{AllowOrigins: []string{"https://app.example"}}), etag.New(), compress.New(),
			fibercsrf.New(fibercsrf.Config{Next: func(c fiber.Ctx) bool { return belowPay(c.Path()) }}))
		a.Group("/pay").All("/*", timeout.New(adaptor.HTTPHandler(pay), timeout.Config{Timeout: time.Minute}))
		return a
	},
}

// A shop works behind the middlewares that its router brings along, and a
// panic of the shop ends one request only.
func TestNativeMiddleware(t *testing.T) {
	for name, mount := range dressed {
		t.Run(name, func(t *testing.T) {
			s := newRoutedShop(t, wholeHandler(mount))
			require.Equal(t, http.StatusInternalServerError, s.ticket("panics").StatusCode)
			sells(s)
		})
	}
}

// Echo's Gzip compresses what is compressed already, unless it is told to leave
// the assets alone.
func TestEchoGzip(t *testing.T) {
	sells(newRoutedShop(t, wholeHandler(func(pay http.Handler) app { return recipes.OnCompressingEcho(pay) })))

	s := newRoutedShop(t, wholeHandler(func(pay http.Handler) app {
		e := echo.New()
		e.Use(echomiddleware.Gzip())
		e.Any("/pay/*", echo.WrapHandler(pay))
		return e
	}))
	script := s.ask(http.MethodGet, s.assets+"highhelp.js", "", "Accept-Encoding", "gzip")
	once, err := gzip.NewReader(strings.NewReader(script.body))
	require.NoError(t, err)
	_, err = gzip.NewReader(once)
	require.NoError(t, err, "echo no longer does so: docs/routers.md need not warn of it")
}

// greedy are routers with a middleware of their kind that keeps the body.
var greedy = map[string]func(pay http.Handler) app{
	"gin": func(pay http.Handler) app {
		r := gin.New()
		r.Use(func(c *gin.Context) {
			var body map[string]any
			_ = c.ShouldBindBodyWithJSON(&body) // keeps it for others that ask gin for it
		})
		r.Any("/pay/*rest", gin.WrapH(pay))
		return r
	},
	"echo": func(pay http.Handler) app {
		e := echo.New()
		e.Use(func(next echo.HandlerFunc) echo.HandlerFunc {
			return func(c *echo.Context) error {
				var body map[string]any
				_ = c.Bind(&body)
				return next(c)
			}
		})
		e.Any("/pay/*", echo.WrapHandler(pay))
		return e
	},
}

func TestNativeBinding(t *testing.T) {
	for name, mount := range greedy {
		t.Run(name, func(t *testing.T) {
			s := newRoutedShop(t, wholeHandler(mount))
			require.Equal(t, http.StatusBadRequest, s.ticket("1").StatusCode)
			_, err := s.checkout.CreateTicket(t.Context(), highhelp.Order{ID: "1", Amount: routerPrice})
			require.NoError(t, err)
			require.Equal(t, []int{http.StatusBadRequest}, slices.Compact(s.pay("1")))
			require.Contains(t, s.log.String(), eatenLog)
		})
	}
}

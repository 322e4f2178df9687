package e2e

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/highhelptest"
	"github.com/go-highhelp/highhelp/sandbox"
	"github.com/go-highhelp/highhelp/widget"
	"github.com/stretchr/testify/require"
)

// A sandboxShop is a shop whose gateway is the sandbox. Each of its orders has
// a page, and its log of payments is open to all. The gateway sends every
// callback three times, so that what ships once does so for a reason.
type sandboxShop struct {
	*highhelptest.Sandbox
	t        *testing.T
	url      string // origin
	checkout *highhelp.Checkout

	mu     sync.Mutex
	orders map[string]highhelp.Order
	broken bool // OnPaid fails
}

func newSandboxShop(t *testing.T) *sandboxShop {
	t.Helper()
	s := &sandboxShop{t: t, orders: map[string]highhelp.Order{}}
	s.Sandbox = highhelptest.New(t, func(c *sandbox.Config) { c.Faults = []sandbox.Fault{{Kind: sandbox.FaultDuplicate}} })
	server := httptest.NewUnstartedServer(nil)
	s.url = "http://" + server.Listener.Addr().String()
	cfg := s.Config()
	cfg.PublicURL = s.url + "/pay"
	cfg.OnPaid = func(_ context.Context, e highhelp.Event) error {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.broken {
			return errors.New("the warehouse is closed")
		}
		return s.Ship(e.OrderID)
	}
	var err error
	s.checkout, err = highhelp.New(cfg)
	require.NoError(t, err)
	mux := http.NewServeMux()
	mux.Handle("/pay/", s.checkout.Handler(s.find))
	mux.Handle("/admin/payments/", s.checkout.LogHandler())
	mux.HandleFunc("GET /orders/{id}", s.show)
	mux.HandleFunc("GET /favicon.ico", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	server.Config.Handler = mux
	server.Start()
	t.Cleanup(server.Close)
	return s
}

// sells puts an order on the shop's records.
func (s *sandboxShop) sells(o highhelp.Order) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o.RedirectURL = s.url + "/orders/" + o.ID + "?returned"
	s.orders[o.ID] = o
}

// breaks lets OnPaid fail, or mends it.
func (s *sandboxShop) breaks(broken bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.broken = broken
}

func (s *sandboxShop) order(id string) (highhelp.Order, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, ok := s.orders[id]
	if !ok {
		return o, highhelp.ErrNoOrder
	}
	return o, nil
}

func (s *sandboxShop) find(r *http.Request) (highhelp.Order, error) {
	id, err := highhelp.OrderID(r)
	if err != nil {
		return highhelp.Order{}, err
	}
	return s.order(id)
}

var orderPage = template.Must(template.New("").Parse(`<!DOCTYPE html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Order {{.ID}}</title>
<h1>Order {{.ID}}</h1>
<p>{{.State}}, shipped: {{.Shipped}}</p>
{{.Pay}}
</html>`))

func (s *sandboxShop) show(w http.ResponseWriter, r *http.Request) {
	o, err := s.order(r.PathValue("id"))
	if err != nil {
		http.NotFound(w, r)
		return
	}
	pay, err := widget.Snippet{OrderID: o.ID, TicketURL: "/pay/tickets", AssetsURL: "/pay/widget/"}.HTML()
	if err != nil {
		s.t.Error(err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_ = orderPage.Execute(w, map[string]any{"ID": o.ID, "State": s.state(o.ID), "Shipped": s.Shipped(o.ID), "Pay": pay})
}

func (s *sandboxShop) state(id string) string {
	p, err := s.checkout.Payment(context.Background(), id)
	if err != nil && !errors.Is(err, highhelp.ErrNotFound) {
		s.t.Error(err)
	}
	return p.State()
}

// ends demands how an order has ended, once the callbacks have come.
func (s *sandboxShop) ends(id, state string, shipped int) {
	s.t.Helper()
	s.Settle()
	require.Equal(s.t, state, s.state(id), id)
	require.Equal(s.t, shipped, s.Shipped(id), id)
}

// ticket makes one without a browser, and returns the address of its page.
func (s *sandboxShop) ticket(o highhelp.Order) string {
	s.t.Helper()
	s.sells(o)
	o, err := s.order(o.ID)
	require.NoError(s.t, err)
	ticket, err := s.checkout.CreateTicket(s.t.Context(), o)
	require.NoError(s.t, err)
	return ticket.URL
}

// tab is a tab for the pages of the shop and of its gateway.
func (s *sandboxShop) tab() *tab { return blankTab(s.t, s.url, s.BaseURL) }

// buy goes from the page of an order to the payment page.
func (w *tab) buy(s *sandboxShop, o highhelp.Order) {
	w.t.Helper()
	s.sells(o)
	w.goTo(s.url + "/orders/" + o.ID)
	w.until(`!!document.querySelector("highhelp-widget [data-part=busy]")`)
	w.follow(`[data-part="button"]`)
	require.True(w.t, strings.HasPrefix(w.location(), s.BaseURL+"/pay/"), w.location())
}

func (w *tab) goTo(address string) {
	w.t.Helper()
	w.run(chromedp.Navigate(address))
}

// follow clicks, and waits for the page to which that leads.
func (w *tab) follow(selector string) {
	w.t.Helper()
	w.do(`window.former = true; 0`)
	w.click(selector)
	w.until(`!window.former && document.readyState === "complete"`)
}

// text is what an element shows.
func (w *tab) text(selector string) string {
	w.t.Helper()
	return eval[string](w, fmt.Sprintf(`document.querySelector(%s).innerText`, strconv.Quote(selector)))
}

// reading selects a button or a link by what it says.
func reading(text string) string {
	return fmt.Sprintf(`//*[self::button or self::a][normalize-space(.)="%s"]`, text)
}

// narrow demands that nothing is wider than a small phone, nor than its box.
func (w *tab) narrow(name string) {
	w.t.Helper()
	require.LessOrEqual(w.t, eval[float64](w, `document.documentElement.scrollWidth`), 320.0, "%s is too wide: %v", name, w.clipped())
	require.Empty(w.t, w.clipped(), name)
}

// clipped lists what is wider than its box and does not scroll, as fields do.
func (w *tab) clipped() []string {
	w.t.Helper()
	return eval[[]string](w, `[...document.body.querySelectorAll("*")]
		.filter((e) => e.checkVisibility() && e.clientWidth > 1 && e.scrollWidth > e.clientWidth + 1 && e.tagName !== "INPUT" && getComputedStyle(e).overflowX !== "auto")
		.map((e) => e.tagName + "." + e.className + ": " + e.textContent.trim().slice(0, 40))`)
}

// stands holds a page to what every page must be: no axe violation, no script,
// and at 320 px, with letters of double size, too, nothing wider than the page
// or its box. That a payment page is loaded anew when its time is over is what
// axe calls a timed refresh.
func (w *tab) stands(name string, schemes ...string) {
	w.t.Helper()
	require.Zero(w.t, eval[int](w, `document.scripts.length`), name)
	for _, scheme := range schemes {
		w.scheme(scheme)
		w.still()
		violations := slices.DeleteFunc(w.axe(), func(v string) bool { return strings.HasPrefix(v, "meta-refresh ") })
		require.Empty(w.t, violations, "%s %s", name, scheme)
		w.keep(name + "-1280-" + scheme)
	}
	w.run(chromedp.EmulateViewport(320, 720))
	for _, size := range []string{"100%", "200%"} {
		w.do(fmt.Sprintf(`document.documentElement.style.fontSize = %q; 0`, size))
		w.keep(name + "-320-" + size[:3])
		w.narrow(name + " at " + size)
	}
	w.do(`document.documentElement.style.fontSize = ""; 0`)
	w.run(chromedp.EmulateViewport(1280, 800))
	w.scheme("light")
}

// keep makes a picture of a page, if pictures are asked for: they take time.
func (w *tab) keep(name string) {
	w.t.Helper()
	if os.Getenv("HIGHHELP_SCREENSHOTS") != "" {
		w.snap("pages/" + name)
	}
}

// pictured keeps a picture of the top of a page, for the README.
func (w *tab) pictured(name string) {
	w.t.Helper()
	w.run(chromedp.EmulateViewport(1000, 700))
	w.still()
	png, err := chromedp.Run(w.ctx, chromedp.CaptureScreenshot())
	require.NoError(w.t, err)
	require.NoError(w.t, os.MkdirAll(artefacts(), 0o755))
	require.NoError(w.t, os.WriteFile(filepath.Join(artefacts(), name+".png"), png, 0o644))
	w.run(chromedp.EmulateViewport(1280, 800))
}

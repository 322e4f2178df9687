package main

import (
	"embed"
	"encoding/json"
	"errors"
	"html/template"
	"io"
	"log/slog"
	"net/http"
	"strings"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/widget"
)

//go:embed pages
var pageFiles embed.FS

var pages = template.Must(template.ParseFS(pageFiles, "pages/*.html"))

// A shop is the application that takes payments.
type shop struct {
	orders   orders
	handler  http.Handler
	checkout *highhelp.Checkout
	url      string            // origin of the shop
	policies map[string]string // of its pages, by mode
}

func newShop(cfg config, storage *storage, logger *slog.Logger) (*shop, error) {
	s := &shop{url: cfg.publicURL, orders: storage.orders}
	var err error
	s.checkout, err = highhelp.New(highhelp.Config{
		ProjectID: cfg.projectID,
		BaseURL:   cfg.baseURL,
		PublicURL: cfg.publicURL + "/pay",
		Signer:    cfg.signer,
		Verifier:  cfg.verifier,
		Store:     storage.payments,
		OnPaid:    s.orders.ship,
		Checks:    cfg.checks,
		Logger:    logger,
	})
	if err != nil {
		return nil, err
	}
	if s.policies, err = policies(cfg.pages); err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/pay/", s.checkout.Handler(s.find))
	mux.HandleFunc("GET /{$}", s.showProducts)
	mux.Handle("POST /orders", http.NewCrossOriginProtection().Handler(http.HandlerFunc(s.addOrder)))
	mux.HandleFunc("GET /orders/{id}", s.showOrder)
	mux.Handle("/log/", atThisMachine(s.checkout.LogHandler()))
	for _, name := range []string{"shop.css", "form.js"} {
		mux.HandleFunc("GET /"+name, func(w http.ResponseWriter, r *http.Request) {
			http.ServeFileFS(w, r, pageFiles, "pages/"+name)
		})
	}
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok\n") })
	s.handler = mux
	return s, nil
}

// find is the shop's OrderFunc: the amount is that of the shop's own records.
func (s *shop) find(r *http.Request) (highhelp.Order, error) {
	id, err := highhelp.OrderID(r)
	if err != nil {
		return highhelp.Order{}, err
	}
	row, err := s.orders.find(r.Context(), id)
	if err != nil {
		return highhelp.Order{}, err
	}
	return highhelp.Order{
		ID: row.ID, Amount: row.Product.Price, Description: row.Product.Name,
		RedirectURL: s.url + "/orders/" + row.ID + "?returned",
	}, nil
}

func (s *shop) showProducts(w http.ResponseWriter, r *http.Request) {
	s.render(w, r, http.StatusOK, "products.html", map[string]any{
		"Products": catalogue, "Modes": modes, "Mode": modeOf(r), "Log": fromThisMachine(r),
	})
}

func (s *shop) addOrder(w http.ResponseWriter, r *http.Request) {
	row, err := s.orders.add(r.Context(), catalogue[0])
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if wantsJSON(r) {
		writeJSON(w, http.StatusCreated, map[string]string{"id": row.ID})
		return
	}
	page := "/orders/" + row.ID
	if m := modeOf(r); m.Name != modes[0].Name {
		page += "?mode=" + m.Name
	}
	http.Redirect(w, r, page, http.StatusSeeOther)
}

func (s *shop) showOrder(w http.ResponseWriter, r *http.Request) {
	// The payment first: it is settled together with the order, so that an order
	// read after it is never older than what it says.
	payment, err := s.checkout.Payment(r.Context(), r.PathValue("id"))
	if err != nil && !errors.Is(err, highhelp.ErrNotFound) {
		s.fail(w, r, err)
		return
	}
	row, err := s.orders.find(r.Context(), r.PathValue("id"))
	if errors.Is(err, highhelp.ErrNoOrder) {
		s.render(w, r, http.StatusNotFound, "missing.html", nil)
		return
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if wantsJSON(r) {
		writeJSON(w, http.StatusOK, map[string]any{
			"id": row.ID, "status": payment.State(), "amount": row.Product.Price.Minor,
			"currency": row.Product.Price.Currency, "fulfilled": row.Fulfilled,
		})
		return
	}
	view, err := newOrderView(row, payment, r.URL.Query().Has("returned"), modeOf(r))
	if err != nil {
		http.Error(w, "The order can't be shown.", http.StatusInternalServerError)
		return
	}
	s.render(w, r, http.StatusOK, "order.html", view)
}

// fail answers when the shop's own records are out of reach.
func (s *shop) fail(w http.ResponseWriter, r *http.Request, err error) {
	slog.ErrorContext(r.Context(), "orders", "error", err)
	http.Error(w, "Orders are out of reach. Please try again.", http.StatusServiceUnavailable)
}

// An orderView is what the page of an order shows.
type orderView struct {
	order
	State    string
	Checking bool // the payer has done his part: look again soon
	Pay      template.HTML
}

// newOrderView takes a payer who has come back from the payment page at his
// word: the callback may be later than he is.
func newOrderView(row order, p highhelp.Payment, returned bool, m mode) (orderView, error) {
	v := orderView{order: row, State: p.State()}
	status := p.Newest().Status
	begun := status.Main == "processing" && status.Sub != "new" && status.Sub != "requisites"
	v.Checking = v.State == "pending" && (returned || begun)
	if v.State == "paid" || v.State == "review" || v.Checking {
		return v, nil
	}
	label := "Pay " + row.Product.Price.String()
	if v.State == "declined" {
		label = "Try again · " + row.Product.Price.String()
	}
	var err error
	v.Pay, err = widget.Snippet{
		OrderID: row.ID, TicketURL: "/pay/tickets", AssetsURL: "/pay/widget/", Label: label, Mode: m.widget, Script: m.script,
	}.HTML()
	return v, err
}

func wantsJSON(r *http.Request) bool {
	accept := r.Header.Get("Accept")
	return strings.Contains(accept, "application/json") && !strings.Contains(accept, "text/html")
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

func (s *shop) render(w http.ResponseWriter, r *http.Request, status int, name string, data any) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "same-origin")
	if policy := s.policies[modeOf(r).Name]; policy != "" {
		h.Set("Content-Security-Policy", policy)
	}
	var page strings.Builder
	if err := pages.ExecuteTemplate(&page, name, data); err != nil {
		slog.ErrorContext(r.Context(), "page", "name", name, "error", err)
		http.Error(w, "The page can't be shown.", http.StatusInternalServerError)
		return
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, page.String())
}

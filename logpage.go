package highhelp

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"html/template"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// LogHandler serves a page for those who run the shop: what came in and what
// became of it, the timeline of each order's payment, and replay of what
// failed. It needs no JavaScript.
//
// IT ASKS NOBODY FOR A PASSWORD. As with net/http/pprof, whoever reaches it
// reads payers' data and can replay callbacks, so the application must guard
// it, with the login that guards its own back office, and never mount it below
// the path of [Checkout.Handler], which is open to all:
//
//	mux.Handle("/admin/payments/", requireAdmin(checkout.LogHandler()))
//
// It looks at the query only, so it works at every path, with
// [http.StripPrefix] and without. Other sites can neither frame it nor post to
// it, but for Config.TrustedOrigins. It shows no ticket URL, no token and no
// key; bodies as far as Config.JournalBodies has kept them. With a Store that
// is no [Journal] it shows payments only.
func (c *Checkout) LogHandler() http.Handler { return &logPage{c, logTemplates(c)} }

type logPage struct {
	c    *Checkout
	text *template.Template
}

//go:embed logpage
var logFiles embed.FS

// logStyle is the style sheet, and the query under which it is served.
var logStyle = sync.OnceValues(func() (css []byte, query string) {
	css, err := logFiles.ReadFile("logpage/page.css")
	if err != nil {
		panic(err) // it is embedded
	}
	sum := sha256.Sum256(css)
	return css, "?style=" + hex.EncodeToString(sum[:8])
})

// logTemplates writes amounts in the currencies of c.
func logTemplates(c *Checkout) *template.Template {
	return template.Must(template.New("").Funcs(template.FuncMap{
		"time":     utc,
		"order":    orderHref,
		"delivery": func(id string) string { return "?" + url.Values{"delivery": {id}}.Encode() },
		"money": func(m Money) string {
			if m == (Money{}) {
				return "not stated"
			}
			return c.FormatMoney(m) + " " + m.Currency
		},
		"outcome": outcomeOf,
		"hook":    hookOf,
		"hex":     func(b [32]byte) string { return hex.EncodeToString(b[:]) },
	}).ParseFS(logFiles, "logpage/*.html"))
}

// outcomeOf says what became of a delivery.
func outcomeOf(d Delivery) string {
	switch {
	case d.Outcome != 0:
		return d.Outcome.String()
	case d.Authentic():
		return outcomeFailed
	}
	return outcomeRefused
}

func (l *logPage) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	switch {
	case r.Method == http.MethodPost:
		l.post(w, r)
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		h.Set("Allow", "GET, HEAD, POST")
		l.fail(w, r, errMethod)
	case r.URL.Query().Has("style"):
		css, _ := logStyle()
		h.Set("Content-Type", "text/css; charset=utf-8")
		h.Set("Cache-Control", "private, max-age=31536000, immutable")
		_, _ = w.Write(css)
	default:
		l.get(w, r)
	}
}

func (l *logPage) get(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), l.c.cfg.EventTimeout)
	defer cancel()
	q := r.URL.Query()
	var v logView
	var err error
	switch {
	case q.Get("order") != "":
		v, err = l.order(ctx, q.Get("order"))
	case q.Get("delivery") != "":
		v, err = l.delivery(ctx, q.Get("delivery"))
	case q.Has("open"):
		v, err = l.open(ctx)
	default:
		v, err = l.list(ctx, q)
	}
	if err != nil {
		l.fail(w, r, err)
		return
	}
	v.live(q)
	l.render(w, http.StatusOK, v)
}

// A logView is what a template gets.
type logView struct {
	Name    string // of the template's file
	Title   string
	Project string
	Style   string
	Refresh int    // in seconds, or 0
	Live    string // where live mode is turned on or off, or ""
	Journal bool   // the Store is one
	Data    any
}

func (l *logPage) view(name, title string, data any) logView {
	_, style := logStyle()
	_, err := l.c.journalOf()
	return logView{Name: name, Title: title, Project: l.c.cfg.ProjectID, Style: style, Journal: err == nil, Data: data}
}

// liveSeconds is how often a live page looks again.
const liveSeconds = 5

// live lets the page load itself anew while the query says so.
func (v *logView) live(q url.Values) {
	if q.Has("live") {
		v.Refresh = liveSeconds
		q.Del("live")
	} else {
		q.Set("live", "on")
	}
	v.Live = "?" + q.Encode()
}

func (l *logPage) render(w http.ResponseWriter, status int, v logView) {
	var page bytes.Buffer
	if err := l.text.ExecuteTemplate(&page, v.Name, v); err != nil {
		l.c.log.Error("highhelp: log page", "error", err)
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = page.WriteTo(w) // the connection is gone if it fails
}

// fail shows that something went wrong. What a Store says is for the log.
func (l *logPage) fail(w http.ResponseWriter, r *http.Request, err error) {
	status, text := statusOf(err).status, "See the program's log."
	switch {
	case errors.Is(err, errors.ErrUnsupported):
		status, text = http.StatusNotImplemented, "The Store keeps no journal that can be read."
	case errors.Is(err, errCrossOrigin):
		text = "The request came from another site."
	case errors.Is(err, ErrUnverified):
		status, text = http.StatusConflict, "Only a callback whose signature held can be replayed."
	case errors.Is(err, ErrNotFound):
		text = "There is nothing of that name in this project."
	case status == http.StatusServiceUnavailable:
		text = "The Store does not answer as it should. See the program's log."
	}
	level := slog.LevelInfo
	if status >= http.StatusInternalServerError {
		level = slog.LevelWarn
	}
	l.c.log.Log(r.Context(), level, "highhelp: log page", "http_status", status, "error", err)
	l.render(w, status, l.view("fail.html", http.StatusText(status), text))
}

// utc is how the page shows times.
func utc(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05") }

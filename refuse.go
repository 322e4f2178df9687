package highhelp

import (
	"net/http"
	"net/url"

	"github.com/go-highhelp/highhelp/widget"
)

// refusePage answers a browser that has posted the form itself.
func refusePage(w http.ResponseWriter, r *http.Request, answer answer) {
	id, _ := OrderID(r) // without one there is no button to try again
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Add("Vary", "Accept-Language")
	w.WriteHeader(answer.status)
	_ = widget.Refusal{ // the connection is gone if it fails
		Code: answer.code, OrderID: id, BackURL: back(r),
		Locale: string(widget.Negotiate(r.Header.Get("Accept-Language"))),
	}.Render(w)
}

// back returns the path from which the payer came, if that is on this host.
func back(r *http.Request) string {
	u, err := url.Parse(r.Referer())
	if err != nil || u.Host != r.Host || u.Path == r.URL.Path {
		return ""
	}
	return u.RequestURI()
}

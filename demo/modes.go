package main

import (
	"net/http"

	"github.com/go-highhelp/highhelp/widget"
)

// A mode is a way to show the payment, with a page of its own.
type mode struct {
	Name   string // in the query of pages
	Title  string
	widget widget.Mode
	script widget.ScriptSource
}

// modes are those of the widget. The script of the last one is the shop's own:
// HighHelp's is named in the merchant's dashboard.
var modes = []mode{
	{"redirect", "On the payment page", widget.Redirect, widget.ScriptSource{}},
	{"frame", "In a frame", widget.Frame, widget.ScriptSource{}},
	{"script", "By a script", widget.Script, widget.ScriptSource{URL: "/form.js", Init: "PaperShop.form"}},
}

// modeOf is what the query of a page says, or the first.
func modeOf(r *http.Request) mode {
	for _, m := range modes {
		if r.URL.Query().Get("mode") == m.Name {
			return m
		}
	}
	return modes[0]
}

// policies are the Content-Security-Policies of the shop's pages, by mode.
// Where payment pages are is known for the sandbox only; elsewhere there are
// none. A page that is returned to in a frame must allow the shop to frame it.
func policies(paymentPages string) (map[string]string, error) {
	all := map[string]string{}
	if paymentPages == "" {
		return all, nil
	}
	for _, m := range modes {
		directives, err := widget.CSP(widget.CSPOptions{
			TicketURL: "/pay/tickets", AssetsURL: "/pay/widget/", PaymentOrigins: []string{paymentPages},
			Mode: m.widget, ScriptURL: m.script.URL,
		})
		if err != nil {
			return nil, err
		}
		for i := range directives {
			if d := &directives[i]; d.Name == "frame-src" && m.widget == widget.Script {
				d.Sources = append(d.Sources, "'self'") // the page that form.js's frame returns to
			}
		}
		all[m.Name] = "default-src 'none'; base-uri 'none'; frame-ancestors 'self'; " + directives.String()
	}
	return all, nil
}

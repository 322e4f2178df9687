package highhelp

import (
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// A validator collects the mistakes of a Config.
type validator struct {
	cfg  Config
	errs []error
}

func (v *validator) fail(field, reason string) {
	v.errs = append(v.errs, &ConfigError{"Config." + field, reason})
}

func (v *validator) check(ok bool, field, reason string) {
	if !ok {
		v.fail(field, reason)
	}
}

func (v *validator) required() {
	cfg := &v.cfg
	v.check(cfg.ProjectID != "", "ProjectID", "required")
	v.check(len(cfg.ProjectID) <= 255 && checkText(cfg.ProjectID), "ProjectID", "not an id of at most 255 bytes without ';' and control characters")
	v.check(cfg.Store != nil, "Store", "required")
	v.check(cfg.OnPaid != nil, "OnPaid", "required: nothing else ships the order")
}

// keys checks what a change of keys can spoil; see also sandbox.
func (v *validator) keys() {
	cfg := &v.cfg
	v.check(cfg.Signer != nil, "Signer", "required")
	v.check(cfg.Verifier != nil, "Verifier", "required")
	v.check(!empty(cfg.Signer), "Signer", "holds no key")
	v.check(!empty(cfg.Verifier), "Verifier", "holds no key")
	if k, ok := cfg.Verifier.(idCarrier); ok && cfg.ProjectID != "" && !empty(cfg.Verifier) {
		v.check(k.CanCarry(cfg.ProjectID), "ProjectID", "callbacks signed by the Scheme of Verifier can't carry it")
	}
}

// empty reports whether a key is one of package signer that no constructor made.
func empty(key any) bool {
	k, ok := key.(interface{ Empty() bool })
	return ok && k.Empty()
}

// An idCarrier is a Verifier that knows which ids its Scheme can carry.
type idCarrier interface{ CanCarry(id string) bool }

func checkText(s string) bool {
	return !strings.Contains(s, ";") && utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7F })
}

func (v *validator) numbers() {
	cfg := &v.cfg
	v.check(cfg.MaxAttempts >= 1 && cfg.MaxAttempts <= 999, "MaxAttempts", "not between 1 and 999")
	v.check(cfg.EventTimeout > 0, "EventTimeout", "negative")
	v.check(cfg.TicketWait > 0, "TicketWait", "negative")
	v.check(cfg.Tolerance >= 0, "Tolerance", "negative")
	v.check(cfg.MaxBodyBytes > 0, "MaxBodyBytes", "negative")
	v.check(cfg.InfoPath == noInfoPath || strings.HasPrefix(cfg.InfoPath, "/"), "InfoPath", `neither a path that begins with "/" nor "-"`)
	v.check(slices.Contains([]string{bodiesFull, bodiesMasked, bodiesNone}, cfg.JournalBodies), "JournalBodies", `none of "full", "masked", "none"`)
	for code, n := range cfg.Currencies {
		v.check(currencyForm(code) && n >= 0 && n <= 6, "Currencies", fmt.Sprintf("%q: not three capital letters with 0 to 6 decimals", code))
	}
	for _, field := range cfg.WidgetFields {
		v.check(field != "", "WidgetFields", "an empty name")
	}
}

func currencyForm(code string) bool {
	return len(code) == 3 && !strings.ContainsFunc(code, func(r rune) bool { return r < 'A' || r > 'Z' })
}

// webURL checks a URL that the kit builds others from.
func (v *validator) webURL(field, raw string) *url.URL {
	if raw == "" {
		v.fail(field, "required")
		return nil
	}
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		v.fail(field, "not an absolute URL without user, query and fragment")
		return nil
	}
	if reason := insecure(u, v.cfg.DangerouslyAllowHTTP); reason != "" {
		v.fail(field, reason)
		return nil
	}
	return u
}

// insecure says why u may not be used for payments, if so.
func insecure(u *url.URL, allowHTTP bool) string {
	switch {
	case u.Scheme == "https", u.Scheme == "http" && (allowHTTP || loopback(u)):
		return ""
	case u.Scheme == "http":
		return "http is for this machine only: use https"
	}
	return "not an https URL"
}

func loopback(u *url.URL) bool {
	host := u.Hostname()
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// sandbox refuses worthless keys where real money may be meant.
func (v *validator) sandbox(base *url.URL) {
	if base == nil || loopback(base) {
		return
	}
	const reason = "a key of a sandbox, but BaseURL is not on this machine"
	if k, ok := v.cfg.Signer.(interface{ Sandbox() bool }); ok && k.Sandbox() {
		v.fail("Signer", reason)
	}
	if k, ok := v.cfg.Verifier.(interface{ Sandbox() bool }); ok && k.Sandbox() {
		v.fail("Verifier", reason)
	}
}

func (v *validator) callbacks(public *url.URL) CallbackURLs {
	urls := v.cfg.CallbackURLs
	for _, u := range []struct {
		field string
		url   *string
		path  string
	}{
		{"CallbackURLs.Info", &urls.Info, "callbacks/info"},
		{"CallbackURLs.Success", &urls.Success, "callbacks/success"},
		{"CallbackURLs.Decline", &urls.Decline, "callbacks/decline"},
	} {
		switch {
		case *u.url != "":
			v.webURL(u.field, *u.url)
		case public != nil:
			*u.url = public.JoinPath(u.path).String()
		}
		v.check(len(*u.url) <= maxURL, u.field, "longer than 2048 bytes")
	}
	return urls
}

func (v *validator) origins() *http.CrossOriginProtection {
	protection := http.NewCrossOriginProtection()
	for _, origin := range v.cfg.TrustedOrigins {
		if err := protection.AddTrustedOrigin(origin); err != nil {
			v.fail("TrustedOrigins", fmt.Sprintf("%q is not an origin such as https://www.shop.example", origin))
		}
	}
	return protection
}

func (v *validator) hosts() {
	for _, host := range v.cfg.RedirectHosts {
		u, err := url.Parse("https://" + host)
		v.check(err == nil && u.Host == host && host != "", "RedirectHosts", fmt.Sprintf("%q is not a host such as shop.example", host))
	}
}

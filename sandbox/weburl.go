package sandbox

import (
	"net/netip"
	"net/url"
	"regexp"
)

const maxURL = 2048 // bytes, as documented

// wrongURL says what is wrong with a URL that a merchant states, or "".
func wrongURL(s string) string {
	u, err := url.Parse(s)
	switch {
	case len(s) > maxURL:
		return "longer than 2048 bytes"
	case err != nil || u.Scheme == "" || u.Host == "":
		return "not an absolute URL"
	case u.User != nil:
		return "a URL with a user name"
	case !validHost(u.Hostname()):
		return "a URL whose host is neither a name of ASCII letters nor an IP address"
	case u.Scheme == "https", u.Scheme == "http" && isLoopback(u.Hostname()):
		return ""
	}
	return "not an https URL (http only on 127.0.0.0/8, ::1 and localhost)"
}

// hostForm is strict because hosts go into a Content-Security-Policy, where
// the ';' that [url.Parse] allows in one would begin another directive.
var hostForm = regexp.MustCompile(`^[A-Za-z0-9._-]+$`)

func validHost(host string) bool {
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Zone() == "" || hostForm.MatchString(host)
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.Unmap().IsLoopback()
}

// formTarget is the source expression of the Content-Security-Policy that
// allows a form to be redirected to u. An IPv6 address can't be one, so there
// it is the scheme alone.
func formTarget(u *url.URL) string {
	if ip, err := netip.ParseAddr(u.Hostname()); err == nil && ip.Is6() {
		return u.Scheme + ":"
	}
	return origin(u)
}

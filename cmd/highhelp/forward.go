package main

import (
	"net/http"
	"net/url"
)

// A forwarder leads callbacks to another host, and to another path if it has
// one.
type forwarder struct{ to *url.URL }

func (f *forwarder) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	target := *r.URL
	target.Scheme, target.Host = f.to.Scheme, f.to.Host
	if f.to.Path != "" && f.to.Path != "/" {
		target = *f.to
		if _, route, ok := cutLast(r.URL.Path, "/callbacks/"); ok {
			if sibling, err := url.Parse(siblingURL(f.to.String(), route)); err == nil {
				target = *sibling
			}
		}
	}
	r.URL, r.Host = &target, ""
	return http.DefaultTransport.RoundTrip(r)
}

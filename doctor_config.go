package highhelp

import (
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/go-highhelp/highhelp/signer"
)

// What Doctor finds out without asking anybody.

func (d *doctor) keys() {
	k := d.c.keys.Load()
	body := []byte(`{"general":{"project_id":"doctor"}}`)
	header, err := k.signer.Sign(body, d.c.now())
	if err != nil {
		d.add("keys", red, "Signer can't sign: "+err.Error(), "give Config.Signer the key of private_key_….pem or hmac_private_key_….txt")
		return
	}
	signed := d.asCallback(header)
	if doc, err := signer.Parse(body); err == nil {
		if _, err := k.verifier.Verify(doc, signed); err == nil {
			d.add("keys", red, "Verifier accepts what Signer signs: it holds the shop's own key",
				"HighHelp signs callbacks with a key of its own: take it from the dashboard, API > Callback settings")
			return
		}
	}
	names := verifierNames(k.verifier)
	seen := fmt.Sprintf("Signer is %s, Verifier has %s", kind(k.signer), strings.Join(names, ", "))
	for _, name := range names {
		if anyPrefix(name, "public_key_", "private_key_", "hmac_private_key_") {
			d.add("keys", yellow, seen, "Verifier's key "+name+" is named like a file for requests; callbacks have another key, under API > Callback settings")
			return
		}
	}
	if named, ok := k.signer.(interface{ Name() string }); ok && anyPrefix(named.Name(), "hmac_callback_key") {
		d.add("keys", yellow, seen, "Signer's key is named like the file for callbacks; requests have another key, hmac_private_key_….txt")
		return
	}
	d.add("keys", green, seen, "")
}

func anyPrefix(s string, prefixes ...string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}

// kind names a key without what a stranger's type might print.
func kind(key any) string {
	switch key := key.(type) {
	case *signer.PrivateKey, *signer.HMACKey:
		return fmt.Sprint(key)
	}
	return fmt.Sprintf("a %T", key)
}

func verifierNames(v signer.Verifier) []string {
	var names []string
	switch v := v.(type) {
	case *signer.KeySet:
		for _, k := range v.Keys() {
			names = append(names, k.Name())
		}
	case interface{ Name() string }:
		names = append(names, v.Name())
	default:
		names = append(names, fmt.Sprintf("a %T", v))
	}
	return names
}

// asCallback moves the signature of a request to where Verifier looks for it.
func (d *doctor) asCallback(request http.Header) http.Header {
	signature, timestamp := d.headerNames()
	h := http.Header{}
	h.Set(signature, request.Get("X-Access-Signature"))
	h.Set(timestamp, request.Get("X-Access-Timestamp"))
	return h
}

// headerNames are those of a callback, by the first key of Verifier.
func (d *doctor) headerNames() (signature, timestamp string) {
	var scheme signer.Scheme
	switch v := d.c.keys.Load().verifier.(type) {
	case *signer.KeySet:
		if keys := v.Keys(); len(keys) > 0 {
			scheme = keys[0].Scheme()
		}
	case interface{ Scheme() signer.Scheme }:
		scheme = v.Scheme()
	}
	return or(scheme.SignatureHeader, "X-Access-Signature"), or(scheme.TimestampHeader, "X-Access-Timestamp")
}

func (d *doctor) sandbox() {
	k := d.c.keys.Load()
	requests, known := isSandbox(k.signer)
	callbacks, alsoKnown := isSandbox(k.verifier)
	local := loopback(d.base)
	switch {
	case known && alsoKnown && requests != callbacks:
		d.add("sandbox", red, "one of Signer and Verifier is a key of a sandbox, the other is not", "take both from the same place")
	case requests || callbacks:
		d.add("sandbox", yellow, "the keys are a sandbox's: no real money is paid", "before going live take keys and BaseURL from HighHelp")
	case local:
		d.add("sandbox", yellow, "BaseURL is on this machine, but the keys are not a sandbox's", "take BaseURL from HighHelp's manager")
	default:
		d.add("sandbox", green, "no key is a sandbox's, and BaseURL is not on this machine", "")
	}
}

func isSandbox(key any) (is, known bool) {
	k, known := key.(interface{ Sandbox() bool })
	return known && k.Sandbox(), known
}

func (d *doctor) urls() {
	targets := d.targets()
	for i, t := range targets {
		for _, other := range targets[:i] {
			if t.raw == other.raw {
				d.add("urls", red, fmt.Sprintf("the callback URLs of %s and %s are the same", other.route, t.route),
					"give each its own in Config.CallbackURLs: what comes in at the wrong one is an anomaly")
				return
			}
		}
	}
	d.add("urls", green, "three callback URLs, from "+targets[0].raw+" on", "")
	for _, t := range targets {
		switch {
		case unreachable(t.url) && !loopback(d.base):
			d.add("https", red, "the gateway can't reach "+t.url.Host+": it is an address of this network only", "set PublicURL to the shop's public name")
			return
		case t.url.Scheme != "https" && !loopback(t.url):
			d.add("https", red, t.url.Host+" is reached over http: the gateway documents https, and anybody on the way reads along", "get a certificate, and set PublicURL to https")
			return
		case t.url.Scheme != "https":
			d.add("https", yellow, t.url.Host+" is this machine, over http", "before going live set PublicURL to the shop's public name, with https")
			return
		}
	}
	d.add("https", green, "all callback URLs are https", "")
}

// unreachable reports whether the host of u is one that nobody outside can
// reach, as far as its name tells.
func unreachable(u *url.URL) bool {
	ip, err := netip.ParseAddr(u.Hostname())
	return loopback(u) || err == nil && (ip.IsPrivate() || ip.IsLinkLocalUnicast() || ip.IsUnspecified())
}

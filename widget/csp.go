package widget

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// CSPOptions says what a page with a [Snippet] may reach. TicketURL, AssetsURL
// and PaymentOrigins are required.
type CSPOptions struct {
	// TicketURL is that of the Snippet. It is required.
	TicketURL string

	// AssetsURL is that of the Snippet. It is required.
	AssetsURL string

	// PaymentOrigins are the origins that a ticket's URL can have, such as
	// "https://pay.example.com", and those that it leads to on the way, such as
	// a bank's. At least one is required: which hosts a merchant gets is not
	// public.
	PaymentOrigins []string

	// Mode is that of the Snippet. The default is Redirect.
	Mode Mode

	// ScriptURL is the Script.URL of the Snippet. It is required in Script
	// mode, and must be empty in the others.
	ScriptURL string

	// ReturnOrigin is that of the Snippet. The default is the page's own.
	ReturnOrigin string

	// StatusURL is that of the Snippet. It is needed only if it is on another
	// host than the TicketURL, near which a ticket's own is.
	StatusURL string

	// Nonce is that of the Snippet, new for each answer and at least 128
	// random bits. The default is none: the policy then names the hosts.
	Nonce string

	// Mounted says that the page mounts widgets itself: its script then asks
	// for texts. The default is false.
	Mounted bool

	// TrustedTypes adds the directives that let only named policies turn text
	// into code. The rest of the page, and in Script mode the merchant's
	// script, must be fit for that. The default is false.
	TrustedTypes bool
}

// A Directive is one directive of a Content-Security-Policy.
type Directive struct {
	Name    string   // such as "script-src"
	Sources []string // such as "'self'"
}

// Directives is a part of a policy. A page needs other directives too; join
// them into one header, because of two headers both apply.
type Directives []Directive

// String returns the directives as they stand in a header, separated by "; ".
func (d Directives) String() string {
	parts := make([]string, len(d))
	for i, directive := range d {
		parts[i] = directive.Name + " " + strings.Join(directive.Sources, " ")
	}
	return strings.Join(parts, "; ")
}

// CSP returns the directives that a snippet needs, no more:
//
//	script-src   the script: its host, or the nonce; in Script mode the
//	             merchant's script, too
//	style-src    the style sheet: its host, or the nonce
//	connect-src  the script asks for a ticket and its status; in Script mode
//	             the merchant's script asks the PaymentOrigins
//	frame-src    in Frame mode the payment page, and the page that it returns
//	             to; in Script mode fields that the merchant's script frames
//	form-action  without the script, the form posts to the TicketURL, and its
//	             303 leads to the payment page: Chromium applies form-action to
//	             the redirects after a form, too
//
// and, with TrustedTypes, require-trusted-types-for and trusted-types with the
// one policy of the script, "highhelp".
//
// The rest may be as strict as the page allows, default-src 'none' included.
// Going to the payment page by script or by link needs no directive. With a
// Nonce the page may add 'strict-dynamic' to script-src; a merchant's script
// that loads others needs it.
//
// CSP checks every option first; the error joins an [*OptionError] for each
// mistake.
func CSP(o CSPOptions) (Directives, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	d := Directives{
		{"script-src", o.scripts()},
		{"style-src", o.assets()},
		{"connect-src", o.connects()},
	}
	if frames := o.frames(); frames != nil {
		d = append(d, Directive{"frame-src", frames})
	}
	d = append(d, Directive{"form-action", sources(append([]string{o.TicketURL}, o.PaymentOrigins...))})
	if o.TrustedTypes {
		d = append(d, Directive{"require-trusted-types-for", []string{"'script'"}}, Directive{"trusted-types", []string{"highhelp"}})
	}
	return d, nil
}

// assets is the source of what ScriptHandler serves.
func (o CSPOptions) assets() []string {
	if o.Nonce != "" {
		return []string{"'nonce-" + o.Nonce + "'"}
	}
	return sources([]string{o.AssetsURL})
}

func (o CSPOptions) scripts() []string {
	if o.Nonce != "" || o.Mode != Script {
		return o.assets()
	}
	return sources([]string{o.AssetsURL, o.ScriptURL})
}

func (o CSPOptions) connects() []string {
	urls := []string{o.TicketURL}
	if o.StatusURL != "" {
		urls = append(urls, o.StatusURL)
	}
	if o.Mounted {
		urls = append(urls, o.AssetsURL)
	}
	if o.Mode == Script {
		urls = append(urls, o.PaymentOrigins...)
	}
	return sources(urls)
}

func (o CSPOptions) frames() []string {
	switch o.Mode {
	case Frame:
		return sources(append(slices.Clone(o.PaymentOrigins), cmp.Or(o.ReturnOrigin, "/")))
	case Script:
		return sources(o.PaymentOrigins)
	}
	return nil
}

func (o CSPOptions) check() error {
	var m mistakes
	m.add("TicketURL", orReason(urlReason(o.TicketURL), o.TicketURL, sourceReason))
	m.add("AssetsURL", orReason(assetsURLReason(o.AssetsURL), o.AssetsURL, sourceReason))
	if len(o.PaymentOrigins) == 0 {
		m.add("PaymentOrigins", "is required")
	}
	for i, origin := range o.PaymentOrigins {
		m.add("PaymentOrigins["+strconv.Itoa(i)+"]", originReason(origin))
	}
	o.checkMode(&m)
	if o.StatusURL != "" {
		m.add("StatusURL", orReason(urlReason(o.StatusURL), o.StatusURL, sourceReason))
	}
	m.add("Nonce", nonceReason(o.Nonce))
	return m.err()
}

func (o CSPOptions) checkMode(m *mistakes) {
	if reason := modeReason(o.Mode); reason != "" {
		m.add("Mode", reason)
		return // what it would need is not known
	}
	switch {
	case o.Mode == Script:
		m.add("ScriptURL", orReason(urlReason(o.ScriptURL), o.ScriptURL, sourceReason))
	case o.ScriptURL != "":
		m.add("ScriptURL", onlyScriptMode)
	}
	m.add("ReturnOrigin", returnOriginReason(o.ReturnOrigin, o.Mode))
}

// orReason applies a further rule to a value that the first one admits.
func orReason(reason, raw string, rule func(string) string) string {
	if reason != "" {
		return reason
	}
	return rule(raw)
}

// originReason admits an address that is nothing but an origin: a path would
// look exact, and is ignored after a redirect.
func originReason(raw string) string {
	if reason := urlReason(raw); reason != "" {
		return reason
	}
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.Scheme+"://"+u.Host != strings.TrimSuffix(raw, "/") {
		return "must be an origin such as https://pay.example.com"
	}
	return sourceReason(raw)
}

// sourceReason refuses what the grammar of a policy has no form for.
func sourceReason(raw string) string {
	if strings.Contains(source(raw), "[") {
		return "names an IPv6 address, which a Content-Security-Policy can't"
	}
	return ""
}

// source is how a policy names the origin of a checked URL.
func source(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" {
		return "'self'"
	}
	return u.Scheme + "://" + u.Host
}

// sources names each origin of checked URLs once.
func sources(urls []string) []string {
	var list []string
	for _, raw := range urls {
		if s := source(raw); !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	return list
}

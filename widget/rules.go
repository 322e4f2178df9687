package widget

import (
	"net/netip"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Each rule returns the reason why a value is refused, or "".

const maxOrderIDBytes = 240

// orderIDReason repeats the rule for the order IDs of the kit, so that a page
// with a button that can't work is not rendered at all.
func orderIDReason(id string) string {
	switch {
	case id == "":
		return "is required"
	case len(id) > maxOrderIDBytes:
		return "is longer than 240 bytes"
	case strings.ContainsAny(id, "~;"):
		return "must not hold ~ or ;"
	}
	return textReason(id)
}

// textReason admits everything that an HTML attribute keeps as it is. A parser
// would change NUL and line ends.
func textReason(s string) string {
	switch {
	case !utf8.ValidString(s):
		return "must be valid UTF-8"
	case strings.ContainsFunc(s, unicode.IsControl):
		return "must not hold control characters"
	}
	return ""
}

// blankReason is textReason for a text that the payer must see.
func blankReason(s string) string {
	if strings.TrimSpace(s) == "" {
		return "must not be blank"
	}
	return textReason(s)
}

// localeReason checks the form of a BCP 47 tag, not its registration.
func localeReason(locale string) string {
	if locale == "" {
		return ""
	}
	const reason = "must be a BCP 47 language tag such as ru or ru-KZ"
	primary, _, _ := strings.Cut(locale, "-")
	if len(primary) < 2 || strings.ContainsFunc(primary, isDigit) {
		return reason
	}
	for subtag := range strings.SplitSeq(locale, "-") {
		if len(subtag) < 1 || len(subtag) > 8 || strings.ContainsFunc(subtag, notAlnum) {
			return reason
		}
	}
	return ""
}

// nonceReason checks the grammar of a nonce-source (CSP 3, section 2.3.1).
func nonceReason(nonce string) string {
	if nonce == "" {
		return ""
	}
	bare := strings.TrimSuffix(strings.TrimSuffix(nonce, "="), "=")
	if bare == "" || strings.ContainsFunc(bare, notBase64) {
		return "must be base64, as in a Content-Security-Policy"
	}
	return ""
}

// urlReason admits a path on the page's own host, or an https address of
// another one. The characters are those that html/template leaves alone in an
// attribute and that no two URL parsers read in different ways.
func urlReason(raw string) string {
	switch {
	case raw == "":
		return "is required"
	case strings.ContainsFunc(raw, notURLRune) || badEscape(raw):
		return "holds a character that must be percent-encoded, or a fragment"
	case strings.HasPrefix(raw, "//"):
		return "must not begin with //, which names another host"
	case strings.HasPrefix(raw, "/"):
		return ""
	}
	u, err := url.Parse(raw)
	if err != nil {
		return "is not a URL"
	}
	return hostReason(u)
}

// hostReason is the rule for absolute addresses.
func hostReason(u *url.URL) string {
	host := u.Hostname()
	switch {
	case u.Scheme != "https" && u.Scheme != "http":
		return "must begin with / or https://"
	case u.User != nil:
		return "must not hold a user name"
	case host == "" || strings.HasSuffix(u.Host, ":"):
		return "names no host"
	case strings.ContainsFunc(host, notHostRune) && host != "::1":
		return "has a host that is not a plain domain name or IP address"
	case u.Scheme == "http" && !isLoopback(host):
		return "must be https; http is for this machine only"
	}
	return ""
}

func isLoopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
}

// badEscape reports whether a % does not begin an escaped byte.
func badEscape(raw string) bool {
	for rest := raw; ; {
		_, after, found := strings.Cut(rest, "%")
		if !found {
			return false
		}
		if len(after) < 2 || !isHex(after[0]) || !isHex(after[1]) {
			return true
		}
		rest = after
	}
}

func isHex(b byte) bool {
	return isDigit(rune(b)) || 'a' <= b && b <= 'f' || 'A' <= b && b <= 'F'
}

func isDigit(r rune) bool { return '0' <= r && r <= '9' }
func isLower(r rune) bool { return 'a' <= r && r <= 'z' }
func isUpper(r rune) bool { return 'A' <= r && r <= 'Z' }

func notLower(r rune) bool { return !isLower(r) }
func notUpper(r rune) bool { return !isUpper(r) }
func notAlnum(r rune) bool { return !isLower(r) && !isUpper(r) && !isDigit(r) }

func notBase64(r rune) bool   { return notAlnum(r) && !strings.ContainsRune("+/-_", r) }
func notHostRune(r rune) bool { return notAlnum(r) && r != '.' && r != '-' }
func notURLRune(r rune) bool  { return notAlnum(r) && !strings.ContainsRune("-._~!$&*+,;=:@/?[]%", r) }

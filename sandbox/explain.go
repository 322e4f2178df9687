package sandbox

import (
	"cmp"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/go-highhelp/highhelp/signer"
)

// maxExplained bounds the bodies whose signature is explained, since that
// tries about a thousand readings of one.
const maxExplained = 16 << 10

// explain says why no key of p made the signature of a request.
func (p *Project) explain(doc *signer.Document, body []byte, h http.Header) []string {
	if wrong := wrongForm(h, p.Keys[0].Scheme()); len(wrong) > 0 {
		return wrong
	}
	if len(body) > maxExplained {
		return []string{headerSignature + ": made by no key of the project"}
	}
	x := signer.Explain(body, h, p.Keys...)
	reasons := x.Problems
	for i, k := range x.Keys {
		reason := k.Reason
		if k.Match != nil {
			reason = fmt.Sprintf("made by this key as %v, while the project wants %v", k.Match, p.Keys[i].Scheme())
		}
		reasons = append(reasons, fmt.Sprintf("%s: key %q (%s): %s", headerSignature, k.Name, k.Algorithm, reason))
	}
	if _, stated := anyToken(h.Get(headerToken)); stated != nil && made(stated, p.Keys[0].Scheme(), doc, h) {
		reasons = append(reasons, headerSignature+": made by the key in "+headerToken+", which is no key of the project")
	}
	return reasons
}

var tenDigits = regexp.MustCompile(`^[1-9][0-9]{9}$`)

// wrongForm checks the headers of a signature before any key is tried.
func wrongForm(h http.Header, s signer.Scheme) []string {
	var wrong []string
	name := strings.ToLower(cmp.Or(s.TimestampHeader, headerTimestamp))
	timestamp, reason := single(h, name)
	if reason == "" && !tenDigits.MatchString(timestamp) {
		reason = name + ": not ten digits, the Unix time in seconds"
	}
	wrong = append(wrong, orNone(reason)...)
	_, reason = single(h, strings.ToLower(cmp.Or(s.SignatureHeader, headerSignature)))
	return append(wrong, orNone(reason)...)
}

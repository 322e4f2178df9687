package sandbox

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/go-highhelp/highhelp/signer"
)

// The headers of a request, as documented.
const (
	headerMerchant  = "x-access-merchant-id"
	headerTimestamp = "x-access-timestamp"
	headerSignature = "x-access-signature"
	headerToken     = "x-access-token"
	headerAlgorithm = "x-access-merchant-algorithm"
)

// authenticate returns the project that made a request, or a refusal that
// says everything that is wrong with its headers.
func (g *Gateway) authenticate(doc *signer.Document, body []byte, h http.Header) (*Project, error) {
	id, wrong := single(h, headerMerchant)
	if wrong != "" {
		return nil, refuse(http.StatusUnauthorized, append([]string{wrong}, wrongForm(h, signer.Scheme{})...)...)
	}
	p := g.projects.current(id)
	if p == nil {
		return nil, refuse(http.StatusUnauthorized, headerMerchant+": no project of this gateway")
	}
	var reasons []string
	if stated, ok := doc.Text("general:project_id"); ok && stated != id {
		reasons = append(reasons, headerMerchant+": differs from general.project_id")
	}
	if key, match := p.verify(doc, h); key != nil {
		reasons = append(reasons, wrongToken(key, doc, h)...)
		reasons = append(reasons, wrongAlgorithm(key, h)...)
		reasons = append(reasons, g.wrongTime(match.SignedAt)...)
	} else {
		reasons = append(reasons, p.explain(doc, body, h)...)
	}
	if len(reasons) > 0 {
		return nil, &refusal{http.StatusUnauthorized, id, strings.Join(reasons, "; ")}
	}
	return p, nil
}

// verify returns the key that made the signature, or nil.
func (p *Project) verify(doc *signer.Document, h http.Header) (signer.Key, signer.Match) {
	for _, key := range p.Keys {
		if match, err := key.Verify(doc, h); err == nil {
			return key, match
		}
	}
	return nil, signer.Match{}
}

// single returns the value of a header that must be there exactly once.
func single(h http.Header, name string) (value, wrong string) {
	switch values := h.Values(name); len(values) {
	case 0:
		return "", name + ": missing"
	case 1:
		return values[0], ""
	}
	return "", name + ": there more than once"
}

// wrongAlgorithm checks the header that chooses the algorithm, whose values
// are not documented: it counts only if the Scheme of the key has one.
func wrongAlgorithm(key signer.Key, h http.Header) []string {
	want := key.Scheme().HMACAlgorithm
	if _, ok := key.(*signer.PublicKey); ok {
		want = key.Scheme().RSAAlgorithm
	}
	if want == "" {
		return nil
	}
	value, wrong := single(h, headerAlgorithm)
	if wrong == "" && value != want {
		wrong = headerAlgorithm + ": not the value of the key that made the signature"
	}
	return orNone(wrong)
}

func (g *Gateway) wrongTime(signedAt time.Time) []string {
	distance := g.cfg.Now().Sub(signedAt).Abs()
	if g.cfg.Tolerance == 0 || distance <= g.cfg.Tolerance {
		return nil
	}
	return []string{fmt.Sprintf("%s: %s from the gateway's clock, over %s", headerTimestamp, distance.Round(time.Second), g.cfg.Tolerance)}
}

func orNone(wrong string) []string {
	if wrong == "" {
		return nil
	}
	return []string{wrong}
}

package sandbox

import (
	"bufio"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/textproto"
	"slices"
	"strings"

	"github.com/go-highhelp/highhelp/signer"
)

// Explain says which key of a project made the signature of a captured
// request or callback, and how, or how far each got. Its keys are those that
// verify requests, and those that sign callbacks, the former one too.
//
// It fails if there is no such project, or if the body has over 16 KiB.
func (g *Gateway) Explain(projectID string, body []byte, h http.Header) (signer.Explanation, error) {
	p := g.projects.current(projectID)
	if p == nil {
		return signer.Explanation{}, fmt.Errorf("sandbox: explain: no project %q", projectID)
	}
	if len(body) > maxExplained {
		return signer.Explanation{}, errors.New("sandbox: explain: the body is larger than 16 KiB")
	}
	keys := slices.Clone(p.Keys)
	keys = append(keys, verifying(p.CallbackSigner, "callback key")...)
	keys = append(keys, verifying(p.FormerCallbackSigner, "former callback key")...)
	return signer.Explain(body, h, keys...), nil
}

// verifying returns the key that verifies what s signs.
func verifying(s signer.Signer, name string) []signer.Key {
	switch k := s.(type) {
	case *signer.PrivateKey:
		return []signer.Key{k.Public(name)}
	case *signer.HMACKey:
		return []signer.Key{k}
	}
	return nil
}

// showExplain answers GET and POST /control/explain: a form for a captured
// message, and what there is to say about it.
func (g *Gateway) showExplain(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 4*maxExplained)
	v := &controlView{
		Root: "../", Title: "Explain a signature", Project: r.PostFormValue("project"),
		Headers: r.PostFormValue("headers"), Body: r.PostFormValue("body"),
	}
	for _, id := range slices.Sorted(maps.Keys(g.projects)) {
		v.Projects = append(v.Projects, projectView{ID: id})
	}
	if r.Method == http.MethodPost {
		h, err := parseHeaders(v.Headers)
		var x signer.Explanation
		if err == nil {
			x, err = g.Explain(v.Project, []byte(v.Body), h)
		}
		v.explain(x, err, []byte(v.Body))
	}
	g.writeControl(w, http.StatusOK, "explain.html", v)
}

// parseHeaders reads "name: value" lines.
func parseHeaders(text string) (http.Header, error) {
	reader := textproto.NewReader(bufio.NewReader(strings.NewReader(strings.TrimSpace(text) + "\r\n\r\n")))
	h, err := reader.ReadMIMEHeader()
	if err != nil {
		return nil, errors.New("sandbox: explain: headers are lines such as x-access-timestamp: 1706883522")
	}
	return http.Header(h), nil
}

// explain fills in an explanation, and the text that is signed.
func (v *controlView) explain(x signer.Explanation, err error, body []byte) {
	if err != nil {
		v.Problem = err.Error()
		return
	}
	v.Explanation = x.String()
	if doc, err := signer.Parse(body); err == nil {
		v.Canonical, _ = doc.Canonical(signer.Scheme{})
	}
}

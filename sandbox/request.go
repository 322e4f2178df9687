package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/go-highhelp/highhelp/signer"
)

// maxBody bounds the body of a request. The longest one with all documented
// fields has about 10 KiB.
const maxBody = 64 << 10

// A call is an API request whose signature and fields are good.
type call struct {
	project *Project
	body    map[string]any // numbers are json.Number
}

// text returns the string at path, or "".
func (c *call) text(path string) string {
	v, _ := lookup(c.body, path)
	s, _ := v.(string)
	return s
}

// number returns the integer at path, or fallback if there is none.
func (c *call) number(path string, fallback int64) int64 {
	if v, ok := lookup(c.body, path); ok {
		if n, ok := v.(json.Number); ok {
			if i, err := n.Int64(); err == nil {
				return i
			}
		}
	}
	return fallback
}

// endpoint makes a handler of do, which sees only calls that pass every check.
func (g *Gateway) endpoint(rules []rule, do func(*call) (any, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var out any
		c, err := g.read(w, r, rules)
		if err == nil {
			out, err = do(c)
		}
		g.answer(w, r, out, err)
	})
}

// noEndpoint answers every other path below /api/.
func (g *Gateway) noEndpoint(w http.ResponseWriter, r *http.Request) {
	g.answer(w, r, nil, refuse(http.StatusNotFound, "there is no such endpoint"))
}

// read checks a request stop by stop: form, syntax, signature, fields.
func (g *Gateway) read(w http.ResponseWriter, r *http.Request, rules []rule) (*call, error) {
	body, err := readBody(w, r)
	if err != nil {
		return nil, err
	}
	doc, err := signer.Parse(body)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "body: "+withoutPrefix(err))
	}
	project, err := g.authenticate(doc, body, r.Header)
	if err != nil {
		return nil, err
	}
	// The canonical text has no types, so they are read a second time. The
	// parser before has refused all that two parsers could read differently.
	c := &call{project: project}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	if err := decoder.Decode(&c.body); err != nil {
		return nil, refuse(http.StatusBadRequest, "body: not a JSON object")
	}
	if wrong := checkRules(rules, c.body); len(wrong) > 0 {
		return nil, &refusal{http.StatusBadRequest, project.ID, strings.Join(wrong, "; ")}
	}
	return c, nil
}

// readBody checks the form of a request and reads its body.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return nil, refuse(http.StatusMethodNotAllowed, "the method must be POST")
	}
	if !isJSON(r.Header.Values("Content-Type")) {
		return nil, refuse(http.StatusUnsupportedMediaType, "content-type: must be application/json, in UTF-8")
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return nil, refuse(http.StatusRequestEntityTooLarge, "body: larger than 64 KiB")
	}
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "body: it ends too early")
	}
	return body, nil
}

func isJSON(contentTypes []string) bool {
	if len(contentTypes) != 1 {
		return false
	}
	mediaType, params, err := mime.ParseMediaType(contentTypes[0])
	charset, stated := params["charset"]
	return err == nil && mediaType == "application/json" && (!stated || strings.EqualFold(charset, "utf-8"))
}

// withoutPrefix returns the text of an error of package signer without the
// words with which all of them begin.
func withoutPrefix(err error) string {
	text := strings.TrimPrefix(err.Error(), signer.ErrSignature.Error()+": ")
	return strings.TrimPrefix(text, "signer: ")
}

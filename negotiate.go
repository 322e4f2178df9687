package highhelp

import (
	"encoding/json"
	"mime"
	"net/http"
	"strconv"
	"strings"
)

func writeJSON(w http.ResponseWriter, status int, v any) {
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the connection is gone if it fails
}

// prefersHTML reports whether the request is a form that a browser posts
// itself, without a script.
func prefersHTML(r *http.Request) bool {
	return isForm(r) && weight(r, "text/html") > weight(r, "application/json")
}

// weight returns how much the request wants a media type (RFC 9110, section
// 12.5.1), as far as this is needed here: exact types and wildcards.
func weight(r *http.Request, want string) float64 {
	best, bestRank := 0.0, -1
	for field := range strings.SplitSeq(strings.Join(r.Header.Values("Accept"), ","), ",") {
		got, params, err := mime.ParseMediaType(field)
		if err != nil {
			continue
		}
		rank := -1
		switch major, _, _ := strings.Cut(want, "/"); got {
		case want:
			rank = 2
		case major + "/*":
			rank = 1
		case "*/*":
			rank = 0
		}
		if rank <= bestRank {
			continue
		}
		q, err := strconv.ParseFloat(or(params["q"], "1"), 64)
		if err == nil {
			best, bestRank = q, rank
		}
	}
	return best
}

func isForm(r *http.Request) bool {
	return hasType(r, "application/x-www-form-urlencoded", false) || hasType(r, "multipart/form-data", false)
}

// hasType reports whether the body has that media type. orNone accepts a body
// that does not say.
func hasType(r *http.Request, want string, orNone bool) bool {
	header := r.Header.Get("Content-Type")
	if header == "" {
		return orNone
	}
	got, _, err := mime.ParseMediaType(header)
	return err == nil && got == want
}

// jsonMember returns a member of a JSON object that is text or a number.
func jsonMember(body []byte, name string) (string, bool) {
	var members map[string]json.RawMessage
	if json.Unmarshal(body, &members) != nil {
		return "", false
	}
	var s string
	if json.Unmarshal(members[name], &s) == nil {
		return s, true
	}
	var n json.Number
	err := json.Unmarshal(members[name], &n)
	return n.String(), err == nil
}

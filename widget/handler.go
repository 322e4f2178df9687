package widget

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// ScriptHandler serves the script and the style sheet that a [Snippet] refers
// to. It looks at the last element of the path only, so it works under any
// prefix, with or without [http.StripPrefix].
//
// Their names change with the content and the answers may be cached for ever.
// For pages that mount widgets themselves there are
//
//	highhelp.js   a module that exports what widget.d.ts declares
//	highhelp.css  the style sheet
//	texts.json    the texts of ?lang=…, or of the Accept-Language header
//
// whose names stay; a browser asks each time whether they are still the same.
// A page of another origin that a payment in Frame mode returns to loads
// highhelp.js, which tells the widget around it.
//
// Any other name, that of an earlier release included, is 404 and not cached:
// the form of a page that asks for it works without.
func ScriptHandler() http.Handler { return http.HandlerFunc(serveAsset) }

func serveAsset(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		refuse(w, http.StatusMethodNotAllowed)
		return
	}
	name := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
	if name == "texts.json" {
		w.Header().Add("Vary", "Accept-Language")
		textAssets[languageFor(r)].serve(w, r)
		return
	}
	for _, a := range []asset{script, style, scriptEntry, styleEntry} {
		if a.name == name {
			a.serve(w, r)
			return
		}
	}
	refuse(w, http.StatusNotFound)
}

// languageFor returns the language of the page if there are texts in it, else
// the one that the browser asks for.
func languageFor(r *http.Request) Language {
	primary, _, _ := strings.Cut(r.URL.Query().Get("lang"), "-")
	if language := Language(strings.ToLower(primary)); texts[language] != nil {
		return language
	}
	return Negotiate(r.Header.Get("Accept-Language"))
}

// refuse forbids caching: a name that one instance does not know yet may be
// served by the next one, and a cache would keep the 404.
func refuse(w http.ResponseWriter, status int) {
	w.Header().Set("Cache-Control", "no-store")
	http.Error(w, http.StatusText(status), status)
}

func (a asset) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", a.contentType)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-cache")
	if a.immutable {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	h.Set("Access-Control-Allow-Origin", "*") // public bytes; integrity needs CORS where AssetsURL is another origin
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	h.Add("Vary", "Accept-Encoding")

	body, etag := a.body, a.etag
	if acceptsGzip(r.Header) {
		body, etag = a.gzipped, a.etag+"-gzip" // other bytes, so another strong ETag (RFC 9110, section 8.8.3)
		h.Set("Content-Encoding", "gzip")
		h.Set("Content-Length", strconv.Itoa(len(body))) // ServeContent leaves it out for encoded bodies
	}
	h.Set("ETag", `"`+etag+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

// acceptsGzip reads Accept-Encoding (RFC 9110, section 12.5.3): "gzip" decides
// where it is named, else "*".
func acceptsGzip(h http.Header) bool {
	others := false
	for field := range strings.SplitSeq(strings.Join(h.Values("Accept-Encoding"), ","), ",") {
		coding, params, _ := strings.Cut(field, ";")
		switch strings.ToLower(strings.TrimSpace(coding)) {
		case "gzip", "x-gzip":
			return wanted(params)
		case "*":
			others = wanted(params)
		}
	}
	return others
}

// wanted reports whether a weight such as "q=0.5" is above zero.
func wanted(params string) bool {
	name, value, found := strings.Cut(strings.TrimSpace(params), "=")
	if !found || !strings.EqualFold(strings.TrimSpace(name), "q") {
		return true
	}
	q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
	return err == nil && q > 0
}

package sandbox

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"html/template"
	"net/http"
	"path"
	"strings"
	"time"
)

//go:embed assets
var assetFiles embed.FS

// assets are the templates of all pages, and what pages are made of besides.
type assets struct {
	templates *template.Template
	files     map[string][]byte // by the name under which it is served
}

// newAssets parses the templates once and names files after their content, so
// that browsers may keep them for ever. A template gets those names from the
// func asset.
func newAssets() (*assets, error) {
	a := &assets{files: map[string][]byte{}}
	names := map[string]string{}
	for _, file := range [...]string{"base.css", "page.css", "control.css", "mark.svg", "qr.svg"} {
		data, err := assetFiles.ReadFile("assets/" + file)
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(data)
		ext := path.Ext(file)
		names[file] = strings.TrimSuffix(file, ext) + "." + hex.EncodeToString(sum[:8]) + ext
		a.files[names[file]] = data
	}
	funcs := template.FuncMap{"asset": func(file string) string { return names[file] }}
	var err error
	a.templates, err = template.New("").Funcs(funcs).ParseFS(assetFiles, "assets/*.html")
	return a, err
}

func (a *assets) serve(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	data, ok := a.files[name]
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	// No Last-Modified: the name says which content it is.
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(data))
}

// write writes a page. Nothing on it runs: no script, no inline style.
func (a *assets) write(w http.ResponseWriter, code int, name, formAction, frameAncestors string, view any) {
	var b bytes.Buffer
	if err := a.templates.ExecuteTemplate(&b, name, view); err != nil {
		http.Error(w, "the page can't be shown", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "+
		"form-action "+formAction+"; frame-ancestors "+frameAncestors)
	// The address of a page is a secret. With no-referrer in place of
	// same-origin, browsers would send forms with the Origin null.
	h.Set("Referrer-Policy", "same-origin")
	w.WriteHeader(code)
	_, _ = w.Write(b.Bytes())
}

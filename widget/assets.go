package widget

import (
	"bytes"
	"compress/gzip"
	"crypto/sha512"
	_ "embed"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"regexp"
	"strings"
)

//go:embed widget.js
var scriptSource []byte

//go:embed widget.css
var styleSource []byte

const (
	typeScript = "text/javascript; charset=utf-8"
	typeStyle  = "text/css; charset=utf-8"
	typeJSON   = "application/json"
)

var (
	script = newAsset("js", typeScript, strip(scriptSource))
	style  = newAsset("css", typeStyle, strip(styleSource))

	// For pages that are no template of this program: their addresses stay.
	scriptEntry = newAsset("js", typeScript, []byte("export * from \"./"+script.name+"\";\n")).called("highhelp.js")
	styleEntry  = style.called("highhelp.css")

	textAssets = newTextAssets()
)

// An asset is one file and what is computed from it, once. Its name changes
// with its content, so that it can be cached for ever, unless it is called
// otherwise.
type asset struct {
	name        string
	immutable   bool
	contentType string
	integrity   string
	etag        string // without quotes
	body        []byte
	gzipped     []byte
}

func newAsset(ext, contentType string, body []byte) asset {
	sum := sha512.Sum384(body)
	hash := hex.EncodeToString(sum[:8])
	return asset{
		name:        "highhelp." + hash + "." + ext,
		immutable:   true,
		contentType: contentType,
		integrity:   "sha384-" + base64.StdEncoding.EncodeToString(sum[:]),
		etag:        hash,
		body:        body,
		gzipped:     compress(body),
	}
}

// called returns a under a name that stays when the content changes.
func (a asset) called(name string) asset {
	a.name, a.immutable = name, false
	return a
}

// newTextAssets makes the texts of each language for pages that mount widgets
// themselves.
func newTextAssets() map[Language]asset {
	assets := make(map[Language]asset, len(texts))
	for language, table := range texts {
		body, err := json.Marshal(struct {
			Lang  Language `json:"lang"`
			Texts Texts    `json:"texts"`
		}{language, table})
		if err != nil {
			panic(err) // can't be: strings only
		}
		assets[language] = newAsset("json", typeJSON, body).called("texts.json")
	}
	return assets
}

var (
	comments = regexp.MustCompile(`(?s)/\*.*?\*/|(?-s:(?m:(?:^|\s)// .*$))`)
	margins  = regexp.MustCompile(`\s*\n\s*`)
)

// strip takes away what only readers of the source need: comments, indentation
// and empty lines. It does not read JavaScript: a comment there begins a line
// or follows a space, and no text holds the marks of one.
func strip(source []byte) []byte {
	bare := margins.ReplaceAll(comments.ReplaceAll(source, nil), []byte("\n"))
	return append(bytes.TrimSpace(bare), '\n')
}

// compress can't fail: it writes to memory, at a level that exists.
func compress(body []byte) []byte {
	var buf bytes.Buffer
	zw, err := gzip.NewWriterLevel(&buf, gzip.BestCompression)
	if err != nil {
		panic(err)
	}
	if _, err = zw.Write(body); err != nil {
		panic(err)
	}
	if err = zw.Close(); err != nil {
		panic(err)
	}
	return buf.Bytes()
}

// A reference is how a page names an asset.
type reference struct{ URL, Integrity string }

// reference resolves the asset below a checked AssetsURL, which may or may not
// end with a slash.
func (a asset) reference(base string) reference {
	return reference{
		URL:       strings.TrimSuffix(base, "/") + "/" + a.name,
		Integrity: a.integrity,
	}
}

// assetsURLReason is urlReason for an address that a file name is added to.
func assetsURLReason(raw string) string {
	if reason := urlReason(raw); reason != "" {
		return reason
	}
	if strings.Contains(raw, "?") {
		return "must not hold a query"
	}
	return ""
}

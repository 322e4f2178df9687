package widget_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path"
	"testing"

	"github.com/go-highhelp/highhelp/widget"
	"github.com/stretchr/testify/require"
)

// serve mounts the handler as shops do, and returns a function that asks it.
func serve(t testing.TB, mount func(http.Handler) http.Handler) func(method, path string, header http.Header) (*http.Response, []byte) {
	t.Helper()
	server := httptest.NewServer(mount(widget.ScriptHandler()))
	t.Cleanup(server.Close)
	client := &http.Client{Transport: &http.Transport{DisableCompression: true}}
	t.Cleanup(client.CloseIdleConnections)
	return func(method, path string, header http.Header) (*http.Response, []byte) {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, nil)
		require.NoError(t, err)
		for name, values := range header {
			request.Header[name] = values
		}
		response, err := client.Do(request)
		require.NoError(t, err)
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		return response, body
	}
}

func plain(h http.Handler) http.Handler { return h }

// assets returns what the snippet's script and style refer to.
func assets(t testing.TB) map[string]element {
	t.Helper()
	elements, _ := parseMarkup(t, render(t, minimal()))
	return map[string]element{
		find(t, elements, "script", "").attrs["src"]: find(t, elements, "script", ""),
		find(t, elements, "link", "").attrs["href"]:  find(t, elements, "link", ""),
	}
}

func script(t testing.TB) []byte {
	t.Helper()
	elements, _ := parseMarkup(t, render(t, minimal()))
	_, body := serve(t, plain)("GET", find(t, elements, "script", "").attrs["src"], nil)
	return body
}

func unzip(t testing.TB, data []byte) []byte {
	t.Helper()
	zr, err := gzip.NewReader(bytes.NewReader(data))
	require.NoError(t, err)
	body, err := io.ReadAll(zr)
	require.NoError(t, err)
	return body
}

func TestAssetsAreServedAsReferred(t *testing.T) {
	types := map[string]string{"script": "text/javascript; charset=utf-8", "link": "text/css; charset=utf-8"}
	ask := serve(t, plain)
	require.Len(t, assets(t), 2)
	for path, e := range assets(t) {
		response, body := ask("GET", path, nil)
		require.Equal(t, 200, response.StatusCode)
		sum := sha512.Sum384(body)
		require.Equal(t, "sha384-"+base64.StdEncoding.EncodeToString(sum[:]), e.attrs["integrity"])
		require.Equal(t, types[e.name], response.Header.Get("Content-Type"))
		require.Equal(t, "nosniff", response.Header.Get("X-Content-Type-Options"))
		require.Equal(t, "public, max-age=31536000, immutable", response.Header.Get("Cache-Control"))
		require.Equal(t, "Accept-Encoding", response.Header.Get("Vary"))
		require.Equal(t, "*", response.Header.Get("Access-Control-Allow-Origin"))
		require.EqualValues(t, len(body), response.ContentLength)

		zipped, data := ask("GET", path, http.Header{"Accept-Encoding": {"gzip"}})
		require.Equal(t, "gzip", zipped.Header.Get("Content-Encoding"))
		require.Equal(t, types[e.name], zipped.Header.Get("Content-Type"))
		require.EqualValues(t, len(data), zipped.ContentLength)
		require.Equal(t, body, unzip(t, data))
		require.NotEqual(t, response.Header.Get("ETag"), zipped.Header.Get("ETag"))
	}
}

// TestNamesThatStay: pages that are no template of this program rely on them.
func TestNamesThatStay(t *testing.T) {
	ask := serve(t, plain)
	entry, body := ask("GET", "/pay/widget/highhelp.js", nil)
	require.Equal(t, 200, entry.StatusCode)
	require.Equal(t, "text/javascript; charset=utf-8", entry.Header.Get("Content-Type"))
	src := find(t, mustParse(t), "script", "").attrs["src"]
	require.Equal(t, `export * from "./`+path.Base(src)+`";`+"\n", string(body))

	style, body := ask("GET", "/pay/widget/highhelp.css", nil)
	require.Equal(t, 200, style.StatusCode)
	_, want := ask("GET", find(t, mustParse(t), "link", "").attrs["href"], nil)
	require.Equal(t, want, body)

	for _, response := range []*http.Response{entry, style} {
		require.Equal(t, "no-cache", response.Header.Get("Cache-Control"))
		require.Equal(t, "nosniff", response.Header.Get("X-Content-Type-Options"))
		again, _ := ask("GET", response.Request.URL.Path, http.Header{"If-None-Match": {response.Header.Get("ETag")}})
		require.Equal(t, 304, again.StatusCode)
	}
}

func TestTextsForPagesThatMount(t *testing.T) {
	ask := serve(t, plain)
	for _, c := range []struct{ lang, browser, want string }{
		{"ru", "kk", "ru"},
		{"ru-KZ", "", "ru"},
		{"TG", "", "tg"},
		{"", "kk, en;q=0.5", "kk"},
		{"de", "es-AR", "es"},
		{"de", "fr", "en"},
		{"", "", "en"},
		{"../en", "", "en"},
	} {
		response, body := ask("GET", "/pay/widget/texts.json?lang="+url.QueryEscape(c.lang), http.Header{"Accept-Language": {c.browser}})
		require.Equal(t, 200, response.StatusCode)
		require.Equal(t, "application/json", response.Header.Get("Content-Type"))
		require.Equal(t, "no-cache", response.Header.Get("Cache-Control"))
		require.Equal(t, []string{"Accept-Language", "Accept-Encoding"}, response.Header.Values("Vary"))
		var answer struct {
			Lang  string
			Texts widget.Texts
		}
		require.NoError(t, json.Unmarshal(body, &answer))
		require.Equal(t, c.want, answer.Lang, "%v", c)
		s := minimal()
		s.Locale = c.want
		require.Equal(t, configOf(t, render(t, s)).Texts, answer.Texts)
	}
}

func mustParse(t testing.TB) []element {
	t.Helper()
	elements, _ := parseMarkup(t, render(t, minimal()))
	return elements
}

func TestAssetsMountAnywhere(t *testing.T) {
	mounts := map[string]struct {
		mount func(http.Handler) http.Handler
		base  string
	}{
		"root":    {plain, "/"},
		"prefix":  {plain, "/pay/widget"},
		"deep":    {plain, "/a/b/c/d/"},
		"strip":   {func(h http.Handler) http.Handler { return http.StripPrefix("/pay/widget", h) }, "/pay/widget/"},
		"strip/":  {func(h http.Handler) http.Handler { return http.StripPrefix("/pay/widget/", h) }, "/pay/widget/"},
		"pattern": {func(h http.Handler) http.Handler { mux := http.NewServeMux(); mux.Handle("GET /w/", h); return mux }, "/w/"},
	}
	for name, tt := range mounts {
		t.Run(name, func(t *testing.T) {
			s := minimal()
			s.AssetsURL = tt.base
			elements, _ := parseMarkup(t, render(t, s))
			response, _ := serve(t, tt.mount)("GET", find(t, elements, "script", "").attrs["src"], nil)
			require.Equal(t, 200, response.StatusCode)
		})
	}
}

func TestOtherNamesAreNotFound(t *testing.T) {
	ask := serve(t, plain)
	for _, path := range []string{
		"/", "/pay/widget/", "/pay/widget/widget.js", "/pay/widget/snippet.html", "/pay/widget/texts.json/", "/pay/widget/highhelp.d.ts",
		"/pay/widget/highhelp.0123456789abcdef.js", "/pay/widget/highhelp..css", "/pay/widget/../../etc/passwd",
	} {
		response, _ := ask("GET", path, nil)
		require.Equal(t, 404, response.StatusCode, path)
		require.Equal(t, "no-store", response.Header.Get("Cache-Control"))
	}
	for path := range assets(t) {
		for _, other := range []string{path + "/", path + ".map", path + "%00", path[:len(path)-1]} {
			response, _ := ask("GET", other, nil)
			require.Equal(t, 404, response.StatusCode, other)
		}
	}
}

func TestAssetMethods(t *testing.T) {
	ask := serve(t, plain)
	for path := range assets(t) {
		for _, method := range []string{"POST", "PUT", "DELETE", "PATCH", "OPTIONS"} {
			response, _ := ask(method, path, nil)
			require.Equal(t, 405, response.StatusCode)
			require.Equal(t, "GET, HEAD", response.Header.Get("Allow"))
		}
		for _, encoding := range []string{"gzip", "identity"} {
			header := http.Header{"Accept-Encoding": {encoding}}
			get, body := ask("GET", path, header)
			head, none := ask("HEAD", path, header)
			require.Equal(t, 200, head.StatusCode)
			require.Empty(t, none)
			require.EqualValues(t, len(body), head.ContentLength)
			require.Equal(t, get.Header.Get("ETag"), head.Header.Get("ETag"))
		}
	}
}

func TestAssetsAreRevalidated(t *testing.T) {
	ask := serve(t, plain)
	for path := range assets(t) {
		for _, encoding := range []string{"gzip", "identity"} {
			first, _ := ask("GET", path, http.Header{"Accept-Encoding": {encoding}})
			again, body := ask("GET", path, http.Header{"Accept-Encoding": {encoding}, "If-None-Match": {first.Header.Get("ETag")}})
			require.Equal(t, 304, again.StatusCode)
			require.Empty(t, body)
			require.Equal(t, first.Header.Get("ETag"), again.Header.Get("ETag"))
			require.Equal(t, "Accept-Encoding", again.Header.Get("Vary"))
			require.Equal(t, first.Header.Get("Cache-Control"), again.Header.Get("Cache-Control"))
		}
	}
}

func TestAcceptEncoding(t *testing.T) {
	tests := []struct {
		fields []string
		gzip   bool
	}{
		{nil, false},
		{[]string{""}, false},
		{[]string{"gzip"}, true},
		{[]string{"GZIP"}, true},
		{[]string{"x-gzip"}, true},
		{[]string{"deflate, gzip;q=1.0, *;q=0.5"}, true},
		{[]string{"br", "gzip ; q=0.2"}, true},
		{[]string{"gzip;q=0"}, false},
		{[]string{"gzip;Q=0.000"}, false},
		{[]string{"*, gzip;q=0"}, false},
		{[]string{"*"}, true},
		{[]string{"*;q=0"}, false},
		{[]string{"gzip;q=x"}, false},
		{[]string{"identity, br"}, false},
		{[]string{"gzipped"}, false},
	}
	ask := serve(t, plain)
	for path := range assets(t) {
		for _, tt := range tests {
			response, _ := ask("GET", path, http.Header{"Accept-Encoding": tt.fields})
			require.Equal(t, tt.gzip, response.Header.Get("Content-Encoding") == "gzip", "%q", tt.fields)
		}
	}
}

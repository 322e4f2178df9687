package widget_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/go-highhelp/highhelp/widget"
	"github.com/stretchr/testify/require"
)

// hostile values go into every option; each must be refused, or come out of
// the markup as it went in.
var hostile = []string{
	`</script><script>alert(1)</script>`,
	`"><img src=x onerror=alert(1)>`,
	`' onfocus='alert(1)`,
	"` onclick=`alert(1)",
	`" autofocus onfocus="alert(1)`,
	"line\u2028separator\u2029end",
	`javascript:alert(1)`,
	"java\nscript:alert(1)",
	`data:text/html,<script>alert(1)</script>`,
	`vbscript:x`,
	`//evil.example`,
	`/\evil.example`,
	`\\evil.example`,
	"/\t/evil.example",
	`http://evil.example/`,
	`https://user:password@evil.example/`,
	`https:evil.example`,
	`https:///evil.example`,
	`https://evil.example:x/`,
	`https://evil.example:/`,
	`https://evil.example\@shop.example/`,
	`https://[::1%25x]/`,
	`http://127.0.0.1.evil.example/`,
	`http://localhost.evil.example/`,
	`/pay/%zz`,
	`/pay/%`,
	`/pay#fragment`,
	`/pay/<b>`,
	"new\nline",
	"carriage\rreturn",
	"nul\x00byte",
	"\x7f",
	"\u0085",
	"\xff\xfe",
	"\xed\xa0\x80",
	`{{.Nonce}}`,
	`<!-- -->`,
	`]]>`,
	`&quot;&lt;&amp;&#34;`,
	`'unsafe-inline'`,
	`abc'; script-src *`,
	`+ADw-script+AD4-`,
	"\u202Eright to left",
	"\ufffe\uffff",
	strings.Repeat("a", 300),
}

// An option sets one value of a snippet, and finds it in the markup again.
type option struct {
	base func() widget.Snippet
	set  func(*widget.Snippet, string)
	read func(testing.TB, []element) string
}

// inConfig is an option that the script reads.
func inConfig(base func() widget.Snippet, set func(*widget.Snippet, string), read func(config) string) option {
	return option{base, set, func(t testing.TB, es []element) string { return read(configIn(t, es)) }}
}

// inAddress is an option in the address of the script.
func inAddress(set func(*widget.Snippet, string), read func(widget.ScriptSource) string) option {
	return option{full, set, func(t testing.TB, es []element) string { return read(scriptIn(t, es)) }}
}

var options = map[string]option{
	"OrderID": {full,
		func(s *widget.Snippet, v string) { s.OrderID = v },
		func(t testing.TB, es []element) string {
			id := find(t, es, "input", "name=order_id").attrs["value"]
			require.Equal(t, id, configIn(t, es).OrderID)
			return id
		},
	},
	"TicketURL": {full,
		func(s *widget.Snippet, v string) { s.TicketURL = v },
		func(t testing.TB, es []element) string {
			action := find(t, es, "form", "").attrs["action"]
			require.Equal(t, action, configIn(t, es).TicketURL)
			return action
		},
	},
	"AssetsURL": {full,
		func(s *widget.Snippet, v string) { s.AssetsURL = strings.TrimSuffix(v, "/") },
		func(t testing.TB, es []element) string {
			src, _, _ := strings.Cut(find(t, es, "script", "").attrs["src"], "?")
			return src[:strings.LastIndexByte(src, '/')]
		},
	},
	"Label": {full,
		func(s *widget.Snippet, v string) { s.Label = v },
		func(t testing.TB, es []element) string {
			label := find(t, es, "span", "data-part=label").text
			require.Equal(t, label, configIn(t, es).Label)
			return label
		},
	},
	"Locale": {full,
		func(s *widget.Snippet, v string) { s.Locale = v },
		func(t testing.TB, es []element) string { return find(t, es, "highhelp-widget", "").attrs["lang"] },
	},
	"Class": {full,
		func(s *widget.Snippet, v string) { s.Class = v },
		func(t testing.TB, es []element) string { return find(t, es, "highhelp-widget", "").attrs["class"] },
	},
	"Nonce": {full,
		func(s *widget.Snippet, v string) { s.Nonce = v },
		func(t testing.TB, es []element) string { return find(t, es, "script", "").attrs["nonce"] },
	},
	"StatusURL": inConfig(full,
		func(s *widget.Snippet, v string) { s.StatusURL = v },
		func(c config) string { return c.StatusURL }),
	"Amount": inConfig(full,
		func(s *widget.Snippet, v string) { s.Amount = v },
		func(c config) string { return c.Amount }),
	"Texts[other]": inConfig(full,
		func(s *widget.Snippet, v string) { s.Texts = widget.Texts{widget.TextOther: v} },
		func(c config) string { return c.Texts[widget.TextOther] }),
	"ReturnOrigin": inConfig(framed,
		func(s *widget.Snippet, v string) { s.ReturnOrigin = v },
		func(c config) string { return c.ReturnOrigin }),
	"Script.URL": inAddress(
		func(s *widget.Snippet, v string) { s.Script.URL = v },
		func(s widget.ScriptSource) string { return s.URL }),
	"Script.Init": inAddress(
		func(s *widget.Snippet, v string) { s.Script.Init = v },
		func(s widget.ScriptSource) string { return s.Init }),
	"Script.Integrity": inAddress(
		func(s *widget.Snippet, v string) { s.Script.Integrity = v },
		func(s widget.ScriptSource) string { return s.Integrity }),
	"Mode": inConfig(framed,
		func(s *widget.Snippet, v string) { s.Mode = widget.Mode(v) },
		func(c config) string { return string(c.Mode) }),
}

func TestHostileValuesAreRefusedOrInert(t *testing.T) {
	for field, option := range options {
		t.Run(field, func(t *testing.T) {
			_, want := parseMarkup(t, render(t, option.base()))
			for _, value := range hostile {
				s := option.base()
				option.set(&s, value)
				var buf bytes.Buffer
				if err := s.Render(&buf); err != nil {
					require.Equal(t, []string{field}, fields(t, err), "%q", value)
					require.Empty(t, buf.String())
					continue
				}
				elements, skeleton := parseMarkup(t, buf.String())
				require.Equal(t, want, skeleton, "%q", value)
				require.Equal(t, value, option.read(t, elements))
			}
		})
	}
}

func TestHostileURLsAreRefused(t *testing.T) {
	for _, field := range []string{"TicketURL", "AssetsURL", "StatusURL", "ReturnOrigin", "Script.URL"} {
		for _, value := range hostile {
			s := options[field].base()
			options[field].set(&s, value)
			_, err := s.HTML()
			require.Error(t, err, "%s %q", field, value)
			require.Equal(t, []string{field}, fields(t, err))
		}
	}
}

func TestOrdinaryURLsAreAccepted(t *testing.T) {
	for _, value := range []string{
		"/", "/pay", "/pay/tickets", "/pay/~a/b-c_d.e!$&*+,;=:@", "/%D0%BE%D0%BF%D0%BB%D0%B0%D1%82%D0%B0",
		"https://shop.example/pay", "https://shop.example:8443/pay", "https://xn--80akhbyknj4f.example/pay",
		"https://192.0.2.1/pay", "http://localhost:8080/pay", "http://127.0.0.1/pay", "http://127.8.9.1:1/pay", "http://[::1]:8080/pay",
	} {
		s := full()
		s.TicketURL, s.AssetsURL = value, value
		elements, _ := parseMarkup(t, render(t, s))
		require.Equal(t, value, find(t, elements, "form", "").attrs["action"])
		require.True(t, strings.HasPrefix(find(t, elements, "script", "").attrs["src"], strings.TrimSuffix(value, "/")+"/highhelp."))
	}
	s := minimal()
	s.TicketURL = "/pay/tickets?shop=1&lang=ru"
	elements, _ := parseMarkup(t, render(t, s))
	require.Equal(t, s.TicketURL, find(t, elements, "form", "").attrs["action"])
}

func TestOrderIDLimits(t *testing.T) {
	for id, ok := range map[string]bool{
		strings.Repeat("я", 120): true,
		strings.Repeat("a", 241): false,
		"заказ № 1 <&\"'>":       true,
		"a;b":                    false,
		"a~b":                    false,
		"":                       false,
	} {
		s := minimal()
		s.OrderID = id
		_, err := s.HTML()
		require.Equal(t, ok, err == nil, "%q: %v", id, err)
	}
}

func TestLocaleForms(t *testing.T) {
	for locale, ok := range map[string]bool{
		"en": true, "sr-Latn-RS": true, "de-1996": true, "az-Cyrl": true,
		"e": false, "ru_RU": false, "ru-": false, "-ru": false, "русский": false, "12": false, "ru-abcdefghi": false, "ru ": false,
	} {
		s := minimal()
		s.Locale = locale
		_, err := s.HTML()
		require.Equal(t, ok, err == nil, "%q: %v", locale, err)
	}
}

// FuzzRender holds Render to what the tables above say: an option is refused
// with an OptionError before a byte is written, or read back unchanged from
// markup whose skeleton no option can change.
func FuzzRender(f *testing.F) {
	for _, value := range hostile {
		f.Add(value, value, value, value, value, value, value, value, value)
	}
	s := full()
	f.Add(s.OrderID, s.TicketURL, s.AssetsURL, s.Label, s.Texts[widget.TextOther], s.Class, s.Nonce, s.Script.URL, s.StatusURL)
	f.Add("a", "https://shop.example/a?b=%20", "http://localhost:1", "x", "y", "z", "AAAA", "/form.js", "/s")

	_, want := parseMarkup(f, render(f, s))
	names := []string{"OrderID", "TicketURL", "AssetsURL", "Label", "Texts[other]", "Class", "Nonce", "Script.URL", "StatusURL"}
	f.Fuzz(func(t *testing.T, id, ticket, assets, label, text, class, nonce, script, status string) {
		s := full()
		values := []string{id, ticket, strings.TrimSuffix(assets, "/"), label, text, class, nonce, script, status}
		for i, name := range names {
			options[name].set(&s, values[i])
		}
		var buf bytes.Buffer
		if err := s.Render(&buf); err != nil {
			require.Subset(t, names, fields(t, err))
			require.Empty(t, buf.String())
			return
		}
		if label == "" || class == "" || nonce == "" {
			return // these have defaults; TestSnippetLeavesOutWhatIsNotSet
		}
		elements, skeleton := parseMarkup(t, buf.String())
		require.Equal(t, want, skeleton)
		for i, name := range names {
			require.Equal(t, values[i], options[name].read(t, elements), name)
		}
	})
}

package widget_test

import (
	"encoding/json"
	"html"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/go-highhelp/highhelp/widget"
	"github.com/stretchr/testify/require"
)

// An element is one start tag with the text that follows it.
type element struct {
	name, text string
	attrs      map[string]string
}

// The grammar is much narrower than that of HTML: whatever it reads, a browser
// reads in the same way. Values are quoted and hold no raw quote or bracket.
var (
	tagForm  = regexp.MustCompile(`^<(/?)([a-z-]+)((?:\s+[A-Za-z_-]+(?:="[^"<>]*")?)*)\s*/?>`)
	attrForm = regexp.MustCompile(`([A-Za-z_-]+)(?:="([^"]*)")?`)
)

// parseMarkup returns the elements of a snippet, and its skeleton: the tags
// with the names of their attributes, which no option may change.
func parseMarkup(t testing.TB, markup string) (elements []element, skeleton string) {
	t.Helper()
	require.True(t, utf8.ValidString(markup), "a browser would change it")
	var tags []string
	for rest := strings.TrimSpace(markup); rest != ""; {
		tag := tagForm.FindStringSubmatch(rest)
		require.NotNil(t, tag, "not a tag: %.80q", rest)
		text, _, _ := strings.Cut(rest[len(tag[0]):], "<")
		require.NotContains(t, text, ">")
		rest = rest[len(tag[0])+len(text):]

		e := element{name: tag[2], text: html.UnescapeString(text), attrs: map[string]string{}}
		names := tag[1] + tag[2]
		for _, attr := range attrForm.FindAllStringSubmatch(tag[3], -1) {
			require.NotContains(t, e.attrs, attr[1], "twice in <%s>", e.name)
			e.attrs[attr[1]] = html.UnescapeString(attr[2])
			names += " " + attr[1]
		}
		tags = append(tags, names)
		if tag[1] == "" {
			elements = append(elements, e)
		}
	}
	return elements, strings.Join(tags, "\n")
}

// find returns the first element with the name, and with the attribute if one
// is given as name=value.
func find(t testing.TB, elements []element, name, attr string) element {
	t.Helper()
	key, value, _ := strings.Cut(attr, "=")
	for _, e := range elements {
		if e.name == name && (attr == "" || e.attrs[key] == value) {
			return e
		}
	}
	require.Failf(t, "no such element", "<%s %s>", name, attr)
	return element{}
}

// A config is what a page says to the script: Options of widget.d.ts.
type config struct {
	OrderID      string       `json:"orderId"`
	TicketURL    string       `json:"ticketUrl"`
	Mode         widget.Mode  `json:"mode"`
	StatusURL    string       `json:"statusUrl"`
	ReturnOrigin string       `json:"returnOrigin"`
	Amount       string       `json:"amount"`
	Locale       string       `json:"locale"`
	Label        string       `json:"label"`
	Timeout      int64        `json:"timeout"`
	Texts        widget.Texts `json:"texts"`
}

// configIn reads the configuration out of the markup, as the script does.
func configIn(t testing.TB, elements []element) config {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(find(t, elements, "highhelp-widget", "").attrs["data-options"]))
	decoder.DisallowUnknownFields()
	var c config
	require.NoError(t, decoder.Decode(&c))
	return c
}

func configOf(t testing.TB, markup string) config {
	t.Helper()
	elements, _ := parseMarkup(t, markup)
	return configIn(t, elements)
}

// scriptIn reads what the address of the script says about the merchant's, and
// that the element names the same.
func scriptIn(t testing.TB, elements []element) widget.ScriptSource {
	t.Helper()
	_, query, _ := strings.Cut(find(t, elements, "script", "").attrs["src"], "?")
	require.Equal(t, "?"+query, find(t, elements, "highhelp-widget", "").attrs["data-script"])
	values, err := url.ParseQuery(query)
	require.NoError(t, err)
	return widget.ScriptSource{URL: values.Get("url"), Init: values.Get("init"), Integrity: values.Get("integrity")}
}

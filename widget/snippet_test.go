package widget_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp/widget"
	"github.com/stretchr/testify/require"
)

func minimal() widget.Snippet {
	return widget.Snippet{OrderID: "1042", TicketURL: "/pay/tickets", AssetsURL: "/pay/widget/"}
}

// full sets every option of Script mode, so that a hostile value can take the
// place of one.
func full() widget.Snippet {
	s := minimal()
	s.Mode, s.Script = widget.Script, widget.ScriptSource{URL: "https://cdn.example/form.js?v=1&x=%20", Init: "HighHelp.init", Integrity: "sha384-AAAA"}
	s.StatusURL, s.Amount = "/pay/status?payment=1042&token=abc", "1500.00 RUB"
	s.Locale, s.Label, s.Class, s.Nonce = "ru", "Buy for 1 500 ₽", "wide mt-2", "cmFuZG9tLW5vbmNlLTEyMzQ1Ng=="
	s.Texts = widget.Texts{widget.TextOther: "No."}
	s.Timeout = 5 * time.Second
	return s
}

// framed is full in Frame mode.
func framed() widget.Snippet {
	s := full()
	s.Mode, s.Script, s.ReturnOrigin = widget.Frame, widget.ScriptSource{}, "https://shop.example"
	return s
}

func render(t testing.TB, s widget.Snippet) string {
	t.Helper()
	var buf bytes.Buffer
	require.NoError(t, s.Render(&buf))
	return buf.String()
}

// fields returns the fields that an error of joined OptionErrors names.
func fields(t testing.TB, err error) []string {
	t.Helper()
	joined, ok := err.(interface{ Unwrap() []error })
	require.True(t, ok, "not joined: %v", err)
	var names []string
	for _, e := range joined.Unwrap() {
		var option *widget.OptionError
		require.ErrorAs(t, e, &option)
		require.NotEmpty(t, option.Reason)
		names = append(names, option.Field)
	}
	return names
}

func TestSnippetIsAFormFirst(t *testing.T) {
	elements, _ := parseMarkup(t, render(t, minimal()))

	form := find(t, elements, "form", "")
	require.Equal(t, "post", form.attrs["method"])
	require.Equal(t, "/pay/tickets", form.attrs["action"])
	require.Equal(t, "utf-8", form.attrs["accept-charset"])
	require.Equal(t, "1042", find(t, elements, "input", "type=hidden").attrs["value"])
	require.Equal(t, "order_id", find(t, elements, "input", "type=hidden").attrs["name"])
	require.Equal(t, "submit", find(t, elements, "button", "").attrs["type"])
	require.Equal(t, "Pay", find(t, elements, "span", "data-part=label").text)
}

func TestSnippetHoldsNothingInline(t *testing.T) {
	markup := render(t, full())
	elements, _ := parseMarkup(t, markup)
	for _, e := range elements {
		for name := range e.attrs {
			require.NotEqual(t, "style", name)
			require.False(t, strings.HasPrefix(name, "on"), name)
		}
	}
	require.NotContains(t, markup, "<style")
	require.Equal(t, 1, strings.Count(markup, "<script"))
	require.Contains(t, markup, "></script>")
}

func TestSnippetOptionsReachTheMarkup(t *testing.T) {
	elements, _ := parseMarkup(t, render(t, full()))

	root := find(t, elements, "highhelp-widget", "")
	require.Equal(t, "wide mt-2", root.attrs["class"])
	require.Equal(t, "ru", root.attrs["lang"])
	require.Equal(t, "idle", root.attrs["data-state"])
	c := configOf(t, render(t, full()))
	require.EqualValues(t, 5000, c.Timeout)
	require.Equal(t, "No.", c.Texts[widget.TextOther])
	require.Equal(t, "Попробовать снова", c.Texts[widget.TextRetry])
	require.Equal(t, "Buy for 1 500 ₽", find(t, elements, "span", "data-part=label").text)
	for _, name := range []string{"link", "script"} {
		e := find(t, elements, name, "")
		require.Equal(t, "cmFuZG9tLW5vbmNlLTEyMzQ1Ng==", e.attrs["nonce"])
		require.Equal(t, "anonymous", e.attrs["crossorigin"])
	}
}

// TestSnippetConfigIsWhole: the script is told everything, in every mode.
func TestSnippetConfigIsWhole(t *testing.T) {
	s := full()
	elements, _ := parseMarkup(t, render(t, s))
	got := configIn(t, elements)
	require.Equal(t, "Buy for 1 500 ₽", got.Label)
	require.Len(t, got.Texts, 34)
	got.Texts = nil
	want := config{
		OrderID: "1042", TicketURL: "/pay/tickets", Mode: widget.Script, StatusURL: "/pay/status?payment=1042&token=abc",
		Amount: "1500.00 RUB", Locale: "ru", Label: "Buy for 1 500 ₽", Timeout: 5000,
	}
	require.Equal(t, want, got)
	require.Equal(t, s.Script, scriptIn(t, elements))

	got = configOf(t, render(t, framed()))
	got.Texts = nil
	want.Mode, want.ReturnOrigin = widget.Frame, "https://shop.example"
	require.Equal(t, want, got)
}

// TestSnippetButtonNamesTheAmount, as well as a server can.
func TestSnippetButtonNamesTheAmount(t *testing.T) {
	s := minimal()
	s.Amount, s.Locale = "1500.00 RUB", "kk"
	elements, _ := parseMarkup(t, render(t, s))
	require.Equal(t, "1500.00 RUB төлеу", find(t, elements, "span", "data-part=label").text)
}

func TestAmountForms(t *testing.T) {
	for amount, ok := range map[string]bool{
		"": true, "1 RUB": true, "1500.00 RUB": true, "0.0001 BTC": true, "100000000000.00 UZS": true,
		"1": false, "RUB": false, "1500,00 RUB": false, "1. RUB": false, ".5 RUB": false, "-1 RUB": false, "1 rub": false, "1 RUBL": false, "1 500 RUB": false,
		"1.00001 RUB": false, "1234567890123456 RUB": false, "1e3 RUB": false, "１ RUB": false,
	} {
		s := minimal()
		s.Amount = amount
		_, err := s.HTML()
		require.Equal(t, ok, err == nil, "%q: %v", amount, err)
	}
}

func TestScriptForms(t *testing.T) {
	for init, ok := range map[string]bool{
		"init": true, "HighHelp.init": true, "_a.$b.c1": true,
		"": false, "a b": false, "a..b": false, ".a": false, "a.": false, "1a": false, "a-b": false, "a[0]": false, "a()": false,
		"a.constructor": false, "__proto__.a": false, "инит": false, strings.Repeat("a", 101): false,
	} {
		s := full()
		s.Script.Init = init
		_, err := s.HTML()
		require.Equal(t, ok, err == nil, "%q: %v", init, err)
	}
	for integrity, ok := range map[string]bool{
		"": true, "sha256-AAAA": true, "sha384-AA/+=": true, "sha512-AAAA==": true,
		"md5-AAAA": false, "sha384": false, "sha384-": false, "sha384-A A": false, "sha384-AAAA sha512-AAAA": false,
	} {
		s := full()
		s.Script.Integrity = integrity
		_, err := s.HTML()
		require.Equal(t, ok, err == nil, "%q: %v", integrity, err)
	}
}

func TestSnippetModeNeedsWhatIsItsOwn(t *testing.T) {
	s := minimal()
	s.Mode = widget.Script
	require.Equal(t, []string{"Script.URL", "Script.Init"}, fields(t, s.Render(io.Discard)))
	s = minimal()
	s.Mode = "popup"
	require.Equal(t, []string{"Mode"}, fields(t, s.Render(io.Discard)))
}

func TestSnippetLeavesOutWhatIsNotSet(t *testing.T) {
	_, skeleton := parseMarkup(t, render(t, minimal()))
	for _, name := range []string{"nonce", "class", "data-script"} {
		require.NotContains(t, skeleton, name)
	}
	c := configOf(t, render(t, minimal()))
	require.EqualValues(t, 30000, c.Timeout)
	require.Equal(t, widget.Redirect, c.Mode)
}

func TestSnippetLocale(t *testing.T) {
	every := widget.Texts{}
	for key := range configOf(t, render(t, minimal())).Texts {
		every[key] = "Bezahlen"
	}
	tests := []struct {
		name, locale  string
		texts         widget.Texts
		lang, payText string
	}{
		{"default", "", nil, "en", "Pay"},
		{"region", "ru-KZ", nil, "ru-KZ", "Оплатить"},
		{"capitals", "RU", nil, "RU", "Оплатить"},
		{"script", "en-Latn-GB", nil, "en-Latn-GB", "Pay"},
		{"not translated", "de-AT", nil, "en", "Pay"},
		{"partly replaced", "de", widget.Texts{widget.TextPay: "Zahlen"}, "en", "Zahlen"},
		{"all replaced", "de", every, "de", "Bezahlen"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := minimal()
			s.Locale, s.Texts = tt.locale, tt.texts
			elements, _ := parseMarkup(t, render(t, s))
			require.Equal(t, tt.lang, find(t, elements, "highhelp-widget", "").attrs["lang"])
			require.Equal(t, tt.payText, find(t, elements, "span", "data-part=label").text)
		})
	}
}

func TestSnippetJoinsAllMistakes(t *testing.T) {
	s := widget.Snippet{
		OrderID: "a~2", TicketURL: "//evil", AssetsURL: "/a?b", Locale: "ru_RU", Label: " ",
		Texts: widget.Texts{"unknown": "x", widget.TextPay: "", widget.TextBusy: "a\nb"},
		Class: "a\tb", Nonce: "'none'", Timeout: time.Millisecond,
		Mode: widget.Redirect, Script: widget.ScriptSource{URL: "/x.js"}, ReturnOrigin: "https://a.example", StatusURL: "status", Amount: "1,5 RUB",
	}
	var buf bytes.Buffer
	err := s.Render(&buf)
	require.Empty(t, buf.String(), "written before the check was over")
	require.Equal(t, []string{
		"OrderID", "TicketURL", "AssetsURL", "Script", "ReturnOrigin", "StatusURL", "Amount", "Locale", "Label",
		"Texts[busy]", "Texts[pay]", "Texts", "Class", "Nonce", "Timeout",
	}, fields(t, err))

	html, err := s.HTML()
	require.Error(t, err)
	require.Empty(t, html)

	require.Equal(t, []string{"OrderID", "TicketURL", "AssetsURL"}, fields(t, widget.Snippet{}.Render(&buf)))
}

func TestSnippetErrorsHoldNoValue(t *testing.T) {
	s := full()
	s.OrderID, s.TicketURL, s.Nonce = "secret;1", "javascript:secret()", "secret'"
	require.NotContains(t, s.Render(io.Discard).Error(), "secret")
}

func TestSnippetPassesOnTheWritersError(t *testing.T) {
	broken := errors.New("broken pipe")
	require.ErrorIs(t, minimal().Render(writerFunc(func([]byte) (int, error) { return 0, broken })), broken)
}

func TestSnippetIsWrittenAtOnce(t *testing.T) {
	writes := 0
	require.NoError(t, minimal().Render(writerFunc(func(p []byte) (int, error) { writes++; return len(p), nil })))
	require.Equal(t, 1, writes)
}

func TestSnippetIsDeterministic(t *testing.T) {
	html, err := full().HTML()
	require.NoError(t, err)
	require.Equal(t, render(t, full()), string(html))
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

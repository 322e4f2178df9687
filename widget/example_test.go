package widget_test

import (
	"bytes"
	"errors"
	"fmt"
	"html"
	"html/template"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"time"

	"github.com/go-highhelp/highhelp/widget"
)

// A page takes the snippet as one value of its own template.
func ExampleSnippet_HTML() {
	page := template.Must(template.New("page").Parse(`<h1>Order 1042</h1>{{.}}`))

	snippet, err := widget.Snippet{
		OrderID:   "1042",
		TicketURL: "/pay/tickets",
		AssetsURL: "/pay/widget/",
		Amount:    "1500.00 RUB",
		Timeout:   20 * time.Second,
	}.HTML()
	if err != nil {
		fmt.Println(err)
		return
	}
	var out strings.Builder
	if err := page.Execute(&out, snippet); err != nil {
		fmt.Println(err)
		return
	}
	printLines(out.String(), "<form", "<input", "<button")
	// Output:
	// <form data-part="form" method="post" action="/pay/tickets" accept-charset="utf-8" autocomplete="off">
	// <input type="hidden" name="order_id" value="1042" autocomplete="off">
	// <button data-part="button" type="submit" autocomplete="off"><span data-part="label">Pay 1500.00 RUB</span></button>
}

// Every language's texts can be replaced one by one.
func ExampleSnippet_Render() {
	var out bytes.Buffer
	err := widget.Snippet{
		OrderID:   "1042",
		TicketURL: "/pay/tickets",
		AssetsURL: "/pay/widget/",
		Locale:    "ru-KZ",
		Texts:     widget.Texts{widget.TextNote: "Вы перейдёте на страницу банка."},
	}.Render(&out)
	if err != nil {
		fmt.Println(err)
		return
	}
	printLines(out.String(), "<button", "<div data-part=\"foot\"")
	// Output:
	// <button data-part="button" type="submit" autocomplete="off"><span data-part="label">Оплатить</span></button>
	// <div data-part="foot"><span data-part="note">Вы перейдёте на страницу банка.</span></div>
}

// Wrong options render nothing, not half a form: every mistake is reported.
func ExampleSnippet_Render_incorrect() {
	err := widget.Snippet{
		OrderID:   "1042;1",                 // would not be a valid order ID
		TicketURL: "//shop.example/tickets", // names a host, though it looks like a path
		AssetsURL: "pay/widget/",            // would depend on the page's address
		Nonce:     "'unsafe-inline'",        // would be a source of its own
	}.Render(os.Stdout)
	fmt.Println(err)
	// Output:
	// widget: OrderID: must not hold ~ or ;
	// widget: TicketURL: must not begin with //, which names another host
	// widget: AssetsURL: must begin with / or https://
	// widget: Nonce: must be base64, as in a Content-Security-Policy
}

// In Script mode the merchant's script is named in the address of the widget's.
func ExampleScriptSource() {
	var out strings.Builder
	err := widget.Snippet{
		OrderID:   "1042",
		TicketURL: "/pay/tickets",
		AssetsURL: "/pay/widget/",
		Mode:      widget.Script,
		Script:    widget.ScriptSource{URL: "https://cdn.example.com/form.js", Init: "HighHelp.init"},
	}.Render(&out)
	if err != nil {
		fmt.Println(err)
		return
	}
	_, rest, _ := strings.Cut(out.String(), "data-script=\"")
	query, _, _ := strings.Cut(rest, "\"")
	fmt.Println(html.UnescapeString(query))
	// Output: ?init=HighHelp.init&url=https%3A%2F%2Fcdn.example.com%2Fform.js
}

// Each mode needs a policy of its own.
func ExampleMode() {
	for _, mode := range []widget.Mode{widget.Redirect, widget.Frame} {
		directives, err := widget.CSP(widget.CSPOptions{
			TicketURL:      "/pay/tickets",
			AssetsURL:      "/pay/widget/",
			PaymentOrigins: []string{"https://pay.example.com"},
			Mode:           mode,
		})
		if err != nil {
			fmt.Println(err)
			return
		}
		for _, d := range directives {
			if d.Name == "frame-src" {
				fmt.Println(mode, d.Sources)
			}
		}
	}
	// Output: frame [https://pay.example.com 'self']
}

func ExampleOptionError() {
	_, err := widget.Snippet{OrderID: "1042", TicketURL: "/pay/tickets"}.HTML()

	var option *widget.OptionError
	if errors.As(err, &option) {
		fmt.Println(option.Field, option.Reason)
	}
	// Output: AssetsURL is required
}

// The handler looks at the file name only, so no prefix has to be stripped.
func ExampleScriptHandler() {
	mux := http.NewServeMux()
	mux.Handle("/pay/widget/", widget.ScriptHandler())
	server := httptest.NewServer(mux)
	defer server.Close()

	markup, _ := widget.Snippet{OrderID: "1042", TicketURL: "/pay/tickets", AssetsURL: "/pay/widget/"}.HTML()
	_, rest, _ := strings.Cut(string(markup), `src="`)
	src, _, _ := strings.Cut(rest, `"`)

	response, err := http.Get(server.URL + src)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer response.Body.Close()
	fmt.Println(response.Status)
	fmt.Println(response.Header.Get("Content-Type"))
	fmt.Println(response.Header.Get("Cache-Control"))
	// Output:
	// 200 OK
	// text/javascript; charset=utf-8
	// public, max-age=31536000, immutable
}

// Two headers would both apply, so the snippet's directives join the page's.
func ExampleCSP() {
	directives, err := widget.CSP(widget.CSPOptions{
		TicketURL:      "/pay/tickets",
		AssetsURL:      "/pay/widget/",
		PaymentOrigins: []string{"https://pay.example.com"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	policy := "default-src 'none'; base-uri 'none'; " + directives.String()
	fmt.Println(strings.ReplaceAll(policy, "; ", ";\n"))
	// Output:
	// default-src 'none';
	// base-uri 'none';
	// script-src 'self';
	// style-src 'self';
	// connect-src 'self';
	// form-action 'self' https://pay.example.com
}

// A page with sources of its own adds them directive by directive.
func ExampleDirectives() {
	directives, err := widget.CSP(widget.CSPOptions{
		TicketURL:      "/pay/tickets",
		AssetsURL:      "/pay/widget/",
		PaymentOrigins: []string{"https://pay.example.com"},
		Nonce:          "cmFuZG9tLW5vbmNlLTEyMzQ1Ng==",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for i, d := range directives {
		if d.Name == "connect-src" {
			directives[i].Sources = append(d.Sources, "https://metrics.example.com")
		}
		fmt.Println(directives[i].Name, directives[i].Sources)
	}
	// Output:
	// script-src ['nonce-cmFuZG9tLW5vbmNlLTEyMzQ1Ng==']
	// style-src ['nonce-cmFuZG9tLW5vbmNlLTEyMzQ1Ng==']
	// connect-src ['self' https://metrics.example.com]
	// form-action ['self' https://pay.example.com]
}

func ExampleMethods() {
	for _, m := range widget.Methods() {
		if m.Country == widget.Kyrgyzstan {
			fmt.Println(m.Code, m.Product, m.Currency, m.Evidence)
		}
	}
	// Output:
	// payin-p2p-card p2p KGS documented
	// payin-p2p-phone p2p KGS documented
	// payin-qr-link-p2p p2p KGS documented
}

// A method that nobody listed is fine; only its form is checked.
func ExampleMethod_Valid() {
	fmt.Println(widget.Method("payin-from-the-moon").Valid())
	fmt.Println(widget.Method("PAYIN CARD").Valid())
	// Output:
	// <nil>
	// widget: Method: must be 1 to 32 of the characters a-z, 0-9 and -
}

func ExampleCountries() {
	for _, c := range widget.Countries()[:3] {
		fmt.Println(c.Code, c.Currency, c.Name)
	}
	// Output:
	// RU RUB Russia
	// KZ KZT Kazakhstan
	// UZ UZS Uzbekistan
}

func ExampleCountry_Valid() {
	fmt.Println(widget.Kazakhstan.Valid())
	fmt.Println(widget.Country("kz").Valid())
	// Output:
	// <nil>
	// widget: Country: must be two capital letters (ISO 3166-1 alpha-2)
}

func ExampleLanguages() {
	for _, l := range widget.Languages() {
		if l.Texts {
			fmt.Println(l.Code, l.Name)
		}
	}
	// Output:
	// ru Russian
	// en English
	// es Spanish
	// kk Kazakh
	// uz Uzbek
	// ky Kyrgyz
	// tg Tajik
	// az Azerbaijani
}

func ExampleLanguage_Valid() {
	fmt.Println(widget.Kazakh.Valid())
	fmt.Println(widget.Language("kaz").Valid())
	// Output:
	// <nil>
	// widget: Language: must be two small letters (ISO 639-1)
}

// printLines prints the lines of the markup that hold one of the marks.
func printLines(markup string, marks ...string) {
	for line := range strings.Lines(markup) {
		for _, mark := range marks {
			if i := strings.Index(line, mark); i >= 0 {
				i = strings.LastIndexByte(line[:i+1], '<')
				fmt.Println(strings.TrimSpace(line[i:]))
			}
		}
	}
}

// A browser without a script that posts the form and can't be sent to a
// payment page is told why.
func ExampleRefusal_Render() {
	var out bytes.Buffer
	err := widget.Refusal{Code: "order_paid", BackURL: "/orders/1042"}.Render(&out)
	if err != nil {
		fmt.Println(err)
		return
	}
	printLines(out.String(), "<title>", "<a ")
	// Output:
	// <title>This order is already paid. There is no need to pay again.</title>
	// <a data-part="link" href="/orders/1042">Back to the shop</a></div>
}

func ExampleNegotiate() {
	fmt.Println(widget.Negotiate("ru-RU,ru;q=0.9,en-US;q=0.8"))
	fmt.Println(widget.Negotiate("fr, kk;q=0.5"))
	fmt.Println(widget.Negotiate("fr"))
	// Output:
	// ru
	// kk
	// en
}

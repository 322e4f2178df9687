package widget

import (
	"bytes"
	_ "embed"
	"html/template"
	"io"
	"time"
)

// A Snippet is what a page embeds to take the payment of one order: a style
// sheet, a form with one button, and the script that enhances it. A page may
// hold several. OrderID, TicketURL and AssetsURL are required.
type Snippet struct {
	// OrderID is the order to pay: 1 to 240 bytes of UTF-8 without "~", ";"
	// and control characters. It is required.
	OrderID string

	// TicketURL is where the form posts order_id: a path such as
	// "/pay/tickets", or an https address. It is required.
	TicketURL string

	// AssetsURL is where ScriptHandler is mounted: a path such as
	// "/pay/widget/", or an https address. It is required.
	AssetsURL string

	// Mode says where the payer pays. The default is Redirect.
	Mode Mode

	// Script is the merchant's script. It is required in Script mode, and must
	// be zero in the others.
	Script ScriptSource

	// StatusURL is where a payment that has begun is asked about: the widget
	// then starts by checking. A page that the payer comes back to has it from
	// Checkout.StatusURL. The default is none: the widget starts with its
	// button.
	StatusURL string

	// ReturnOrigin is the origin of the page that the payment page leads back
	// to, in Frame mode, if it is not that of the page; see ScriptHandler. The
	// default is the page's own origin.
	ReturnOrigin string

	// Amount is decimal text and a currency, such as "1500.00 RUB". It is for
	// the payer's eyes, written as his language does, and decides nothing. The
	// default is none.
	Amount string

	// Locale is a BCP 47 tag such as "ru" or "ru-KZ"; [Negotiate] finds the
	// payer's. A language without texts of its own gets English ones. The
	// default is "en".
	Locale string

	// Label is the text of the button, such as "Buy now". The default is the
	// text TextPayAmount, or TextPay if there is no Amount.
	Label string

	// Texts replaces texts of the locale. Only TextNote, TextNoteHere and
	// TextNoForm may be empty, which leaves that line out. The default is none.
	Texts Texts

	// Class is added to the element, for the page's own style sheet. The
	// default is none.
	Class string

	// Nonce is the nonce of the page's Content-Security-Policy. The default
	// is none: the policy then names the hosts.
	Nonce string

	// Timeout is how long the script waits for the ticket, and again for the
	// form: from 1 s to 5 min. The default is 30 s.
	Timeout time.Duration
}

//go:embed snippet.html
var snippetHTML string

var snippetTemplate = template.Must(template.New("snippet").Option("missingkey=error").Parse(snippetHTML))

// Render writes the snippet to w. It checks every option first: if one is
// wrong, nothing is written, and the error joins an [*OptionError] for each
// mistake.
func (s Snippet) Render(w io.Writer) error {
	var buf bytes.Buffer
	if err := s.render(&buf); err != nil {
		return err
	}
	_, err := w.Write(buf.Bytes())
	return err
}

// HTML returns the snippet for use in a template of the page. Its errors are
// those of Render.
func (s Snippet) HTML() (template.HTML, error) {
	var buf bytes.Buffer
	if err := s.render(&buf); err != nil {
		return "", err
	}
	return template.HTML(buf.String()), nil // the one cast: html/template wrote every byte
}

func (s Snippet) render(buf *bytes.Buffer) error {
	if err := s.check(); err != nil {
		return err
	}
	v, err := s.view()
	if err != nil {
		return err
	}
	return snippetTemplate.Execute(buf, v)
}

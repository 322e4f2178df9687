package widget

import (
	"cmp"
	"encoding/json"
	"strings"
	"time"
)

const defaultTimeout = 30 * time.Second

// view is what the template sees.
type view struct {
	Snippet
	Lang, Label, Note, Options, ScriptQuery string
	Script, Style                           reference
}

// options is the Options of widget.d.ts, as markup carries it.
type options struct {
	OrderID      string `json:"orderId"`
	TicketURL    string `json:"ticketUrl"`
	Mode         Mode   `json:"mode"`
	StatusURL    string `json:"statusUrl,omitempty"`
	ReturnOrigin string `json:"returnOrigin,omitempty"`
	Amount       string `json:"amount,omitempty"`
	Locale       string `json:"locale"`
	Label        string `json:"label,omitempty"`
	Timeout      int64  `json:"timeout"` // in milliseconds
	Texts        Texts  `json:"texts"`
}

// view assumes that the options have been checked.
func (s Snippet) view() (view, error) {
	s.Mode = cmp.Or(s.Mode, Redirect)
	table, lang := textsFor(s.Locale, s.Texts)
	encoded, err := json.Marshal(options{
		OrderID:      s.OrderID,
		TicketURL:    s.TicketURL,
		Mode:         s.Mode,
		StatusURL:    s.StatusURL,
		ReturnOrigin: strings.TrimSuffix(s.ReturnOrigin, "/"),
		Amount:       s.Amount,
		Locale:       lang,
		Label:        s.Label,
		Timeout:      cmp.Or(s.Timeout, defaultTimeout).Milliseconds(),
		Texts:        table,
	})
	if err != nil {
		return view{}, err
	}
	v := view{
		Snippet: s, Lang: lang, Label: s.label(table), Note: table[TextNote], Options: string(encoded),
		Script: script.reference(s.AssetsURL), Style: style.reference(s.AssetsURL),
	}
	if s.Mode == Script {
		v.ScriptQuery = s.Script.query()
	}
	return v, nil
}

// label is the text of the button as long as no script has written the amount
// as the payer's language does.
func (s Snippet) label(table Texts) string {
	if s.Label == "" && s.Amount != "" {
		return strings.ReplaceAll(table[TextPayAmount], "{amount}", s.Amount)
	}
	return cmp.Or(s.Label, table[TextPay])
}

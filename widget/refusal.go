package widget

import (
	"bytes"
	_ "embed"
	"html/template"
	"io"
	"slices"
	"strconv"
	"strings"
)

// A Refusal is the page that a payer without JavaScript sees when there is no
// payment page to go to. With JavaScript the widget says the same in place.
type Refusal struct {
	// Code is why, as in the server's answer: order_paid, amount_changed,
	// in_progress, needs_review, busy and others. An unknown code gets the
	// text TextOther. The default is "other".
	Code string

	// OrderID lets the payer try again from here, where that can help. The
	// default is no such button.
	OrderID string

	// BackURL leads back to the shop: a path, or an https address. The default
	// is no link.
	BackURL string

	// AssetsURL is where ScriptHandler is mounted, as a path relative to the
	// page or absolute. The default is "widget/".
	AssetsURL string

	// Locale is a BCP 47 tag. The default is "en".
	Locale string
}

//go:embed refusal.html
var refusalHTML string

var refusalTemplate = template.Must(template.New("refusal").Option("missingkey=error").Parse(refusalHTML))

// codeTexts are the codes whose text is not of the same name.
var codeTexts = map[string]Text{
	"gateway_error": TextBusy, "gateway_timeout": TextBusy, "unavailable": TextBusy, "timeout": TextBusy,
}

// again are the texts after which trying again can help.
var again = []Text{TextBusy, TextInProgress, TextOther}

// Render writes the whole page. It has no script and no inline style, so it
// works under every Content-Security-Policy that allows its style sheet.
func (r Refusal) Render(w io.Writer) error {
	table, lang := textsFor(r.Locale, nil)
	key, ok := codeTexts[r.Code]
	if !ok {
		key = Text(r.Code)
	}
	if !slices.Contains([]Text{TextBusy, TextOrderPaid, TextAmountChanged, TextInProgress, TextNeedsReview}, key) {
		key = TextOther
	}
	if r.OrderID != "" && (!slices.Contains(again, key) || orderIDReason(r.OrderID) != "") {
		r.OrderID = ""
	}
	if r.BackURL != "" && urlReason(r.BackURL) != "" {
		r.BackURL = ""
	}
	if r.AssetsURL == "" {
		r.AssetsURL = "widget/"
	}
	var buf bytes.Buffer
	err := refusalTemplate.Execute(&buf, struct {
		Refusal
		Lang, Message, Retry, Back string
		Style                      reference
	}{r, lang, table[key], table[TextRetry], table[TextBack], style.reference(r.AssetsURL)})
	if err != nil {
		return err
	}
	_, err = w.Write(buf.Bytes())
	return err
}

// Negotiate returns the language of an Accept-Language header (RFC 9110,
// section 12.5.4) that a Snippet and a Refusal have texts in, the most wanted
// first, or English.
func Negotiate(acceptLanguage string) Language {
	best, bestWeight := English, 0.0
	for field := range strings.SplitSeq(acceptLanguage, ",") {
		tag, params, _ := strings.Cut(strings.TrimSpace(field), ";")
		primary, _, _ := strings.Cut(strings.ToLower(tag), "-")
		weight := 1.0
		if q, ok := strings.CutPrefix(strings.TrimSpace(params), "q="); ok {
			weight, _ = strconv.ParseFloat(q, 64) // 0 if it is no number
		}
		if _, ok := texts[Language(primary)]; ok && weight > bestWeight {
			best, bestWeight = Language(primary), weight
		}
	}
	return best
}

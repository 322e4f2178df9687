package widget

import (
	"maps"
	"strings"
)

// A Text names one text of the widget.
type Text string

// The texts, with their English form. Those from TextChecking on say how
// things stand and are named like the code of that.
const (
	TextPay       Text = "pay"        // "Pay"
	TextPayAmount Text = "pay_amount" // "Pay {amount}"
	TextRetry     Text = "retry"      // "Try again"
	TextReload    Text = "reload"     // "Refresh this page"; instead of TextRetry where asking again can't help
	TextUnpaid    Text = "unpaid"     // "I have not paid yet"; on the button while a result is slow to come
	TextLink      Text = "link"       // "Go to the payment page"
	TextBack      Text = "back"       // "Back to the shop"; on the page of a Refusal
	TextTitle     Text = "title"      // "Payment form"; names the form and its frame for screen readers
	TextNote      Text = "note"       // "You will continue on a secure payment page."; may be empty
	TextNoteHere  Text = "note_here"  // "The payment form will open here."; may be empty
	TextNoForm    Text = "no_form"    // "Don’t see the form?"; before TextLink
	TextTimeLeft  Text = "time_left"  // "{time} left to pay"

	TextLoading    Text = "loading"    // "Preparing payment…"
	TextPatience   Text = "patience"   // the same, when it takes long
	TextReady      Text = "ready"      // "Redirecting…"
	TextShown      Text = "shown"      // "The payment form is ready."
	TextProcessing Text = "processing" // the payer has sent the form
	TextChecking   Text = "checking"   // the result is asked for
	TextSlow       Text = "slow"       // the same, when it takes long
	TextOffline    Text = "offline"    // the result can't be asked for now
	TextSuccess    Text = "success"    // "Payment received. Thank you!"
	TextDeclined   Text = "declined"   // the payment was declined
	TextExpired    Text = "expired"    // the time to pay is over

	TextNetwork       Text = "network"        // the server could not be reached
	TextTimeout       Text = "timeout"        // the server or the form did not come in time
	TextBusy          Text = "busy"           // the server or the gateway can't answer now
	TextBlocked       Text = "blocked"        // something in the browser stops the form
	TextForm          Text = "form"           // the merchant's form failed
	TextUnchecked     Text = "unchecked"      // the result can't be had here
	TextOrderPaid     Text = "order_paid"     // the order is paid
	TextAmountChanged Text = "amount_changed" // the amount changed while a payment page is open
	TextInProgress    Text = "in_progress"    // an earlier payment is not decided yet
	TextNeedsReview   Text = "needs_review"   // the order waits for a human
	TextOther         Text = "other"          // anything else
)

// Texts replaces texts of a [Snippet].
type Texts map[Text]string

// textsFor returns the texts of a locale, with replacements, and the language
// tag that is true of them: a locale without texts gets English ones, unless
// every text is replaced.
func textsFor(locale string, replace Texts) (_ Texts, lang string) {
	if locale == "" {
		locale = string(English)
	}
	primary, _, _ := strings.Cut(locale, "-")
	table, ok := texts[Language(strings.ToLower(primary))]
	if !ok {
		table = texts[English]
	}
	if !ok && len(replace) < len(table) {
		locale = string(English)
	}
	table = maps.Clone(table)
	maps.Copy(table, replace)
	return table, locale
}

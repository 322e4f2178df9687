package widget

import (
	"slices"
	"strings"
)

// A Method is a widget_method: what the payment page offers first. Without
// one the payer chooses there. The set is open: a code that is not listed here
// is as good as one that is, if the cash register supports it.
type Method string

// Methods that the documentation names. [Methods] says where.
const (
	MethodECOMCard   Method = "payin-ecom-card"   // bank card
	MethodECOMMobile Method = "payin-ecom-mobile" // mobile commerce; the payer picks the operator on the payment page

	MethodP2PCard              Method = "payin-p2p-card"               // transfer to a card
	MethodP2PPhone             Method = "payin-p2p-phone"              // transfer by phone number
	MethodP2PMobile            Method = "payin-p2p-mobile"             // older draft only
	MethodP2PSBP               Method = "payin-p2p-sbp"                // fast payment system; older draft only
	MethodP2PInternational     Method = "payin-p2p-international"      // older draft only
	MethodP2PCardInternational Method = "payin-p2p-card-international" // older draft only
	MethodOneClick             Method = "payin-1-click"                // older draft only
	MethodQRSBP                Method = "payin-qr-sbp"                 // QR code of the fast payment system; older draft only
	MethodQRLinkP2P            Method = "payin-qr-link-p2p"            // QR link
)

const maxMethodBytes = 32 // the documented limit of widget_method

// Valid checks the form only: 1 to 32 of the characters a-z, 0-9 and "-".
// The error is an [*OptionError].
func (m Method) Valid() error {
	return formError("Method", methodReason(string(m)))
}

func methodReason(m string) string {
	if len(m) < 1 || len(m) > maxMethodBytes || strings.ContainsFunc(m, notMethodRune) {
		return "must be 1 to 32 of the characters a-z, 0-9 and -"
	}
	return ""
}

func notMethodRune(r rune) bool {
	return !isLower(r) && !isDigit(r) && r != '-'
}

// Product is the part of the gateway that a method belongs to.
type Product string

const (
	ECOM Product = "ecom" // payments on the internet for goods and services
	P2P  Product = "p2p"  // transfers between persons
)

// Evidence says how surely a code is known.
type Evidence string

const (
	Documented Evidence = "documented"  // the current documentation names the code
	OlderDraft Evidence = "older draft" // only an older draft of the documentation names it
	ByStandard Evidence = "standard"    // the documentation names the standard, and the standard the code
)

// MethodInfo is one method in one country.
type MethodInfo struct {
	Code     Method
	Product  Product
	Country  Country
	Currency string // ISO 4217
	Evidence Evidence
	Source   string // where the documentation has it
}

const (
	pageCard       = "page Widget > ECOM > Card > Payment"
	pageMobile     = "page Widget > ECOM > Mobile commerce > Kazakhstan"
	pageRussia     = "older draft of the page Widget > P2P > Russia"
	pageKyrgyzstan = "page Widget > P2P > Kyrgyzstan"
	pageUzbekistan = "page Widget > P2P > Uzbekistan"
)

var methods = []MethodInfo{
	{MethodECOMCard, ECOM, Kazakhstan, "KZT", Documented, pageCard},
	{MethodECOMCard, ECOM, Uzbekistan, "UZS", Documented, pageCard},
	{MethodECOMCard, ECOM, Russia, "RUB", Documented, pageCard},
	{MethodECOMMobile, ECOM, Kazakhstan, "KZT", Documented, pageMobile},
	{MethodP2PCard, P2P, Kyrgyzstan, "KGS", Documented, pageKyrgyzstan},
	{MethodP2PPhone, P2P, Kyrgyzstan, "KGS", Documented, pageKyrgyzstan},
	{MethodQRLinkP2P, P2P, Kyrgyzstan, "KGS", Documented, pageKyrgyzstan},
	{MethodP2PCard, P2P, Uzbekistan, "UZS", Documented, pageUzbekistan},
	{MethodP2PCard, P2P, Russia, "RUB", OlderDraft, pageRussia},
	{MethodP2PSBP, P2P, Russia, "RUB", OlderDraft, pageRussia},
	{MethodOneClick, P2P, Russia, "RUB", OlderDraft, pageRussia},
	{MethodP2PInternational, P2P, Russia, "RUB", OlderDraft, pageRussia},
	{MethodQRSBP, P2P, Russia, "RUB", OlderDraft, pageRussia},
	{MethodP2PMobile, P2P, Russia, "RUB", OlderDraft, pageRussia},
	{MethodP2PCardInternational, P2P, Russia, "RUB", OlderDraft, pageRussia},
}

// Methods lists the known methods, a row for each country. Kazakhstan,
// Tajikistan and Nigeria have P2P pages too, whose codes are not known.
// The caller may change the slice.
func Methods() []MethodInfo { return slices.Clone(methods) }

package sandbox

import (
	"net/http"
	"path"
	"slices"
	"strings"
	"time"
)

// A pageView is what a payment page shows. html/template writes every byte.
type pageView struct {
	Ticket
	T     *texts
	Root  string // relative address of the Gateway
	Known bool   // there is such a ticket

	Step    string // which part of the template is shown
	Title   string
	Price   string
	Label   string // of the method
	Due     string // for people
	Machine string // for machines
	Refresh int    // seconds after which the page has something else to show

	Lang    string // stated by the payer, or ""
	Picked  string // method stated by the payer, or ""
	Tabs    []tab
	Extras  []button // what a payer of a real gateway can't choose
	Result  message
	Reason  string
	Wrong   bool // the last one-time password was
	Left    int  // tries
	OTP     string
	Account string // where a transfer goes to
}

type tab struct {
	Method, Label string
	Current       bool
}

type button struct {
	Action Action
	Label  string
}

func newPageView(t Ticket, r *http.Request, now time.Time) pageView {
	lang := r.URL.Query().Get("lang")
	x := textsFor(lang, t.Language, t.Country)
	v := pageView{Ticket: t, T: x, Root: "../", Known: t.RequestID != "", Step: "result"}
	if _, ok := languages[lang]; ok {
		v.Lang = lang
	}
	if !v.Known {
		v.Result = message{x.UnknownTitle, x.UnknownText, "bad"}
		v.Title = x.UnknownTitle
		return v
	}
	v.Price = x.amount(t.Amount, t.Currency)
	v.Title = x.PayTitle + ": " + v.Price
	v.Due, v.Machine = t.ExpiresAt.UTC().Format("15:04 UTC"), t.ExpiresAt.UTC().Format(time.RFC3339)
	if t.Open {
		v.Refresh = int(t.ExpiresAt.Sub(now)/time.Second) + 1
		v.open(r)
		return v
	}
	v.Label = x.method(t.Method)
	v.Result, v.Reason = x.result(t.Status), x.reason(t.Status.Description)
	v.Title = v.Result.Heading + ": " + v.Price
	return v
}

// OtherName is the name of the language to switch to, in it.
func (v pageView) OtherName() string { return languages[v.T.Other].Name }

// open fills in what a payer can do.
func (v *pageView) open(r *http.Request) {
	method := v.Method
	if method == "" {
		method = v.choose(r.URL.Query().Get("method"))
	}
	kind := kindOf(method)
	v.Label, v.Account = v.T.method(method), accounts[kind]
	v.Step = kind
	switch {
	case slices.Contains(v.Actions, RightOTP):
		v.Step, v.Tabs, v.OTP = "otp", nil, otpOf(path.Base(v.URL))
		wrong := 0
		for _, c := range v.History {
			if c.Status.Sub == "invalid_verification" {
				wrong++
			}
		}
		v.Left, v.Wrong = maxOTP-wrong, v.Status.Sub == "invalid_verification"
	case slices.Contains(v.Actions, Pass3DS):
		v.Step, v.Tabs = "bank", nil
	default:
		v.Extras = v.extras(kind)
	}
}

// maxOTP is how many one-time passwords may be wrong, as documented.
const maxOTP = 3

// choose offers the methods for the currency and returns the one that counts.
func (v *pageView) choose(stated string) string {
	offered := offeredMethods(v.Currency)
	current := offered[0]
	if slices.Contains(offered, stated) {
		current, v.Picked = stated, stated
	}
	for _, m := range offered {
		v.Tabs = append(v.Tabs, tab{m, v.T.method(m), m == current})
	}
	return current
}

// extras are the buttons of the simulation that the ticket offers.
func (v *pageView) extras(kind string) (list []button) {
	for _, a := range extraActions[kind] {
		if slices.Contains(v.Actions, a) {
			list = append(list, button{a, v.T.outcomes[a]})
		}
	}
	return list
}

// extraActions are what can be simulated beside what a payer does, by the kind
// of the method.
var extraActions = map[string][]Action{
	"card":     {PayWith3DS, DeclineByBank, DeclineByAntiFraud},
	"qr":       {PayAndDecline, Dispute, DeclineByAntiFraud},
	"transfer": {PayAndDecline, Dispute, DeclineByAntiFraud},
	"phone":    {PayAndDecline, Dispute, DeclineByAntiFraud},
	"mobile":   {Pay, DeclineByAntiFraud},
	"plain":    {PayAndDecline, DeclineByBank, DeclineByAntiFraud},
}

// payerActions are those that the payment page takes.
func payerActions() []Action {
	return []Action{
		Pay, PayAndDecline, Refuse, DeclineByAntiFraud, DeclineByBank, PayWith3DS, Pass3DS, Fail3DS,
		SendOTP, ResendOTP, RightOTP, WrongOTP, Dispute,
	}
}

// kindOf returns how the page of a method looks. The list of methods is open.
func kindOf(method string) string {
	switch {
	case method == "payin-ecom-card":
		return "card"
	case method == "payin-ecom-mobile":
		return "mobile"
	case strings.HasPrefix(method, "payin-qr-"):
		return "qr"
	case method == "payin-p2p-sbp", method == "payin-p2p-phone", method == "payin-p2p-mobile":
		return "phone"
	case strings.HasPrefix(method, "payin-p2p-"):
		return "transfer"
	}
	return "plain"
}

// accounts are where transfers go to: numbers that belong to nobody.
var accounts = map[string]string{
	"transfer": "0000 0000 0000 0000",
	"phone":    "+0 000 000-00-00",
}

// offeredMethods are those that a payer can choose from if the shop has not
// chosen: of those that the documentation names for the currency, one of each
// kind.
func offeredMethods(currency string) []string {
	switch currency {
	case "RUB":
		return []string{"payin-ecom-card", "payin-qr-sbp", "payin-p2p-sbp", "payin-p2p-card"}
	case "KZT":
		return []string{"payin-ecom-card", "payin-ecom-mobile"}
	case "KGS":
		return []string{"payin-p2p-card", "payin-p2p-phone", "payin-qr-link-p2p"}
	}
	return []string{"payin-ecom-card", "payin-p2p-card"}
}

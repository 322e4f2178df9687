package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/sandbox"
	"github.com/go-highhelp/highhelp/widget"
	"github.com/stretchr/testify/require"
)

// What a payer types rather than clicks.
const (
	theCode    = "(the code of the message)"
	aWrongCode = "(a wrong code)"
)

// A journey is what a payer clicks on the payment page, and how the order ends.
type journey struct {
	method widget.Method
	ends   string
	en, ru []string // what the buttons say; nil: not in that language
}

var journeys = map[string]journey{
	"card, pays":          {"payin-ecom-card", "paid", []string{"Pay 100.00 RUB"}, []string{"Оплатить 100,00 RUB"}},
	"card, refuses":       {"payin-ecom-card", "declined", []string{"Refuse"}, []string{"Отказаться"}},
	"card, anti-fraud":    {"payin-ecom-card", "declined", []string{"Decline by anti-fraud"}, []string{"Отказ антифрода"}},
	"card, bank":          {"payin-ecom-card", "declined", []string{"Decline by the bank"}, nil},
	"card, 3-D Secure":    {"payin-ecom-card", "paid", []string{"Ask for 3-D Secure", "Confirm"}, []string{"Запросить 3-D Secure", "Подтвердить"}},
	"card, no 3-D Secure": {"payin-ecom-card", "declined", []string{"Ask for 3-D Secure", "Do not confirm"}, nil},

	"QR, pays":         {"payin-qr-sbp", "paid", []string{"I have paid"}, []string{"Я оплатил"}},
	"QR, refuses":      {"payin-qr-sbp", "declined", []string{"Refuse"}, []string{"Отказаться"}},
	"QR, anti-fraud":   {"payin-qr-sbp", "declined", []string{"Decline by anti-fraud"}, []string{"Отказ антифрода"}},
	"QR, never paid":   {"payin-qr-sbp", "declined", []string{"Say paid, money never comes"}, nil},
	"QR, in a dispute": {"payin-qr-sbp", "pending", []string{"Say paid, end in a dispute"}, []string{"Сказать «оплатил», дойти до спора"}},

	"phone, pays":       {"payin-p2p-sbp", "paid", []string{"I have paid"}, []string{"Я оплатил"}},
	"phone, refuses":    {"payin-p2p-sbp", "declined", []string{"Refuse"}, []string{"Отказаться"}},
	"phone, anti-fraud": {"payin-p2p-sbp", "declined", []string{"Decline by anti-fraud"}, []string{"Отказ антифрода"}},

	"mobile, pays":       {"payin-ecom-mobile", "paid", []string{"Get a code", theCode}, []string{"Получить код", theCode}},
	"mobile, again":      {"payin-ecom-mobile", "paid", []string{"Get a code", aWrongCode, "Send another code", theCode}, []string{"Получить код", aWrongCode, "Отправить другой код", theCode}},
	"mobile, wrong":      {"payin-ecom-mobile", "declined", []string{"Get a code", aWrongCode, aWrongCode, aWrongCode}, nil},
	"mobile, refuses":    {"payin-ecom-mobile", "declined", []string{"Get a code", "Refuse"}, []string{"Получить код", "Отказаться"}},
	"mobile, anti-fraud": {"payin-ecom-mobile", "declined", []string{"Decline by anti-fraud"}, []string{"Отказ антифрода"}},
}

var languagePages = map[widget.Language]struct {
	clicks         func(journey) []string
	confirm, again string
	results        map[string]string // by how the order ends
}{
	"en": {func(j journey) []string { return j.en }, "Confirm", "Back to the shop",
		map[string]string{"paid": "Payment successful", "declined": "Payment declined"}},
	"ru": {func(j journey) []string { return j.ru }, "Подтвердить", "Вернуться в магазин",
		map[string]string{"paid": "Оплата прошла", "declined": "Оплата отклонена"}},
}

// On a small phone a payer goes from the order to the payment page, does there
// what its method lets him do, and is back at the shop; the order ends as he
// has chosen, and what is paid ships once. The payment page then tells the
// result, and offers nothing but the way back.
func TestSandboxPage(t *testing.T) {
	holdBrowser(t)
	for language, page := range languagePages {
		t.Run(string(language), func(t *testing.T) {
			s := newSandboxShop(t)
			w := s.tab()
			w.run(chromedp.EmulateViewport(320, 720))
			for name, j := range journeys {
				clicks := page.clicks(j)
				if clicks == nil {
					continue
				}
				o := highhelp.Order{
					ID: strings.ReplaceAll(name, ", ", "-"), Method: j.method, Amount: highhelp.Money{Minor: 10000, Currency: "RUB"},
					Customer: highhelp.Customer{Language: language},
				}
				o.ID = strings.ReplaceAll(o.ID, " ", "-")
				w.buy(s, o)
				require.Equal(t, string(language), eval[string](w, `document.documentElement.lang`))
				payment := w.location()
				for _, text := range clicks {
					w.narrow(name)
					w.chooses(text, page.confirm)
				}
				require.Equal(t, s.url+"/orders/"+o.ID+"?returned", w.location(), name)
				shipped := map[string]int{"paid": 1}[j.ends]
				s.ends(o.ID, j.ends, shipped)
				if j.method != "payin-ecom-card" {
					continue
				}
				w.goTo(s.url + "/orders/" + o.ID)
				w.sees(fmt.Sprintf("%s, shipped: %d", j.ends, shipped))
				w.goTo(payment)
				w.sees(page.results[j.ends])
				w.narrow(name)
				require.Zero(t, eval[int](w, `document.querySelectorAll("form").length`), "it can't be paid again")
				w.follow(reading(page.again))
				require.Equal(t, s.url+"/orders/"+o.ID+"?returned", w.location(), name)
			}
			w.sound()
		})
	}
}

// chooses does one thing on the payment page.
func (w *tab) chooses(what, confirm string) {
	w.t.Helper()
	if what != theCode && what != aWrongCode {
		w.follow(reading(what))
		return
	}
	code := w.text(".message strong")
	require.Len(w.t, code, 4)
	if what == aWrongCode {
		code = "no"
	}
	w.run(chromedp.SendKeys("#otp", code))
	w.follow(reading(confirm))
}

// A payer for whom the shop has chosen no method chooses one, and the language.
func TestSandboxPageChoice(t *testing.T) {
	s := newSandboxShop(t)
	w := s.tab()
	w.buy(s, highhelp.Order{ID: "1", Amount: highhelp.Money{Minor: 123450, Currency: "RUB"}})
	w.sees("Card number")
	w.follow(reading("QR code (SBP)"))
	w.sees("Scan the code")
	w.until(`document.querySelector(".code img").naturalWidth > 0`)
	w.follow(reading("Русский"))
	w.sees("Отсканируйте код")
	w.follow(reading("СБП"))
	w.sees("По номеру телефона")
	require.Contains(t, w.text(".account"), "1\u00a0234,50")
	w.follow(reading("Я оплатил"))
	s.ends("1", "paid", 1)

	w.buy(s, highhelp.Order{ID: "2", Amount: highhelp.Money{Minor: 123450, Currency: "KZT"}})
	w.follow(reading("Mobile commerce"))
	w.follow(reading("Русский"))
	w.follow(reading("Получить код"))
	w.sees("Введите код") // not in English again
	w.sound()
}

// Each step of the payment page, in both languages, is fit for all.
func TestSandboxPageInABrowser(t *testing.T) {
	s := newSandboxShop(t)
	w := s.tab()
	for name, step := range map[string]struct {
		method  widget.Method
		actions []sandbox.Action
	}{
		"choice":   {"", nil},
		"card":     {"payin-ecom-card", nil},
		"qr":       {"payin-qr-sbp", nil},
		"phone":    {"payin-p2p-sbp", nil},
		"mobile":   {"payin-ecom-mobile", nil},
		"plain":    {"payin-1-click", nil},
		"code":     {"payin-ecom-mobile", []sandbox.Action{sandbox.SendOTP}},
		"wrong":    {"payin-ecom-mobile", []sandbox.Action{sandbox.SendOTP, sandbox.WrongOTP}},
		"bank":     {"payin-ecom-card", []sandbox.Action{sandbox.PayWith3DS}},
		"paid":     {"payin-ecom-card", []sandbox.Action{sandbox.Pay}},
		"declined": {"payin-ecom-card", []sandbox.Action{sandbox.DeclineByBank}},
		"dispute":  {"payin-qr-sbp", []sandbox.Action{sandbox.Dispute}},
		"expired":  {"payin-qr-sbp", []sandbox.Action{sandbox.Expire}},
	} {
		address := s.ticket(highhelp.Order{
			ID: "1042-" + name, Method: step.method, Description: "A notebook, squared paper, 96 pages",
			Amount: highhelp.Money{Minor: 123450, Currency: "RUB"},
		})
		for _, a := range step.actions {
			_, err := s.Act("1042-"+name, a)
			require.NoError(t, err)
		}
		for language, scheme := range map[string]string{"en": "dark", "ru": "light"} {
			w.goTo(address + "?lang=" + language)
			w.stands("sandbox-page-"+name+"-"+language, scheme)
		}
		if name == "card" {
			w.goTo(address + "?lang=en")
			w.pictured("sandbox-payment")
		}
	}
	w.sound()
}

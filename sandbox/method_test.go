package sandbox_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/go-highhelp/highhelp/sandbox"
	"github.com/stretchr/testify/require"
)

// follow sends the page's form and returns the page that comes next, as a
// browser does.
func (r *rig) follow(address string, form url.Values) answer {
	r.t.Helper()
	resp, err := r.client.PostForm(address, form)
	require.NoError(r.t, err)
	defer resp.Body.Close()
	require.Equal(r.t, http.StatusSeeOther, resp.StatusCode)
	next, err := resp.Location()
	require.NoError(r.t, err)
	return r.get(next.String())
}

// What a payer sees of each method, in both languages.
func TestPageOfMethods(t *testing.T) {
	for method, texts := range map[string]map[string][]string{
		"payin-ecom-card": {
			"en": {"Card number", "CVC", `value="pay" class="main">Pay 1,234.50 RUB<`, `value="pay_with_3ds">Ask for 3-D Secure<`},
			"ru": {"Номер карты", "CVC", `value="pay" class="main">Оплатить 1` + "\u00a0" + `234,50 RUB<`, `value="pay_with_3ds">Запросить 3-D Secure<`},
		},
		"payin-qr-sbp": {
			"en": {"Scan the code", `<img src="../assets/qr.`, "I have paid", `value="pay_and_decline"`},
			"ru": {"Отсканируйте код", `<img src="../assets/qr.`, "Я оплатил", `value="dispute"`},
		},
		"payin-p2p-sbp": {
			"en": {"Transfer by SBP", "To this phone number", "0 000 000-00-00", "Exactly", "I have paid"},
			"ru": {"СБП", "По номеру телефона", "Ровно", "Я оплатил"},
		},
		"payin-p2p-card": {
			"en": {"To this card", "0000 0000 0000 0000", "I have paid"},
			"ru": {"На карту", "0000 0000 0000 0000", "Я оплатил"},
		},
		"payin-ecom-mobile": {
			"en": {"<option>BEELINE", "Phone number", `value="send_otp" class="main">Get a code<`},
			"ru": {"<option>BEELINE", "Номер телефона", `value="send_otp" class="main">Получить код<`},
		},
		"payin-1-click":    {"en": {"One click", `value="pay"`}, "ru": {"В один клик", `value="pay"`}},
		"payin-new-method": {"en": {"payin-new-method", `value="pay"`}, "ru": {"payin-new-method", `value="pay"`}},
	} {
		for lang, want := range texts {
			t.Run(method+" "+lang, func(t *testing.T) {
				r := newRig(t)
				order := set(r.order("1"), "payment", "widget_method", method)
				order["customer"] = object{"language": lang}
				ticket := r.create(order)
				a := r.get(ticket.URL)
				for _, text := range want {
					require.Contains(t, a.text, text)
				}
				require.Contains(t, a.text, `<html lang="`+lang+`">`)
				require.Contains(t, a.text, `value="refuse"`)
				require.Contains(t, a.text, `value="decline_by_anti_fraud"`)
				requireAccessible(t, a.text)
				requireInert(t, a.text)
			})
		}
	}
}

var idForm = regexp.MustCompile(`<(input|select|textarea)[^>]*>`)

// requireAccessible wants a label for each field, and one heading.
func requireAccessible(t *testing.T, html string) {
	t.Helper()
	for _, field := range idForm.FindAllString(html, -1) {
		if strings.Contains(field, `type="hidden"`) {
			continue
		}
		id := regexp.MustCompile(` id="([^"]+)"`).FindStringSubmatch(field)
		require.NotNil(t, id, field)
		require.Contains(t, html, `<label for="`+id[1]+`">`)
	}
	require.Equal(t, 1, strings.Count(html, "<h1>"))
	require.NotContains(t, html, "<img alt=\"\"")
}

// What is typed into the fields of a card is never sent: they have no name.
func TestCardIsNeverSent(t *testing.T) {
	r := newRig(t)
	for _, method := range []string{"payin-ecom-card", "payin-ecom-mobile"} {
		ticket := r.create(set(r.order(method), "payment", "widget_method", method))
		for _, field := range idForm.FindAllString(r.get(ticket.URL).text, -1) {
			require.NotContains(t, field, "name=")
		}
	}
}

// Without a method the payer chooses one of those for the currency, and the
// choice lasts.
func TestPageChoice(t *testing.T) {
	r := newRig(t)
	ticket := r.create(r.order("1"))
	a := r.get(ticket.URL)
	require.Contains(t, a.text, `<a href="?method=payin-ecom-card" aria-current="true">Bank card</a>`)
	require.Contains(t, a.text, `<a href="?method=payin-qr-sbp">QR code (SBP)</a>`)
	require.Contains(t, a.text, "Card number")
	a = r.get(ticket.URL + "?method=payin-qr-sbp&lang=ru")
	require.Contains(t, a.text, "Отсканируйте код")
	require.Contains(t, a.text, `<input type="hidden" name="method" value="payin-qr-sbp">`)
	require.Contains(t, a.text, `href="?lang=en&amp;method=payin-qr-sbp"`)
	a = r.follow(ticket.URL, url.Values{"action": {"nonsense"}, "lang": {"ru"}, "method": {"payin-qr-sbp"}})
	require.Contains(t, a.text, "Отсканируйте код")
	a = r.get(ticket.URL + "?method=payin-ecom-mobile&lang=xx")
	require.Contains(t, a.text, "Card number", "what is not offered does not count")

	kzt := r.create(set(r.order("2"), "payment", "currency", "KZT"))
	require.Contains(t, r.get(kzt.URL+"?method=payin-ecom-mobile").text, "BEELINE")
	require.NotContains(t, r.get(kzt.URL).text, "SBP")

	preselected := r.create(set(r.order("3"), "payment", "widget_method", "payin-p2p-card"))
	require.NotContains(t, r.get(preselected.URL+"?method=payin-qr-sbp").text, "qr.")
}

var otpForm = regexp.MustCompile(`message says: <strong>(\d{4})</strong>`)

// Mobile commerce as its payer lives it: a code, a wrong one, another one, the
// right one.
func TestPageOTP(t *testing.T) {
	r := newRig(t)
	ticket := r.create(set(r.order("1"), "payment", "widget_method", "payin-ecom-mobile"))
	r.get(ticket.URL)
	a := r.follow(ticket.URL, url.Values{"action": {"send_otp"}})
	otp := otpForm.FindStringSubmatch(a.text)
	require.NotNil(t, otp)
	require.NotContains(t, a.text, "The code is wrong.")
	require.Contains(t, a.text, `autocomplete="one-time-code"`)
	requireAccessible(t, a.text)
	requireInert(t, a.text)

	for _, wrong := range []string{"", "x" + otp[1]} {
		a = r.follow(ticket.URL, url.Values{"action": {"check_otp"}, "otp": {wrong}})
		require.Contains(t, a.text, `role="alert" id="wrong">The code is wrong.`)
	}
	require.Contains(t, a.text, "Tries left: 1")
	a = r.follow(ticket.URL, url.Values{"action": {"resend_otp"}})
	require.NotContains(t, a.text, "The code is wrong.")
	a = r.follow(ticket.URL, url.Values{"action": {"check_otp"}, "otp": {otp[1]}})
	require.Contains(t, a.text, "Payment successful")
	require.Equal(t, "success", r.status("1"))

	ticket = r.create(set(r.order("2"), "payment", "widget_method", "payin-ecom-mobile"))
	r.follow(ticket.URL, url.Values{"action": {"send_otp"}})
	for range 3 {
		a = r.follow(ticket.URL, url.Values{"action": {"check_otp"}, "otp": {"no"}})
	}
	require.Contains(t, a.text, "Reason: three wrong one-time passwords")
}

// 3-D Secure on the page.
func TestPage3DS(t *testing.T) {
	for action, heading := range map[string]string{"pass_3ds": "Payment successful", "fail_3ds": "Payment declined", "refuse": "Payment declined"} {
		r := newRig(t)
		ticket := r.create(set(r.order("1"), "payment", "widget_method", "payin-ecom-card"))
		a := r.follow(ticket.URL, url.Values{"action": {"pay_with_3ds"}})
		require.Contains(t, a.text, "Confirm at your bank")
		require.NotContains(t, a.text, `value="pay"`)
		require.Contains(t, r.follow(ticket.URL, url.Values{"action": {action}}).text, heading)
	}
}

// What the payer hears of a dispute, and of the refusals in Russian.
func TestPageResults(t *testing.T) {
	for action, want := range map[sandbox.Action][2]string{
		sandbox.Dispute:            {"Payment under review", "Платёж проверяется"},
		sandbox.PayAndDecline:      {"Reason: the money was not received", "Причина: деньги не поступили"},
		sandbox.DeclineByBank:      {"Reason: declined by the bank", "Причина: отказ банка"},
		sandbox.DeclineByAntiFraud: {"Reason: declined by anti-fraud", "Причина: отказ антифрода"},
	} {
		r := newRig(t)
		ticket := r.create(r.order("1"))
		require.Contains(t, r.follow(ticket.URL, url.Values{"action": {string(action)}}).text, want[0])
		require.Contains(t, r.get(ticket.URL+"?lang=ru").text, want[1])
	}
}

package sandbox

import "cmp"

// A texts holds what the payment page says in one language.
type texts struct {
	Code         string // of the language
	Name         string // of the language, in it
	Other        string // code of the language to switch to
	point, group string

	Banner, BannerText                                                              string
	PayTitle, Summary, Order, Description, Method, Due, ChooseMethod                string
	Card, CardNumber, CardExpiry, CardCode, CardNote                                string
	Pay, HavePaid, Refuse                                                           string
	QRTitle, QRText, QRAlt                                                          string
	TransferText, TransferTo, PhoneTo, Exactly, Recipient, Nobody                   string
	PlainText                                                                       string
	MobileText, Operator, Phone, PhoneNote, GetCode                                 string
	OTPTitle, OTPText, OTPCode, OTPWrong, OTPLeft, OTPSimulated, OTPCheck, OTPAgain string
	BankTitle, BankText, BankConfirm, BankFail                                      string
	Extras, ExtrasText                                                              string
	Reason, Back                                                                    string
	UnknownTitle, UnknownText                                                       string

	outcomes map[Action]string
	methods  map[string]string
	none     string // no method
	minor    string // minor units of
	results  map[string]message
	progress message
	reasons  map[string]string // of gateway texts; nil where these are it
}

// A message is a result of a payment for its payer.
type message struct {
	Heading, Text string
	Tone          string // good, bad or plain: how it looks
}

var languages = map[string]*texts{"en": &english, "ru": &russian}

// countries are those whose default language is Russian here.
var countries = map[string]string{"RU": "ru", "KZ": "ru", "KG": "ru", "UZ": "ru", "TJ": "ru"}

// textsFor returns the language that the payer has chosen, else that of the
// customer, else the default of his country, as documented; English where
// there is no better.
func textsFor(chosen, language, country string) *texts {
	if x, ok := languages[chosen]; ok {
		return x
	}
	if x, ok := languages[cmp.Or(language, countries[country])]; ok {
		return x
	}
	return &english
}

func (x *texts) method(code string) string {
	if code == "" {
		return x.none
	}
	return cmp.Or(x.methods[code], code)
}

func (x *texts) result(s Status) message {
	if m, ok := x.results[s.String()]; ok {
		return m
	}
	return x.progress
}

func (x *texts) reason(description string) string {
	return cmp.Or(x.reasons[description], description)
}

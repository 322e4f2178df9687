package widget_test

import (
	"strings"
	"testing"

	"github.com/go-highhelp/highhelp/widget"
	"github.com/stretchr/testify/require"
)

func TestMethodForm(t *testing.T) {
	for m, ok := range map[widget.Method]bool{
		"payin-ecom-card": true, "payin-1-click": true, "never-seen-before": true, "a": true,
		widget.Method(strings.Repeat("a", 32)): true,
		widget.Method(strings.Repeat("a", 33)): false,
		"":                                     false, "Payin": false, "payin_card": false, "payin card": false, "payin\x00": false, "оплата": false,
	} {
		requireForm(t, "Method", m.Valid(), ok, string(m))
	}
}

func TestCountryForm(t *testing.T) {
	for c, ok := range map[widget.Country]bool{
		"RU": true, "ZZ": true, "": false, "R": false, "ru": false, "RUS": false, "R1": false, "Я": false, "R ": false,
	} {
		requireForm(t, "Country", c.Valid(), ok, string(c))
	}
}

func TestLanguageForm(t *testing.T) {
	for l, ok := range map[widget.Language]bool{
		"ru": true, "zz": true, "": false, "r": false, "RU": false, "rus": false, "ru-RU": false, "я": false,
	} {
		requireForm(t, "Language", l.Valid(), ok, string(l))
	}
}

func requireForm(t *testing.T, field string, err error, ok bool, value string) {
	t.Helper()
	if ok {
		require.NoError(t, err, "%q", value)
		return
	}
	var option *widget.OptionError
	require.ErrorAs(t, err, &option, "%q", value)
	require.Equal(t, field, option.Field)
	if value != "" {
		require.NotContains(t, err.Error(), " "+value+" ")
	}
}

// TestMethodsAreThoseOfTheDocumentation repeats the documented table, in which
// an edit by mistake would otherwise go unseen.
func TestMethodsAreThoseOfTheDocumentation(t *testing.T) {
	var got []string
	for _, m := range widget.Methods() {
		require.NoError(t, m.Code.Valid())
		require.NoError(t, m.Country.Valid())
		require.Regexp(t, `^[A-Z]{3}$`, m.Currency)
		require.NotEmpty(t, m.Source)
		got = append(got, string(m.Product)+" "+string(m.Country)+" "+m.Currency+" "+string(m.Code)+" "+string(m.Evidence))
	}
	require.Equal(t, []string{
		"ecom KZ KZT payin-ecom-card documented",
		"ecom UZ UZS payin-ecom-card documented",
		"ecom RU RUB payin-ecom-card documented",
		"ecom KZ KZT payin-ecom-mobile documented",
		"p2p KG KGS payin-p2p-card documented",
		"p2p KG KGS payin-p2p-phone documented",
		"p2p KG KGS payin-qr-link-p2p documented",
		"p2p UZ UZS payin-p2p-card documented",
		"p2p RU RUB payin-p2p-card older draft",
		"p2p RU RUB payin-p2p-sbp older draft",
		"p2p RU RUB payin-1-click older draft",
		"p2p RU RUB payin-p2p-international older draft",
		"p2p RU RUB payin-qr-sbp older draft",
		"p2p RU RUB payin-p2p-mobile older draft",
		"p2p RU RUB payin-p2p-card-international older draft",
	}, got)
}

func TestCountriesAndLanguages(t *testing.T) {
	currency := map[widget.Country]string{}
	for _, c := range widget.Countries() {
		require.NoError(t, c.Code.Valid())
		require.NotEmpty(t, c.Source)
		currency[c.Code] = c.Currency
	}
	require.Equal(t, map[widget.Country]string{
		"RU": "RUB", "KZ": "KZT", "UZ": "UZS", "KG": "KGS", "TJ": "TJS", "AZ": "AZN", "NG": "NGN", "AR": "ARS",
	}, currency)
	for _, m := range widget.Methods() {
		require.Equal(t, currency[m.Country], m.Currency)
	}

	texts := map[widget.Language]bool{}
	for _, l := range widget.Languages() {
		require.NoError(t, l.Code.Valid())
		require.NotEmpty(t, l.Source)
		texts[l.Code] = l.Texts
	}
	require.Equal(t, map[widget.Language]bool{
		"ru": true, "en": true, "kk": true, "uz": true, "ky": true, "tg": true, "az": true, "es": true,
	}, texts)
}

func TestListsAreCopies(t *testing.T) {
	widget.Methods()[0].Code = "changed"
	widget.Countries()[0].Code = "changed"
	widget.Languages()[0].Code = "changed"
	require.Equal(t, widget.MethodECOMCard, widget.Methods()[0].Code)
	require.Equal(t, widget.Russia, widget.Countries()[0].Code)
	require.Equal(t, widget.Russian, widget.Languages()[0].Code)
}

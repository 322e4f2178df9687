package sandbox

import (
	"maps"
	"net/url"
	"reflect"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// The scenario is data, so what its code relies on is checked here: every
// place exists and is reached, and every ticket comes to an end.
func TestScenario(t *testing.T) {
	reached := map[place]bool{start: true}
	for at, stop := range checkout {
		require.NotEmpty(t, stop.status.Main, at)
		if stop.expiry != "" {
			require.Contains(t, checkout, stop.expiry)
			reached[stop.expiry] = true
		}
		for action, path := range stop.moves {
			require.NotEmpty(t, path, "%s %s", at, action)
			require.False(t, stop.status.Final(), at)
			require.NotEmpty(t, stop.expiry, "%s: a payer who leaves must not leave it open", at)
			for _, next := range path {
				require.Contains(t, checkout, next)
				reached[next] = true
			}
			last := checkout[path[len(path)-1]]
			require.True(t, last.status.Final() || len(last.moves) > 0 || len(last.decisions) > 0, "%s %s leads nowhere", at, action)
		}
		for action, path := range stop.decisions {
			for _, next := range path {
				require.Contains(t, checkout, next)
				reached[next] = true
			}
			require.True(t, checkout[path[len(path)-1]].status.Final(), "%s %s decides nothing", at, action)
		}
	}
	require.Len(t, reached, len(checkout))
	for kind, list := range extraActions {
		for _, a := range list {
			require.NotEmpty(t, checkout.path(start, a), "%s %s", kind, a)
			require.Contains(t, payerActions(), a)
		}
	}
}

func TestScenarioPath(t *testing.T) {
	require.Equal(t, []place{"requisites"}, checkout.path(start, Open))
	require.Equal(t, []place{"requisites", "paid", "success"}, checkout.path(start, Pay))
	require.Equal(t, []place{"paid", "success"}, checkout.path("requisites", Pay))
	require.Empty(t, checkout.path("requisites", Open))
	require.Empty(t, checkout.path("success", Refuse))
	require.Empty(t, checkout.path(start, "expiry"))
	require.Len(t, checkout[start].moves[Open], 1, "path must not write into the table")
}

func TestAmount(t *testing.T) {
	for _, c := range []struct {
		minor    int64
		currency string
		en, ru   string
	}{
		{1, "RUB", "0.01 RUB", "0,01 RUB"},
		{10, "KZT", "0.10 KZT", "0,10 KZT"},
		{100, "UZS", "1.00 UZS", "1,00 UZS"},
		{99999, "RUB", "999.99 RUB", "999,99 RUB"},
		{100000, "RUB", "1,000.00 RUB", "1\u00a0000,00 RUB"},
		{10_000_000_000_000, "NGN", "100,000,000,000.00 NGN", "100\u00a0000\u00a0000\u00a0000,00 NGN"},
		{1234, "JPY", "1,234 minor units of JPY", "1\u00a0234 минимальных единиц JPY"},
		{12, "XXX", "12 minor units of XXX", "12 минимальных единиц XXX"},
	} {
		require.Equal(t, c.en, english.amount(c.minor, c.currency))
		require.Equal(t, c.ru, russian.amount(c.minor, c.currency))
	}
}

// Each language says everything.
func TestTexts(t *testing.T) {
	for code, x := range languages {
		require.Equal(t, code, x.Code)
		require.Contains(t, languages, x.Other)
		v := reflect.ValueOf(*x)
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() {
				require.NotEmpty(t, v.Field(i).String(), "%s: %s", code, f.Name)
			}
		}
		require.Equal(t, slices.Sorted(maps.Keys(english.methods)), slices.Sorted(maps.Keys(x.methods)), code)
		require.Equal(t, slices.Sorted(maps.Keys(english.results)), slices.Sorted(maps.Keys(x.results)), code)
		for _, list := range extraActions {
			for _, a := range list {
				require.NotEmpty(t, x.outcomes[a], "%s: %s", code, a)
			}
		}
	}
	for at, stop := range checkout {
		if d := stop.status.Description; d != "" {
			require.NotEmpty(t, russian.reasons[d], at)
		}
	}
}

func TestLanguage(t *testing.T) {
	for _, c := range []struct{ chosen, language, country, want string }{
		{"", "", "", "en"}, {"", "ru", "", "ru"}, {"", "en", "RU", "en"}, {"", "", "RU", "ru"}, {"", "", "KZ", "ru"},
		{"", "", "AR", "en"}, {"", "es", "RU", "en"}, {"ru", "en", "", "ru"}, {"en", "ru", "RU", "en"}, {"xx", "ru", "", "ru"},
	} {
		require.Equal(t, c.want, textsFor(c.chosen, c.language, c.country).Code, c)
	}
}

// Every documented method has its page, and none is offered that has not.
func TestMethodKinds(t *testing.T) {
	for method, kind := range map[string]string{
		"payin-ecom-card": "card", "payin-ecom-mobile": "mobile", "payin-qr-sbp": "qr", "payin-qr-link-p2p": "qr",
		"payin-p2p-sbp": "phone", "payin-p2p-phone": "phone", "payin-p2p-mobile": "phone", "payin-p2p-card": "transfer",
		"payin-p2p-international": "transfer", "payin-p2p-card-international": "transfer", "payin-1-click": "plain", "payin-new": "plain",
	} {
		require.Equal(t, kind, kindOf(method), method)
	}
	for currency := range exponents {
		for _, m := range offeredMethods(currency) {
			require.Contains(t, english.methods, m)
		}
	}
}

func TestWrongURL(t *testing.T) {
	for _, good := range []string{
		"https://shop.example", "https://shop.example:8443/a?b=c#d", "https://203.0.113.7/", "https://[2001:db8::1]/",
		"http://localhost/", "http://127.0.0.1:8080/", "http://127.8.9.1/", "http://[::1]:80/", "http://[::ffff:127.0.0.1]/",
		"https://xn--80ak6aa92e.example/", "HTTPS://shop.example/",
	} {
		require.Empty(t, wrongURL(good), good)
	}
	for _, bad := range []string{
		"", "shop.example", "//shop.example/", "https:///x", "https://", "http://shop.example/", "http://localhost.evil.example/",
		"http://128.0.0.1/", "http://0.0.0.0/", "http://[::2]/", "https://u:p@shop.example/", "https://магазин.example/",
		"https://a;script-src/", "https://a,b/", "https://a b/", "https://a/\n", "javascript:alert(1)", "ftp://localhost/", "https://[fe80::1%25eth0]/",
	} {
		require.NotEmpty(t, wrongURL(bad), bad)
	}
}

func TestFormTarget(t *testing.T) {
	for address, want := range map[string]string{
		"https://shop.example:8443/a?b": "https://shop.example:8443",
		"http://127.0.0.1/":             "http://127.0.0.1",
		"http://[::1]:8080/":            "http:",
	} {
		u, err := url.Parse(address)
		require.NoError(t, err)
		require.Equal(t, want, formTarget(u))
	}
}

package widget_test

import (
	"testing"

	"github.com/go-highhelp/highhelp/widget"
	"github.com/stretchr/testify/require"
)

func TestCSP(t *testing.T) {
	tests := []struct {
		name string
		o    widget.CSPOptions
		want string
	}{
		{
			"host list",
			widget.CSPOptions{TicketURL: "/pay/tickets", AssetsURL: "/pay/widget/", PaymentOrigins: []string{"https://pay.example"}},
			"script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'self' https://pay.example",
		},
		{
			"nonce",
			widget.CSPOptions{TicketURL: "/pay/tickets", AssetsURL: "/w", PaymentOrigins: []string{"https://pay.example"}, Nonce: "cmFuZG9t_-=="},
			"script-src 'nonce-cmFuZG9t_-=='; style-src 'nonce-cmFuZG9t_-=='; connect-src 'self'; form-action 'self' https://pay.example",
		},
		{
			"other hosts",
			widget.CSPOptions{
				TicketURL: "https://api.shop.example:8443/pay/tickets?a=b", AssetsURL: "https://cdn.shop.example/w/",
				PaymentOrigins: []string{"https://pay.example/", "http://127.0.0.1:9000"},
			},
			"script-src https://cdn.shop.example; style-src https://cdn.shop.example; connect-src https://api.shop.example:8443; form-action https://api.shop.example:8443 https://pay.example http://127.0.0.1:9000",
		},
		{
			"no source twice",
			widget.CSPOptions{TicketURL: "https://a.example/t", AssetsURL: "/w", PaymentOrigins: []string{"https://a.example", "https://b.example", "https://b.example/"}},
			"script-src 'self'; style-src 'self'; connect-src https://a.example; form-action https://a.example https://b.example",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, err := widget.CSP(tt.o)
			require.NoError(t, err)
			require.Equal(t, tt.want, d.String())
		})
	}
}

func TestCSPNamesEveryMistake(t *testing.T) {
	d, err := widget.CSP(widget.CSPOptions{})
	require.Nil(t, d)
	require.Equal(t, []string{"TicketURL", "AssetsURL", "PaymentOrigins"}, fields(t, err))

	_, err = widget.CSP(widget.CSPOptions{
		TicketURL: "http://[::1]:80/t", AssetsURL: "http://[::1]/", Nonce: "a b",
		PaymentOrigins: []string{
			"https://ok.example", "pay.example", "/", "https://pay.example/path", "https://pay.example?q", "https://*.example",
			"http://pay.example", "https://pay.example; script-src *", "https://a@pay.example", "https://[2001:db8::1]", "https://a.example//", "'self'", "*",
		},
	})
	require.Equal(t, []string{
		"TicketURL", "AssetsURL",
		"PaymentOrigins[1]", "PaymentOrigins[2]", "PaymentOrigins[3]", "PaymentOrigins[4]", "PaymentOrigins[5]", "PaymentOrigins[6]",
		"PaymentOrigins[7]", "PaymentOrigins[8]", "PaymentOrigins[9]", "PaymentOrigins[10]", "PaymentOrigins[11]", "PaymentOrigins[12]",
		"Nonce",
	}, fields(t, err))
}

// TestCSPRefusesHostileValues: no value adds a directive or a source of its
// own.
func TestCSPRefusesHostileValues(t *testing.T) {
	good := widget.CSPOptions{TicketURL: "/t", AssetsURL: "/w", PaymentOrigins: []string{"https://pay.example"}}
	for _, value := range hostile {
		for field, set := range map[string]func(*widget.CSPOptions){
			"TicketURL":         func(o *widget.CSPOptions) { o.TicketURL = value },
			"AssetsURL":         func(o *widget.CSPOptions) { o.AssetsURL = value },
			"PaymentOrigins[0]": func(o *widget.CSPOptions) { o.PaymentOrigins = []string{value} },
		} {
			o := good
			set(&o)
			_, err := widget.CSP(o)
			require.Error(t, err, "%s %q", field, value)
			require.Equal(t, []string{field}, fields(t, err))
		}
		o := good
		o.Nonce = value
		if d, err := widget.CSP(o); err == nil {
			require.Equal(t, []string{"'nonce-" + value + "'"}, d[0].Sources)
			require.NotRegexp(t, `[^A-Za-z0-9+/_=-]`, value)
		}
	}
}

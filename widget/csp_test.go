package widget_test

import (
	"strings"
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
		{
			"frame",
			widget.CSPOptions{TicketURL: "/t", AssetsURL: "/w", PaymentOrigins: []string{"https://pay.example", "https://bank.example"}, Mode: widget.Frame},
			"script-src 'self'; style-src 'self'; connect-src 'self'; frame-src https://pay.example https://bank.example 'self'; form-action 'self' https://pay.example https://bank.example",
		},
		{
			"frame that returns elsewhere",
			widget.CSPOptions{TicketURL: "/t", AssetsURL: "/w", PaymentOrigins: []string{"https://pay.example"}, Mode: widget.Frame, ReturnOrigin: "https://shop.example"},
			"script-src 'self'; style-src 'self'; connect-src 'self'; frame-src https://pay.example https://shop.example; form-action 'self' https://pay.example",
		},
		{
			"script",
			widget.CSPOptions{TicketURL: "/t", AssetsURL: "/w", PaymentOrigins: []string{"https://pay.example"}, Mode: widget.Script, ScriptURL: "https://cdn.example/form.js?v=1"},
			"script-src 'self' https://cdn.example; style-src 'self'; connect-src 'self' https://pay.example; frame-src https://pay.example; form-action 'self' https://pay.example",
		},
		{
			"script with a nonce",
			widget.CSPOptions{TicketURL: "/t", AssetsURL: "/w", PaymentOrigins: []string{"https://pay.example"}, Mode: widget.Script, ScriptURL: "https://cdn.example/form.js", Nonce: "AAAA"},
			"script-src 'nonce-AAAA'; style-src 'nonce-AAAA'; connect-src 'self' https://pay.example; frame-src https://pay.example; form-action 'self' https://pay.example",
		},
		{
			"mounted, with trusted types and a status elsewhere",
			widget.CSPOptions{
				TicketURL: "/t", AssetsURL: "https://cdn.example/w", PaymentOrigins: []string{"https://pay.example"},
				StatusURL: "https://api.example/s", Mounted: true, TrustedTypes: true,
			},
			"script-src https://cdn.example; style-src https://cdn.example; connect-src 'self' https://api.example https://cdn.example; " +
				"form-action 'self' https://pay.example; require-trusted-types-for 'script'; trusted-types highhelp",
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

func TestCSPModeNeedsWhatIsItsOwn(t *testing.T) {
	good := widget.CSPOptions{TicketURL: "/t", AssetsURL: "/w", PaymentOrigins: []string{"https://pay.example"}}
	for want, change := range map[string]func(*widget.CSPOptions){
		"Mode":         func(o *widget.CSPOptions) { o.Mode = "popup" },
		"ScriptURL":    func(o *widget.CSPOptions) { o.Mode = widget.Script },
		"ScriptURL ":   func(o *widget.CSPOptions) { o.ScriptURL = "/form.js" },
		"ReturnOrigin": func(o *widget.CSPOptions) { o.ReturnOrigin = "https://shop.example" },
		"StatusURL":    func(o *widget.CSPOptions) { o.StatusURL = "http://[::1]/s" },
	} {
		o := good
		change(&o)
		_, err := widget.CSP(o)
		require.Equal(t, []string{strings.TrimSpace(want)}, fields(t, err))
	}
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
			"StatusURL":         func(o *widget.CSPOptions) { o.StatusURL = value },
			"ScriptURL":         func(o *widget.CSPOptions) { o.Mode, o.ScriptURL = widget.Script, value },
			"ReturnOrigin":      func(o *widget.CSPOptions) { o.Mode, o.ReturnOrigin = widget.Frame, value },
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

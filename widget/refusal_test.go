package widget_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/go-highhelp/highhelp/widget"
	"github.com/stretchr/testify/require"
)

func TestRefusal(t *testing.T) {
	for _, c := range []struct {
		name    string
		refusal widget.Refusal
		has     []string
		hasNot  []string
	}{
		{"nothing given", widget.Refusal{}, []string{`lang="en"`, "could not be started", `href="widget/highhelp.`}, []string{"<form", "<a "}},
		{"unknown code", widget.Refusal{Code: "no_order"}, []string{"could not be started"}, nil},
		{"a code that is a text of another kind", widget.Refusal{Code: "pay"}, []string{"could not be started"}, nil},
		{"gateway", widget.Refusal{Code: "gateway_error", OrderID: "1"}, []string{"busy", `value="1"`, "Try again"}, nil},
		{"paid", widget.Refusal{Code: "order_paid", OrderID: "1", BackURL: "/orders/1"}, []string{"already paid", `href="/orders/1"`}, []string{"<form"}},
		{"in progress", widget.Refusal{Code: "in_progress", OrderID: "1"}, []string{"still being processed", "<form"}, nil},
		{"review", widget.Refusal{Code: "needs_review", OrderID: "1"}, []string{"is checking this order"}, []string{"<form"}},
		{"Russian", widget.Refusal{Code: "order_paid", Locale: "ru", BackURL: "/x"}, []string{`lang="ru"`, "уже оплачен", "Вернуться в магазин"}, nil},
		{"language without texts", widget.Refusal{Locale: "de"}, []string{`lang="en"`}, nil},
		{"assets elsewhere", widget.Refusal{AssetsURL: "/pay/widget"}, []string{`href="/pay/widget/highhelp.`}, nil},
		{"hostile order", widget.Refusal{Code: "busy", OrderID: `"><script>`}, []string{`value="&#34;&gt;&lt;script&gt;"`}, []string{"<script"}},
		{"order that can't be", widget.Refusal{Code: "busy", OrderID: "a~2"}, nil, []string{"<form"}},
		{"hostile links", widget.Refusal{BackURL: "javascript:alert(1)"}, nil, []string{"javascript", "<a "}},
		{"link to another host", widget.Refusal{BackURL: "//evil.example"}, nil, []string{"evil"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var b bytes.Buffer
			require.NoError(t, c.refusal.Render(&b))
			for _, want := range c.has {
				require.Contains(t, b.String(), want)
			}
			for _, not := range c.hasNot {
				require.NotContains(t, b.String(), not)
			}
			require.Equal(t, 1, strings.Count(b.String(), `role="alert"`))
		})
	}
}

func TestNegotiate(t *testing.T) {
	for header, want := range map[string]widget.Language{
		"": widget.English, "ru": widget.Russian, "ru-RU,ru;q=0.9,en-US;q=0.8": widget.Russian, "de, ru;q=0.5, en;q=0.7": widget.English,
		"RU": widget.Russian, "en;q=0.1, ru;q=0": widget.English, "ru;q=x": widget.English, "*": widget.English, ";;,": widget.English,
	} {
		require.Equal(t, want, widget.Negotiate(header), "%q", header)
	}
}

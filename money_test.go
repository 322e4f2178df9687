package highhelp_test

import (
	"math"
	"strings"
	"testing"

	"github.com/go-highhelp/highhelp"
	"github.com/stretchr/testify/require"
)

func TestParseMoney(t *testing.T) {
	plain, err := highhelp.New(validConfig())
	require.NoError(t, err)
	for _, c := range []struct {
		text, currency string
		minor          int64
	}{
		{"100.00", "RUB", 10000}, {"100", "RUB", 10000}, {"100.5", "KZT", 10050}, {"0.01", "UZS", 1}, {"007.10", "RUB", 710},
		{"100000000000.00", "RUB", 10_000_000_000_000},
	} {
		got, err := plain.ParseMoney(c.text, c.currency)
		require.NoError(t, err, c.text)
		require.Equal(t, highhelp.Money{Minor: c.minor, Currency: c.currency}, got)
	}
	for _, text := range []string{"", ".", "1.", ".5", "-1", "+1", "1,00", "1.000", "1e2", " 1", "1 ", "0", "0.00", "1.5.0", "0x10", "١", "100000000000.01", strings.Repeat("9", 40), "NaN"} {
		_, err := plain.ParseMoney(text, "RUB")
		require.Error(t, err, "%q", text)
	}
	for _, currency := range []string{"USD", "", "rub", "RUBB"} {
		_, err := plain.ParseMoney("1", currency)
		require.ErrorContains(t, err, "unknown currency", currency)
	}
	cfg := validConfig()
	cfg.Currencies = map[string]int{"JPY": 0, "KWD": 3}
	c, err := highhelp.New(cfg)
	require.NoError(t, err)
	for text, want := range map[[2]string]int64{{"100", "JPY"}: 100, {"1.234", "KWD"}: 1234, {"1.2", "KWD"}: 1200, {"1.5", "RUB"}: 150} {
		got, err := c.ParseMoney(text[0], text[1])
		require.NoError(t, err)
		require.Equal(t, want, got.Minor)
	}
	_, err = c.ParseMoney("1.5", "JPY")
	require.ErrorContains(t, err, "0 decimals")
	require.Equal(t, "1.234", c.FormatMoney(highhelp.Money{Minor: 1234, Currency: "KWD"}))
}

func TestMoneyText(t *testing.T) {
	for want, m := range map[string]highhelp.Money{
		"100.00 RUB": rub(10000), "0.01 RUB": rub(1), "0.00 RUB": rub(0), "-1.05 RUB": rub(-105),
		"-92233720368547758.08 RUB": rub(math.MinInt64), "5 minor units of JPY": {Minor: 5, Currency: "JPY"}, "0 minor units of ": {},
	} {
		require.Equal(t, want, m.String())
	}
	// What is written is read back.
	plain, err := highhelp.New(validConfig())
	require.NoError(t, err)
	for minor := int64(1); minor <= 10_000_000_000_000; minor = minor*7 + 3 {
		got, err := plain.ParseMoney(rub(minor).Decimal(), "RUB")
		require.NoError(t, err)
		require.Equal(t, minor, got.Minor)
	}
}

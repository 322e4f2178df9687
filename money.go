package highhelp

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Money is an amount in minor units: Money{10000, "RUB"} is 100.00 rubles, as
// the gateway documents it.
type Money struct {
	Minor    int64  // minor units, such as kopecks
	Currency string // ISO 4217, three capital letters
}

// maxMinor is the largest amount that the gateway documents.
const maxMinor = 10_000_000_000_000

// decimals says how many decimals each currency has that HighHelp's pages
// name, by ISO 4217. The gateway's own table is not public, so no other
// currency is guessed: see Config.Currencies.
var decimals = map[string]int{
	"RUB": 2, "KZT": 2, "UZS": 2, "KGS": 2, "TJS": 2, "AZN": 2, "NGN": 2, "ARS": 2,
}

// ParseMoney reads decimal text such as "100.00" or "100" exactly: no sign, no
// exponent, no more decimals than the currency has, at least one minor unit.
// It knows the currencies that HighHelp's pages name (RUB, KZT, UZS, KGS, TJS,
// AZN, NGN, ARS) and those of Config.Currencies; any other is refused.
func (c *Checkout) ParseMoney(decimal, currency string) (Money, error) {
	return parseMoney(decimal, currency, c.cfg.Currencies)
}

func parseMoney(decimal, currency string, decimals map[string]int) (Money, error) {
	n, ok := decimals[currency]
	if !ok {
		return Money{}, fmt.Errorf("highhelp: unknown currency %q: register it in Config.Currencies", currency)
	}
	whole, fraction, point := strings.Cut(decimal, ".")
	if !digitsOnly(whole) || point && !digitsOnly(fraction) {
		return Money{}, fmt.Errorf("highhelp: %q is not an amount such as 100.00", decimal)
	}
	if len(fraction) > n {
		return Money{}, fmt.Errorf("highhelp: %s has %d decimals, %q has more", currency, n, decimal)
	}
	minor, err := strconv.ParseInt(whole+fraction+strings.Repeat("0", n-len(fraction)), 10, 64)
	if err != nil || minor < 1 || minor > maxMinor {
		return Money{}, fmt.Errorf("highhelp: %q is out of range: 1 to %d minor units", decimal, int64(maxMinor))
	}
	return Money{minor, currency}, nil
}

func digitsOnly(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}

// Decimal writes the amount as decimal text, such as "100.00". In a currency
// that HighHelp's pages do not name it writes minor units; see
// [Checkout.FormatMoney].
func (m Money) Decimal() string { return m.decimal(decimals) }

// FormatMoney writes m as [Money.Decimal] does, for the currencies of
// Config.Currencies too.
func (c *Checkout) FormatMoney(m Money) string { return m.decimal(c.cfg.Currencies) }

func (m Money) decimal(decimals map[string]int) string {
	n := decimals[m.Currency]
	if n == 0 {
		return strconv.FormatInt(m.Minor, 10)
	}
	sign, minor := "", uint64(m.Minor)
	if m.Minor < 0 {
		sign, minor = "-", -minor // right for math.MinInt64 too
	}
	unit := uint64(math.Pow10(n))
	return fmt.Sprintf("%s%d.%0*d", sign, minor/unit, n, minor%unit)
}

// stated reports whether the gateway has said both amount and currency.
func (m Money) stated() bool { return m.Minor != 0 && m.Currency != "" }

// or fills in what m does not state.
func (m Money) or(other Money) Money {
	if m.Minor == 0 {
		m.Minor = other.Minor
	}
	if m.Currency == "" {
		m.Currency = other.Currency
	}
	return m
}

// String writes amount and currency, such as "100.00 RUB".
func (m Money) String() string {
	if _, ok := decimals[m.Currency]; !ok {
		return fmt.Sprintf("%d minor units of %s", m.Minor, m.Currency)
	}
	return m.Decimal() + " " + m.Currency
}

package sandbox

import "strconv"

// exponents are the digits after the point of the currencies that the
// documentation names, by ISO 4217.
var exponents = map[string]int{
	"ARS": 2, "AZN": 2, "KGS": 2, "KZT": 2, "NGN": 2, "RUB": 2, "TJS": 2, "UZS": 2,
}

// amount writes minor units for people: 1,234.50 RUB. It does not guess at the
// fraction of a currency that it does not know.
func (x *texts) amount(minor int64, currency string) string {
	digits, known := exponents[currency]
	if !known {
		return x.grouped(strconv.FormatInt(minor, 10)) + " " + x.minor + " " + currency
	}
	s := strconv.FormatInt(minor, 10)
	for len(s) <= digits {
		s = "0" + s
	}
	return x.grouped(s[:len(s)-digits]) + x.point + s[len(s)-digits:] + " " + currency
}

// grouped sets off every third digit from the right.
func (x *texts) grouped(s string) string {
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + x.group + s[i:]
	}
	return s
}

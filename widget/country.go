package widget

import (
	"slices"
	"strings"
)

// A Country is an ISO 3166-1 alpha-2 code, the form in which an order states
// the payer's country. The gateway takes the offered methods and the default
// language from it. The set is open.
type Country string

// Countries with a page of their own in the documentation. [Countries] says
// which page.
const (
	Russia     Country = "RU"
	Kazakhstan Country = "KZ"
	Uzbekistan Country = "UZ"
	Kyrgyzstan Country = "KG"
	Tajikistan Country = "TJ"
	Azerbaijan Country = "AZ"
	Nigeria    Country = "NG"
	Argentina  Country = "AR"
)

// Valid checks the form only: two capital letters.
// The error is an [*OptionError].
func (c Country) Valid() error {
	if len(c) != 2 || strings.ContainsFunc(string(c), notUpper) {
		return formError("Country", "must be two capital letters (ISO 3166-1 alpha-2)")
	}
	return nil
}

// CountryInfo is what is known about a country.
type CountryInfo struct {
	Code     Country
	Name     string // in English
	Currency string // ISO 4217, as on the country's page
	Evidence Evidence
	Source   string // where the documentation has it
}

var countries = []CountryInfo{
	{Russia, "Russia", "RUB", Documented, pageCard},
	{Kazakhstan, "Kazakhstan", "KZT", Documented, pageCard},
	{Uzbekistan, "Uzbekistan", "UZS", Documented, pageUzbekistan},
	{Kyrgyzstan, "Kyrgyzstan", "KGS", Documented, pageKyrgyzstan},
	{Tajikistan, "Tajikistan", "TJS", Documented, "page Widget > P2P > Tajikistan"},
	{Nigeria, "Nigeria", "NGN", Documented, "page Widget > P2P > Nigeria"},
	{Azerbaijan, "Azerbaijan", "AZN", Documented, "page H2H > P2P > Azerbaijan; no widget page known"},
	{Argentina, "Argentina", "ARS", Documented, "page H2H > P2P > Argentina; no widget page known"},
}

// Countries lists the known countries. The caller may change the slice.
func Countries() []CountryInfo { return slices.Clone(countries) }

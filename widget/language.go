package widget

import (
	"slices"
	"strings"
)

// A Language is an ISO 639-1 code, the form in which an order states the
// language of the payment page. Without one the gateway takes the default
// language of the payer's country. The set is open.
type Language string

// Languages that the documentation names, and the main languages of the
// countries that it names.
const (
	Russian     Language = "ru"
	English     Language = "en"
	Kazakh      Language = "kk"
	Uzbek       Language = "uz"
	Kyrgyz      Language = "ky"
	Tajik       Language = "tg"
	Azerbaijani Language = "az"
	Spanish     Language = "es"
)

// Valid checks the form only: two small letters.
// The error is an [*OptionError].
func (l Language) Valid() error {
	if len(l) != 2 || strings.ContainsFunc(string(l), notLower) {
		return formError("Language", "must be two small letters (ISO 639-1)")
	}
	return nil
}

// LanguageInfo is what is known about a language.
type LanguageInfo struct {
	Code     Language
	Name     string // in English
	Texts    bool   // whether a Snippet has texts in it
	Evidence Evidence
	Source   string // where the documentation has it
}

const (
	pageCustomization = "page Widget > Customization"
	standard639       = "ISO 639-1, which the page Widget > Customization names; whether the payment page has it is not known"
)

var languages = []LanguageInfo{
	{Code: Russian, Name: "Russian", Evidence: Documented, Source: pageCustomization},
	{Code: English, Name: "English", Evidence: Documented, Source: pageCustomization},
	{Code: Spanish, Name: "Spanish", Evidence: Documented, Source: pageCustomization},
	{Code: Kazakh, Name: "Kazakh", Evidence: ByStandard, Source: standard639},
	{Code: Uzbek, Name: "Uzbek", Evidence: ByStandard, Source: standard639},
	{Code: Kyrgyz, Name: "Kyrgyz", Evidence: ByStandard, Source: standard639},
	{Code: Tajik, Name: "Tajik", Evidence: ByStandard, Source: standard639},
	{Code: Azerbaijani, Name: "Azerbaijani", Evidence: ByStandard, Source: standard639},
}

// Languages lists the known languages. The caller may change the slice.
func Languages() []LanguageInfo {
	list := slices.Clone(languages)
	for i := range list {
		_, list[i].Texts = texts[list[i].Code]
	}
	return list
}

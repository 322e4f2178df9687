package widget

// texts holds every text of every language. A new language is one more file
// and one more entry; a test sees to it that none has gaps.
//
// No text says that nothing was charged: nobody knows here what an earlier
// payment page of the same order has done.
var texts = map[Language]Texts{
	English:     englishTexts,
	Russian:     russianTexts,
	Kazakh:      kazakhTexts,
	Uzbek:       uzbekTexts,
	Kyrgyz:      kyrgyzTexts,
	Tajik:       tajikTexts,
	Azerbaijani: azerbaijaniTexts,
	Spanish:     spanishTexts,
}

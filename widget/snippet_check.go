package widget

import (
	"maps"
	"slices"
	"strings"
	"time"
)

func (s Snippet) check() error {
	var m mistakes
	m.add("OrderID", orderIDReason(s.OrderID))
	m.add("TicketURL", urlReason(s.TicketURL))
	m.add("AssetsURL", assetsURLReason(s.AssetsURL))
	s.checkMode(&m)
	if s.StatusURL != "" {
		m.add("StatusURL", urlReason(s.StatusURL))
	}
	m.add("Amount", amountReason(s.Amount))
	m.add("Locale", localeReason(s.Locale))
	if s.Label != "" {
		m.add("Label", blankReason(s.Label))
	}
	s.Texts.check(&m)
	m.add("Class", textReason(s.Class))
	m.add("Nonce", nonceReason(s.Nonce))
	m.add("Timeout", timeoutReason(s.Timeout))
	return m.err()
}

func (s Snippet) checkMode(m *mistakes) {
	if reason := modeReason(s.Mode); reason != "" {
		m.add("Mode", reason)
		return // what it would need is not known
	}
	switch {
	case s.Mode == Script:
		s.Script.check(m)
	case s.Script != ScriptSource{}:
		m.add("Script", onlyScriptMode)
	}
	m.add("ReturnOrigin", returnOriginReason(s.ReturnOrigin, s.Mode))
}

// mayBeEmpty are the texts that a page can do without.
var mayBeEmpty = []Text{TextNote, TextNoteHere, TextNoForm}

// check goes through the texts in a fixed order, so that equal mistakes make
// equal errors.
func (t Texts) check(m *mistakes) {
	for _, key := range slices.Sorted(maps.Keys(t)) {
		if _, known := texts[English][key]; !known {
			m.add("Texts", "holds a key that is not one of the Text constants")
			continue
		}
		if t[key] == "" && slices.Contains(mayBeEmpty, key) {
			continue
		}
		m.add("Texts["+string(key)+"]", blankReason(t[key]))
	}
}

func timeoutReason(d time.Duration) string {
	if d != 0 && (d < time.Second || d > 5*time.Minute) {
		return "must be from 1 s to 5 min"
	}
	return ""
}

// amountReason admits what Money prints: digits, perhaps a fraction, and three
// capital letters.
func amountReason(amount string) string {
	if amount == "" {
		return ""
	}
	number, currency, _ := strings.Cut(amount, " ")
	whole, fraction, point := strings.Cut(number, ".")
	if !digits(whole, 15) || point && !digits(fraction, 4) || len(currency) != 3 || strings.ContainsFunc(currency, notUpper) {
		return "must be decimal text and a currency, such as 1500.00 RUB"
	}
	return ""
}

func digits(s string, most int) bool {
	return s != "" && len(s) <= most && !strings.ContainsFunc(s, func(r rune) bool { return !isDigit(r) })
}

package signer

import "encoding/binary"

// absent reports whether the text of a value is one of the ways in which a
// field is not stated.
func absent(text []byte, f *textForm) bool {
	return len(text) == 0 || string(text) == "None" || string(text) == f.literal(kindNull)
}

// wrongForm says what is wrong with the text of decided field i, if anything.
func wrongForm(i int, text []byte) string {
	switch i {
	case atAmount:
		if len(text) > 14 || text[0] == '0' || !isNumber(text) {
			return "not an amount of 1 to 14 digits"
		}
	case atCurrency:
		if len(text) != 3 || !isUpper(text) {
			return "not a currency of three capital letters"
		}
	case atStatus, atSubStatus:
		if len(text) > 64 || !isStatus(text) {
			return "not a status of small letters, digits and '_'"
		}
	default:
		if len(text) > 255 || !isPrintable(text) {
			return "not an id of at most 255 bytes without control characters"
		}
	}
	return ""
}

func isNumber(text []byte) bool {
	for _, c := range text {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

func isUpper(text []byte) bool {
	for _, c := range text {
		if c < 'A' || c > 'Z' {
			return false
		}
	}
	return true
}

func isStatus(text []byte) bool {
	for _, c := range text {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' {
			return false
		}
	}
	return true
}

func isPrintable(text []byte) bool {
	for len(text) >= 8 { // as in ends
		w := binary.LittleEndian.Uint64(text)
		del := w ^ ones*0x7F
		if ((w-ones*' ')|(del-ones))&^w&highs != 0 {
			return false
		}
		text = text[8:]
	}
	for _, c := range text {
		if c < ' ' || c == 0x7F {
			return false
		}
	}
	return true
}

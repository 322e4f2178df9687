package highhelp_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/go-highhelp/highhelp"
)

// stray sets a bit of the last character that stands for no bit of the
// signature.
func stray(s string) string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(letters, s[len(s)-1])
	return s[:len(s)-1] + letters[last+1:last+2]
}

// plusModulus is s+n, which is the same number to RSA.
func plusModulus(length int) sender {
	return func(v *victim) *wire {
		var sum *big.Int
		w := v.until(func(w *wire) bool {
			raw, err := base64.RawURLEncoding.DecodeString(w.signature())
			sum = new(big.Int).SetBytes(raw)
			sum.Add(sum, attackRSA().N)
			return err == nil && sum.BitLen() <= length*8
		})
		return w.set("X-Access-Signature", b64(sum.FillBytes(make([]byte, length))))
	}
}

// number is a signature that is a number of the key.
func number(of func(n *big.Int) *big.Int) sender {
	return bent(func([]byte) []byte { return of(attackRSA().N).FillBytes(make([]byte, 256)) })
}

func flip(at func(s []byte) int, bit byte) sender {
	return bent(func(s []byte) []byte { s[at(s)] ^= bit; return s })
}

// standard is a signature in the alphabet with + and /.
func standard(v *victim) *wire {
	w := v.until(func(w *wire) bool { return strings.ContainsAny(w.signature(), "-_") })
	return w.set("X-Access-Signature", strings.NewReplacer("-", "+", "_", "/").Replace(w.signature()))
}

// A signature has one spelling, padded or not, and stands for its message only.
func attacksOnSignatures() []attack {
	no, form := refuses(401, notMade), refuses(401, "has not the form")
	first, last := func([]byte) int { return 0 }, func(s []byte) int { return len(s) - 1 }
	return []attack{
		{name: "padded", send: spelled(func(s string) string { return s + "==" }), verdict: applied()},
		{name: "spaces around", send: spelled(func(s string) string { return " \t" + s + " \t " }), verdict: applied()},
		{name: "half padded", send: spelled(func(s string) string { return s + "=" }), verdict: form},
		{name: "padded too much", send: spelled(func(s string) string { return s + "===" }), verdict: form},
		{name: "padded in front", send: spelled(func(s string) string { return "==" + s }), verdict: form},
		{name: "padded inside", send: spelled(func(s string) string { return s[:40] + "==" + s[40:] }), verdict: form},
		{name: "standard alphabet", send: standard, verdict: form},
		{name: "bits behind the end", send: spelled(stray), verdict: form},
		{name: "bits behind the end, padded", send: spelled(func(s string) string { return stray(s) + "==" }), verdict: form},
		{name: "hex", send: bent(func(s []byte) []byte { return []byte(hex.EncodeToString(s)) }), verdict: no},
		{name: "hex as it is", send: spelled(func(s string) string { return hex.EncodeToString([]byte(s))[:128] }), verdict: no},
		{name: "base64 of base64", send: spelled(func(s string) string { return b64([]byte(s)) }), verdict: no},
		{name: "a space inside", send: spelled(func(s string) string { return s[:40] + " " + s[40:] }), verdict: form},
		{name: "a tab inside", send: spelled(func(s string) string { return s[:40] + "\t" + s[40:] }), verdict: form},
		{name: "a character behind", send: spelled(func(s string) string { return s + "A" }), verdict: no},
		{name: "four characters behind", send: spelled(func(s string) string { return s + "AAAA" }), verdict: no},
		{name: "a word behind", send: spelled(func(s string) string { return s + " " + marker }), verdict: form},
		{name: "a character less", send: spelled(func(s string) string { return s[:len(s)-1] }), verdict: form},
		{name: "in quotes", send: spelled(func(s string) string { return `"` + s + `"` }), verdict: form},
		{name: "with a scheme", send: spelled(func(s string) string { return "RSA " + s }), verdict: form},
		{name: "with the name of a digest", send: spelled(func(s string) string { return "sha256=" + s }), verdict: form},
		{name: "a list", send: spelled(func(s string) string { return s + "," + s }), verdict: form},
		{name: "percent", send: spelled(func(s string) string { return "%" + hex.EncodeToString([]byte(s[:1])) + s[1:] }), verdict: form},
		{name: "fullwidth", send: spelled(func(s string) string { return "\uff21" + s[1:] }), verdict: form},
		{name: "letters of the other case", send: spelled(func(s string) string {
			return strings.Map(func(r rune) rune {
				if r >= 'a' && r <= 'z' {
					return r - 32
				}
				if r >= 'A' && r <= 'Z' {
					return r + 32
				}
				return r
			}, s[:8]+"aZ"+s[10:40]) + s[40:]
		}), verdict: no},

		{name: "first bit", send: flip(first, 0x80), verdict: no},
		{name: "last bit of the first byte", send: flip(first, 1), verdict: no},
		{name: "first bit of the last byte", send: flip(last, 0x80), verdict: no},
		{name: "last bit", send: flip(last, 1), verdict: no},
		{name: "a bit in the middle", send: flip(func(s []byte) int { return len(s) / 2 }, 8), verdict: no},
		{name: "all bits", send: bent(func(s []byte) []byte {
			for i := range s {
				s[i] ^= 0xFF
			}
			return s
		}), verdict: no},
		{name: "first byte less", send: bent(func(s []byte) []byte { return s[1:] }), verdict: no},
		{name: "last byte less", send: bent(func(s []byte) []byte { return s[:len(s)-1] }), verdict: no},
		{name: "the first half", send: bent(func(s []byte) []byte { return s[:len(s)/2] }), verdict: no},
		{name: "the first byte", send: bent(func(s []byte) []byte { return s[:1] }), verdict: no},
		{name: "a zero in front", send: bent(func(s []byte) []byte { return append([]byte{0}, s...) }), verdict: no},
		{name: "a zero behind", send: bent(func(s []byte) []byte { return append(s, 0) }), verdict: no},
		{name: "twice", send: bent(func(s []byte) []byte { return append(s, s...) }), verdict: no},
		{name: "backwards", send: bent(func(s []byte) []byte {
			b := make([]byte, len(s))
			for i := range s {
				b[len(s)-1-i] = s[i]
			}
			return b
		}), verdict: no},
		{name: "all zero", send: bent(func(s []byte) []byte { return make([]byte, len(s)) }), verdict: no},
		{name: "all ones", send: bent(func(s []byte) []byte { return bytes.Repeat([]byte{0xFF}, len(s)) }), verdict: no},
		{name: "nothing but padding", send: spelled(func(string) string { return "==" }), verdict: form},
		{name: "one byte", send: spelled(func(string) string { return "AA" }), verdict: no},
		{name: "8 KiB", send: spelled(func(s string) string { return s + strings.Repeat("A", 8<<10) }), verdict: no},
		{name: "8 KiB of zeros", send: bent(func(s []byte) []byte { return append(s, make([]byte, 8<<10)...) }), verdict: no},

		{name: "s+n", key: "RSA", send: plusModulus(256), verdict: no},
		{name: "s+n in one byte more", key: "RSA", send: plusModulus(257), verdict: no},
		{name: "n-s", key: "RSA", send: bent(func(s []byte) []byte {
			return new(big.Int).Sub(attackRSA().N, new(big.Int).SetBytes(s)).FillBytes(make([]byte, 256))
		}), verdict: no},
		{name: "one", key: "RSA", send: number(func(*big.Int) *big.Int { return big.NewInt(1) }), verdict: no},
		{name: "n", key: "RSA", send: number(func(n *big.Int) *big.Int { return n }), verdict: no},
		{name: "n-1", key: "RSA", send: number(func(n *big.Int) *big.Int { return new(big.Int).Sub(n, big.NewInt(1)) }), verdict: no},

		{name: "of another amount", send: swapped(event("10000", "100"), event()), verdict: no},
		{name: "of another order", send: swapped(event(`"1"`, `"2"`), event()), verdict: no},
		{name: "of another status", send: swapped(event("success", "decline"), event()), verdict: no},
		{name: "of another currency", send: swapped(event("RUB", "KZT"), event()), verdict: no},
		{name: "of a description less", send: swapped(event(`,"method":"card"`, ""), event()), verdict: no},
		{name: "of another second", send: func(v *victim) *wire {
			w := v.genuine()
			v.Clock.Add(time.Second)
			return v.signed(string(w.body)).set("X-Access-Signature", w.signature())
		}, verdict: no},
		{name: "of a ticket request", send: func(v *victim) *wire {
			h := v.Gateway.last().Header // signed by the shop itself
			return v.genuine().set("X-Access-Signature", h.Get("x-access-signature")).set("X-Access-Timestamp", h.Get("x-access-timestamp"))
		}, verdict: no},
	}
}

// signedOff is a callback that the gateway has signed off the clock of the shop.
func signedOff(off time.Duration) sender {
	return func(v *victim) *wire {
		w := v.genuine()
		h, err := v.key.signer.Sign(w.body, v.Clock.Now().Add(off))
		if err != nil {
			panic(err)
		}
		return w.set("X-Access-Signature", h.Get("x-access-signature")).set("X-Access-Timestamp", h.Get("x-access-timestamp"))
	}
}

func tolerance(d time.Duration) func(*highhelp.Config) {
	return func(c *highhelp.Config) { c.Tolerance = d }
}

// Each timestamp is signed as it stands, so that only its form can be at fault.
func attacksOnTimestamps() []attack {
	form, minute := refuses(401, "ten digits"), tolerance(time.Minute)
	table := []attack{
		{name: "the first of ten digits", send: stamped("1000000000"), verdict: applied()},
		{name: "the last of ten digits", send: stamped("9999999999"), verdict: applied()},
		{name: "spaces around", send: changed(func(w *wire) { w.set("X-Access-Timestamp", " \t"+w.timestamp()+" ") }), verdict: applied()},
		{name: "empty", send: stamped(""), verdict: refuses(401, "is empty")},
		{name: "missing", send: changed(func(w *wire) { w.drop("X-Access-Timestamp") }), verdict: refuses(401, "no header X-Access-Timestamp")},
		{name: "another than was signed", send: changed(func(w *wire) { w.set("X-Access-Timestamp", "1706883522") }), verdict: refuses(401, notMade)},
		{name: "a digit moved from the text", send: func(v *victim) *wire {
			for n := 0; ; n++ {
				w := v.signed(extra("z", fmt.Sprint(n))) // the last line of the text
				if text := v.text(w); text[len(text)-1] >= '1' && text[len(text)-1] <= '9' {
					return w.set("X-Access-Timestamp", text[len(text)-1:]+w.timestamp())
				}
			}
		}, verdict: form},
		{name: "a digit moved to the text", send: changed(func(w *wire) { w.set("X-Access-Timestamp", w.timestamp()[1:]) }), verdict: form},
		{name: "as old as is tolerated", set: minute, send: signedOff(-time.Minute), verdict: applied()},
		{name: "as new as is tolerated", set: minute, send: signedOff(time.Minute), verdict: applied()},
		{name: "older than is tolerated", set: minute, send: signedOff(-61 * time.Second), verdict: refuses(401, "out of Tolerance")},
		{name: "newer than is tolerated", set: minute, send: signedOff(61 * time.Second), verdict: refuses(401, "out of Tolerance")},
		{name: "in 2286, not tolerated", set: minute, send: stamped("9999999999"), verdict: refuses(401, "out of Tolerance")},
		{name: "in 2001, not tolerated", set: minute, send: stamped("1000000000"), verdict: refuses(401, "out of Tolerance")},
	}
	for name, timestamp := range map[string]string{
		"plus": "+1795435200", "plus in ten": "+179543520", "minus": "-1795435200", "minus in ten": "-179543520", "minus sign": "\u2212179543520",
		"leading zero": "01795435200", "leading zero in ten": "0179543520", "zero": "0", "ten zeros": "0000000000",
		"nine digits": "999999999", "milliseconds": "1795435200000", "nanoseconds": "1795435200000000000", "huge": "99999999999999999999999",
		"float": "1795435200.0", "float in ten": "17954352.0", "exponent in ten": "1.795435e9", "hex in ten": "0x6b040a00", "octal": "0o15301005000",
		"comma in ten": "1,79543520", "underscore in ten": "1_79543520", "space inside": "17954 35200", "space inside in ten": "17954 3520",
		"Arabic digits": "١٧٩٥٤٣٥٢٠٠", "fullwidth digits": "１７９５４３５２００", "superscript": "179543520\u00b2", "date": "2026-11-23T12:00:00Z",
		"HTTP date": "Mon, 23 Nov 2026 12:00:00 GMT", "not a number": "NaN", "infinity in ten": "+Infinity.", "null": "None", "a list": "1795435200,1795435200",
		"letters": "17954352OO",
	} {
		table = append(table, attack{name: name, send: stamped(timestamp), verdict: form})
	}
	return table
}

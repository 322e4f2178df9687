package signer_test

import (
	"fmt"
	"log"
	"time"

	"github.com/go-highhelp/highhelp/signer"
)

// printTexts shows how Schemes write a body.
func printTexts(body string, schemes ...signer.Scheme) {
	doc, err := signer.Parse([]byte(body))
	if err != nil {
		log.Fatal(err)
	}
	for _, s := range schemes {
		text, err := doc.Canonical(s)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(text)
	}
}

func ExampleNullForm() {
	printTexts(`{"a": null, "b": 1}`, signer.Scheme{}, signer.Scheme{Null: signer.NullLower},
		signer.Scheme{Null: signer.NullEmpty}, signer.Scheme{Null: signer.NullOmit})
	// Output:
	// a:None;b:1
	// a:null;b:1
	// a:;b:1
	// b:1
}

func ExampleBoolForm() {
	printTexts(`{"a": true, "b": false}`, signer.Scheme{}, signer.Scheme{Bool: signer.BoolLower}, signer.Scheme{Bool: signer.BoolTitle})
	// Output:
	// a:1;b:0
	// a:true;b:false
	// a:True;b:False
}

func ExampleFloatForm() {
	printTexts(`{"a": 1.50, "b": 1e16, "c": 2.0}`, signer.Scheme{},
		signer.Scheme{Float: signer.FloatJavaScript}, signer.Scheme{Float: signer.FloatLiteral})
	// Output:
	// a:1.5;b:1e+16;c:2.0
	// a:1.5;b:10000000000000000;c:2
	// a:1.50;b:1e16;c:2.0
}

// Three orders differ only for rare keys.
func ExampleSortOrder() {
	body := `{"a": 1, "a b": {"c": 2}, "￮": 3, "😀": 4}`
	printTexts(body, signer.Scheme{}, signer.Scheme{Sort: signer.SortUTF16}, signer.Scheme{Sort: signer.SortPaths})
	// Output:
	// a b:c:2;a:1;￮:3;😀:4
	// a b:c:2;a:1;😀:4;￮:3
	// a:1;a b:c:2;￮:3;😀:4
}

// printSigned shows how Schemes sign one body with one key.
func printSigned(key *signer.HMACKey, schemes ...signer.Scheme) {
	for _, s := range schemes {
		k, err := key.WithScheme(s)
		if err != nil {
			log.Fatal(err)
		}
		header, err := k.Sign([]byte(`{"a": 1}`), time.Unix(1706883522, 0))
		if err != nil {
			log.Fatal(err)
		}
		signature := header.Get("x-access-signature")
		fmt.Println(signature[:12], "…", signature[len(signature)-6:])
	}
}

func exampleSecret() *signer.HMACKey {
	key, err := signer.NewHMACKey("hmac_private_key_42", "a4c123b1612dd272d1371c17149d439536b3216fdaeeb975729fae923d5a4fd1")
	if err != nil {
		log.Fatal(err)
	}
	return key
}

func ExampleHMACMessage() {
	printSigned(exampleSecret(), signer.Scheme{}, signer.Scheme{HMACMessage: signer.HMACDigest}, signer.Scheme{HMACMessage: signer.HMACHexDigest})
	// Output:
	// 0sMGLl6HzgSz … 5-TrwA
	// tOqzXU5RIjWb … a9zNVw
	// IMHd9b_PPGox … ax4_LQ
}

func ExampleHMACEncoding() {
	printSigned(exampleSecret(), signer.Scheme{}, signer.Scheme{HMACEncoding: signer.EncodingBase64}, signer.Scheme{HMACEncoding: signer.EncodingHex})
	// Output:
	// 0sMGLl6HzgSz … 5-TrwA
	// 0sMGLl6HzgSz … TrwA==
	// d2c3062e5e87 … e4ebc0
}

// The same file is another key in another form.
func ExampleHMACKeyForm() {
	printSigned(exampleSecret(), signer.Scheme{}, signer.Scheme{HMACKey: signer.HMACKeyHex}, signer.Scheme{HMACKey: signer.HMACKeyBase64})
	// Output:
	// 0sMGLl6HzgSz … 5-TrwA
	// DvlTablaniP1 … XogLPA
	// GdKiYL7rx9T8 … kUUsxg
}

// A signature of one form of the digest means nothing to another.
func ExampleDigest() {
	private := examplePrivate()
	header, err := private.Sign([]byte(`{"a": 1}`), time.Unix(1706883522, 0))
	if err != nil {
		log.Fatal(err)
	}
	doc, err := signer.Parse([]byte(`{"a": 1}`))
	if err != nil {
		log.Fatal(err)
	}
	for _, d := range []signer.Digest{signer.DigestTwice, signer.DigestOnce, signer.DigestTwiceHex} {
		public, err := private.Public("own").WithScheme(signer.Scheme{Digest: d})
		if err != nil {
			log.Fatal(err)
		}
		_, err = public.Verify(doc, header)
		fmt.Println(err)
	}
	// Output:
	// <nil>
	// signer: signature refused: key "own" did not make it
	// signer: signature refused: key "own" did not make it
}

func ExampleTokenForm() {
	for _, form := range []signer.TokenForm{signer.TokenDER, signer.TokenDERPadded, signer.TokenPEM, signer.TokenPEMPadded, signer.TokenNone} {
		key, err := examplePrivate().WithScheme(signer.Scheme{Token: form})
		if err != nil {
			log.Fatal(err)
		}
		header, err := key.Sign([]byte(`{}`), time.Unix(1706883522, 0))
		if err != nil {
			log.Fatal(err)
		}
		token := header.Get("x-access-token")
		fmt.Println(len(token), token[:min(len(token), 20)])
	}
	// Output:
	// 392 MIIBIjANBgkqhkiG9w0B
	// 392 MIIBIjANBgkqhkiG9w0B
	// 602 LS0tLS1CRUdJTiBQVUJM
	// 604 LS0tLS1CRUdJTiBQVUJM
	// 0
}

func ExampleScheme_Validate() {
	fmt.Println(signer.Scheme{}.Validate())
	fmt.Println(signer.Scheme{Join: ";;", AmountPath: ":amount"}.Validate())
	// Output:
	// <nil>
	// signer: Scheme.Join: one or two different ASCII characters, no letters, digits, ':' or '_'
	// signer: Scheme.AmountPath: not a path such as payment_info:amount
}

// An id that a callback can't give back must never be sent.
func ExampleScheme_CanCarry() {
	for _, id := range []string{"order-1", "a;b", "None"} {
		fmt.Println(id, signer.Scheme{}.CanCarry(id))
	}
	// Output:
	// order-1 true
	// a;b false
	// None false
}

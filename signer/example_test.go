package signer_test

import (
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/go-highhelp/highhelp/signer"
)

// Keys of the examples come from the test vectors of the repository. In a
// program they come from the files that the dashboard exports.
func exampleKeys() (dir string) {
	data, err := os.ReadFile("testdata/signatures.json")
	if err != nil {
		log.Fatal(err)
	}
	var v struct {
		Private string `json:"private_key_pem"`
		Public  string `json:"public_key_pem"`
		HMAC    string `json:"hmac_key"`
	}
	if err := json.Unmarshal(data, &v); err != nil {
		log.Fatal(err)
	}
	dir, err = os.MkdirTemp("", "keys")
	if err != nil {
		log.Fatal(err)
	}
	for name, text := range map[string]string{
		"private_key_42.pem": v.Private, "callback_public_key_42.pem": v.Public, "hmac_callback_key_42.txt": v.HMAC + "\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			log.Fatal(err)
		}
	}
	return dir
}

// Sign a request with the key file that the dashboard exports.
func ExampleReadPrivateKey() {
	dir := exampleKeys()
	defer os.RemoveAll(dir)

	key, err := signer.ReadPrivateKey(filepath.Join(dir, "private_key_42.pem"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(key) // keys never print more than this

	header, err := key.Sign([]byte(`{"general":{"project_id":"P"}}`), time.Unix(1706883522, 0))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(header.Get("x-access-timestamp"))
	fmt.Println(header.Get("x-access-signature")[:16], "…")
	// Output:
	// signer.PrivateKey(RSA, 2048 bits)
	// 1706883522
	// AokWQ3tFtloQHSr4 …
}

// Verify a callback, then read what it says from the very document that was
// verified.
func ExamplePublicKey_Verify() {
	dir := exampleKeys()
	defer os.RemoveAll(dir)
	public, err := signer.ReadPublicKey(filepath.Join(dir, "callback_public_key_42.pem"))
	if err != nil {
		log.Fatal(err)
	}
	body, header := exampleCallback(dir)

	doc, err := signer.Parse(body)
	if err != nil {
		log.Fatal(err)
	}
	match, err := public.Verify(doc, header)
	if err != nil {
		log.Fatal(err)
	}
	fields, err := doc.Fields(match.Scheme)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(match.Key, match.SignedAt.Format(time.RFC3339))
	fmt.Println(fields.PaymentID, fields.Status, fields.Amount, fields.Currency)

	header.Set("x-access-timestamp", "1706883523")
	_, err = public.Verify(doc, header)
	fmt.Println(err)
	// Output:
	// callback_public_key_42 2024-02-02T14:18:42Z
	// order-1 success 10000 RUB
	// signer: signature refused: key "callback_public_key_42" did not make it
}

func exampleCallback(dir string) ([]byte, http.Header) {
	key, err := signer.ReadPrivateKey(filepath.Join(dir, "private_key_42.pem"))
	if err != nil {
		log.Fatal(err)
	}
	return exampleCallbackOf(key)
}

func exampleCallbackOf(key signer.Signer) ([]byte, http.Header) {
	body := []byte(`{"project_id":"P","general":{"payment_id":"order-1"},` +
		`"status":{"status":"success","sub_status":null},"payment_info":{"amount":10000,"currency":"RUB"}}`)
	header, err := key.Sign(body, time.Unix(1706883522, 0))
	if err != nil {
		log.Fatal(err)
	}
	return body, header
}

// The canonical text is what both sides sign: a line for each value, sorted.
func ExampleParse() {
	doc, err := signer.Parse([]byte(`{"payment": {"currency": "RUB", "amount": 10000}, "test": true, "note": null, "items": ["a", {}]}`))
	if err != nil {
		log.Fatal(err)
	}
	text, err := doc.Canonical(signer.Scheme{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(text)

	_, err = signer.Parse([]byte(`{"status": "decline", "status": "success"}`))
	fmt.Println(err)
	// Output:
	// items:0:a;note:None;payment:amount:10000;payment:currency:RUB;test:1
	// signer: byte 42: an object has the same key twice
}

func ExampleDocument_All() {
	doc, err := signer.Parse([]byte(`{"payment": {"amount": 10000}, "items": ["a", "b"]}`))
	if err != nil {
		log.Fatal(err)
	}
	for path, value := range doc.All() {
		fmt.Println(path, "=", value)
	}
	// Output:
	// items:0 = a
	// items:1 = b
	// payment:amount = 10000
}

// The text has no escaping. Where it could be read in another way that
// matters, Fields refuses it.
func ExampleDocument_Fields_ambiguous() {
	doc, err := signer.Parse([]byte(`{"note": "thanks;status:status:success"}`))
	if err != nil {
		log.Fatal(err)
	}
	_, err = doc.Fields(signer.Scheme{})
	fmt.Println(err)
	// Output:
	// signer: signed text has more than one reading: at status:status
}

// While HighHelp switches callbacks from RSA to HMAC, accept both, but the old
// key only until a date.
func ExampleKeySet() {
	dir := exampleKeys()
	defer os.RemoveAll(dir)
	public, err := signer.ReadPublicKey(filepath.Join(dir, "callback_public_key_42.pem"))
	if err != nil {
		log.Fatal(err)
	}
	secret, err := signer.ReadHMACKey(filepath.Join(dir, "hmac_callback_key_42.txt"))
	if err != nil {
		log.Fatal(err)
	}
	_, err = signer.NewKeySet(public, secret)
	fmt.Println(err)

	set, err := signer.NewKeySet(signer.Until(public, time.Date(2027, 1, 31, 0, 0, 0, 0, time.UTC)), secret)
	fmt.Println(len(set.Keys()), err)
	// Output:
	// signer: RSA and HMAC keys side by side: say with Until when those left behind end
	// 2 <nil>
}

// A captured callback that is refused: which key and which form fit it?
func ExampleExplain() {
	dir := exampleKeys()
	defer os.RemoveAll(dir)
	key, err := signer.ReadPrivateKey(filepath.Join(dir, "private_key_42.pem"))
	if err != nil {
		log.Fatal(err)
	}
	key, err = key.WithScheme(signer.Scheme{Digest: signer.DigestOnce, Null: signer.NullLower})
	if err != nil {
		log.Fatal(err)
	}
	body := []byte(`{"general":{"payment_id":"1"},"status":{"status":"success","sub_status":null}}`)
	header, err := key.Sign(body, time.Unix(1706883522, 0))
	if err != nil {
		log.Fatal(err)
	}

	public, err := signer.ReadPublicKey(filepath.Join(dir, "callback_public_key_42.pem"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(signer.Explain(body, header, public))
	// Output:
	// signed at 2024-02-02T14:18:42Z
	// key "callback_public_key_42" (RSA): made this signature with signer.Scheme{Null: signer.NullLower, Digest: signer.DigestOnce}
	//   not settled by this body: Bool, Float, Sort
}

// A Scheme prints as the Go source that makes it.
func ExampleScheme() {
	fmt.Println(signer.Scheme{})
	fmt.Println(signer.Scheme{Bool: signer.BoolLower, Join: "&"})
	fmt.Println(signer.Scheme{Join: "abc"}.Validate())
	// Output:
	// signer.Scheme{}
	// signer.Scheme{Bool: signer.BoolLower, Join: "&"}
	// signer: Scheme.Join: one or two different ASCII characters, no letters, digits, ':' or '_'
}

func ExampleNewHMACKey() {
	_, err := signer.NewHMACKey("hmac_callback_key_42", "-----BEGIN PUBLIC KEY-----")
	fmt.Println(err)
	// Output:
	// signer: key "hmac_callback_key_42": a PEM file, not an HMAC key: RSA keys are read with ReadPrivateKey and ReadPublicKey
}

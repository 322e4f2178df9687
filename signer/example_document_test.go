package signer_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/go-highhelp/highhelp/signer"
)

// exampleDocument is a callback as the gateway sends it.
func exampleDocument() *signer.Document {
	doc, err := signer.Parse([]byte(`{"project_id":"P","general":{"payment_id":"order-1"},` +
		`"status":{"status":"success","sub_status":null},"payment_info":{"amount":10000,"currency":"RUB"}}`))
	if err != nil {
		log.Fatal(err)
	}
	return doc
}

func ExampleDocument_Canonical() {
	doc, err := signer.Parse([]byte(`{"b": {"y": null, "x": 1.50}, "a": true}`))
	if err != nil {
		log.Fatal(err)
	}
	for _, s := range []signer.Scheme{{}, {Null: signer.NullLower, Bool: signer.BoolLower, Join: "&"}} {
		text, err := doc.Canonical(s)
		fmt.Println(text, err)
	}
	// Output:
	// a:1;b:x:1.5;b:y:None <nil>
	// a:true&b:x:1.5&b:y:null <nil>
}

// A fingerprint of what was signed, without a copy of it as a string.
func ExampleDocument_AppendCanonical() {
	text, err := exampleDocument().AppendCanonical(nil, signer.Scheme{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%x\n", sha256.Sum256(text))
	// Output:
	// bd6b7159036ccc4aecdffc68abd530439943d5f4ccb5d8060f0a0678ef187c77
}

// The message that is signed: the text as base64url, then the time.
func ExampleDocument_Message() {
	doc, err := signer.Parse([]byte(`{"a": 1}`))
	if err != nil {
		log.Fatal(err)
	}
	message, err := doc.Message(signer.Scheme{}, time.Unix(1706883522, 0))
	fmt.Println(message, err)
	// Output:
	// YTox1706883522 <nil>
}

// A server parses every body into memory that it has used before.
func ExampleDocument_Reset() {
	var doc signer.Document
	for _, body := range []string{`{"a": 1}`, `{"a": 1`, `{"b": 2}`} {
		err := doc.Reset([]byte(body))
		text, _ := doc.Canonical(signer.Scheme{})
		fmt.Printf("%q %v\n", text, err)
	}
	// Output:
	// "a:1" <nil>
	// "" signer: byte 7: expected ',' or '}'
	// "b:2" <nil>
}

// Values that decide nothing, such as a description for the payer, are read
// one by one. Their text may have other readings: show them, but do not act
// upon them.
func ExampleDocument_Text() {
	doc := exampleDocument()
	fmt.Println(doc.Text("status:status"))
	fmt.Println(doc.Text("status:sub_status"))
	fmt.Println(doc.Text("status"))
	// Output:
	// success true
	// None true
	//  false
}

func ExampleFields() {
	fields, err := exampleDocument().Fields(signer.Scheme{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%+v\n", fields)
	// Output:
	// {ProjectID:P PaymentID:order-1 RequestID: Status:success SubStatus: Amount:10000 Currency:RUB}
}

func ExampleFieldError() {
	doc, err := signer.Parse([]byte(`{"payment_info": {"amount": 100.0}}`))
	if err != nil {
		log.Fatal(err)
	}
	_, err = doc.Fields(signer.Scheme{})
	var field *signer.FieldError
	fmt.Println(errors.As(err, &field))
	fmt.Println(field.Path, "is", field.Reason)
	// Output:
	// true
	// payment_info:amount is not an amount of 1 to 14 digits
}

func ExampleSyntaxError() {
	for _, body := range []string{`[1]`, `{"a": 01}`, `{"a": "\ud800"}`, `{"a": 1, "\u0061": 2}`, `{"Status": {}}`} {
		_, err := signer.Parse([]byte(body))
		var syntax *signer.SyntaxError
		if errors.As(err, &syntax) {
			fmt.Println(syntax.Offset, syntax.Reason)
		}
	}
	// Output:
	// 0 not a JSON object
	// 7 expected ',' or '}'
	// 13 half a surrogate pair
	// 21 an object has the same key twice
	// 2 a key differs only in case from status
}

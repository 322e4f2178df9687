package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// The receipts of the two bodies that are measured: about 850 bytes with 29
// values, and 4 KiB with 137.
const shortReceipt, longReceipt = 1, 28

// callback returns the body of a callback with the blocks that are documented
// and as many receipt lines, of four values each, as it takes. It is written
// with a space behind each ':' and ',', as the test vectors are. The member
// "object" is there because stripe-go wants it.
func callback(lines int) []byte {
	var b strings.Builder
	b.WriteString(`{"object": "event", "project_id": "57aff4db-b45d-42bf-bc5f-b7a499a01782", ` +
		`"general": {"request_id": "8f1b7d30-30b1-4b0d-9c8f-3e2b7ff5f0aa", "payment_id": "order-1001"}, ` +
		`"status": {"status": "success", "sub_status": null, "status_description": "Payment completed"}, ` +
		`"payment_info": {"amount": 10000, "currency": "RUB", "type": "payin", "method": "payin-ecom-card", ` +
		`"created_at": "2026-03-01T12:00:00Z", "updated_at": "2026-03-01T12:01:07Z"}, ` +
		`"customer": {"id": "c-7781", "country": "RU", "language": "ru", "ip_address": "203.0.113.7", "is_new": false}, ` +
		`"card": {"masked": "427900******1234", "holder": "IVAN IVANOV", "expires": "12/29", "bank": "Сбербанк", "three_ds": true}, ` +
		`"shop": {"attempt": 1, "note": "at the front door"}, "receipt": [`)
	for i := range lines {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, `{"stock_keeping_unit": "item-%04d", "title": "Black tea, whole leaves, 100 g, %d", "quantity": %d, "unit_price": %d}`, i, i, i%7+1, 2500+i)
	}
	b.WriteString("]}")
	return []byte(b.String())
}

// compact returns body without spaces.
func compact(body []byte) []byte {
	var b bytes.Buffer
	check(json.Compact(&b, body))
	return b.Bytes()
}

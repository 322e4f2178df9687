package signer

import (
	"fmt"
	"log/slog"
)

// Keys must not reach a log by any of the ways in which Go prints a value, so
// each type that holds a secret has them all, and each shows the same.

// String names the kind of key and its size.
func (k PrivateKey) String() string {
	if k.k == nil {
		return "signer.PrivateKey(none)"
	}
	return fmt.Sprintf("signer.PrivateKey(RSA, %d bits)", k.k.public.N.BitLen())
}

// String shows the name of the key.
func (k HMACKey) String() string {
	if k.k == nil {
		return "signer.HMACKey(none)"
	}
	return fmt.Sprintf("signer.HMACKey(%q)", k.k.name)
}

// String shows the name of the key and its size.
func (k PublicKey) String() string {
	if k.k == nil {
		return "signer.PublicKey(none)"
	}
	return fmt.Sprintf("signer.PublicKey(%q, RSA, %d bits)", k.k.name, k.k.public.N.BitLen())
}

// GoString is String.
func (k PrivateKey) GoString() string { return k.String() }

// GoString is String.
func (k HMACKey) GoString() string { return k.String() }

// GoString is String.
func (k PublicKey) GoString() string { return k.String() }

// Format prints String, whatever the verb.
func (k PrivateKey) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(k.String())) }

// Format prints String, whatever the verb.
func (k HMACKey) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(k.String())) }

// Format prints String, whatever the verb.
func (k PublicKey) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(k.String())) }

// LogValue logs String.
func (k PrivateKey) LogValue() slog.Value { return slog.StringValue(k.String()) }

// LogValue logs String.
func (k HMACKey) LogValue() slog.Value { return slog.StringValue(k.String()) }

// LogValue logs String.
func (k PublicKey) LogValue() slog.Value { return slog.StringValue(k.String()) }

// MarshalText writes String, for JSON and every other encoding that asks.
func (k PrivateKey) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// MarshalText writes String, for JSON and every other encoding that asks.
func (k HMACKey) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// MarshalText writes String, for JSON and every other encoding that asks.
func (k PublicKey) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// A Document holds what a payer and a bank said of each other, and must not
// reach a log either.

// String says how many values the document has, and none of them.
func (d Document) String() string { return fmt.Sprintf("signer.Document(%d values)", len(d.nodes)) }

// Format prints String, whatever the verb.
func (d Document) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(d.String())) }

// LogValue logs String.
func (d Document) LogValue() slog.Value { return slog.StringValue(d.String()) }

package signer

import (
	"errors"
	"fmt"
)

// Errors that callers branch on. All errors of this package name what is
// wrong, and none holds a key, a signature or a part of a message.
var (
	// ErrSignature is what a message whose signature does not hold fails
	// with: the signature or the timestamp is missing, malformed, repeated,
	// or made by no known key. It says nothing about the content.
	ErrSignature = errors.New("signer: signature refused")

	// ErrAmbiguous means that the signature may well be good, but that the
	// signed text has more than one reading.
	ErrAmbiguous = errors.New("signer: signed text has more than one reading")
)

// A SyntaxError says why a body is not a JSON object that this package reads.
type SyntaxError struct {
	Offset int    // bytes read before the mistake was seen
	Reason string // what is wrong, without a part of the body
}

// Error says what is wrong, and where.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("signer: byte %d: %s", e.Offset, e.Reason)
}

// A FieldError says why the value of a decided field can't be used.
type FieldError struct {
	Path   string // such as "payment_info:amount"
	Reason string // what is wrong, without the value
}

// Error says which field is wrong, and why.
func (e *FieldError) Error() string {
	return fmt.Sprintf("signer: %s: %s", e.Path, e.Reason)
}

// A KeyError says why a key or key file is refused. It never holds the key.
type KeyError struct {
	Name   string // file or name of the key
	Reason string
}

// Error names the key and says why it is refused.
func (e *KeyError) Error() string {
	return fmt.Sprintf("signer: key %q: %s", e.Name, e.Reason)
}

func refuse(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrSignature, fmt.Sprintf(format, args...))
}

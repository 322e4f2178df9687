package signer

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// A Key verifies callbacks: a [*PublicKey], an [*HMACKey], or one of them with
// an end, made by [Until].
type Key interface {
	Verifier
	verifierKey
	// Name returns the name under which the key stands in logs.
	Name() string
	// Scheme returns the Scheme by which the key verifies.
	Scheme() Scheme
	// Sandbox reports whether the key comes from a sandbox and is worth nothing.
	Sandbox() bool
	algorithm() string
}

// A KeySet verifies with several keys at once, each under its own name, while
// keys are replaced or HighHelp switches the algorithm of callbacks. The zero
// KeySet accepts nothing. It is safe for concurrent use.
type KeySet struct {
	// Now returns the time for keys with an end. Set it before first use.
	// Default: time.Now.
	Now func() time.Time

	keys []Key
}

// NewKeySet returns a KeySet that tries keys in the given order. It refuses an
// empty set, nil and zero keys, and two keys of one name.
//
// It also refuses RSA and HMAC keys side by side for ever. HighHelp's manager
// switches the algorithm at a moment that the shop can't see, so both are good
// for a while, but then the old one must end: wrap the keys that are left
// behind with [Until].
func NewKeySet(keys ...Key) (*KeySet, error) {
	if len(keys) == 0 {
		return nil, errors.New("signer: a KeySet needs at least one key")
	}
	names := map[string]bool{}
	endless := map[string]struct{}{} // algorithms
	for _, k := range keys {
		if k == nil || k.profile() == nil {
			return nil, errors.New("signer: a KeySet can't hold a nil key")
		}
		if k.Name() == "" { // of a type of the caller's
			return nil, errors.New("signer: a KeySet can't hold a key without a name")
		}
		if names[k.Name()] {
			return nil, fmt.Errorf("signer: two keys of a KeySet are named %q", k.Name())
		}
		names[k.Name()] = true
		if _, ends := k.(ending); !ends {
			endless[k.algorithm()] = struct{}{}
		}
	}
	if len(endless) == 2 {
		return nil, errors.New("signer: RSA and HMAC keys side by side: say with Until when those left behind end")
	}
	return &KeySet{keys: append([]Key(nil), keys...)}, nil
}

// Until returns key with an end: a KeySet no longer accepts what it signed
// once the clock has reached end. Used outside a KeySet, it obeys [time.Now]. A
// key that has an end already keeps the earlier one.
func Until(key Key, end time.Time) Key {
	if e, ok := key.(ending); ok {
		key = e.Key
		if e.end.Before(end) {
			end = e.end
		}
	}
	return ending{key, end}
}

type ending struct {
	Key
	end time.Time
}

func (e ending) profile() *profile {
	if e.Key == nil {
		return nil
	}
	return e.Key.profile()
}

func (e ending) Verify(doc *Document, headers http.Header) (Match, error) {
	return e.verifyAt(time.Now(), doc, headers)
}

func (e ending) verifyAt(now time.Time, doc *Document, headers http.Header) (Match, error) {
	match, err := e.Key.Verify(doc, headers)
	if err == nil && !now.Before(e.end) {
		return Match{}, refuse("key %q has ended at %s", e.Name(), e.end.UTC().Format(time.RFC3339))
	}
	return match, err
}

// Verify implements [Verifier]: the first key under which the signature holds
// is the match. Its error says what each key says. A signature that is refused
// has been tried under every key, whichever it was nearest to.
func (s *KeySet) Verify(doc *Document, headers http.Header) (Match, error) {
	if len(s.keys) == 0 {
		return Match{}, refuse("a KeySet without keys accepts nothing")
	}
	now := time.Now
	if s.Now != nil {
		now = s.Now
	}
	var errs error
	for _, k := range s.keys {
		var match Match
		var err error
		if e, ok := k.(ending); ok {
			match, err = e.verifyAt(now(), doc, headers)
		} else {
			match, err = k.Verify(doc, headers)
		}
		if err == nil {
			return match, nil
		}
		if errs == nil {
			errs = err
		} else if !strings.Contains(errs.Error(), err.Error()) { // a missing header is said once
			errs = fmt.Errorf("%w; %w", errs, err)
		}
	}
	return Match{}, errs
}

// Keys returns the keys of s.
func (s *KeySet) Keys() []Key { return append([]Key(nil), s.keys...) }

// CanCarry reports whether the Schemes of all keys can carry id.
func (s *KeySet) CanCarry(id string) bool {
	return !slices.ContainsFunc(s.keys, func(k Key) bool { return !k.Scheme().CanCarry(id) })
}

// Empty reports whether there is no key, so that every signature is refused.
func (s *KeySet) Empty() bool { return s == nil || len(s.keys) == 0 }

// Sandbox reports whether any key of s comes from a sandbox.
func (s *KeySet) Sandbox() bool {
	if s.Empty() {
		return false
	}
	return slices.ContainsFunc(s.keys, Key.Sandbox)
}

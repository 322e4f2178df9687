// Package signer makes and checks the signatures of the HighHelp API.
//
// HighHelp does not sign the bytes of a message but a normal form of its JSON,
// so both sides must agree on every detail of that form. This package reads
// the JSON once, strictly, into a [Document], writes the [canonical text] from
// it, signs and verifies that text, and hands on the few [Fields] a shop acts
// upon, read from the same Document. No other parser ever sees the body.
//
//	body ── Parse ──> Document ── Canonical ──> text
//	message   = base64url(text) + timestamp
//	RSA       = RSA-PKCS1v15-SHA256( SHA-256(message) )      the default
//	HMAC      = HMAC-SHA512( message )
//
// # Keys
//
// The dashboard hands out four different secrets. Two are for requests: the
// RSA key pair (private_key_<id>.pem) and the HMAC key
// (hmac_private_key_<id>.txt). Two are for callbacks: HighHelp's public RSA
// key and the callback HMAC key (hmac_callback_key_<id>.txt). A [PrivateKey]
// signs, a [PublicKey] verifies, an [HMACKey] does both, and a [KeySet]
// verifies with several keys at once while keys are being replaced.
//
// The key decides the algorithm, never the message: no header can make a
// public key serve as an HMAC secret. No type of this package prints a key.
//
// # What is not known
//
// Much of the public documentation could not be read to its end. What it
// leaves open is data in a [Scheme], whose zero value holds the best known
// answer; each field's comment says how well it is known. [Explain] finds the
// Scheme and key that fit a captured message.
//
// # Ambiguity
//
// The normal form has no escaping, so two different documents can share one
// text and thereby one signature. [Document.Fields] therefore refuses, with
// [ErrAmbiguous], every document whose text could also be read as another
// value of a field that it returns. Its comment gives the argument.
//
// [canonical text]: https://highhelpdocs.org/ru/HEAD/api/callbacks-sign-rsa
package signer

package signer

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// SandboxHeader is the PEM header that marks the RSA keys of a sandbox.
const SandboxHeader = "HighHelp-Sandbox"

// maxKeyFile bounds what is read of a key file; real ones have 4 KiB.
const maxKeyFile = 64 << 10

// ReadPrivateKey reads an RSA private key from a PEM file, PKCS #8 or
// PKCS #1, as the dashboard exports it (private_key_<id>.pem).
//
// Like the other functions that read key files it fails with a [*KeyError]
// that says what to do, or with the error of the file system; neither shows
// the key. Files over 64 KiB are refused.
func ReadPrivateKey(file string) (*PrivateKey, error) {
	data, err := readKeyFile(file)
	if err != nil {
		return nil, err
	}
	return parsePrivateKey(keyName(file), data)
}

// ReadPublicKey reads the RSA public key for callbacks from a PEM file,
// SubjectPublicKeyInfo or PKCS #1, as the dashboard shows it under API >
// Callback settings. The key is named after the file.
func ReadPublicKey(file string) (*PublicKey, error) {
	data, err := readKeyFile(file)
	if err != nil {
		return nil, err
	}
	return ParsePublicKey(keyName(file), data)
}

// ReadHMACKey reads an HMAC key from a text file, with or without a final
// newline: hmac_private_key_<id>.txt for requests,
// hmac_callback_key_<id>.txt for callbacks. The key is named after the file.
// Beside what [NewHMACKey] refuses, it refuses RSA keys in any form.
func ReadHMACKey(file string) (*HMACKey, error) {
	data, err := readKeyFile(file)
	if err != nil {
		return nil, err
	}
	return ParseHMACKey(keyName(file), data)
}

func keyName(file string) string {
	base := filepath.Base(file)
	return either(strings.TrimSuffix(base, filepath.Ext(base)), base)
}

// CheckKeyFile returns a [*KeyError] if every user of the machine may read or
// replace the key file. Reading a key does not ask: containers and shared
// folders often show all files as open to all, and a key that can't be loaded
// takes no payment. On Windows, whose rights work in another way, it finds no
// fault with any file.
func CheckKeyFile(file string) error {
	info, err := os.Stat(file)
	if err != nil {
		return fmt.Errorf("signer: key file: %w", err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o006 != 0 {
		return &KeyError{keyName(file), "every user of this machine may read or replace the file: chmod 600"}
	}
	return nil
}

func readKeyFile(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("signer: key file: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxKeyFile+1))
	if err != nil {
		return nil, fmt.Errorf("signer: key file: %w", err)
	}
	if len(data) > maxKeyFile {
		return nil, &KeyError{keyName(file), "over 64 KiB: not a key file"}
	}
	return data, nil
}

// ParsePrivateKey is [ReadPrivateKey] for the content of a file.
func ParsePrivateKey(data []byte) (*PrivateKey, error) {
	return parsePrivateKey("private key", data)
}

func parsePrivateKey(name string, data []byte) (*PrivateKey, error) {
	block, err := onePEM(name, data)
	if err != nil {
		return nil, err
	}
	if _, old := block.Headers["DEK-Info"]; old {
		return nil, &KeyError{name, encrypted}
	}
	var key any
	switch block.Type {
	case "PRIVATE KEY":
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	case "RSA PRIVATE KEY":
		key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	default:
		return nil, &KeyError{name, wrongBlock(block, "an RSA private key")}
	}
	if err != nil {
		return nil, &KeyError{name, "its content is damaged"}
	}
	s, ok := key.(crypto.Signer)
	if !ok {
		return nil, &KeyError{name, fmt.Sprintf("not an RSA key but one of type %T", key)}
	}
	return newPrivateKey(name, s, isSandbox(block))
}

// ParsePublicKey is [ReadPublicKey] for the content of a file.
func ParsePublicKey(name string, data []byte) (*PublicKey, error) {
	block, err := onePEM(name, data)
	if err != nil {
		return nil, err
	}
	var key any
	switch block.Type {
	case "PUBLIC KEY":
		key, err = x509.ParsePKIXPublicKey(block.Bytes)
	case "RSA PUBLIC KEY":
		key, err = x509.ParsePKCS1PublicKey(block.Bytes)
	default:
		return nil, &KeyError{name, wrongBlock(block, "an RSA public key")}
	}
	if err != nil {
		return nil, &KeyError{name, "its content is damaged"}
	}
	public, ok := key.(*rsa.PublicKey)
	if !ok {
		return nil, &KeyError{name, fmt.Sprintf("not an RSA key but one of type %T", key)}
	}
	return newPublicKey(name, public, Scheme{}, isSandbox(block))
}

// ParseHMACKey is [ReadHMACKey] for the content of a file.
func ParseHMACKey(name string, data []byte) (*HMACKey, error) {
	text := strings.TrimSuffix(strings.TrimSuffix(string(data), "\n"), "\r")
	switch {
	case marked(data):
		return nil, &KeyError{name, notPlain}
	case holdsRSA(text):
		return nil, &KeyError{name, "an RSA key without its PEM lines, not an HMAC key"}
	}
	return NewHMACKey(name, text)
}

// holdsRSA reports whether text is what is between the lines of a PEM file, or
// the value of x-access-token, whatever stands behind it. Each shop sends that
// token with every request, so it must never become a secret by mistake.
func holdsRSA(text string) bool {
	der, _ := HMACKeyBase64.secret(text)
	_, spki := x509.ParsePKIXPublicKey(der)
	_, pkcs1 := x509.ParsePKCS1PublicKey(der)
	_, pkcs8 := x509.ParsePKCS8PrivateKey(der)
	_, pkcs1Private := x509.ParsePKCS1PrivateKey(der)
	return spki == nil || pkcs1 == nil || pkcs8 == nil || pkcs1Private == nil || bytes.HasPrefix(der, []byte("-----BEGIN"))
}

const (
	encrypted = "encrypted with a password: decrypt it first, with openssl pkey"
	notPlain  = "begins with a byte order mark of UTF-8 or UTF-16: save it as plain text"
)

// marked reports whether an editor has put a byte order mark before the text.
func marked(data []byte) bool {
	for _, mark := range [...]string{"\xef\xbb\xbf", "\xff\xfe", "\xfe\xff"} {
		if bytes.HasPrefix(data, []byte(mark)) {
			return true
		}
	}
	return false
}

// onePEM returns the only PEM block of data.
func onePEM(name string, data []byte) (*pem.Block, error) {
	fail := func(reason string) (*pem.Block, error) { return nil, &KeyError{name, reason} }
	switch {
	case len(bytes.TrimSpace(data)) == 0:
		return fail("empty")
	case marked(data):
		return fail(notPlain)
	}
	begin := []byte("-----BEGIN")
	block, rest := pem.Decode(data)
	switch {
	case !bytes.Contains(data, begin):
		return fail("not a PEM file: there is no line -----BEGIN …")
	case block == nil:
		return fail("a PEM file that is cut off or damaged")
	case !bytes.HasPrefix(bytes.TrimSpace(data), begin), len(bytes.TrimSpace(rest)) > 0:
		return fail("more in the file than one PEM block")
	case bytes.Count(data, begin) > 1: // Decode has passed over a damaged one
		return fail("more in the file than one PEM block, the first of them damaged")
	}
	return block, nil
}

func wrongBlock(block *pem.Block, want string) string {
	switch {
	case block.Type == "ENCRYPTED PRIVATE KEY":
		return encrypted
	case block.Type == "CERTIFICATE":
		return "a certificate, not " + want
	case strings.HasSuffix(block.Type, "PRIVATE KEY") && strings.HasSuffix(want, "public key"):
		return "a private key, not " + want
	case strings.HasSuffix(block.Type, "PUBLIC KEY") && strings.HasSuffix(want, "private key"):
		return "a public key, not " + want
	}
	return "a PEM block of another kind, not " + want
}

func isSandbox(block *pem.Block) bool {
	_, is := block.Headers[SandboxHeader]
	return is
}

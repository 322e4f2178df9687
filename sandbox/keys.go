package sandbox

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"

	"github.com/go-highhelp/highhelp/signer"
)

// Keys are all keys of one project, those of the shop and those of the
// gateway. Every one bears the mark of a sandbox, and none prints itself.
//
// The shop signs requests with RequestPrivate or RequestHMAC, as it likes. It
// verifies callbacks with CallbackPublic or CallbackHMAC, whichever belongs to
// the CallbackSigner of the project.
type Keys struct {
	ProjectID string

	RequestPrivate *signer.PrivateKey // private_key_<id>.pem
	RequestPublic  *signer.PublicKey  // public_key_<id>.pem
	RequestHMAC    *signer.HMACKey    // hmac_private_key_<id>.txt

	CallbackPrivate *signer.PrivateKey // callback_private_key_<id>.pem: HighHelp keeps the real one
	CallbackPublic  *signer.PublicKey  // callback_public_key_<id>.pem: the dashboard shows the real one
	CallbackHMAC    *signer.HMACKey    // hmac_callback_key_<id>.txt

	// files returns what WriteFiles writes. As a func it hides the keys from
	// printers that follow pointers and ignore methods.
	files func() map[string][]byte
}

// GenerateKeys makes new keys for a project: RSA of 2048 bits and HMAC of 256.
// The id must be one that [Project] allows.
func GenerateKeys(projectID string) (*Keys, error) {
	if !validID(projectID) {
		return nil, fmt.Errorf("sandbox: project id: %s", wrongID)
	}
	files := map[string][]byte{}
	for _, role := range [...]struct{ private, public keyFile }{
		{requestPrivate, requestPublic},
		{callbackPrivate, callbackPublic},
	} {
		private, public, err := newRSA()
		if err != nil {
			return nil, fmt.Errorf("sandbox: %w", err)
		}
		files[role.private.name(projectID)] = private
		files[role.public.name(projectID)] = public
	}
	files[requestHMAC.name(projectID)] = newHMAC()
	files[callbackHMAC.name(projectID)] = newHMAC()
	return parseKeys(projectID, files)
}

// Project returns the project that these keys belong to, with callbacks signed
// by RSA, the documented default for new cash registers. For HMAC set its
// CallbackSigner to CallbackHMAC.
func (k *Keys) Project() Project {
	return Project{
		ID:             k.ProjectID,
		Keys:           []signer.Key{k.RequestPublic, k.RequestHMAC},
		CallbackSigner: k.CallbackPrivate,
	}
}

// newRSA returns a key pair as PEM files.
func newRSA() (private, public []byte, err error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, nil, err
	}
	if private, err = x509.MarshalPKCS8PrivateKey(key); err != nil {
		return nil, nil, err
	}
	if public, err = x509.MarshalPKIXPublicKey(&key.PublicKey); err != nil {
		return nil, nil, err
	}
	return marked("PRIVATE KEY", private), marked("PUBLIC KEY", public), nil
}

// marked writes a PEM file with the mark of a sandbox.
func marked(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{
		Type:    kind,
		Headers: map[string]string{signer.SandboxHeader: "worth nothing"},
		Bytes:   der,
	})
}

// newHMAC returns an HMAC key file. After its mark it is hex, so that it can
// be read as text, as hex and as base64.
func newHMAC() []byte {
	var secret [32]byte
	_, _ = rand.Read(secret[:]) // never fails
	return []byte("sandbox-" + hex.EncodeToString(secret[:]) + "\n")
}

// parseKeys reads the files of a project by name.
func parseKeys(projectID string, files map[string][]byte) (*Keys, error) {
	k := &Keys{ProjectID: projectID, files: func() map[string][]byte { return files }}
	key := func(f keyFile) (name string, data []byte) { return f.keyName(projectID), files[f.name(projectID)] }
	var errs [6]error
	k.RequestPrivate, errs[0] = signer.ParsePrivateKey(files[requestPrivate.name(projectID)])
	k.RequestPublic, errs[1] = signer.ParsePublicKey(key(requestPublic))
	k.RequestHMAC, errs[2] = signer.ParseHMACKey(key(requestHMAC))
	k.CallbackPrivate, errs[3] = signer.ParsePrivateKey(files[callbackPrivate.name(projectID)])
	k.CallbackPublic, errs[4] = signer.ParsePublicKey(key(callbackPublic))
	k.CallbackHMAC, errs[5] = signer.ParseHMACKey(key(callbackHMAC))
	if err := errors.Join(errs[:]...); err != nil {
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	return k, nil
}

// newStrangerKeys makes keys for callbacks that no shop knows.
func newStrangerKeys() *Keys {
	private, _, err := newRSA()
	k := &Keys{ProjectID: "stranger"}
	if err == nil {
		k.CallbackPrivate, err = signer.ParsePrivateKey(private)
	}
	if err == nil {
		k.CallbackHMAC, err = signer.ParseHMACKey("stranger", newHMAC())
	}
	if err != nil {
		panic(err) // new keys are good keys
	}
	return k
}

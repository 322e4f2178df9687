package sandbox

import (
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A keyFile is the name of a key file, with * for the project's id.
type keyFile string

// The names under which the dashboard exports keys. It exports neither of the
// RSA keys for callbacks: their names are this package's own.
const (
	requestPrivate  keyFile = "private_key_*.pem"
	requestPublic   keyFile = "public_key_*.pem"
	requestHMAC     keyFile = "hmac_private_key_*.txt"
	callbackPrivate keyFile = "callback_private_key_*.pem"
	callbackPublic  keyFile = "callback_public_key_*.pem"
	callbackHMAC    keyFile = "hmac_callback_key_*.txt"
)

func (f keyFile) name(projectID string) string {
	return strings.Replace(string(f), "*", projectID, 1)
}

// keyName is the name of the key in the file, as package signer names it.
func (f keyFile) keyName(projectID string) string {
	return strings.TrimSuffix(f.name(projectID), filepath.Ext(string(f)))
}

// WriteFiles writes the keys into a directory, which it creates if need be,
// for nobody but its owner to read. It never overwrites a file: if one is
// there already, it fails with an error that wraps [fs.ErrExist] and takes away
// what it has written.
func (k *Keys) WriteFiles(dir string) (err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("sandbox: key files: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("sandbox: key files: %w", err)
	}
	defer root.Close()
	var written []string
	files := k.files()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err = writeNew(root, name, files[name]); err != nil {
			break
		}
		written = append(written, name)
	}
	if err == nil {
		return nil
	}
	for _, name := range written {
		_ = root.Remove(name)
	}
	return fmt.Errorf("sandbox: key files: %w", err)
}

// writeNew leaves no file behind that it could not write to its end.
func writeNew(root *os.Root, name string, data []byte) error {
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		_ = root.Remove(name)
	}
	return err
}

// ReadKeys reads back the keys of a project that [Keys.WriteFiles] wrote. It
// refuses keys without the mark of a sandbox.
func ReadKeys(dir, projectID string) (*Keys, error) {
	if !validID(projectID) {
		return nil, fmt.Errorf("sandbox: project id: %s", wrongID)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("sandbox: key files: %w", err)
	}
	defer root.Close()
	files := map[string][]byte{}
	for _, f := range [...]keyFile{requestPrivate, requestPublic, requestHMAC, callbackPrivate, callbackPublic, callbackHMAC} {
		name := f.name(projectID)
		if files[name], err = readSmall(root, name); err != nil {
			return nil, fmt.Errorf("sandbox: key files: %w", err)
		}
	}
	k, err := parseKeys(projectID, files)
	if err == nil {
		err = k.checkMarks()
	}
	if err != nil {
		return nil, err
	}
	return k, nil
}

// readSmall reads at most 64 KiB: more is no key file, and fails to parse.
func readSmall(root *os.Root, name string) ([]byte, error) {
	f, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, 64<<10))
}

func (k *Keys) checkMarks() error {
	for f, marked := range map[keyFile]bool{
		requestPrivate:  k.RequestPrivate.Sandbox(),
		requestPublic:   k.RequestPublic.Sandbox(),
		requestHMAC:     k.RequestHMAC.Sandbox(),
		callbackPrivate: k.CallbackPrivate.Sandbox(),
		callbackPublic:  k.CallbackPublic.Sandbox(),
		callbackHMAC:    k.CallbackHMAC.Sandbox(),
	} {
		if !marked {
			return fmt.Errorf("sandbox: %s: not a key of a sandbox", f.name(k.ProjectID))
		}
	}
	return nil
}

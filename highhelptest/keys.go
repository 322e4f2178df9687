package highhelptest

import (
	"path/filepath"
	"sync"
	"testing"

	"github.com/go-highhelp/highhelp/sandbox"
)

// ProjectID is the cash register of every [Sandbox].
const ProjectID = "57aff4db-b45d-42bf-bc5f-b7a499a01782"

// RSA keys are slow to make, so a process makes them once.
var (
	keys       = sync.OnceValues(func() (*sandbox.Keys, error) { return sandbox.GenerateKeys(ProjectID) })
	formerKeys = sync.OnceValues(func() (*sandbox.Keys, error) { return sandbox.GenerateKeys(ProjectID) })
)

// Keys returns the keys that every [Sandbox] of this process has, the shop's
// and the gateway's.
func Keys(t testing.TB) *sandbox.Keys {
	t.Helper()
	k, err := keys()
	if err != nil {
		t.Fatalf("highhelptest: %v", err)
	}
	return k
}

// KeyFiles are the paths of key files, under the names that the dashboard
// gives them, for programs that read their keys themselves.
type KeyFiles struct {
	Dir string // as sandbox.ReadKeys and highhelp trigger --keys want it

	RequestPrivate string // RSA key for requests
	RequestHMAC    string // HMAC key for requests
	CallbackPublic string // RSA key for callbacks
	CallbackHMAC   string // HMAC key for callbacks
}

// KeyFiles writes the keys of s into a directory that goes with the test.
func (s *Sandbox) KeyFiles() KeyFiles {
	s.t.Helper()
	dir := s.t.TempDir()
	if err := s.Keys.WriteFiles(dir); err != nil {
		s.t.Fatalf("highhelptest: %v", err)
	}
	file := func(pattern string) string {
		found, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil || len(found) != 1 {
			s.t.Fatalf("highhelptest: key files: no %s", pattern)
		}
		return found[0]
	}
	return KeyFiles{
		Dir:            dir,
		RequestPrivate: file("private_key_*.pem"),
		RequestHMAC:    file("hmac_private_key_*.txt"),
		CallbackPublic: file("callback_public_key_*.pem"),
		CallbackHMAC:   file("hmac_callback_key_*.txt"),
	}
}

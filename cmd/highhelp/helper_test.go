package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/sandbox"
	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "highhelp-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	builds.dir = dir
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// builds are programs that tests run, each built once.
var builds struct {
	mu   sync.Mutex
	dir  string
	done map[string]error
}

// build builds the program in a folder and returns its path.
func build(t *testing.T, name, folder string, env ...string) string {
	t.Helper()
	builds.mu.Lock()
	defer builds.mu.Unlock()
	program := filepath.Join(builds.dir, name)
	err, done := builds.done[name]
	if !done {
		cmd := exec.Command("go", "build", "-C", folder, "-o", program, ".")
		cmd.Env = append(os.Environ(), env...)
		out, failed := cmd.CombinedOutput()
		if failed != nil {
			err = fmt.Errorf("%w: %s", failed, out)
		}
		if builds.done == nil {
			builds.done = map[string]error{}
		}
		builds.done[name] = err
	}
	require.NoError(t, err)
	return program
}

// highhelpProgram is the command as a static binary.
func highhelpProgram(t *testing.T) string { return build(t, "highhelp", ".", "CGO_ENABLED=0") }

// testKeys are made once: RSA keys are slow to make.
var (
	testKeys   = sync.OnceValues(func() (*sandbox.Keys, error) { return sandbox.GenerateKeys(demoProject) })
	formerKeys = sync.OnceValues(func() (*sandbox.Keys, error) { return sandbox.GenerateKeys(demoProject) })
)

// keyFolder writes keys into a folder that goes with the test.
func keyFolder(t *testing.T, make func() (*sandbox.Keys, error)) (*sandbox.Keys, string) {
	t.Helper()
	keys, err := make()
	require.NoError(t, err)
	dir := filepath.Join(t.TempDir(), "keys")
	require.NoError(t, keys.WriteFiles(dir))
	return keys, dir
}

// A testShop takes payments with a Checkout. Its gateway is a sandbox that
// sends no callbacks: trigger does.
type testShop struct {
	url      string
	checkout *highhelp.Checkout
	dir      string // of the keys

	mu      sync.Mutex
	shipped map[string]int
}

var roubles = highhelp.Money{Minor: 10000, Currency: "RUB"}

func newTestShop(t *testing.T, changes ...func(*highhelp.Config)) *testShop {
	t.Helper()
	keys, dir := keyFolder(t, testKeys)
	s := &testShop{dir: dir, shipped: map[string]int{}}
	gateway, shop := httptest.NewServer(nil), httptest.NewServer(nil)
	t.Cleanup(gateway.Close)
	t.Cleanup(shop.Close)
	quiet := slog.New(slog.DiscardHandler)
	g, err := sandbox.New(sandbox.Config{PublicURL: gateway.URL, Projects: []sandbox.Project{keys.Project()}, Logger: quiet})
	require.NoError(t, err)
	gateway.Config.Handler = g
	cfg := highhelp.Config{
		ProjectID: keys.ProjectID, BaseURL: gateway.URL, PublicURL: shop.URL + "/pay", Signer: keys.RequestPrivate,
		Verifier: keys.CallbackPublic, Store: &highhelp.MemStore{}, Logger: quiet, OnPaid: s.ship,
	}
	for _, change := range changes {
		change(&cfg)
	}
	s.checkout, err = highhelp.New(cfg)
	require.NoError(t, err)
	shop.Config.Handler = s.checkout.Handler(func(*http.Request) (highhelp.Order, error) { return highhelp.Order{}, highhelp.ErrNoOrder })
	s.url = shop.URL + "/pay/callbacks/success"
	return s
}

func (s *testShop) ship(_ context.Context, e highhelp.Event) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shipped[e.OrderID]++
	return nil
}

func (s *testShop) shippedTimes(orderID string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shipped[orderID]
}

// order creates a ticket for an order of 100 roubles.
func (s *testShop) order(t *testing.T, id string) {
	t.Helper()
	_, err := s.checkout.CreateTicket(t.Context(), highhelp.Order{ID: id, Amount: roubles})
	require.NoError(t, err)
}

// lines reads what --json prints piece by piece.
func lines[T any](t *testing.T, out string) (all []T) {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(out))
	for decoder.More() {
		var v T
		require.NoError(t, decoder.Decode(&v))
		all = append(all, v)
	}
	return all
}

// file writes a file that goes with the test.
func file(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

package otelhighhelp_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// promtool runs Prometheus' own checker. Without one the test is skipped, or
// fails if nothing may be skipped.
func promtool(t *testing.T, args ...string) {
	t.Helper()
	path, err := exec.LookPath("promtool")
	switch {
	case err != nil && os.Getenv("HIGHHELP_TEST_REQUIRE") == "all":
		t.Fatal("there is no promtool, and HIGHHELP_TEST_REQUIRE is all")
	case err != nil:
		t.Skip("there is no promtool")
	}
	output, err := exec.Command(path, args...).CombinedOutput()
	require.NoError(t, err, string(output))
}

// scratch writes a file that lives as long as the test.
func scratch(t *testing.T, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, content, 0o600))
	return path
}

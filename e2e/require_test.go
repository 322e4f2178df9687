package e2e

import (
	"os"
	"os/exec"
	"testing"
)

// missing skips a test for what this machine lacks, or fails it if nothing may
// be skipped.
func missing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("HIGHHELP_TEST_REQUIRE") == "all" {
		t.Fatalf("there is no %s, and HIGHHELP_TEST_REQUIRE is all", what)
	}
	t.Skipf("there is no %s", what)
}

// chromium returns the path of a browser.
func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{
		"chromium", "chromium-browser", "google-chrome", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
	} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	missing(t, "Chromium")
	return ""
}

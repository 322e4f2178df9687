package sqlstore_test

import (
	"os"
	"testing"
)

// missing skips a test for what this machine lacks, or fails it if nothing may
// be skipped.
func missing(t testing.TB, what string, err error) {
	t.Helper()
	if os.Getenv("HIGHHELP_TEST_REQUIRE") == "all" {
		t.Fatalf("there is no %s (%v), and HIGHHELP_TEST_REQUIRE is all", what, err)
	}
	t.Skipf("there is no %s: %v", what, err)
}

func env(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}

package e2e

import (
	"os"
	"testing"
)

// TestMain lets the test binary be a shop in a process of its own, which the
// kill suites start and kill.
func TestMain(m *testing.M) {
	if os.Getenv(childEnv) != "" {
		os.Exit(runChild(os.Getenv(childEnv)))
	}
	os.Exit(m.Run())
}

package highhelptest

import (
	"testing"

	"github.com/go-highhelp/highhelp/sandbox"
)

// SurviveSome is Survive for some scenarios.
func SurviveSome(t testing.TB, open func(*Sandbox) Shop, names ...string) {
	t.Helper()
	var some []sandbox.Scenario
	for _, name := range names {
		s, err := sandbox.ParseScenario(name)
		if err != nil {
			t.Fatal(err)
		}
		some = append(some, s)
	}
	survive(t, open, some)
}

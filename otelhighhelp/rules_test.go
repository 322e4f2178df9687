package otelhighhelp_test

import (
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

const (
	rulesFile     = "prometheus/highhelp.rules.yml"
	rulesTestFile = "prometheus/highhelp.rules.test.yml"
)

type rules struct {
	Groups []struct {
		Name  string
		Rules []struct {
			Alert       string
			Expr        string
			For         string
			Labels      map[string]string
			Annotations map[string]string
		}
	}
}

type rulesTest struct {
	Files    []string `yaml:"rule_files"`
	Interval string   `yaml:"evaluation_interval"`
	Tests    []struct {
		Name     string
		Interval string
		Input    []struct{ Series, Values string } `yaml:"input_series"`
		Alerts   []struct {
			Alert string `yaml:"alertname"`
			At    string `yaml:"eval_time"`
			Fires []struct {
				Labels      map[string]string `yaml:"exp_labels"`
				Annotations map[string]string `yaml:"exp_annotations"`
			} `yaml:"exp_alerts"`
		} `yaml:"alert_rule_test"`
	}
}

func parse(t *testing.T, file string, into any) {
	t.Helper()
	f, err := os.Open(file)
	require.NoError(t, err)
	defer f.Close()
	decoder := yaml.NewDecoder(f)
	decoder.KnownFields(true)
	require.NoError(t, decoder.Decode(into))
}

func TestRulesNameWhatIsExported(t *testing.T) {
	var r rules
	parse(t, rulesFile, &r)
	require.Len(t, r.Groups, 1)
	for _, rule := range r.Groups[0].Rules {
		require.Empty(t, day.of(t).wrong(rule.Expr), rule.Alert)
		require.Contains(t, []string{"warning", "critical"}, rule.Labels["severity"], rule.Alert)
		require.NotEmpty(t, rule.Annotations["summary"], rule.Alert)
		require.NotEmpty(t, rule.Annotations["description"], rule.Alert)
	}
}

// The tests of the rules are about series as they are exported, and see every
// alert fire and not fire.
func TestRulesAreTested(t *testing.T) {
	var r rules
	var tests rulesTest
	parse(t, rulesFile, &r)
	parse(t, rulesTestFile, &tests)
	fires, quiet := map[string]bool{}, map[string]bool{}
	value := regexp.MustCompile(`(highhelp_hook_duration_seconds_bucket\{.*le=)"[^"]*"`)
	for _, test := range tests.Tests {
		for _, in := range test.Input {
			require.Empty(t, day.of(t).wrong(value.ReplaceAllString(in.Series, `$1"+Inf"`)), test.Name)
		}
		for _, a := range test.Alerts {
			if len(a.Fires) > 0 {
				fires[a.Alert] = true
			}
			// A list of what fires is also one of what must not, if there
			// are more series than it has entries.
			if len(a.Fires) < len(test.Input) {
				quiet[a.Alert] = true
			}
		}
	}
	for _, rule := range r.Groups[0].Rules {
		require.True(t, fires[rule.Alert], "%s is never seen firing", rule.Alert)
		require.True(t, quiet[rule.Alert], "%s is never seen quiet", rule.Alert)
	}
}

func TestRulesWithPromtool(t *testing.T) {
	promtool(t, "check", "rules", rulesFile)
	promtool(t, "test", "rules", rulesTestFile)
}

package otelhighhelp_test

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/prometheus/common/model"
	"github.com/stretchr/testify/require"
)

// A record is what was exported on a day on which everything happened.
type record struct {
	once    sync.Once
	samples model.Vector
	text    string // as OpenMetrics
}

var day record

func (r *record) of(tb testing.TB) *record {
	tb.Helper()
	r.once.Do(func() {
		s := aDay(tb)
		r.samples, r.text = s.scrape(tb), s.openMetrics(tb)
	})
	require.NotEmpty(tb, r.samples, "the day went wrong")
	return r
}

var (
	groupings = regexp.MustCompile(`\b(?:by|without|on|ignoring)\s*\(([^)]*)\)`)
	selectors = regexp.MustCompile(`\b(highhelp_\w+)\s*(?:\{([^}]*)\})?`)
	matchers  = regexp.MustCompile(`(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"`)
)

// Labels that the one who scrapes adds, and those of a histogram.
var foreign = []string{"job", "instance", "le"}

// wrong says what a query names that was never exported. An empty answer means
// that every name, every label and every value that it waits for exists.
func (r *record) wrong(query string) (wrong []string) {
	rest := groupings.ReplaceAllString(query, "")
	series := r.samples
	for _, selector := range selectors.FindAllStringSubmatch(rest, -1) {
		name := selector[1]
		found := r.named(name)
		if len(found) == 0 {
			wrong = append(wrong, name)
			continue
		}
		for _, m := range matchers.FindAllStringSubmatch(selector[2], -1) {
			if !slices.Contains(foreign, m[1]) && !slices.ContainsFunc(found, func(s *model.Sample) bool { return matches(s, m[1], m[2], m[3]) }) {
				wrong = append(wrong, name+"{"+m[0]+"}")
			}
		}
	}
	for _, grouping := range groupings.FindAllStringSubmatch(query, -1) {
		for _, label := range strings.FieldsFunc(grouping[1], func(r rune) bool { return r == ',' || r == ' ' || r == '\n' }) {
			if !slices.Contains(foreign, label) && !slices.ContainsFunc(series, func(s *model.Sample) bool { return s.Metric[model.LabelName(label)] != "" }) {
				wrong = append(wrong, label)
			}
		}
	}
	return wrong
}

func (r *record) named(name string) model.Vector {
	return slices.DeleteFunc(slices.Clone(r.samples), func(s *model.Sample) bool { return string(s.Metric[model.MetricNameLabel]) != name })
}

// matches is PromQL's, but that != asks for a label with another value: one
// that is always absent is a mistake.
func matches(s *model.Sample, label, op, want string) bool {
	got := string(s.Metric[model.LabelName(label)])
	switch op {
	case "=":
		return got == want
	case "!=":
		return got != want && got != ""
	}
	held := regexp.MustCompile("^(?:" + want + ")$").MatchString(got)
	return held == (op == "=~")
}

// The checker finds what it is there for.
func TestWrongNamesInQueriesAreFound(t *testing.T) {
	r := day.of(t)
	for query, want := range map[string][]string{
		`sum by (job, highhelp_route) (rate(highhelp_callbacks_total{error_type="signature"}[5m]))`: nil,
		`highhelp_callback_total`:                                   {"highhelp_callback_total"},
		`highhelp_callbacks_total{route="success"}`:                 {`highhelp_callbacks_total{route="success"}`},
		`highhelp_callbacks_total{highhelp_route="succes"}`:         {`highhelp_callbacks_total{highhelp_route="succes"}`},
		`highhelp_callbacks_total{http_response_status_code=~"6."}`: {`highhelp_callbacks_total{http_response_status_code=~"6."}`},
		`highhelp_reconcile_lag_seconds{error_type!=""}`:            {`highhelp_reconcile_lag_seconds{error_type!=""}`},
		`sum by (outcome) (highhelp_callbacks_total)`:               {"outcome"},
	} {
		require.Equal(t, want, r.wrong(query), query)
	}
}

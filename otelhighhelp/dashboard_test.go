package otelhighhelp_test

import (
	"encoding/json"
	"fmt"
	"os"
	"sort"
	"strings"
	"testing"

	"github.com/grafana/grafana-foundation-sdk/go/cog/plugins"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	grafanaprometheus "github.com/grafana/grafana-foundation-sdk/go/prometheus"
	"github.com/prometheus/common/model"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

const dashboardFile = "grafana/dashboard.json"

// classic is the form of dashboards that every Grafana imports.
type classic = dashboard.Dashboard //nolint:staticcheck // the newer form needs Grafana 12

// load reads a dashboard, and says what is wrong with it by Grafana's schema,
// which knows no other fields than those of Grafana, its panels and its
// Prometheus data source.
func load(raw []byte) (d classic, wrong string) {
	plugins.RegisterDefaultPlugins()
	// Where nothing is wrong the strict reading ends with an empty list of
	// errors, which is not nil, and loses panels for the same reason.
	if err := new(classic).UnmarshalJSONStrict(raw); err != nil {
		wrong = err.Error()
	}
	if err := json.Unmarshal(raw, &d); err != nil {
		return d, wrong + err.Error()
	}
	if err := d.Validate(); err != nil {
		wrong += err.Error()
	}
	return d, wrong
}

func theDashboard(t *testing.T) classic {
	t.Helper()
	raw, err := os.ReadFile(dashboardFile)
	require.NoError(t, err)
	d, wrong := load(raw)
	require.Empty(t, wrong)
	return d
}

// The schema finds what it is there for.
func TestWrongDashboardsAreFound(t *testing.T) {
	raw, err := os.ReadFile(dashboardFile)
	require.NoError(t, err)
	for old, changed := range map[string]string{
		`"schemaVersion": 39`:    `"schemaVersion": "39"`,
		`"type": "stat",`:        `"type": "stat", "colour": "red",`,
		`"graphMode": "none",`:   ``,
		`"mode": "multi"`:        `"mode": 1`,
		`"graphTooltip": 1`:      `"graphTooltip": "shared"`,
		`"drawStyle": "line",`:   `"drawStyle": 5,`,
		`"legendFormat": "p95",`: `"legend": "p95",`,
	} {
		require.Contains(t, string(raw), old)
		_, wrong := load([]byte(strings.Replace(string(raw), old, changed, 1)))
		require.NotEmpty(t, wrong, changed)
	}
}

func panelsOf(t *testing.T, d classic) (panels []dashboard.Panel) {
	t.Helper()
	for _, p := range d.Panels {
		if p.Panel != nil {
			panels = append(panels, *p.Panel)
		}
	}
	require.NotEmpty(t, panels)
	return panels
}

// queriesOf returns the queries of a panel, with Grafana's variables filled in.
func queriesOf(t *testing.T, p dashboard.Panel) (queries []string) {
	t.Helper()
	for _, target := range p.Targets {
		query := target.(*grafanaprometheus.Dataquery)
		requireVariable(t, query.Datasource)
		filled := strings.NewReplacer("$__rate_interval", "10m", "$__range", "10m", "$job", ".*").Replace(query.Expr)
		require.NotContains(t, filled, "$", "an unknown variable")
		queries = append(queries, filled)
	}
	require.NotEmpty(t, queries, *p.Title)
	return queries
}

func requireVariable(t *testing.T, source *common.DataSourceRef) {
	t.Helper()
	require.NotNil(t, source)
	require.Equal(t, "prometheus", *source.Type)
	require.Equal(t, "${datasource}", *source.Uid)
}

func TestDashboardFitsGrafanasSchema(t *testing.T) {
	d := theDashboard(t)
	require.GreaterOrEqual(t, d.SchemaVersion, uint16(36), "older ones are migrated")
	require.NotEmpty(t, *d.Title)
	require.LessOrEqual(t, len(*d.Uid), 40)
	require.Nil(t, d.Id, "an id is of one Grafana only")
	variables := d.Templating.List
	require.Equal(t, "datasource", variables[0].Name)
	require.Equal(t, dashboard.VariableTypeDatasource, variables[0].Type)
	require.Equal(t, "prometheus", *variables[0].Query.String)
	requireVariable(t, variables[1].Datasource)
	require.Empty(t, day.of(t).wrong(*variables[1].Definition))
	for _, p := range panelsOf(t, d) {
		requireVariable(t, p.Datasource)
		require.NotEmpty(t, *p.Title)
		require.NotEmpty(t, *p.Description, *p.Title)
		refs := map[string]bool{}
		for _, target := range p.Targets {
			ref := *target.(*grafanaprometheus.Dataquery).RefId
			require.False(t, refs[ref], "%s has two queries %s", *p.Title, ref)
			refs[ref] = true
		}
	}
}

// Every panel and row has an id of its own, and a place of its own in a grid
// that is 24 wide.
func TestDashboardPanelsDoNotOverlap(t *testing.T) {
	type cell struct{ x, y uint32 }
	ids, cells := map[uint32]bool{}, map[cell]uint32{}
	for _, p := range theDashboard(t).Panels {
		id, at := placeOf(p)
		require.NotZero(t, id)
		require.False(t, ids[id], "two panels have the id %d", id)
		ids[id] = true
		require.Positive(t, at.W)
		require.Positive(t, at.H)
		require.LessOrEqual(t, at.X+at.W, uint32(24))
		for x := at.X; x < at.X+at.W; x++ {
			for y := at.Y; y < at.Y+at.H; y++ {
				require.Zero(t, cells[cell{x, y}], "panels %d and %d overlap", cells[cell{x, y}], id)
				cells[cell{x, y}] = id
			}
		}
	}
}

func placeOf(p dashboard.PanelOrRowPanel) (id uint32, at dashboard.GridPos) {
	if p.RowPanel != nil {
		return p.RowPanel.Id, *p.RowPanel.GridPos
	}
	return *p.Panel.Id, *p.Panel.GridPos
}

func TestDashboardNamesWhatIsExported(t *testing.T) {
	shown := map[string]bool{}
	for _, p := range panelsOf(t, theDashboard(t)) {
		for _, query := range queriesOf(t, p) {
			require.Empty(t, day.of(t).wrong(query), *p.Title)
			for _, s := range selectors.FindAllStringSubmatch(groupings.ReplaceAllString(query, ""), -1) {
				shown[family(s[1])] = true
			}
		}
	}
	for name := range exported(day.of(t)) {
		require.True(t, shown[name], "%s is not on the dashboard", name)
	}
}

// family returns the name without what a histogram appends.
func family(name string) string {
	for _, suffix := range []string{"_bucket", "_sum", "_count"} {
		name = strings.TrimSuffix(name, suffix)
	}
	return name
}

// exported returns the labels of each metric of this package.
func exported(r *record) map[string]map[string]bool {
	families := map[string]map[string]bool{}
	for _, s := range r.samples {
		name := family(string(s.Metric[model.MetricNameLabel]))
		if !strings.HasPrefix(name, "highhelp_") {
			continue
		}
		if families[name] == nil {
			families[name] = map[string]bool{}
		}
		for label := range s.Metric {
			if label != model.MetricNameLabel && label != "le" && !strings.HasPrefix(string(label), "otel_scope_") {
				families[name][string(label)] = true
			}
		}
	}
	return families
}

// TestDashboardShowsTheDay lets Prometheus evaluate each query on what the day
// has exported: it must find something, so every part of the query fits.
func TestDashboardShowsTheDay(t *testing.T) {
	type expectation struct {
		Labels string  `yaml:"labels"`
		Value  float64 `yaml:"value"`
	}
	type check struct {
		Expr    string        `yaml:"expr"`
		At      string        `yaml:"eval_time"`
		Samples []expectation `yaml:"exp_samples"`
	}
	var checks []check
	for _, p := range panelsOf(t, theDashboard(t)) {
		for _, query := range queriesOf(t, p) {
			checks = append(checks, check{"count(" + query + ") > bool 0", "90m", []expectation{{"{}", 1}}})
		}
	}
	file, err := yaml.Marshal(map[string]any{
		"evaluation_interval": "1m",
		"tests":               []any{map[string]any{"interval": "1m", "input_series": history(day.of(t)), "promql_expr_test": checks}},
	})
	require.NoError(t, err)
	promtool(t, "test", "rules", scratch(t, "dashboard.test.yml", file))
}

// history lets the day happen within a minute, in the middle of two hours.
func history(r *record) (series []map[string]string) {
	for _, s := range r.samples {
		metric := s.Metric.Clone()
		metric["job"], metric["instance"] = "shop", "127.0.0.1:80"
		var labels []string
		for name, v := range metric {
			if name != model.MetricNameLabel {
				labels = append(labels, fmt.Sprintf("%s=%q", name, v))
			}
		}
		sort.Strings(labels)
		series = append(series, map[string]string{
			"series": fmt.Sprintf("%s{%s}", metric[model.MetricNameLabel], strings.Join(labels, ",")),
			"values": fmt.Sprintf("0x84 %vx40", float64(s.Value)),
		})
	}
	return series
}

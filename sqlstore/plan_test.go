package sqlstore_test

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"github.com/go-highhelp/highhelp/sqlstore"
	"github.com/stretchr/testify/require"
)

const rows = 20_000

// fill writes many settled payments, with one in a hundred that is pending, and
// a delivery for each.
func fill(t *testing.T, d *database, db *sql.DB) {
	t.Helper()
	blob := func(text string) string {
		if d.Dialect == sqlstore.SQLite {
			return "CAST('" + text + "' AS BLOB)"
		}
		return "'" + text + "'"
	}
	const batch = 1000
	for from := 0; from < rows; from += batch {
		var payments, deliveries []string
		for i := from; i < from+batch; i++ {
			check, shrink := "NULL", fmt.Sprint(i)
			if i%100 == 0 {
				check, shrink = shrink, check
			}
			payments = append(payments, fmt.Sprintf("(%s, %s, 1, %d, %s, %s, %s)",
				blob("P"), blob(fmt.Sprint("order-", i)), i, check, shrink, blob(strings.Repeat("x", 500))))
			deliveries = append(deliveries, fmt.Sprintf("(%s, %s, %s, %s, 1, %d, %s, %[6]s)",
				blob("P"), blob(fmt.Sprint("order-", i)), blob(fmt.Sprint("order-", i)), blob("info"), i, blob(strings.Repeat("x", 500))))
		}
		run(t, db, "INSERT INTO "+d.prefix+"payments (project_id, order_id, version, updated_at, check_at, shrink_at, payload) VALUES "+
			strings.Join(payments, ", "))
		run(t, db, "INSERT INTO "+d.prefix+"deliveries (project_id, order_id, payment_id, route, outcome, received_at, body, payload) VALUES "+
			strings.Join(deliveries, ", "))
	}
	switch d.Dialect {
	case sqlstore.PostgreSQL:
		run(t, db, "ANALYZE "+d.prefix+"payments, "+d.prefix+"deliveries")
	case sqlstore.MySQL:
		run(t, db, "ANALYZE TABLE "+d.prefix+"payments, "+d.prefix+"deliveries")
	}
}

// Every hot statement finds its rows by an index, and none has to sort.
func TestQueryPlans(t *testing.T) {
	p, order := []byte("P"), []byte("order-77")
	hot := map[string]struct {
		index string // in the plan; "pkey" stands for the primary key
		args  []any
	}{
		"payment":    {"pkey", []any{p, order}},
		"raise":      {"pkey", []any{p, order}},
		"save":       {"pkey", []any{int64(1), nil, nil, []byte("x"), p, order, int64(1)}},
		"pending":    {"payments_check", []any{p, int64(15_000), 100}},
		"shrinkable": {"payments_shrink", []any{p, int64(15_000), 100}},
		"forget":     {"deliveries_time", []any{p, int64(15_000), 100}},
		"newest":     {"deliveries_time", []any{p}},
		"next page":  {"deliveries_time", []any{p, int64(15_000), int64(15_000), int64(7)}},
		"order":      {"deliveries_order", []any{p, order}},
	}
	onEach(t, func(t *testing.T, d *database) {
		db := d.pool(t)
		fill(t, d, db)
		statements := d.on(t, db).Hot()
		require.Len(t, statements, len(hot))
		for name, c := range hot {
			plan := explain(t, d, db, statements[name], c.args...)
			t.Logf("%s: %s\n%s", name, statements[name], plan)
			require.Contains(t, plan, indexName(d, c.index), "%s\n%s", name, plan)
			for _, slow := range []string{"Seq Scan", "Sort", "SCAN", "TEMP B-TREE FOR ORDER BY", "filesort", "temporary"} {
				require.NotContains(t, plan, slow, "%s\n%s", name, plan)
			}
		}
	})
}

func indexName(d *database, index string) string {
	if index != "pkey" {
		return d.prefix + index
	}
	return map[sqlstore.Dialect]string{
		sqlstore.PostgreSQL: d.prefix + "payments_pkey", sqlstore.MySQL: "PRIMARY",
		sqlstore.SQLite: "sqlite_autoindex_" + d.prefix + "payments_1",
	}[d.Dialect]
}

// explain returns a plan as text.
func explain(t *testing.T, d *database, db *sql.DB, query string, args ...any) string {
	t.Helper()
	switch {
	case d.Dialect == sqlstore.SQLite:
		query = "QUERY PLAN " + query
	case d.Dialect == sqlstore.MySQL && !d.isMariaDB(t):
		query = "FORMAT = TRADITIONAL " + query // else a tree, which says nothing of DELETE
	}
	rows, err := db.QueryContext(t.Context(), "EXPLAIN "+query, args...)
	require.NoError(t, err)
	defer rows.Close()
	columns, err := rows.Columns()
	require.NoError(t, err)
	var plan strings.Builder
	for rows.Next() {
		values := make([]sql.NullString, len(columns))
		targets := make([]any, len(columns))
		for i := range values {
			targets[i] = &values[i]
		}
		require.NoError(t, rows.Scan(targets...))
		for i, v := range values {
			if d.Dialect != sqlstore.MySQL || columns[i] != "possible_keys" {
				plan.WriteString(v.String + " ")
			}
		}
		plan.WriteString("\n")
	}
	require.NoError(t, rows.Err())
	return plan.String()
}

// PostgreSQL finds pending payments as fast when it has settled on one plan for
// all arguments.
func TestGenericPlan(t *testing.T) {
	d := newDatabase(t, sqlstore.PostgreSQL)
	d.dsn = with(t, with(t, d.dsn, "plan_cache_mode", "force_generic_plan"), "default_query_exec_mode", "simple_protocol")
	require.NoError(t, d.store(t).Migrate(t.Context()))
	db := d.pool(t)
	db.SetMaxOpenConns(1)
	fill(t, d, db)
	run(t, db, "PREPARE pending (bytea, bigint, bigint) AS "+d.on(t, db).Hot()["pending"])
	plan := explain(t, d, db, "EXECUTE pending ('P', 15000, 100)")
	require.Contains(t, plan, d.prefix+"payments_check")
	require.Contains(t, plan, "$2", "it is not generic")
	require.NotContains(t, plan, "Sort")
}

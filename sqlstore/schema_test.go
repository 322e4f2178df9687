package sqlstore_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/go-highhelp/highhelp/sqlstore"
	"github.com/stretchr/testify/require"
)

// onEmpty runs a test on a database of each kind without tables.
func onEmpty(t *testing.T, f func(t *testing.T, d *database)) {
	t.Helper()
	for _, dialect := range []sqlstore.Dialect{sqlstore.PostgreSQL, sqlstore.MySQL, sqlstore.SQLite} {
		t.Run(string(dialect), func(t *testing.T) { f(t, newDatabase(t, dialect)) })
	}
}

// requireSchemaError wants every call to say what schema there is.
func requireSchemaError(t *testing.T, s *sqlstore.Store, have int) {
	t.Helper()
	errs := calls(t.Context(), s)
	errs["Check"] = s.Check(t.Context())
	for name, err := range errs {
		var schema *sqlstore.SchemaError
		require.ErrorAs(t, err, &schema, name)
		require.Equal(t, have, schema.Have, name)
		require.Equal(t, schema.Want, newest(t), name)
	}
}

func newest(t *testing.T) int {
	t.Helper()
	steps, err := sqlstore.Migrations(sqlstore.SQLite, "")
	require.NoError(t, err)
	return steps[len(steps)-1].Version
}

func TestMissingSchema(t *testing.T) {
	onEmpty(t, func(t *testing.T, d *database) {
		s := d.store(t)
		requireSchemaError(t, s, 0)
		require.NoError(t, s.Migrate(t.Context()))
		payment(t, s, orderKey("1")) // the Store that has seen none finds it now
	})
}

// The version is looked at once, so tables that go away later are found out by
// what misses them.
func TestTablesGoAway(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s := d.store(t)
		payment(t, s, orderKey("1"))
		run(t, d.pool(t), "DROP TABLE "+d.prefix+"payments")
		_, err := s.Payment(t.Context(), orderKey("1"))
		require.ErrorAs(t, err, new(*sqlstore.Error))
		if d.Dialect != sqlstore.SQLite {
			require.ErrorAs(t, err, new(*sqlstore.SchemaError))
		}
	})
}

// A schema of a version before the first is brought on; so is one whose first
// step was cut short, which can happen only on MySQL.
func TestOldSchema(t *testing.T) {
	onEmpty(t, func(t *testing.T, d *database) {
		steps, err := sqlstore.Migrations(d.Dialect, d.prefix)
		require.NoError(t, err)
		texts := statements(steps[0].SQL)
		begun := 1
		if d.Dialect == sqlstore.MySQL {
			begun = len(texts) - 1
		}
		for _, text := range texts[:begun] {
			run(t, d.pool(t), text)
		}
		s := d.store(t)
		requireSchemaError(t, s, 0)
		require.NoError(t, s.Migrate(t.Context()))
		payment(t, s, orderKey("1"))
	})
}

// statements splits a step as a team's own tool would.
func statements(text string) (list []string) {
	for part := range strings.SplitSeq(text, ";\n") {
		if strings.TrimSpace(part) != "" {
			list = append(list, part)
		}
	}
	return list
}

func TestNewerSchema(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		run(t, d.pool(t), fmt.Sprintf("INSERT INTO %sschema (version) VALUES (%d)", d.prefix, newest(t)+1))
		s := d.store(t)
		requireSchemaError(t, s, newest(t)+1)
		require.Equal(t, &sqlstore.SchemaError{Have: newest(t) + 1, Want: newest(t)}, s.Migrate(t.Context()))
	})
}

func TestSchemaErrorText(t *testing.T) {
	for want, err := range map[string]sqlstore.SchemaError{
		"sqlstore: there are no tables; Migrate makes them, at schema version 3":        {Have: 0, Want: 3},
		"sqlstore: schema has version 2, this release needs 3; Migrate brings it there": {Have: 2, Want: 3},
		"sqlstore: schema has version 4, of a newer release; this one knows 3":          {Have: 4, Want: 3},
	} {
		require.EqualError(t, &err, want)
	}
}

// Many processes start at once, and each migrates.
func TestMigrateAtOnce(t *testing.T) {
	onEmpty(t, func(t *testing.T, d *database) {
		const processes = 8
		results := make(chan error, processes)
		for range processes {
			s := d.store(t)
			go func() { results <- s.Migrate(t.Context()) }()
		}
		for range processes {
			require.NoError(t, <-results)
		}
		s := d.store(t)
		payment(t, s, orderKey("1"))
		require.NoError(t, s.Migrate(t.Context()), "again")
		requireHeld(t, s, orderKey("1"), "")
	})
}

// Migrate waits for another one no longer than its context says.
func TestMigrateObeysItsContext(t *testing.T) {
	onEmpty(t, func(t *testing.T, d *database) {
		ended, end := context.WithCancel(t.Context())
		end()
		require.ErrorIs(t, d.store(t).Migrate(ended), context.Canceled)
		requireSchemaError(t, d.store(t), 0)
	})
}

// What Migrations prints, run by another tool, is the schema that a Store
// accepts, under any prefix.
func TestMigrationsByHand(t *testing.T) {
	onEmpty(t, func(t *testing.T, d *database) {
		if d.Dialect != sqlstore.MySQL {
			d.prefix = "own_prefix_"
		}
		d.migrateByHand(t)
		s := d.store(t)
		payment(t, s, orderKey("1"))
		require.NoError(t, s.Update(t.Context(), orderKey("1"), hold("x")))
	})
}

// migrateByHand does what another tool would.
func (d *database) migrateByHand(t *testing.T) {
	t.Helper()
	steps, err := sqlstore.Migrations(d.Dialect, d.prefix)
	require.NoError(t, err)
	db := d.pool(t)
	for i, step := range steps {
		require.Equal(t, i+1, step.Version)
		if d.prefix != "highhelp_" {
			require.NotContains(t, step.SQL, "highhelp_")
		}
		for _, text := range statements(step.SQL) {
			run(t, db, text)
		}
	}
}

// Two prefixes are two stores.
func TestPrefixesApart(t *testing.T) {
	d := newDatabase(t, sqlstore.SQLite)
	other := *d
	other.prefix = "other_"
	a, b := d.store(t), other.store(t)
	require.NoError(t, a.Migrate(t.Context()))
	requireSchemaError(t, b, 0)
	require.NoError(t, b.Migrate(t.Context()))
	payment(t, a, orderKey("1"))
	payment(t, b, orderKey("1"))
	require.NoError(t, a.Update(t.Context(), orderKey("1"), hold("a")))
	requireHeld(t, b, orderKey("1"), "")
}

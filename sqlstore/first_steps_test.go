package sqlstore_test

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/sqlstore"
	"github.com/stretchr/testify/require"
)

// failing is a pool of one connection in which steps fail, as f says.
func (d *database) failing(t *testing.T, f *failure) *sql.DB {
	t.Helper()
	db := d.wrap(t, &wrapped{before: f.before})
	db.SetMaxOpenConns(1)
	return db
}

// A Store whose first use has failed, wherever it did, is as good as new.
func TestFirstUseFails(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		for n := 1; ; n++ {
			f := &failure{err: refusals[d.Dialect], n: n}
			s := d.on(t, d.failing(t, f))
			_, err := s.Payment(t.Context(), orderKey("1"))
			if f.at == "" {
				require.ErrorIs(t, err, highhelp.ErrNotFound)
				require.Greater(t, n, 3)
				return
			}
			require.ErrorIs(t, err, f.err, f.at)
			require.ErrorAs(t, err, new(*sqlstore.Error), f.at)
			_, err = s.Payment(t.Context(), orderKey("1"))
			require.ErrorIs(t, err, highhelp.ErrNotFound, f.at)
			// What the first use finds out is right, though it took two.
			require.NoError(t, s.Record(t.Context(), highhelp.Delivery{Key: orderKey("1"), Outcome: highhelp.Duplicate}), f.at)
		}
	})
}

// Check fails with its only statement, and says so.
func TestCheckFails(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s := d.on(t, d.failing(t, &failure{err: refusals[d.Dialect], n: 1}))
		err := s.Check(t.Context())
		require.ErrorIs(t, err, refusals[d.Dialect])
		require.EqualError(t, err, "sqlstore: read schema version: "+refusals[d.Dialect].Error())
		require.NoError(t, s.Check(t.Context()))
	})
}

// The statements of tickets and callbacks are prepared at the first use, and
// never again on the same connection; those that there are none of are not. On
// PostgreSQL nothing is.
func TestPreparedStatements(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		log := &statementLog{}
		db := d.wrap(t, &wrapped{before: func(step string) error { log.add(step); return nil }})
		db.SetMaxOpenConns(1)
		s, k := d.on(t, db), orderKey("1")
		_, err := s.Payment(t.Context(), k)
		require.ErrorIs(t, err, highhelp.ErrNotFound)
		prepared := func(text string) bool { return strings.HasPrefix(text, "PREPARE") }
		first := slices.DeleteFunc(log.take(), func(text string) bool { return !prepared(text) })
		require.NotContains(t, first, "PREPARE")
		require.Len(t, first, map[sqlstore.Dialect]int{sqlstore.PostgreSQL: 0, sqlstore.MySQL: 6, sqlstore.SQLite: 5}[d.Dialect])

		payment(t, s, k)
		require.NoError(t, s.Update(t.Context(), k, func(ctx context.Context, _ *highhelp.Payment) error {
			return s.Record(ctx, highhelp.Delivery{Key: k})
		}))
		require.NoError(t, s.Record(t.Context(), highhelp.Delivery{Key: k}))
		requireHeld(t, s, k, "")
		for _, text := range log.take() {
			require.False(t, prepared(text), text)
			word, _, _ := strings.Cut(text, " ")
			if word == "INSERT" || word == "UPDATE" || word == "SELECT" || word == "WITH" || word == "EXECUTE" {
				require.Equal(t, d.Dialect != sqlstore.PostgreSQL, word == "EXECUTE", text)
			}
		}
	})
}

// A database that prepares nothing that writes is still asked to write, and
// says itself what it thinks of that.
func TestNothingThatWritesIsPrepared(t *testing.T) {
	d := newDatabase(t, sqlstore.SQLite)
	require.NoError(t, d.store(t).Migrate(t.Context()))
	s := d.on(t, d.wrap(t, &wrapped{before: func(step string) error {
		if strings.HasPrefix(step, "PREPARE") {
			return code(8) // SQLITE_READONLY
		}
		return nil
	}}))
	k := orderKey("1")
	payment(t, s, k)
	require.NoError(t, s.Update(t.Context(), k, func(ctx context.Context, p *highhelp.Payment) error {
		p.Held = "x"
		return s.Record(ctx, highhelp.Delivery{Key: k, Error: "y"})
	}))
	requireHeld(t, s, k, "x")
	requireJournal(t, s, k, "y")
}

// A Migrate that fails leaves nothing behind, neither in the schema nor in the
// connection, so that another one does it all. Only MySQL keeps the steps that
// were taken.
func TestMigrateFails(t *testing.T) {
	for name, forever := range map[string]bool{"once": false, "from then on": true} {
		t.Run(name, func(t *testing.T) {
			onEmpty(t, func(t *testing.T, d *database) {
				for n := 1; ; n++ {
					f := &failure{err: refusals[d.Dialect], n: n, forever: forever}
					db := d.failing(t, f)
					s := d.on(t, db)
					err := s.Migrate(t.Context())
					at := f.at
					*f = failure{}
					if at == "" {
						require.NoError(t, err)
						require.NoError(t, s.Check(t.Context()))
						require.Greater(t, n, 5)
						return
					}
					require.ErrorIs(t, err, refusals[d.Dialect], at)
					require.ErrorAs(t, err, new(*sqlstore.Error), at)
					requireNoMigrate(t, d, s)
				}
			})
		})
	}
}

// The same holds if the context ends behind a statement.
func TestMigrateHasNoTime(t *testing.T) {
	onEmpty(t, func(t *testing.T, d *database) {
		for n := 1; ; n++ {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			seen, at := 0, ""
			db := d.wrap(t, &wrapped{seen: func(query string) {
				if seen++; seen == n {
					at = query
					cancel()
				}
			}})
			db.SetMaxOpenConns(1)
			s := d.on(t, db)
			err := s.Migrate(ctx)
			if err == nil {
				require.NoError(t, s.Check(t.Context()))
				require.Greater(t, n, 5)
				return
			}
			require.ErrorIs(t, err, context.Canceled, at)
			require.ErrorAs(t, err, new(*sqlstore.Error), at)
			requireNoMigrate(t, d, s)
		}
	})
}

// requireNoMigrate wants nothing to be left of a Migrate. The lock of MySQL's
// migrations is free at last: a connection that was thrown away takes it along.
func requireNoMigrate(t *testing.T, d *database, s *sqlstore.Store) {
	t.Helper()
	if d.Dialect != sqlstore.MySQL {
		requireSchemaError(t, s, 0)
		return
	}
	db := d.pool(t)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	require.NoError(t, until(ctx, func() (free bool, err error) {
		err = db.QueryRowContext(ctx, "SELECT IS_FREE_LOCK('"+d.prefix+"migrate')").Scan(&free)
		return free, err
	}), "another Migrate would wait")
}

// A Migrate on SQLite waits, at each step, for whoever writes.
func TestMigrateWaits(t *testing.T) {
	for n := 1; ; n++ {
		d := newDatabase(t, sqlstore.SQLite)
		f := &failure{err: conflicts[d.Dialect], n: n}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		require.NoError(t, d.on(t, d.failing(t, f)).Migrate(ctx), f.at)
		require.NoError(t, d.store(t).Check(ctx))
		if f.at == "" {
			return
		}
	}
}

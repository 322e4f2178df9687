package sqlstore

import (
	"context"
	"database/sql"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// A connection is told no more than it must know, and all of that is undone.
func TestSession(t *testing.T) {
	const wait = "SET @highhelp_wait = @@innodb_lock_wait_timeout, innodb_lock_wait_timeout = "
	const unwait = "SET innodb_lock_wait_timeout = @highhelp_wait, autocommit = 1"
	for _, c := range []struct {
		name         string
		dialect      Dialect
		known        known
		time         time.Duration // that the context has; 0: it has no end
		lazy         bool
		enter, leave string
	}{
		{"PostgreSQL", PostgreSQL, known{}, time.Second, true, "", ""},
		{"MySQL", MySQL, known{}, 0, true, "SET autocommit = 0", "SET autocommit = 1"},
		{"MySQL with time", MySQL, known{}, 2500 * time.Millisecond, false, wait + "3, autocommit = 0", unwait},
		{"MySQL with whole seconds", MySQL, known{}, 2 * time.Second, false, wait + "2, autocommit = 0", unwait},
		{"MySQL with little time", MySQL, known{}, time.Nanosecond, false, wait + "1, autocommit = 0", unwait},
		{"MySQL without time", MySQL, known{}, -time.Minute, false, wait + "1, autocommit = 0", unwait},
		{"MySQL with a year", MySQL, known{}, 365 * 24 * time.Hour, false, wait + "1000000, autocommit = 0", unwait},
		{"SQLite", SQLite, known{synchronous: 2, lazy: true}, time.Second, false, "", ""},
		{"SQLite that waits", SQLite, known{busyTimeout: 1, synchronous: 2, lazy: true}, 0, false,
			"PRAGMA busy_timeout = 0;", "PRAGMA busy_timeout = 1;"},
		{"SQLite that need not sync", SQLite, known{synchronous: 2, lazy: true}, 0, true,
			"PRAGMA synchronous = NORMAL;", "PRAGMA synchronous = 2;"},
		{"SQLite that must sync", SQLite, known{synchronous: 2}, 0, true, "", ""},
		{"SQLite that waits and need not sync", SQLite, known{busyTimeout: 5000, synchronous: 3, lazy: true}, 0, true,
			"PRAGMA busy_timeout = 0;PRAGMA synchronous = NORMAL;", "PRAGMA busy_timeout = 5000;PRAGMA synchronous = 3;"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx := t.Context()
				if c.time != 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, c.time)
					defer cancel()
				}
				s := &Store{dialect: c.dialect}
				s.known.Store(&c.known)
				enter, leave := s.session(ctx, c.lazy)
				require.Equal(t, c.enter, enter)
				require.Equal(t, c.leave, leave)
			})
		})
	}
}

// SQLite's drivers take no name for the only level that it has.
func TestIsolation(t *testing.T) {
	for d, want := range map[Dialect]sql.IsolationLevel{
		PostgreSQL: sql.LevelReadCommitted, MySQL: sql.LevelReadCommitted, SQLite: sql.LevelDefault,
	} {
		require.Equal(t, want, d.isolation(), d)
	}
}

func TestNumbered(t *testing.T) {
	for _, c := range []struct {
		dialect Dialect
		first   int
		want    string
	}{
		{PostgreSQL, 1, "a = $1 AND b = $2 OR c < $3 LIMIT 7"}, {PostgreSQL, 2, "a = $2 AND b = $3 OR c < $4 LIMIT 7"},
		{MySQL, 1, "a = ? AND b = ? OR c < ? LIMIT 7"}, {SQLite, 2, "a = ? AND b = ? OR c < ? LIMIT 7"},
	} {
		require.Equal(t, c.want, numbered(c.dialect, "a = ? AND b = ? OR c < ? LIMIT 7", c.first))
		require.Equal(t, "none", numbered(c.dialect, "none", c.first))
	}
}

func TestCeilMicro(t *testing.T) {
	for nanoseconds, want := range map[int64]int64{-1000: -1, -999: 0, -1: 0, 0: 0, 1: 1, 999: 1, 1000: 1, 1001: 2} {
		require.Equal(t, want, ceilMicro(time.Unix(0, nanoseconds)), nanoseconds)
	}
}

package sqlstore_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/sqlstore"
	"github.com/stretchr/testify/require"
)

// A log of the statements that a driver was given.
type statementLog struct {
	mu    sync.Mutex
	texts []string
}

func (l *statementLog) add(query string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.texts = append(l.texts, strings.Join(strings.Fields(query), " "))
}

// take returns the statements since the last take.
func (l *statementLog) take() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	texts := l.texts
	l.texts = nil
	return texts
}

// logged is a Store whose statements are logged, after its first use.
func (d *database) logged(t *testing.T) (*sqlstore.Store, *statementLog) {
	t.Helper()
	log := &statementLog{}
	s := d.on(t, d.wrap(t, &wrapped{seen: log.add}))
	_, err := s.Pending(t.Context(), "P", time.Now(), 1)
	require.NoError(t, err)
	log.take()
	return s, log
}

// verbs are the first words of statements.
func verbs(texts []string) (list []string) {
	for _, text := range texts {
		list = append(list, strings.Fields(text)[0])
	}
	return list
}

// The first statement of an Update takes hold of the payment by what no other
// transaction has, the last is conditional on it, and there is none too many.
func TestStatementsOfUpdate(t *testing.T) {
	want := map[sqlstore.Dialect][]string{
		sqlstore.PostgreSQL: {"SELECT", "WITH"},
		sqlstore.MySQL:      {"SET", "UPDATE", "SELECT", "UPDATE", "INSERT", "SET"},
		sqlstore.SQLite:     {"PRAGMA", "UPDATE", "UPDATE", "INSERT", "PRAGMA"},
	}
	onEach(t, func(t *testing.T, d *database) {
		s, log := d.logged(t)
		k := orderKey("1")
		payment(t, s, k)
		log.take()
		require.NoError(t, s.Update(t.Context(), k, func(ctx context.Context, _ *highhelp.Payment) error {
			return s.Record(ctx, highhelp.Delivery{Key: k})
		}))
		texts := log.take()
		require.Equal(t, want[d.Dialect], verbs(texts))
		var updates []string
		for _, text := range texts {
			if strings.Contains(text, "UPDATE") {
				updates = append(updates, text)
			}
		}
		held, kept := "SET version = version + 1 WHERE", "AND version = "
		if d.Dialect == sqlstore.PostgreSQL {
			held, kept = "SELECT txid_current(),", "AND txid_current() = "
		}
		require.Contains(t, updates[0], held)
		require.Contains(t, updates[1], kept)
	})
}

// One round trip is enough for what stands alone.
func TestStatementsThatStandAlone(t *testing.T) {
	onServers(t, func(t *testing.T, d *database) {
		s, log := d.logged(t)
		payment(t, s, orderKey("1"))
		require.Equal(t, []string{"INSERT"}, verbs(log.take()))
		requireHeld(t, s, orderKey("1"), "")
		require.Equal(t, []string{"SELECT"}, verbs(log.take()))
		require.NoError(t, s.Record(t.Context(), highhelp.Delivery{Key: orderKey("1")}))
		require.Equal(t, []string{"INSERT"}, verbs(log.take()))
	})
}

// Nothing that came from outside is ever in the text of a statement.
func TestNothingFromOutsideIsSQL(t *testing.T) {
	const evil = "x'; DROP TABLE payments; -- \\"
	onEach(t, func(t *testing.T, d *database) {
		s, log := d.logged(t)
		k := highhelp.Key{ProjectID: evil, OrderID: evil}
		at := time.Now().Add(-time.Hour)
		row := highhelp.Delivery{
			Key: k, PaymentID: evil, RequestID: evil, Route: evil, KeyName: evil, Error: evil, ReceivedAt: at, Raw: []byte(evil),
			Status: highhelp.Status{Main: evil, Sub: evil, Description: evil}, Amount: highhelp.Money{Minor: 1, Currency: evil},
		}
		payment(t, s, k)
		require.NoError(t, s.Update(t.Context(), k, func(ctx context.Context, p *highhelp.Payment) error {
			p.Held = evil
			return s.Record(ctx, row)
		}))
		require.NoError(t, s.Record(t.Context(), row))
		n := 0
		for found, err := range s.Deliveries(t.Context(), row, at.Add(-time.Minute), time.Now()) {
			require.NoError(t, err)
			_, err := s.Delivery(t.Context(), evil, found.ID)
			require.NoError(t, err)
			n++
		}
		require.Equal(t, 2, n)
		_, err := s.Delivery(t.Context(), evil, evil)
		require.ErrorIs(t, err, highhelp.ErrNotFound)
		_, err = s.Pending(t.Context(), evil, time.Now(), 1)
		require.NoError(t, err)
		_, err = s.Prune(t.Context(), evil, time.Now(), 10)
		require.NoError(t, err)
		requireHeld(t, s, k, evil)
		texts := log.take()
		require.Greater(t, len(texts), 8)
		for _, text := range texts {
			require.NotContains(t, text, "DROP TABLE")
		}
	})
}

// Only a duplicate that stands alone may be lost with the machine, and on SQLite
// only where that leaves the file whole.
func TestLazyDuplicates(t *testing.T) {
	lazy := func(texts []string) bool {
		all := strings.Join(texts, "\n")
		return strings.Contains(all, "synchronous = NORMAL") || strings.Contains(all, "synchronous_commit")
	}
	on(t, []sqlstore.Dialect{sqlstore.PostgreSQL, sqlstore.SQLite}, func(t *testing.T, d *database) {
		s, log := d.logged(t)
		k := orderKey("1")
		payment(t, s, k)
		require.False(t, lazy(log.take()))
		for o := range highhelp.DoublePaid + 1 {
			require.NoError(t, s.Record(t.Context(), highhelp.Delivery{Key: k, Outcome: o}))
			require.Equal(t, o == highhelp.Duplicate, lazy(log.take()), o)
			require.NoError(t, s.Update(t.Context(), k, func(ctx context.Context, _ *highhelp.Payment) error {
				return s.Record(ctx, highhelp.Delivery{Key: k, Outcome: o})
			}))
			require.False(t, lazy(log.take()), o)
		}
	})
}

// Without a write-ahead log SQLite must wait for the disk each time. A
// connection that does not wait for it anyway is told nothing.
func TestNotLazy(t *testing.T) {
	for name, pragmas := range map[string]string{
		"without a write-ahead log": "_pragma=journal_mode(DELETE)",
		"synchronous normal":        "_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)",
		"synchronous off":           "_pragma=journal_mode(WAL)&_pragma=synchronous(OFF)",
	} {
		t.Run(name, func(t *testing.T) {
			d := newDatabase(t, sqlstore.SQLite)
			d.dsn = strings.Replace(d.dsn, "_pragma=journal_mode(WAL)", pragmas, 1)
			d.migrateByHand(t)
			before := d.session(t, d.pool(t))
			s, log := d.logged(t)
			require.NoError(t, s.Record(t.Context(), highhelp.Delivery{Key: orderKey("1"), Outcome: highhelp.Duplicate}))
			require.NotContains(t, strings.Join(log.take(), "\n"), "synchronous")
			require.Equal(t, before, d.session(t, d.pool(t)))
			require.Contains(t, pragmas, "journal_mode("+strings.ToUpper(pragma(t, d.pool(t), "journal_mode"))+")")
		})
	}
}

// Migrate turns the write-ahead log on, for every connection from then on.
func TestMigrateTurnsTheWriteAheadLogOn(t *testing.T) {
	d := &database{sqlstore.SQLite, "sqlite", "file:" + filepath.Join(t.TempDir(), "plain.db"), "highhelp_"}
	require.NoError(t, d.store(t).Migrate(t.Context()))
	require.Equal(t, "wal", pragma(t, d.pool(t), "journal_mode"))
}

func pragma(t *testing.T, db *sql.DB, name string) (value string) {
	t.Helper()
	require.NoError(t, db.QueryRowContext(t.Context(), "PRAGMA "+name).Scan(&value))
	return value
}

// Times between two microseconds bound as exactly as those that are stored.
func TestTimesBetweenMicroseconds(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s, at := d.store(t), time.Now().Truncate(time.Microsecond)
		k := orderKey("1")
		require.NoError(t, s.Record(t.Context(), highhelp.Delivery{Key: k, ReceivedAt: at}))
		count := func(from, to time.Time) (n int) {
			for _, err := range s.Deliveries(t.Context(), highhelp.Delivery{Key: k}, from, to) {
				require.NoError(t, err)
				n++
			}
			return n
		}
		bit := 300 * time.Nanosecond
		require.Equal(t, 1, count(at, time.Time{}))
		require.Equal(t, 0, count(at.Add(bit), time.Time{}))
		require.Equal(t, 0, count(time.Time{}, at))
		require.Equal(t, 1, count(time.Time{}, at.Add(bit)))
		for want, before := range []time.Time{at, at.Add(bit)} {
			n, err := s.Prune(t.Context(), "P", before, 1)
			require.NoError(t, err)
			require.Equal(t, want, n)
		}
	})
}

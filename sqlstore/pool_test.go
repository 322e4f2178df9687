package sqlstore_test

import (
	"context"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/sqlstore"
	"github.com/stretchr/testify/require"
)

// No call needs a second connection beside the one that it has, so a pool of
// one is enough: for a database in memory, too.
func TestPoolOfOne(t *testing.T) {
	memory := func(*testing.T) *database {
		return &database{sqlstore.SQLite, "sqlite", ":memory:", "highhelp_"}
	}
	for name, open := range map[string]func(*testing.T) *database{
		"postgresql": func(t *testing.T) *database { return newDatabase(t, sqlstore.PostgreSQL) },
		"mysql":      func(t *testing.T) *database { return newDatabase(t, sqlstore.MySQL) },
		"sqlite":     func(t *testing.T) *database { return newDatabase(t, sqlstore.SQLite) },
		"in memory":  memory,
	} {
		t.Run(name, func(t *testing.T) {
			d := open(t)
			db := d.pool(t)
			db.SetMaxOpenConns(1)
			s, k := d.on(t, db), orderKey("1")
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			require.NoError(t, s.Migrate(ctx))
			payment(t, s, k)
			require.NoError(t, s.Record(ctx, highhelp.Delivery{Key: k, ReceivedAt: time.Now()}))
			for _, err := range s.Deliveries(ctx, highhelp.Delivery{Key: k}, time.Time{}, time.Time{}) {
				require.NoError(t, err)
				require.NoError(t, s.Update(ctx, k, func(ctx context.Context, p *highhelp.Payment) error {
					p.Held = "seen"
					return s.Record(ctx, highhelp.Delivery{Key: k, ReceivedAt: time.Now().Add(-time.Hour)})
				}))
			}
			n, err := s.Prune(ctx, k.ProjectID, time.Now().Add(-time.Minute), 10)
			require.NoError(t, err)
			require.Equal(t, 1, n)
			requireHeld(t, s, k, "seen")
		})
	}
}

// Whatever is asked for while the pool has no connection to give ends with its
// context.
func TestPoolHasNone(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		db := d.pool(t)
		s, k := d.on(t, db), orderKey("1")
		payment(t, s, k)
		db.SetMaxOpenConns(1)
		conn, err := db.Conn(t.Context())
		require.NoError(t, err)
		defer conn.Close()
		for name, call := range map[string]func(ctx context.Context) error{
			"Insert":  func(ctx context.Context) error { return s.Insert(ctx, highhelp.Payment{Key: orderKey("2")}) },
			"Update":  func(ctx context.Context) error { return s.Update(ctx, k, hold("lost")) },
			"Payment": func(ctx context.Context) error { _, err := s.Payment(ctx, k); return err },
			"Pending": func(ctx context.Context) error { _, err := s.Pending(ctx, k.ProjectID, time.Now(), 1); return err },
			"Record":  func(ctx context.Context) error { return s.Record(ctx, highhelp.Delivery{Key: k}) },
			"Record of a duplicate": func(ctx context.Context) error {
				return s.Record(ctx, highhelp.Delivery{Key: k, Outcome: highhelp.Duplicate})
			},
			"Prune": func(ctx context.Context) error { _, err := s.Prune(ctx, k.ProjectID, time.Now(), 1); return err },
		} {
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
			answer := make(chan error, 1)
			go func() { answer <- call(ctx) }()
			select {
			case err := <-answer:
				require.ErrorIs(t, err, context.DeadlineExceeded, name)
			case <-time.After(10 * time.Second):
				t.Fatal(name, "goes on waiting")
			}
			cancel()
		}
	})
}

// Who waits for a connection of the pool in vain was kept waiting by others.
func TestPoolIsBusy(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		db := d.pool(t)
		s, k := d.on(t, db), orderKey("1")
		payment(t, s, k)
		db.SetMaxOpenConns(1)
		conn, err := db.Conn(t.Context())
		require.NoError(t, err)
		short, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		err = s.Update(short, k, hold("lost"))
		require.ErrorIs(t, err, highhelp.ErrBusy)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.NoError(t, conn.Close())
		requireHeld(t, s, k, "")
	})
}

package sqlstore_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/sqlstore"
	"github.com/stretchr/testify/require"
)

// Writers of several processes wait for each other, and none has to give way in
// its transaction: the first statement takes the write lock, so the snapshot
// that it reads is always the newest. That holds however transactions begin, and
// without a busy handler.
func TestSQLiteWritersNeverGiveWay(t *testing.T) {
	for _, begin := range []string{"deferred", "immediate"} {
		t.Run(begin, func(t *testing.T) {
			d := newDatabase(t, sqlstore.SQLite)
			d.dsn = with(t, with(t, d.dsn, "_txlock", begin), "_pragma", "busy_timeout(0)")
			require.NoError(t, d.store(t).Migrate(t.Context()))
			const processes, times = 5, 20
			shop, k := d.shop(t), orderKey("1")
			payment(t, d.store(t), k)
			results := make(chan error, processes)
			for range processes {
				s := d.store(t)
				go func() {
					var err error
					for range times {
						err = errors.Join(err, s.Update(t.Context(), k, countsAndShips(shop)), s.Record(t.Context(), highhelp.Delivery{Key: k}))
					}
					results <- err
				}()
			}
			for range processes {
				require.NoError(t, <-results)
			}
			shop.requireShipped(t, "1", processes*times)
			requireHeld(t, d.store(t), k, fmt.Sprint(processes*times))
		})
	}
}

// countsAndShips reads in the transaction before it writes, which would fail on
// a snapshot that is not the newest.
func countsAndShips(shop *shop) func(ctx context.Context, p *highhelp.Payment) error {
	return func(ctx context.Context, p *highhelp.Payment) error {
		tx, _ := sqlstore.Tx(ctx)
		var n int
		if err := tx.QueryRowContext(ctx, "SELECT COUNT(*) FROM "+shop.table("shipped")).Scan(&n); err != nil {
			return err
		}
		p.Held = fmt.Sprint(n + 1)
		return shop.ship(ctx, "1")
	}
}

// With busy handlers that wait for a minute, and writers in another process,
// SQLite still obeys the context.
func TestSQLiteBusyHandlerDoesNotOutliveTheContext(t *testing.T) {
	d := newDatabase(t, sqlstore.SQLite)
	d.dsn = with(t, d.dsn, "_pragma", "busy_timeout(60000)")
	s, k := d.store(t), orderKey("1")
	require.NoError(t, s.Migrate(t.Context()))
	payment(t, s, k)
	other, err := d.pool(t).Conn(t.Context())
	require.NoError(t, err)
	defer other.Close()
	_, err = other.ExecContext(t.Context(), "BEGIN IMMEDIATE")
	require.NoError(t, err)

	start := time.Now()
	for want, call := range map[error]func(ctx context.Context) error{
		highhelp.ErrBusy:         func(ctx context.Context) error { return s.Update(ctx, k, hold("x")) },
		context.DeadlineExceeded: func(ctx context.Context) error { return s.Record(ctx, highhelp.Delivery{Key: k}) },
	} {
		short, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		require.ErrorIs(t, call(short), want)
		cancel()
	}
	require.Less(t, time.Since(start), 20*time.Second)

	result := make(chan error, 1)
	go func() { result <- s.Update(t.Context(), k, hold("after")) }()
	_, err = other.ExecContext(t.Context(), "ROLLBACK")
	require.NoError(t, err)
	require.NoError(t, <-result)
	requireHeld(t, s, k, "after")
}

// Writers of one process queue up in it: who waits for another's Update says
// nothing to the database, and holds none of the pool's connections.
func TestSQLiteWritersQueueUp(t *testing.T) {
	d := newDatabase(t, sqlstore.SQLite)
	require.NoError(t, d.store(t).Migrate(t.Context()))
	s, log := d.logged(t)
	k := orderKey("1")
	payment(t, s, k)
	require.NoError(t, s.Update(t.Context(), k, func(context.Context, *highhelp.Payment) error {
		log.take()
		for want, call := range map[error]func(ctx context.Context) error{
			highhelp.ErrBusy:         func(ctx context.Context) error { return s.Update(ctx, k, hold("x")) },
			context.DeadlineExceeded: func(ctx context.Context) error { return s.Record(ctx, highhelp.Delivery{Key: k}) },
		} {
			short, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
			require.ErrorIs(t, call(short), want)
			cancel()
		}
		require.Empty(t, log.take())
		return nil
	}))
	require.NoError(t, s.Update(t.Context(), k, hold("after")))
}

package sqlstore_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/sqlstore"
	"github.com/stretchr/testify/require"
)

// settled inserts paid payments that a tombstone is less than.
func settled(t *testing.T, s highhelp.Store, n int, at time.Time) {
	t.Helper()
	for i := range n {
		k := orderKey(fmt.Sprint(i))
		require.NoError(t, s.Insert(t.Context(), highhelp.Payment{Key: k, CreatedAt: at, UpdatedAt: at, Attempts: []highhelp.Attempt{{
			N: 1, PaymentID: k.OrderID, Amount: highhelp.Money{Minor: 100, Currency: "RUB"}, Sent: true, CreatedAt: at,
			Status: highhelp.Status{Main: "success"}, Ticket: highhelp.Ticket{URL: "https://pay.example/" + k.OrderID, Raw: []byte("{}")},
		}}}))
	}
}

// A Prune of many rows goes in steps, each of at most limit rows of each kind,
// and ends with 0.
func TestPruneInSteps(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s, old := d.store(t), time.Now().Add(-time.Hour)
		const payments, deliveries, limit = 130, 250, 100
		settled(t, s, payments, old)
		for range deliveries {
			require.NoError(t, s.Record(t.Context(), highhelp.Delivery{Key: orderKey("1"), Outcome: highhelp.Duplicate, ReceivedAt: old}))
		}
		var steps []int
		for range 5 {
			n, err := s.Prune(t.Context(), "P", time.Now(), limit)
			require.NoError(t, err)
			steps = append(steps, n)
		}
		require.Equal(t, []int{2 * limit, limit + 30, 50, 0, 0}, steps)
		for i := range payments {
			p, err := s.Payment(t.Context(), orderKey(fmt.Sprint(i)))
			require.NoError(t, err)
			require.True(t, p.Paid())
			require.Empty(t, p.Newest().Ticket.URL)
			require.Equal(t, int64(100), p.Newest().Amount.Minor)
		}
		requireJournal(t, s, orderKey("1"))
	})
}

func TestPruneOfNothing(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s := d.store(t)
		settled(t, s, 1, time.Now().Add(-time.Hour))
		require.NoError(t, s.Insert(t.Context(), highhelp.Payment{Key: orderKey("due"), CheckAt: time.Now().Add(-time.Hour)}))
		for _, limit := range []int{0, -1} {
			n, err := s.Prune(t.Context(), "P", time.Now(), limit)
			require.NoError(t, err)
			require.Zero(t, n)
			list, err := s.Pending(t.Context(), "P", time.Now(), limit)
			require.NoError(t, err)
			require.Empty(t, list)
		}
	})
}

// Retention never overwrites an event that comes in at the same time.
func TestPruneBesideUpdate(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s, other, k := d.store(t), d.store(t), orderKey("0")
		settled(t, s, 1, time.Now().Add(-time.Hour))
		pruned := make(chan error, 1)
		require.NoError(t, s.Update(t.Context(), k, func(_ context.Context, p *highhelp.Payment) error {
			go func() {
				_, err := other.Prune(t.Context(), "P", time.Now(), 10)
				pruned <- err
			}()
			select {
			case err := <-pruned: // it did not wait, so it left the payment alone
				pruned <- err
			case <-time.After(100 * time.Millisecond):
			}
			p.Held = "a late event"
			return nil
		}))
		require.NoError(t, <-pruned)
		p, err := s.Payment(t.Context(), k)
		require.NoError(t, err)
		require.Equal(t, "a late event", p.Held)
		require.NotEmpty(t, p.Newest().Ticket.URL)
	})
}

// The ID of a delivery is never given to another, even if all are gone.
func TestDeliveryIDsAreNotUsedAgain(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s, k := d.store(t), orderKey("1")
		record := func() string {
			require.NoError(t, s.Record(t.Context(), highhelp.Delivery{Key: k, ReceivedAt: time.Now().Add(-time.Minute)}))
			for d, err := range s.Deliveries(t.Context(), highhelp.Delivery{Key: k}, time.Time{}, time.Time{}) {
				require.NoError(t, err)
				return d.ID
			}
			return ""
		}
		first := record()
		n, err := s.Prune(t.Context(), "P", time.Now(), 10)
		require.NoError(t, err)
		require.Equal(t, 1, n)
		require.NotEqual(t, first, record())
		_, err = s.Delivery(t.Context(), "P", first)
		require.ErrorIs(t, err, highhelp.ErrNotFound)
	})
}

// The ID of a delivery has one spelling.
func TestDeliveryIDsHaveOneForm(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s, k := d.store(t), orderKey("1")
		require.NoError(t, s.Record(t.Context(), highhelp.Delivery{Key: k, ReceivedAt: time.Now()}))
		for found, err := range s.Deliveries(t.Context(), highhelp.Delivery{Key: k}, time.Time{}, time.Time{}) {
			require.NoError(t, err)
			_, err = s.Delivery(t.Context(), "P", found.ID)
			require.NoError(t, err)
			for _, id := range []string{"0" + found.ID, "+" + found.ID, " " + found.ID, found.ID + " ", "", "x", "99999999999999999999"} {
				_, err := s.Delivery(t.Context(), "P", id)
				require.ErrorIs(t, err, highhelp.ErrNotFound, "%q", id)
			}
		}
	})
}

// What Prune has taken away stays away, even if the power fails.
func TestPruneIsNotLazy(t *testing.T) {
	d := newDatabase(t, sqlstore.SQLite)
	old := time.Now().Add(-time.Hour)
	require.NoError(t, d.store(t).Migrate(t.Context()))
	s, log := d.logged(t)
	settled(t, s, 1, old)
	require.NoError(t, s.Record(t.Context(), highhelp.Delivery{Key: orderKey("0"), ReceivedAt: old}))
	log.take()
	n, err := s.Prune(t.Context(), "P", time.Now(), 10)
	require.NoError(t, err)
	require.Equal(t, 2, n)
	require.NotContains(t, strings.Join(log.take(), "\n"), "synchronous")
}

// A step of Prune that fails, wherever it does, says so and counts nothing: a
// caller that goes on until there is nothing left must not believe that it is
// done. A deferred constraint lets the commit fail.
func TestPruneFails(t *testing.T) {
	for name, c := range map[string]struct {
		breaks []string
		pruned int // by the step before
	}{
		"delete":            {[]string{`CREATE TRIGGER broken BEFORE DELETE ON highhelp_deliveries BEGIN SELECT RAISE(ABORT, 'broken'); END`}, 0},
		"commit of deletes": {deferred("DELETE ON highhelp_deliveries"), 0},
		"candidates":        {[]string{`ALTER TABLE highhelp_payments RENAME TO gone`}, 1},
		"tombstone":         {[]string{`CREATE TRIGGER broken BEFORE UPDATE ON highhelp_payments BEGIN SELECT RAISE(ABORT, 'broken'); END`}, 1},
		"commit of others":  {deferred("UPDATE ON highhelp_payments"), 1},
		"payload":           {[]string{`UPDATE highhelp_payments SET payload = x'00'`}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDatabase(t, sqlstore.SQLite)
			d.dsn += "&_pragma=foreign_keys(1)"
			s, old := d.store(t), time.Now().Add(-time.Hour)
			require.NoError(t, s.Migrate(t.Context()))
			settled(t, s, 1, old)
			require.NoError(t, s.Record(t.Context(), highhelp.Delivery{Key: orderKey("0"), Outcome: highhelp.Duplicate, ReceivedAt: old}))
			for _, text := range c.breaks {
				run(t, d.pool(t), text)
			}
			n, err := s.Prune(t.Context(), "P", time.Now(), 10)
			require.ErrorAs(t, err, new(*sqlstore.Error))
			require.NotContains(t, err.Error(), "NOT NULL", "it tried to write nothing")
			require.Equal(t, c.pruned, n)
		})
	}
}

func deferred(event string) []string {
	return []string{
		`CREATE TABLE parent (id INTEGER PRIMARY KEY)`,
		`CREATE TABLE child (id INTEGER REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED)`,
		`CREATE TRIGGER broken AFTER ` + event + ` BEGIN INSERT INTO child VALUES (1); END`,
	}
}

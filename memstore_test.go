package highhelp_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/stretchr/testify/require"
)

func key(order string) highhelp.Key { return highhelp.Key{ProjectID: "P", OrderID: order} }

func stored(order string) highhelp.Payment {
	return highhelp.Payment{Key: key(order), Attempts: []highhelp.Attempt{{
		N: 1, PaymentID: order, Marks: []highhelp.Mark{{Status: "processing"}}, Ticket: highhelp.Ticket{Raw: []byte("raw")},
	}}}
}

func TestMemStore(t *testing.T) {
	var s highhelp.MemStore
	ctx := t.Context()
	_, err := s.Payment(ctx, key("1"))
	require.ErrorIs(t, err, highhelp.ErrNotFound)
	require.ErrorIs(t, s.Update(ctx, key("1"), nil), highhelp.ErrNotFound)

	p := stored("1")
	p.CreatedAt = time.Date(2026, 11, 23, 12, 0, 0, 123456789, time.FixedZone("MSK", 3*3600))
	require.NoError(t, s.Insert(ctx, p))
	require.ErrorIs(t, s.Insert(ctx, p), highhelp.ErrExists)
	got, err := s.Payment(ctx, key("1"))
	require.NoError(t, err)
	require.Equal(t, time.Date(2026, 11, 23, 9, 0, 0, 123456000, time.UTC), got.CreatedAt)

	// Neither what went in nor what came out is the store's own memory.
	p.Attempts[0].PaymentID, got.Attempts[0].Marks[0].Status, got.Attempts[0].Ticket.Raw[0] = "x", "x", 'x'
	again, err := s.Payment(ctx, key("1"))
	require.NoError(t, err)
	require.Equal(t, stored("1").Attempts, again.Attempts)

	_, err = s.Payment(ctx, highhelp.Key{ProjectID: "Q", OrderID: "1"})
	require.ErrorIs(t, err, highhelp.ErrNotFound)
	require.False(t, s.Transactional())
}

func TestMemStoreUpdate(t *testing.T) {
	var s highhelp.MemStore
	ctx := t.Context()
	require.NoError(t, s.Insert(ctx, stored("1")))
	held := func() string {
		p, err := s.Payment(ctx, key("1"))
		require.NoError(t, err)
		return p.Held
	}
	set := func(value string, err error) func(context.Context, *highhelp.Payment) error {
		return func(_ context.Context, p *highhelp.Payment) error { p.Held = value; return err }
	}
	require.NoError(t, s.Update(ctx, key("1"), set("a", nil)))
	require.Equal(t, "a", held())
	failed := errors.New("failed")
	require.ErrorIs(t, s.Update(ctx, key("1"), set("b", failed)), failed)
	require.Equal(t, "a", held())
	require.Panics(t, func() {
		_ = s.Update(ctx, key("1"), func(_ context.Context, p *highhelp.Payment) error { p.Held = "c"; panic("x") })
	})
	require.Equal(t, "a", held())
	ended, end := context.WithCancel(ctx)
	err := s.Update(ended, key("1"), func(_ context.Context, p *highhelp.Payment) error { p.Held = "d"; end(); return nil })
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, "a", held())
	require.NoError(t, s.Update(ctx, key("1"), func(_ context.Context, p *highhelp.Payment) error { p.OrderID, p.Held = "2", "e"; return nil }))
	require.Equal(t, "e", held(), "a change can't move a payment")
}

func TestMemStoreNested(t *testing.T) {
	var s, other highhelp.MemStore
	require.NoError(t, s.Insert(t.Context(), stored("1")))
	require.NoError(t, other.Insert(t.Context(), stored("1")))
	err := s.Update(t.Context(), key("1"), func(ctx context.Context, _ *highhelp.Payment) error {
		require.ErrorIs(t, s.Insert(ctx, stored("2")), highhelp.ErrNested)
		_, err := s.Payment(ctx, key("1"))
		require.ErrorIs(t, err, highhelp.ErrNested)
		require.ErrorIs(t, s.Update(ctx, key("1"), nil), highhelp.ErrNested)
		_, err = s.Pending(ctx, "P", time.Now(), 1)
		require.ErrorIs(t, err, highhelp.ErrNested)
		_, err = other.Payment(ctx, key("1"))
		require.NoError(t, err, "another store is another matter")
		return s.Record(ctx, highhelp.Delivery{PaymentID: "1"})
	})
	require.NoError(t, err)
	require.Len(t, journalOf(t, &s, ""), 1)
}

func TestMemStoreBusy(t *testing.T) {
	var s highhelp.MemStore
	require.NoError(t, s.Insert(t.Context(), stored("1")))
	require.NoError(t, s.Insert(t.Context(), stored("2")))
	entered, leave, done := make(chan struct{}), make(chan struct{}), make(chan error)
	go func() {
		done <- s.Update(t.Context(), key("1"), func(context.Context, *highhelp.Payment) error { close(entered); <-leave; return nil })
	}()
	<-entered
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	nothing := func(context.Context, *highhelp.Payment) error { return nil }
	err := s.Update(ctx, key("1"), nothing)
	require.ErrorIs(t, err, highhelp.ErrBusy)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.NoError(t, s.Update(t.Context(), key("2"), nothing))
	close(leave)
	require.NoError(t, <-done)
	require.NoError(t, s.Update(t.Context(), key("1"), nothing))
}

func TestMemStoreCountsEveryUpdate(t *testing.T) {
	var s highhelp.MemStore
	require.NoError(t, s.Insert(t.Context(), stored("1")))
	done := make(chan error)
	for range 50 {
		go func() {
			done <- s.Update(t.Context(), key("1"), func(_ context.Context, p *highhelp.Payment) error {
				p.Attempts[0].N++
				return nil
			})
		}()
	}
	for range 50 {
		require.NoError(t, <-done)
	}
	p, err := s.Payment(t.Context(), key("1"))
	require.NoError(t, err)
	require.Equal(t, 51, p.Attempts[0].N)
}

func TestMemStorePending(t *testing.T) {
	var s highhelp.MemStore
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for i, minutes := range []int{3, 1, 2, 5} {
		p := stored(fmt.Sprint(i))
		p.CheckAt = now.Add(time.Duration(minutes) * time.Minute)
		require.NoError(t, s.Insert(t.Context(), p))
	}
	require.NoError(t, s.Insert(t.Context(), stored("settled")))
	foreign := stored("1")
	foreign.ProjectID, foreign.CheckAt = "Q", now
	require.NoError(t, s.Insert(t.Context(), foreign))
	ids := func(due time.Time, limit int) (ids []string) {
		list, err := s.Pending(t.Context(), "P", due, limit)
		require.NoError(t, err)
		for _, p := range list {
			ids = append(ids, p.OrderID)
		}
		return ids
	}
	require.Equal(t, []string{"1", "2", "0"}, ids(now.Add(3*time.Minute), 10), "due itself counts, the oldest first")
	require.Equal(t, []string{"1", "2"}, ids(now.Add(time.Hour), 2))
	require.Empty(t, ids(now.Add(time.Hour), 0))
	require.Empty(t, ids(now.Add(time.Hour), -1))
	require.NoError(t, s.Update(t.Context(), key("1"), func(_ context.Context, p *highhelp.Payment) error { p.CheckAt = time.Time{}; return nil }))
	require.Equal(t, []string{"2", "0"}, ids(now.Add(3*time.Minute), 10))
}

func TestMemStoreJournal(t *testing.T) {
	var s highhelp.MemStore
	require.NoError(t, s.Insert(t.Context(), stored("1")))
	failed := errors.New("failed")
	err := s.Update(t.Context(), key("1"), func(ctx context.Context, _ *highhelp.Payment) error {
		require.NoError(t, s.Record(ctx, highhelp.Delivery{PaymentID: "inside"}))
		require.NoError(t, s.Record(t.Context(), highhelp.Delivery{PaymentID: "outside"}))
		return failed
	})
	require.ErrorIs(t, err, failed)
	require.Len(t, journalOf(t, &s, ""), 1)
	require.Equal(t, "outside", journalOf(t, &s, "")[0].PaymentID)
	for i := range 1500 {
		require.NoError(t, s.Record(t.Context(), highhelp.Delivery{PaymentID: fmt.Sprint(i)}))
	}
	list := journalOf(t, &s, "")
	require.Len(t, list, 1000)
	require.Equal(t, "500", list[0].PaymentID)
	require.Equal(t, "1499", list[999].PaymentID)
}

func TestMemStoreFindsDeliveries(t *testing.T) {
	var s highhelp.MemStore
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for i, d := range []highhelp.Delivery{
		{Key: key("1"), PaymentID: "1", Route: "info", Outcome: highhelp.Applied},
		{Key: key("1"), PaymentID: "1~2", Route: "success", Outcome: highhelp.Duplicate},
		{Key: key("2"), PaymentID: "2", Route: "success"},
		{Key: highhelp.Key{ProjectID: "Q", OrderID: "1"}, PaymentID: "1"},
	} {
		d.ReceivedAt = now.Add(time.Duration(i) * time.Minute)
		require.NoError(t, s.Record(t.Context(), d))
	}
	find := func(like highhelp.Delivery, from, to time.Time) (ids string) {
		like.ProjectID = "P"
		for d, err := range s.Deliveries(t.Context(), like, from, to) {
			require.NoError(t, err)
			ids += d.ID
		}
		return ids
	}
	require.Equal(t, "321", find(highhelp.Delivery{}, time.Time{}, time.Time{}))
	require.Equal(t, "21", find(highhelp.Delivery{Key: highhelp.Key{OrderID: "1"}}, time.Time{}, time.Time{}))
	require.Equal(t, "2", find(highhelp.Delivery{PaymentID: "1~2"}, time.Time{}, time.Time{}))
	require.Equal(t, "32", find(highhelp.Delivery{Route: "success"}, time.Time{}, time.Time{}))
	require.Equal(t, "1", find(highhelp.Delivery{Outcome: highhelp.Applied}, time.Time{}, time.Time{}))
	require.Equal(t, "2", find(highhelp.Delivery{}, now.Add(time.Minute), now.Add(2*time.Minute)))
	d, err := s.Delivery(t.Context(), "P", "3")
	require.NoError(t, err)
	require.Equal(t, "2", d.PaymentID)
	_, err = s.Delivery(t.Context(), "P", "4")
	require.ErrorIs(t, err, highhelp.ErrNotFound)
	for range s.Deliveries(t.Context(), highhelp.Delivery{Key: key("")}, time.Time{}, time.Time{}) {
		break // a consumer may stop
	}
}

// What is left of a payment after retention keeps a late event from shipping
// again.
func TestPrune(t *testing.T) {
	s := newShop(t)
	for _, id := range []string{"paid", "open", "held"} {
		s.ticket(id)
	}
	require.Equal(t, 200, s.deliver("success", success("paid")))
	wrong := success("held")
	wrong.amount = 1
	require.Equal(t, 200, s.deliver("success", wrong))
	later := s.Clock.Now().Add(time.Hour)
	n, err := s.Store.Prune(t.Context(), project, later, 1)
	require.NoError(t, err)
	require.Equal(t, 2, n, "one delivery and one payment")
	for n != 0 {
		n, err = s.Store.Prune(t.Context(), project, later, 1)
		require.NoError(t, err)
	}
	require.Empty(t, s.journal())
	p := s.payment("paid")
	require.Empty(t, p.Attempts[0].Marks)
	require.Empty(t, p.Attempts[0].Ticket.URL)
	require.Equal(t, rub(10000), p.Attempts[0].Amount)
	require.NotEmpty(t, s.payment("open").Attempts[0].Ticket.URL, "the gateway is still asked about it")
	require.NotEmpty(t, s.payment("held").Attempts[0].Marks)

	require.Equal(t, 200, s.deliver("success", success("paid")))
	require.Equal(t, 1, s.shipped("paid"))
	_, err = s.Checkout.CreateTicket(t.Context(), s.sells("paid"))
	require.ErrorIs(t, err, highhelp.ErrOrderPaid)
}

func TestMemStoreObeysContext(t *testing.T) {
	var s highhelp.MemStore
	require.NoError(t, s.Insert(t.Context(), stored("1")))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.Payment(ctx, key("1"))
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, s.Insert(ctx, stored("2")), context.Canceled)
	require.ErrorIs(t, s.Update(ctx, key("1"), nil), context.Canceled)
	require.ErrorIs(t, s.Record(ctx, highhelp.Delivery{}), context.Canceled)
	_, err = s.Pending(ctx, "P", time.Now(), 1)
	require.ErrorIs(t, err, context.Canceled)
}

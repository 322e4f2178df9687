package redisstore_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/redisstore"
	"github.com/stretchr/testify/require"
)

func journalKey(k highhelp.Key) string { return prefix + ":{" + k.ProjectID + "}:journal" }
func listKey(k highhelp.Key) string    { return journalKey(k) + ":" + k.OrderID }

// The two clocks need not agree, and a delivery may be recorded long after it
// was received: from and to find it all the same.
func TestDeliveriesByTime(t *testing.T) {
	s := open(t, running(t), redisstore.Options{})
	k, at := newKey(), time.Now().UTC().Truncate(time.Microsecond)
	offsets := []time.Duration{0, 59 * time.Second, -59 * time.Second, -90 * 24 * time.Hour, 5 * time.Hour, -time.Hour, time.Microsecond, -time.Microsecond}
	for _, offset := range offsets {
		require.NoError(t, s.Record(t.Context(), highhelp.Delivery{Key: k, PaymentID: offset.String(), ReceivedAt: at.Add(offset)}))
	}
	for _, offset := range offsets {
		var found []string
		for d, err := range s.Deliveries(t.Context(), highhelp.Delivery{Key: highhelp.Key{ProjectID: k.ProjectID}}, at.Add(offset), at.Add(offset+time.Microsecond)) {
			require.NoError(t, err)
			found = append(found, d.PaymentID)
		}
		require.Equal(t, []string{offset.String()}, found)
	}
	require.NoError(t, s.Record(t.Context(), highhelp.Delivery{Key: k})) // it does not say when
	var found int
	for _, err := range s.Deliveries(t.Context(), highhelp.Delivery{Key: highhelp.Key{ProjectID: k.ProjectID}}, time.Time{}, at.Add(-100*24*time.Hour)) {
		require.NoError(t, err)
		found++
	}
	require.Equal(t, 1, found)
}

// However a delivery is looked for, the newest comes first, over many pages.
func TestDeliveriesOverPages(t *testing.T) {
	s := open(t, running(t), redisstore.Options{})
	k := newKey()
	const n = 350
	for i := range n {
		order := highhelp.Key{ProjectID: k.ProjectID, OrderID: fmt.Sprint(i % 2)}
		require.NoError(t, s.Record(t.Context(), highhelp.Delivery{Key: order, PaymentID: fmt.Sprint(i), ReceivedAt: time.Now()}))
	}
	all := deliveries(t, s, highhelp.Delivery{Key: highhelp.Key{ProjectID: k.ProjectID}})
	require.Len(t, all, n)
	for i, d := range all {
		require.Equal(t, fmt.Sprint(n-1-i), d.PaymentID)
	}
	odd := deliveries(t, s, highhelp.Delivery{Key: highhelp.Key{ProjectID: k.ProjectID, OrderID: "1"}})
	require.Len(t, odd, n/2)
	for i, d := range odd {
		require.Equal(t, all[2*i], d)
	}
}

// The deliveries of one order are found by their list, without a look at those
// of others.
func TestDeliveriesOfOneOrder(t *testing.T) {
	server := start(t, redisServer)
	s := open(t, server.client, redisstore.Options{})
	k := newKey()
	for i := range 10 {
		order := highhelp.Key{ProjectID: k.ProjectID, OrderID: fmt.Sprint(i)}
		require.NoError(t, s.Record(t.Context(), highhelp.Delivery{Key: order, ReceivedAt: time.Now()}))
	}
	require.NoError(t, server.client.ConfigResetStat(t.Context()).Err())
	require.Len(t, deliveries(t, s, highhelp.Delivery{Key: highhelp.Key{ProjectID: k.ProjectID, OrderID: "7"}}), 1)
	stats, err := server.client.Info(t.Context(), "commandstats").Result()
	require.NoError(t, err)
	require.Contains(t, stats, "cmdstat_xrange:calls=1,")
	require.NotContains(t, stats, "xrevrange")
}

// JournalLen bounds the journal, and cuts off whole blocks only.
func TestJournalLen(t *testing.T) {
	client := running(t)
	const length = 200
	s := open(t, client, redisstore.Options{JournalLen: length})
	k := newKey()
	for range 1000 {
		require.NoError(t, s.Record(t.Context(), highhelp.Delivery{Key: k, ReceivedAt: time.Now()}))
	}
	n := client.XLen(t.Context(), journalKey(k)).Val()
	require.GreaterOrEqual(t, n, int64(length))
	require.Less(t, n, int64(2*length))
	require.Len(t, deliveries(t, s, highhelp.Delivery{Key: k}), int(n), "those that are gone are passed over")
}

// JournalAge lets deliveries go by the time since they were recorded.
func TestJournalAge(t *testing.T) {
	client := running(t)
	k := newKey()
	long := open(t, client, redisstore.Options{JournalAge: time.Hour})
	require.NoError(t, long.Record(t.Context(), highhelp.Delivery{Key: k, ReceivedAt: time.Now().Add(time.Hour)})) // the clocks differ
	for range 499 {
		require.NoError(t, long.Record(t.Context(), highhelp.Delivery{Key: k, ReceivedAt: time.Now()}))
	}
	require.EqualValues(t, 500, client.XLen(t.Context(), journalKey(k)).Val(), "they are young")
	ttl := client.PTTL(t.Context(), listKey(k)).Val()
	require.Greater(t, ttl, 59*time.Minute)

	short := open(t, client, redisstore.Options{JournalAge: time.Millisecond})
	require.NoError(t, short.Record(t.Context(), highhelp.Delivery{Key: k, ReceivedAt: time.Now()}))
	n := client.XLen(t.Context(), journalKey(k)).Val()
	require.GreaterOrEqual(t, n, int64(1))
	require.LessOrEqual(t, n, int64(101), "they are old")

	forever := open(t, client, redisstore.Options{})
	require.NoError(t, forever.Record(t.Context(), highhelp.Delivery{Key: k, ReceivedAt: time.Now()}))
	require.NoError(t, forever.Record(t.Context(), highhelp.Delivery{Key: k, ReceivedAt: time.Now()}))
	require.Equal(t, time.Duration(-1), client.PTTL(t.Context(), listKey(k)).Val(), "a time that is set no more still ends the list")
	require.Equal(t, time.Duration(-1), client.PTTL(t.Context(), journalKey(k)).Val())
	require.Equal(t, time.Duration(-1), client.PTTL(t.Context(), prefix+":{"+k.ProjectID+"}:clock").Val(), "it must outlive the rows")
}

// Payments never end, whatever the journal does.
func TestPaymentsNeverEnd(t *testing.T) {
	client := running(t)
	s := open(t, client, redisstore.Options{JournalAge: time.Second, JournalLen: 1})
	p := inserted(t, s)
	require.NoError(t, s.Update(t.Context(), p.Key, func(ctx context.Context, q *highhelp.Payment) error {
		q.CheckAt = time.Now()
		return s.Record(ctx, highhelp.Delivery{Key: p.Key})
	}))
	for _, key := range []string{paymentKey(p.Key), prefix + ":{" + p.ProjectID + "}:pending"} {
		require.Equal(t, time.Duration(-1), client.PTTL(t.Context(), key).Val(), key)
	}
}

func TestDeliveryIDs(t *testing.T) {
	s := open(t, running(t), redisstore.Options{})
	k := newKey()
	require.NoError(t, s.Record(t.Context(), highhelp.Delivery{Key: k}))
	id := deliveries(t, s, highhelp.Delivery{Key: k})[0].ID
	_, err := s.Delivery(t.Context(), k.ProjectID, id)
	require.NoError(t, err)
	for _, id := range []string{
		"", "-", "+", "(" + id, id[:13], id[:13] + "-", id + "0", "0" + id, " " + id, id + " ", "0-0", "99999999999999999999-0", "1-99999999999999999999", "a-b", "-1-0",
	} {
		_, err := s.Delivery(t.Context(), k.ProjectID, id)
		require.ErrorIs(t, err, highhelp.ErrNotFound, id)
	}
}

// A delivery can't be saved with a payment that lives elsewhere, and not with
// one that has been saved.
func TestRecordThatCannotBeKept(t *testing.T) {
	s := open(t, running(t), redisstore.Options{})
	p := inserted(t, s)
	var after context.Context
	require.NoError(t, s.Update(t.Context(), p.Key, func(ctx context.Context, _ *highhelp.Payment) error {
		require.Error(t, s.Record(ctx, highhelp.Delivery{Key: newKey()}))
		after = context.WithoutCancel(ctx)
		return nil
	}))
	require.Error(t, s.Record(after, highhelp.Delivery{Key: p.Key}))
	require.Empty(t, deliveries(t, s, highhelp.Delivery{Key: p.Key}))
	_, err := s.Payment(after, p.Key)
	require.ErrorIs(t, err, highhelp.ErrNested)
}

// What is pruned is gone from its order's list as well.
func TestPruneCleansLists(t *testing.T) {
	client := running(t)
	s := open(t, client, redisstore.Options{})
	k, at := newKey(), time.Now().Truncate(time.Microsecond)
	for i := range 250 {
		require.NoError(t, s.Record(t.Context(), highhelp.Delivery{Key: k, ReceivedAt: at.Add(time.Duration(i) * time.Second)}))
	}
	n, err := s.Prune(t.Context(), k.ProjectID, at.Add(200*time.Second), 150)
	require.NoError(t, err)
	require.Equal(t, 150, n)
	n, err = s.Prune(t.Context(), k.ProjectID, at.Add(200*time.Second), 150)
	require.NoError(t, err)
	require.Equal(t, 50, n)
	require.EqualValues(t, 50, client.LLen(t.Context(), listKey(k)).Val())
	require.Len(t, deliveries(t, s, highhelp.Delivery{Key: k}), 50)
	n, err = s.Prune(t.Context(), k.ProjectID, at.Add(time.Hour), 1000)
	require.NoError(t, err)
	require.Equal(t, 50, n)
	require.Zero(t, client.Exists(t.Context(), listKey(k)).Val())
}

package redisstore_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/redisstore"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

// What a callback saves: a mark, a status, and a row of the journal.
func takeIn(store *redisstore.Store) func(context.Context, *highhelp.Payment) error {
	d := highhelp.Delivery{PaymentID: "1", Status: highhelp.Status{Main: "processing"}, Route: "info", Raw: make([]byte, 600)}
	return func(ctx context.Context, p *highhelp.Payment) error {
		a := &p.Attempts[0]
		a.Status, a.Marks = d.Status, []highhelp.Mark{{Status: "processing", Outcome: highhelp.Applied, SignedAt: p.CreatedAt, At: p.CreatedAt}}
		row := d
		row.Key, row.ReceivedAt = p.Key, p.CreatedAt
		return store.Record(ctx, row)
	}
}

// BenchmarkUpdate is a whole Update. It asks the server twice, so its measure
// is BenchmarkTwoScripts.
func BenchmarkUpdate(b *testing.B) {
	store := open(b, running(b), redisstore.Options{JournalLen: 10_000})
	p := inserted(b, store)
	change := takeIn(store)
	for b.Loop() {
		require.NoError(b, store.Update(b.Context(), p.Key, change))
	}
}

func BenchmarkUpdateParallel(b *testing.B) {
	store := open(b, running(b), redisstore.Options{JournalLen: 10_000})
	var payments [64]highhelp.Payment
	for i := range payments {
		payments[i] = inserted(b, store)
	}
	change := takeIn(store)
	var n atomic.Int64
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		p := payments[n.Add(1)%int64(len(payments))]
		for pb.Next() {
			if err := store.Update(b.Context(), p.Key, change); err != nil {
				b.Error(err)
			}
		}
	})
}

func BenchmarkPayment(b *testing.B) {
	store := open(b, running(b), redisstore.Options{})
	p := inserted(b, store)
	for b.Loop() {
		_, err := store.Payment(b.Context(), p.Key)
		require.NoError(b, err)
	}
}

func BenchmarkRecord(b *testing.B) {
	store := open(b, running(b), redisstore.Options{JournalLen: 10_000})
	p := payment(newKey())
	d := highhelp.Delivery{Key: p.Key, PaymentID: "1", Route: "info", ReceivedAt: p.CreatedAt, Raw: make([]byte, 600)}
	for b.Loop() {
		require.NoError(b, store.Record(b.Context(), d))
	}
}

// BenchmarkTwoScripts is the least that reading and writing as many bytes by
// script takes: a GET, and a SET with an XADD, which do nothing else.
func BenchmarkTwoScripts(b *testing.B) {
	client := running(b)
	read, write, key, journal, row, delivery := bare(b)
	for b.Loop() {
		require.NoError(b, read.Run(b.Context(), client, []string{key}).Err())
		require.NoError(b, write.Run(b.Context(), client, []string{key, journal}, row, delivery).Err())
	}
}

func BenchmarkTwoScriptsParallel(b *testing.B) {
	client := running(b)
	read, write, key, journal, row, delivery := bare(b)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := read.Run(b.Context(), client, []string{key}).Err(); err != nil {
				b.Error(err)
			}
			if err := write.Run(b.Context(), client, []string{key, journal}, row, delivery).Err(); err != nil {
				b.Error(err)
			}
		}
	})
}

func bare(b *testing.B) (read, write *redis.Script, key, journal string, row, delivery []byte) {
	p := payment(newKey())
	row, err := p.MarshalBinary()
	require.NoError(b, err)
	delivery, err = highhelp.Delivery{Key: p.Key, Raw: make([]byte, 600)}.MarshalBinary()
	require.NoError(b, err)
	key = paymentKey(p.Key)
	require.NoError(b, running(b).Set(b.Context(), key, row, 0).Err())
	return redis.NewScript("return redis.call('GET', KEYS[1])"),
		redis.NewScript("redis.call('SET', KEYS[1], ARGV[1]) redis.call('XADD', KEYS[2], 'MAXLEN', '~', 10000, '*', 'd', ARGV[2]) return 1"),
		key, strings.Replace(key, ":payment:", ":bare:", 1), row, delivery
}

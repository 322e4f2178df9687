package redisstore_test

import (
	"context"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/redisstore"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

// A payment that can't be read is an error that names it, never a payment that
// is not there, and it blocks nobody.
func TestDamagedPayment(t *testing.T) {
	client := running(t)
	for name, spoil := range map[string]func(key string) error{
		"no JSON":         func(key string) error { return client.HSet(t.Context(), key, "payment", `{"secret`).Err() },
		"another release": func(key string) error { return client.HSet(t.Context(), key, "payment", `{"v":99,"secret":1}`).Err() },
		"another order": func(key string) error {
			row, err := payment(newKey()).MarshalBinary()
			require.NoError(t, err)
			return client.HSet(t.Context(), key, "payment", row).Err()
		},
		"no payment": func(key string) error { return client.HDel(t.Context(), key, "payment").Err() },
		"no version": func(key string) error { return client.HDel(t.Context(), key, "version").Err() },
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, client, redisstore.Options{})
			p := payment(newKey())
			p.CheckAt = p.CreatedAt
			require.NoError(t, s.Insert(t.Context(), p))
			require.NoError(t, spoil(paymentKey(p.Key)))
			_, read := s.Payment(t.Context(), p.Key)
			_, pending := s.Pending(t.Context(), p.ProjectID, time.Now(), 1)
			update := s.Update(t.Context(), p.Key, func(context.Context, *highhelp.Payment) error {
				t.Error("change runs on a damaged payment")
				return nil
			})
			for _, err := range []error{read, pending, update} {
				var damaged *redisstore.DamagedError
				require.ErrorAs(t, err, &damaged)
				require.Equal(t, paymentKey(p.Key), damaged.Key)
				require.NotContains(t, err.Error(), "secret")
				broken(t, err)
			}
			require.ErrorIs(t, s.Insert(t.Context(), p), highhelp.ErrExists)
			require.Zero(t, client.Exists(t.Context(), leaseKey(p.Key)).Val(), "the lease is left")
		})
	}
}

// A payment is never deleted, so one that an index names must be there.
func TestPaymentIsGone(t *testing.T) {
	client := running(t)
	s := open(t, client, redisstore.Options{})
	p := payment(newKey())
	p.CheckAt = p.CreatedAt
	require.NoError(t, s.Insert(t.Context(), p))
	require.NoError(t, client.Del(t.Context(), paymentKey(p.Key)).Err())
	_, err := s.Pending(t.Context(), p.ProjectID, time.Now(), 1)
	var damaged *redisstore.DamagedError
	require.ErrorAs(t, err, &damaged)
	broken(t, err)
}

func TestForeignKey(t *testing.T) {
	client := running(t)
	s := open(t, client, redisstore.Options{})
	k := newKey()
	require.NoError(t, client.Set(t.Context(), paymentKey(k), "text", 0).Err())
	_, err := s.Payment(t.Context(), k)
	broken(t, err)
	broken(t, s.Update(t.Context(), k, hold("")))
	broken(t, s.Insert(t.Context(), payment(k)))
}

func TestDamagedDelivery(t *testing.T) {
	client := running(t)
	s := open(t, client, redisstore.Options{})
	k := newKey()
	require.NoError(t, s.Record(t.Context(), highhelp.Delivery{Key: k}))
	id, err := client.XAdd(t.Context(), &redis.XAddArgs{Stream: prefix + ":{" + k.ProjectID + "}:journal", Values: []string{"delivery", "secret"}}).Result()
	require.NoError(t, err)
	_, one := s.Delivery(t.Context(), k.ProjectID, id)
	_, prune := s.Prune(t.Context(), k.ProjectID, time.Now().Add(time.Hour), 10)
	var list error
	n := 0
	for _, list = range s.Deliveries(t.Context(), highhelp.Delivery{Key: highhelp.Key{ProjectID: k.ProjectID}}, time.Time{}, time.Time{}) {
		n++
	}
	require.Equal(t, 1, n, "after an error nothing more comes")
	for _, err := range []error{one, prune, list} {
		var damaged *redisstore.DamagedError
		require.ErrorAs(t, err, &damaged)
		require.NotContains(t, err.Error(), "secret")
	}
}

package redisstore_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/redisstore"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

// broken demands that an error is neither of the sentinels, which would say
// something of the payment.
func broken(t *testing.T, err error) {
	t.Helper()
	require.Error(t, err)
	for _, sentinel := range []error{highhelp.ErrNotFound, highhelp.ErrExists, highhelp.ErrLost, highhelp.ErrBusy} {
		require.NotErrorIs(t, err, sentinel)
	}
}

// everyCall makes each call on a store that can't serve it.
func everyCall(t *testing.T, s *redisstore.Store, k highhelp.Key, is func(error) bool) {
	t.Helper()
	_, read := s.Payment(t.Context(), k)
	_, pending := s.Pending(t.Context(), k.ProjectID, time.Now(), 1)
	_, one := s.Delivery(t.Context(), k.ProjectID, "1-1")
	_, prune := s.Prune(t.Context(), k.ProjectID, time.Now(), 1)
	var list error
	for _, list = range s.Deliveries(t.Context(), highhelp.Delivery{Key: k}, time.Time{}, time.Time{}) {
	}
	for name, err := range map[string]error{
		"Payment": read, "Pending": pending, "Delivery": one, "Prune": prune, "Deliveries": list,
		"Insert": s.Insert(t.Context(), payment(newKey())),
		"Update": s.Update(t.Context(), k, hold("broken")),
		"Record": s.Record(t.Context(), highhelp.Delivery{Key: k}),
	} {
		t.Run(name, func(t *testing.T) {
			broken(t, err)
			require.True(t, is(err), err)
		})
	}
}

// once returns a client that does not try again.
func once(t *testing.T, s *server) *redis.Client {
	client := redis.NewClient(&redis.Options{Addr: s.Addr, ContextTimeoutEnabled: true, MaxRetries: -1, DialerRetries: 1})
	t.Cleanup(func() { client.Close() })
	return client
}

func TestServerIsGone(t *testing.T) {
	server := start(t, redisServer)
	s := open(t, once(t, server), redisstore.Options{})
	p := inserted(t, s)
	server.kill()
	everyCall(t, s, p.Key, func(error) bool { return true })
}

// A server that reads its file after a restart knows nothing yet. That is no
// reason to take a payment for a new one.
func TestServerIsLoading(t *testing.T) {
	server := start(t, redisServer)
	s := open(t, once(t, server), redisstore.Options{})
	p := inserted(t, s)
	_, err := server.client.Pipelined(t.Context(), func(pipe redis.Pipeliner) error {
		for i := range 2000 {
			pipe.Set(t.Context(), fmt.Sprint("filler", i), make([]byte, 1024), 0)
		}
		return nil
	})
	require.NoError(t, err)
	require.NoError(t, server.client.Save(t.Context()).Err())
	server.kill()
	server.args = append(server.args, "--key-load-delay", "5000", "--loading-process-events-interval-bytes", "1024", "--rdbcompression", "no")
	server.run(t)
	everyCall(t, s, p.Key, redis.IsLoadingError)
	require.NoError(t, server.client.ConfigSet(t.Context(), "key-load-delay", "0").Err())
	require.Eventually(t, func() bool {
		got, err := s.Payment(t.Context(), p.Key)
		return err == nil && got.OrderID == p.OrderID
	}, time.Minute, 10*time.Millisecond)
}

// A replica that has lost its primary may be told to answer nothing.
func TestReplicaWithoutPrimary(t *testing.T) {
	primary := start(t, redisServer)
	p := inserted(t, open(t, primary.client, redisstore.Options{}))
	replica := start(t, redisServer, "--replica-serve-stale-data", "no", "--replicaof", strings.Replace(primary.Addr, ":", " ", 1))
	synced(t, replica)
	primary.kill()
	s := open(t, once(t, replica), redisstore.Options{})
	require.Eventually(t, func() bool {
		_, err := s.Payment(t.Context(), p.Key)
		return redis.IsMasterDownError(err)
	}, 30*time.Second, 10*time.Millisecond)
	everyCall(t, s, p.Key, redis.IsMasterDownError)
}

// A replica takes no writes, and says so.
func TestReplicaTakesNoWrites(t *testing.T) {
	primary := start(t, redisServer)
	p := inserted(t, open(t, primary.client, redisstore.Options{}))
	replica := start(t, redisServer, "--replicaof", strings.Replace(primary.Addr, ":", " ", 1))
	synced(t, replica)
	s := open(t, once(t, replica), redisstore.Options{})
	for _, err := range []error{
		s.Insert(t.Context(), payment(newKey())),
		s.Update(t.Context(), p.Key, hold("broken")),
		s.Record(t.Context(), highhelp.Delivery{Key: p.Key}),
	} {
		broken(t, err)
		require.True(t, redis.IsReadOnlyError(err), err)
	}
}

func synced(t *testing.T, replica *server) {
	t.Helper()
	require.Eventually(t, func() bool {
		info, err := replica.client.Info(t.Context(), "replication").Result()
		return err == nil && strings.Contains(info, "master_link_status:up")
	}, 30*time.Second, 10*time.Millisecond, "the replica does not follow")
}

// A server without memory refuses a write as a whole.
func TestOutOfMemory(t *testing.T) {
	for _, name := range []string{redisServer, valkeyServer} {
		t.Run(name, func(t *testing.T) { outOfMemory(t, start(t, name)) })
	}
}

func outOfMemory(t *testing.T, server *server) {
	s := open(t, server.client, redisstore.Options{})
	p := inserted(t, s)
	require.NoError(t, s.Update(t.Context(), p.Key, hold("before")))
	limit := func(bytes string) {
		require.NoError(t, server.client.ConfigSet(t.Context(), "maxmemory", bytes).Err())
	}
	before := dump(t, server.client)

	// In the middle of a change: the lease is taken, the save is refused.
	err := s.Update(t.Context(), p.Key, func(ctx context.Context, p *highhelp.Payment) error {
		p.Held, p.CheckAt = "full", time.Now()
		limit("1")
		return s.Record(ctx, highhelp.Delivery{Key: p.Key, ReceivedAt: time.Now()})
	})
	broken(t, err)
	require.True(t, redis.IsOOMError(err), err)
	require.Equal(t, "before", held(t, s, p.Key), "reading goes on")
	require.Zero(t, server.client.Exists(t.Context(), leaseKey(p.Key)).Val(), "the lease is left")

	for _, err := range []error{
		s.Insert(t.Context(), payment(newKey())),
		s.Update(t.Context(), p.Key, hold("full")),
		s.Record(t.Context(), highhelp.Delivery{Key: p.Key}),
	} {
		broken(t, err)
		require.True(t, redis.IsOOMError(err), err)
	}
	require.Equal(t, before, dump(t, server.client))

	limit("0")
	require.NoError(t, s.Update(t.Context(), p.Key, hold("after")))
}

// dump shows everything on a server but who holds or held what.
func dump(t *testing.T, client *redis.Client) map[string]string {
	t.Helper()
	all := map[string]string{}
	keys, err := client.Keys(t.Context(), "*").Result()
	require.NoError(t, err)
	for _, key := range keys {
		if !strings.Contains(key, ":payment:") {
			all[key], err = client.Dump(t.Context(), key).Result()
			require.NoError(t, err)
			continue
		}
		fields, err := client.HGetAll(t.Context(), key).Result()
		require.NoError(t, err)
		delete(fields, "fence")
		delete(fields, "holder")
		all[key] = fmt.Sprint(fields)
	}
	return all
}

package redisstore_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/redisstore"
	"github.com/stretchr/testify/require"
)

// What was answered is there after a crash of the server, if it has an
// append-only file.
func TestRestartKeepsEverything(t *testing.T) {
	for _, name := range []string{redisServer, valkeyServer} {
		t.Run(name, func(t *testing.T) { restart(t, start(t, name, "--appendonly", "yes", "--appendfsync", "always")) })
	}
}

func restart(t *testing.T, server *server) {
	s := open(t, server.client, redisstore.Options{JournalAge: time.Hour})
	project, at := newKey().ProjectID, time.Now().UTC().Truncate(time.Microsecond)
	const n = 30
	for i := range n {
		p := payment(highhelp.Key{ProjectID: project, OrderID: fmt.Sprint(i)})
		p.CheckAt = at.Add(time.Duration(i) * time.Microsecond)
		require.NoError(t, s.Insert(t.Context(), p))
		require.NoError(t, s.Update(t.Context(), p.Key, func(ctx context.Context, p *highhelp.Payment) error {
			p.Held = "kept"
			return s.Record(ctx, highhelp.Delivery{Key: p.Key, ReceivedAt: at, Raw: []byte("{}")})
		}))
	}
	like := highhelp.Delivery{Key: highhelp.Key{ProjectID: project}}
	journal := deliveries(t, s, like)
	pending, err := s.Pending(t.Context(), project, at.Add(n*time.Microsecond), n)
	require.NoError(t, err)
	require.Len(t, journal, n)
	require.Len(t, pending, n)

	server.kill()
	server.run(t)
	require.Eventually(t, func() bool { return server.client.Ping(t.Context()).Err() == nil }, 20*time.Second, 10*time.Millisecond)
	require.Equal(t, journal, deliveries(t, s, like))
	again, err := s.Pending(t.Context(), project, at.Add(n*time.Microsecond), n)
	require.NoError(t, err)
	require.Equal(t, pending, again)
	for _, p := range pending {
		require.Len(t, deliveries(t, s, highhelp.Delivery{Key: p.Key}), 1)
		require.NoError(t, s.Update(t.Context(), p.Key, hold("after")))
	}
}

// unsaved demands that nothing is written and no change runs.
func unsaved(t *testing.T, s *redisstore.Store, reader *redisstore.Store, reason string) {
	t.Helper()
	p := inserted(t, reader)
	next := payment(newKey())
	for _, err := range []error{
		s.Insert(t.Context(), next),
		s.Update(t.Context(), p.Key, func(context.Context, *highhelp.Payment) error {
			t.Error("a change has run, though nothing can be saved as it must be")
			return nil
		}),
		s.Record(t.Context(), highhelp.Delivery{Key: p.Key}),
	} {
		require.ErrorIs(t, err, redisstore.ErrNotDurable)
		require.ErrorContains(t, err, reason)
	}
	require.ErrorIs(t, s.Check(t.Context()), redisstore.ErrNotDurable)
	_, err := reader.Payment(t.Context(), next.Key)
	require.ErrorIs(t, err, highhelp.ErrNotFound)
	require.Empty(t, deliveries(t, reader, highhelp.Delivery{Key: p.Key}))
}

func TestWaitAOFNeedsFile(t *testing.T) {
	server := start(t, valkeyServer)
	unsaved(t, open(t, server.client, redisstore.Options{WaitAOF: time.Second}), open(t, server.client, redisstore.Options{}), "appendonly is disabled")
}

func TestWaitAOFNeedsServer(t *testing.T) {
	server := start(t, redisServer, "--appendonly", "yes")
	s := open(t, server.client, redisstore.Options{WaitAOF: 20 * time.Second})
	known, err := server.client.Do(t.Context(), "command", "info", "waitaof").Slice()
	require.NoError(t, err)
	if known[0] != nil { // since 7.2
		inserted(t, s)
		return
	}
	unsaved(t, s, open(t, server.client, redisstore.Options{}), "unknown command")
}

// With WaitAOF a write is on disk before it is answered, also where the server
// writes to disk by and by.
func TestWaitAOF(t *testing.T) {
	server := start(t, valkeyServer, "--appendonly", "yes", "--appendfsync", "everysec")
	s := open(t, server.client, redisstore.Options{WaitAOF: 20 * time.Second})
	p := inserted(t, s)
	require.NoError(t, s.Update(t.Context(), p.Key, func(ctx context.Context, p *highhelp.Payment) error {
		p.Held = "saved"
		return s.Record(ctx, highhelp.Delivery{Key: p.Key, ReceivedAt: time.Now()})
	}))
	require.NoError(t, s.Record(t.Context(), highhelp.Delivery{Key: p.Key, ReceivedAt: time.Now()}))
	require.Equal(t, "saved", held(t, s, p.Key))
	require.Len(t, deliveries(t, s, highhelp.Delivery{Key: p.Key}), 2)
	require.ErrorIs(t, s.Insert(t.Context(), p), highhelp.ErrExists)
	require.NoError(t, s.Check(t.Context()))
}

// Where the disk is too slow, the write stands, and the error says what is not
// known.
func TestWaitAOFInTime(t *testing.T) {
	server := start(t, valkeyServer, "--appendonly", "yes", "--appendfsync", "everysec")
	s := open(t, server.client, redisstore.Options{WaitAOF: time.Millisecond, WaitReplicas: 1}) // there is none
	p := payment(newKey())
	err := s.Insert(t.Context(), p)
	require.ErrorIs(t, err, redisstore.ErrNotDurable)
	require.ErrorContains(t, err, "replicas 0 of 1")
	err = s.Update(t.Context(), p.Key, hold("stands"))
	require.ErrorIs(t, err, redisstore.ErrNotDurable)
	require.NotErrorIs(t, err, highhelp.ErrLost)
	require.Equal(t, "stands", held(t, s, p.Key))
	require.Zero(t, server.client.Exists(t.Context(), leaseKey(p.Key)).Val(), "the lease is left")
}

func TestWaitReplicas(t *testing.T) {
	primary := start(t, valkeyServer, "--appendonly", "yes", "--appendfsync", "always")
	replica := start(t, valkeyServer, "--appendonly", "yes", "--appendfsync", "always", "--replicaof", strings.Replace(primary.Addr, ":", " ", 1))
	synced(t, replica)
	s := open(t, primary.client, redisstore.Options{WaitAOF: 20 * time.Second, WaitReplicas: 1})
	p := payment(newKey())
	require.NoError(t, s.Insert(t.Context(), p))
	require.NoError(t, s.Update(t.Context(), p.Key, hold("on both")))
	primary.kill()
	require.NoError(t, replica.client.Do(t.Context(), "replicaof", "no", "one").Err())
	require.Equal(t, "on both", held(t, open(t, replica.client, redisstore.Options{}), p.Key))
}

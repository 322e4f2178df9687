package redisstore_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/redisstore"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

// hostileProjects would move the keys of a project apart, or those of two
// together, if they reached the hash tag as they are.
func hostileProjects() []string {
	return []string{
		"", "%", "%25", "{", "}", "{}", "}{", "a}b", "a{b", "{a}", "a", "a:payment", "a}:payment", "a/b", "a%2Fb", "a b", "a+b", "é", "\x00", "\n",
		"a\x00", "😀", strings.Repeat("}", 255), strings.Repeat("{", 255), strings.Repeat("я", 127),
	}
}

// In a cluster all keys of a project are on one node, whatever its id, so
// every script finds them; and no project sees another's.
func TestHostileProjects(t *testing.T) {
	client := startCluster(t, redisServer)
	s := open(t, client, redisstore.Options{JournalAge: time.Hour, JournalLen: 1000})
	at := time.Now().UTC().Truncate(time.Microsecond)
	projects := hostileProjects()
	for _, project := range projects {
		p := payment(highhelp.Key{ProjectID: project, OrderID: "}{order:\x00"})
		p.CheckAt = at
		require.NoError(t, s.Insert(t.Context(), p), "%q", project)
		require.NoError(t, s.Update(t.Context(), p.Key, func(ctx context.Context, p *highhelp.Payment) error {
			require.Equal(t, project, p.ProjectID)
			p.Held = "held"
			return s.Record(ctx, highhelp.Delivery{Key: p.Key, ReceivedAt: at.Add(-time.Hour)})
		}), "%q", project)
		require.NoError(t, s.Record(t.Context(), highhelp.Delivery{Key: highhelp.Key{ProjectID: project}, ReceivedAt: at}))
	}
	for _, project := range projects {
		list, err := s.Pending(t.Context(), project, at, 10)
		require.NoError(t, err)
		require.Len(t, list, 1, "%q", project)
		require.Equal(t, project, list[0].ProjectID)
		require.Len(t, deliveries(t, s, highhelp.Delivery{Key: list[0].Key}), 1)
		require.Len(t, deliveries(t, s, highhelp.Delivery{Key: highhelp.Key{ProjectID: project}}), 2)
		n, err := s.Prune(t.Context(), project, at.Add(time.Minute), 10)
		require.NoError(t, err)
		require.Equal(t, 2, n)
	}
	together(t, client, len(projects))
}

// together demands that the keys of each project have one slot.
func together(t *testing.T, client *redis.ClusterClient, projects int) {
	t.Helper()
	var mu sync.Mutex // the nodes are asked at once
	slots := map[string]map[int64]bool{}
	require.NoError(t, client.ForEachMaster(t.Context(), func(ctx context.Context, node *redis.Client) error {
		mu.Lock()
		defer mu.Unlock()
		keys, err := node.Keys(ctx, "*").Result()
		for _, key := range keys {
			tag := key[strings.Index(key, "{") : strings.Index(key, "}")+1]
			if slots[tag] == nil {
				slots[tag] = map[int64]bool{}
			}
			slots[tag][node.ClusterKeySlot(ctx, key).Val()] = true
		}
		return err
	}))
	require.Len(t, slots, projects)
	for tag, of := range slots {
		require.Len(t, of, 1, tag)
	}
}

// Stores with different prefixes share a server and nothing else.
func TestPrefixes(t *testing.T) {
	client := running(t)
	k := newKey()
	prefixes := []string{prefix, prefix + ":", prefix + "a", prefix + ":payment"}
	for _, prefix := range prefixes {
		p := payment(k)
		p.Held, p.CheckAt = prefix, p.CreatedAt
		require.NoError(t, open(t, client, redisstore.Options{Prefix: prefix}).Insert(t.Context(), p))
	}
	for _, prefix := range prefixes {
		s := open(t, client, redisstore.Options{Prefix: prefix})
		require.Equal(t, prefix, held(t, s, k))
		list, err := s.Pending(t.Context(), k.ProjectID, time.Now(), 10)
		require.NoError(t, err)
		require.Len(t, list, 1)
	}
}

func TestIDsThatAreNoText(t *testing.T) {
	s := open(t, running(t), redisstore.Options{})
	for _, k := range []highhelp.Key{{ProjectID: "p", OrderID: "\xff"}, {ProjectID: "\xff", OrderID: "1"}} {
		broken(t, s.Insert(t.Context(), payment(k)))
		_, err := s.Payment(t.Context(), k)
		require.ErrorIs(t, err, highhelp.ErrNotFound)
	}
}

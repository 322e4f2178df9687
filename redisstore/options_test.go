package redisstore_test

import (
	"testing"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/redisstore"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

// What New refuses; no server is asked.
func TestNewRefuses(t *testing.T) {
	good := func() redis.UniversalClient { return connect("127.0.0.1:1") }
	cluster := func(o redis.ClusterOptions) func() redis.UniversalClient {
		o.Addrs, o.ContextTimeoutEnabled = []string{"127.0.0.1:1"}, true
		return func() redis.UniversalClient { return redis.NewClusterClient(&o) }
	}
	for name, c := range map[string]struct {
		client func() redis.UniversalClient
		o      redisstore.Options
		fields []string
	}{
		"no client":       {func() redis.UniversalClient { return nil }, redisstore.Options{}, []string{"New"}},
		"deaf client":     {func() redis.UniversalClient { return redis.NewClient(&redis.Options{}) }, redisstore.Options{}, []string{"New"}},
		"ring":            {func() redis.UniversalClient { return redis.NewRing(&redis.RingOptions{}) }, redisstore.Options{}, []string{"New"}},
		"reads replicas":  {cluster(redis.ClusterOptions{ReadOnly: true}), redisstore.Options{}, []string{"New"}},
		"by latency":      {cluster(redis.ClusterOptions{RouteByLatency: true}), redisstore.Options{}, []string{"New"}},
		"at random":       {cluster(redis.ClusterOptions{RouteRandomly: true}), redisstore.Options{}, []string{"New"}},
		"brace":           {good, redisstore.Options{Prefix: "a{b"}, []string{"Options.Prefix"}},
		"short lease":     {good, redisstore.Options{Lease: 99 * time.Millisecond}, []string{"Options.Lease"}},
		"negative lease":  {good, redisstore.Options{Lease: -1}, []string{"Options.Lease"}},
		"short age":       {good, redisstore.Options{JournalAge: time.Microsecond}, []string{"Options.JournalAge"}},
		"negative length": {good, redisstore.Options{JournalLen: -1}, []string{"Options.JournalLen"}},
		"short wait":      {good, redisstore.Options{WaitAOF: 1}, []string{"Options.WaitAOF"}},
		"no wait":         {good, redisstore.Options{WaitReplicas: 1}, []string{"Options.WaitReplicas"}},
		"all at once":     {good, redisstore.Options{Prefix: "}", Lease: 1, WaitReplicas: -1}, []string{"Options.Prefix", "Options.Lease", "Options.WaitReplicas"}},
	} {
		t.Run(name, func(t *testing.T) {
			client := c.client()
			if client != nil {
				defer client.Close()
			}
			s, err := redisstore.New(client, c.o)
			require.Nil(t, s)
			all, ok := err.(interface{ Unwrap() []error })
			require.True(t, ok, err)
			var fields []string
			for _, err := range all.Unwrap() {
				var mistake *highhelp.ConfigError
				require.ErrorAs(t, err, &mistake)
				fields = append(fields, mistake.Field)
			}
			for i := range c.fields {
				c.fields[i] = "redisstore." + c.fields[i]
			}
			require.Equal(t, c.fields, fields)
		})
	}
	for _, client := range []redis.UniversalClient{good(), cluster(redis.ClusterOptions{})()} {
		defer client.Close()
		s, err := redisstore.New(client, redisstore.Options{})
		require.NoError(t, err)
		require.False(t, s.Transactional())
	}
}

// A client that answers from a cache of its own may answer with what was.
func TestNewRefusesCache(t *testing.T) {
	client := redis.NewClient(&redis.Options{
		Addr: "127.0.0.1:1", ContextTimeoutEnabled: true, ClientSideCacheConfig: &redis.ClientSideCacheConfig{},
	})
	defer client.Close()
	_, err := redisstore.New(client, redisstore.Options{})
	require.ErrorContains(t, err, "caches")
}

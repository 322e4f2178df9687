package redisstore_test

import (
	"testing"

	"github.com/go-highhelp/highhelp/redisstore"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

func TestCheck(t *testing.T) {
	for _, name := range []string{redisServer, valkeyServer} {
		t.Run(name, func(t *testing.T) {
			server := start(t, name, "--appendonly", "yes", "--appendfsync", "everysec")
			s := open(t, server.client, redisstore.Options{})
			require.NoError(t, s.Check(t.Context()))
			got, err := s.Settings(t.Context())
			require.NoError(t, err)
			require.Equal(t, []redisstore.Setting{
				{Addr: server.Addr, Name: "maxmemory-policy", Value: "noeviction", Want: []string{"noeviction"}},
				{Addr: server.Addr, Name: "appendonly", Value: "yes", Want: []string{"yes"}},
				{Addr: server.Addr, Name: "appendfsync", Value: "everysec", Want: []string{"always", "everysec"}},
			}, got)
		})
	}
}

func TestCheckFindsWhatIsUnsafe(t *testing.T) {
	server := start(t, redisServer, "--maxmemory-policy", "allkeys-lru", "--appendfsync", "no")
	err := open(t, server.client, redisstore.Options{}).Check(t.Context())
	var setting *redisstore.SettingError
	require.ErrorAs(t, err, &setting)
	require.Equal(t, "maxmemory-policy", setting.Name)
	require.Equal(t, "allkeys-lru", setting.Value)
	all, ok := err.(interface{ Unwrap() []error })
	require.True(t, ok)
	require.Len(t, all.Unwrap(), 3)
	require.ErrorContains(t, err, "redisstore: server "+server.Addr+" has appendonly no, payments need yes")
	require.ErrorContains(t, err, "has appendfsync no, payments need always or everysec")
}

// A hosted server may refuse to tell. What is not known is not an error, and
// not taken for safe either.
func TestCheckOfSilentServer(t *testing.T) {
	server := start(t, redisServer)
	require.NoError(t, server.client.Do(t.Context(), "acl", "setuser", "shop", "on", "nopass", "~*", "&*", "+@all", "-config", "-info").Err())
	client := redis.NewClient(&redis.Options{Addr: server.Addr, Username: "shop", Password: "any", ContextTimeoutEnabled: true})
	defer client.Close()
	s := open(t, client, redisstore.Options{})
	require.NoError(t, s.Check(t.Context()))
	got, err := s.Settings(t.Context())
	require.NoError(t, err)
	require.Len(t, got, 3)
	for _, setting := range got {
		require.Empty(t, setting.Value, setting.Name)
	}
	inserted(t, s)
}

func TestCheckOfCluster(t *testing.T) {
	client := startCluster(t, redisServer, "--maxmemory-policy", "volatile-ttl", "--appendonly", "yes")
	s := open(t, client, redisstore.Options{})
	got, err := s.Settings(t.Context())
	require.NoError(t, err)
	require.Len(t, got, 9)
	addrs := map[string]bool{}
	for _, setting := range got {
		addrs[setting.Addr] = true
	}
	require.Len(t, addrs, 3)
	all, ok := s.Check(t.Context()).(interface{ Unwrap() []error })
	require.True(t, ok)
	require.Len(t, all.Unwrap(), 3)
}

func TestCheckOfNoServer(t *testing.T) {
	server := start(t, redisServer)
	server.kill()
	err := open(t, server.client, redisstore.Options{}).Check(t.Context())
	require.Error(t, err)
	var setting *redisstore.SettingError
	require.NotErrorAs(t, err, &setting)
}

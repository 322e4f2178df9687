package redisstore_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp/redisstore"
	"github.com/go-highhelp/highhelp/storetest"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

func TestConformance(t *testing.T) { conforms(t, redisstore.Options{}, running(t), running(t)) }

func TestConformanceOnCluster(t *testing.T) {
	conformsOnCluster(t, redisstore.Options{}, startCluster(t, redisServer))
}

func TestConformanceOnValkey(t *testing.T) {
	s := start(t, valkeyServer)
	other := connect(s.Addr)
	defer other.Close()
	conforms(t, redisstore.Options{}, s.client, other)
}

func TestConformanceOnValkeyCluster(t *testing.T) {
	conformsOnCluster(t, redisstore.Options{}, startCluster(t, valkeyServer))
}

// Each write waits for the disk, on the node where it belongs.
func TestConformanceWithWaitAOF(t *testing.T) {
	cluster := startCluster(t, valkeyServer, "--appendonly", "yes", "--appendfsync", "always")
	conformsOnCluster(t, redisstore.Options{WaitAOF: 20 * time.Second}, cluster)
}

func conformsOnCluster(t *testing.T, o redisstore.Options, client *redis.ClusterClient) {
	other := redis.NewClusterClient(client.Options())
	defer other.Close()
	conforms(t, o, client, other)
}

// conforms runs the suite with two stores that have connections of their own,
// as two processes do.
func conforms(t *testing.T, o redisstore.Options, client, other redis.UniversalClient) {
	storetest.Run(t, func(t *testing.T) storetest.Harness {
		return storetest.Harness{Store: open(t, client, o), Other: open(t, other, o)}
	})
}

// README.md says which commands a user of the server needs.
func TestConformanceWithFewRights(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	rights := regexp.MustCompile("`ACL SETUSER shop on >SECRET ~highhelp:\\* ([^`]*)`").FindSubmatch(readme)
	require.NotNil(t, rights)
	server := start(t, redisServer)
	user := []any{"acl", "setuser", "shop", "on", ">secret", "~" + prefix + ":*"}
	for _, right := range strings.Fields(string(rights[1])) {
		user = append(user, right)
	}
	require.NoError(t, server.client.Do(t.Context(), user...).Err())
	client := redis.NewClient(&redis.Options{Addr: server.Addr, Username: "shop", Password: "secret", ContextTimeoutEnabled: true})
	defer client.Close()
	conforms(t, redisstore.Options{JournalAge: time.Hour, JournalLen: 1_000_000}, client, client)
}

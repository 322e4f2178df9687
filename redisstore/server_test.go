package redisstore_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

// The servers that tests start by themselves. Each of two environment
// variables can name another binary than the one on the PATH.
const (
	redisServer  = "redis-server"
	valkeyServer = "valkey-server"
)

// hasValkeyPackage reports whether Valkey could be installed: not every Debian
// has it.
var hasValkeyPackage = sync.OnceValue(func() bool { return exec.Command("apt-cache", "show", valkeyServer).Run() == nil })

func binary(t testing.TB, name string) string {
	t.Helper()
	variable := map[string]string{redisServer: "HIGHHELP_TEST_REDIS_SERVER", valkeyServer: "HIGHHELP_TEST_VALKEY_SERVER"}[name]
	path := os.Getenv(variable)
	if path == "" {
		path = name
	}
	path, err := exec.LookPath(path)
	if err != nil && name == valkeyServer && !hasValkeyPackage() {
		t.Skip("there is no " + name + ", and no package of it")
	}
	if err != nil {
		missing(t, name+"; "+variable+" can name one")
	}
	return path
}

// A server is a process of the test's own.
type server struct {
	Addr   string
	path   string
	args   []string
	cmd    *exec.Cmd
	client *redis.Client
}

// start starts a server with nothing in it, on a free port of the loopback.
func start(t testing.TB, name string, args ...string) *server {
	t.Helper()
	return startAt(t, name, freePort(t), args...)
}

func startAt(t testing.TB, name string, port int, args ...string) *server {
	t.Helper()
	s := &server{
		Addr: "127.0.0.1:" + strconv.Itoa(port), path: binary(t, name),
		args: append([]string{
			"--port", strconv.Itoa(port), "--bind", "127.0.0.1", "--dir", t.TempDir(), "--save", "", "--logfile", "server.log", "--repl-diskless-sync-delay", "0",
		}, args...),
	}
	s.client = connect(s.Addr)
	t.Cleanup(func() {
		s.kill()
		s.client.Close()
	})
	s.run(t)
	return s
}

// run starts the process and waits until it answers, be it with an error.
func (s *server) run(t testing.TB) {
	t.Helper()
	s.cmd = exec.Command(s.path, s.args...)
	require.NoError(t, s.cmd.Start())
	require.Eventually(t, func() bool {
		conn, err := net.Dial("tcp", s.Addr)
		if err == nil {
			conn.Close()
		}
		return err == nil
	}, 20*time.Second, 10*time.Millisecond, "the server does not answer")
}

// kill ends the process as a crash does.
func (s *server) kill() {
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
}

// freePort returns a port that is free, and so is the one that a cluster uses
// beside it.
func freePort(t testing.TB) int {
	t.Helper()
	for range 100 {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		defer listener.Close()
		port := listener.Addr().(*net.TCPAddr).Port
		bus, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", busPort(port)))
		if err == nil {
			bus.Close()
			return port
		}
	}
	t.Fatal("there are no free ports")
	return 0
}

// busPort is a cluster's second port; its usual place may be beyond the last.
func busPort(port int) int { return 20000 + port%10000 }

// startCluster starts a cluster of three primaries.
func startCluster(t testing.TB, name string, args ...string) *redis.ClusterClient {
	t.Helper()
	const nodes, slots = 3, 16384
	servers := make([]*server, nodes)
	var addrs []string
	for i := range servers {
		servers[i] = startNode(t, name, args...)
		addrs = append(addrs, servers[i].Addr)
		require.NoError(t, servers[i].client.ClusterAddSlotsRange(t.Context(), i*slots/nodes, (i+1)*slots/nodes-1).Err())
	}
	for _, s := range servers[1:] {
		host, port, err := net.SplitHostPort(servers[0].Addr)
		require.NoError(t, err)
		n, err := strconv.Atoi(port)
		require.NoError(t, err)
		require.NoError(t, s.client.Do(t.Context(), "cluster", "meet", host, port, busPort(n)).Err())
	}
	for _, s := range servers {
		require.Eventually(t, func() bool {
			info, err := s.client.ClusterInfo(t.Context()).Result()
			return err == nil && strings.Contains(info, "cluster_state:ok") && strings.Contains(info, "cluster_known_nodes:3")
		}, 60*time.Second, 50*time.Millisecond, "the cluster does not come together")
	}
	client := redis.NewClusterClient(&redis.ClusterOptions{Addrs: addrs, ContextTimeoutEnabled: true})
	t.Cleanup(func() { client.Close() })
	return client
}

func startNode(t testing.TB, name string, args ...string) *server {
	t.Helper()
	port := freePort(t)
	return startAt(t, name, port, append([]string{
		"--cluster-enabled", "yes", "--cluster-port", strconv.Itoa(busPort(port)), "--cluster-node-timeout", "5000",
	}, args...)...)
}

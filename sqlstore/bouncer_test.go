package sqlstore_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp/sqlstore"
	"github.com/go-highhelp/highhelp/storetest"
	"github.com/stretchr/testify/require"
)

// The whole contract holds behind PgBouncer in transaction mode, where each
// transaction may get another connection. pgx must be told not to name its
// statements; the Store prepares none.
func TestPgBouncer(t *testing.T) {
	d := newDatabase(t, sqlstore.PostgreSQL)
	require.NoError(t, d.store(t).Migrate(t.Context()))
	shop := d.shop(t)
	behind := *d
	behind.dsn = startBouncer(t, d)
	h := storetest.Harness{Store: behind.store(t), Other: behind.store(t), Write: shop.ship, Written: shop.shipped, Doom: shop.doom}
	storetest.Run(t, func(*testing.T) storetest.Harness { return h })
}

// A Migrate through PgBouncer is whole too: its lock ends with its transaction.
func TestMigrateThroughPgBouncer(t *testing.T) {
	d := newDatabase(t, sqlstore.PostgreSQL)
	behind := *d
	behind.dsn = startBouncer(t, d)
	const processes = 4
	results := make(chan error, processes)
	for range processes {
		s := behind.store(t)
		go func() { results <- s.Migrate(t.Context()) }()
	}
	for range processes {
		require.NoError(t, <-results)
	}
	payment(t, behind.store(t), orderKey("1"))
}

// startBouncer starts a PgBouncer before the database, and returns the DSN that
// leads through it.
func startBouncer(t *testing.T, d *database) string {
	t.Helper()
	path, err := exec.LookPath("pgbouncer")
	if err != nil {
		path, err = exec.LookPath("/usr/sbin/pgbouncer")
	}
	if err != nil {
		missing(t, "pgbouncer", err)
	}
	u, err := url.Parse(d.dsn)
	require.NoError(t, err)
	address := freeAddress(t)
	cmd := exec.CommandContext(t.Context(), path, bouncerConfig(t, u, address))
	if os.Getuid() == 0 { // it refuses to be root
		cmd.Args = []string{path, "-u", "nobody", cmd.Args[1]}
	}
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Log(log.String())
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	require.NoError(t, until(ctx, func() (bool, error) {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			conn.Close()
		}
		return err == nil, nil
	}), "pgbouncer does not start")
	name := u.User.Username()
	return "postgres://" + url.User(name).String() + "@" + address + "/test?sslmode=disable&default_query_exec_mode=exec"
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	return listener.Addr().String()
}

// bouncerConfig writes a configuration with fewer connections than the tests
// have callers, so that transactions do change places.
func bouncerConfig(t *testing.T, u *url.URL, address string) string {
	t.Helper()
	host, port, err := net.SplitHostPort(address)
	require.NoError(t, err)
	server := fmt.Sprintf("host=%s port=%s dbname=%s user=%s", u.Hostname(), u.Port(), filepath.Base(u.Path), u.User.Username())
	if password, ok := u.User.Password(); ok {
		server += " password=" + password
	}
	dir := t.TempDir()
	for _, d := range []string{filepath.Dir(dir), dir} { // another user must read it
		require.NoError(t, os.Chmod(d, 0o755))
	}
	file := filepath.Join(dir, "pgbouncer.ini")
	require.NoError(t, os.WriteFile(file, []byte(`[databases]
test = `+server+` connect_query='SET search_path TO `+u.Query().Get("search_path")+`'
[pgbouncer]
listen_addr = `+host+`
listen_port = `+port+`
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 8
max_client_conn = 200
server_reset_query_always = 0
`), 0o644))
	return file
}

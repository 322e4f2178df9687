package main

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/examples/internal/testdb"
	"github.com/go-highhelp/highhelp/highhelptest"
	"github.com/go-highhelp/highhelp/sandbox"
	"github.com/stretchr/testify/require"
)

// childEnv makes a shop of the test binary: one that kills itself, or not.
const (
	childEnv = "OUTBOX_CHILD"
	killed   = "killed"
	unharmed = "unharmed"
)

// TestMain lets the test binary be a shop that can be killed.
func TestMain(m *testing.M) {
	send := carrier(sendParcel)
	switch os.Getenv(childEnv) {
	case "":
		os.Exit(m.Run())
	case killed:
		send = killer()
	}
	ctx, stop := context.WithCancel(context.Background())
	go func() { // until the test is over
		_, _ = io.Copy(io.Discard, os.Stdin)
		stop()
	}()
	if err := run(ctx, os.Getenv, send, func(string) { fmt.Println("ready") }); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// killer stops at its first order before the parcel is sent, and kills the
// process at the second one, when its parcel is sent and the job not yet done.
func killer() carrier {
	var orders atomic.Int32
	return func(ctx context.Context, db *sql.DB, id string) error {
		if orders.Add(1) == 1 {
			select {}
		}
		if err := sendParcel(ctx, db, id); err != nil {
			return err
		}
		return syscall.Kill(os.Getpid(), syscall.SIGKILL)
	}
}

// start runs a shop in a process of its own, and returns what waits for its
// end.
func start(t *testing.T, env []string, fate string) (end func()) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env, cmd.Stderr = append(append(os.Environ(), env...), childEnv+"="+fate), t.Output()
	stdin, err := cmd.StdinPipe()
	require.NoError(t, err)
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	line, err := bufio.NewReader(stdout).ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "ready\n", line)
	return func() {
		if fate == killed {
			late := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Signal(syscall.SIGTERM) })
			defer late.Stop()
			require.ErrorContains(t, cmd.Wait(), "signal: killed")
			return
		}
		require.NoError(t, stdin.Close())
		require.NoError(t, cmd.Wait(), "it ends cleanly")
	}
}

// freeAddr is an address that callbacks find the shop at, before and after. It
// is below those that systems give to whoever asks for any.
func freeAddr(t *testing.T) string {
	t.Helper()
	for range 100 {
		addr := fmt.Sprint("127.0.0.1:", 10_000+rand.IntN(20_000))
		if l, err := net.Listen("tcp", addr); err == nil {
			require.NoError(t, l.Close())
			return addr
		}
	}
	t.Fatal("no address is free")
	return ""
}

// A shop that is killed between the commit of a payment and its parcel sends
// the parcel when it is back. One that is killed between the parcel and its
// note of it asks for it again, and it is still one.
func TestKilled(t *testing.T) {
	dsn, db := testdb.Open(t)
	gateway, addr := highhelptest.New(t), freeAddr(t)
	files, shop := gateway.KeyFiles(), "http://"+addr
	env := []string{
		"SHOP_ADDR=" + addr, "DATABASE_URL=" + dsn, "HIGHHELP_BASE_URL=" + gateway.BaseURL, "HIGHHELP_PROJECT_ID=" + highhelptest.ProjectID,
		"HIGHHELP_PRIVATE_KEY_FILE=" + files.RequestPrivate, "HIGHHELP_CALLBACK_PUBLIC_KEY_FILE=" + files.CallbackPublic,
	}
	end := start(t, env, killed)
	var orders []string
	for range 2 {
		id := strings.TrimSpace(ask(t, "POST", shop+"/orders", nil))
		ask(t, "POST", shop+"/pay/tickets", url.Values{"order_id": {id}})
		orders = append(orders, id)
	}
	for _, id := range orders {
		require.Equal(t, "new\n", ask(t, "GET", shop+"/orders/"+id, nil))
		_, err := gateway.Act(id, sandbox.Pay)
		require.NoError(t, err)
	}
	gateway.Settle()
	end()
	require.Equal(t, map[string]int{"paid": 2, "sent": 1, "asked": 1}, count(t, db))

	testdb.Exec(t, db, "UPDATE river_job SET attempted_at = attempted_at - INTERVAL '1 hour' WHERE state = 'running'")
	testdb.Exec(t, db, "DELETE FROM river_leader") // an hour has passed
	end = start(t, env, unharmed)
	want := map[string]int{"paid": 2, "sent": 2, "asked": 3}
	require.Eventually(t, func() bool { return maps.Equal(want, count(t, db)) }, time.Minute, 10*time.Millisecond)
	for _, id := range orders {
		require.Equal(t, "sent\n", ask(t, "GET", shop+"/orders/"+id, nil))
	}
	end()
	require.Equal(t, want, count(t, db))
}

// count returns how many orders are paid, how many parcels there are, and how
// often the carrier was asked for them.
func count(t *testing.T, db *sql.DB) map[string]int {
	t.Helper()
	var paid, sent, asked int
	require.NoError(t, db.QueryRowContext(t.Context(), `SELECT (SELECT count(paid_at) FROM outbox_orders),
		(SELECT count(*) FROM parcels), (SELECT coalesce(sum(asked), 0) FROM parcels)`).Scan(&paid, &sent, &asked))
	return map[string]int{"paid": paid, "sent": sent, "asked": asked}
}

// Without a commit there is neither a paid order nor a job; with one there are
// both, however often the callback comes.
func TestOneTransaction(t *testing.T) {
	_, db := testdb.Open(t)
	server := httptest.NewServer(nil)
	defer server.Close()
	cfg := highhelptest.New(t).Config()
	cfg.PublicURL = server.URL + "/pay"
	s, err := newShop(t.Context(), db, cfg, sendParcel) // whose worker is not started
	require.NoError(t, err)
	server.Config.Handler = s.routes()
	id := strings.TrimSpace(ask(t, "POST", server.URL+"/orders", nil))
	ask(t, "POST", server.URL+"/pay/tickets", url.Values{"order_id": {id}})
	state := func() (paid, jobs int) {
		require.NoError(t, db.QueryRowContext(t.Context(), "SELECT (SELECT count(paid_at) FROM outbox_orders), (SELECT count(*) FROM river_job)").Scan(&paid, &jobs))
		return paid, jobs
	}

	testdb.Exec(t, db, `CREATE FUNCTION refuse() RETURNS trigger AS $$ BEGIN
		IF EXISTS (SELECT FROM river_job) THEN RAISE EXCEPTION 'out of order'; END IF;
		RETURN NEW;
	END $$ LANGUAGE plpgsql`)
	testdb.Exec(t, db, `CREATE TRIGGER refuse BEFORE UPDATE ON highhelp_payments FOR EACH ROW EXECUTE FUNCTION refuse()`)
	success := highhelp.Event{Key: highhelp.Key{OrderID: id}, Status: highhelp.Status{Main: "success"}, Amount: price}
	require.Equal(t, 503, highhelptest.Post(t, server.URL+"/pay", success).StatusCode)
	paid, jobs := state()
	require.Equal(t, [2]int{0, 0}, [2]int{paid, jobs})

	testdb.Exec(t, db, `DROP TRIGGER refuse ON highhelp_payments`)
	for range 3 {
		require.Equal(t, 200, highhelptest.Post(t, server.URL+"/pay", success).StatusCode)
	}
	paid, jobs = state()
	require.Equal(t, [2]int{1, 1}, [2]int{paid, jobs})
}

func ask(t *testing.T, method, target string, form url.Values) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, target, strings.NewReader(form.Encode()))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.Less(t, resp.StatusCode, 400, string(text))
	return string(text)
}

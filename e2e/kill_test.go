package e2e

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp/sandbox"
	"github.com/go-highhelp/highhelp/sqlstore"
	"github.com/stretchr/testify/require"
)

const killProject = "kill"

// rounds is how often each suite kills; HIGHHELP_KILL_ROUNDS changes it.
func rounds(t *testing.T) int {
	t.Helper()
	text := os.Getenv("HIGHHELP_KILL_ROUNDS")
	if text == "" {
		return 60
	}
	n, err := strconv.Atoi(text)
	require.NoError(t, err)
	return n
}

// A database is one on which children keep their payments.
type database struct{ driver, dsn, dialect string }

func sqliteDatabase(t *testing.T) database {
	return database{"sqlite", "file:" + filepath.Join(t.TempDir(), "kill.db") + "?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)", string(sqlstore.SQLite)}
}

func postgresDatabase(t *testing.T) database {
	t.Helper()
	dsn := os.Getenv("HIGHHELP_TEST_POSTGRES")
	if dsn == "" {
		dsn = "postgres://postgres@127.0.0.1:5432/test?sslmode=disable"
	}
	db, err := sql.Open("pgx", dsn)
	require.NoError(t, err)
	defer db.Close()
	if db.PingContext(t.Context()) != nil {
		missing(t, "PostgreSQL")
	}
	return database{"pgx", dsn, string(sqlstore.PostgreSQL)}
}

// A scene is a gateway in this process, and a database for the children.
type scene struct {
	t       *testing.T
	cfg     childConfig
	db      *sql.DB
	gateway *sandbox.Gateway
	keys    *sandbox.Keys
	client  *http.Client

	mu       sync.Mutex
	answered map[string]bool // orders whose success was answered with 200
}

func newScene(t *testing.T, d database) *scene {
	t.Helper()
	s := &scene{t: t, client: &http.Client{Timeout: 10 * time.Second}, answered: map[string]bool{}}
	var err error
	s.keys, err = sandbox.GenerateKeys(killProject)
	require.NoError(t, err)
	s.cfg = childConfig{
		Keys: t.TempDir(), Driver: d.driver, DSN: d.dsn, Dialect: d.dialect, Addr: freeAddr(t),
		Prefix: fmt.Sprintf("kill_%x_", rand.Uint32()),
	}
	require.NoError(t, s.keys.WriteFiles(s.cfg.Keys))
	s.openDatabase(d)
	s.startGateway()
	return s
}

func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().String()
}

func (s *scene) openDatabase(d database) {
	var err error
	s.db, err = sql.Open(d.driver, d.dsn)
	require.NoError(s.t, err)
	store, err := sqlstore.New(sqlstore.Config{DB: s.db, Dialect: sqlstore.Dialect(d.dialect), Prefix: s.cfg.Prefix})
	require.NoError(s.t, err)
	require.NoError(s.t, store.Migrate(s.t.Context()))
	_, err = s.db.ExecContext(s.t.Context(), "CREATE TABLE "+s.cfg.Prefix+"orders (id VARCHAR(255) PRIMARY KEY, shipped INTEGER NOT NULL)")
	require.NoError(s.t, err)
	s.t.Cleanup(s.dropTables)
}

// dropTables leaves the database as it was.
func (s *scene) dropTables() {
	defer s.db.Close()
	if s.cfg.Dialect != string(sqlstore.PostgreSQL) {
		return
	}
	rows, err := s.db.Query("SELECT tablename FROM pg_tables WHERE tablename LIKE $1", strings.ReplaceAll(s.cfg.Prefix, "_", `\_`)+"%")
	require.NoError(s.t, err)
	var names []string
	for rows.Next() {
		var name string
		require.NoError(s.t, rows.Scan(&name))
		names = append(names, name)
	}
	require.NoError(s.t, rows.Err())
	for _, name := range names {
		_, err := s.db.Exec("DROP TABLE " + name)
		require.NoError(s.t, err)
	}
}

func (s *scene) startGateway() {
	project := s.keys.Project()
	project.CallbackSigner = s.keys.CallbackHMAC
	server := httptest.NewUnstartedServer(nil)
	s.cfg.Gateway = "http://" + server.Listener.Addr().String()
	var schedule []time.Duration
	for range 400 {
		schedule = append(schedule, 20*time.Millisecond)
	}
	var err error
	s.gateway, err = sandbox.New(sandbox.Config{
		PublicURL: s.cfg.Gateway, Projects: []sandbox.Project{project}, Schedule: schedule, TryTimeout: 10 * time.Second,
		Logger: slog.New(slog.DiscardHandler), HTTPClient: &http.Client{Transport: s},
	})
	require.NoError(s.t, err)
	server.Config.Handler = s.gateway
	server.Start()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.gateway.Run(ctx) }()
	s.t.Cleanup(func() {
		stop()
		<-ended
		server.Close()
	})
}

// RoundTrip sends a callback of the gateway, and remembers which were answered
// with 200.
func (s *scene) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	r = r.Clone(r.Context())
	r.Body = io.NopCloser(bytes.NewReader(body))
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err == nil && resp.StatusCode == http.StatusOK && strings.HasSuffix(r.URL.Path, "/success") {
		var c struct {
			General struct {
				Payment string `json:"payment_id"`
			}
		}
		if err := json.Unmarshal(body, &c); err != nil {
			return nil, err
		}
		order, _, _ := strings.Cut(c.General.Payment, "~")
		s.mu.Lock()
		defer s.mu.Unlock()
		s.answered[order] = true
	}
	return resp, err
}

// A running child.
type running struct {
	cmd    *exec.Cmd
	ended  chan struct{}
	output bytes.Buffer
	stdin  io.Closer
}

// start runs a child that kills itself at a point, or lives on for "".
func (s *scene) start(addr, point string) *running {
	s.t.Helper()
	cfg := s.cfg
	cfg.Addr, cfg.KillAt = addr, point
	config, err := json.Marshal(cfg)
	require.NoError(s.t, err)
	r := &running{cmd: exec.Command(os.Args[0]), ended: make(chan struct{})}
	r.cmd.Env = append(os.Environ(), childEnv+"="+string(config))
	r.cmd.Stderr = &r.output
	r.stdin, err = r.cmd.StdinPipe()
	require.NoError(s.t, err)
	stdout, err := r.cmd.StdoutPipe()
	require.NoError(s.t, err)
	require.NoError(s.t, r.cmd.Start())
	ready := make(chan bool, 1)
	go func() {
		line, _ := bufio.NewReader(stdout).ReadString('\n')
		ready <- line == "ready\n"
		_ = r.cmd.Wait() // a child that is killed ends with an error
		close(r.ended)
	}()
	if !<-ready {
		<-r.ended
		s.t.Fatalf("the child did not start: %s", r.output.String())
	}
	return r
}

func (r *running) dead() bool {
	select {
	case <-r.ended:
		return true
	default:
		return false
	}
}

func (r *running) kill() {
	_ = r.cmd.Process.Kill()
	<-r.ended
}

// click asks a shop for a ticket and returns its payment_id, or "".
func (s *scene) click(addr, order string) string {
	resp, err := s.client.Post("http://"+addr+"/pay/tickets", "application/json", strings.NewReader(`{"order_id":"`+order+`"}`))
	if err != nil {
		return ""
	}
	defer resp.Body.Close()
	var ticket struct {
		PaymentID string `json:"payment_id"`
	}
	if resp.StatusCode != http.StatusOK || json.NewDecoder(resp.Body).Decode(&ticket) != nil {
		return ""
	}
	return ticket.PaymentID
}

func (s *scene) shipped(order string) int {
	query := "SELECT shipped FROM " + s.cfg.Prefix + "orders WHERE id = '" + order + "'"
	var n int
	err := s.db.QueryRow(query).Scan(&n)
	if !errors.Is(err, sql.ErrNoRows) {
		require.NoError(s.t, err)
	}
	return n
}

// wait looks until something is so, for as long as nothing has gone wrong.
func (s *scene) wait(what string, so func() bool) {
	s.t.Helper()
	require.Eventually(s.t, so, time.Minute, 2*time.Millisecond, what)
}

// A verdict is what became of all orders.
type verdict struct{ orders, lost, doubled, forgotten int }

// judge counts, when everything has been answered.
func (s *scene) judge(orders []string) (v verdict) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v.orders = len(orders)
	for _, order := range orders {
		switch n := s.shipped(order); {
		case n == 0:
			v.lost++
			if s.answered[order] {
				v.forgotten++
			}
		case n > 1:
			v.doubled++
		}
	}
	return v
}

// TestKill kills the shop at every named point and at random ones, while the
// gateway keeps coming again. Every order must be shipped once, and no 200 be
// forgotten.
func TestKill(t *testing.T) {
	for _, c := range []struct {
		name string
		open func(*testing.T) database
	}{{"SQLite", sqliteDatabase}, {"PostgreSQL", postgresDatabase}} {
		t.Run(c.name, func(t *testing.T) {
			s := newScene(t, c.open(t))
			kills, orders := s.killRounds(rounds(t))
			v := s.judge(orders)
			t.Logf("%s: %d kills, %d orders: %d lost, %d doubled, %d forgotten", c.name, sum(kills), v.orders, v.lost, v.doubled, v.forgotten)
			for _, point := range append(killPoints, atRandom) {
				t.Logf("  %5d %s", kills[point], point)
				require.NotZero(t, kills[point], "nothing was killed %s", point)
			}
			require.Equal(t, verdict{orders: len(orders)}, v)
		})
	}
}

const atRandom = "at random"

func sum(kills map[string]int) (n int) {
	for _, k := range kills {
		n += k
	}
	return n
}

// killRounds lets shops live and die until so many have died.
func (s *scene) killRounds(n int) (kills map[string]int, orders []string) {
	kills = map[string]int{}
	points := append([]string{atRandom, atRandom}, killPoints...)
	for round := 0; sum(kills) < n; round++ {
		point := points[round%len(points)]
		shop := s.start(s.cfg.Addr, strings.TrimPrefix(point, atRandom))
		if point == atRandom {
			time.AfterFunc(rand.N(30*time.Millisecond), func() { _ = shop.cmd.Process.Kill() })
		}
		for !shop.dead() {
			order := fmt.Sprint("order-", len(orders))
			orders = append(orders, order)
			s.buy(shop, order)
		}
		kills[point]++
	}
	shop := s.start(s.cfg.Addr, "")
	defer shop.kill()
	for _, order := range orders {
		s.buy(shop, order)
	}
	return kills, orders
}

// buy lets a payer go on with an order for as long as the shop lives.
func (s *scene) buy(shop *running, order string) {
	paid := false
	s.wait(order+" is shipped", func() bool {
		if shop.dead() || s.shipped(order) > 0 {
			return true
		}
		if !paid {
			if id := s.click(s.cfg.Addr, order); id != "" {
				if _, err := s.gateway.Act(id, sandbox.Pay); !errors.Is(err, sandbox.ErrNotOffered) { // he paid before
					require.NoError(s.t, err)
				}
				paid = true
			}
		}
		return false
	})
}

// TestManyShops sends every callback sixteen times to each of three processes
// that share a PostgreSQL, while they are killed and started again.
func TestManyShops(t *testing.T) {
	s := newScene(t, postgresDatabase(t))
	addrs := []string{s.cfg.Addr, freeAddr(t), freeAddr(t)}
	shops := make([]*running, len(addrs))
	for i, addr := range addrs {
		shops[i] = s.start(addr, "")
	}
	var orders []string
	for round := range max(10, rounds(t)/6) {
		order := fmt.Sprint("order-", round)
		orders = append(orders, order)
		var id string
		s.wait("a ticket for "+order, func() bool { id = s.click(addrs[round%len(addrs)], order); return id != "" })
		victim := round % len(addrs)
		time.AfterFunc(rand.N(20*time.Millisecond), func() { _ = shops[victim].cmd.Process.Kill() })
		s.flood(addrs, id, order)
		<-shops[victim].ended
		shops[victim] = s.start(addrs[victim], "")
		s.flood(addrs, id, order)
	}
	require.Equal(t, verdict{orders: len(orders)}, s.judge(orders))
}

// flood sends a success sixteen times to each shop, all at once, and checks
// the answers of those that live.
func (s *scene) flood(addrs []string, paymentID, order string) {
	body := []byte(fmt.Sprintf(`{"project_id":%q,"general":{"payment_id":%q,"request_id":"r"},"status":{"status":"success","sub_status":null},`+
		`"payment_info":{"amount":10000,"currency":"RUB"}}`, killProject, paymentID))
	headers, err := s.keys.CallbackHMAC.Sign(body, time.Now())
	require.NoError(s.t, err)
	headers.Set("Content-Type", "application/json")
	codes := make(chan int, 16*len(addrs))
	for i := range cap(codes) {
		go func() {
			req := &http.Request{
				Method: http.MethodPost, URL: &url.URL{Scheme: "http", Host: addrs[i%len(addrs)], Path: "/pay/callbacks/success"},
				Header: headers.Clone(), Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
			}
			resp, err := s.client.Do(req)
			if err != nil {
				codes <- 0 // it was killed
				return
			}
			_ = resp.Body.Close()
			codes <- resp.StatusCode
		}()
	}
	taken := false
	for range cap(codes) {
		code := <-codes
		require.Contains(s.t, []int{0, http.StatusOK, http.StatusServiceUnavailable}, code)
		taken = taken || code == http.StatusOK
	}
	if taken {
		require.Equal(s.t, 1, s.shipped(order), "answered 200")
	}
}

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/sandbox"
	"github.com/stretchr/testify/require"
)

// start runs the demo with an environment until the test ends, and returns the
// address of the shop.
func start(t *testing.T, env map[string]string) (shop string) {
	t.Helper()
	shop, stop := startAndStop(t, env)
	t.Cleanup(stop)
	return shop
}

func startAndStop(t *testing.T, env map[string]string) (shop string, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ready, ended := make(chan string, 1), make(chan error, 1)
	getenv := func(name string) string {
		if name == "HIGHHELP_ADDR" {
			return either(env[name], "127.0.0.1:0")
		}
		return env[name]
	}
	go func() {
		ended <- run(ctx, getenv, slog.New(slog.DiscardHandler), func(shop, _ string) { ready <- shop })
	}()
	stop = func() {
		cancel()
		require.NoError(t, <-ended)
	}
	select {
	case shop = <-ready:
	case err := <-ended:
		ended <- nil
		require.NoError(t, err)
	}
	return shop, stop
}

func request(t *testing.T, method, url string, body io.Reader, header map[string]string) (int, string, http.Header) {
	t.Helper()
	req, err := http.NewRequest(method, url, body)
	require.NoError(t, err)
	for name, value := range header {
		req.Header.Set(name, value)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(text), resp.Header
}

var asJSON = map[string]string{"Accept": "application/json", "Content-Type": "application/json"}

func newOrder(t *testing.T, shop string) string {
	t.Helper()
	status, body, _ := request(t, "POST", shop+"/orders", nil, asJSON)
	require.Equal(t, 201, status)
	var created struct{ ID string }
	require.NoError(t, json.Unmarshal([]byte(body), &created))
	return created.ID
}

type orderJSON struct {
	ID, Status, Currency string
	Amount               int64
	Fulfilled            int
}

func look(t *testing.T, shop, id string) (o orderJSON) {
	t.Helper()
	status, body, _ := request(t, "GET", shop+"/orders/"+id, nil, asJSON)
	require.Equal(t, 200, status)
	require.NoError(t, json.Unmarshal([]byte(body), &o))
	return o
}

func ticket(t *testing.T, shop, id string) (status int, url, body string) {
	t.Helper()
	status, body, _ = request(t, "POST", shop+"/pay/tickets", strings.NewReader(`{"order_id":"`+id+`"}`), asJSON)
	var answer struct{ URL string }
	require.NoError(t, json.Unmarshal([]byte(body), &answer))
	return status, answer.URL, body
}

// await looks at an order until it has a state: callbacks come when they come.
func await(t *testing.T, shop, id, state string) orderJSON {
	t.Helper()
	var o orderJSON
	require.Eventually(t, func() bool {
		o = look(t, shop, id)
		return o.Status == state
	}, 20*time.Second, 20*time.Millisecond)
	return o
}

func act(t *testing.T, page, action string) string {
	t.Helper()
	status, _, _ := request(t, "GET", page, nil, nil)
	require.Equal(t, 200, status)
	status, _, header := request(t, "POST", page, strings.NewReader("action="+action),
		map[string]string{"Content-Type": "application/x-www-form-urlencoded"})
	require.Equal(t, 303, status)
	return header.Get("Location")
}

// A person buys and pays, refuses and tries again, all with the sandbox that
// the demo brings along.
func TestBuy(t *testing.T) {
	for name, open := range map[string]func(*testing.T) string{
		"default": func(*testing.T) string { return "" }, "memory": func(*testing.T) string { return "memory:" },
		"SQLite":     func(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "a shop?.db") },
		"PostgreSQL": postgres, "MariaDB": mariadb, "Redis": redisURL,
	} {
		t.Run(name, func(t *testing.T) { buy(t, start(t, map[string]string{"HIGHHELP_STORE": open(t)})) })
	}
}

func buy(t *testing.T, shop string) {
	id := newOrder(t, shop)
	require.Equal(t, orderJSON{ID: id, Status: "new", Amount: 10000, Currency: "RUB"}, look(t, shop, id))

	_, page, _ := ticket(t, shop, id)
	require.Equal(t, "pending", look(t, shop, id).Status)
	require.Equal(t, shop+"/orders/"+id+"?returned", act(t, page, "pay"))
	require.Equal(t, 1, await(t, shop, id, "paid").Fulfilled)
	status, _, body := ticket(t, shop, id)
	require.Equal(t, 409, status)
	require.Contains(t, body, "order_paid")

	id = newOrder(t, shop)
	_, page, _ = ticket(t, shop, id)
	act(t, page, "refuse")
	require.Zero(t, await(t, shop, id, "declined").Fulfilled)
	_, again, body := ticket(t, shop, id)
	require.NotEqual(t, page, again)
	require.Contains(t, body, `"payment_id":"`+id+`~2"`)
	act(t, again, "decline_by_anti_fraud")
	await(t, shop, id, "declined")
	_, third, _ := ticket(t, shop, id)
	act(t, third, "pay")
	require.Equal(t, 1, await(t, shop, id, "paid").Fulfilled)
}

// An order that is paid while its page is made is shown as it was before or as
// it is afterwards, never as paid and not shipped.
func TestPaidWhileShown(t *testing.T) {
	server := httptest.NewUnstartedServer(nil)
	cfg, err := readConfig(anyPort, server.Listener.Addr())
	require.NoError(t, err)
	cfg.store = "memory:"
	defer os.RemoveAll(cfg.data)
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	logger := slog.New(slog.DiscardHandler)
	gateway, err := startSandbox(ctx, &running, &cfg, logger)
	require.NoError(t, err)
	defer gateway.Close()
	paid := &paidWhileRead{orders: &memoryOrders{}}
	s, err := newShop(cfg, &storage{orders: paid, payments: new(highhelp.MemStore)}, logger)
	require.NoError(t, err)
	server.Config.Handler = s.handler
	server.Start()
	defer server.Close()

	id := newOrder(t, server.URL)
	_, page, _ := ticket(t, server.URL, id)
	paid.afterFind = func() {
		act(t, page, "pay")
		require.Eventually(t, func() bool {
			p, err := s.checkout.Payment(t.Context(), id)
			return err == nil && p.State() == "paid"
		}, 20*time.Second, time.Millisecond)
	}
	o := look(t, server.URL, id)
	require.Equal(t, o.Status == "paid", o.Fulfilled == 1, "%+v", o)
	require.Equal(t, 1, look(t, server.URL, id).Fulfilled)
}

// paidWhileRead are orders of which one changes just after it was read.
type paidWhileRead struct {
	orders
	afterFind func()
}

func (o *paidWhileRead) find(ctx context.Context, id string) (order, error) {
	row, err := o.orders.find(ctx, id)
	if then := o.afterFind; then != nil {
		o.afterFind = nil
		then()
	}
	return row, err
}

// The same with plain forms and pages, as a browser without a script does it.
func TestPages(t *testing.T) {
	shop := start(t, nil)
	browser := map[string]string{"Accept": "text/html,*/*;q=0.8", "Content-Type": "application/x-www-form-urlencoded"}
	status, body, header := request(t, "GET", shop+"/", nil, browser)
	require.Equal(t, 200, status)
	require.Contains(t, body, `<form method="post" action="/orders">`)
	require.Contains(t, header.Get("Content-Security-Policy"), "default-src 'none'")

	status, _, header = request(t, "POST", shop+"/orders", nil, browser)
	require.Equal(t, 303, status)
	order := header.Get("Location")
	status, body, _ = request(t, "GET", shop+order, nil, browser)
	require.Equal(t, 200, status)
	require.Contains(t, body, "Pay 100.00 RUB")
	for _, asset := range regexp.MustCompile(`(?:src|href)="(/(?:pay/widget|shop)[^"]*)"`).FindAllStringSubmatch(body, -1) {
		status, _, _ := request(t, "GET", shop+asset[1], nil, nil)
		require.Equal(t, 200, status, asset[1])
	}
	id := strings.TrimPrefix(order, "/orders/")
	status, _, header = request(t, "POST", shop+"/pay/tickets", strings.NewReader(url.Values{"order_id": {id}}.Encode()), browser)
	require.Equal(t, 303, status)
	act(t, header.Get("Location"), "pay")
	await(t, shop, id, "paid")
	_, body, _ = request(t, "GET", shop+order, nil, browser)
	require.Contains(t, body, "on its way")
	require.NotContains(t, body, "<highhelp-widget")

	for path, want := range map[string]int{"/orders/none": 404, "/nothing": 404, "/healthz": 200, "/shop.css": 200} {
		status, _, _ := request(t, "GET", shop+path, nil, browser)
		require.Equal(t, want, status, path)
	}
	status, _, _ = request(t, "POST", shop+"/orders", nil, map[string]string{"Sec-Fetch-Site": "cross-site"})
	require.Equal(t, 403, status)
}

// Against another gateway, with keys from files: 16 simultaneous ticket requests
// are one create call and one answer, 64 simultaneous success callbacks one
// shipment, and every answer is 200 or 503.
func TestAnotherGateway(t *testing.T) {
	const project = "another-register"
	keys, err := sandbox.GenerateKeys(project)
	require.NoError(t, err)
	dir := t.TempDir()
	require.NoError(t, keys.WriteFiles(dir))
	var mu sync.Mutex
	creates := 0
	server := httptest.NewUnstartedServer(nil)
	address := "http://" + server.Listener.Addr().String()
	gateway, err := sandbox.New(sandbox.Config{PublicURL: address, Projects: []sandbox.Project{keys.Project()}, Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/v1/widget/payin" {
			mu.Lock()
			creates++
			mu.Unlock()
		}
		gateway.ServeHTTP(w, r)
	})
	server.Start()
	defer server.Close()

	shop := start(t, map[string]string{
		"HIGHHELP_BASE_URL": address, "HIGHHELP_PROJECT_ID": project,
		"HIGHHELP_PRIVATE_KEY_FILE":         filepath.Join(dir, "private_key_"+project+".pem"),
		"HIGHHELP_CALLBACK_PUBLIC_KEY_FILE": filepath.Join(dir, "callback_public_key_"+project+".pem"),
	})
	id := newOrder(t, shop)
	bodies := make(chan string)
	for range 16 {
		go func() {
			_, body, _ := requestNoT("POST", shop+"/pay/tickets", `{"order_id":"`+id+`"}`, asJSON)
			bodies <- body
		}()
	}
	first := <-bodies
	require.Contains(t, first, address+"/pay/")
	for range 15 {
		require.Equal(t, first, <-bodies)
	}
	require.Equal(t, 1, creates)

	body := fmt.Sprintf(`{"project_id":%q,"general":{"payment_id":%q,"request_id":"r"},"status":{"status":"success","sub_status":null},"payment_info":{"amount":10000,"currency":"RUB"}}`, project, id)
	signed, err := keys.CallbackPrivate.Sign([]byte(body), time.Now())
	require.NoError(t, err)
	header := map[string]string{"Content-Type": "application/json"}
	for name := range signed {
		header[name] = signed.Get(name)
	}
	answers := make(chan int)
	for range 64 {
		go func() {
			status, _, _ := requestNoT("POST", shop+"/pay/callbacks/success", body, header)
			answers <- status
		}()
	}
	for range 64 {
		require.Contains(t, []int{200, 503}, <-answers)
	}
	require.Equal(t, 1, await(t, shop, id, "paid").Fulfilled)
}

func requestNoT(method, url, body string, header map[string]string) (int, string, error) {
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	for name, value := range header {
		req.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(text), err
}

// anyPort is an environment in which the demo listens where it can.
func anyPort(name string) string {
	if name == "HIGHHELP_ADDR" {
		return "127.0.0.1:0"
	}
	return ""
}

func TestWrongEnvironment(t *testing.T) {
	for _, c := range []struct {
		env  map[string]string
		want string
	}{
		{map[string]string{"HIGHHELP_STORE": "oracle://user:secret@db"}, `"oracle" is no store`},
		{map[string]string{"HIGHHELP_STORE": "mysql:secret"}, "not a URL such as mysql://"},
		{map[string]string{"HIGHHELP_STORE": "redis://secret@127.0.0.1:x"}, "not a URL such as redis://"},
		{map[string]string{"HIGHHELP_STORE": "sqlite:/nowhere/at/all"}, "HIGHHELP_STORE: sqlite"},
		{map[string]string{"HIGHHELP_ADDR": "127.0.0.1:x"}, "unknown port"},
		{map[string]string{"HIGHHELP_RECONCILE_AFTER": "soon"}, "HIGHHELP_RECONCILE_AFTER"},
		{map[string]string{"HIGHHELP_RECONCILE_INTERVAL": "-1s"}, "HIGHHELP_RECONCILE_INTERVAL"},
		{map[string]string{"HIGHHELP_BASE_URL": "http://127.0.0.1:1"}, "HIGHHELP_PRIVATE_KEY_FILE"},
		{map[string]string{"HIGHHELP_BASE_URL": "http://127.0.0.1:1", "HIGHHELP_PRIVATE_KEY_FILE": "none.pem"}, "none.pem"},
	} {
		getenv := func(name string) string {
			if value, ok := c.env[name]; ok {
				return value
			}
			return anyPort(name)
		}
		err := run(t.Context(), getenv, slog.New(slog.DiscardHandler), func(string, string) {})
		require.ErrorContains(t, err, c.want)
		require.NotContains(t, err.Error(), "secret")
	}
}

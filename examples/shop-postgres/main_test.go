package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/examples/internal/gateway"
	"github.com/go-highhelp/highhelp/examples/internal/testdb"
	"github.com/go-highhelp/highhelp/highhelptest"
	"github.com/stretchr/testify/require"
)

// paid returns how many orders are paid.
func paid(t *testing.T, db *sql.DB) (n int) {
	t.Helper()
	require.NoError(t, db.QueryRowContext(t.Context(), "SELECT count(paid_at) FROM orders").Scan(&n))
	return n
}

// ask asks as a browser without scripts does, and does not follow.
func ask(t *testing.T, method, target string, form url.Values) (location, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, target, strings.NewReader(form.Encode()))
	require.NoError(t, err)
	req.Header.Set("Accept", "text/html")
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.Less(t, resp.StatusCode, 400, string(text))
	return resp.Header.Get("Location"), string(text)
}

// A payer orders, pays on the page of the sandbox, and sees it.
func TestBuy(t *testing.T) {
	dsn, db := testdb.Open(t)
	env := map[string]string{"SHOP_ADDR": "127.0.0.1:0", "DATABASE_URL": dsn}
	ctx, stop := context.WithCancel(t.Context())
	ready, ended := make(chan string, 1), make(chan error, 1)
	go func() {
		ended <- run(ctx, func(name string) string { return env[name] }, func(url string) { ready <- url })
	}()
	shop := <-ready
	order, _ := ask(t, "POST", shop+"/orders", nil)
	_, page := ask(t, "GET", shop+order, nil)
	require.Contains(t, page, "100.00")
	payment, _ := ask(t, "POST", shop+"/pay/tickets", url.Values{"order_id": {path.Base(order)}})
	ask(t, "POST", payment, url.Values{"action": {"pay"}})
	require.Eventually(t, func() bool { return paid(t, db) == 1 }, 20*time.Second, 10*time.Millisecond)
	_, page = ask(t, "GET", shop+order, nil)
	require.Contains(t, page, "on its way")
	require.NotContains(t, page, "highhelp-widget")
	stop()
	require.NoError(t, <-ended, "it ends cleanly")
}

// open makes the shop on a sandbox that the test drives.
func open(t *testing.T, s *highhelptest.Sandbox, db *sql.DB, origin string) *shop {
	t.Helper()
	cfg := s.Config()
	cfg.PublicURL = origin + "/pay"
	shop, err := newShop(t.Context(), db, &gateway.Gateway{Config: cfg})
	require.NoError(t, err)
	return shop
}

// If the payment can't be saved the order is not paid either: the gateway comes
// again, and then both are.
func TestOneTransaction(t *testing.T) {
	_, db := testdb.Open(t)
	gateway, server := highhelptest.New(t), httptest.NewServer(nil)
	defer server.Close()
	shop := open(t, gateway, db, server.URL)
	server.Config.Handler = shop.routes()
	testdb.Exec(t, db, `INSERT INTO orders (id, what, amount) VALUES ('1', 'A notebook', 10000)`)
	_, err := shop.checkout.CreateTicket(t.Context(), highhelp.Order{ID: "1", Amount: highhelp.Money{Minor: 10000, Currency: "RUB"}})
	require.NoError(t, err)
	testdb.Exec(t, db, `CREATE FUNCTION refuse() RETURNS trigger AS $$ BEGIN
		IF EXISTS (SELECT FROM orders WHERE paid_at IS NOT NULL) THEN RAISE EXCEPTION 'out of order'; END IF;
		RETURN NEW;
	END $$ LANGUAGE plpgsql`)
	testdb.Exec(t, db, `CREATE TRIGGER refuse BEFORE UPDATE ON highhelp_payments FOR EACH ROW EXECUTE FUNCTION refuse()`)

	success := highhelp.Event{Key: highhelp.Key{OrderID: "1"}, Status: highhelp.Status{Main: "success"}, Amount: highhelp.Money{Minor: 10000, Currency: "RUB"}}
	require.Equal(t, 503, highhelptest.Post(t, server.URL+"/pay", success).StatusCode)
	require.Zero(t, paid(t, db))
	testdb.Exec(t, db, `DROP TRIGGER refuse ON highhelp_payments`)
	require.Equal(t, 200, highhelptest.Post(t, server.URL+"/pay", success).StatusCode)
	require.Equal(t, 1, paid(t, db))
}

// Whatever a payer and the network do, an order is paid once or not at all.
func TestSurvive(t *testing.T) {
	_, db := testdb.Open(t)
	highhelptest.Survive(t, func(s *highhelptest.Sandbox) highhelptest.Shop {
		return highhelptest.Shop{
			Handler: open(t, s, db, s.ShopURL).routes(),
			NewOrder: func(ctx context.Context) (string, highhelp.Money, error) {
				id := rand.Text()
				_, err := db.ExecContext(ctx, "INSERT INTO orders (id, what, amount) VALUES ($1, 'A notebook', 10000)", id)
				return id, highhelp.Money{Minor: 10000, Currency: "RUB"}, err
			},
			Shipped: func(ctx context.Context, id string) (n int, err error) {
				err = db.QueryRowContext(ctx, "SELECT count(paid_at) FROM orders WHERE id = $1", id).Scan(&n)
				return n, err
			},
		}
	})
}

package sqlstore_test

import (
	"bytes"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/signer"
	"github.com/go-highhelp/highhelp/sqlstore"
	"github.com/stretchr/testify/require"
)

// calls makes every call that asks the database for something.
func calls(ctx context.Context, s *sqlstore.Store) map[string]error {
	k := orderKey("1")
	_, payment := s.Payment(ctx, k)
	_, pending := s.Pending(ctx, k.ProjectID, time.Now(), 1)
	_, delivery := s.Delivery(ctx, k.ProjectID, "1")
	_, prune := s.Prune(ctx, k.ProjectID, time.Now(), 1)
	var list error
	for _, list = range s.Deliveries(ctx, highhelp.Delivery{Key: k}, time.Time{}, time.Time{}) {
	}
	return map[string]error{
		"Payment": payment, "Pending": pending, "Delivery": delivery, "Prune": prune, "Deliveries": list,
		"Insert": s.Insert(ctx, highhelp.Payment{Key: orderKey("2")}),
		"Update": s.Update(ctx, k, hold("x")),
		"Record": s.Record(ctx, highhelp.Delivery{Key: k}),
	}
}

func TestNewRefuses(t *testing.T) {
	_, err := sqlstore.New(sqlstore.Config{Dialect: "oracle", Prefix: `x"; DROP TABLE`})
	require.EqualError(t, err, "highhelp: sqlstore.Config.DB: required\n"+
		"highhelp: sqlstore.Config.Dialect: \"oracle\" is not known\n"+
		"highhelp: sqlstore.Config.Prefix: not up to 30 lower-case letters, digits and underscores, or it begins with a digit")
	_, err = sqlstore.New(sqlstore.Config{DB: open(t, "sqlite", ":memory:"), Dialect: "oracle"})
	require.EqualError(t, err, "highhelp: sqlstore.Config.Dialect: \"oracle\" is not known")
	for _, prefix := range []string{"1a", "A", "a-", "a.", "a\n", "abcdefghijklmnopqrstuvwxyz012345"} {
		_, err := sqlstore.Migrations(sqlstore.SQLite, prefix)
		require.ErrorAs(t, err, new(*highhelp.ConfigError), prefix)
	}
}

func TestWrongDSN(t *testing.T) {
	for driver, c := range map[string]struct {
		dialect sqlstore.Dialect
		dsn     string
	}{
		"pgx":    {sqlstore.PostgreSQL, "postgres://nobody:secret@127.0.0.1:1/nothing"},
		"mysql":  {sqlstore.MySQL, "nobody:secret@tcp(127.0.0.1:1)/nothing"},
		"sqlite": {sqlstore.SQLite, "file:/no/such/directory/test.db"},
	} {
		s, err := sqlstore.New(sqlstore.Config{DB: open(t, driver, c.dsn), Dialect: c.dialect})
		require.NoError(t, err)
		for name, err := range calls(t.Context(), s) {
			require.ErrorAs(t, err, new(*sqlstore.Error), "%s %s", driver, name)
			require.NotContains(t, err.Error(), "secret")
		}
		require.ErrorAs(t, s.Migrate(t.Context()), new(*sqlstore.Error))
	}
}

func TestClosedPool(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		db := d.pool(t)
		fresh, used := d.on(t, db), d.on(t, db)
		payment(t, used, orderKey("1"))
		require.NoError(t, db.Close())
		for _, s := range []*sqlstore.Store{fresh, used} {
			for name, err := range calls(t.Context(), s) {
				require.ErrorAs(t, err, new(*sqlstore.Error), name)
			}
		}
		requireHeld(t, d.store(t), orderKey("1"), "")
	})
}

// A call that gets no connection says so, and does not try again: the pool has.
func TestNoConnection(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		away, tries := false, 0
		db := d.wrap(t, &wrapped{before: func(step string) error {
			if step != "CONNECT" || !away {
				return nil
			}
			tries++
			return errCut
		}})
		s := d.on(t, db)
		payment(t, s, orderKey("1"))
		db.SetMaxIdleConns(0)
		away = true
		errs := calls(t.Context(), s)
		for name, err := range errs {
			require.ErrorIs(t, err, errCut, name)
			require.ErrorAs(t, err, new(*sqlstore.Error), name)
		}
		require.Equal(t, len(errs), tries)
		away = false
		require.NoError(t, s.Update(t.Context(), orderKey("1"), hold("x")))
	})
}

// readOnly is the database for those who may not write.
func (d *database) readOnly(t testing.TB) *database {
	t.Helper()
	r := *d
	switch d.Dialect {
	case sqlstore.PostgreSQL:
		r.dsn = with(t, d.dsn, "default_transaction_read_only", "on")
	case sqlstore.MySQL:
		variable := "transaction_read_only"
		if d.isMariaDB(t) {
			variable = "tx_read_only"
		}
		r.dsn = with(t, d.dsn, variable, "1")
	case sqlstore.SQLite:
		r.dsn = with(t, d.dsn, "mode", "ro")
	}
	return &r
}

func TestReadOnly(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		k := orderKey("1")
		payment(t, d.store(t), k)
		s := d.readOnly(t).store(t)
		errs := calls(t.Context(), s)
		for _, name := range []string{"Insert", "Update", "Record", "Prune"} {
			require.ErrorIs(t, errs[name], sqlstore.ErrReadOnly, name)
			require.ErrorAs(t, errs[name], new(*sqlstore.Error), name)
		}
		for _, name := range []string{"Payment", "Pending", "Deliveries"} {
			require.NoError(t, errs[name], name)
		}
		require.NoError(t, s.Migrate(t.Context()), "there is nothing to do")
		requireHeld(t, d.store(t), k, "")
	})
}

func TestReadOnlyIsNotMigrated(t *testing.T) {
	for _, dialect := range []sqlstore.Dialect{sqlstore.PostgreSQL, sqlstore.SQLite} { // DDL of MySQL is not part of a transaction
		d := newDatabase(t, dialect)
		require.NoError(t, d.pool(t).PingContext(t.Context())) // makes SQLite's file
		run(t, d.pool(t), "CREATE TABLE x (n INTEGER)")
		require.ErrorIs(t, d.readOnly(t).store(t).Migrate(t.Context()), sqlstore.ErrReadOnly)
	}
}

// A disk that is full costs what can't be written, and nothing else.
func TestFull(t *testing.T) {
	d := newDatabase(t, sqlstore.SQLite)
	s, k := d.store(t), orderKey("1")
	require.NoError(t, s.Migrate(t.Context()))
	want := payment(t, s, k)
	var pages int
	db := d.pool(t)
	require.NoError(t, db.QueryRowContext(t.Context(), "PRAGMA page_count").Scan(&pages))
	narrow := *d
	narrow.dsn = with(t, d.dsn, "_pragma", fmt.Sprintf("max_page_count(%d)", pages))
	full := narrow.store(t)
	big := bytes.Repeat([]byte("x"), 64<<10)
	err := full.Update(t.Context(), k, func(_ context.Context, p *highhelp.Payment) error {
		p.Held, p.Attempts[0].Ticket.Raw = "lost", big
		return nil
	})
	require.ErrorIs(t, err, sqlstore.ErrFull)
	require.ErrorAs(t, err, new(*sqlstore.Error))
	require.ErrorIs(t, full.Record(t.Context(), highhelp.Delivery{Key: k, Raw: big}), sqlstore.ErrFull)
	got, err := full.Payment(t.Context(), k)
	require.NoError(t, err)
	require.Equal(t, want.UpdatedAt, got.UpdatedAt)
	require.Empty(t, got.Held)
	require.NoError(t, full.Update(t.Context(), k, hold("small")), "what has room is still written")
	require.NoError(t, s.Record(t.Context(), highhelp.Delivery{Key: k, Raw: big}), "with more room it goes on")
}

func TestDriverWithoutRowsAffected(t *testing.T) {
	onEach(t, testWithoutRowsAffected)
}

func testWithoutRowsAffected(t *testing.T, d *database) {
	shop, k := d.shop(t), orderKey("1")
	payment(t, d.store(t), k)
	require.NoError(t, d.store(t).Record(t.Context(), highhelp.Delivery{Key: k, ReceivedAt: time.Now().Add(-time.Hour)}))
	s := d.on(t, d.wrap(t, &wrapped{result: func(r driver.Result) driver.Result { return countless{r} }}))
	err := s.Update(t.Context(), k, func(ctx context.Context, p *highhelp.Payment) error {
		p.Held = "lost"
		return shop.ship(ctx, "1")
	})
	require.ErrorIs(t, err, sqlstore.ErrRowsAffected)
	require.ErrorIs(t, err, errNoCount)
	requireHeld(t, s, k, "")
	shop.requireShipped(t, "1", 0)
	_, err = s.Prune(t.Context(), k.ProjectID, time.Now(), 10)
	require.ErrorIs(t, err, sqlstore.ErrRowsAffected)
	requireJournal(t, s, k, "")
}

func TestLongIDs(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s, k := d.store(t), orderKey(string(bytes.Repeat([]byte("x"), 256)))
		for _, k := range []highhelp.Key{k, {ProjectID: k.OrderID, OrderID: "1"}} {
			require.ErrorIs(t, s.Insert(t.Context(), highhelp.Payment{Key: k}), sqlstore.ErrLongID)
			require.ErrorIs(t, s.Record(t.Context(), highhelp.Delivery{Key: k}), sqlstore.ErrLongID)
		}
		longest := highhelp.Key{ProjectID: k.OrderID[1:], OrderID: k.OrderID[1:]}
		require.NoError(t, s.Insert(t.Context(), highhelp.Payment{Key: longest}))
		require.NoError(t, s.Record(t.Context(), highhelp.Delivery{Key: longest, Error: "x"}))
		requireHeld(t, s, longest, "")
		requireJournal(t, s, longest, "x")
		_, err := s.Payment(t.Context(), k)
		require.ErrorIs(t, err, highhelp.ErrNotFound)
		// What the gateway says of a payment that nobody created here may be long.
		long := string(bytes.Repeat([]byte("ж"), 40_000))
		require.NoError(t, s.Record(t.Context(), highhelp.Delivery{Key: orderKey(""), PaymentID: long, Route: long}))
		requireFound(t, s, highhelp.Delivery{Key: orderKey(""), PaymentID: long, Route: long})
	})
}

func requireFound(t *testing.T, s *sqlstore.Store, like highhelp.Delivery) {
	t.Helper()
	n := 0
	for d, err := range s.Deliveries(t.Context(), like, time.Time{}, time.Time{}) {
		require.NoError(t, err)
		require.Equal(t, like.PaymentID, d.PaymentID)
		n++
	}
	require.Equal(t, 1, n)
}

// The gateway hears 503 while the database does not work, and its next
// delivery is applied, once.
func TestGatewayHears503(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		shop, s := d.shop(t), d.store(t)
		key, err := signer.NewHMACKey("callback", "0123456789abcdef0123456789abcdef")
		require.NoError(t, err)
		at := func(store highhelp.Store) *httptest.Server {
			checkout, err := highhelp.New(highhelp.Config{
				ProjectID: "P", BaseURL: "https://api.example", PublicURL: "https://shop.example/pay", Signer: key, Verifier: key, Store: store,
				OnPaid:    func(ctx context.Context, e highhelp.Event) error { return shop.ship(ctx, e.OrderID) },
				OnAnomaly: func(context.Context, highhelp.Anomaly) {}, Logger: slog.New(slog.DiscardHandler),
			})
			require.NoError(t, err)
			server := httptest.NewServer(checkout.SuccessHandler())
			t.Cleanup(server.Close)
			return server
		}
		payment(t, s, orderKey("1"))
		closed := d.pool(t)
		require.NoError(t, closed.Close())
		for name, broken := range map[string]*sqlstore.Store{
			"closed pool": d.on(t, closed), "read-only": d.readOnly(t).store(t),
			"no tables": (&database{d.Dialect, d.driver, d.dsn, "absent_"}).store(t),
			"no count":  d.on(t, d.wrap(t, &wrapped{result: func(r driver.Result) driver.Result { return countless{r} }})),
		} {
			require.Equal(t, http.StatusServiceUnavailable, success(t, at(broken), key, "1"), name)
		}
		shop.requireShipped(t, "1", 0)
		good := at(s)
		require.Equal(t, http.StatusOK, success(t, good, key, "1"))
		require.Equal(t, http.StatusOK, success(t, good, key, "1"))
		shop.requireShipped(t, "1", 1)
	})
}

// success delivers a callback as the gateway does.
func success(t *testing.T, to *httptest.Server, key *signer.HMACKey, paymentID string) int {
	t.Helper()
	body := []byte(`{"project_id":"P","general":{"project_id":"P","payment_id":"` + paymentID + `","request_id":"r"},
		"status":{"status":"success","sub_status":null},"payment_info":{"amount":10000,"currency":"RUB"}}`)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, to.URL, bytes.NewReader(body))
	require.NoError(t, err)
	req.Header, err = key.Sign(body, time.Now())
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	resp, err := to.Client().Do(req)
	require.NoError(t, err)
	resp.Body.Close()
	return resp.StatusCode
}

// Damage in the database is an error of the store, never an unknown payment.
func TestDamagedPayload(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s, k := d.store(t), orderKey("1")
		p := payment(t, s, k)
		p.Key, p.Claim = orderKey("2"), highhelp.Claim{Token: "x"}
		p.UpdatedAt = p.UpdatedAt.Add(-time.Hour)
		require.NoError(t, s.Insert(t.Context(), p))
		require.NoError(t, s.Record(t.Context(), highhelp.Delivery{Key: k, ReceivedAt: time.Now().Add(time.Hour)}))
		db := d.pool(t)
		for _, table := range []string{"payments", "deliveries"} {
			run(t, db, "UPDATE "+d.prefix+table+" SET payload = "+d.arg(1), []byte("secret"))
		}
		for name, err := range calls(t.Context(), s) {
			if name == "Insert" || name == "Record" || name == "Pending" || name == "Delivery" {
				continue
			}
			require.ErrorAs(t, err, new(*sqlstore.Error), name)
			require.False(t, errors.Is(err, highhelp.ErrNotFound) || errors.Is(err, sql.ErrNoRows), name)
			require.NotContains(t, err.Error(), "secret")
		}
	})
}

// What can't be written is an error of the store, and nothing of it is.
func TestTimesThatCannotBeWritten(t *testing.T) {
	never := time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)
	onEach(t, func(t *testing.T, d *database) {
		s, k := d.store(t), orderKey("1")
		payment(t, s, k)
		for name, err := range map[string]error{
			"insert": s.Insert(t.Context(), highhelp.Payment{Key: orderKey("2"), CreatedAt: never}),
			"record": s.Record(t.Context(), highhelp.Delivery{Key: k, ReceivedAt: never}),
			"save": s.Update(t.Context(), k, func(ctx context.Context, p *highhelp.Payment) error {
				p.Held, p.CreatedAt = "lost", never
				return s.Record(ctx, highhelp.Delivery{Key: k})
			}),
			"record inside": s.Update(t.Context(), k, func(ctx context.Context, p *highhelp.Payment) error {
				p.Held = "lost"
				return s.Record(ctx, highhelp.Delivery{Key: k, ReceivedAt: never})
			}),
		} {
			op, _, _ := strings.Cut(name, " ")
			require.EqualError(t, err, "sqlstore: "+op+": highhelp: a time is not of the years 0 to 9999")
			require.ErrorAs(t, err, new(*sqlstore.Error))
		}
		_, err := s.Payment(t.Context(), orderKey("2"))
		require.ErrorIs(t, err, highhelp.ErrNotFound)
		requireHeld(t, s, k, "")
		requireJournal(t, s, k)
	})
}

// A context that has ended is the error of every call, none of which says
// anything to the database. Nobody else was at work, so it is not ErrBusy.
func TestContextHasEnded(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s, log := d.logged(t)
		ended, end := context.WithCancel(t.Context())
		end()
		errs := calls(ended, s)
		errs["Check"], errs["Migrate"] = s.Check(ended), s.Migrate(ended)
		for name, err := range errs {
			require.ErrorIs(t, err, context.Canceled, name)
			require.NotErrorIs(t, err, highhelp.ErrBusy, name)
		}
		require.Empty(t, log.take())

		k := orderKey("1")
		payment(t, s, k)
		require.NoError(t, s.Update(t.Context(), k, func(ctx context.Context, _ *highhelp.Payment) error {
			ctx, end := context.WithCancel(ctx)
			end()
			require.ErrorIs(t, s.Record(ctx, highhelp.Delivery{Key: k}), context.Canceled)
			return nil
		}))
		requireJournal(t, s, k)
	})
}

// Values that can't be read, because the driver has types of its own, are errors
// of the store, never an unknown payment, and cost no connection.
func TestValuesOfNoKnownType(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		odd := ""
		db := d.wrap(t, &wrapped{odd: func(query string) bool { return odd != "" && strings.Contains(query, odd) }})
		used, k := d.on(t, db), orderKey("1")
		settled(t, used, 2, time.Now().Add(-time.Hour))
		require.NoError(t, used.Insert(t.Context(), highhelp.Payment{Key: orderKey("pending"), CheckAt: time.Now().Add(-time.Hour)}))
		require.NoError(t, used.Record(t.Context(), highhelp.Delivery{Key: k, ReceivedAt: time.Now().Add(time.Hour)}))
		list, err := journal(t.Context(), used, k.ProjectID)
		require.NoError(t, err)

		odd = d.prefix
		errs := calls(t.Context(), used)
		_, errs["Delivery"] = used.Delivery(t.Context(), k.ProjectID, list[0].ID)
		delete(errs, "Insert") // which read nothing
		delete(errs, "Record")
		fresh := d.on(t, db)
		_, errs["first use"] = fresh.Payment(t.Context(), k)
		errs["Check"], errs["Migrate"] = used.Check(t.Context()), used.Migrate(t.Context())
		if odd = "PRAGMA"; d.Dialect == sqlstore.SQLite {
			_, errs["first use of SQLite"] = fresh.Payment(t.Context(), k)
		}
		for name, err := range errs {
			require.ErrorAs(t, err, new(*sqlstore.Error), name)
			require.ErrorContains(t, err, "Scan", name)
		}
		require.Zero(t, db.Stats().InUse)
	})
}

package sqlstore_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/sqlstore"
	_ "modernc.org/sqlite" // the application's choice; the Store imports no driver
)

// An exampleShop is a shop's database with one order that waits to be paid.
type exampleShop struct {
	*sqlstore.Store
	db  *sql.DB
	dir string
}

var exampleKey = highhelp.Key{ProjectID: "P", OrderID: "1001"}

func newExampleShop() *exampleShop {
	dir, err := os.MkdirTemp("", "sqlstore-example-")
	must(err)
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "shop.db")+"?_pragma=journal_mode(WAL)&_pragma=busy_timeout(5000)")
	must(err)
	_, err = db.Exec("CREATE TABLE orders (id TEXT PRIMARY KEY, shipped INTEGER NOT NULL DEFAULT 0); INSERT INTO orders (id) VALUES ('1001')")
	must(err)
	store, err := sqlstore.New(sqlstore.Config{DB: db, Dialect: sqlstore.SQLite})
	must(err)
	must(store.Migrate(context.Background()))
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	must(store.Insert(context.Background(), highhelp.Payment{
		Key: exampleKey, CreatedAt: at, UpdatedAt: at, CheckAt: at.Add(time.Hour),
		Attempts: []highhelp.Attempt{{N: 1, PaymentID: "1001", Amount: highhelp.Money{Minor: 10000, Currency: "RUB"}, CreatedAt: at}},
	}))
	return &exampleShop{store, db, dir}
}

func (s *exampleShop) Close() {
	must(s.db.Close())
	must(os.RemoveAll(s.dir))
}

// shipped counts the orders that were shipped.
func (s *exampleShop) shipped() (n int) {
	must(s.db.QueryRow("SELECT SUM(shipped) FROM orders").Scan(&n))
	return n
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// A store for the Config of a Checkout. In production db comes from
// sql.Open("pgx", …) or sql.Open("mysql", …).
func Example() {
	dir, err := os.MkdirTemp("", "sqlstore-example-")
	must(err)
	defer os.RemoveAll(dir)
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "shop.db")+"?_pragma=journal_mode(WAL)&_pragma=busy_timeout(5000)")
	must(err)
	defer db.Close()
	store, err := sqlstore.New(sqlstore.Config{DB: db, Dialect: sqlstore.SQLite})
	must(err)
	must(store.Migrate(context.Background()))

	config := highhelp.Config{
		Store: store, // and the other fields
		OnPaid: func(ctx context.Context, e highhelp.Event) error {
			tx, _ := sqlstore.Tx(ctx) // ship in the transaction that saves the payment
			_, err := tx.ExecContext(ctx, "UPDATE orders SET shipped = shipped + 1 WHERE id = ?", e.OrderID)
			return err
		},
	}
	_, err = config.Store.Payment(context.Background(), exampleKey)
	fmt.Println(err)
	// Output:
	// highhelp: payment not found
}

func ExampleNew() {
	db, err := sql.Open("sqlite", ":memory:")
	must(err)
	defer db.Close()
	_, err = sqlstore.New(sqlstore.Config{DB: db, Dialect: sqlstore.SQLite, Prefix: "shop_"})
	fmt.Println(err)
	// Output:
	// <nil>
}

// All mistakes are reported at once.
func ExampleNew_incorrect() {
	_, err := sqlstore.New(sqlstore.Config{Dialect: "postgres", Prefix: "Shop-"})
	fmt.Println(err)
	// Output:
	// highhelp: sqlstore.Config.DB: required
	// highhelp: sqlstore.Config.Dialect: "postgres" is not known
	// highhelp: sqlstore.Config.Prefix: not up to 30 lower-case letters, digits and underscores, or it begins with a digit
}

func ExampleConfig() {
	db, err := sql.Open("sqlite", ":memory:")
	must(err)
	defer db.Close()
	cfg := sqlstore.Config{DB: db, Dialect: sqlstore.SQLite} // Prefix is "highhelp_"
	store, err := sqlstore.New(cfg)
	must(err)
	_, err = store.Payment(context.Background(), exampleKey)
	fmt.Println(err)
	// Output:
	// sqlstore: there are no tables; Migrate makes them, at schema version 1
}

func ExampleDialect() {
	fmt.Println(sqlstore.PostgreSQL, sqlstore.MySQL, sqlstore.SQLite)
	// Output:
	// postgresql mysql sqlite
}

// The order is shipped in the transaction that saves the payment: if the hook
// fails, neither is kept.
func ExampleTx() {
	shop := newExampleShop()
	defer shop.Close()
	ship := func(ctx context.Context, p *highhelp.Payment) error { // as OnPaid does
		tx, ok := sqlstore.Tx(ctx)
		if !ok {
			return errors.New("not inside Update")
		}
		_, err := tx.ExecContext(ctx, "UPDATE orders SET shipped = shipped + 1 WHERE id = ?", p.OrderID)
		return err
	}
	err := shop.Update(context.Background(), exampleKey, func(ctx context.Context, p *highhelp.Payment) error {
		return errors.Join(ship(ctx, p), errors.New("the warehouse is closed"))
	})
	fmt.Println(err, "- shipped:", shop.shipped())
	err = shop.Update(context.Background(), exampleKey, ship)
	fmt.Println(err, "- shipped:", shop.shipped())
	// Output:
	// the warehouse is closed - shipped: 0
	// <nil> - shipped: 1
}

// Only the context that OnPaid was given leads to the transaction. The one of
// the request, or a fresh one, does not.
func ExampleTx_incorrect() {
	shop := newExampleShop()
	defer shop.Close()
	request := context.Background()
	err := shop.Update(request, exampleKey, func(context.Context, *highhelp.Payment) error {
		if _, ok := sqlstore.Tx(request); !ok {
			return errors.New("no transaction in this context")
		}
		return nil
	})
	fmt.Println(err)
	// Output:
	// no transaction in this context
}

// What is beyond database/sql goes through the connection; with pgx
// driverConn.(*stdlib.Conn).Conn() is a *pgx.Conn inside the transaction.
func ExampleConn() {
	shop := newExampleShop()
	defer shop.Close()
	err := shop.Update(context.Background(), exampleKey, func(ctx context.Context, _ *highhelp.Payment) error {
		conn, ok := sqlstore.Conn(ctx)
		if !ok {
			return errors.New("not inside Update")
		}
		return conn.Raw(func(driverConn any) error {
			fmt.Printf("%T\n", driverConn)
			return nil
		})
	})
	fmt.Println(err)
	// Output:
	// *sqlite.conn
	// <nil>
}

// For a migration tool of one's own, each step goes into a file.
func ExampleMigrations() {
	steps, err := sqlstore.Migrations(sqlstore.PostgreSQL, "shop_")
	must(err)
	for _, step := range steps {
		for line := range strings.Lines(step.SQL) {
			if strings.HasPrefix(line, "CREATE TABLE") {
				fmt.Print(step.Version, ": ", line)
			}
		}
	}
	// Output:
	// 1: CREATE TABLE IF NOT EXISTS shop_schema (
	// 1: CREATE TABLE shop_payments (
	// 1: CREATE TABLE shop_deliveries (
}

func ExampleMigration() {
	steps, err := sqlstore.Migrations(sqlstore.SQLite, "")
	must(err)
	newest := steps[len(steps)-1]
	fmt.Println(newest.Version, strings.HasSuffix(newest.SQL, "INSERT INTO highhelp_schema (version) VALUES (1);\n"))
	// Output:
	// 1 true
}

func ExampleStore_Migrate() {
	shop := newExampleShop()
	defer shop.Close()
	fmt.Println(shop.Migrate(context.Background())) // there is nothing left to do
	// Output:
	// <nil>
}

// A health check asks whether the database is within reach, and whether its
// schema fits.
func ExampleStore_Check() {
	shop := newExampleShop()
	defer shop.Close()
	fmt.Println(shop.Check(context.Background()))
	must(shop.db.Close())
	fmt.Println(shop.Check(context.Background()))
	// Output:
	// <nil>
	// sqlstore: read schema version: sql: database is closed
}

func ExampleStore_Insert() {
	shop := newExampleShop()
	defer shop.Close()
	err := shop.Insert(context.Background(), highhelp.Payment{Key: exampleKey})
	fmt.Println(err)
	// Output:
	// highhelp: payment exists
}

func ExampleStore_Payment() {
	shop := newExampleShop()
	defer shop.Close()
	p, err := shop.Payment(context.Background(), exampleKey)
	fmt.Println(p.State(), err)
	// Output:
	// pending <nil>
}

func ExampleStore_Update() {
	shop := newExampleShop()
	defer shop.Close()
	err := shop.Update(context.Background(), exampleKey, func(_ context.Context, p *highhelp.Payment) error {
		p.Held = "a human must look"
		return nil
	})
	fmt.Println(err)
	p, err := shop.Payment(context.Background(), exampleKey)
	fmt.Println(p.State(), err)
	// Output:
	// <nil>
	// review <nil>
}

func ExampleStore_Pending() {
	shop := newExampleShop()
	defer shop.Close()
	list, err := shop.Pending(context.Background(), "P", time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC), 100)
	for _, p := range list {
		fmt.Println("ask about", p.OrderID)
	}
	fmt.Println(err)
	// Output:
	// ask about 1001
	// <nil>
}

func ExampleStore_Record() {
	shop := newExampleShop()
	defer shop.Close()
	err := shop.Update(context.Background(), exampleKey, func(ctx context.Context, p *highhelp.Payment) error {
		if err := shop.Record(ctx, highhelp.Delivery{Key: p.Key, Route: "success"}); err != nil {
			return err
		}
		return errors.New("refused")
	})
	fmt.Println(err) // and the delivery is not kept either
	for range shop.Deliveries(context.Background(), highhelp.Delivery{Key: exampleKey}, time.Time{}, time.Time{}) {
		fmt.Println("a delivery")
	}
	// Output:
	// refused
}

func ExampleStore_Deliveries() {
	shop := newExampleShop()
	defer shop.Close()
	ctx, at := context.Background(), time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for i, route := range []string{"info", "info", "success"} {
		must(shop.Record(ctx, highhelp.Delivery{Key: exampleKey, Route: route, ReceivedAt: at.Add(time.Duration(i) * time.Minute)}))
	}
	for d, err := range shop.Deliveries(ctx, highhelp.Delivery{Key: exampleKey}, at.Add(time.Minute), time.Time{}) {
		must(err)
		fmt.Println(d.ReceivedAt.Format(time.TimeOnly), d.Route)
	}
	// Output:
	// 12:02:00 success
	// 12:01:00 info
}

func ExampleStore_Delivery() {
	shop := newExampleShop()
	defer shop.Close()
	ctx := context.Background()
	must(shop.Record(ctx, highhelp.Delivery{Key: exampleKey, Route: "success"}))
	for row, err := range shop.Deliveries(ctx, highhelp.Delivery{Key: exampleKey}, time.Time{}, time.Time{}) {
		must(err)
		d, err := shop.Delivery(ctx, "P", row.ID)
		fmt.Println(d.Route, err)
		_, err = shop.Delivery(ctx, "another project", row.ID)
		fmt.Println(err)
	}
	// Output:
	// success <nil>
	// highhelp: payment not found
}

// Retention, once a day: what is older than 90 days, a hundred rows at a time.
func ExampleStore_Prune() {
	shop := newExampleShop()
	defer shop.Close()
	ctx, now := context.Background(), time.Now()
	must(shop.Record(ctx, highhelp.Delivery{Key: exampleKey, ReceivedAt: now.AddDate(0, 0, -100)}))
	for {
		n, err := shop.Prune(ctx, "P", now.AddDate(0, 0, -90), 100)
		must(err)
		fmt.Println(n)
		if n == 0 {
			break
		}
	}
	// Output:
	// 1
	// 0
}

func ExampleStore_OneWriter() {
	shop := newExampleShop()
	defer shop.Close()
	fmt.Println(shop.OneWriter())
	// Output:
	// true
}

// What the database did not do comes as an Error; some reasons have a name.
func ExampleError() {
	shop := newExampleShop()
	defer shop.Close()
	_, err := shop.db.Exec("PRAGMA query_only = 1")
	must(err)
	shop.db.SetMaxOpenConns(1)
	err = shop.Update(context.Background(), exampleKey, func(context.Context, *highhelp.Payment) error { return nil })
	var failure *sqlstore.Error
	fmt.Println(errors.As(err, &failure), failure.Op)
	fmt.Println(errors.Is(err, sqlstore.ErrReadOnly))
	// Output:
	// true lock payment
	// true
}

func ExampleSchemaError() {
	shop := newExampleShop()
	defer shop.Close()
	_, err := shop.db.Exec("INSERT INTO highhelp_schema (version) VALUES (7)") // by a newer release
	must(err)
	older, err := sqlstore.New(sqlstore.Config{DB: shop.db, Dialect: sqlstore.SQLite})
	must(err)
	_, err = older.Payment(context.Background(), exampleKey)
	var schema *sqlstore.SchemaError
	fmt.Println(errors.As(err, &schema))
	fmt.Println(err)
	// Output:
	// true
	// sqlstore: schema has version 7, of a newer release; this one knows 1
}

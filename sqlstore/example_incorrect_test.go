package sqlstore_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/sandbox"
	"github.com/go-highhelp/highhelp/sqlstore"
)

// paid lets a gateway tell the shop that its order is paid, until it is answered
// with a 2xx.
func (s *exampleShop) paid(onPaid func(context.Context, highhelp.Event) error) {
	keys, err := sandbox.GenerateKeys(exampleKey.ProjectID)
	must(err)
	checkout, err := highhelp.New(highhelp.Config{
		ProjectID: keys.ProjectID, BaseURL: "http://127.0.0.1:8090", PublicURL: "https://shop.example/pay",
		Signer: keys.RequestPrivate, Verifier: keys.CallbackPublic, Store: s.Store, OnPaid: onPaid,
		Logger: slog.New(slog.DiscardHandler),
	})
	must(err)
	server := httptest.NewServer(checkout.SuccessHandler())
	defer server.Close()
	project := keys.Project()
	project.CallbackURLs.Success = server.URL
	_, err = sandbox.Trigger{
		Project: project, PaymentID: "1001", Amount: 10000, Currency: "RUB", Statuses: []sandbox.Status{{Main: "success"}},
		Schedule: []time.Duration{0, time.Millisecond, time.Millisecond},
		Report:   func(d sandbox.Delivery) { fmt.Println("try", d.Try, "was answered", d.HTTPStatus) },
	}.Send(context.Background())
	must(err)
}

// A hook that fails is rolled back and runs again. Only what it has written
// through Tx or Conn is undone; what went to another database, by another
// connection or by mail stays, and is done twice. Write a row through Tx, and
// let a worker do by it what can't be undone.
func ExampleStore_Update_incorrect() {
	const ship = "UPDATE orders SET shipped = shipped + 1 WHERE id = '1001'"
	warehouse := newExampleShop() // a database of its own
	defer warehouse.Close()
	outside := func(ctx context.Context) error {
		_, err := warehouse.db.ExecContext(ctx, ship) // wrong: it is committed at once
		return err
	}
	inside := func(ctx context.Context) error {
		tx, _ := sqlstore.Tx(ctx)
		_, err := tx.ExecContext(ctx, ship)
		return err
	}
	for _, write := range []func(context.Context) error{outside, inside} {
		shop, tries := newExampleShop(), 0
		shop.paid(func(ctx context.Context, _ highhelp.Event) error {
			if err := write(ctx); err != nil {
				return err
			}
			if tries++; tries == 1 {
				return errors.New("no label was printed")
			}
			return nil
		})
		fmt.Println("shipped here", shop.shipped(), "and by the warehouse", warehouse.shipped())
		shop.Close()
	}
	// Output:
	// try 1 was answered 500
	// try 2 was answered 200
	// shipped here 0 and by the warehouse 2
	// try 1 was answered 500
	// try 2 was answered 200
	// shipped here 1 and by the warehouse 2
}

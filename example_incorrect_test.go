package highhelp_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/sandbox"
)

// paid lets the gateway tell that an order is paid, until it is answered with a
// 2xx. What goes wrong at the first try is mended after it.
func (s *exampleShop) paid(orderID string, mend func()) {
	project := s.Keys.Project()
	project.CallbackURLs.Success = s.URL + "/pay/callbacks/success"
	_, err := sandbox.Trigger{
		Project: project, PaymentID: orderID, Amount: 10000, Currency: "RUB", Statuses: []sandbox.Status{{Main: "success"}},
		Schedule: []time.Duration{0, time.Millisecond, time.Millisecond},
		Report: func(d sandbox.Delivery) {
			fmt.Println("try", d.Try, "was answered", d.HTTPStatus)
			mend()
		},
	}.Send(context.Background())
	if err != nil {
		log.Fatal(err)
	}
}

// A diskStore is a store whose disk can be full.
type diskStore struct {
	highhelp.MemStore
	full atomic.Bool
}

func (s *diskStore) Update(ctx context.Context, k highhelp.Key, change func(context.Context, *highhelp.Payment) error) error {
	if s.full.Load() {
		return errors.New("no space left on device")
	}
	return s.MemStore.Update(ctx, k, change)
}

// The gateway takes a 2xx for the end of the matter. A handler that answers
// first loses what it then can't save: the order is paid, and nobody ships it
// until Run has asked the gateway. So answer after Apply, as the handlers of
// this package do.
func ExampleCheckout_Apply_incorrect() {
	var checkout *highhelp.Checkout
	answerFirst := func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusOK) // wrong: nothing is saved yet
		e, _ := highhelp.EventFromContext(r.Context())
		_, err := checkout.Apply(r.Context(), e)
		fmt.Println("Apply:", err)
	}
	applyFirst := func(w http.ResponseWriter, r *http.Request) {
		e, _ := highhelp.EventFromContext(r.Context())
		_, err := checkout.Apply(r.Context(), e)
		fmt.Println("Apply:", err)
		if err != nil {
			w.WriteHeader(http.StatusServiceUnavailable) // so the gateway comes again
		}
	}
	for _, handle := range []http.HandlerFunc{answerFirst, applyFirst} {
		store := &diskStore{}
		s := newExampleShop(nil, func(c *highhelp.Config) { c.Store = store })
		checkout = s.Checkout
		s.server.Config.Handler = checkout.VerifyCallback(handle)
		s.create("1001")
		store.full.Store(true)
		s.paid("1001", func() { store.full.Store(false) })
		payment, err := checkout.Payment(context.Background(), "1001")
		fmt.Println("the order is", payment.State(), err)
		s.Close()
	}
	// Output:
	// Apply: highhelp: store: no space left on device
	// try 1 was answered 200
	// the order is pending <nil>
	// Apply: highhelp: store: no space left on device
	// try 1 was answered 503
	// Apply: <nil>
	// try 2 was answered 200
	// the order is paid <nil>
}

// A hook that has failed runs again. What it has done outside the Store's
// transaction has stayed, and is done twice. So let a hook write what is to be
// done, through the transaction where the Store has one, else under the ID of
// the order, and do it afterwards.
func ExampleConfig_incorrect() {
	down := true
	bookkeeping := func() error {
		if down {
			return errors.New("bookkeeping is down")
		}
		return nil
	}
	callCourier := func(_ context.Context, e highhelp.Event) error {
		fmt.Println("a courier takes order", e.OrderID) // wrong: nobody calls him back
		return bookkeeping()
	}
	couriers := map[string]bool{} // a table of the shop, with the order's ID as its key
	noteCourier := func(_ context.Context, e highhelp.Event) error {
		couriers[e.OrderID] = true // noted again, it is the same row
		return bookkeeping()
	}
	for _, onPaid := range []func(context.Context, highhelp.Event) error{callCourier, noteCourier} {
		down = true
		s := newExampleShop(onPaid)
		s.create("1001")
		s.paid("1001", func() { down = false })
		s.Close()
	}
	for id := range couriers {
		fmt.Println("a courier takes order", id)
	}
	// Output:
	// a courier takes order 1001
	// try 1 was answered 500
	// a courier takes order 1001
	// try 2 was answered 200
	// try 1 was answered 500
	// try 2 was answered 200
	// a courier takes order 1001
}

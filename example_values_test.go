package highhelp_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/sandbox"
)

// OnAnomaly is where a human is called; until he has looked, the order is held.
func ExampleAnomaly() {
	s := newExampleShop(nil, func(c *highhelp.Config) {
		c.OnAnomaly = func(_ context.Context, a highhelp.Anomaly) {
			fmt.Printf("%s: order %s, payment %s: %s\n", a.Kind, a.Key.OrderID, a.PaymentID, a.Detail)
		}
	})
	defer s.Close()
	s.create("1001")
	if err := s.Gateway.SetFaults("1001", sandbox.Fault{Kind: sandbox.FaultWrongAmount, Times: sandbox.Always}); err != nil {
		log.Fatal(err)
	}
	s.play("1001")
	payment, err := s.Checkout.Payment(context.Background(), "1001")
	fmt.Println(payment.State(), err)
	// Output:
	// mismatch: order 1001, payment 1001: the gateway reports success of 0.01 RUB; the payment was created for 100.00 RUB and was processing:paid before
	// review <nil>
}

// Each mistake names its field.
func ExampleConfigError() {
	_, err := highhelp.New(highhelp.Config{ProjectID: "P", BaseURL: "https://api.hh-processing.com", PublicURL: "https://shop.example/pay"})
	var first *highhelp.ConfigError
	if errors.As(err, &first) {
		fmt.Println(first.Field, "-", first.Reason)
	}
	// Output:
	// Config.Signer - required
}

func ExampleMoney() {
	fmt.Println(highhelp.Money{Minor: 10050, Currency: "RUB"})
	// Output:
	// 100.50 RUB
}

func ExampleStatus_Final() {
	for _, s := range []highhelp.Status{{Main: "processing", Sub: "paid"}, {Main: "success"}, {Main: "decline", Sub: "of_the_bank"}} {
		fmt.Println(s, s.Final())
	}
	// Output:
	// processing:paid false
	// success true
	// decline:of_the_bank true
}

func ExamplePayment_Paid() {
	s := newExampleShop(nil)
	defer s.Close()
	s.pay("1001")
	payment, err := s.Checkout.Payment(context.Background(), "1001")
	fmt.Println(payment.Paid(), err)
	// Output:
	// true <nil>
}

func ExamplePayment_Newest() {
	p := highhelp.Payment{Attempts: []highhelp.Attempt{
		{N: 1, PaymentID: "1001", Status: highhelp.Status{Main: "decline"}},
		{N: 2, PaymentID: "1001~2", Status: highhelp.Status{Main: "processing"}},
	}}
	fmt.Println(p.Newest().PaymentID, p.Newest().Status)
	// Output:
	// 1001~2 processing
}

// A store hands out copies: what a caller changes is not what it keeps.
func ExamplePayment_Clone() {
	kept := highhelp.Payment{Attempts: []highhelp.Attempt{{N: 1, PaymentID: "1001"}}}
	given := kept.Clone()
	given.Attempts[0].PaymentID = "changed"
	fmt.Println(kept.Newest().PaymentID)
	// Output:
	// 1001
}

// What must be kept of a settled payment is much less than all of it.
func ExamplePayment_Tombstone() {
	s := newExampleShop(nil)
	defer s.Close()
	s.pay("1001")
	payment, err := s.Checkout.Payment(context.Background(), "1001")
	if err != nil {
		log.Fatal(err)
	}
	tombstone, less := payment.Tombstone()
	fmt.Println(less, tombstone.State(), len(payment.Newest().Marks), len(tombstone.Newest().Marks))
	// Output:
	// true paid 3 0
}

// A database keeps a payment as bytes, which later releases read too.
func ExamplePayment_MarshalBinary() {
	saved, err := highhelp.Payment{
		Key:      highhelp.Key{ProjectID: "P", OrderID: "1001"},
		Attempts: []highhelp.Attempt{{N: 1, PaymentID: "1001", Amount: highhelp.Money{Minor: 10000, Currency: "RUB"}}},
	}.MarshalBinary()
	if err != nil {
		log.Fatal(err)
	}
	var p highhelp.Payment
	fmt.Println(p.UnmarshalBinary(saved), p.OrderID, p.Newest().Amount)
	// Output:
	// <nil> 1001 100.00 RUB
}

func ExampleOutcome_MarshalText() {
	text, err := json.Marshal(map[string]highhelp.Outcome{"outcome": highhelp.DoublePaid})
	fmt.Println(string(text), err)
	// Output:
	// {"outcome":"double_paid"} <nil>
}

// Retention, once a day: what is older than 90 days goes, a thousand rows at a
// time. A payment that has not changed since becomes a tombstone; none is ever
// deleted.
func ExamplePruner() {
	var store highhelp.Store = &highhelp.MemStore{}
	pruner, ok := store.(highhelp.Pruner)
	if !ok {
		return // it keeps everything
	}
	before := time.Now().AddDate(0, 0, -90)
	for {
		n, err := pruner.Prune(context.Background(), "57aff4db-b45d-42bf-bc5f-b7a499a01782", before, 1000)
		fmt.Println(n, err)
		if n == 0 || err != nil {
			break
		}
	}
	// Output:
	// 0 <nil>
}

// A countingStore is a Store that adds something to another one. It must hand
// the ctx of change on as it is: a transaction is in it.
type countingStore struct {
	highhelp.Store
	updates int
}

func (s *countingStore) Update(ctx context.Context, k highhelp.Key, change func(context.Context, *highhelp.Payment) error) error {
	s.updates++
	return s.Store.Update(ctx, k, change)
}

// A Store can be wrapped by another one. What is optional, such as Journal and
// Pruner, a wrapper like this one does not have.
func ExampleStore() {
	store := &countingStore{Store: &highhelp.MemStore{}}
	s := newExampleShop(nil, func(c *highhelp.Config) { c.Store = store })
	defer s.Close()
	s.create("1001")
	_, journal := highhelp.Store(store).(highhelp.Journal)
	fmt.Println(store.updates > 0, journal)
	// Output:
	// true false
}

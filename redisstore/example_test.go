package redisstore_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/redisstore"
	"github.com/redis/go-redis/v9"
)

// exampleStore returns a store for the examples, under a prefix that no other
// run has.
func exampleStore(o redisstore.Options) *redisstore.Store {
	o.Prefix = prefix
	store, err := redisstore.New(connect(address()), o)
	if err != nil {
		log.Fatal(err)
	}
	return store
}

// examplePayment is the payment of an order that nobody else has.
func examplePayment() highhelp.Payment {
	p := payment(newKey())
	p.UpdatedAt = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	return p
}

// insertedExample has been inserted.
func insertedExample(store *redisstore.Store) highhelp.Payment {
	p := examplePayment()
	if err := store.Insert(context.Background(), p); err != nil {
		log.Fatal(err)
	}
	return p
}

func ExampleNew() {
	client := redis.NewClient(&redis.Options{Addr: "127.0.0.1:6379", ContextTimeoutEnabled: true})
	defer client.Close()
	store, err := redisstore.New(client, redisstore.Options{})
	if err != nil {
		log.Fatal(err)
	}
	cfg := highhelp.Config{Store: store} // and the rest
	fmt.Println(cfg.Store == store)
	// Output: true
}

// A Ring takes the keys of a server that fails to another one, where a paid
// order would be unknown.
func ExampleNew_incorrect() {
	ring := redis.NewRing(&redis.RingOptions{Addrs: map[string]string{"a": "127.0.0.1:6379", "b": "127.0.0.1:6380"}})
	defer ring.Close()
	_, err := redisstore.New(ring, redisstore.Options{})
	fmt.Println(err)
	// Output: highhelp: redisstore.New: a Ring takes the keys of a server that fails to another, where its payments are unknown; use Cluster or Sentinel
}

func ExampleOptions() {
	client := redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{"127.0.0.1:7000", "127.0.0.1:7001"}, ContextTimeoutEnabled: true})
	defer client.Close()
	_, err := redisstore.New(client, redisstore.Options{
		Prefix:       "shop",
		Lease:        30 * time.Second,
		JournalAge:   90 * 24 * time.Hour,
		JournalLen:   1_000_000,
		WaitAOF:      2 * time.Second, // every write is on disk before it is answered
		WaitReplicas: 1,               // and on that of a replica
	})
	fmt.Println(err)
	// Output: <nil>
}

func ExampleStore() {
	var store highhelp.Store = exampleStore(redisstore.Options{})
	_, keepsJournal := store.(highhelp.Journal)
	_, canForget := store.(highhelp.Pruner)
	fmt.Println(keepsJournal, canForget)
	// Output: true true
}

func ExampleStore_Transactional() {
	store := exampleStore(redisstore.Options{})
	fmt.Println(store.Transactional()) // so OnPaid must bear to run again
	// Output: false
}

func ExampleStore_Insert() {
	store, p := exampleStore(redisstore.Options{}), examplePayment()
	fmt.Println(store.Insert(context.Background(), p))
	fmt.Println(store.Insert(context.Background(), p))
	// Output:
	// <nil>
	// highhelp: payment exists
}

func ExampleStore_Payment() {
	store := exampleStore(redisstore.Options{})
	p := insertedExample(store)
	got, err := store.Payment(context.Background(), p.Key)
	fmt.Println(got.State(), err)
	_, err = store.Payment(context.Background(), highhelp.Key{ProjectID: p.ProjectID, OrderID: "unknown"})
	fmt.Println(err)
	// Output:
	// pending <nil>
	// highhelp: payment not found
}

func ExampleStore_Update() {
	store := exampleStore(redisstore.Options{})
	k := insertedExample(store).Key
	err := store.Update(context.Background(), k, func(ctx context.Context, p *highhelp.Payment) error {
		p.Attempts[0].Status = highhelp.Status{Main: "success"}
		return store.Record(ctx, highhelp.Delivery{Key: k, Route: "success", Outcome: highhelp.Applied}) // kept or lost with p
	})
	got, _ := store.Payment(context.Background(), k)
	fmt.Println(got.Paid(), err)
	// Output: true <nil>
}

// While one process changes a payment, another waits as long as its context
// lets it.
func ExampleStore_Update_busy() {
	store := exampleStore(redisstore.Options{})
	k := insertedExample(store).Key
	nothing := func(context.Context, *highhelp.Payment) error { return nil }
	_ = store.Update(context.Background(), k, func(context.Context, *highhelp.Payment) error {
		short, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
		defer cancel()
		fmt.Println(store.Update(short, k, nothing))
		return nil
	})
	// Output: highhelp: payment is busy: context deadline exceeded
}

func ExampleStore_Pending() {
	store, p := exampleStore(redisstore.Options{}), examplePayment()
	p.CheckAt = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	if err := store.Insert(context.Background(), p); err != nil {
		log.Fatal(err)
	}
	early, _ := store.Pending(context.Background(), p.ProjectID, p.CheckAt.Add(-time.Microsecond), 10)
	due, _ := store.Pending(context.Background(), p.ProjectID, p.CheckAt, 10)
	fmt.Println(len(early), len(due))
	// Output: 0 1
}

func ExampleStore_Record() {
	store, k := exampleStore(redisstore.Options{}), newKey()
	err := store.Record(context.Background(), highhelp.Delivery{
		Key: highhelp.Key{ProjectID: k.ProjectID}, Error: "signer: signature refused", ReceivedAt: time.Now(),
	})
	fmt.Println(err)
	// Output: <nil>
}

func ExampleStore_Deliveries() {
	store, ctx, k := exampleStore(redisstore.Options{}), context.Background(), newKey()
	for _, route := range []string{"info", "success"} {
		if err := store.Record(ctx, highhelp.Delivery{Key: k, Route: route, ReceivedAt: time.Now()}); err != nil {
			log.Fatal(err)
		}
	}
	for d, err := range store.Deliveries(ctx, highhelp.Delivery{Key: k}, time.Now().Add(-time.Hour), time.Time{}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(d.Route)
	}
	// Output:
	// success
	// info
}

func ExampleStore_Delivery() {
	store, ctx, k := exampleStore(redisstore.Options{}), context.Background(), newKey()
	if err := store.Record(ctx, highhelp.Delivery{Key: k, Route: "success", ReceivedAt: time.Now()}); err != nil {
		log.Fatal(err)
	}
	for row := range store.Deliveries(ctx, highhelp.Delivery{Key: k}, time.Time{}, time.Time{}) {
		d, err := store.Delivery(ctx, k.ProjectID, row.ID)
		fmt.Println(d.Route, err)
	}
	_, err := store.Delivery(ctx, k.ProjectID, "1-1")
	fmt.Println(err)
	// Output:
	// success <nil>
	// highhelp: payment not found
}

func ExampleStore_Prune() {
	store, ctx := exampleStore(redisstore.Options{}), context.Background()
	k := insertedExample(store).Key // of last year
	if err := store.Record(ctx, highhelp.Delivery{Key: k, ReceivedAt: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)}); err != nil {
		log.Fatal(err)
	}
	for {
		n, err := store.Prune(ctx, k.ProjectID, time.Date(2027, 11, 23, 0, 0, 0, 0, time.UTC), 100)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(n)
		if n == 0 {
			break
		}
	}
	p, err := store.Payment(ctx, k)
	fmt.Printf("%q %v\n", p.Attempts[0].Ticket.URL, err)
	// Output:
	// 2
	// 0
	// "" <nil>
}

func ExampleStore_Retention() {
	store := exampleStore(redisstore.Options{JournalAge: 90 * 24 * time.Hour})
	fmt.Println(store.Retention())
	// Output: 2160h0m0s
}

func ExampleStore_Check() {
	store := exampleStore(redisstore.Options{})
	err := store.Check(context.Background())
	var unsafe *redisstore.SettingError // such as "redisstore: server 10.0.0.1:6379 has appendonly no, payments need yes"
	fmt.Println("safe or unsafe:", err == nil || errors.As(err, &unsafe))
	// Output: safe or unsafe: true
}

func ExampleStore_Settings() {
	store := exampleStore(redisstore.Options{})
	settings, err := store.Settings(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	for _, s := range settings {
		fmt.Println(s.Name, "should be", s.Want)
	}
	// Output:
	// maxmemory-policy should be [noeviction]
	// appendonly should be [yes]
	// appendfsync should be [always everysec]
}

func ExampleSetting() {
	s := redisstore.Setting{Addr: "10.0.0.1:6379", Name: "appendonly", Want: []string{"yes"}}
	if s.Value == "" {
		fmt.Println("ask your provider about", s.Name)
	}
	// Output: ask your provider about appendonly
}

func ExampleSettingError() {
	err := &redisstore.SettingError{Setting: redisstore.Setting{
		Addr: "10.0.0.1:6379", Name: "maxmemory-policy", Value: "allkeys-lru", Want: []string{"noeviction"},
	}}
	fmt.Println(err)
	// Output: redisstore: server 10.0.0.1:6379 has maxmemory-policy allkeys-lru, payments need noeviction
}

func ExampleDamagedError() {
	store, client := exampleStore(redisstore.Options{}), connect(address())
	defer client.Close()
	k := insertedExample(store).Key
	client.HSet(context.Background(), paymentKey(k), "payment", "something else")
	_, err := store.Payment(context.Background(), k)
	var damaged *redisstore.DamagedError
	fmt.Println(errors.As(err, &damaged), damaged.Err)
	// Output: true highhelp: what the store holds can't be read
}

func ExampleErrNotDurable() {
	store := exampleStore(redisstore.Options{WaitAOF: time.Millisecond, WaitReplicas: 100}) // more than there are
	err := store.Insert(context.Background(), examplePayment())
	fmt.Println(errors.Is(err, redisstore.ErrNotDurable))
	// Output: true
}

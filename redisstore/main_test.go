package redisstore_test

import (
	"context"
	"crypto/rand"
	"flag"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/redisstore"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

// address is where a Redis runs that any test may use, with a prefix of its
// own.
func address() string {
	if addr := os.Getenv("HIGHHELP_TEST_REDIS"); addr != "" {
		return addr
	}
	return "127.0.0.1:6379"
}

// prefix is that of this run.
var prefix = "highhelp-test-" + rand.Text()

func TestMain(m *testing.M) {
	flag.Parse()
	redis.SetLogger(silence{}) // servers are killed here
	client := connect(address())
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := client.Ping(ctx).Err(); err != nil { // an example can't skip itself
		fmt.Println("examples are left out:", err)
		if err := flag.Set("test.skip", "^Example"); err != nil {
			panic(err)
		}
	}
	code := m.Run()
	if client.Ping(context.Background()).Err() == nil {
		if err := clean(context.Background(), client); err != nil {
			fmt.Println(err)
			code = 1
		}
	}
	os.Exit(code)
}

type silence struct{}

func (silence) Printf(context.Context, string, ...any) {}

// clean deletes what the run has left.
func clean(ctx context.Context, client *redis.Client) error {
	keys := client.Scan(ctx, 0, prefix+"*", 1000).Iterator()
	for keys.Next(ctx) {
		if err := client.Unlink(ctx, keys.Val()).Err(); err != nil {
			return err
		}
	}
	return keys.Err()
}

func connect(addr string) *redis.Client {
	return redis.NewClient(&redis.Options{Addr: addr, ContextTimeoutEnabled: true})
}

// missing skips a test for what this machine lacks, or fails it if nothing may
// be skipped.
func missing(t testing.TB, what string) {
	t.Helper()
	if os.Getenv("HIGHHELP_TEST_REQUIRE") == "all" {
		t.Fatalf("there is no %s, and HIGHHELP_TEST_REQUIRE is all", what)
	}
	t.Skipf("there is no %s", what)
}

// running returns a client of the Redis that runs already.
func running(t testing.TB) *redis.Client {
	t.Helper()
	client := connect(address())
	t.Cleanup(func() { client.Close() })
	if err := client.Ping(t.Context()).Err(); err != nil {
		missing(t, "Redis at "+address())
	}
	return client
}

// open returns a store on client.
func open(t testing.TB, client redis.UniversalClient, o redisstore.Options) *redisstore.Store {
	t.Helper()
	if o.Prefix == "" {
		o.Prefix = prefix
	}
	s, err := redisstore.New(client, o)
	require.NoError(t, err)
	return s
}

// newKey returns a key that nothing else uses.
func newKey() highhelp.Key {
	return highhelp.Key{ProjectID: "project-" + rand.Text(), OrderID: "order-" + rand.Text()}
}

// payment returns a payment with one attempt.
func payment(k highhelp.Key) highhelp.Payment {
	at := time.Now().UTC().Truncate(time.Microsecond)
	return highhelp.Payment{
		Key: k, CreatedAt: at, UpdatedAt: at,
		Attempts: []highhelp.Attempt{{
			N: 1, PaymentID: k.OrderID, Amount: highhelp.Money{Minor: 10000, Currency: "RUB"}, Sent: true, CreatedAt: at, Marks: []highhelp.Mark{},
			Ticket: highhelp.Ticket{PaymentID: k.OrderID, URL: "https://pay.example/" + k.OrderID, StatusToken: "token", ExpiresAt: at.Add(10 * time.Minute)},
		}},
	}
}

// inserted inserts a payment.
func inserted(t testing.TB, s *redisstore.Store) highhelp.Payment {
	t.Helper()
	p := payment(newKey())
	require.NoError(t, s.Insert(t.Context(), p))
	return p
}

// hold sets Held, which stands for any change.
func hold(value string) func(context.Context, *highhelp.Payment) error {
	return func(_ context.Context, p *highhelp.Payment) error {
		p.Held = value
		return nil
	}
}

func held(t testing.TB, s *redisstore.Store, k highhelp.Key) string {
	t.Helper()
	p, err := s.Payment(t.Context(), k)
	require.NoError(t, err)
	return p.Held
}

// deliveries lists a project's journal.
func deliveries(t testing.TB, s *redisstore.Store, like highhelp.Delivery) (list []highhelp.Delivery) {
	t.Helper()
	for d, err := range s.Deliveries(t.Context(), like, time.Time{}, time.Time{}) {
		require.NoError(t, err)
		list = append(list, d)
	}
	return list
}

// The keys that README.md documents.
func leaseKey(k highhelp.Key) string { return prefix + ":{" + k.ProjectID + "}:lease:" + k.OrderID }
func paymentKey(k highhelp.Key) string {
	return prefix + ":{" + k.ProjectID + "}:payment:" + k.OrderID
}

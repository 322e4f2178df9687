package highhelp_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/sandbox"
)

// A callback that never comes is made up for by asking the gateway.
func ExampleCheckout_Reconcile() {
	shop := newExampleShop(func(_ context.Context, e highhelp.Event) error {
		fmt.Println("ship", e.OrderID, "which the gateway has told by", e.Route)
		return nil
	}, func(c *highhelp.Config) {
		c.Checks.After = []time.Duration{time.Nanosecond, time.Hour}
	})
	defer shop.Close()
	if _, err := shop.Checkout.CreateTicket(context.Background(), highhelp.Order{
		ID: "1042", Amount: highhelp.Money{Minor: 10000, Currency: "RUB"},
	}); err != nil {
		log.Fatal(err)
	}
	if _, err := shop.Gateway.Act("1042", sandbox.Pay); err != nil { // and no callback is delivered
		log.Fatal(err)
	}
	report, err := shop.Checkout.Reconcile(context.Background())
	fmt.Println(report.Asked, "asked,", report.Applied, "applied,", err)
	// Output:
	// ship 1042 which the gateway has told by poll
	// 1 asked, 1 applied, <nil>
}

// Run belongs beside the server, and ends with it.
func ExampleCheckout_Run() {
	shop := newExampleShop(nil)
	defer shop.Close()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- shop.Checkout.Run(ctx) }()
	stop() // as when the process is told to end
	fmt.Println(errors.Is(<-ended, context.Canceled))
	// Output: true
}

func ExampleChecks() {
	cfg := highhelp.Config{Checks: highhelp.Checks{
		After:     []time.Duration{30 * time.Second, 10 * time.Minute, 24 * time.Hour},
		PerSecond: 2,
	}}
	fmt.Println("the horizon is", cfg.Checks.After[2])
	// Output: the horizon is 24h0m0s
}

// Hooks see each operation begin and end.
func ExampleHooks() {
	var hooks highhelp.Hooks
	hooks.Start = func(ctx context.Context, operation string, _ ...slog.Attr) (context.Context, func(error, ...slog.Attr)) {
		return ctx, func(err error, attrs ...slog.Attr) { fmt.Println(operation, attrs, err) }
	}
	shop := newExampleShop(func(context.Context, highhelp.Event) error { return nil }, func(c *highhelp.Config) { c.Hooks = hooks })
	defer shop.Close()
	shop.pay("1042")
	// Output:
	// gateway [http_status=200 tries=1] <nil>
	// callback.read [] <nil>
	// callback.verify [] <nil>
	// hook [] <nil>
	// callback.apply [] <nil>
	// callback [http_status=200 outcome=applied code=ok] <nil>
	// callback.read [] <nil>
	// callback.verify [] <nil>
	// hook [] <nil>
	// callback.apply [] <nil>
	// callback [http_status=200 outcome=applied code=ok] <nil>
	// callback.read [] <nil>
	// callback.verify [] <nil>
	// hook [] <nil>
	// callback.apply [] <nil>
	// callback [http_status=200 outcome=applied code=ok] <nil>
}

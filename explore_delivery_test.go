package highhelp_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/stretchr/testify/require"
)

// TestEveryDeliveryInterleaving takes in up to three events of one order, each
// in a process of its own, in every order of their steps and with a crash at
// every point. Then the gateway comes again with what it got no 200 for. After
// every step and at the end it checks that nothing is shipped twice or without
// the right success, that no final status is overwritten, and that what was
// answered is durable.
func TestEveryDeliveryInterleaving(t *testing.T) {
	events := verifiedEvents(t)
	names := slices.Sorted(maps.Keys(events))
	most := 3
	if testing.Short() || raceDetector {
		most = 2
	}
	runs := 0
	for _, set := range multisets(names, most) {
		e := newDeliveries(t, events, set)
		for path := (*choices)(nil).next(0); path != nil; path = path.next(1000) {
			e.run(path)
			runs++
			if e.problem != "" {
				t.Fatalf("%v: %s\nafter:\n  %s", set, e.problem, strings.Join(e.story, "\n  "))
			}
		}
	}
	t.Logf("%d runs", runs)
	require.Greater(t, runs, 1000, "too little was explored")
}

// multisets returns all choices of 1 to most names, without regard to order.
func multisets(names []string, most int) (all [][]string) {
	last := [][]string{nil}
	for range most {
		var longer [][]string
		for _, set := range last {
			for _, name := range names {
				if len(set) == 0 || name >= set[len(set)-1] {
					longer = append(longer, append(slices.Clone(set), name))
				}
			}
		}
		all, last = append(all, longer...), longer
	}
	return all
}

// verifiedEvents lets real callbacks come in over a real server, and returns
// what they say.
func verifiedEvents(t *testing.T) map[string]highhelp.Event {
	s := newShop(t)
	events := map[string]highhelp.Event{}
	var name string
	server := newServer(t, s.Checkout.VerifyCallback(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		e, ok := highhelp.EventFromContext(r.Context())
		require.True(t, ok)
		events[name] = e
	})))
	cheap := success("1")
	cheap.amount = 1
	for n, c := range map[string]callback{
		"success 1": success("1"), "decline 1": with("1", "decline", ""), "progress 1": with("1", "processing", "paid"), "cheap success 1": cheap,
		"success 2": success("1~2"), "decline 2": with("1~2", "decline", ""),
	} {
		name = n
		body := c.body()
		headers, err := testKeys().callback.Sign(body, s.Clock.Now())
		require.NoError(t, err)
		req, err := http.NewRequest(http.MethodPost, server.URL, strings.NewReader(string(body)))
		require.NoError(t, err)
		maps.Copy(req.Header, headers)
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
	}
	require.Len(t, events, 6)
	return events
}

// deliveries explores one set of events.
type deliveries struct {
	events    map[string]highhelp.Event
	processes []*process // one for each event, and one for the end

	path    *choices
	crashed bool // at most one process does
	db      *database
	told    int // anomalies that a living process has told
	problem string
	story   []string
}

// A process is a Checkout that may die: then nothing it still does is seen.
type process struct {
	*highhelp.Checkout
	x     *deliveries
	event string
	dead  bool
	tx    []string            // what the application has written in the change under way
	yield func(struct{}) bool // lets others move, or nil
}

// database is what all processes share: payments, and what the application
// wrote in the same transactions.
type database struct {
	highhelp.MemStore
	shipped []string
	final   map[string]string // by payment_id
}

func newDeliveries(t *testing.T, events map[string]highhelp.Event, set []string) *deliveries {
	x := &deliveries{events: events}
	for _, event := range append(slices.Clone(set), "") {
		p := &process{x: x, event: event}
		cfg := validConfig()
		cfg.ProjectID, cfg.InfoPath, cfg.Logger = project, "-", slog.New(slog.NewTextHandler(io.Discard, &slog.HandlerOptions{Level: slog.LevelError + 1}))
		cfg.HTTPClient = http.DefaultClient // never used
		cfg.Store, cfg.OnPaid = p, p.ship
		cfg.OnAnomaly = func(context.Context, highhelp.Anomaly) {
			if !p.dead {
				x.told++
			}
		}
		var err error
		p.Checkout, err = highhelp.New(cfg)
		require.NoError(t, err)
		x.processes = append(x.processes, p)
	}
	return x
}

// begin makes a database with an order whose first page expired unpaid, and
// whose second one is open.
func (x *deliveries) begin(path *choices) {
	x.path, x.crashed, x.told, x.problem, x.story = path, false, 0, "", nil
	x.db = &database{final: map[string]string{}}
	p := highhelp.Payment{Key: highhelp.Key{ProjectID: project, OrderID: "1"}}
	for i, id := range []string{"1", "1~2"} {
		p.Attempts = append(p.Attempts, highhelp.Attempt{N: i + 1, PaymentID: id, Amount: rub(10000), Sent: true})
	}
	if err := x.db.Insert(context.Background(), p); err != nil {
		x.problem = err.Error()
	}
	for _, p := range x.processes {
		p.dead, p.tx, p.yield = false, nil, nil
	}
}

// run takes the events in, in the order that path says, and brings again what
// was not answered.
func (x *deliveries) run(path *choices) {
	x.begin(path)
	answered := make([]bool, len(x.processes)-1)
	steps := make([]func() (struct{}, bool), len(answered))
	left := map[int]bool{}
	for i := range answered {
		p := x.processes[i]
		next, stop := iter.Pull(func(yield func(struct{}) bool) {
			p.yield = yield
			answered[i] = p.deliver(x.events[p.event])
		})
		defer stop()
		steps[i], left[i] = next, true
	}
	for len(left) > 0 && x.problem == "" {
		order := slices.Sorted(maps.Keys(left))
		i := order[x.path.choose(len(order))]
		if _, more := steps[i](); !more {
			delete(left, i)
		}
	}
	end := x.processes[len(x.processes)-1]
	for i, p := range x.processes[:len(answered)] {
		if x.problem == "" && !answered[i] && !end.deliver(x.events[p.event]) {
			x.fail("%s is not answered when it comes again", p.event)
		}
	}
	if x.problem == "" {
		x.checkEnd()
	}
}

func (x *deliveries) fail(format string, args ...any) {
	if x.problem == "" {
		x.problem = fmt.Sprintf(format, args...)
	}
}

// deliver takes an event in and reports whether the gateway gets a 200.
func (p *process) deliver(e highhelp.Event) bool {
	o, err := p.Apply(context.Background(), e)
	if p.dead || err != nil {
		return false
	}
	p.x.say(p, "answers "+o.String())
	p.x.checkDurable(e)
	return true
}

func (x *deliveries) say(p *process, what string) {
	x.story = append(x.story, fmt.Sprintf("%s: %s", or(p.event, "again"), what))
}

func or(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}

var errDead = errors.New("the process is dead")

// step is what happens at each call of the store: others may move before it.
func (p *process) step(what string) error {
	if p.yield != nil && !p.dead {
		p.yield(struct{}{})
	}
	p.mayDie("before " + what)
	if p.dead {
		return errDead
	}
	p.x.say(p, what)
	return nil
}

// mayDie is a point at which the process may crash.
func (p *process) mayDie(when string) {
	if p.dead || p.x.crashed || p.yield == nil || p.x.path.choose(2) == 0 {
		return
	}
	p.dead, p.x.crashed = true, true
	p.x.say(p, "crashes "+when)
}

func (p *process) ship(_ context.Context, e highhelp.Event) error {
	p.mayDie("before it ships")
	p.tx = append(p.tx, e.OrderID)
	p.mayDie("after it has shipped")
	return nil
}

func (p *process) Transactional() bool { return true }

func (p *process) Insert(ctx context.Context, payment highhelp.Payment) error {
	return p.x.db.Insert(ctx, payment)
}

func (p *process) Payment(ctx context.Context, k highhelp.Key) (highhelp.Payment, error) {
	if err := p.step("read"); err != nil {
		return highhelp.Payment{}, err
	}
	return p.x.db.Payment(ctx, k)
}

func (p *process) Pending(ctx context.Context, id string, due time.Time, n int) ([]highhelp.Payment, error) {
	return p.x.db.Pending(ctx, id, due, n)
}

// Update is a transaction: others see all of it or nothing, so they need not
// move while it runs.
func (p *process) Update(ctx context.Context, k highhelp.Key, change func(context.Context, *highhelp.Payment) error) error {
	if err := p.step("update"); err != nil {
		return err
	}
	p.tx = nil
	err := p.x.db.Update(ctx, k, func(ctx context.Context, payment *highhelp.Payment) error {
		err := change(ctx, payment)
		if p.mayDie("before the commit"); p.dead {
			return errDead
		}
		return err
	})
	if err == nil {
		p.x.db.shipped = append(p.x.db.shipped, p.tx...)
		p.x.checkState()
		p.mayDie("after the commit")
	}
	return err
}

func (p *process) Record(ctx context.Context, d highhelp.Delivery) error {
	if p.dead {
		return errDead
	}
	return p.x.db.Record(ctx, d)
}

func (x *deliveries) payment() highhelp.Payment {
	p, err := x.db.Payment(context.Background(), highhelp.Key{ProjectID: project, OrderID: "1"})
	if err != nil {
		x.fail("%v", err)
	}
	return p
}

// checkState checks what must hold after every commit.
func (x *deliveries) checkState() {
	p := x.payment()
	paid := 0
	for _, a := range p.Attempts {
		if was := x.db.final[a.PaymentID]; was != "" && was != a.Status.Main {
			x.fail("%s was %s and is %s", a.PaymentID, was, a.Status.Main)
		}
		if a.Status.Final() {
			x.db.final[a.PaymentID] = a.Status.Main
		}
		if a.Status.Main == "success" {
			paid = 1
		}
	}
	if len(x.db.shipped) != paid {
		x.fail("paid %d times, shipped %d times", paid, len(x.db.shipped))
	}
}

// checkDurable demands that an event that is answered has left its trace.
func (x *deliveries) checkDurable(e highhelp.Event) {
	for _, a := range x.payment().Attempts {
		for _, m := range a.Marks {
			if a.PaymentID == e.PaymentID && m.Status == e.Status.Main {
				return
			}
		}
	}
	for d, err := range x.db.Deliveries(context.Background(), highhelp.Delivery{Key: e.Key, PaymentID: e.PaymentID}, time.Time{}, time.Time{}) {
		if err == nil && string(d.Raw) == string(e.Raw) && d.Outcome != 0 {
			return
		}
	}
	x.fail("%s is answered, and nothing of it is kept", e.Status)
}

// checkEnd checks what must hold once everything has been answered.
func (x *deliveries) checkEnd() {
	p := x.payment()
	came := func(name string) bool {
		return slices.ContainsFunc(x.processes, func(p *process) bool { return p.event == name })
	}
	for i, n := range []string{"1", "2"} {
		status := p.Attempts[i].Status.Main
		if status == "success" && !came("success "+n) {
			x.fail("attempt %s is paid without a success", n)
		}
		if came("success "+n) && !came("decline "+n) && status != "success" {
			x.fail("attempt %s is not paid", n)
		}
	}
	wrong := came("cheap success 1") && p.Attempts[0].Status.Main == "" ||
		came("success 1") && (came("decline 1") || came("success 2")) || came("success 2") && came("decline 2")
	if wrong && (p.Held == "" || x.told == 0) {
		x.fail("nobody has heard of what went wrong: held %q, told %d times", p.Held, x.told)
	}
}

package highhelp_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/signer"
)

// TestEveryTicketInterleaving runs two callers of CreateTicket, each a process
// of its own, through every order of their steps, with crashes, lost and late
// requests and answers, and time that passes, up to a number of deviations from
// the plain course. After every run the payer clicks again, undisturbed. It
// checks that no payer is ever sent to a second page while the first is alive,
// and that nothing that was lost on the way keeps the order from being paid.
func TestEveryTicketInterleaving(t *testing.T) {
	deviations := 3
	if testing.Short() {
		deviations = 1
	}
	for _, model := range []gatewayModel{
		{}, {repeats: true}, {infoURL: true}, {repeats: true, forgetful: true}, {begins: true}, {repeats: true, begins: true},
	} {
		t.Run(model.name(), func(t *testing.T) {
			t.Parallel()
			runs, gave := 0, 0
			for path := (*choices)(nil); ; {
				path = path.next(deviations)
				if path == nil {
					break
				}
				synctest.Test(t, func(t *testing.T) {
					x := newExploration(path, model)
					x.run()
					gave += len(x.given)
					if x.problem != "" {
						t.Fatalf("%s\nafter:\n  %s", x.problem, strings.Join(x.story, "\n  "))
					}
				})
				runs++
			}
			t.Logf("%d runs, %d pages given", runs, gave)
			if runs < 100 && deviations > 1 || gave < runs {
				t.Fatal("too little was explored")
			}
		})
	}
}

// choices walks all sequences of decisions with at most so many that are not
// the first option.
type choices struct {
	taken   []int
	options []int
	at      int
}

func (c *choices) choose(n int) int {
	if c.at == len(c.taken) {
		c.taken = append(c.taken, 0)
		c.options = append(c.options, n)
	}
	c.options[c.at] = n
	c.at++
	return min(c.taken[c.at-1], n-1)
}

// next is the odometer: the sequence after this one, or nil.
func (c *choices) next(deviations int) *choices {
	if c == nil {
		return &choices{}
	}
	for i := len(c.taken) - 1; i >= 0; i-- {
		used := 0
		for _, v := range c.taken[:i] {
			if v != 0 {
				used++
			}
		}
		if c.taken[i]+1 < c.options[i] && used < deviations {
			return &choices{taken: append(slices.Clone(c.taken[:i]), c.taken[i]+1), options: slices.Clone(c.options[:i+1])}
		}
	}
	return nil
}

// A gatewayModel is one way in which the gateway may behave where the
// documentation does not say.
type gatewayModel struct {
	repeats   bool // a second create of a payment_id gives the same page again
	infoURL   bool // info tells the page
	forgetful bool // info does not know a payment until its page is opened
	begins    bool // the payer opens every page at once
}

func (m gatewayModel) name() string { return strings.Trim(fmt.Sprintf("%+v", m), "{}") }

type page struct {
	url     string
	expires time.Time
	seen    bool
}

// An exploration is one run.
type exploration struct {
	path  *choices
	model gatewayModel
	store highhelp.MemStore

	mu      sync.Mutex      // callers run at once between their steps
	pages   map[string]page // by payment_id
	pending []*step
	last    string // the caller that moved last
	calls   int
	jumps   int
	given   []string // URLs that payers were sent to, in order
	problem string
	story   []string
	faults  bool // whether deviations are on
}

// A step is a caller that waits for its turn.
type step struct {
	caller, what string
	options      []string // what may happen to it; the first is the plain course
	turn         chan string
}

const crash = "crash"

func newExploration(path *choices, model gatewayModel) *exploration {
	return &exploration{path: path, model: model, pages: map[string]page{}, faults: true}
}

func (x *exploration) say(format string, args ...any) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.story = append(x.story, time.Now().Format("04:05 ")+fmt.Sprintf(format, args...))
}

// wait is what each caller does before a step; it returns what happens to it.
func (x *exploration) wait(caller, what string, options ...string) string {
	s := &step{caller: caller, what: what, options: options, turn: make(chan string)}
	x.mu.Lock()
	x.pending = append(x.pending, s)
	x.mu.Unlock()
	happens := <-s.turn
	if happens == crash {
		runtime.Goexit()
	}
	return happens
}

// run starts two callers, drives them to their ends, and lets the payer click
// again until there is a page.
func (x *exploration) run() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	done := make(chan string, 2)
	for _, name := range []string{"A", "B"} {
		go x.click(ctx, name, done)
	}
	for left := 2; left > 0; {
		synctest.Wait()
		select {
		case <-done:
			left--
		default:
			if !x.drive() {
				cancel() // the rest has crashed
			}
		}
	}
	cancel()
	x.recover()
}

// drive lets one thing happen. It reports false if nothing more can.
func (x *exploration) drive() bool {
	all := x.possible()
	if len(all) == 0 {
		return x.pass(time.Second)
	}
	o := all[x.path.choose(len(all))]
	if o.step == nil {
		x.jumps++
		x.say("%s", o.what)
		return x.pass(map[string]time.Duration{halfMinute: 30 * time.Second, mostOfLife: 8 * time.Minute, longTime: 12 * time.Minute}[o.what])
	}
	x.say("%s: %s: %s", o.caller, o.step.what, o.what)
	x.mu.Lock()
	x.last = o.caller
	x.pending = slices.DeleteFunc(x.pending, func(s *step) bool { return s == o.step })
	x.mu.Unlock()
	o.turn <- o.what
	return true
}

// An option is what may happen next: a step of a caller, or time that passes.
type option struct {
	*step
	what string
}

const halfMinute, mostOfLife, longTime = "30 seconds pass", "8 minutes pass", "12 minutes pass"

// possible lists what may happen next. The first option is the plain course:
// the caller that moved last goes on.
func (x *exploration) possible() (all []option) {
	x.mu.Lock()
	defer x.mu.Unlock()
	slices.SortFunc(x.pending, func(a, b *step) int {
		return cmp.Or(-cmp.Compare(b2i(a.caller == x.last), b2i(b.caller == x.last)), cmp.Compare(a.caller, b.caller))
	})
	for _, s := range x.pending {
		all = append(all, option{s, s.options[0]})
	}
	if !x.faults || len(x.pending) == 0 {
		return all
	}
	for _, s := range x.pending {
		for _, o := range s.options[1:] {
			all = append(all, option{s, o})
		}
		all = append(all, option{s, crash})
	}
	if x.jumps < 2 {
		all = append(all, option{nil, halfMinute}, option{nil, mostOfLife}, option{nil, longTime})
	}
	return all
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// pass lets time go by, for timers too. If that wakes nobody for long, only
// crashed callers are left.
func (x *exploration) pass(d time.Duration) bool {
	time.Sleep(d)
	x.calls++
	return x.calls < 200
}

func (x *exploration) click(ctx context.Context, name string, done chan<- string) {
	c, err := highhelp.New(highhelp.Config{
		ProjectID: "P", BaseURL: "https://gateway.example", PublicURL: "https://shop.example/pay",
		Signer: cheapSigner{}, Verifier: testKeys().callback.Public("c"), Store: exploredStore{&x.store, x, name},
		OnPaid:     func(context.Context, highhelp.Event) error { return errors.New("nobody pays here") },
		OnAnomaly:  func(context.Context, highhelp.Anomaly) {},
		Logger:     slog.New(slog.DiscardHandler),
		HTTPClient: &http.Client{Transport: exploredGateway{x, name}},
	})
	if err != nil {
		panic(err)
	}
	ticket, err := c.CreateTicket(ctx, highhelp.Order{ID: "1", Amount: rub(100)})
	if err == nil {
		x.give(name, ticket.URL)
	} else {
		x.say("%s: no page: %v", name, err)
	}
	done <- name
}

// give sends the payer to a page, and looks whether another one is alive.
func (x *exploration) give(name, url string) {
	x.say("%s: the payer is sent to %s", name, url)
	x.mu.Lock()
	defer x.mu.Unlock()
	x.given = append(x.given, url)
	for id, p := range x.pages {
		if p.url == url {
			p.seen = true
			x.pages[id] = p
		} else if p.seen && time.Now().Before(p.expires) {
			x.problem = fmt.Sprintf("the payer is sent to %s while %s is alive", url, p.url)
		}
	}
}

// recover lets the payer click every minute for a quarter of an hour. Nothing
// disturbs any more, so the order must be payable, and each further click must
// lead to the same page for as long as that is alive.
func (x *exploration) recover() {
	x.faults = false
	before := len(x.given)
	for range 15 {
		done := make(chan string, 1)
		go x.click(context.Background(), "again", done)
		for waiting := true; waiting; {
			synctest.Wait()
			select {
			case <-done:
				waiting = false
			default:
				x.drive()
			}
		}
		time.Sleep(time.Minute)
	}
	if len(x.given) == before && !x.model.begins { // a payer who has begun may be paying: no second page then
		x.problem = "the order can't be paid any more"
	}
}

// exploredStore takes part in the game before each call.
type exploredStore struct {
	*highhelp.MemStore
	x    *exploration
	name string
}

func (s exploredStore) Insert(ctx context.Context, p highhelp.Payment) error {
	s.x.wait(s.name, "insert", "goes on")
	return s.MemStore.Insert(ctx, p)
}

func (s exploredStore) Payment(ctx context.Context, k highhelp.Key) (highhelp.Payment, error) {
	s.x.wait(s.name, "read", "goes on")
	return s.MemStore.Payment(ctx, k)
}

func (s exploredStore) Update(ctx context.Context, k highhelp.Key, change func(context.Context, *highhelp.Payment) error) error {
	s.x.wait(s.name, "update", "goes on")
	return s.MemStore.Update(ctx, k, change)
}

// exploredGateway is the network and the gateway behind it.
type exploredGateway struct {
	x    *exploration
	name string
}

func (g exploredGateway) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	doc, err := signer.Parse(body)
	if err != nil {
		return nil, err
	}
	id, _ := doc.Text("general:payment_id")
	call := "create " + id
	if strings.HasSuffix(r.URL.Path, "/info") {
		call = "info " + id
	}
	if r.Context().Err() != nil { // as a real transport, which looks before it writes
		return nil, r.Context().Err()
	}
	if g.x.wait(g.name, call, "arrives", "is lost") == "is lost" {
		return nil, errors.New("connection reset")
	}
	status, answer := g.x.answer(strings.HasPrefix(call, "create"), id)
	if g.x.wait(g.name, "answer to "+call, "arrives", "is lost") == "is lost" || r.Context().Err() != nil {
		return nil, errors.New("connection reset")
	}
	return &http.Response{
		StatusCode: status, Header: http.Header{"Date": {time.Now().UTC().Format(http.TimeFormat)}},
		Body: io.NopCloser(strings.NewReader(answer)), Request: r,
	}, nil
}

func (x *exploration) answer(create bool, id string) (int, string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	p, known := x.pages[id]
	form := `,"integration":{"form_url":"` + p.url + `"}`
	switch {
	case create && !known:
		p = page{url: "https://pages.example/" + id, expires: time.Now().Add(10 * time.Minute)}
		x.pages[id] = p
		return 200, `{"status":"processing","sub_status":"new","integration":{"form_url":"` + p.url + `"}}`
	case create && x.model.repeats:
		return 200, `{"status":"processing","sub_status":"new"` + form + `}`
	case create:
		return 400, `{"status":"error","status_description":"duplicate payment_id"}`
	case !known || x.model.forgetful && !p.seen:
		return 404, `{"status":"error","status_description":"not found"}`
	case p.seen && x.model.begins && time.Now().Before(p.expires):
		return 200, `{"status":"processing","sub_status":"awaiting_confirm"}`
	case p.seen && x.model.begins:
		return 200, `{"status":"dispute","sub_status":"no_payment"}`
	case x.model.infoURL:
		return 200, `{"status":"processing","sub_status":"new"` + form + `}`
	}
	return 200, `{"status":"processing","sub_status":"new"}`
}

// cheapSigner stands in for RSA where millions of requests go nowhere.
type cheapSigner struct{}

func (cheapSigner) Sign([]byte, time.Time) (http.Header, error) { return http.Header{}, nil }

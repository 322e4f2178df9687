package highhelp_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/signer"
	"github.com/stretchr/testify/require"
)

func TestFromClickToShipment(t *testing.T) {
	s := newShop(t)
	s.sells("1001")
	status, body := s.click("1001")
	require.Equal(t, 200, status, body)
	require.Equal(t, 200, s.deliver("info", with("1001", "processing", "paid")))
	require.Zero(t, s.shipped("1001"), "the payer's word ships nothing")
	require.Equal(t, 200, s.deliver("success", success("1001")))
	require.Equal(t, 1, s.shipped("1001"))
	require.Equal(t, 200, s.deliver("success", success("1001")))
	require.Equal(t, 1, s.shipped("1001"))
	require.Equal(t, "paid", s.payment("1001").State())
	require.Empty(t, s.kinds())
}

// Each row of the transition table, through the wire: what comes in after what,
// the outcome in the journal, the hooks that ran and what a human hears.
func TestOutcomes(t *testing.T) {
	type delivery struct {
		route string
		c     callback
	}
	small := success("1")
	small.amount = 9900
	foreign := success("1")
	foreign.currency = "KZT"
	for _, c := range []struct {
		name      string
		second    bool // a second attempt is open
		history   []delivery
		last      delivery
		want      highhelp.Outcome
		shipped   int
		anomalies []string
		state     string
	}{
		{"success", false, nil, delivery{"success", success("1")}, highhelp.Applied, 1, nil, "paid"},
		{"decline", false, nil, delivery{"decline", with("1", "decline", "")}, highhelp.Applied, 0, nil, "declined"},
		{"progress", false, nil, delivery{"info", with("1", "processing", "paid")}, highhelp.Applied, 0, nil, "pending"},
		{"dispute", false, nil, delivery{"info", with("1", "dispute", "different_amount")}, highhelp.Applied, 0, nil, "pending"},
		{"unknown status", false, nil, delivery{"info", with("1", "frozen", "solid")}, highhelp.Applied, 0, nil, "pending"},
		{"duplicate", false, []delivery{{"success", success("1")}}, delivery{"success", success("1")}, highhelp.Duplicate, 1, nil, "paid"},
		{"stale", false, []delivery{{"success", success("1")}}, delivery{"info", with("1", "processing", "paid")}, highhelp.Stale, 1, nil, "paid"},
		{"conflict", false, []delivery{{"decline", with("1", "decline", "")}}, delivery{"success", success("1")}, highhelp.Conflict, 0, []string{"conflict"}, "review"},
		{"conflict of a paid order", false, []delivery{{"success", success("1")}}, delivery{"decline", with("1", "decline", "")}, highhelp.Conflict, 1, []string{"conflict"}, "paid"},
		{"other amount", false, nil, delivery{"success", small}, highhelp.Mismatch, 0, []string{"mismatch"}, "review"},
		{"other currency", false, nil, delivery{"success", foreign}, highhelp.Mismatch, 0, []string{"mismatch"}, "review"},
		{"right amount after another", false, []delivery{{"success", small}}, delivery{"success", success("1")}, highhelp.Applied, 1, []string{"mismatch"}, "paid"},
		{"old attempt succeeds", true, nil, delivery{"success", success("1")}, highhelp.Conflict, 0, []string{"conflict"}, "review"},
		{"second attempt succeeds", true, nil, delivery{"success", success("1~2")}, highhelp.Applied, 1, nil, "paid"},
		{"old attempt again declined", true, nil, delivery{"decline", with("1", "decline", "x")}, highhelp.Duplicate, 0, nil, "pending"},
		{"route of another kind", false, nil, delivery{"decline", success("1")}, highhelp.Applied, 1, []string{"wrong_route"}, "paid"},
		{"final status as information", false, nil, delivery{"info", success("1")}, highhelp.Applied, 1, []string{"wrong_route"}, "paid"},
		{"information as final status", false, nil, delivery{"success", with("1", "processing", "paid")}, highhelp.Applied, 0, []string{"wrong_route"}, "pending"},
		{"other amount at another URL", false, nil, delivery{"decline", small}, highhelp.Mismatch, 0, []string{"mismatch"}, "review"},
		{"sub status None", false, nil, delivery{"success", with("1", "success", "None")}, highhelp.Applied, 1, nil, "paid"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newShop(t)
			s.ticket("1")
			if c.second {
				require.Equal(t, 200, s.deliver("decline", with("1", "decline", "")))
				s.ticket("1")
			}
			for _, d := range append(c.history, c.last) {
				s.Clock.Add(time.Second)
				resp := s.deliverRaw(d.route, d.c.body(), testKeys().callback, nil)
				require.Equal(t, 200, resp.StatusCode)
				require.Equal(t, "OK", readAll(t, resp))
			}
			journal := s.journal()
			last := journal[len(journal)-1]
			require.Equal(t, c.want, last.Outcome)
			require.Equal(t, c.last.c.payment, last.PaymentID)
			require.Equal(t, "callback", last.KeyName)
			require.Equal(t, c.last.c.body(), last.Raw)
			require.Equal(t, c.shipped, s.shipped("1"))
			require.ElementsMatch(t, c.anomalies, s.kinds())
			require.Equal(t, c.state, s.payment("1").State())
		})
	}
}

// The idempotency key holds neither amount nor request_id: two bodies may share
// it. The second one changes nothing, and the journal tells them apart.
func TestVariant(t *testing.T) {
	s := newShop(t)
	s.ticket("1")
	first, other := with("1", "processing", "paid"), with("1", "processing", "paid")
	other.amount = 9900
	for i, c := range []callback{first, first, other} {
		require.Equal(t, 200, s.deliver("info", c))
		journal := s.journal()
		require.Equal(t, i == 2, journal[len(journal)-1].Variant)
	}
	require.Len(t, s.payment("1").Newest().Marks, 1)
}

// DoublePaid needs an old attempt that is still open: its page expired, the
// gateway said that nobody had begun to pay, and then somebody paid all the
// same.
func TestDoublePaid(t *testing.T) {
	s := newShop(t)
	s.ticket("1")
	s.Clock.Add(700 * time.Second)
	s.Gateway.say("info", 200, `{"status":"processing","sub_status":"new"}`)
	require.Equal(t, "1~2", s.ticket("1").PaymentID)
	require.Equal(t, 200, s.deliver("info", with("1", "processing", "paid")))
	require.Equal(t, []string{"1 processing:new"}, s.progress, "superseded: its progress is nobody's business")
	require.Equal(t, 200, s.deliver("success", success("1~2")))
	require.Equal(t, 200, s.deliver("success", success("1")))
	require.Equal(t, 1, s.shipped("1"))
	require.Equal(t, []string{"double_paid"}, s.kinds())
	p := s.payment("1")
	require.Equal(t, "paid", p.State())
	require.NotEmpty(t, p.Held)
	require.Equal(t, "success", p.Attempts[0].Status.Main, "the second payment is a fact too")
}

// Each row of the answer table for what is refused, over the wire.
func TestRefusals(t *testing.T) {
	good := success("1").body()
	unsigned := func(r *http.Request) { r.Header.Del("x-access-signature") }
	for _, c := range []struct {
		name   string
		body   []byte
		key    signer.Signer
		change func(*http.Request)
		status int
		reason string // in log and journal
	}{
		{"not JSON", []byte("hello"), nil, nil, 400, "not a JSON object"},
		{"not JSON, signed", []byte("hello"), nil, func(r *http.Request) {
			r.Header.Set("x-access-signature", "AAAA")
			r.Header.Set("x-access-timestamp", "1706883522")
		}, 400, "not a JSON object"},
		{"empty", nil, nil, nil, 400, "not a JSON object"},
		{"same key twice", []byte(`{"status":{},"status":{}}`), nil, nil, 400, "same key twice"},
		{"ambiguous", []byte(`{"project_id":"` + project + `","general":{"payment_id":"1"},"status":{"status":"decline","status_description":"x;status:status:success"}}`),
			testKeys().callback, nil, 400, "more than one reading"},
		{"no payment_id", []byte(`{"project_id":"` + project + `","status":{"status":"success"}}`), testKeys().callback, nil, 400, "general:payment_id"},
		{"no status", []byte(`{"project_id":"` + project + `","general":{"payment_id":"1"}}`), testKeys().callback, nil, 400, "status:status"},
		{"no project", []byte(`{"general":{"payment_id":"1"},"status":{"status":"success"}}`), testKeys().callback, nil, 400, "project_id"},
		{"amount out of form", []byte(`{"project_id":"` + project + `","general":{"payment_id":"1"},"status":{"status":"success"},"payment_info":{"amount":100.5}}`),
			testKeys().callback, nil, 400, "payment_info:amount"},
		{"unsigned", good, nil, nil, 401, "no header X-Access-Signature"},
		{"signature taken away", good, testKeys().callback, unsigned, 401, "no header X-Access-Signature"},
		{"unknown key", good, testKeys().foreign, nil, 401, "did not make it"},
		{"the request key", good, testKeys().request, nil, 401, "did not make it"},
		{"tampered", bytes.Replace(good, []byte("10000"), []byte("99999"), 1), nil, func(r *http.Request) {
			h, _ := testKeys().callback.Sign(good, time.Unix(1706883522, 0))
			r.Header = h
		}, 401, "did not make it"},
		{"another timestamp", good, testKeys().callback, func(r *http.Request) { r.Header.Set("x-access-timestamp", "1706883522") }, 401, "did not make it"},
		{"timestamp out of form", good, testKeys().callback, func(r *http.Request) { r.Header.Set("x-access-timestamp", "1") }, 401, "ten digits"},
		{"two signatures", good, testKeys().callback, func(r *http.Request) { r.Header.Add("x-access-signature", "x") }, 401, "more than once"},
		{"another project", callback{project: "other", payment: "1", status: "success"}.body(), testKeys().callback, nil, 403, "another project"},
		{"unknown payment", success("2").body(), testKeys().callback, nil, 404, "names none of this shop"},
		{"unknown attempt", success("1~2").body(), testKeys().callback, nil, 404, "names none of this shop"},
		{"no payment of any shop", success("1~02").body(), testKeys().callback, nil, 404, "names none of this shop"},
		{"too large", bytes.Repeat([]byte(" "), 64<<10+1), nil, nil, 413, "too large"},
		{"form", good, testKeys().callback, func(r *http.Request) { r.Header.Set("Content-Type", "application/x-www-form-urlencoded") }, 415, ""},
		{"gzip is not understood", []byte("\x1f\x8b"), nil, func(r *http.Request) { r.Header.Set("Content-Encoding", "gzip") }, 400, "not"},
		{"GET", nil, nil, func(r *http.Request) { r.Method = http.MethodGet }, 405, ""},
		{"PUT", good, testKeys().callback, func(r *http.Request) { r.Method = http.MethodPut }, 405, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newShop(t)
			s.ticket("1")
			for _, route := range []string{"info", "success", "decline"} {
				resp := s.deliverRaw(route, c.body, c.key, c.change)
				require.Equal(t, c.status, resp.StatusCode)
				require.Equal(t, http.StatusText(c.status), readAll(t, resp), "the sender learns no reason")
				if c.status == 405 {
					require.Equal(t, "POST", resp.Header.Get("Allow"))
				}
			}
			require.Zero(t, s.shipped("1"))
			require.Equal(t, "pending", s.payment("1").State())
			require.Contains(t, s.Log.String(), c.reason)
			journal := s.journal()
			if c.reason == "" {
				require.Empty(t, journal)
				return
			}
			require.Len(t, journal, 3)
			require.Contains(t, journal[0].Error, c.reason)
			require.Zero(t, journal[0].Outcome)
			require.Equal(t, c.status == 404, journal[0].PaymentID != "", "nothing is believed that is not authentic")
			if c.status == 404 {
				require.Equal(t, []string{"unknown_payment", "unknown_payment", "unknown_payment"}, s.kinds())
			}
			if c.status != 413 {
				require.Len(t, journal[0].Raw, len(c.body))
			}
		})
	}
}

func TestAcceptedForms(t *testing.T) {
	for name, change := range map[string]func(*http.Request){
		"charset":       func(r *http.Request) { r.Header.Set("Content-Type", "application/json; charset=UTF-8") },
		"no media type": func(r *http.Request) { r.Header.Del("Content-Type") },
		"chunked":       func(r *http.Request) { r.ContentLength = -1 },
		"foreign host":  func(r *http.Request) { r.Host = "other.example" },
		"a token":       func(r *http.Request) { r.Header.Set("x-access-token", "anything") },
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			s.ticket("1")
			require.Equal(t, 200, s.deliverRaw("success", success("1").body(), testKeys().callback, change).StatusCode)
			require.Equal(t, 1, s.shipped("1"))
		})
	}
}

func TestTolerance(t *testing.T) {
	s := newShop(t, func(c *highhelp.Config) { c.Tolerance = time.Minute })
	s.ticket("1")
	body := success("1").body()
	for _, off := range []time.Duration{61 * time.Second, -61 * time.Second} {
		h, err := testKeys().callback.Sign(body, s.Clock.Now().Add(off))
		require.NoError(t, err)
		resp := s.deliverRaw("success", body, nil, func(r *http.Request) { r.Header = h })
		require.Equal(t, 401, resp.StatusCode, off)
	}
	require.Contains(t, s.Log.String(), "out of Tolerance")
	h, err := testKeys().callback.Sign(body, s.Clock.Now().Add(-60*time.Second))
	require.NoError(t, err)
	require.Equal(t, 200, s.deliverRaw("success", body, nil, func(r *http.Request) { r.Header = h }).StatusCode)
}

// Without a Tolerance a replay of any age is a duplicate.
func TestReplay(t *testing.T) {
	s := newShop(t)
	s.ticket("1")
	body := success("1").body()
	h, err := testKeys().callback.Sign(body, s.Clock.Now())
	require.NoError(t, err)
	for range 3 {
		resp := s.deliverRaw("success", body, nil, func(r *http.Request) { r.Header = h.Clone() })
		require.Equal(t, 200, resp.StatusCode)
		s.Clock.Add(100 * time.Hour)
	}
	require.Equal(t, 1, s.shipped("1"))
}

// A hook that fails or panics undoes everything; the next delivery runs it
// again. The trace of the failure outlives the rollback.
func TestHookFails(t *testing.T) {
	for _, c := range []struct {
		hook string
		c    callback
	}{{"OnPaid", success("1")}, {"OnDeclined", with("1", "decline", "")}, {"OnProgress", with("1", "processing", "paid")}} {
		for _, how := range []string{"fails", "panics"} {
			t.Run(c.hook+" "+how, func(t *testing.T) {
				broken, runs := true, 0
				hook := func(context.Context, highhelp.Event) error {
					runs++
					switch {
					case broken && how == "panics":
						panic("the database is on fire")
					case broken:
						return errors.New("the database is on fire")
					}
					return nil
				}
				s := newShop(t, func(cfg *highhelp.Config) { cfg.OnPaid, cfg.OnDeclined, cfg.OnProgress = hook, hook, hook })
				s.ticket("1")
				before := s.payment("1")
				for range 2 {
					require.Equal(t, 500, s.deliver("info", c.c))
					require.Equal(t, before, s.payment("1"))
				}
				require.Empty(t, s.kinds(), "the route is looked at when all else is well")
				journal := s.journal()
				require.Len(t, journal, 2)
				require.Contains(t, journal[1].Error, c.hook)
				require.Contains(t, journal[1].Error, "on fire")
				require.Equal(t, "1", journal[1].PaymentID)
				broken = false
				require.Equal(t, 200, s.deliver("info", c.c))
				require.Equal(t, 3, runs)
				require.Equal(t, 200, s.deliver("info", c.c))
				require.Equal(t, 3, runs)
			})
		}
	}
}

// OnAnomaly must not take the payment down with it.
func TestOnAnomalyPanics(t *testing.T) {
	s := newShop(t, func(c *highhelp.Config) {
		c.OnAnomaly = func(context.Context, highhelp.Anomaly) { panic("no pager") }
	})
	s.ticket("1")
	require.Equal(t, 200, s.deliver("decline", success("1")))
	require.Equal(t, 1, s.shipped("1"))
	require.Contains(t, s.Log.String(), "OnAnomaly panicked")
}

// An anomaly is told at least once: again if the gateway did not hear the
// answer, even though the event itself is a duplicate then.
func TestAnomalyIsToldAgain(t *testing.T) {
	s := newShop(t)
	s.ticket("1")
	c := success("1")
	c.amount = 1
	require.Equal(t, 200, s.deliver("success", c))
	require.Equal(t, []string{"mismatch"}, s.kinds())
	require.Equal(t, 200, s.deliver("success", c))
	require.Equal(t, []string{"mismatch"}, s.kinds())
	require.Equal(t, 200, s.deliver("success", success("1")))
	require.Equal(t, 200, s.deliver("success", success("1")))
	require.Empty(t, s.kinds())
}

func TestDefaultOnAnomalyLogs(t *testing.T) {
	s := newShop(t, func(c *highhelp.Config) { c.OnAnomaly = nil })
	s.ticket("1")
	c := success("1")
	c.amount = 1
	require.Equal(t, 200, s.deliver("success", c))
	require.Contains(t, s.Log.String(), "level=ERROR msg=\"highhelp: anomaly\" kind=mismatch order_id=1")
}

// An event that this process knows is looked up without a lock; one that it
// does not know goes where it can be taken in at once.
func TestKnownEventsAreRead(t *testing.T) {
	f := &faults{}
	s := newShop(t, func(c *highhelp.Config) { f.MemStore = c.Store.(*highhelp.MemStore); c.Store = f })
	s.ticket("1")
	f.payment = errors.New("not now")
	require.Equal(t, 200, s.deliver("success", success("1")))
	require.Equal(t, 503, s.deliver("success", success("1")), "what can't be read is no duplicate")
	f.payment, f.update = nil, errors.New("read-only")
	require.Equal(t, 200, s.deliver("success", success("1")))
	require.Equal(t, 503, s.deliver("info", with("1", "processing", "paid")), "what is not known may change the payment")
	f.update = nil
	require.Equal(t, 200, s.deliver("info", with("1", "processing", "paid")))
	require.Equal(t, 1, s.shipped("1"))
	require.Equal(t, []highhelp.Outcome{highhelp.Applied, 0, highhelp.Duplicate, 0, highhelp.Stale}, outcomes(s.journal()))
}

func outcomes(list []highhelp.Delivery) (all []highhelp.Outcome) {
	for _, d := range list {
		all = append(all, d.Outcome)
	}
	return all
}

// faults is a Store that fails where a test says.
type faults struct {
	*highhelp.MemStore
	insert, payment, update, record error
	pending                         error
	commit                          error // after change ran
}

func (f *faults) Insert(ctx context.Context, p highhelp.Payment) error {
	if f.insert != nil {
		return f.insert
	}
	return f.MemStore.Insert(ctx, p)
}

func (f *faults) Payment(ctx context.Context, k highhelp.Key) (highhelp.Payment, error) {
	if f.payment != nil {
		return highhelp.Payment{}, f.payment
	}
	return f.MemStore.Payment(ctx, k)
}

func (f *faults) Pending(ctx context.Context, id string, due time.Time, limit int) ([]highhelp.Payment, error) {
	if f.pending != nil {
		return nil, f.pending
	}
	return f.MemStore.Pending(ctx, id, due, limit)
}

func (f *faults) Update(ctx context.Context, k highhelp.Key, change func(context.Context, *highhelp.Payment) error) error {
	if f.update != nil {
		return f.update
	}
	return f.MemStore.Update(ctx, k, func(ctx context.Context, p *highhelp.Payment) error {
		if err := change(ctx, p); err != nil {
			return err
		}
		return f.commit
	})
}

func (f *faults) Record(ctx context.Context, d highhelp.Delivery) error {
	if f.record != nil {
		return f.record
	}
	return f.MemStore.Record(ctx, d)
}

// Whatever the store fails at, the gateway hears 503 and comes again; nothing
// is answered 200 that is not durable.
func TestStoreFails(t *testing.T) {
	down := errors.New("connection to postgres://user:secret@db refused")
	for name, set := range map[string]func(f *faults, err error){
		"update":  func(f *faults, err error) { f.update = err },
		"commit":  func(f *faults, err error) { f.commit = err },
		"journal": func(f *faults, err error) { f.record = err },
	} {
		t.Run(name, func(t *testing.T) {
			f := &faults{}
			s := newShop(t, func(c *highhelp.Config) { f.MemStore = c.Store.(*highhelp.MemStore); c.Store = f })
			s.ticket("1")
			set(f, down)
			resp := s.deliverRaw("success", success("1").body(), testKeys().callback, nil)
			require.Equal(t, 503, resp.StatusCode)
			require.NotEmpty(t, resp.Header.Get("Retry-After"))
			require.NotContains(t, readAll(t, resp), "postgres")
			for _, err := range []error{highhelp.ErrLost, highhelp.ErrBusy} {
				set(f, err)
				require.Equal(t, 503, s.deliver("success", success("1")), err)
			}
			set(f, nil)
			require.Equal(t, "pending", s.payment("1").State())
			require.Equal(t, 200, s.deliver("success", success("1")))
			require.Equal(t, "paid", s.payment("1").State())
		})
	}
}

// A stale event leaves its only trace in the journal, so that must hold. Of a
// duplicate there is a mark.
func TestJournalFails(t *testing.T) {
	f := &faults{}
	s := newShop(t, func(c *highhelp.Config) { f.MemStore = c.Store.(*highhelp.MemStore); c.Store = f })
	s.ticket("1")
	require.Equal(t, 200, s.deliver("success", success("1")))
	require.Equal(t, 200, s.deliver("info", with("1", "processing", "awaiting_confirm")))
	f.record = errors.New("disk full")
	require.Equal(t, 503, s.deliver("info", with("1", "processing", "awaiting_confirm")), "known, and looked up without a lock")
	require.Equal(t, 503, s.deliver("info", with("1", "processing", "paid")))
	require.Equal(t, 200, s.deliver("success", success("1")))
	require.Equal(t, 401, s.deliverRaw("success", success("1").body(), nil, nil).StatusCode)
	require.Contains(t, s.Log.String(), "journal failed")
}

// While one caller works on an order, others wait for EventTimeout and then
// hear 503; other orders go on.
func TestBusy(t *testing.T) {
	entered, leave := make(chan struct{}), make(chan struct{})
	s := newShop(t, func(c *highhelp.Config) {
		c.EventTimeout = 200 * time.Millisecond
		c.OnPaid = func(_ context.Context, e highhelp.Event) error {
			if e.OrderID == "1" {
				close(entered)
				<-leave
			}
			return nil
		}
	})
	s.ticket("1")
	s.ticket("2")
	slow := make(chan int)
	go func() { slow <- s.deliver("success", success("1")) }()
	<-entered
	resp := s.deliverRaw("success", success("1").body(), testKeys().callback, nil)
	require.Equal(t, 503, resp.StatusCode)
	require.NotEmpty(t, resp.Header.Get("Retry-After"))
	require.Equal(t, 200, s.deliver("success", success("2")))
	close(leave)
	require.Equal(t, 503, <-slow, "the hook outlived EventTimeout: nothing was saved")
}

// A gateway that hangs up must not undo what has begun.
func TestGatewayHangsUp(t *testing.T) {
	entered, leave, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	s := newShop(t, func(c *highhelp.Config) {
		c.OnPaid = func(ctx context.Context, _ highhelp.Event) error {
			close(entered)
			<-leave
			done <- ctx.Err()
			return nil
		}
	})
	s.ticket("1")
	ctx, hangUp := context.WithCancel(context.Background())
	go func() {
		body := success("1").body()
		req, _ := http.NewRequestWithContext(ctx, http.MethodPost, s.URL+"/pay/callbacks/success", bytes.NewReader(body))
		h, _ := testKeys().callback.Sign(body, s.Clock.Now())
		req.Header = h
		resp, err := http.DefaultClient.Do(req)
		if err == nil {
			resp.Body.Close()
		}
	}()
	<-entered
	hangUp()
	close(leave)
	require.NoError(t, <-done)
	require.Equal(t, 200, s.deliver("success", success("1")), "waits for the first, then is a duplicate")
	require.Equal(t, "paid", s.payment("1").State())
}

// Bodies that lie about their length, or end early, are refused.
func TestBrokenBodies(t *testing.T) {
	s := newShop(t)
	s.ticket("1")
	body := success("1").body()
	h, err := testKeys().callback.Sign(body, s.Clock.Now())
	require.NoError(t, err)
	send := func(length int, body []byte) string {
		conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
		require.NoError(t, err)
		defer conn.Close()
		fmt.Fprintf(conn, "POST /pay/callbacks/success HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"+
			"X-Access-Signature: %s\r\nX-Access-Timestamp: %s\r\n\r\n%s", length, h.Get("x-access-signature"), h.Get("x-access-timestamp"), body)
		require.NoError(t, conn.(*net.TCPConn).CloseWrite())
		answer, err := bufio.NewReader(conn).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return err.Error()
		}
		return strings.TrimSpace(answer)
	}
	require.Equal(t, "HTTP/1.1 400 Bad Request", send(len(body)+10, body))
	require.Equal(t, "HTTP/1.1 400 Bad Request", send(len(body)-1, body))
	require.Zero(t, s.shipped("1"))
	require.Equal(t, "HTTP/1.1 200 OK", send(len(body), body))
	require.Equal(t, 1, s.shipped("1"))
}

// The log says whose fault it is that there is nothing to verify.
func TestEatenBody(t *testing.T) {
	s := newShop(t)
	s.ticket("1")
	server := newServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		s.Checkout.Handler(s.order).ServeHTTP(w, r)
	}))
	s.URL = server.URL
	require.Equal(t, 400, s.deliver("success", success("1")))
	require.Contains(t, s.Log.String(), "a middleware has read it before this handler")
	status, answer := s.click("1")
	require.Equal(t, 400, status)
	require.Contains(t, answer, `"bad_request"`)
	require.Equal(t, "pending", s.payment("1").State())
}

// A body that does not come in time is not waited for.
func TestSlowBody(t *testing.T) {
	s := newShop(t, func(c *highhelp.Config) { c.EventTimeout, c.TicketWait = 100*time.Millisecond, 100*time.Millisecond })
	for _, path := range []string{"/pay/callbacks/success", "/pay/tickets"} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
		require.NoError(t, err)
		defer conn.Close()
		_, err = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{", path)
		require.NoError(t, err)
		answer, err := bufio.NewReader(conn).ReadString('\n')
		require.NoError(t, err)
		require.Equal(t, "HTTP/1.1 408 Request Timeout", strings.TrimSpace(answer), path)
	}
}

func TestManyCallbacksAtOnce(t *testing.T) {
	s := newShop(t)
	s.ticket("1")
	answers := make(chan int)
	for range 64 {
		go func() { answers <- s.deliver("success", success("1")) }()
	}
	for range 64 {
		require.Equal(t, 200, <-answers)
	}
	require.Equal(t, 1, s.shipped("1"))
}

// A success without an amount counts only if the gateway says the amount when
// asked, or if the shop has decided to do without.
func TestUnstatedAmount(t *testing.T) {
	for _, c := range []struct {
		name             string
		info             string
		status           int
		path             string
		accept           bool
		amount           int64
		currency         string
		answer, shipped  int
		anomaly, journal string
	}{
		{"the gateway says it", `{"status":"success","amount":10000,"currency":"RUB"}`, 200, "", false, 0, "", 200, 1, "", "applied"},
		{"the gateway says it in a block", `{"status":{"status":"success"},"payment_info":{"amount":"10000","currency":"RUB"}}`, 200, "", false, 0, "", 200, 1, "", "applied"},
		{"the gateway says another", `{"status":"success","amount":1,"currency":"RUB"}`, 200, "", true, 0, "", 200, 0, "mismatch", "mismatch"},
		{"the gateway says half", `{"status":"success","amount":10000}`, 200, "", false, 0, "", 200, 0, "mismatch", "mismatch"},
		{"each says half", `{"status":"success","currency":"RUB"}`, 200, "", false, 10000, "", 200, 1, "", "applied"},
		{"the gateway contradicts the half", `{"status":"success","amount":1,"currency":"RUB"}`, 200, "", false, 10000, "", 200, 0, "mismatch", "mismatch"},
		{"the callback says another half", `{"status":"success","amount":10000,"currency":"RUB"}`, 200, "", false, 1, "", 200, 0, "mismatch", "mismatch"},
		{"nobody says it", `{"status":"success"}`, 200, "", false, 0, "", 200, 0, "mismatch", "mismatch"},
		{"nobody says it, accepted", `{"status":"success"}`, 200, "", true, 0, "", 200, 1, "", "applied"},
		{"only a wrong currency is said, accepted", `{"status":"success"}`, 200, "", true, 0, "KZT", 200, 0, "mismatch", "mismatch"},
		{"the gateway is down", `oops`, 500, "", true, 0, "", 503, 0, "", "none"},
		{"nobody to ask", ``, 0, "-", false, 0, "", 200, 0, "mismatch", "mismatch"},
		{"nobody to ask, accepted", ``, 0, "-", true, 0, "", 200, 1, "", "applied"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newShop(t, func(cfg *highhelp.Config) { cfg.InfoPath, cfg.AcceptUnstatedAmount = c.path, c.accept })
			s.ticket("1")
			s.Gateway.say("info", c.status, c.info)
			x := success("1")
			x.amount, x.currency = c.amount, c.currency
			require.Equal(t, c.answer, s.deliver("success", x))
			require.Equal(t, c.shipped, s.shipped("1"))
			if c.anomaly == "" {
				require.Empty(t, s.kinds())
			} else {
				require.Equal(t, []string{c.anomaly}, s.kinds())
			}
			journal := s.journal()
			require.Equal(t, c.journal, journal[len(journal)-1].Outcome.String())
		})
	}
}

func TestApplyWantsVerifiedEvents(t *testing.T) {
	s := newShop(t)
	s.ticket("1")
	var seen highhelp.Event
	h := s.Checkout.VerifyCallback(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen, _ = highhelp.EventFromContext(r.Context())
		body, err := io.ReadAll(r.Body)
		require.NoError(t, err)
		require.Equal(t, seen.Raw, body)
	}))
	server := newServer(t, h)
	body := success("1").body()
	header, err := testKeys().callback.Sign(body, s.Clock.Now())
	require.NoError(t, err)
	post := func(header http.Header) int {
		req, err := http.NewRequest(http.MethodPost, server.URL, bytes.NewReader(body))
		require.NoError(t, err)
		req.Header = header
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		resp.Body.Close()
		return resp.StatusCode
	}
	require.Equal(t, 401, post(http.Header{}))
	require.Empty(t, seen.PaymentID)
	require.Equal(t, 200, post(header))
	require.Equal(t, "1", seen.PaymentID)
	require.Zero(t, s.shipped("1"), "the middleware only verifies")

	_, err = s.Checkout.Apply(t.Context(), highhelp.Event{Key: seen.Key, PaymentID: "1", Status: highhelp.Status{Main: "success"}, Amount: rub(10000)})
	require.ErrorIs(t, err, highhelp.ErrUnverified)
	for _, change := range []func(e *highhelp.Event){
		func(e *highhelp.Event) { e.PaymentID = "2" }, func(e *highhelp.Event) { e.OrderID = "2" },
		func(e *highhelp.Event) { e.Amount.Minor++ }, func(e *highhelp.Event) { e.Status.Sub = "x" },
		func(e *highhelp.Event) { e.SignedAt = e.SignedAt.Add(1) }, func(e *highhelp.Event) { e.KeyName = "x" },
		func(e *highhelp.Event) { e.Route = "info" }, func(e *highhelp.Event) { e.RequestID = "x" },
	} {
		changed := seen
		change(&changed)
		_, err = s.Checkout.Apply(t.Context(), changed)
		require.ErrorIs(t, err, highhelp.ErrUnverified)
	}
	require.Zero(t, s.shipped("1"))
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	o, err := s.Checkout.Apply(canceled, seen)
	require.NoError(t, err)
	require.Equal(t, highhelp.Applied, o)
	require.Equal(t, 1, s.shipped("1"))
	_, ok := highhelp.EventFromContext(t.Context())
	require.False(t, ok)
}

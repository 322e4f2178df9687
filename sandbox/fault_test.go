package sandbox_test

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-highhelp/highhelp/sandbox"
	"github.com/go-highhelp/highhelp/signer"
	"github.com/stretchr/testify/require"
)

// spoiled runs the plain success under faults, with two days of retries, and
// returns the rig.
func spoiled(t *testing.T, faults string, changes ...func(*sandbox.Config)) *rig {
	t.Helper()
	list, err := sandbox.ParseFaults(faults)
	require.NoError(t, err)
	r := newRig(t, append(changes, func(c *sandbox.Config) {
		c.Faults = list
		c.Schedule = []time.Duration{0, time.Second, time.Second, time.Second, time.Second}
	})...)
	r.create(r.order("1"))
	r.act("1", sandbox.Pay)
	r.settle()
	return r
}

// settle drives the clock until nothing is unsent.
func (r *rig) settle() {
	r.t.Helper()
	for range 100 {
		r.deliver()
		next := r.gateway.NextDue()
		if next.IsZero() {
			return
		}
		r.clock.Advance(next.Sub(r.clock.Now()))
	}
	r.t.Fatal("callbacks without end")
}

// await waits until the shop has read n requests: a gateway that breaks a
// connection does not wait for that.
func (s *shop) await(t *testing.T, n int) {
	t.Helper()
	require.Eventually(t, func() bool { return len(s.arrivals()) >= n }, 5*time.Second, time.Millisecond)
}

const (
	requisites = "/info processing:requisites"
	paid       = "/info processing:paid"
	success    = "/success success"
)

// Each kind of fault alone: what the shop takes, and how many requests it
// refuses.
func TestFaultsAlone(t *testing.T) {
	rotated := func(c *sandbox.Config) { c.Projects[0].FormerCallbackSigner = otherKeys().CallbackPrivate }
	hmac := func(c *sandbox.Config) { c.Projects[0].CallbackSigner = sharedKeys().CallbackHMAC }
	plain := []string{requisites, paid, success}
	for _, c := range []struct {
		fault   string
		told    []string
		refused int
		change  func(*sandbox.Config)
	}{
		{"duplicate", []string{requisites, requisites, requisites, paid, paid, paid, success, success, success}, 0, nil},
		{"duplicate=1", []string{requisites, requisites, paid, paid, success, success}, 0, nil},
		{"reorder", []string{success, paid, requisites}, 0, nil},
		{"late", plain, 0, nil},
		{"late=90s", plain, 0, nil},
		{"contradict", []string{requisites, paid, success, "/decline decline"}, 0, nil},
		{"old-key", plain, 3, rotated},
		{"old-key=2", plain, 6, rotated},
		{"old-key", plain, 0, nil}, // there is none
		{"wrong-key", plain, 3, nil},
		{"wrong-key", plain, 3, hmac},
		{"wrong-key=always", nil, 15, nil},
		{"unsigned", plain, 3, nil},
		{"tampered", plain, 3, nil},
		{"tampered", plain, 3, hmac},
		{"wrong-amount", plain, 0, nil},
		{"wrong-route", []string{"/success processing:requisites", "/success processing:paid", "/decline success"}, 0, nil},
		{"truncated", plain, 3, nil},
		{"oversize", plain, 0, nil},
		{"slow-body=30ms", plain, 0, nil},
		{"cut-off", plain, 3, nil},
		{"hang-up", []string{requisites, paid, success, requisites, paid, success}, 0, nil},
		{"drop", nil, 0, nil},
		{"drop=2", plain, 0, nil},
	} {
		t.Run(c.fault, func(t *testing.T) {
			changes := []func(*sandbox.Config){}
			if c.change != nil {
				changes = append(changes, c.change)
			}
			r := spoiled(t, c.fault, changes...)
			r.shop.await(t, len(c.told)+c.refused)
			require.ElementsMatch(t, c.told, r.shop.told())
			if !slices.ContainsFunc(r.gateway.Deliveries(), func(d sandbox.Delivery) bool { return d.Try > 1 }) {
				require.Equal(t, c.told, r.shop.told())
			}
			refused := 0
			for _, a := range r.shop.arrivals() {
				if a.err != nil {
					refused++
				}
			}
			require.Equal(t, c.refused, refused)
			info, ok := kindInfo(c.fault)
			require.True(t, ok)
			if info.Forged {
				require.Positive(t, refused)
			}
			for _, d := range r.gateway.Deliveries() {
				requireLogged(t, c.fault, d)
			}
		})
	}
	require.Len(t, sandbox.FaultKinds(), 17, "a new kind wants its row above")
}

func kindInfo(fault string) (sandbox.FaultInfo, bool) {
	kind, _, _ := strings.Cut(fault, "=")
	i := slices.IndexFunc(sandbox.FaultKinds(), func(k sandbox.FaultInfo) bool { return string(k.Kind) == kind })
	if i < 0 {
		return sandbox.FaultInfo{}, false
	}
	return sandbox.FaultKinds()[i], true
}

// requireLogged wants the log to name a fault of letters for each try that it
// spoils, and for no other.
func requireLogged(t *testing.T, fault string, d sandbox.Delivery) {
	t.Helper()
	f, err := sandbox.ParseFault(fault)
	require.NoError(t, err)
	info, _ := kindInfo(fault)
	spoiled := 1
	switch {
	case info.Amount == "" || f.Kind == sandbox.FaultDuplicate:
		spoiled = 0
	case strings.HasPrefix(info.Amount, "number of tries"):
		spoiled = f.Times
		if f.Times == 0 && info.Default == "always" || f.Times == sandbox.Always {
			spoiled = d.Try
		} else if f.Times == 0 {
			spoiled = 1
		}
	}
	if d.Try <= spoiled {
		require.Equal(t, []sandbox.Fault{f}, d.Faults)
	} else {
		require.Empty(t, d.Faults)
	}
}

// What is wrong with each callback, byte by byte.
func TestFaultBodies(t *testing.T) {
	t.Run("late", func(t *testing.T) {
		r := spoiled(t, "late=48h")
		for _, d := range r.gateway.Deliveries() {
			require.Equal(t, 48*time.Hour, d.Time.Sub(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)))
			require.Equal(t, "1772366400", d.RequestHeader.Get("x-access-timestamp"), "the signature of its day")
		}
	})
	t.Run("wrong amount", func(t *testing.T) {
		r := spoiled(t, "wrong-amount")
		for _, a := range r.shop.alerts() {
			require.Equal(t, int64(1), a.fields.Amount)
		}
	})
	t.Run("oversize", func(t *testing.T) {
		r := spoiled(t, "oversize=100000")
		for i, a := range r.shop.alerts() {
			require.Greater(t, len(a.body), 100000)
			d := r.gateway.Deliveries()[i]
			require.True(t, d.Cut)
			require.Equal(t, a.body[:16<<10], string(d.RequestBody))
		}
	})
	t.Run("unsigned", func(t *testing.T) {
		a := spoiled(t, "unsigned").shop.arrivals()[0]
		for name := range a.header {
			require.NotContains(t, strings.ToLower(name), "x-access")
		}
		require.Equal(t, "application/json", a.header.Get("Content-Type"))
	})
	t.Run("tampered", func(t *testing.T) {
		r := spoiled(t, "tampered")
		first := r.shop.arrivals()[0]
		require.ErrorIs(t, first.err, signer.ErrSignature)
		require.Contains(t, string(first.body), `"status":"success"`, "what was no success says that it is one")
		i := slices.IndexFunc(r.shop.arrivals(), func(a arrival) bool { return a.path == "/success" && a.err != nil })
		require.Contains(t, string(r.shop.arrivals()[i].body), `"amount":1,`, "and a success is one of another amount")
	})
	t.Run("truncated", func(t *testing.T) {
		a := spoiled(t, "truncated").shop.arrivals()[0]
		require.NotErrorIs(t, a.err, io.ErrUnexpectedEOF, "the body is whole for HTTP")
		require.Error(t, json.Unmarshal(a.body, new(any)))
	})
	t.Run("cut off", func(t *testing.T) {
		r := spoiled(t, "cut-off")
		r.shop.await(t, 6)
		require.ErrorIs(t, r.shop.arrivals()[0].err, io.ErrUnexpectedEOF)
		require.NotEmpty(t, r.shop.arrivals()[0].body)
		require.Equal(t, sandbox.ErrCutOff, r.gateway.Deliveries()[0].Err)
	})
	t.Run("hang up", func(t *testing.T) {
		r := newRig(t, func(c *sandbox.Config) { c.Faults = []sandbox.Fault{{Kind: sandbox.FaultHangUp}} })
		left := make(chan struct{})
		r.shop.respond(func(_ http.ResponseWriter, q *http.Request) {
			<-q.Context().Done()
			close(left)
		})
		r.create(r.order("1"))
		r.act("1", sandbox.Open)
		r.deliver()
		<-left
		d := r.gateway.Deliveries()[0]
		require.Equal(t, sandbox.ErrHungUp, d.Err)
		require.Zero(t, d.HTTPStatus)
	})
	t.Run("drop", func(t *testing.T) {
		r := spoiled(t, "drop")
		require.Empty(t, r.shop.arrivals())
		rows := r.gateway.Deliveries()
		require.Len(t, rows, 15)
		require.Equal(t, sandbox.ErrDropped, rows[0].Err)
		require.NotEmpty(t, rows[0].RequestBody)
		require.True(t, rows[14].GaveUp)
	})
}

// A slow body takes as long as it says, which does not count as the shop's
// time.
func TestSlowBody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBubble(t, 0, func(c *sandbox.Config) {
			c.Faults = []sandbox.Fault{{Kind: sandbox.FaultSlowBody, Delay: time.Minute}}
		})
		b.create("1")
		b.act("1", sandbox.Open)
		require.NoError(t, b.gateway.Deliver(t.Context()))
		require.Len(t, b.shop.alerts(), 1)
		require.InDelta(t, time.Minute.Seconds(), time.Since(b.born).Seconds(), 1)
	})
}

// Faults combine: each does its part.
func TestFaultsCombined(t *testing.T) {
	rotated := func(c *sandbox.Config) { c.Projects[0].FormerCallbackSigner = otherKeys().CallbackPrivate }
	plain := []string{requisites, paid, success}
	for _, c := range []struct {
		faults  string
		told    []string
		refused int
	}{
		{"reorder,duplicate=1", []string{success, success, paid, paid, requisites, requisites}, 0},
		{"reorder,contradict", []string{"/decline decline", success, paid, requisites}, 0},
		{"reorder,drop=1", []string{success, paid, requisites}, 0},
		{"late,drop=1", plain, 0},
		{"late=1h,reorder,duplicate=1", []string{success, success, paid, paid, requisites, requisites}, 0},
		{"duplicate=1,contradict", []string{requisites, requisites, paid, paid, success, success, "/decline decline", "/decline decline"}, 0},
		{"tampered,unsigned", plain, 3},
		{"wrong-key,truncated", plain, 3},
		{"wrong-key=1,drop=2", plain, 0}, // what is lost is spoiled in vain
		{"old-key=2,unsigned=1", plain, 6},
		{"old-key=1,wrong-key=2", plain, 6},
		{"wrong-amount,wrong-route", []string{"/success processing:requisites", "/success processing:paid", "/decline success"}, 0},
		{"oversize=50000,slow-body=20ms", plain, 0},
		{"oversize=50000,cut-off", plain, 3},
		{"oversize=50000,truncated", plain, 3},
		{"slow-body=20ms,cut-off=2", plain, 6},
		{"cut-off,hang-up", plain, 3},
		{"duplicate=3,wrong-key=1", slices.Concat(slices.Repeat([]string{requisites}, 4), slices.Repeat([]string{paid}, 4), slices.Repeat([]string{success}, 4)), 12},
	} {
		t.Run(c.faults, func(t *testing.T) {
			r := spoiled(t, c.faults, rotated)
			r.shop.await(t, len(c.told)+c.refused)
			require.ElementsMatch(t, c.told, r.shop.told())
			refused := 0
			for _, a := range r.shop.arrivals() {
				if a.err != nil {
					refused++
				}
			}
			require.Equal(t, c.refused, refused)
		})
	}
}

// Every scenario under every fault comes to an end, and what the shop takes
// is never forged.
func TestScenariosUnderFaults(t *testing.T) {
	for _, s := range sandbox.Scenarios() {
		for _, k := range sandbox.FaultKinds() {
			t.Run(s.Name+" "+string(k.Kind), func(t *testing.T) {
				f := sandbox.Fault{Kind: k.Kind}
				if k.Kind == sandbox.FaultSlowBody {
					f.Delay = time.Millisecond
				}
				if k.Kind == sandbox.FaultOversize {
					f.Bytes = 20000
				}
				r := newRig(t, func(c *sandbox.Config) { c.Schedule = []time.Duration{0, time.Second} })
				r.create(r.order("1"))
				require.NoError(t, r.gateway.SetFaults("1", f))
				ticket, err := r.gateway.Play("1", s)
				require.NoError(t, err)
				require.Equal(t, s.Ends.String(), ticket.Status.String())
				r.settle()
				after, err := r.gateway.Ticket("1")
				require.NoError(t, err)
				require.Zero(t, after.Unsent)
				for _, a := range r.shop.alerts() {
					require.Equal(t, "1", a.fields.PaymentID)
				}
				if k.Kind != sandbox.FaultDrop {
					require.Contains(t, r.shop.told(), lastTold(s, k.Kind))
				}
			})
		}
	}
}

func lastTold(s sandbox.Scenario, k sandbox.FaultKind) string {
	last := s.Statuses()[len(s.Statuses())-1]
	path := pathOf(last)
	if k == sandbox.FaultWrongRoute {
		path = "/success"
		if last.Main == "success" {
			path = "/decline"
		}
	}
	return path + " " + last.String()
}

// The ticket is made, but its answer never comes.
func TestCreateAnswerLost(t *testing.T) {
	r := newRig(t, func(c *sandbox.Config) { c.Faults = []sandbox.Fault{{Kind: sandbox.FaultCreateAnswerLost}} })
	_, err := r.client.Do(r.sign(r.keys.RequestPrivate, createPath, r.order("1")))
	require.ErrorIs(t, err, io.EOF)
	require.Equal(t, "processing:new", r.status("1"))
	require.Equal(t, "duplicate payment_id", requireRefused(t, http.StatusConflict, r.post(createPath, r.order("1"))))
	require.NotContains(t, r.post(infoPath, general("1")).object(t), "integration")

	r = newRig(t, func(c *sandbox.Config) {
		c.Faults = []sandbox.Fault{{Kind: sandbox.FaultCreateAnswerLost, Times: 2}}
		c.Duplicate = sandbox.RepeatTicket
	})
	for range 2 {
		_, err := r.client.Do(r.sign(r.keys.RequestPrivate, createPath, r.order("1")))
		require.ErrorIs(t, err, io.EOF)
	}
	require.Equal(t, http.StatusOK, r.post(createPath, r.order("1")).code)
}

func TestSetFaults(t *testing.T) {
	r := newRig(t)
	r.create(r.order("1"))
	require.NoError(t, r.gateway.SetFaults("1", sandbox.Fault{Kind: sandbox.FaultDrop, Times: 1}))
	ticket, err := r.gateway.Ticket("1")
	require.NoError(t, err)
	require.Equal(t, []sandbox.Fault{{Kind: sandbox.FaultDrop, Times: 1}}, ticket.Faults)
	r.act("1", sandbox.Open)
	r.deliver()
	require.Empty(t, r.shop.arrivals())

	require.NoError(t, r.gateway.SetFaults("1"))
	require.NoError(t, r.gateway.Hurry("1"))
	r.deliver()
	require.Len(t, r.shop.alerts(), 1)
	require.ErrorIs(t, r.gateway.SetFaults("2"), sandbox.ErrNoTicket)
	require.ErrorIs(t, r.gateway.Hurry("2"), sandbox.ErrNoTicket)
	require.EqualError(t, r.gateway.SetFaults("1", sandbox.Fault{Kind: "x"}), `sandbox: fault "x": no such kind`)
}

func TestFaultTexts(t *testing.T) {
	for text, want := range map[string]sandbox.Fault{
		"duplicate":        {Kind: sandbox.FaultDuplicate},
		"duplicate=50":     {Kind: sandbox.FaultDuplicate, Times: 50},
		"drop=always":      {Kind: sandbox.FaultDrop, Times: sandbox.Always},
		"late=48h0m0s":     {Kind: sandbox.FaultLate, Delay: 48 * time.Hour},
		"oversize=1048576": {Kind: sandbox.FaultOversize, Bytes: 1 << 20},
		"reorder":          {Kind: sandbox.FaultReorder},
	} {
		f, err := sandbox.ParseFault(text)
		require.NoError(t, err)
		require.Equal(t, want, f)
		require.Equal(t, text, f.String())
		data, err := json.Marshal(f)
		require.NoError(t, err)
		var back sandbox.Fault
		require.NoError(t, json.Unmarshal(data, &back))
		require.Equal(t, f, back)
	}
	for text, reason := range map[string]string{
		"":                   `no fault ""; there are duplicate, reorder`,
		"nonsense":           `no fault "nonsense"`,
		"reorder=2":          "fault reorder: there is no more or less of it",
		"drop=":              `fault drop: "" is no number of tries, or always`,
		"drop=0":             `"0" is no number of tries`,
		"drop=-2":            `"-2" is no number of tries`,
		"duplicate=1001":     `"1001" is no number of copies`,
		"duplicate=always":   `"always" is no number of copies`,
		"late=3":             `"3" is no duration`,
		"late=-1s":           `"-1s" is no duration`,
		"oversize=67108865":  `"67108865" is no number of bytes`,
		"slow-body=a minute": `"a minute" is no duration`,
	} {
		_, err := sandbox.ParseFault(text)
		require.ErrorContains(t, err, reason)
	}
	list, err := sandbox.ParseFaults(" duplicate , drop=2,")
	require.NoError(t, err)
	require.Len(t, list, 2)
	_, err = sandbox.ParseFaults("x,drop=0,late")
	require.ErrorContains(t, err, `no fault "x"`)
	require.ErrorContains(t, err, "fault drop")
}

// The table says what holds by default.
func TestFaultKinds(t *testing.T) {
	for _, k := range sandbox.FaultKinds() {
		require.NotEmpty(t, k.About, k.Kind)
		require.Equal(t, k.Amount == "", k.Default == "", k.Kind)
		if k.Default != "" {
			_, err := sandbox.ParseFault(string(k.Kind) + "=" + k.Default)
			require.NoError(t, err)
		}
	}
	kinds := sandbox.FaultKinds()
	kinds[0].Kind = "mine now"
	require.Equal(t, sandbox.FaultDuplicate, sandbox.FaultKinds()[0].Kind)
}

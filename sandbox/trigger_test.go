package sandbox_test

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-highhelp/highhelp/sandbox"
	"github.com/stretchr/testify/require"
)

// trigger returns one that tells a shop of a scenario.
func trigger(t *testing.T, shop *shop, scenario string) sandbox.Trigger {
	t.Helper()
	s, err := sandbox.ParseScenario(scenario)
	require.NoError(t, err)
	p := sandbox.Project{
		ID: projectID, CallbackSigner: sharedKeys().CallbackPrivate,
		CallbackURLs: sandbox.CallbackURLs{Info: shop.url("/info"), Success: shop.url("/success"), Decline: shop.url("/decline")},
	}
	return sandbox.Trigger{Project: p, PaymentID: "42", Amount: 100, Currency: "RUB", Statuses: s.Statuses()}
}

func sendAll(t *testing.T, tr sandbox.Trigger) []sandbox.Delivery {
	t.Helper()
	rows, err := tr.Send(t.Context())
	require.NoError(t, err)
	return rows
}

// The callbacks of every scenario come without a ticket, as they come with
// one, and each try is reported.
func TestTrigger(t *testing.T) {
	for _, s := range sandbox.Scenarios() {
		t.Run(s.Name, func(t *testing.T) {
			shop := newShop(t)
			tr := trigger(t, shop, s.Name)
			var reported []sandbox.Delivery
			tr.Report = func(d sandbox.Delivery) { reported = append(reported, d) }
			rows := sendAll(t, tr)
			require.Equal(t, told(s.Statuses()), shop.told())
			require.Equal(t, rows, reported)
			require.Len(t, rows, len(s.Statuses()))
			for i, a := range shop.alerts() {
				require.Equal(t, "42", a.fields.PaymentID)
				require.Equal(t, int64(100), a.fields.Amount)
				require.Equal(t, shop.alerts()[0].fields.RequestID, a.fields.RequestID)
				require.Equal(t, a.body, string(rows[i].RequestBody))
				require.Equal(t, "OK", string(rows[i].AnswerBody))
			}
		})
	}
}

// Any status, to one URL, several times over.
func TestTriggerAnything(t *testing.T) {
	shop := newShop(t)
	tr := trigger(t, shop, "success")
	tr.Project.CallbackURLs = sandbox.CallbackURLs{Info: shop.url("/"), Success: shop.url("/"), Decline: shop.url("/")}
	tr.Statuses = []sandbox.Status{{Main: "decline", Description: "no"}, {Main: "brand_new", Sub: "state"}, {Main: "success"}}
	tr.Repeat, tr.RequestID = 2, "mine"
	rows := sendAll(t, tr)
	require.Equal(t, []string{"/ decline", "/ brand_new:state", "/ success", "/ decline", "/ brand_new:state", "/ success"}, shop.told())
	require.Equal(t, "mine", rows[0].RequestID)

	// Each time it ends is contradicted.
	tr = trigger(t, newShop(t), "refusal")
	tr.Statuses = tr.Statuses[1:]
	tr.Repeat, tr.Faults = 2, []sandbox.Fault{{Kind: sandbox.FaultContradict}}
	var statuses []string
	for _, d := range sendAll(t, tr) {
		statuses = append(statuses, d.Status.String())
	}
	require.Equal(t, []string{"decline", "success", "decline", "success"}, statuses)

	// A kind without a URL is left out.
	tr.Project.CallbackURLs = sandbox.CallbackURLs{Decline: shop.url("/only")}
	tr.Repeat = 0
	require.Len(t, sendAll(t, tr), 1)
}

// Faults act as on a ticket, late ones at once.
func TestTriggerFaults(t *testing.T) {
	for _, c := range []struct {
		faults  string
		told    []string
		refused int
	}{
		{"duplicate=1", []string{requisites, requisites, paid, paid, success, success}, 0},
		{"reorder", []string{success, paid, requisites}, 0},
		{"contradict", []string{requisites, paid, success, "/decline decline"}, 0},
		{"late", []string{requisites, paid, success}, 0},
		{"wrong-key", nil, 3},
		{"tampered", nil, 3},
		{"unsigned,duplicate=1", nil, 6},
		{"drop", nil, 0},
		{"create-answer-lost", []string{requisites, paid, success}, 0},
		{"old-key", nil, 3},
	} {
		t.Run(c.faults, func(t *testing.T) {
			shop := newShop(t)
			tr := trigger(t, shop, "success")
			tr.Project.FormerCallbackSigner = otherKeys().CallbackPrivate
			var err error
			tr.Faults, err = sandbox.ParseFaults(c.faults)
			require.NoError(t, err)
			rows := sendAll(t, tr)
			require.Equal(t, c.told, shop.told())
			require.Len(t, shop.arrivals(), len(c.told)+c.refused)
			if c.faults == "late" {
				at, err := time.Parse(http.TimeFormat, rows[0].AnswerHeader.Get("Date"))
				require.NoError(t, err)
				require.InDelta(t, 48*time.Hour.Seconds(), at.Sub(shop.alerts()[0].match.SignedAt).Seconds(), 60)
			}
		})
	}
}

// With a schedule it repeats what failed, on the real clock; without one it
// gives up at once.
func TestTriggerRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shop := offlineShop(t)
		shop.respond(refuseFirst(2, 500))
		tr := sandbox.Trigger{
			Project: sandbox.Project{
				ID: projectID, CallbackSigner: sharedKeys().CallbackPrivate, CallbackURLs: sandbox.CallbackURLs{Success: "https://shop.example/"},
			},
			PaymentID: "1", Amount: 1, Currency: "RUB", Statuses: []sandbox.Status{{Main: "success"}},
			HTTPClient: &http.Client{Transport: wire{shop, time.Second}},
			Now:        func() time.Time { return time.Now().AddDate(26, 0, 0) },
			Schedule:   []time.Duration{0, time.Minute, time.Hour},
		}
		began := time.Now()
		rows := sendAll(t, tr)
		require.Len(t, rows, 3)
		require.Equal(t, time.Hour+time.Minute+3*time.Second, time.Since(began))
		require.True(t, rows[2].OK())

		tr.Schedule = nil
		shop.respond(refuseFirst(1, 500))
		rows = sendAll(t, tr)
		require.Len(t, rows, 1)
		require.True(t, rows[0].GaveUp)

		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		rows, err := tr.Send(ctx)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Len(t, rows, 1)
	})
}

func TestTriggerRefuses(t *testing.T) {
	_, err := sandbox.Trigger{
		Project:  sandbox.Project{ID: "a/b", CallbackURLs: sandbox.CallbackURLs{Info: "http://shop.example/"}},
		Currency: "rub", Repeat: -1, Faults: []sandbox.Fault{{Kind: "x"}}, Schedule: []time.Duration{-1}, Jitter: 2, TryTimeout: -1,
	}.Send(t.Context())
	require.EqualError(t, err, `sandbox: Trigger.Project.ID: not 1 to 128 letters, digits, '-', '_' and '.', the first not a '.'
sandbox: Trigger.Project.CallbackSigner: neither a *signer.PrivateKey nor a *signer.HMACKey
sandbox: Trigger.Project.CallbackURLs.Info: not an https URL (http only on 127.0.0.0/8, ::1 and localhost)
sandbox: Trigger.PaymentID: must not be empty
sandbox: Trigger.Amount: not 1 to 10000000000000
sandbox: Trigger.Currency: not three capital letters (ISO 4217)
sandbox: Trigger.Statuses: at least one is required
sandbox: Trigger.Repeat: negative
sandbox: Trigger.Schedule[0]: negative
sandbox: Trigger.Jitter: not between 0 and 1
sandbox: Trigger.Faults[0]: no such kind
sandbox: Trigger.TryTimeout: negative`)
	var joined interface{ Unwrap() []error }
	require.ErrorAs(t, err, &joined)

	tr := trigger(t, newShop(t), "success")
	tr.Statuses = []sandbox.Status{{Main: "A B"}}
	_, err = tr.Send(t.Context())
	require.EqualError(t, err, "sandbox: Trigger.Statuses[0]: not small letters, digits and '_'")
}

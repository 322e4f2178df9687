package highhelp_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/signer"
	"github.com/stretchr/testify/require"
)

// Every callback leaves a row, whatever becomes of it, with what could be known
// of it and of how it came.
func TestEveryCallbackIsJournaled(t *testing.T) {
	s := newShop(t)
	s.ticket("1")
	forged := func(r *http.Request) { r.Header.Set("X-Forwarded-For", "203.0.113.7") }
	small := success("1")
	small.amount = 1
	for _, c := range []struct {
		name    string
		c       callback
		key     signer.Signer
		fail    error
		status  int
		outcome highhelp.Outcome
		reason  string
	}{
		{"unsigned", success("1"), nil, nil, 401, 0, "no header"},
		{"foreign", success("1"), testKeys().foreign, nil, 401, 0, "did not make it"},
		{"another project", callback{project: "other", payment: "1", status: "success"}, testKeys().callback, nil, 403, 0, "another project"},
		{"unknown payment", success("2"), testKeys().callback, nil, 404, 0, "names none of this shop"},
		{"progress", with("1", "processing", "paid"), testKeys().callback, nil, 200, highhelp.Applied, ""},
		{"mismatch", small, testKeys().callback, nil, 200, highhelp.Mismatch, ""},
		{"failed", success("1"), testKeys().callback, errors.New("no stock"), 500, 0, "OnPaid: no stock"},
		{"success", success("1"), testKeys().callback, nil, 200, highhelp.Applied, ""},
		{"duplicate", success("1"), testKeys().callback, nil, 200, highhelp.Duplicate, ""},
		{"stale", with("1", "processing", "new"), testKeys().callback, nil, 200, highhelp.Stale, ""},
		{"conflict", with("1", "decline", ""), testKeys().callback, nil, 200, highhelp.Conflict, ""},
	} {
		s.setFail(c.fail)
		before := len(s.journal())
		require.Equal(t, c.status, s.deliverRaw("success", c.c.body(), c.key, forged).StatusCode, c.name)
		journal := s.journal()
		require.Len(t, journal, before+1, c.name)
		d := journal[before]
		require.Equal(t, c.outcome, d.Outcome, c.name)
		require.Equal(t, "success", d.Route, c.name)
		require.Equal(t, "127.0.0.1", d.Peer, "no header is believed")
		require.Positive(t, d.Duration, c.name)
		require.Equal(t, c.c.body(), d.Raw, c.name)
		require.Empty(t, d.Replay)
		require.Contains(t, d.Error, c.reason, c.name)
		require.Equal(t, c.reason == "", d.Error == "", c.name)
		authentic := c.status != 401 && c.status != 403
		require.Equal(t, authentic, d.Authentic(), c.name)
		require.Equal(t, authentic, d.KeyName == "callback", c.name)
		require.Equal(t, authentic, d.PaymentID != "", c.name)
	}
}

// What a hand-written handler gets is journaled too: what is refused before it,
// and what Apply makes of the rest.
func TestVerifyCallbackIsJournaled(t *testing.T) {
	s := newShop(t)
	s.ticket("1")
	server := newServer(t, s.Checkout.VerifyCallback(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e, _ := highhelp.EventFromContext(r.Context())
		if _, err := s.Checkout.Apply(r.Context(), e); err != nil {
			w.WriteHeader(http.StatusInternalServerError)
		}
	})))
	post := func(key signer.Signer) int {
		body := success("1").body()
		req, err := http.NewRequest(http.MethodPost, server.URL, bytes.NewReader(body))
		require.NoError(t, err)
		req.Header, err = key.Sign(body, s.Clock.Now())
		require.NoError(t, err)
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		resp.Body.Close()
		return resp.StatusCode
	}
	require.Equal(t, 401, post(testKeys().foreign))
	s.setFail(errors.New("no stock"))
	require.Equal(t, 500, post(testKeys().callback))
	s.setFail(nil)
	require.Equal(t, 200, post(testKeys().callback))
	journal := s.journal()
	require.Len(t, journal, 3)
	for i, reason := range []string{"did not make it", "no stock", ""} {
		require.Contains(t, journal[i].Error, reason)
		require.Equal(t, "127.0.0.1", journal[i].Peer)
		require.Equal(t, i > 0, journal[i].Authentic())
	}
	require.Equal(t, highhelp.Applied, journal[2].Outcome)
}

const canary = "4111111111111111"

// secretive is a callback with something private in every place that does not
// decide.
func secretive(payment, status, sub string) callback {
	c := with(payment, status, sub)
	c.description = canary
	c.extra = map[string]any{
		"card": canary, "number": json.Number(canary), "flag": true, "nothing": nil,
		"list": []any{canary, map[string]any{"project_id": canary}, []any{map[string]any{"status": map[string]any{"status": canary}}}},
		"deep": map[string]any{"general": map[string]any{"payment_id": canary}}, "Ключ<>": map[string]any{"": canary},
	}
	return c
}

func TestJournalBodies(t *testing.T) {
	for _, mode := range []string{"", "full", "masked", "none"} {
		t.Run(mode, func(t *testing.T) {
			s := newShop(t, fast, func(c *highhelp.Config) { c.JournalBodies = mode })
			s.ticket("1")
			body := secretive("1", "processing", "paid").body()
			for _, key := range []signer.Signer{testKeys().callback, testKeys().foreign} {
				s.deliverRaw("info", body, key, nil)
			}
			s.deliverRaw("info", []byte(canary), nil, nil)
			s.Gateway.say("info", 200, `{"status":"success","payment_id":"1","amount":10000,"currency":"RUB","request_id":"r","card":"`+canary+`","status_description":"`+canary+`"}`)
			s.Clock.Add(2 * time.Minute)
			s.reconcile(highhelp.Report{Asked: 1, Applied: 1})

			journal := s.journal()
			require.Len(t, journal, 4)
			kept := ""
			for _, d := range journal {
				stored, err := d.MarshalBinary()
				require.NoError(t, err)
				kept += string(stored) + string(d.Raw)
			}
			require.Equal(t, mode == "" || mode == "full", strings.Contains(kept, canary))
			switch mode {
			case "none":
				for _, d := range journal {
					require.Empty(t, d.Raw)
				}
			case "masked":
				for _, d := range journal[:2] {
					require.JSONEq(t, `{"project_id":"`+project+`","general":{"payment_id":"1","request_id":"req-1"},
						"status":{"status":"processing","sub_status":"paid","status_description":"***"},
						"payment_info":{"amount":10000,"currency":"RUB","type":"***"},
						"card":"***","number":"***","flag":"***","nothing":null,
						"list":["***",{"project_id":"***"},[{"status":{"status":"***"}}]],
						"deep":{"general":{"payment_id":"***"}},"Ключ<>":{"":"***"}}`, string(d.Raw))
				}
				require.Empty(t, journal[2].Raw, "what can't be read can't be masked")
				require.JSONEq(t, `{"status":"success","payment_id":"1","amount":10000,"currency":"RUB","request_id":"r","card":"***","status_description":"***"}`, string(journal[3].Raw))
			default:
				require.Equal(t, body, journal[0].Raw)
				require.Equal(t, canary, journal[0].Status.Description)
			}
		})
	}
}

// The paths that decide are those of the key's Scheme.
func TestMaskKeepsPathsOfTheScheme(t *testing.T) {
	scheme := signer.Scheme{AmountPath: "money:sum", CurrencyPath: "money:of"}
	key, err := testKeys().callback.Public("callback").WithScheme(scheme)
	require.NoError(t, err)
	s := newShop(t, func(c *highhelp.Config) { c.JournalBodies, c.Verifier = "masked", key })
	s.ticket("1")
	c := callback{project: project, payment: "1", status: "success", extra: map[string]any{"money": map[string]any{"sum": 10000, "of": "RUB", "from": canary}}}
	require.Equal(t, 200, s.deliver("success", c))
	var body struct{ Money map[string]any }
	require.NoError(t, json.Unmarshal(s.journal()[0].Raw, &body))
	require.Equal(t, map[string]any{"sum": 10000.0, "of": "RUB", "from": "***"}, body.Money)
}

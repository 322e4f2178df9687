package highhelp_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/signer"
	"github.com/stretchr/testify/require"
)

// A merchant is one of several in one process.
type merchant struct {
	*highhelp.Checkout
	project string
	path    string
	key     *signer.PrivateKey // signs its callbacks
	shipped []string
	broken  bool
}

// newMall opens two shops over one store, one server and one set of order ids.
func newMall(t *testing.T, store highhelp.Store) (base string, a, b *merchant) {
	mux := http.NewServeMux()
	server := newServer(t, mux)
	gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		require.NoError(t, err)
		doc, err := signer.Parse(body)
		require.NoError(t, err)
		id, _ := doc.Text("general:payment_id")
		require.Equal(t, r.Header.Get("x-access-merchant-id"), first(doc.Text("general:project_id")))
		_, _ = io.WriteString(w, `{"status":"processing","sub_status":"new","integration":{"form_url":"http://127.0.0.1/`+r.Header.Get("x-access-merchant-id")+id+`"}}`)
	}))
	t.Cleanup(gateway.Close)
	a = &merchant{project: "project-a", path: "/a/pay", key: testKeys().callback}
	b = &merchant{project: "project-b", path: "/b/pay", key: testKeys().foreign}
	for _, m := range []*merchant{a, b} {
		var err error
		m.Checkout, err = highhelp.New(highhelp.Config{
			ProjectID: m.project, BaseURL: gateway.URL, PublicURL: server.URL + m.path, Store: store,
			Signer: testKeys().request, Verifier: m.key.Public("key of " + m.project), Logger: slog.New(slog.DiscardHandler),
			OnPaid: func(_ context.Context, e highhelp.Event) error {
				if m.broken {
					return errors.New("broken")
				}
				m.shipped = append(m.shipped, e.OrderID)
				return nil
			},
			OnAnomaly: func(context.Context, highhelp.Anomaly) {},
		})
		require.NoError(t, err)
		mux.Handle(m.path+"/", m.Handler(func(*http.Request) (highhelp.Order, error) { return highhelp.Order{}, highhelp.ErrNoOrder }))
		mux.Handle(m.path[:3]+"log/", m.LogHandler())
	}
	return server.URL, a, b
}

func first(s string, _ bool) string { return s }

// deliver sends a success for an order that says it is of that project.
func (m *merchant) deliver(t *testing.T, base, project string, key *signer.PrivateKey) int {
	t.Helper()
	c := success("1")
	c.project = project
	req, err := http.NewRequest(http.MethodPost, base+m.path+"/callbacks/success", bytes.NewReader(c.body()))
	require.NoError(t, err)
	req.Header, err = key.Sign(c.body(), time.Now())
	require.NoError(t, err)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	resp.Body.Close()
	return resp.StatusCode
}

func get(t *testing.T, target string) (int, string) {
	t.Helper()
	resp, err := http.Get(target)
	require.NoError(t, err)
	defer resp.Body.Close()
	return resp.StatusCode, readAll(t, resp)
}

// Merchants that share process, store and order ids share nothing else.
func TestManyMerchants(t *testing.T) {
	store := &highhelp.MemStore{}
	base, a, b := newMall(t, store)
	order := highhelp.Order{ID: "1", Amount: rub(10000)}
	ticketA, err := a.CreateTicket(t.Context(), order)
	require.NoError(t, err)
	order.Amount = rub(20000)
	ticketB, err := b.CreateTicket(t.Context(), order)
	require.NoError(t, err)
	require.NotEqual(t, ticketA.URL, ticketB.URL)

	// Status tokens open their own payment only.
	status := func(m *merchant, token string) int {
		code, _ := get(t, base+m.path+"/status?"+url.Values{"payment": {"1"}, "token": {token}}.Encode())
		return code
	}
	require.Equal(t, 200, status(a, ticketA.StatusToken))
	require.Equal(t, 404, status(a, ticketB.StatusToken))
	require.Equal(t, 404, status(b, ticketA.StatusToken))

	// A key is good for its own merchant only, and so is a callback, whatever
	// the path at which it comes in.
	require.Equal(t, 401, a.deliver(t, base, a.project, b.key))
	require.Equal(t, 401, a.deliver(t, base, b.project, b.key))
	require.Equal(t, 403, a.deliver(t, base, b.project, a.key))
	require.Equal(t, 401, b.deliver(t, base, a.project, a.key))
	require.Empty(t, a.shipped)
	require.Empty(t, b.shipped)
	a.broken = true
	require.Equal(t, 500, a.deliver(t, base, a.project, a.key))
	a.broken = false

	// What failed for one can be replayed by nobody else.
	journal := journalOf(t, store, a.project)
	failed := journal[len(journal)-1]
	require.Contains(t, failed.Error, "broken")
	for _, dry := range []bool{true, false} {
		_, err = b.Replay(t.Context(), failed.ID, dry)
		require.ErrorIs(t, err, highhelp.ErrNotFound)
		list, err := b.ReplayFailed(t.Context(), time.Time{}, time.Time{}, dry)
		require.NoError(t, err)
		require.Empty(t, list)
	}
	resp, err := http.PostForm(base+"/b/log/", url.Values{"delivery": {failed.ID}, "confirm": {"yes"}})
	require.NoError(t, err)
	resp.Body.Close()
	require.Equal(t, 404, resp.StatusCode)
	o, err := a.Replay(t.Context(), failed.ID, false)
	require.NoError(t, err)
	require.Equal(t, highhelp.Applied, o)
	require.Equal(t, []string{"1"}, a.shipped)
	require.Empty(t, b.shipped)
	paid, err := a.Payment(t.Context(), "1")
	require.NoError(t, err)
	require.Equal(t, "paid", paid.State())
	open, err := b.Payment(t.Context(), "1")
	require.NoError(t, err)
	require.Equal(t, "pending", open.State())

	// Nor does a log page show anything of another merchant.
	for _, query := range []string{"", "?open=1", "?order=1", "?delivery=" + failed.ID} {
		code, page := get(t, base+"/b/log/"+query)
		require.Equal(t, query == "?delivery="+failed.ID, code == 404, query)
		require.NotContains(t, page, a.project)
		require.NotContains(t, page, "broken")
		_, page = get(t, base+"/a/log/"+query)
		require.NotContains(t, page, b.project)
		require.NotContains(t, page, "200.00")
	}

	// An event of one is none of the other's, even in one process.
	require.Equal(t, 403, b.deliver(t, base, a.project, b.key))
	_, err = b.Reconcile(t.Context())
	require.NoError(t, err)
}

package highhelp_test

import (
	"bufio"
	"bytes"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/stretchr/testify/require"
)

// A victim is a shop with two orders, one server for its handler alone, and a
// gateway that signs with one key.
type victim struct {
	*shop
	front *httptest.Server
	key   rawKey
	limit int64 // of a body
	salt  int
	kept  *wire // a genuine callback that was taken in
}

func newVictim(t testing.TB, key rawKey, set func(*highhelp.Config)) *victim {
	v := &victim{key: key, limit: 64 << 10}
	v.shop = newShop(t, func(c *highhelp.Config) {
		c.Verifier = key.verifier
		if set != nil {
			set(c)
		}
		if c.MaxBodyBytes != 0 {
			v.limit = c.MaxBodyBytes
		}
	})
	v.front = httptest.NewUnstartedServer(v.Checkout.Handler(v.order))
	v.front.Config.ErrorLog = log.New(v.Log, "net/http: ", 0)
	v.front.Start()
	t.Cleanup(v.front.Close)
	v.Gateway.say("info", 200, `{"status":"success"}`) // states no amount
	v.ticket("1")
	v.ticket("2")
	return v
}

// talk sends w over a new connection and returns all that comes back until the
// server closes it.
func (v *victim) talk(w *wire) ([]byte, error) {
	conn, err := net.Dial("tcp", v.front.Listener.Addr().String())
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil { // so that a hang fails
		return nil, err
	}
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		w.write(conn)
	}()
	all, err := io.ReadAll(io.LimitReader(conn, 1<<20))
	if len(all) > 0 { // a reset behind an answer ends the connection, too
		err = nil
	}
	conn.Close()
	<-sent
	return all, err
}

// parse cuts what came back into answers.
func (w *wire) parse(all []byte) (statuses []int, bodies []string, err error) {
	left := bytes.NewReader(all)
	for r := bufio.NewReader(left); left.Len()+r.Buffered() > 0; {
		resp, err := http.ReadResponse(r, &http.Request{Method: w.method()})
		if err != nil {
			return nil, nil, err
		}
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			return nil, nil, err
		}
		statuses, bodies = append(statuses, resp.StatusCode), append(bodies, string(body))
	}
	return statuses, bodies, nil
}

// exchange is talk, with the answers cut.
func (v *victim) exchange(w *wire) (all []byte, statuses []int, bodies []string) {
	v.t.Helper()
	all, err := v.talk(w)
	require.NoError(v.t, err)
	statuses, bodies, err = w.parse(all)
	require.NoError(v.t, err)
	return all, statuses, bodies
}

// stored is each payment as a store writes it.
func (v *victim) stored() (all [2]string) {
	for i, id := range []string{"1", "2"} {
		raw, err := v.payment(id).MarshalBinary()
		require.NoError(v.t, err)
		all[i] = string(raw)
	}
	return all
}

// attempt carries an attack out and checks all of its verdict.
func (v *victim) attempt(t *testing.T, a attack) {
	if a.before != nil {
		a.before(v)
	}
	w := a.send(v)
	before, rows, shipped := v.stored(), len(v.journal()), v.shipped("1")
	v.kinds()
	all, statuses, bodies := v.exchange(w)
	require.Equal(t, a.statuses, statuses)
	require.LessOrEqual(t, len(all), len(statuses)<<10, "an answer is short")
	require.LessOrEqual(t, w.took, v.limit+16<<20, "no more is read than fits into the buffers of a connection")
	require.Equal(t, shipped+a.ships, v.shipped("1"), "how often the order ships")
	require.Zero(t, v.shipped("2"))
	require.Equal(t, v.shipped("1") > 0, v.payment("1").State() == "paid")
	after := v.stored()
	require.Equal(t, a.changes, before[0] != after[0], "whether the payment changes")
	require.Equal(t, before[1], after[1], "the other payment")
	require.ElementsMatch(t, a.anomalies, v.kinds())
	journal := v.journal()[rows:]
	require.Len(t, journal, len(a.rows))
	for i, d := range journal {
		answer := len(statuses) - len(a.rows) + i
		v.checkRow(t, a.rows[i], d, statuses[answer], bodies[answer])
	}
	v.checkSecrets(t, w, all)
}

func (v *victim) checkRow(t *testing.T, want row, d highhelp.Delivery, status int, body string) {
	t.Helper()
	require.Equal(t, want.outcome, d.Outcome)
	require.NotContains(t, d.Error, marker)
	if want.reason == "" {
		require.Empty(t, d.Error)
		require.Equal(t, "OK", body)
		return
	}
	require.Contains(t, d.Error, want.reason)
	require.Contains(t, v.Log.String(), want.reason)
	require.Equal(t, http.StatusText(status), body, "the sender learns no reason")
	if status == 404 {
		require.True(t, d.Authentic())
		return
	}
	believed := highhelp.Delivery{
		ID: d.ID, Key: highhelp.Key{ProjectID: project}, Route: "success", Error: d.Error,
		ReceivedAt: d.ReceivedAt, Peer: "127.0.0.1", Duration: d.Duration, Raw: d.Raw,
	}
	require.Equal(t, believed, d, "nothing is believed that is not authentic")
}

// checkSecrets looks for what was sent, and for what is secret, in what came out.
func (v *victim) checkSecrets(t *testing.T, w *wire, answer []byte) {
	t.Helper()
	require.True(t, w.holds(marker), "the attack has no marker")
	secrets := []string{marker, attackSecret, v.payment("1").Newest().Ticket.StatusToken, "/page/"}
	for _, s := range w.values("x-access-signature") {
		if len(s) > 16 {
			secrets = append(secrets, s[:16])
		}
	}
	for _, s := range secrets {
		require.NotContains(t, v.Log.String(), s)
		require.NotContains(t, string(answer), s)
	}
}

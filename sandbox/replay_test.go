package sandbox_test

import (
	"testing"
	"time"

	"github.com/go-highhelp/highhelp/sandbox"
	"github.com/stretchr/testify/require"
)

// A replay has the same bytes and the same signature, days later too.
func TestReplay(t *testing.T) {
	r := newRig(t)
	r.create(r.order("1"))
	r.act("1", sandbox.Pay)
	r.deliver()
	r.clock.Advance(48 * time.Hour)
	d, err := r.gateway.Replay(t.Context(), 3)
	require.NoError(t, err)
	require.True(t, d.OK())
	require.Equal(t, 4, d.ID)
	require.Equal(t, 3, d.ReplayOf)
	require.Zero(t, d.Try)
	require.Equal(t, r.clock.Now(), d.Time)
	require.Equal(t, d, r.gateway.Deliveries()[3])
	alerts := r.shop.alerts()
	require.Equal(t, alerts[2].body, alerts[3].body)
	require.Equal(t, alerts[2].path, alerts[3].path)
	for _, name := range []string{"x-access-signature", "x-access-timestamp", "Content-Type"} {
		require.Equal(t, alerts[2].header.Get(name), alerts[3].header.Get(name))
	}
	again, err := r.gateway.Replay(t.Context(), 4)
	require.NoError(t, err)
	require.Equal(t, 4, again.ReplayOf)

	_, err = r.gateway.Replay(t.Context(), 17)
	require.ErrorIs(t, err, sandbox.ErrNoDelivery)
}

// What the log holds in part only can't be replayed; of what was spoiled the
// message stays spoiled, and the connection does not.
func TestReplayOfFaults(t *testing.T) {
	r := spoiled(t, "oversize=20000")
	_, err := r.gateway.Replay(t.Context(), 1)
	require.ErrorIs(t, err, sandbox.ErrCut)

	r = spoiled(t, "tampered")
	d, err := r.gateway.Replay(t.Context(), 1)
	require.NoError(t, err)
	require.Equal(t, 401, d.HTTPStatus)

	r = spoiled(t, "drop")
	d, err = r.gateway.Replay(t.Context(), 1)
	require.NoError(t, err)
	require.True(t, d.OK())
}

// The shop can be told once more, under other faults.
func TestResend(t *testing.T) {
	r := newRig(t)
	r.create(r.order("1"))
	r.act("1", sandbox.Pay)
	r.deliver()
	require.NoError(t, r.gateway.SetFaults("1", sandbox.Fault{Kind: sandbox.FaultTampered}))
	require.NoError(t, r.gateway.Resend("1"))
	r.settle()
	require.Equal(t, []string{requisites, paid, success, success}, r.shop.told())
	require.Len(t, r.shop.arrivals(), 5)
	require.NoError(t, r.gateway.SetFaults("1", sandbox.Fault{Kind: sandbox.FaultContradict}))
	require.NoError(t, r.gateway.Resend("1"))
	r.settle()
	require.Equal(t, "/decline decline", r.shop.told()[5])
	require.ErrorIs(t, r.gateway.Resend("2"), sandbox.ErrNoTicket)
}

// NextDue is where a driven clock must go.
func TestNextDue(t *testing.T) {
	r := newRig(t)
	require.Zero(t, r.gateway.NextDue())
	r.shop.respond(refuseFirst(1, 500))
	r.create(r.order("1"))
	require.Zero(t, r.gateway.NextDue())
	r.act("1", sandbox.Open)
	require.Equal(t, r.clock.Now(), r.gateway.NextDue())
	r.deliver()
	require.Equal(t, r.clock.Now().Add(time.Second), r.gateway.NextDue())
	require.NoError(t, r.gateway.Hurry("1"))
	require.Equal(t, r.clock.Now(), r.gateway.NextDue())
	r.deliver()
	require.Zero(t, r.gateway.NextDue())
	require.Len(t, r.shop.alerts(), 2)
}

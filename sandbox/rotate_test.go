package sandbox_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp/sandbox"
	"github.com/go-highhelp/highhelp/signer"
	"github.com/stretchr/testify/require"
)

// While a callback is under way its key changes: the shop that does not know
// the new one refuses it, and takes it once it does.
func TestRotateInFlight(t *testing.T) {
	for name, next := range map[string]signer.Signer{
		"RSA": otherKeys().CallbackPrivate, "HMAC": otherKeys().CallbackHMAC,
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.shop.respond(refuseFirst(1, http.StatusServiceUnavailable))
			r.create(r.order("1"))
			r.act("1", sandbox.Open)
			r.deliver()
			require.NoError(t, r.gateway.Rotate(projectID, next))
			r.clock.Advance(time.Second)
			r.deliver()
			require.Equal(t, http.StatusUnauthorized, r.gateway.Deliveries()[1].HTTPStatus)

			keys, err := signer.NewKeySet(otherKeys().CallbackPublic, signer.Until(otherKeys().CallbackHMAC, time.Now().Add(time.Hour)))
			require.NoError(t, err)
			r.shop.keys = keys
			r.clock.Advance(time.Minute)
			r.deliver()
			require.True(t, r.gateway.Deliveries()[2].OK())

			// What comes late is signed with the former key, which the shop no
			// longer takes.
			require.NoError(t, r.gateway.SetFaults("1", sandbox.Fault{Kind: sandbox.FaultOldKey, Times: 1}))
			r.act("1", sandbox.Refuse)
			r.deliver()
			require.Equal(t, http.StatusUnauthorized, r.gateway.Deliveries()[3].HTTPStatus)
			r.clock.Advance(time.Minute)
			r.deliver()
			require.True(t, r.gateway.Deliveries()[4].OK())
		})
	}
}

// A shop changes the key of its requests, with an overlap.
func TestRotateKeys(t *testing.T) {
	r := newRig(t)
	newKeys := generate(projectID)
	code := func(id string, k *sandbox.Keys) int {
		return r.do(r.sign(k.RequestPrivate, createPath, r.order(id))).code
	}
	require.Equal(t, 200, code("1", r.keys))
	require.Equal(t, 401, code("2", newKeys))
	require.NoError(t, r.gateway.RotateKeys(projectID, r.keys.RequestPublic, newKeys.RequestPublic))
	require.Equal(t, 200, code("3", r.keys))
	require.Equal(t, 200, code("4", newKeys))
	require.NoError(t, r.gateway.RotateKeys(projectID, newKeys.RequestPublic))
	require.Equal(t, 401, code("5", r.keys))
	require.Equal(t, 200, code("6", newKeys))
}

func TestRotateRefuses(t *testing.T) {
	r := newRig(t)
	real, err := signer.NewHMACKey("real", "0123456789abcdef0123456789abcdef")
	require.NoError(t, err)
	require.EqualError(t, r.gateway.Rotate("none", r.keys.CallbackPrivate), `sandbox: rotate: no project "none"`)
	require.ErrorContains(t, r.gateway.Rotate(projectID, nil), "neither a *signer.PrivateKey")
	require.ErrorContains(t, r.gateway.Rotate(projectID, real), "no key of a sandbox")
	require.EqualError(t, r.gateway.RotateKeys("none", r.keys.RequestPublic), `sandbox: rotate: no project "none"`)
	require.ErrorContains(t, r.gateway.RotateKeys(projectID), "at least one key")
	require.ErrorContains(t, r.gateway.RotateKeys(projectID, r.keys.RequestPublic, nil), "neither a *signer.PublicKey")
}

// Projects do not mix: each has its own keys, URLs and balance.
func TestProjects(t *testing.T) {
	theirs := newShop(t)
	keys, err := signer.NewKeySet(otherKeys().CallbackHMAC)
	require.NoError(t, err)
	theirs.keys = keys
	r := newRig(t, func(c *sandbox.Config) {
		other := otherKeys().Project()
		other.CallbackSigner = otherKeys().CallbackHMAC
		other.CallbackURLs = sandbox.CallbackURLs{Info: theirs.url("/info"), Success: theirs.url("/success"), Decline: theirs.url("/decline")}
		c.Projects = append(c.Projects, other)
	})
	mine := r.create(r.order("1"))
	req := r.sign(otherKeys().RequestHMAC, createPath, object{
		"general": object{"project_id": "other", "payment_id": "1"}, "payment": object{"amount": 5, "currency": "RUB"},
	})
	req.Header.Set("x-access-merchant-id", "other")
	request := r.do(req).object(t)["request_id"].(string)
	r.act(mine.RequestID, sandbox.Pay)
	r.act(request, sandbox.Refuse)
	r.deliver()
	require.Equal(t, []string{requisites, paid, success}, r.shop.told())
	require.Equal(t, []string{requisites, "/decline decline"}, theirs.told())
	require.Len(t, r.shop.arrivals(), 3)
	require.Len(t, theirs.arrivals(), 2)
}

// Each try has one timestamp, if asked.
func TestSignOnce(t *testing.T) {
	r := newRig(t, func(c *sandbox.Config) { c.SignOnce = true })
	r.shop.respond(refuseFirst(2, 500))
	r.create(r.order("1"))
	r.act("1", sandbox.Open)
	r.settle()
	require.Len(t, r.shop.alerts(), 3)
	for _, a := range r.shop.alerts() {
		require.Equal(t, "1772366400", a.header.Get("x-access-timestamp"))
	}
	require.Equal(t, 3*time.Second, r.clock.Now().Sub(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)))
}

// Waits are longer by up to their jitter, and differ.
func TestJitter(t *testing.T) {
	r := newRig(t, func(c *sandbox.Config) {
		c.Jitter = 0.5
		c.Schedule = []time.Duration{0, 10 * time.Minute, 10 * time.Minute, 10 * time.Minute}
	})
	r.shop.respond(refuseFirst(100, 500))
	r.create(r.order("1"))
	r.act("1", sandbox.Refuse)
	r.settle()
	_, _, after := r.tries("decline")
	require.Len(t, after, 4)
	require.Zero(t, after[0])
	seen := map[time.Duration]bool{}
	for i := 1; i < len(after); i++ {
		wait := after[i] - after[i-1]
		require.GreaterOrEqual(t, wait, 10*time.Minute)
		require.LessOrEqual(t, wait, 15*time.Minute)
		seen[wait] = true
	}
	require.Len(t, seen, 3)
}

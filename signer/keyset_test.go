package signer_test

import (
	"crypto/rand"
	"crypto/rsa"
	"net/http"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp/signer"
	"github.com/stretchr/testify/require"
)

func newPair(t testing.TB, name string) (*signer.PrivateKey, *signer.PublicKey) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	private, err := signer.NewPrivateKey(key)
	require.NoError(t, err)
	return private, private.Public(name)
}

func newSecret(t testing.TB, name string) *signer.HMACKey {
	t.Helper()
	key, err := signer.NewHMACKey(name, rand.Text())
	require.NoError(t, err)
	return key
}

func TestKeySet(t *testing.T) {
	now := time.Unix(1706883522, 0)
	oldKey, oldPublic := newPair(t, "2023")
	newKey, newPublic := newPair(t, "2024")
	secret := newSecret(t, "hmac")
	foreign, _ := newPair(t, "foreign")
	set, err := signer.NewKeySet(signer.Until(oldPublic, now.Add(time.Hour)), newPublic, signer.Until(secret, now.Add(2*time.Hour)))
	require.NoError(t, err)
	set.Now = func() time.Time { return now }

	sign := func(k signer.Signer) http.Header {
		h, err := k.Sign([]byte(body), now)
		require.NoError(t, err)
		return h
	}
	check := func(k signer.Signer, want string) {
		t.Helper()
		match, err := set.Verify(parse(t, body), sign(k))
		if want == "" {
			require.ErrorIs(t, err, signer.ErrSignature)
			return
		}
		require.NoError(t, err)
		require.Equal(t, want, match.Key)
	}
	check(oldKey, "2023")
	check(newKey, "2024")
	check(secret, "hmac")
	check(foreign, "")

	now = now.Add(time.Hour) // the end itself is too late
	check(oldKey, "")
	check(newKey, "2024")
	check(secret, "hmac")
	_, err = set.Verify(parse(t, body), sign(oldKey))
	require.ErrorContains(t, err, `key "2023" has ended at`)

	now = now.Add(time.Hour)
	check(secret, "")

	_, err = set.Verify(parse(t, body), http.Header{})
	require.ErrorIs(t, err, signer.ErrSignature)
	require.Equal(t, "signer: signature refused: no header X-Access-Signature", err.Error(), "said once, not once a key")
	require.Len(t, set.Keys(), 3)
}

// A renamed is a key of the caller's, who may call it anything.
type renamed struct {
	signer.Key
	name string
}

func (r renamed) Name() string { return r.name }

func TestKeySetRefuses(t *testing.T) {
	_, public := newPair(t, "rsa")
	secret := newSecret(t, "hmac")
	end := time.Now().Add(time.Hour)
	for name, keys := range map[string][]signer.Key{
		"at least one":         {},
		"nil key":              {nil},
		"a nil key":            {(*signer.PublicKey)(nil)},
		"hold a nil":           {public, new(signer.HMACKey)},
		"hold a nil key":       {signer.Until(nil, end)},
		"can't hold a nil key": {signer.Until((*signer.HMACKey)(nil), end)},
		"without a name":       {renamed{public, ""}},
		"a key without a name": {public, signer.Until(renamed{public, ""}, end)},
		`named "rsa"`:          {public, public},
		"side by side":         {public, secret},
		"side by side:":        {public, secret, signer.Until(newSecret(t, "hmac2"), end)},
	} {
		_, err := signer.NewKeySet(keys...)
		require.ErrorContains(t, err, name)
	}
	for _, keys := range [][]signer.Key{
		{public, signer.Until(secret, end)}, {signer.Until(public, end), secret},
		{signer.Until(signer.Until(public, end), end), signer.Until(secret, end)},
	} {
		_, err := signer.NewKeySet(keys...)
		require.NoError(t, err)
	}
}

// A key that was given an end twice still goes by the clock of its KeySet.
func TestKeySetUntilTwice(t *testing.T) {
	now := time.Unix(1706883522, 0)
	private, public := newPair(t, "rsa")
	headers, err := private.Sign([]byte(body), now)
	require.NoError(t, err)
	for _, ends := range [][2]time.Duration{{time.Hour, 2 * time.Hour}, {2 * time.Hour, time.Hour}} {
		set, err := signer.NewKeySet(signer.Until(signer.Until(public, now.Add(ends[0])), now.Add(ends[1])))
		require.NoError(t, err)
		for after, accepted := range map[time.Duration]bool{0: true, time.Hour - 1: true, time.Hour: false, 3 * time.Hour: false} {
			set.Now = func() time.Time { return now.Add(after) }
			_, err := set.Verify(parse(t, body), headers)
			require.Equal(t, accepted, err == nil, "%v after %v: %v", ends, after, err)
		}
	}
}

// Until outside a KeySet goes by the real clock.
func TestUntilAlone(t *testing.T) {
	private, public := newPair(t, "rsa")
	h, err := private.Sign([]byte(body), time.Now())
	require.NoError(t, err)
	_, err = signer.Until(public, time.Now().Add(time.Hour)).Verify(parse(t, body), h)
	require.NoError(t, err)
	_, err = signer.Until(public, time.Now()).Verify(parse(t, body), h)
	require.ErrorContains(t, err, "has ended")
	require.Equal(t, "rsa", signer.Until(public, time.Now()).Name())
	// An end is never put off, in whichever order.
	for _, ends := range [][2]time.Duration{{0, time.Hour}, {time.Hour, 0}} {
		k := signer.Until(signer.Until(public, time.Now().Add(ends[0])), time.Now().Add(ends[1]))
		_, err = k.Verify(parse(t, body), h)
		require.ErrorContains(t, err, "has ended")
	}
}

// A Verifier serves many requests at once; run with -race.
func TestKeysAreSafeForConcurrentUse(t *testing.T) {
	v := loadVectors(t)
	set, err := signer.NewKeySet(v.public(t, signer.Scheme{}), signer.Until(v.hmac(t), time.Now().Add(time.Hour)))
	require.NoError(t, err)
	done := make(chan error)
	for i := range 8 {
		go func() {
			var err error
			for j := range 20 {
				c := v.Accept[(i+j)%len(v.Accept)]
				doc, parseErr := signer.Parse([]byte(c.Body))
				if parseErr != nil {
					err = parseErr
					continue
				}
				signature := c.RSA
				if j%2 == 0 {
					signature = c.HMAC
				}
				if _, verifyErr := set.Verify(doc, signed(c.Timestamp, signature)); verifyErr != nil {
					err = verifyErr
				}
			}
			done <- err
		}()
	}
	for range 8 {
		require.NoError(t, <-done)
	}
}

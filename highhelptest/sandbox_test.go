package highhelptest_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/highhelptest"
	"github.com/go-highhelp/highhelp/sandbox"
	"github.com/go-highhelp/highhelp/signer"
	"github.com/stretchr/testify/require"
)

// newCheckout is a shop at a server of its own, whose gateway is s. Its orders
// cost 100 roubles.
func newCheckout(t *testing.T, s *highhelptest.Sandbox, changes ...func(*highhelp.Config)) (*highhelp.Checkout, *httptest.Server) {
	t.Helper()
	shop := httptest.NewServer(nil)
	t.Cleanup(shop.Close)
	cfg := s.Config()
	cfg.PublicURL = shop.URL + "/pay"
	for _, change := range changes {
		change(&cfg)
	}
	checkout, err := highhelp.New(cfg)
	require.NoError(t, err)
	shop.Config.Handler = checkout.Handler(func(r *http.Request) (highhelp.Order, error) {
		id, err := highhelp.OrderID(r)
		return highhelp.Order{ID: id, Amount: roubles}, err
	})
	return checkout, shop
}

var roubles = highhelp.Money{Minor: 10000, Currency: "RUB"}

func TestNew(t *testing.T) {
	for name, change := range map[string]func(*sandbox.Config){
		"rsa":  func(*sandbox.Config) {},
		"hmac": func(c *sandbox.Config) { c.Projects[0].CallbackSigner = highhelptest.Keys(t).CallbackHMAC },
		"scheme": func(c *sandbox.Config) {
			k, err := highhelptest.Keys(t).CallbackPrivate.WithScheme(signer.Scheme{Null: signer.NullLower})
			require.NoError(t, err)
			c.Projects[0].CallbackSigner = k
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := highhelptest.New(t, change)
			checkout, _ := newCheckout(t, s)
			_, err := checkout.CreateTicket(t.Context(), highhelp.Order{ID: "7", Amount: roubles})
			require.NoError(t, err)
			require.NoError(t, s.SetFaults("7", sandbox.Fault{Kind: sandbox.FaultDrop, Times: 2}))
			_, err = s.Act("7", sandbox.Pay)
			require.NoError(t, err)
			began := time.Now()
			s.Settle()
			require.Equal(t, 1, s.Shipped("7"))
			require.Len(t, s.Deliveries(), 9)
			require.GreaterOrEqual(t, time.Until(s.Now()), 2*time.Second, "its clock is driven")
			require.Less(t, time.Since(began), 2*time.Second, "that of the machine is not waited for")
		})
	}
}

// The gateway is gone when the test is over.
func TestNewStops(t *testing.T) {
	var url string
	t.Run("inside", func(t *testing.T) {
		url = highhelptest.New(t).BaseURL
		resp, err := http.Get(url)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
	})
	_, err := http.Get(url)
	require.ErrorContains(t, err, "refused")
}

func TestNewRefuses(t *testing.T) {
	said := during(t, func(t testing.TB) {
		highhelptest.New(t, func(c *sandbox.Config) { c.Jitter = 2 })
	})
	require.Equal(t, []string{"highhelptest: sandbox: Config.Jitter: not between 0 and 1"}, said)
}

// The keys can be read back, and only a gateway on this machine may have them.
func TestKeyFiles(t *testing.T) {
	s := highhelptest.New(t)
	files := s.KeyFiles()
	private, err := signer.ReadPrivateKey(files.RequestPrivate)
	require.NoError(t, err)
	require.True(t, private.Sandbox())
	public, err := signer.ReadPublicKey(files.CallbackPublic)
	require.NoError(t, err)
	for _, file := range []string{files.RequestHMAC, files.CallbackHMAC} {
		key, err := signer.ReadHMACKey(file)
		require.NoError(t, err)
		require.True(t, key.Sandbox())
	}
	keys, err := sandbox.ReadKeys(files.Dir, highhelptest.ProjectID)
	require.NoError(t, err)
	require.Equal(t, highhelptest.ProjectID, keys.ProjectID)
	info, err := os.Stat(filepath.Clean(files.RequestPrivate))
	require.NoError(t, err)
	require.Zero(t, info.Mode().Perm()&0o077)

	cfg := s.Config()
	cfg.Signer, cfg.Verifier = private, public
	cfg.BaseURL, cfg.PublicURL = "https://api.hh-processing.com", "https://shop.example/pay"
	_, err = highhelp.New(cfg)
	require.ErrorContains(t, err, "a key of a sandbox, but BaseURL is not on this machine")
}

func TestShip(t *testing.T) {
	s := highhelptest.New(t)
	require.Zero(t, s.Shipped("1"))
	require.NoError(t, s.Ship("1"))
	require.NoError(t, s.Ship("1"))
	require.NoError(t, s.Ship("2"))
	require.Equal(t, 2, s.Shipped("1"))
	require.Equal(t, 1, s.Shipped("2"))
}

// An application that runs already is tried at its URL.
func TestSurviveAtURL(t *testing.T) {
	highhelptest.SurviveSome(t, func(s *highhelptest.Sandbox) highhelptest.Shop {
		_, server := newCheckout(t, s)
		n := 0
		return highhelptest.Shop{URL: server.URL + "/", NewOrder: func(context.Context) (string, highhelp.Money, error) {
			n++
			return fmt.Sprint(n), roubles, nil
		}}
	}, "success", "refusal")
}

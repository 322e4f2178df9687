package highhelp_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/sandbox"
	"github.com/go-highhelp/highhelp/signer"
	"github.com/stretchr/testify/require"
)

// Keys are replaced while callbacks and tickets are under way: none is lost.
// The window in which both keys are good ends by date.
func TestRotateUnderLoad(t *testing.T) {
	s := newShop(t)
	old, next := testKeys().callback, testKeys().foreign
	const workers, each = 4, 25
	for i := range workers * each {
		s.ticket(fmt.Sprint(i))
	}
	begun, rotated := make(chan struct{}, workers), make(chan struct{})
	var load sync.WaitGroup
	answers := make(chan int, 2*workers*each)
	for w := range workers {
		load.Go(func() {
			for i := range each {
				if i == each/2 { // half of the load comes around the change, the rest after it
					begun <- struct{}{}
				}
				id := fmt.Sprint(w*each + i)
				answers <- s.deliverRaw("info", with(id, "processing", "paid").body(), old, nil).StatusCode
				key := signer.Signer(old)
				if i > each/2 {
					<-rotated
					key = next
				}
				answers <- s.deliverRaw("success", success(id).body(), key, nil).StatusCode
			}
		})
	}
	for range workers {
		<-begun
	}
	both, err := signer.NewKeySet(next.Public("next"), signer.Until(old.Public("callback"), s.Clock.Now().Add(time.Hour)))
	require.NoError(t, err)
	both.Now = s.Clock.Now
	require.NoError(t, s.Checkout.Rotate(testKeys().request, both))
	close(rotated)
	load.Wait()
	close(answers)
	for status := range answers {
		require.Equal(t, 200, status)
	}
	names := map[string]int{}
	for _, d := range s.journal() {
		names[d.KeyName]++
	}
	require.Len(t, names, 2)
	require.Greater(t, names["next"], workers*each/3)
	for i := range workers * each {
		require.Equal(t, 1, s.shipped(fmt.Sprint(i)))
	}

	s.Clock.Add(time.Hour)
	body := with("0", "decline", "").body()
	require.Equal(t, 401, s.deliverRaw("decline", body, old, nil).StatusCode)
	require.Contains(t, s.last().Error, "has ended")
	require.Equal(t, 200, s.deliverRaw("decline", body, next, nil).StatusCode)
}

// The next request is signed with the new key.
func TestRotateRequestKey(t *testing.T) {
	var answer answerCount
	g := newGateway(t)
	s := newShopAt(t, g, &highhelp.MemStore{}, func(c *highhelp.Config) {
		c.Signer = signWith{c.Signer, &answer.old}
	})
	s.ticket("1")
	require.NoError(t, s.Checkout.Rotate(signWith{testKeys().request, &answer.next}, testKeys().callback.Public("callback")))
	s.ticket("2")
	s.ticket("3")
	require.Equal(t, answerCount{old: 1, next: 2}, answer)
}

type answerCount struct{ old, next int }

// signWith counts what a key signs.
type signWith struct {
	signer.Signer
	count *int
}

func (s signWith) Sign(body []byte, at time.Time) (http.Header, error) {
	*s.count++
	return s.Signer.Sign(body, at)
}

// What New refuses, Rotate refuses; then the old keys stay.
func TestRotateRefuses(t *testing.T) {
	keys, err := sandbox.GenerateKeys(project)
	require.NoError(t, err)
	cfg := validConfig()
	c, err := highhelp.New(cfg)
	require.NoError(t, err)
	require.Equal(t, []string{"Signer", "Verifier"}, fields(t, c.Rotate(nil, nil)))
	require.Equal(t, []string{"Signer", "Verifier"}, fields(t, c.Rotate(keys.RequestPrivate, keys.CallbackPublic)))
	joined, err := testKeys().callback.Public("x").WithScheme(signer.Scheme{Join: "-"})
	require.NoError(t, err)
	require.Equal(t, []string{"ProjectID"}, fields(t, c.Rotate(cfg.Signer, joined)))

	s := newShop(t)
	s.ticket("1")
	require.Error(t, s.Checkout.Rotate(testKeys().request, nil))
	require.Equal(t, 200, s.deliver("success", success("1")))
	require.NoError(t, s.Checkout.Rotate(testKeys().request, testKeys().foreign.Public("next")))
	require.Equal(t, 401, s.deliver("success", success("1")))
}

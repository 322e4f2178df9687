package highhelp

import (
	"errors"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/go-highhelp/highhelp/signer"
)

// The keys of a Checkout are replaced together, so that no request ever sees
// one of the old and one of the new.
type keys struct {
	signer   signer.Signer
	verifier signer.Verifier
}

// A keyRing holds the keys that are in use. It is the Signer of a Checkout's
// Client.
type keyRing struct{ atomic.Pointer[keys] }

func (k *keyRing) Sign(body []byte, at time.Time) (http.Header, error) {
	return k.Load().signer.Sign(body, at)
}

// Rotate replaces both keys while c serves: requests and callbacks that have
// begun end with the old ones, all others have the new ones. It checks them as
// [New] does; after an error the old ones stay.
//
// The gateway changes its key at a moment that the shop can't see, and sends
// what it signed before again. So let both be good for a while, and say when
// that ends:
//
//	v, err := signer.NewKeySet(newKey, signer.Until(oldKey, time.Now().Add(72*time.Hour)))
//	…
//	err = checkout.Rotate(requestKey, v)
func (c *Checkout) Rotate(s signer.Signer, v signer.Verifier) error {
	base, err := url.Parse(c.cfg.BaseURL)
	if err != nil { // New has parsed it
		return err
	}
	check := validator{cfg: c.cfg}
	check.cfg.Signer, check.cfg.Verifier = s, v
	check.keys()
	check.sandbox(base)
	if err := errors.Join(check.errs...); err != nil {
		return err
	}
	c.keys.Store(&keys{s, v})
	return nil
}

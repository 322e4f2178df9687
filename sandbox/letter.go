package sandbox

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/go-highhelp/highhelp/signer"
)

// A letter is one try of a callback while it is put together: what it says,
// how it is signed, and how it is sent.
type letter struct {
	content  callback
	url      string
	urls     CallbackURLs // of the ticket
	signer   signer.Signer
	signedAt time.Time
	changed  time.Time // when the status was

	header http.Header
	body   []byte

	slow                    time.Duration // in which the body arrives
	cutOff, hangUp, dropped bool
}

// callback is the body of a callback. That project_id, general and status are
// its base is documented; the members are those that a public client reads.
type callback struct {
	ProjectID   string              `json:"project_id"`
	General     callbackGeneral     `json:"general"`
	Status      statusFields        `json:"status"`
	PaymentInfo callbackPaymentInfo `json:"payment_info"`
	Padding     string              `json:"padding,omitempty"` // see FaultOversize
}

type callbackGeneral struct {
	RequestID string `json:"request_id"`
	PaymentID string `json:"payment_id"`
}

type callbackPaymentInfo struct {
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
	Type     string `json:"type"`
}

// write returns the signed letter of a job.
func (g *Gateway) write(j job) (*letter, error) {
	p := g.projects[j.view.ProjectID]
	l := &letter{
		content: callback{
			ProjectID:   j.view.ProjectID,
			General:     callbackGeneral{j.view.RequestID, j.view.PaymentID},
			Status:      j.status.fields(),
			PaymentInfo: callbackPaymentInfo{j.view.Amount, j.view.Currency, "payin"},
		},
		url: j.url, urls: j.urls, signer: p.signer(), signedAt: g.cfg.Now(), changed: j.changed,
	}
	if g.cfg.SignOnce {
		l.signedAt = j.changed
	}
	kinds := faultTable()
	each := func(do func(FaultInfo, Fault)) {
		for _, kind := range kinds {
			if f, ok := find(j.faults, kind.Kind); ok {
				do(kind, f)
			}
		}
	}
	each(func(k FaultInfo, f Fault) {
		if k.before != nil {
			k.before(g, l, f)
		}
	})
	if err := l.sign(); err != nil {
		return nil, err
	}
	each(func(k FaultInfo, f Fault) {
		if k.after != nil {
			k.after(g, l, f)
		}
	})
	return l, nil
}

// sign writes body and headers as the gateway sends them.
func (l *letter) sign() (err error) {
	if l.body, err = json.Marshal(l.content); err != nil {
		return err
	}
	if l.header, err = l.signer.Sign(l.body, l.signedAt); err != nil {
		return err
	}
	l.header.Del(headerToken) // for requests only: the shop knows the gateway's key
	l.header.Set("Content-Type", "application/json")
	l.header.Set("User-Agent", "HighHelp-Sandbox")
	return nil
}

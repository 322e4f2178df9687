package sandbox

import (
	"cmp"
	"encoding/json"
	"strings"

	"github.com/go-highhelp/highhelp/signer"
)

// late signs as of the day on which the callback should have come. The queue
// holds it back.
func late(_ *Gateway, l *letter, _ Fault) { l.signedAt = l.changed }

func oldKey(g *Gateway, l *letter, _ Fault) {
	if old := g.projects[l.content.ProjectID].formerSigner(); old != nil {
		l.signer = old
	}
}

func wrongSigningKey(g *Gateway, l *letter, _ Fault) { l.signer = g.stranger(l.signer) }

// stranger returns a key that no shop knows, of the algorithm and the Scheme
// of like.
func (g *Gateway) stranger(like signer.Signer) signer.Signer {
	keys := g.strangerKeys()
	switch like := like.(type) {
	case *signer.HMACKey:
		if k, err := keys.CallbackHMAC.WithScheme(like.Scheme()); err == nil {
			return k
		}
	case *signer.PrivateKey:
		if k, err := keys.CallbackPrivate.WithScheme(like.Scheme()); err == nil {
			return k
		}
	}
	return keys.CallbackPrivate
}

// wrongAmount states one minor unit, which no order of the ticket's amount is.
func wrongAmount(_ *Gateway, l *letter, _ Fault) { l.content.PaymentInfo.Amount = otherAmount(l) }

func otherAmount(l *letter) int64 {
	if l.content.PaymentInfo.Amount == 1 {
		return 2
	}
	return 1
}

// wrongRoute sends a success where declines go, and all else where successes
// do, as far as the shop has stated such URLs.
func wrongRoute(_ *Gateway, l *letter, _ Fault) {
	other := l.urls.Success
	if l.content.Status.Status == "success" {
		other = l.urls.Decline
	}
	l.url = cmp.Or(other, l.url)
}

func oversize(_ *Gateway, l *letter, f Fault) {
	l.content.Padding = strings.Repeat("x", cmp.Or(f.Bytes, defaultOversize))
}

// tamper makes a success of what is none, and another amount of what is one.
func tamper(_ *Gateway, l *letter, _ Fault) {
	content := l.content
	if content.Status.Status == "success" {
		content.PaymentInfo.Amount = otherAmount(l)
	} else {
		content.Status = Status{Main: "success"}.fields()
	}
	if body, err := json.Marshal(content); err == nil {
		l.body = body
	}
}

// unsign leaves nothing but what any client sends.
func unsign(_ *Gateway, l *letter, _ Fault) {
	for name := range l.header {
		if name != "Content-Type" && name != "User-Agent" {
			l.header.Del(name)
		}
	}
}

func truncate(_ *Gateway, l *letter, _ Fault) { l.body = l.body[:len(l.body)/2] }

func slowBody(_ *Gateway, l *letter, f Fault) { l.slow = cmp.Or(f.Delay, defaultSlow) }

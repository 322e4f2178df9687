package highhelp

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// routes sends each callback URL a callback that must be refused, and looks at
// what came of it on both sides.
func (d *doctor) routes(ctx context.Context) {
	seen := map[string]bool{} // hosts whose certificate was looked at
	for _, t := range d.targets() {
		d.visit(ctx, t, !seen[t.url.Host])
		seen[t.url.Host] = true
	}
}

func (d *doctor) visit(ctx context.Context, t target, first bool) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	p := newProbe(d, t)
	err := p.send(ctx)
	if first && t.url.Scheme == "https" {
		d.certificate(t, p.tls, err)
	}
	d.route(ctx, t, p, err)
}

// certificateMargin is how long a certificate should still hold.
const certificateMargin = 14 * 24 * time.Hour

func (d *doctor) certificate(t target, state *tls.ConnectionState, err error) {
	var bad *tls.CertificateVerificationError
	switch {
	case errors.As(err, &bad):
		d.add("certificate", red, t.url.Host+": "+bad.Err.Error(), "the gateway will not talk to this server: renew the certificate, or serve its whole chain")
	case state == nil || len(state.PeerCertificates) == 0:
		d.add("certificate", red, t.url.Host+" shows no certificate", "see what is said of its route")
	default:
		left := state.PeerCertificates[0].NotAfter.Sub(d.c.now())
		for _, c := range state.PeerCertificates[1:] {
			left = min(left, c.NotAfter.Sub(d.c.now()))
		}
		seen := fmt.Sprintf("%s: holds for %d days more", t.url.Host, int(left.Hours()/24))
		if left < certificateMargin {
			d.add("certificate", yellow, seen, "renew it, and let that happen by itself")
			return
		}
		d.add("certificate", green, seen, "")
	}
}

// A probe is a callback whose signature can't hold.
type probe struct {
	d      *doctor
	t      target
	nonce  string
	body   []byte
	status int
	header http.Header
	text   string
	tls    *tls.ConnectionState
}

func newProbe(d *doctor, t target) *probe {
	p := &probe{d: d, t: t, nonce: "doctor-" + rand.Text()}
	// The number and the letter are what a careless proxy would write anew.
	p.body = []byte(`{ "project_id": ` + strconv.Quote(d.c.cfg.ProjectID) + `, "general": {"payment_id": "` + p.nonce + `"},` +
		` "status": {"status": "processing", "sub_status": null}, "probe": [1.0, "\u00e9"] }`)
	return p
}

func (p *probe) send(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.t.raw, bytes.NewReader(p.body))
	if err != nil {
		return err
	}
	signature, timestamp := p.d.headerNames()
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set(signature, "bm90IGEgc2lnbmF0dXJl")
	req.Header.Set(timestamp, strconv.FormatInt(p.d.c.now().Unix(), 10))
	resp, err := p.d.c.client.http().Do(req)
	if err != nil {
		return withoutURL(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 1000))
	p.status, p.header, p.text, p.tls = resp.StatusCode, resp.Header, string(text), resp.TLS
	return err
}

// own reports whether the answer is the one of a callback handler: nothing
// else on the way says just this.
func (p *probe) own() bool {
	return p.status == http.StatusUnauthorized && p.text == http.StatusText(p.status) && p.header.Get("WWW-Authenticate") == ""
}

// route judges the answer of one callback URL.
func (d *doctor) route(ctx context.Context, t target, p *probe, err error) {
	check := "route_" + t.route
	if err != nil {
		d.add(check, red, t.raw+": "+err.Error(), "nothing answers there: look at DNS, the proxy and whether the program runs")
		return
	}
	if p.own() {
		d.arrived(ctx, check, p)
		return
	}
	seen := fmt.Sprintf("%s answers %d %s to a callback that must be refused with 401", t.raw, p.status, http.StatusText(p.status))
	d.add(check, red, seen, routeAdvice(p.status))
}

func routeAdvice(status int) string {
	switch {
	case status >= 200 && status < 300:
		return "something else answers there, such as a page for all paths: let the path through to Handler"
	case status >= 300 && status < 400:
		return "the gateway's callbacks would be redirected away: let the path through to Handler, without a login and with the very same URL"
	case status == http.StatusBadRequest:
		return "the body does not come through: look for a proxy that drops or rewrites it"
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return "a login, a firewall or a CSRF check stands before Handler: let the three callback paths through"
	case status == http.StatusNotFound:
		return "the path does not lead to Handler: mount it where PublicURL leads, and look whether a proxy cuts the path"
	case status == http.StatusMethodNotAllowed, status == http.StatusUnsupportedMediaType:
		return "the request does not come through as it was sent: look for a proxy that changes its method or type"
	}
	return "the proxy or the program fails: look at their logs"
}

// arrived looks in the journal at how the probe came in.
func (d *doctor) arrived(ctx context.Context, check string, p *probe) {
	refused := p.t.raw + " refuses what is not signed"
	j, ok := d.c.cfg.Store.(Journal)
	if !ok || d.c.cfg.JournalBodies == bodiesNone {
		d.add(check, green, refused+"; whether bodies come through unchanged can't be seen without a journal of bodies", "")
		return
	}
	row, found, err := p.row(ctx, j)
	switch {
	case err != nil:
		d.add(check, yellow, refused+"; the journal can't be read: "+err.Error(), "see what is said of the store")
	case !found:
		d.add(check, red, refused+", but this Store's journal does not know of it", "another program answers there, or one with another Store or ProjectID: let PublicURL lead to this one")
	case strings.Contains(row.Error, "no header"):
		d.add(check, red, refused+", but the headers of the signature don't come through: "+row.Error, "look for a proxy that drops headers")
	case !bytes.Equal(row.Raw, p.body) && !bytes.Equal(row.Raw, masked(p.body, false, nil)):
		d.add(check, red, refused+", but the body came in changed", "look for a proxy or middleware that rewrites JSON: signatures may not hold any more")
	case row.Route != "" && row.Route != p.t.route:
		d.add(check, red, refused+", but it leads to the handler of "+row.Route, "look at Config.CallbackURLs and at the paths of the handlers")
	default:
		d.add(check, green, refused+"; the body came in as it was sent", "")
	}
}

// probeRows is how many rows of the journal are searched.
const probeRows = 1000

func (p *probe) row(ctx context.Context, j Journal) (d Delivery, found bool, err error) {
	n := 0
	for d, err := range j.Deliveries(ctx, Delivery{Key: Key{ProjectID: p.d.c.cfg.ProjectID}}, time.Time{}, time.Time{}) {
		if err != nil {
			return d, false, err
		}
		if bytes.Contains(d.Raw, []byte(p.nonce)) {
			return d, true, nil
		}
		if n++; n == probeRows {
			break
		}
	}
	return Delivery{}, false, nil
}

package sandbox

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-highhelp/highhelp/signer"
)

// maxListed bounds the rows of a list on the control page.
const maxListed = 200

// A controlView is a page of the control page. Each has what its template
// shows, and Root, the relative address of the Gateway.
type controlView struct {
	Root, Title string

	Tickets    []Ticket
	Deliveries []Delivery
	Projects   []projectView
	More       bool // than are listed

	Ticket    Ticket
	Scenarios []Scenario
	Faults    []faultView

	Delivery Delivery
	Answered bool
	Request  string // as text
	Answer   string

	Explanation   string
	Canonical     string
	Project       string // that was asked about
	Headers, Body string // that were asked about
	Problem       string
}

type projectView struct {
	ID, Algorithm, Former string
}

type faultView struct {
	FaultInfo
	On     bool
	Stated string // how much
}

func (g *Gateway) writeControl(w http.ResponseWriter, code int, name string, v *controlView) {
	g.assets.write(w, code, name, "'self'", "'none'", v)
}

func (g *Gateway) writeProblem(w http.ResponseWriter, root string, err error) {
	code := http.StatusBadRequest
	switch {
	case errors.Is(err, ErrNoTicket), errors.Is(err, ErrNoDelivery):
		code = http.StatusNotFound
	case errors.Is(err, ErrNotOffered), errors.Is(err, ErrCut), errors.Is(err, errNoFormerKey):
		code = http.StatusConflict
	}
	g.writeControl(w, code, "problem.html", &controlView{Root: root, Title: "That did not work", Problem: err.Error()})
}

// showControl answers GET /control/.
func (g *Gateway) showControl(w http.ResponseWriter, _ *http.Request) {
	v := &controlView{Root: "../", Title: "Sandbox gateway", Tickets: g.Tickets(), Deliveries: newestFirst(g.Deliveries())}
	v.More = len(v.Tickets) > maxListed || len(v.Deliveries) > maxListed
	v.Tickets = v.Tickets[:min(len(v.Tickets), maxListed)]
	v.Deliveries = v.Deliveries[:min(len(v.Deliveries), maxListed)]
	for _, id := range slices.Sorted(maps.Keys(g.projects)) {
		p := g.projects.current(id)
		v.Projects = append(v.Projects, projectView{id, algorithm(p.CallbackSigner), algorithm(p.FormerCallbackSigner)})
	}
	g.writeControl(w, http.StatusOK, "control.html", v)
}

func newestFirst(rows []Delivery) []Delivery {
	slices.Reverse(rows)
	return rows
}

func algorithm(s signer.Signer) string {
	switch s.(type) {
	case *signer.PrivateKey:
		return "RSA"
	case *signer.HMACKey:
		return "HMAC"
	}
	return ""
}

// showTicket answers GET /control/tickets/{id}.
func (g *Gateway) showTicket(w http.ResponseWriter, r *http.Request) {
	t, err := g.Ticket(r.PathValue("id"))
	if err != nil {
		g.writeProblem(w, "../../", err)
		return
	}
	v := &controlView{Root: "../../", Title: "Ticket " + t.PaymentID, Ticket: t}
	for _, s := range Scenarios() {
		if playable(t, s) {
			v.Scenarios = append(v.Scenarios, s)
		}
	}
	for _, kind := range FaultKinds() {
		f, on := find(t.Faults, kind.Kind)
		v.Faults = append(v.Faults, faultView{kind, on, f.amount()})
	}
	for _, d := range newestFirst(g.Deliveries()) {
		if d.RequestID == t.RequestID {
			v.Deliveries = append(v.Deliveries, d)
		}
	}
	g.writeControl(w, http.StatusOK, "ticket.html", v)
}

// playable reports whether s can begin where t stands.
func playable(t Ticket, s Scenario) bool {
	i := slices.IndexFunc(s.Actions, func(a Action) bool { return a != Open })
	return i >= 0 && slices.Contains(t.Actions, s.Actions[i])
}

// showDelivery answers GET /control/deliveries/{id}, with ?explain too.
func (g *Gateway) showDelivery(w http.ResponseWriter, r *http.Request) {
	id, _ := strconv.Atoi(r.PathValue("id")) // 0 is no ID
	d, ok := g.journal.find(id)
	if !ok {
		g.writeProblem(w, "../../", ErrNoDelivery)
		return
	}
	v := &controlView{
		Root: "../../", Title: fmt.Sprintf("Delivery %d", d.ID), Delivery: d, Answered: d.HTTPStatus != 0,
		Request: printed(d.RequestHeader, d.RequestBody), Answer: printed(d.AnswerHeader, d.AnswerBody),
	}
	if r.URL.Query().Has("explain") {
		x, err := g.Explain(d.ProjectID, d.RequestBody, d.RequestHeader)
		v.explain(x, err, d.RequestBody)
	}
	g.writeControl(w, http.StatusOK, "delivery.html", v)
}

// printed writes a message as it goes over the wire, but for its first line.
func printed(h http.Header, body []byte) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(h)) {
		for _, value := range h[name] {
			fmt.Fprintf(&b, "%s: %s\n", name, value)
		}
	}
	if !utf8.Valid(body) {
		fmt.Fprintf(&b, "\n(%d bytes that are no text)", len(body))
		return b.String()
	}
	fmt.Fprintf(&b, "\n%s", body)
	return b.String()
}

// Token is the secret part of the payment page's address.
func (v *controlView) Token() string { return path.Base(v.Ticket.URL) }

// Time writes a time for the lists.
func (*controlView) Time(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05") }

// Amount writes an amount for the lists.
func (*controlView) Amount(t Ticket) string { return english.amount(t.Amount, t.Currency) }

package sandbox

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
)

// controlRoutes returns the control page, without any guard.
func (g *Gateway) controlRoutes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /control", func(w http.ResponseWriter, _ *http.Request) { seeOther(w, "control/") })
	mux.HandleFunc("GET /control/{$}", g.showControl)
	mux.HandleFunc("GET /control/tickets/{id}", g.showTicket)
	mux.HandleFunc("GET /control/deliveries/{id}", g.showDelivery)
	mux.HandleFunc("GET /control/explain", g.showExplain)
	mux.HandleFunc("POST /control/explain", g.showExplain)
	for path, do := range map[string]func(*http.Request, string) error{
		"act": func(r *http.Request, id string) error {
			_, err := g.Act(id, Action(r.PostFormValue("action")))
			return err
		},
		"play":   g.playFor,
		"faults": g.setFaultsFor,
		"spoil":  g.spoilFor,
		"resend": func(_ *http.Request, id string) error { return g.Resend(id) },
		"send":   g.sendFor,
	} {
		mux.HandleFunc("POST /control/tickets/{id}/"+path, g.onTicket(do))
	}
	mux.HandleFunc("POST /control/deliveries/{id}/replay", g.replayFor)
	mux.HandleFunc("POST /control/projects/{id}/rotate", g.rotateFor)
	return mux
}

// seeOther redirects to a relative address, which holds under any path.
func seeOther(w http.ResponseWriter, address string) {
	w.Header().Set("Location", address)
	w.WriteHeader(http.StatusSeeOther)
}

// onTicket makes a handler of what a button does to a ticket.
func (g *Gateway) onTicket(do func(*http.Request, string) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, 16<<10)
		id := r.PathValue("id")
		err := r.ParseForm()
		if err == nil {
			err = do(r, id)
		}
		if err != nil {
			g.writeProblem(w, "../../../", err)
			return
		}
		seeOther(w, "../"+url.PathEscape(id))
	}
}

func (g *Gateway) playFor(r *http.Request, id string) error {
	s, err := ParseScenario(r.PostFormValue("scenario"))
	if err != nil {
		return err
	}
	_, err = g.Play(id, s)
	return err
}

// setFaultsFor reads a form with a box for each kind, and beside it how much.
func (g *Gateway) setFaultsFor(r *http.Request, id string) error {
	var faults []Fault
	var errs []error
	for _, kind := range r.PostForm["fault"] {
		f, err := statedFault(r.PostForm, kind)
		faults, errs = append(faults, f), append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	return g.SetFaults(id, faults...)
}

// spoilFor sets one fault alone and sends the status again under it.
func (g *Gateway) spoilFor(r *http.Request, id string) error {
	f, err := statedFault(r.PostForm, r.PostFormValue("only"))
	if err != nil {
		return err
	}
	if err := g.SetFaults(id, f); err != nil {
		return err
	}
	return g.Resend(id)
}

func statedFault(form url.Values, kind string) (Fault, error) {
	if amount := form.Get("amount-" + kind); amount != "" {
		kind += "=" + amount
	}
	return ParseFault(kind)
}

// sendFor sends what is unsent, and waits for the answers: it need not be
// during Run.
func (g *Gateway) sendFor(r *http.Request, id string) error {
	if err := g.Hurry(id); err != nil {
		return err
	}
	return g.Deliver(r.Context())
}

func (g *Gateway) replayFor(w http.ResponseWriter, r *http.Request) {
	id, _ := strconv.Atoi(r.PathValue("id")) // 0 is no ID
	d, err := g.Replay(r.Context(), id)
	if err != nil {
		g.writeProblem(w, "../../../", err)
		return
	}
	seeOther(w, fmt.Sprintf("../%d", d.ID))
}

// rotateFor signs with the former key again.
func (g *Gateway) rotateFor(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	p := g.projects.current(id)
	if p == nil || p.FormerCallbackSigner == nil {
		g.writeProblem(w, "../../../", errNoFormerKey)
		return
	}
	if err := g.Rotate(id, p.FormerCallbackSigner); err != nil {
		g.writeProblem(w, "../../../", err)
		return
	}
	seeOther(w, "../../")
}

var errNoFormerKey = errors.New("sandbox: no such project, or it has no former key")

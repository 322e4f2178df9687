package sandbox

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// checkOTP is what the button of the page for a one-time password says: which
// action it is depends on the password.
const checkOTP Action = "check_otp"

// showPage answers GET and HEAD /pay/{token}.
func (g *Gateway) showPage(w http.ResponseWriter, r *http.Request) {
	find := byToken(r.PathValue("token"))
	var t Ticket
	var err error
	if r.Method == http.MethodHead { // no payer sees what it answers
		t, err = g.ledger.look(find, g.cfg.Now())
	} else {
		t, err = g.act(find, Open)
	}
	if err != nil && !errors.Is(err, ErrNotOffered) { // it was open before
		g.refusePage(w, r, err)
		return
	}
	g.writePage(w, http.StatusOK, newPageView(t, r, g.cfg.Now()))
}

// actOnPage answers POST /pay/{token}: a button of the page.
func (g *Gateway) actOnPage(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 4<<10)
	token := r.PathValue("token")
	a := Action(r.PostFormValue("action"))
	if a == checkOTP {
		a = WrongOTP
		if r.PostFormValue("otp") == otpOf(token) {
			a = RightOTP
		}
	}
	if !slices.Contains(payerActions(), a) {
		a = "" // which no place offers
	}
	t, err := g.act(byToken(token), a)
	switch {
	case err != nil && !errors.Is(err, ErrNotOffered):
		g.refusePage(w, r, err)
	case err == nil && !t.Open && t.RedirectURL != "":
		http.Redirect(w, r, t.RedirectURL, http.StatusSeeOther)
	default:
		// The page shows what there is to see: the next step, the result, or
		// what was finished before. The address is relative, so as to hold under
		// any path; http.Redirect would resolve it against a stripped one.
		w.Header().Set("Location", token+choices(r.PostForm))
		w.WriteHeader(http.StatusSeeOther)
	}
}

func (g *Gateway) refusePage(w http.ResponseWriter, r *http.Request, err error) {
	if !errors.Is(err, ErrNoTicket) {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	g.writePage(w, http.StatusNotFound, newPageView(Ticket{}, r, g.cfg.Now()))
}

// writePage writes the payment page. The policy allows the form to be
// redirected to the shop: Chrome applies form-action to redirects after the
// form, too. It does not allow the shop to redirect the payer on to another
// origin.
func (g *Gateway) writePage(w http.ResponseWriter, code int, v pageView) {
	target := "'self'"
	if back, err := url.Parse(v.RedirectURL); err == nil && v.RedirectURL != "" {
		target += " " + formTarget(back)
	}
	g.assets.write(w, code, "page.html", target, cmp.Or(strings.Join(g.cfg.FrameAncestors, " "), "'none'"), v)
}

// choices are what the payer has chosen on the page, as a query.
func choices(form url.Values) string {
	kept := url.Values{}
	for _, name := range [...]string{"lang", "method"} {
		if value := form.Get(name); value != "" {
			kept.Set(name, value)
		}
	}
	if len(kept) == 0 {
		return ""
	}
	return "?" + kept.Encode()
}

// otpOf returns the one-time password of a payment page.
func otpOf(token string) string {
	sum := sha256.Sum256([]byte(token))
	return fmt.Sprintf("%04d", binary.BigEndian.Uint16(sum[:])%10000)
}

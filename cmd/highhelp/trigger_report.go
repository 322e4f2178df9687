package main

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/go-highhelp/highhelp/sandbox"
)

// A tally reports tries of callbacks and counts those that were not answered
// as they must be.
type tally struct {
	c       *console
	odd     bool // something makes authentic callbacks odd, so that a shop may refuse them
	retried bool // a refusal need not be the end
	tries   int
	wrong   int
	unknown bool // a shop did not know the payment
	failed  error
}

// oddFaults are those under which a callback is authentic, and a shop may
// refuse it all the same.
var oddFaults = []sandbox.FaultKind{
	sandbox.FaultLate, sandbox.FaultContradict, sandbox.FaultOldKey, sandbox.FaultWrongAmount, sandbox.FaultWrongRoute, sandbox.FaultOversize,
}

func newTally(c *console, faults []sandbox.Fault, retried bool) *tally {
	odd := slices.ContainsFunc(faults, func(f sandbox.Fault) bool { return slices.Contains(oddFaults, f.Kind) })
	return &tally{c: c, odd: odd, retried: retried}
}

// A tryReport is one try as JSON.
type tryReport struct {
	ID      int             `json:"id"`
	Status  string          `json:"status"`
	URL     string          `json:"url"`
	Try     int             `json:"try"`
	Faults  []sandbox.Fault `json:"faults"`
	Code    int             `json:"http_status"`
	Error   string          `json:"error,omitempty"`
	Answer  string          `json:"answer,omitempty"`
	OK      bool            `json:"ok"` // as it must be
	Verdict string          `json:"verdict,omitempty"`
}

// add reports one try. It is called by one goroutine at a time.
func (t *tally) add(d sandbox.Delivery) {
	ok, verdict := t.judge(d)
	t.tries++
	if !ok {
		t.wrong++
	}
	t.unknown = t.unknown || d.HTTPStatus == http.StatusNotFound
	r := tryReport{
		ID: d.ID, Status: d.Status.String(), URL: d.URL, Try: d.Try, Faults: append([]sandbox.Fault{}, d.Faults...),
		Code: d.HTTPStatus, Error: reason(d.Err), Answer: firstLine(d.AnswerBody), OK: ok, Verdict: verdict,
	}
	var err error
	if t.c.json {
		err = t.c.writeLine(r)
	} else {
		err = t.c.write(r.line())
	}
	if t.failed == nil {
		t.failed = err
	}
}

// judge says whether a try was answered as it must be, and why not.
func (t *tally) judge(d sandbox.Delivery) (ok bool, verdict string) {
	switch {
	case isForged(d.Faults) && d.OK():
		return false, "taken, although it is forged: it must be refused"
	case isForged(d.Faults) && d.HTTPStatus >= 400 && d.HTTPStatus < 500:
		return true, "refused, as it must be"
	case isForged(d.Faults) && d.HTTPStatus != 0:
		return false, "the shop failed on it: it must be refused with 4xx"
	case d.OK():
		return true, "taken"
	case d.HTTPStatus == 0 && expected(d.Err):
		return true, "no answer, as it must be"
	case d.HTTPStatus == 0:
		return false, "no answer"
	case t.retried && !d.GaveUp:
		return true, "refused; it comes again"
	case t.odd && d.HTTPStatus >= 400 && d.HTTPStatus < 500:
		return true, "refused, which is allowed"
	case d.HTTPStatus == http.StatusNotFound:
		return false, "the shop does not know the payment"
	}
	return false, "refused, although it is authentic"
}

// end sums up.
func (t *tally) end() error {
	if t.failed != nil {
		return t.failed
	}
	if t.wrong > 0 {
		hint := ""
		if t.unknown {
			hint = "; 404 is for a payment that the shop has created no ticket for: see --payment-id"
		}
		return fmt.Errorf("%d of %d were not answered as they must be%s", t.wrong, t.tries, hint)
	}
	return nil
}

// line writes a try for people.
func (r *tryReport) line() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%4d  %-32s %-28s ", r.ID, r.Status, pathOf(r.URL))
	switch {
	case r.Error != "":
		b.WriteString(r.Error)
	default:
		fmt.Fprintf(&b, "%d %s", r.Code, http.StatusText(r.Code))
	}
	if r.Try > 1 {
		fmt.Fprintf(&b, ", try %d", r.Try)
	}
	for _, f := range r.Faults {
		fmt.Fprintf(&b, ", %s", f)
	}
	if !r.OK || r.Verdict != "taken" {
		fmt.Fprintf(&b, ": %s", r.Verdict)
	}
	if !r.OK && r.Answer != "" {
		fmt.Fprintf(&b, "\n      it answered %q", r.Answer)
	}
	return b.String() + "\n"
}

// isForged reports whether a fault makes a callback worthless.
func isForged(faults []sandbox.Fault) bool {
	for _, k := range sandbox.FaultKinds() {
		if _, ok := findFault(faults, k.Kind); ok && k.Forged {
			return true
		}
	}
	return false
}

// expected reports whether no answer is what a fault is about.
func expected(err error) bool {
	return slices.Contains([]error{sandbox.ErrDropped, sandbox.ErrCutOff, sandbox.ErrHungUp}, err)
}

func reason(err error) string {
	if err == nil {
		return ""
	}
	return strings.TrimPrefix(err.Error(), "sandbox: ")
}

func pathOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return raw
	}
	return u.RequestURI()
}

// firstLine returns the beginning of an answer, for people.
func firstLine(body []byte) string {
	line, _, _ := bytes.Cut(bytes.TrimSpace(body), []byte("\n"))
	if !utf8.Valid(line) {
		return ""
	}
	const most = 200
	return string(bytes.ToValidUTF8(line[:min(len(line), most)], nil))
}

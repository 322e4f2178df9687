package main

import (
	"crypto/rand"
	"flag"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/go-highhelp/highhelp/sandbox"
)

func aboutTrigger() string {
	return aboutTriggering + "\nScenarios: " + strings.Join(scenarioNames(), ", ") + ".\nFaults: " + strings.Join(faultNames(), ", ") + ".\n"
}

const aboutTriggering = `
Without a gateway and without a ticket it sends the callbacks of SCENARIO, or of
--status, or the body of --body, signed by a key of a sandbox. The shop must
know the payment: --payment-id is that of an order for which it has created a
ticket, with --amount and --currency.

    highhelp trigger success --demo --to http://127.0.0.1:8080/pay/callbacks/success --payment-id 7F3…
    highhelp trigger 3ds --keys ~/.cache/highhelp-sandbox/127.0.0.1_8090/keys --to … --repeat 50 --fault reorder
    highhelp trigger --status dispute:no_payment,success --fault wrong-key=1 --tries 2 …
    highhelp trigger --body callback.json …

Where a path ends in callbacks/info, callbacks/success or callbacks/decline each
callback goes to its own of the three; else all go to --to.

It exits with 0 if each callback was answered as it must be: an authentic one
with 2xx, a forged one with 4xx. A callback that is authentic but odd (another
amount, the wrong URL, much too large, …) may be taken or refused.
`

// A triggering holds the flags of trigger.
type triggering struct {
	keys                           callbackKeys
	to, toInfo, toSuccess, toDecl  string
	paymentID, requestID, currency string
	amount                         int64
	statuses, body, faults         string
	repeat, tries                  int
	wait, timeout                  time.Duration
	remote                         *bool
}

func trigger(flags *flag.FlagSet) action {
	t := &triggering{remote: remoteFlag(flags)}
	t.keys.define(flags)
	flags.StringVar(&t.to, "to", "", "`URL` of the shop's callbacks, such as http://127.0.0.1:8080/pay/callbacks/success")
	flags.StringVar(&t.toInfo, "info-to", "", "`URL` for intermediate statuses, in place of --to")
	flags.StringVar(&t.toSuccess, "success-to", "", "`URL` for success, in place of --to")
	flags.StringVar(&t.toDecl, "decline-to", "", "`URL` for decline, in place of --to")
	flags.StringVar(&t.paymentID, "payment-id", "", "`id` of the payment (default: a random one, which no shop knows)")
	flags.StringVar(&t.requestID, "request-id", "", "`id` that the gateway has given it (default: a random one)")
	flags.Int64Var(&t.amount, "amount", 10000, "`amount` in minor units: 10000 is 100.00")
	flags.StringVar(&t.currency, "currency", "RUB", "`code` of the currency")
	flags.StringVar(&t.statuses, "status", "", "`list` of statuses such as processing:paid,success, in place of a scenario")
	flags.StringVar(&t.body, "body", "", "`file` of a body to sign and send as it is, - for standard input, in place of a scenario")
	flags.StringVar(&t.faults, "fault", "", "`list` of what goes wrong, such as reorder or duplicate=5,wrong-key=1")
	flags.IntVar(&t.repeat, "repeat", 1, "send everything so many `times`")
	flags.IntVar(&t.tries, "tries", 1, "try each callback so many `times` until it is answered 2xx")
	flags.DurationVar(&t.wait, "wait", time.Second, "`time` between two tries")
	flags.DurationVar(&t.timeout, "timeout", 10*time.Second, "`time` to wait for an answer")
	return t.run
}

func faultNames() (names []string) {
	for _, k := range sandbox.FaultKinds() {
		if k.Kind != sandbox.FaultCreateAnswerLost { // there is no ticket
			names = append(names, string(k.Kind))
		}
	}
	return names
}

func scenarioNames() (names []string) {
	for _, s := range sandbox.Scenarios() {
		names = append(names, s.Name)
	}
	return names
}

func (t *triggering) run(c *console) error {
	if t.body != "" {
		return t.runBody(c)
	}
	urls, first, err := t.urls()
	if err != nil {
		return err
	}
	statuses, err := t.told(c.args)
	if err != nil {
		return err
	}
	faults, err := t.parseFaults()
	if err != nil {
		return err
	}
	project, err := t.keys.projectFor(first)
	if err != nil {
		return err
	}
	if _, old := findFault(faults, sandbox.FaultOldKey); old && project.FormerCallbackSigner == nil {
		return usageError{"--fault old-key needs --former-callback-private-key or --former-callback-hmac-key"}
	}
	project.CallbackURLs = urls
	return t.send(c, project, statuses, faults)
}

// urls says where each kind of callback goes, and names one of them.
func (t *triggering) urls() (urls sandbox.CallbackURLs, first *url.URL, err error) {
	for _, u := range []struct {
		name, own string
		route     string
		url       *string
	}{
		{"success-to", t.toSuccess, "success", &urls.Success},
		{"info-to", t.toInfo, "info", &urls.Info},
		{"decline-to", t.toDecl, "decline", &urls.Decline},
	} {
		name, raw := u.name, u.own
		if raw == "" {
			name, raw = "to", siblingURL(t.to, u.route)
		}
		if raw == "" && t.toInfo+t.toSuccess+t.toDecl != "" {
			continue // such callbacks are left out
		}
		target, err := parseTarget(name, raw, *t.remote)
		if err != nil {
			return urls, nil, err
		}
		*u.url = raw
		if first == nil {
			first = target
		}
	}
	return urls, first, nil
}

// siblingURL returns the URL of a route beside that of another one, as the
// handler of package highhelp has them, or else the URL itself.
func siblingURL(raw, route string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return raw
	}
	before, last, ok := cutLast(u.Path, "/callbacks/")
	if !ok || !slices.Contains([]string{"info", "success", "decline"}, last) {
		return raw
	}
	u.Path, u.RawPath = before+"/callbacks/"+route, ""
	return u.String()
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// told returns the statuses that are to be told.
func (t *triggering) told(args []string) (statuses []sandbox.Status, err error) {
	names := "one of " + strings.Join(scenarioNames(), ", ")
	switch {
	case len(args) > 1:
		return nil, usageError{fmt.Sprintf("one scenario at a time, not also %q", args[1])}
	case len(args) == 1 && t.statuses != "":
		return nil, usageError{"either a scenario or --status"}
	case len(args) == 1:
		s, err := sandbox.ParseScenario(args[0])
		if err != nil {
			return nil, usageError{fmt.Sprintf("there is no scenario %q: give %s, or --status", args[0], names)}
		}
		return s.Statuses(), nil
	case t.statuses == "":
		return nil, usageError{"give a scenario (" + names + "), --status or --body"}
	}
	for text := range strings.SplitSeq(t.statuses, ",") {
		s, err := sandbox.ParseStatus(strings.TrimSpace(text))
		if err != nil {
			return nil, usageError{fmt.Sprintf("--status: %q is no status such as success or processing:paid", text)}
		}
		statuses = append(statuses, s)
	}
	return statuses, nil
}

func (t *triggering) parseFaults() ([]sandbox.Fault, error) {
	faults, err := sandbox.ParseFaults(t.faults)
	if err != nil {
		return nil, usageError{"--fault: " + strings.ReplaceAll(err.Error(), "sandbox: ", "")}
	}
	if _, lost := findFault(faults, sandbox.FaultCreateAnswerLost); lost {
		return nil, usageError{"--fault create-answer-lost: there is no create request here; see highhelp sandbox --fault"}
	}
	return faults, nil
}

func findFault(faults []sandbox.Fault, kind sandbox.FaultKind) (sandbox.Fault, bool) {
	i := slices.IndexFunc(faults, func(f sandbox.Fault) bool { return f.Kind == kind })
	if i < 0 {
		return sandbox.Fault{}, false
	}
	return faults[i], true
}

// send sends the callbacks and reports each try.
func (t *triggering) send(c *console, project sandbox.Project, statuses []sandbox.Status, faults []sandbox.Fault) error {
	if t.paymentID == "" {
		t.paymentID = "trigger-" + rand.Text()[:10]
		fmt.Fprintf(c.stderr, "highhelp trigger: the payment is %s, which no shop knows; --payment-id names one\n", t.paymentID)
	}
	if t.tries < 1 {
		return usageError{"--tries is not at least 1"}
	}
	report := newTally(c, faults, t.tries > 1)
	_, err := sandbox.Trigger{
		Project: project, PaymentID: t.paymentID, RequestID: t.requestID, Amount: t.amount, Currency: t.currency,
		Statuses: statuses, Repeat: t.repeat, Faults: faults, TryTimeout: t.timeout,
		Schedule: append([]time.Duration{0}, slices.Repeat([]time.Duration{t.wait}, t.tries-1)...),
		Report:   report.add,
	}.Send(c.ctx)
	if err != nil {
		return err
	}
	return report.end()
}

// readFile reads a file, or standard input for "-".
func (c *console) readFile(name string) ([]byte, error) {
	if name == "-" {
		return readBody(c.stdin)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readBody(f)
}

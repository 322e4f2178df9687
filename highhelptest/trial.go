package highhelptest

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/sandbox"
)

// A trial is one order under one scenario and one trouble.
type trial struct {
	*arena
	story
	scenario sandbox.Scenario
	trouble  trouble

	orderID string
	amount  highhelp.Money
	ticket  sandbox.Ticket
	read    int  // ID of the newest delivery that was looked at
	shipped int  // as of the last look
	success bool // a 2xx has answered a success that is a reason to ship
}

func (tr *trial) title() string {
	return fmt.Sprintf("the application does not survive scenario %s under fault %s", tr.scenario.Name, tr.trouble.name)
}

// run makes the trial, and returns how it failed, or nil.
func (tr *trial) run(ctx context.Context) *ending {
	if last := tr.sandbox.Deliveries(); len(last) > 0 {
		tr.read = last[len(last)-1].ID
	}
	for _, step := range []func(context.Context) *ending{tr.order, tr.page, tr.pay, tr.comeBack, tr.deliver, tr.end} {
		if end := step(ctx); end != nil {
			return end
		}
	}
	return nil
}

// order lets the shop make an order.
func (tr *trial) order(ctx context.Context) (end *ending) {
	var err error
	if tr.orderID, tr.amount, err = tr.shop.NewOrder(ctx); err != nil {
		return &ending{"the shop made no order: " + err.Error(), "Shop.NewOrder makes an order that can be paid"}
	}
	tr.tell("the shop made an order of %d %s", tr.amount.Minor, tr.amount.Currency)
	if tr.trouble.ship != shipsWell {
		tr.sandbox.fail(tr.orderID, tr.trouble.ship)
	}
	return nil
}

// page lets the payer ask for a payment page, again if the first answer of the
// gateway is lost.
func (tr *trial) page(ctx context.Context) *ending {
	clicks := 1
	if tr.trouble.fault.Kind == sandbox.FaultCreateAnswerLost {
		clicks = 3
		tr.lossy.loseNext()
	}
	var page string
	var err error
	for range clicks {
		if page, err = tr.shop.Ticket(ctx, tr.orderID); err == nil {
			break
		}
		tr.tell("the payer asked for a payment page and got none: %v", err)
	}
	if err != nil {
		return &ending{"the payer never got a payment page", "an order that is not paid can be paid; after a failure the payer can try again"}
	}
	tr.tell("the payer asked for a payment page and got one")
	return tr.find(page)
}

// find finds the ticket whose page the payer got, and ends those that nobody
// has seen.
func (tr *trial) find(page string) *ending {
	tickets := tr.sandbox.Tickets()
	i := slices.IndexFunc(tickets, func(t sandbox.Ticket) bool { return t.URL == page })
	if i < 0 {
		return &ending{"the page is none of the gateway's", "the payer is led to the page that the gateway has answered with"}
	}
	tr.ticket = tickets[i]
	if asked := (highhelp.Money{Minor: tr.ticket.Amount, Currency: tr.ticket.Currency}); asked != tr.amount {
		return &ending{
			fmt.Sprintf("the gateway was asked for %d %s", asked.Minor, asked.Currency),
			fmt.Sprintf("the payer pays what the order costs: %d %s", tr.amount.Minor, tr.amount.Currency),
		}
	}
	for _, t := range tickets {
		if t.RequestID != tr.ticket.RequestID && slices.Contains(t.Actions, sandbox.Expire) {
			_, _ = tr.sandbox.Act(t.RequestID, sandbox.Expire) // it was offered
		}
	}
	return nil
}

// pay lets the payer live through the scenario.
func (tr *trial) pay(context.Context) *ending {
	if kind := tr.trouble.fault.Kind; kind != "" && kind != sandbox.FaultCreateAnswerLost {
		if err := tr.sandbox.SetFaults(tr.ticket.RequestID, tr.trouble.fault); err != nil {
			return &ending{err.Error(), "the gateway takes the fault"}
		}
	}
	if _, err := tr.sandbox.Play(tr.ticket.RequestID, tr.scenario); err != nil {
		return &ending{err.Error(), "the ticket lives through the scenario"}
	}
	var actions []string
	for _, a := range tr.scenario.Actions {
		actions = append(actions, string(a))
	}
	tr.tell("on the payment page and behind it: %s; it ends as %s", strings.Join(actions, ", "), tr.scenario.Ends)
	return nil
}

// comeBack lets the payer's browser return to the shop. The payment page may
// be closed at any time, so that proves nothing.
func (tr *trial) comeBack(ctx context.Context) *ending {
	if tr.ticket.RedirectURL == "" {
		return nil
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, tr.ticket.RedirectURL, nil)
	if err != nil {
		return &ending{"the redirect URL is not a URL", "the payer can come back"}
	}
	browser := http.Client{Transport: &homeward{tr.sandbox}, CheckRedirect: sameHost}
	resp, err := browser.Do(req)
	if err != nil {
		return &ending{"the payer could not come back: " + err.Error(), "the payer can come back"}
	}
	defer resp.Body.Close()
	tr.tell("the payer came back to GET %s before any callback was sent: answered %s", pathIn(tr.ticket.RedirectURL), resp.Status)
	if end := tr.look(ctx); end != nil {
		return end
	}
	if tr.shipped > 0 && tr.scenario.Ends.Main != "success" {
		return &ending{"the order was shipped when the browser came back", "the browser's word is no proof: only a success of the gateway ships"}
	}
	return nil
}

// sameHost lets a browser follow redirects, but not away from the shop.
func sameHost(next *http.Request, via []*http.Request) error {
	if next.URL.Host != via[0].URL.Host || len(via) > 10 {
		return http.ErrUseLastResponse
	}
	return nil
}

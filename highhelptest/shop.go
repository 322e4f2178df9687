package highhelptest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/go-highhelp/highhelp"
)

// A Shop is an application under test: where it is, and the few things that a
// payer and its owner can do with it. All funcs must be safe for concurrent
// use; their ctx ends with the trial.
type Shop struct {
	// Handler is the whole application, with all its middleware. Survive
	// serves it at Sandbox.ShopURL. Required, unless there is a URL.
	Handler http.Handler
	// URL is the origin of an application that runs already, such as a program
	// that was started with the keys and the BaseURL of the Sandbox. It must
	// reach the gateway, and the gateway it. Default: Handler is served.
	URL string

	// NewOrder makes an order that nobody has paid, and returns its ID and what
	// it costs. Required.
	NewOrder func(ctx context.Context) (id string, amount highhelp.Money, err error)

	// Mount is the path at which the Handler of package highhelp is mounted,
	// for those who leave out Ticket. Default: /pay.
	Mount string
	// Ticket asks for a payment page as the payer's browser does, and returns
	// its URL. Default: it posts order_id to the path tickets below Mount, and
	// takes the url of the answer, which is that of Checkout.TicketHandler.
	Ticket func(ctx context.Context, orderID string) (page string, err error)

	// Shipped returns how often an order was shipped. Default:
	// [Sandbox.Shipped], for an application that ships by [Sandbox.Ship]; only
	// then can Survive let shipping fail.
	Shipped func(ctx context.Context, orderID string) (int, error)
	// Settle waits until an application that ships from a durable queue has
	// worked it off. Default: an order must be shipped once its success was
	// answered 2xx.
	Settle func(ctx context.Context) error
}

const defaultMount = "/pay"

// mistake says what a Shop lacks, or "".
func (s *Shop) mistake() string {
	switch {
	case s.Handler == nil && s.URL == "":
		return "Shop has neither a Handler nor a URL"
	case s.Handler != nil && s.URL != "":
		return "Shop has both a Handler and a URL"
	case s.NewOrder == nil:
		return "Shop.NewOrder is missing"
	}
	return ""
}

// withDefaults fills in what s leaves out. Its origin is where it is served.
func (s Shop) withDefaults(origin string, counts *ships) Shop {
	if s.Ticket == nil {
		ask := &ticketAsker{origin + "/" + strings.Trim(or(s.Mount, defaultMount), "/") + "/tickets"}
		s.Ticket = ask.ticket
	}
	if s.Shipped == nil {
		s.Shipped = func(_ context.Context, orderID string) (int, error) { return counts.Shipped(orderID), nil }
	}
	if s.Settle == nil {
		s.Settle = func(context.Context) error { return nil }
	}
	return s
}

// A ticketAsker asks the handler of package highhelp for tickets.
type ticketAsker struct{ url string }

func (a *ticketAsker) ticket(ctx context.Context, orderID string) (string, error) {
	form := url.Values{"order_id": {orderID}}.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.url, strings.NewReader(form))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return "", err
	}
	if resp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("POST %s was answered %s%s", req.URL.Path, resp.Status, quoted(body))
	}
	var answer struct{ URL string }
	if err := json.Unmarshal(body, &answer); err != nil {
		return "", fmt.Errorf("POST %s: its answer is not JSON: %w", req.URL.Path, err)
	}
	if answer.URL == "" {
		return "", errors.New("POST " + req.URL.Path + ": its answer has no url")
	}
	return answer.URL, nil
}

package highhelp

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/go-highhelp/highhelp/signer"
)

// Paths of the gateway's API. Create and balance are documented.
const (
	createPath  = "/api/v1/widget/payin"
	balancePath = "/api/v1/balance/info"
)

// A Client calls the gateway's API. [New] makes one; a program that only wants
// to ask the gateway something may fill in its own. It is safe for concurrent
// use as long as its fields do not change.
type Client struct {
	ProjectID  string           // the cash register's id; required
	BaseURL    string           // as in Config; required
	Signer     signer.Signer    // required
	InfoPath   string           // as in Config. Default: /api/v1/widget/payin/info
	HTTPClient *http.Client     // Default: one for all Clients of the process
	Logger     *slog.Logger     // gets a line for each call. Default: slog.Default
	Now        func() time.Time // the clock. Default: time.Now
	Hooks      Hooks            // Default: none

	// DangerouslyAllowHTTP accepts payment pages over http. Default: only if
	// BaseURL is on this machine.
	DangerouslyAllowHTTP bool
}

// CreateTicket asks for a payment page. It sends the request once: only if the
// connection is refused, so that no byte of it can have arrived, it tries
// again. Every error is an [*APIError] or, for an order that can't be sent, a
// [*ConfigError]. It remembers nothing; a shop uses CreateTicket of Checkout.
func (c *Client) CreateTicket(ctx context.Context, paymentID string, o Order, urls CallbackURLs) (Ticket, error) {
	sent := c.now()
	r, err := c.create(ctx, paymentID, o, urls)
	if err != nil {
		return Ticket{}, err
	}
	return Ticket{
		PaymentID: paymentID, RequestID: r.event.RequestID, URL: r.page,
		ExpiresAt: sent.Add(or(o.Lifetime, defaultLifetime)), Raw: r.event.Raw,
	}, nil
}

// Info asks what became of a payment. It tries again if the gateway can't be
// reached or fails. Every error is an [*APIError]. [Checkout.Apply] takes the
// Event.
func (c *Client) Info(ctx context.Context, paymentID string) (Event, error) {
	r, err := c.info(ctx, paymentID, maxTries)
	return r.event, err
}

// Balance asks what the cash register holds, by currency: what is available
// and, at the same index, what is frozen. It is a signed call that moves no
// money. It tries again as Info does. Every error is an [*APIError].
func (c *Client) Balance(ctx context.Context) (available, frozen []Money, err error) {
	available, frozen, _, err = c.balance(ctx)
	return available, frozen, err
}

// balance is Balance with the headers of the answer, which are there beside an
// error too if the gateway has answered.
func (c *Client) balance(ctx context.Context) (available, frozen []Money, header http.Header, err error) {
	body, err := json.Marshal(map[string]any{"general": map[string]string{"project_id": c.ProjectID}})
	if err != nil {
		return nil, nil, nil, &APIError{Call: "balance", Err: err}
	}
	call := c.newCall("balance", balancePath, body)
	call.repeat = true
	raw, err := call.do(ctx)
	if err == nil {
		available, frozen, err = parseBalance(raw)
	}
	if err != nil {
		return nil, nil, call.header, call.failed(err)
	}
	return available, frozen, call.header, nil
}

// A reply is what the gateway says of one payment. What it does not state is
// empty.
type reply struct {
	event Event
	page  string // the payment page
}

// create is CreateTicket with all that the gateway says. Some of it may be
// there beside an error.
func (c *Client) create(ctx context.Context, paymentID string, o Order, urls CallbackURLs) (reply, error) {
	body, err := createBody(c.ProjectID, paymentID, o, urls)
	if err != nil {
		return reply{}, err
	}
	call := c.newCall("create", createPath, body)
	call.paymentID, call.own = paymentID, o.RedirectURL
	r, err := call.payment(ctx)
	status := r.event.Status
	if err == nil && !status.Final() && status.Main != statusError {
		err = c.checkPage(r.page)
	}
	if err == nil && (status.Main == statusError || status.Main == statusDecline) {
		err = errors.New("refused")
	}
	if err != nil {
		return r, call.failed(err)
	}
	return r, nil
}

// info is Info with the payment page, where the gateway tells it, and at most
// so many tries.
func (c *Client) info(ctx context.Context, paymentID string, tries int) (reply, error) {
	path := or(c.InfoPath, defaultInfoPath)
	if path == noInfoPath {
		return reply{}, &APIError{Call: "info", Err: errors.New("there is no InfoPath")}
	}
	body, err := json.Marshal(map[string]any{
		"general": map[string]string{"project_id": c.ProjectID, "payment_id": paymentID},
	})
	if err != nil {
		return reply{}, &APIError{Call: "info", Err: err}
	}
	call := c.newCall("info", path, body)
	call.paymentID, call.repeat, call.tries = paymentID, true, tries
	r, err := call.payment(ctx)
	if err != nil {
		return reply{}, call.failed(err)
	}
	if c.checkPage(r.page) != nil {
		r.page = ""
	}
	return r, nil
}

// checkPage refuses payment pages to which no payer should be sent.
func (c *Client) checkPage(page string) error {
	if page == "" {
		return errors.New("the answer has no payment page")
	}
	u, err := url.Parse(page)
	if err != nil || u.Host == "" || u.User != nil {
		return errors.New("the payment page has no usable URL")
	}
	base, err := url.Parse(c.BaseURL)
	local := err == nil && loopback(base) && loopback(u)
	if insecure(u, c.DangerouslyAllowHTTP) != "" || loopback(u) && !local && !c.DangerouslyAllowHTTP {
		return errors.New("the payment page is not https")
	}
	return nil
}

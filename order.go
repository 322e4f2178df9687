package highhelp

import (
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"time"

	"github.com/go-highhelp/highhelp/widget"
)

// An Order is what a payer wants to pay for. It comes from the shop's own
// records, never from the browser.
type Order struct {
	// ID is the shop's id of the order: 1 to 240 bytes of UTF-8 without '~',
	// ';' and control characters. The payment_id derives from it. Required.
	ID string
	// Amount is what it costs. Required.
	Amount Money
	// Method preselects how to pay. Default: the payer chooses.
	Method widget.Method
	// Description is shown to the payer. Default: none.
	Description string
	// RedirectURL is where the payment page sends the payer back to: https, on
	// the host of Config.PublicURL or one of RedirectHosts. Coming back proves
	// nothing. Default: as set in the dashboard.
	RedirectURL string
	// Lifetime is how long the payment page can be used, 300 to 600 seconds.
	// Default: 600 seconds.
	Lifetime time.Duration
	// Customer is what is known of the payer. Default: nothing.
	Customer Customer
	// Extra holds further fields of the create request, by block, such as
	// {"customer": {"email": "…"}}. It can't replace a field that the kit
	// sets. Keys must not hold ':' or ';'; leave out null, true and false,
	// because how requests sign them is not documented. Default: none.
	Extra map[string]any
}

// A Customer is what is known of the payer. Its fields are documented by name
// only, id and ip_address for another product; all are optional.
type Customer struct {
	ID        string
	IPAddress string
	Country   widget.Country  // decides methods and default language of the payment page
	Language  widget.Language // of the payment page
}

// A Ticket leads a payer to a payment page. It prints without URL, StatusToken
// and Raw: whoever has the URL can see the payment.
type Ticket struct {
	PaymentID   string
	RequestID   string    // the gateway's id
	URL         string    // the payment page
	StatusToken string    // lets the payer's page ask for the status
	ExpiresAt   time.Time // when the payment page stops working, to the best of knowledge
	Raw         []byte    // the gateway's answer, or nil if it is over 16 KiB
}

const maxRaw = 16 << 10

// LogValue logs the ticket without what gives access.
func (t Ticket) LogValue() slog.Value {
	return slog.GroupValue(slog.String("payment_id", t.PaymentID), slog.String("request_id", t.RequestID),
		slog.Time("expires_at", t.ExpiresAt))
}

// Format prints the ticket without what gives access, whatever the verb.
func (t Ticket) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "ticket of payment %q (request %q)", t.PaymentID, t.RequestID)
}

// orderError is a mistake of the shop that is found before the gateway is
// asked.
func orderError(field, reason string) error { return &ConfigError{"Order." + field, reason} }

// checkOrder says what is wrong with an order, if anything.
func (c *Checkout) checkOrder(o *Order) error {
	if reason := checkOrderID(o.ID); reason != "" {
		return orderError("ID", reason)
	}
	if k, ok := c.keys.Load().verifier.(idCarrier); ok && !k.CanCarry(o.ID) {
		return orderError("ID", "callbacks signed by the Scheme of Verifier can't carry it")
	}
	if _, known := c.cfg.Currencies[o.Amount.Currency]; !known {
		return orderError("Amount", fmt.Sprintf("unknown currency %q: register it in Config.Currencies", o.Amount.Currency))
	}
	if o.Amount.Minor < 1 || o.Amount.Minor > maxMinor {
		return orderError("Amount", fmt.Sprintf("not between 1 and %d minor units", int64(maxMinor)))
	}
	if o.Lifetime != 0 && (o.Lifetime < minLifetime || o.Lifetime > defaultLifetime) {
		return orderError("Lifetime", "not between 300 and 600 seconds")
	}
	if err := o.checkCodes(); err != nil {
		return err
	}
	return c.checkRedirect(o.RedirectURL)
}

func (o *Order) checkCodes() error {
	for _, code := range []struct {
		field, value string
		valid        func() error
	}{
		{"Method", string(o.Method), o.Method.Valid},
		{"Customer.Country", string(o.Customer.Country), o.Customer.Country.Valid},
		{"Customer.Language", string(o.Customer.Language), o.Customer.Language.Valid},
	} {
		if code.value == "" {
			continue
		}
		if err := code.valid(); err != nil {
			return orderError(code.field, err.Error())
		}
	}
	return nil
}

func (c *Checkout) checkRedirect(raw string) error {
	if raw == "" {
		return nil
	}
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Host == "" || u.User != nil || len(raw) > maxURL:
		return orderError("RedirectURL", "not an absolute URL of at most 2048 bytes")
	case insecure(u, c.cfg.DangerouslyAllowHTTP) != "":
		return orderError("RedirectURL", insecure(u, c.cfg.DangerouslyAllowHTTP))
	case u.Host != c.public.Host && !slices.Contains(c.cfg.RedirectHosts, u.Host):
		return orderError("RedirectURL", "leads to a host that is neither PublicURL's nor one of RedirectHosts")
	}
	return nil
}

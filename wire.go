package highhelp

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// The forms of requests and answers. Field names and limits of requests are
// documented; of the answers only the status fields and the balance are, so
// they are read leniently.

const (
	minLifetime     = 300 * time.Second
	defaultLifetime = 600 * time.Second // of the gateway and of Order
	maxURL          = 2048
)

// createBody writes the create request. Null, true and false are left out
// entirely: how they are signed in requests is not documented.
func createBody(projectID, paymentID string, o Order, urls CallbackURLs) ([]byte, error) {
	payment := object{
		"amount": o.Amount.Minor, "currency": o.Amount.Currency,
		"lifetime": int64(or(o.Lifetime, defaultLifetime) / time.Second),
	}
	payment.set("widget_method", string(o.Method))
	payment.set("description", o.Description)
	general := object{"project_id": projectID, "payment_id": paymentID}
	general.set("merchant_callback_url", urls.Info)
	general.set("merchant_success_callback_url", urls.Success)
	general.set("merchant_decline_callback_url", urls.Decline)
	general.set("redirect_url", o.RedirectURL)
	customer := object{}
	customer.set("id", o.Customer.ID)
	customer.set("ip_address", o.Customer.IPAddress)
	customer.set("country", string(o.Customer.Country))
	customer.set("language", string(o.Customer.Language))
	body := object{"general": general, "payment": payment}
	if len(customer) > 0 {
		body["customer"] = customer
	}
	if path := body.merge(o.Extra); path != "" {
		return nil, orderError("Extra", path+" is set by the kit")
	}
	raw, err := json.Marshal(body)
	if err != nil {
		return nil, orderError("Extra", "can't be written as JSON")
	}
	return raw, nil
}

type object map[string]any

func (o object) set(name, value string) {
	if value != "" {
		o[name] = value
	}
}

// merge adds extra fields, inside blocks too. It returns the path of the first
// field that is there already.
func (o object) merge(extra map[string]any) string {
	for name, value := range extra {
		old, there := o[name]
		block, isBlock := old.(object)
		more, isMore := value.(map[string]any)
		switch {
		case !there:
			o[name] = value
		case isBlock && isMore:
			if path := block.merge(more); path != "" {
				return name + "." + path
			}
		default:
			return name
		}
	}
	return ""
}

// parseReply reads what an answer says of a payment, and the payment_id that
// it states. own is the shop's own redirect URL, which is no payment page.
func parseReply(answer map[string]any, own string) (r reply, paymentID string) {
	e := &r.event
	e.Status = parseStatus(answer)
	e.RequestID = storable(text(answer, "request_id", "general.request_id"), maxID)
	e.Amount.Currency = text(answer, "payment_info.currency", "payment.currency", "currency")
	if !currencyForm(e.Amount.Currency) {
		e.Amount.Currency = ""
	}
	minor := text(answer, "payment_info.amount", "payment.amount", "amount")
	if digitsOnly(minor) && minor[0] != '0' && len(minor) <= 14 {
		e.Amount.Minor, _ = strconv.ParseInt(minor, 10, 64) // the form is checked
	}
	for _, path := range []string{"integration.form_url", "integration.redirect_url", "form_url", "redirect_url"} {
		if u := text(answer, path); u != "" && u != own {
			r.page = u
			break
		}
	}
	return r, text(answer, "payment_id", "general.payment_id")
}

// parseStatus reads the status, flat as in API answers or in a block as in
// callbacks.
func parseStatus(answer map[string]any) Status {
	s := Status{
		Main:        text(answer, "status.status", "status"),
		Sub:         text(answer, "status.sub_status", "sub_status"),
		Description: storable(text(answer, "status.status_description", "status_description"), maxDescription),
	}
	if !statusForm(s.Main) {
		return Status{}
	}
	if !statusForm(s.Sub) {
		s.Sub = ""
	}
	return s
}

func statusForm(s string) bool {
	return s != "" && len(s) <= 64 && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '_'
	})
}

const (
	maxID          = 255 // bytes of a payment_id, as documented, and of other ids
	maxDescription = 1000
)

// storable makes text of the gateway fit for every store: bounded, and without
// NUL.
func storable(s string, limit int) string {
	return truncate(strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", ""), limit)
}

func truncate(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// text returns the first value of paths that is text or a number, or "".
func text(answer map[string]any, paths ...string) string {
	for _, path := range paths {
		var v any = answer
		for name := range strings.SplitSeq(path, ".") {
			block, _ := v.(map[string]any)
			v = block[name]
		}
		switch v := v.(type) {
		case string:
			if v != "" && v != "None" {
				return v
			}
		case json.Number:
			return v.String()
		}
	}
	return ""
}

func parseBalance(raw []byte) (available, frozen []Money, err error) {
	var answer struct {
		Balance []struct {
			Currency string `json:"currency"`
			Amount   int64  `json:"amount"`
			Locked   int64  `json:"locked_amount"`
		} `json:"balance"`
	}
	if err := json.Unmarshal(raw, &answer); err != nil || answer.Balance == nil {
		return nil, nil, errors.New("the answer has no balance")
	}
	for _, b := range answer.Balance {
		if !currencyForm(b.Currency) {
			return nil, nil, errors.New("the answer has a balance without a currency")
		}
		available = append(available, Money{b.Amount, b.Currency})
		frozen = append(frozen, Money{b.Locked, b.Currency})
	}
	return available, frozen, nil
}

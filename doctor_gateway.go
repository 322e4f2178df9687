package highhelp

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// gateway makes a balance call: it is signed, and moves no money.
func (d *doctor) gateway(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	available, _, header, err := d.c.client.balance(ctx)
	var api *APIError
	switch {
	case err == nil:
		var currencies []string
		for _, m := range available {
			currencies = append(currencies, m.Currency)
		}
		d.add("balance", green, "the gateway knows the key and the project; it holds "+or(strings.Join(currencies, ", "), "no currency"), "")
	case errors.As(err, &api) && api.denied():
		d.add("balance", red, err.Error(), "the gateway refuses the signature: look at ProjectID, at the key, at whether the cash register is confirmed, and try the Schemes with highhelp probe")
	case errors.As(err, &api) && api.HTTPStatus == 0:
		d.add("balance", red, err.Error(), "the gateway can't be reached: look at BaseURL, at DNS and at the firewall for outgoing calls")
	default:
		d.add("balance", red, err.Error(), "the gateway answers, but not to this: look at BaseURL and ProjectID, or try again later")
	}
	d.clock(header)
}

const (
	smallSkew = 5 * time.Second
	largeSkew = time.Minute
)

// clock compares with the gateway's Date, which is cut off to seconds. How much
// the gateway tolerates is not documented.
func (d *doctor) clock(header http.Header) {
	date, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		d.add("clock", yellow, "the gateway does not tell its time", "make sure that this machine's clock is kept by NTP")
		return
	}
	skew := d.c.now().Sub(date).Round(time.Second)
	seen := fmt.Sprintf("this machine's clock is %s ahead of the gateway's", skew)
	if skew < 0 {
		seen = fmt.Sprintf("this machine's clock is %s behind the gateway's", -skew)
	}
	const advice = "set the clock with NTP: requests are signed with the time"
	switch skew = skew.Abs(); {
	case skew <= smallSkew:
		d.add("clock", green, seen, "")
	case skew <= largeSkew:
		d.add("clock", yellow, seen, advice)
	default:
		d.add("clock", red, seen, advice)
	}
}

package highhelp

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// A Finding is one thing that [Checkout.Doctor] has looked at.
type Finding struct {
	// Check names what was looked at. The names are stable: keys, sandbox,
	// urls, https, balance, clock, certificate, route_info, route_success,
	// route_decline, store, schema, durability, journal, retention.
	Check string `json:"check"`
	// Level is "green", "yellow" (it works, but look at it) or "red" (payments
	// will fail or get lost).
	Level string `json:"level"`
	// Seen is what was found, without secrets.
	Seen string `json:"seen"`
	// Advice is what to do, or "" if nothing is.
	Advice string `json:"advice,omitempty"`
}

// A Diagnosis is all that [Checkout.Doctor] has found. It prints as a table for
// people; as JSON it is an array of findings.
type Diagnosis []Finding

const (
	green  = "green"
	yellow = "yellow"
	red    = "red"
)

// Level returns the worst level of all findings.
func (d Diagnosis) Level() string {
	for _, level := range []string{red, yellow} {
		if slices.ContainsFunc(d, func(f Finding) bool { return f.Level == level }) {
			return level
		}
	}
	return green
}

// String writes a line for each finding, and one for each advice.
func (d Diagnosis) String() string {
	var b strings.Builder
	for _, f := range d {
		fmt.Fprintf(&b, "%-6s  %-13s  %s\n", f.Level, f.Check, f.Seen)
		if f.Advice != "" {
			fmt.Fprintf(&b, "%-6s  %-13s  -> %s\n", "", "", f.Advice)
		}
	}
	return b.String()
}

// Doctor looks at everything that must hold for payments to work, from this
// machine, and says what to do about what does not: the keys, the gateway and
// its clock, the Store, and the three callback URLs with their certificate as
// they are reached through all proxies. Run it before going live, and where the
// handlers are served, so that its requests find somebody to answer.
//
// It moves no money. It makes one signed balance call, and sends each callback
// URL a callback whose signature can't hold: it must be refused with 401, and
// leaves a row in the journal, in which Doctor looks whether it came as sent.
//
// Of a Store it asks, where it has them, Check(context.Context) error, which
// fails if the schema or the settings of its server are wrong, and Retention()
// [time.Duration], for how long it keeps what it is told, 0 for ever.
//
// It takes at most 10 seconds for the gateway, for the Store and for each URL;
// what could not be found out by then, or before ctx ends, is red.
func (c *Checkout) Doctor(ctx context.Context) Diagnosis {
	d := &doctor{c: c}
	d.base, _ = url.Parse(c.cfg.BaseURL) // New has parsed it
	d.keys()
	d.sandbox()
	d.urls()
	d.gateway(ctx)
	d.routes(ctx)
	d.store(ctx)
	return d.found
}

// patience is how long one question of Doctor may take.
const patience = 10 * time.Second

// A doctor is one visit.
type doctor struct {
	c     *Checkout
	base  *url.URL
	found Diagnosis
}

func (d *doctor) add(check, level, seen, advice string) {
	seen = secrets().ReplaceAllString(seen, "$1$3…$2")
	d.found = append(d.found, Finding{check, level, seen, advice})
}

// secrets finds what errors of databases and proxies may say of how they were
// reached: a password in a URL or in a connection string.
var secrets = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)(://)[^/@\s]+(@)|((?:password|passwd|pwd)=)\S+`)
})

// targets are the callback URLs by their routes.
func (d *doctor) targets() []target {
	u := &d.c.callbacks
	list := []target{{route: routeInfo, raw: u.Info}, {route: routeSuccess, raw: u.Success}, {route: routeDecline, raw: u.Decline}}
	for i := range list {
		list[i].url, _ = url.Parse(list[i].raw) // New has parsed it
	}
	return list
}

// A target is one callback URL.
type target struct {
	route, raw string
	url        *url.URL
}

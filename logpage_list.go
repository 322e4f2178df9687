package highhelp

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

const (
	logRows = 50
	// logScan is how many rows of the journal one page may look at.
	logScan = 20_000
	// logDrift is by how much a Store's order may differ from that of
	// ReceivedAt, because rows are written a while after they came in.
	logDrift = time.Minute
)

// A logFilter is what the list of deliveries is asked for, as in the query.
type logFilter struct {
	ID, Route, Outcome string // ID of an order or of a payment
	From, To           string // as browsers write datetime-local, in UTC
	After              string // ID of the delivery after which the page begins
}

func filterOf(q url.Values) logFilter {
	f := logFilter{
		ID: strings.TrimSpace(q.Get("id")), Route: q.Get("route"), Outcome: q.Get("outcome"),
		From: q.Get("from"), To: q.Get("to"), After: q.Get("after"),
	}
	if !slices.Contains(logRoutes, f.Route) {
		f.Route = ""
	}
	return f
}

var logRoutes = []string{routeInfo, routeSuccess, routeDecline, routePoll}

// href is the address of the list that starts after a delivery.
func (f logFilter) href(after string) string {
	q := url.Values{}
	for name, value := range map[string]string{
		"id": f.ID, "route": f.Route, "outcome": f.Outcome, "from": f.From, "to": f.To, "after": after,
	} {
		if value != "" {
			q.Set(name, value)
		}
	}
	return "?" + q.Encode()
}

// like is what the Journal can look for by itself.
func (f logFilter) like(projectID string) Delivery {
	d := Delivery{Key: Key{ProjectID: projectID}, Route: f.Route}
	if strings.Contains(f.ID, "~") { // in no order's ID
		d.PaymentID = f.ID
	} else {
		d.OrderID = f.ID
	}
	_ = d.Outcome.UnmarshalText([]byte(f.Outcome)) // else it is one of those below
	return d
}

// The outcomes of the filter that are none of the Journal's.
const (
	outcomeFailed  = "failed"
	outcomeRefused = "refused"
)

func (f logFilter) admits(d *Delivery) bool {
	switch f.Outcome {
	case outcomeFailed:
		return d.Outcome == 0 && d.Authentic()
	case outcomeRefused:
		return d.Outcome == 0 && !d.Authentic()
	}
	return true
}

// span reads the times of the page; an empty one is no limit.
func span(from, to string) (times [2]time.Time, err error) {
	for i, text := range []string{from, to} {
		if text == "" {
			continue
		}
		layout := "2006-01-02T15:04"
		if len(text) > len(layout) {
			layout = "2006-01-02T15:04:05"
		}
		if times[i], err = time.Parse(layout, text); err != nil {
			return times, fmt.Errorf("%w: not a time such as 2006-01-02T15:04", errBody)
		}
	}
	return times, nil
}

// A logList is what the list shows.
type logList struct {
	Filter           logFilter
	Rows             []Delivery
	Next             string // the address of the next page, or ""
	Newest           string // likewise of the first, if this is another one
	Routes, Outcomes []string
}

func (l *logPage) list(ctx context.Context, q url.Values) (logView, error) {
	f := filterOf(q)
	data := logList{
		Filter: f,
		Routes: logRoutes, Outcomes: []string{outcomeFailed, outcomeRefused},
	}
	for o := Applied; o <= DoublePaid; o++ {
		data.Outcomes = append(data.Outcomes, o.String())
	}
	j, err := l.c.journalOf()
	if errors.Is(err, errors.ErrUnsupported) { // the page says so
		return l.view("list.html", "Deliveries", data), nil
	}
	rows, next, err := l.page(ctx, j, f)
	if err != nil {
		return logView{}, err
	}
	data.Rows = rows
	if next != "" {
		data.Next = f.href(next)
	}
	if f.After != "" {
		data.Newest = f.href("")
	}
	return l.view("list.html", "Deliveries", data), nil
}

// page reads one page, and the ID of the delivery after which the next begins.
// A delivery that is gone since begins with the newest.
func (l *logPage) page(ctx context.Context, j Journal, f logFilter) (rows []Delivery, next string, err error) {
	times, err := span(f.From, f.To)
	if err != nil {
		return nil, "", err
	}
	from, to, skip := times[0], times[1], false
	if f.After != "" {
		d, err := j.Delivery(ctx, l.c.cfg.ProjectID, f.After)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return nil, "", storeFailure(err)
		}
		if end := d.ReceivedAt.Add(logDrift); err == nil {
			skip = true
			if to.IsZero() || end.Before(to) {
				to = end
			}
		}
	}
	scanned := 0
	for d, err := range j.Deliveries(ctx, f.like(l.c.cfg.ProjectID), from, to) {
		switch {
		case err != nil:
			return nil, "", storeFailure(err)
		case skip:
			skip = d.ID != f.After
		case f.admits(&d) && len(rows) == logRows:
			return rows, rows[logRows-1].ID, nil
		case f.admits(&d):
			d.Raw = nil
			rows = append(rows, d)
		}
		if scanned++; scanned == logScan {
			return rows, d.ID, nil
		}
	}
	return rows, "", nil
}

package highhelp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// A logOrder is what the page of an order shows.
type logOrder struct {
	ID      string
	Payment *Payment // nil if there is none
	Entries []logEntry
	More    bool // of deliveries, than are shown
}

// A logEntry is one line of a timeline.
type logEntry struct {
	At       time.Time
	Text     string    // what happened, if nothing came in
	Mark     *Mark     // an event whose delivery is not in the journal
	Delivery *Delivery // or one that is
}

// orderRows is how many deliveries of one order are shown.
const orderRows = 500

// order shows a payment's timeline. Callbacks may name an order that was never
// made here; their deliveries are shown all the same.
func (l *logPage) order(ctx context.Context, id string) (logView, error) {
	id, ok := orderOf(id) // a payment_id leads to its order
	if !ok {
		return logView{}, ErrNotFound
	}
	data := logOrder{ID: id}
	p, err := l.c.Payment(ctx, id)
	switch {
	case err == nil:
		data.Payment = &p
	case !errors.Is(err, ErrNotFound):
		return logView{}, err
	}
	deliveries, err := l.ofOrder(ctx, id)
	if err != nil {
		return logView{}, err
	}
	if data.Payment == nil && len(deliveries) == 0 {
		return logView{}, ErrNotFound
	}
	data.More = len(deliveries) == orderRows
	data.Entries = timeline(data.Payment, deliveries)
	return l.view("order.html", "Order "+id, data), nil
}

func (l *logPage) ofOrder(ctx context.Context, id string) (list []Delivery, err error) {
	j, ok := l.c.cfg.Store.(Journal)
	if !ok { // the page says so
		return nil, nil
	}
	for d, err := range j.Deliveries(ctx, Delivery{Key: Key{l.c.cfg.ProjectID, id}}, time.Time{}, time.Time{}) {
		if err != nil {
			return nil, storeFailure(err)
		}
		d.Raw = nil
		if list = append(list, d); len(list) == orderRows {
			break
		}
	}
	return list, nil
}

// timeline tells what happened to a payment in the order of time: its attempts,
// what came in, and the marks whose delivery is gone.
func timeline(p *Payment, deliveries []Delivery) (entries []logEntry) {
	journaled := map[[32]byte]bool{}
	for i := range deliveries {
		d := &deliveries[i]
		entries = append(entries, logEntry{At: d.ReceivedAt, Delivery: d})
		if d.Outcome.changes() && d.Outcome != 0 {
			journaled[d.Fingerprint] = true
		}
	}
	if p != nil {
		for i := range p.Attempts {
			entries = append(entries, p.Attempts[i].timeline(journaled)...)
		}
	}
	slices.SortStableFunc(entries, func(a, b logEntry) int { return a.At.Compare(b.At) })
	return entries
}

func (a *Attempt) timeline(journaled map[[32]byte]bool) []logEntry {
	entries := []logEntry{{At: a.CreatedAt, Text: fmt.Sprintf("attempt %d opened, payment %s of %s", a.N, a.PaymentID, a.Amount)}}
	if a.Ticket.URL != "" {
		entries = append(entries, logEntry{At: a.Ticket.ExpiresAt, Text: fmt.Sprintf("the payment page of attempt %d ends", a.N)})
	}
	for i := range a.Marks {
		if m := &a.Marks[i]; !journaled[m.Fingerprint] {
			entries = append(entries, logEntry{At: m.At, Mark: m})
		}
	}
	return entries
}

// open lists the payments that the gateway is still asked about, as far as they
// fit on a page: those that are due first.
func (l *logPage) open(ctx context.Context) (logView, error) {
	list, err := l.c.cfg.Store.Pending(ctx, l.c.cfg.ProjectID, l.c.now().AddDate(10, 0, 0), 2*logRows)
	if err != nil {
		return logView{}, storeFailure(err)
	}
	return l.view("open.html", "Open payments", list), nil
}

// A logDelivery is what the page of a delivery shows.
type logDelivery struct {
	Delivery
	Body       string // "" if there is none
	Replayable bool
}

func (l *logPage) delivery(ctx context.Context, id string) (logView, error) {
	j, err := l.c.journalOf()
	if err != nil {
		return logView{}, err
	}
	d, err := j.Delivery(ctx, l.c.cfg.ProjectID, id)
	if err != nil {
		return logView{}, storeFailure(err)
	}
	data := logDelivery{Delivery: d, Body: readable(d.Raw), Replayable: d.replayable()}
	return l.view("delivery.html", "Delivery "+id, data), nil
}

// readable lays a body out for reading, if it is JSON.
func readable(body []byte) string {
	var b bytes.Buffer
	if json.Indent(&b, body, "", "  ") != nil {
		return strings.ToValidUTF8(string(body), "\uFFFD")
	}
	return strings.ToValidUTF8(b.String(), "\uFFFD")
}

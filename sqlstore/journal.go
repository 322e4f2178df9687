package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"iter"
	"strconv"
	"time"

	"github.com/go-highhelp/highhelp"
)

// pageSize is how many deliveries are in memory at a time. A page is read whole
// before the first of it is yielded, so that no connection waits for the caller.
const pageSize = 100

// A found delivery, with its place in the journal.
type found struct {
	highhelp.Delivery
	id, receivedAt int64
}

// Deliveries implements [highhelp.Journal]. It reads a page at a time, and holds
// no connection in between. An index finds the deliveries of an order and those
// of a time; the other conditions are looked at row by row.
func (s *Store) Deliveries(ctx context.Context, like highhelp.Delivery, from, to time.Time) iter.Seq2[highhelp.Delivery, error] {
	return func(yield func(highhelp.Delivery, error) bool) {
		if err := s.enter(ctx); err != nil {
			yield(highhelp.Delivery{}, err)
			return
		}
		c := matching(like, from, to)
		for {
			page, err := s.page(ctx, c)
			if err != nil {
				yield(highhelp.Delivery{}, s.failed(ctx, "read journal", err))
				return
			}
			for _, d := range page {
				if !yield(d.Delivery, nil) {
					return
				}
			}
			if len(page) < pageSize {
				return
			}
			last := page[len(page)-1]
			c = matching(like, from, to)
			c.and(" AND received_at <= ? AND (received_at < ? OR id < ?)", last.receivedAt, last.receivedAt, last.id)
		}
	}
}

// conditions are the end of a query, and its arguments.
type conditions struct {
	text string
	args []any
}

func (c *conditions) and(text string, args ...any) {
	c.text += text
	c.args = append(c.args, args...)
}

// matching are the conditions of a journal's reader. The first argument is that
// of the query they belong to.
func matching(like highhelp.Delivery, from, to time.Time) *conditions {
	c := &conditions{args: []any{[]byte(like.ProjectID)}}
	if like.OrderID != "" {
		c.and(" AND order_id = ?", []byte(like.OrderID))
	}
	if like.PaymentID != "" {
		c.and(" AND payment_id = ?", []byte(like.PaymentID))
	}
	if like.Route != "" {
		c.and(" AND route = ?", []byte(like.Route))
	}
	if like.Outcome != 0 {
		c.and(" AND outcome = ?", int64(like.Outcome))
	}
	if !from.IsZero() {
		c.and(" AND received_at >= ?", ceilMicro(from))
	}
	if !to.IsZero() {
		c.and(" AND received_at < ?", ceilMicro(to))
	}
	return c
}

// page reads the newest deliveries that meet c.
func (s *Store) page(ctx context.Context, c *conditions) (page []found, err error) {
	query := s.q.deliveries + numbered(s.dialect, c.text+" ORDER BY received_at DESC, id DESC LIMIT "+strconv.Itoa(pageSize), 2)
	err = s.read(ctx, func() error {
		page = nil
		rows, err := s.db.QueryContext(ctx, query, c.args...)
		return each(rows, err, func() error {
			var d found
			err := d.scan(rows)
			page = append(page, d)
			return err
		})
	})
	return page, err
}

func (d *found) scan(row interface{ Scan(...any) error }) error {
	var body, payload []byte
	if err := row.Scan(&d.id, &d.receivedAt, &body, &payload); err != nil {
		return err
	}
	if err := d.UnmarshalBinary(payload); err != nil {
		return err
	}
	if len(body) > 0 {
		d.Raw = body
	}
	d.ID = strconv.FormatInt(d.id, 10)
	return nil
}

// Delivery implements [highhelp.Journal].
func (s *Store) Delivery(ctx context.Context, projectID, id string) (highhelp.Delivery, error) {
	if err := s.enter(ctx); err != nil {
		return highhelp.Delivery{}, err
	}
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil || strconv.FormatInt(n, 10) != id {
		return highhelp.Delivery{}, highhelp.ErrNotFound
	}
	var d found
	query := s.q.deliveries + numbered(s.dialect, " AND id = ?", 2)
	err = s.read(ctx, func() error { return d.scan(s.db.QueryRowContext(ctx, query, []byte(projectID), n)) })
	switch {
	case err == nil:
		return d.Delivery, nil
	case errors.Is(err, sql.ErrNoRows):
		return highhelp.Delivery{}, highhelp.ErrNotFound
	}
	return highhelp.Delivery{}, s.failed(ctx, "read delivery", err)
}

package redisstore

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/redis/go-redis/v9"
)

// Deliveries implements [highhelp.Journal]. It reads page by page, the newest
// recorded first. Those of one order are found by a list of their own; any
// other question reads the whole journal between from and to.
func (s *Store) Deliveries(ctx context.Context, like highhelp.Delivery, from, to time.Time) iter.Seq2[highhelp.Delivery, error] {
	return func(yield func(highhelp.Delivery, error) bool) {
		if err := s.enter(ctx); err != nil {
			yield(highhelp.Delivery{}, err)
			return
		}
		space := s.space(like.ProjectID)
		pages := s.all(ctx, space, from, to)
		if like.OrderID != "" {
			pages = s.listed(ctx, space, like.OrderID)
		}
		for rows, err := range pages {
			if err != nil {
				yield(highhelp.Delivery{}, failure(ctx, "deliveries", err))
				return
			}
			for _, row := range rows {
				d, err := space.delivery(row)
				if err != nil {
					yield(d, err)
					return
				}
				if agrees(&d, &like, from, to) && !yield(d, nil) {
					return
				}
			}
		}
	}
}

// agrees reports whether d is one of those that like asks for.
func agrees(d, like *highhelp.Delivery, from, to time.Time) bool {
	return d.ProjectID == like.ProjectID &&
		(like.OrderID == "" || like.OrderID == d.OrderID) &&
		(like.PaymentID == "" || like.PaymentID == d.PaymentID) &&
		(like.Route == "" || like.Route == d.Route) &&
		(like.Outcome == 0 || like.Outcome == d.Outcome) &&
		(from.IsZero() || !d.ReceivedAt.Before(from)) &&
		(to.IsZero() || d.ReceivedAt.Before(to))
}

// delivery reads a row.
func (s space) delivery(row redis.XMessage) (d highhelp.Delivery, err error) {
	value, _ := row.Values["delivery"].(string)
	if err := d.UnmarshalBinary([]byte(value)); err != nil {
		return highhelp.Delivery{}, &DamagedError{s.journal() + " " + row.ID, err}
	}
	if body, _ := row.Values["body"].(string); body != "" {
		d.Raw = []byte(body)
	}
	d.ID = row.ID
	return d, nil
}

// all reads the stream backwards, as far as deliveries that were received in
// the range can be.
func (s *Store) all(ctx context.Context, space space, from, to time.Time) iter.Seq2[[]redis.XMessage, error] {
	return func(yield func([]redis.XMessage, error) bool) {
		first, last, err := s.ids(ctx, space, from, to)
		for err == nil {
			var rows []redis.XMessage
			rows, err = s.client.XRevRangeN(ctx, space.journal(), last, first, page).Result()
			if len(rows) == 0 || !yield(rows, nil) {
				break
			}
			last = "(" + rows[len(rows)-1].ID
		}
		if err != nil {
			yield(nil, err)
		}
	}
}

// ids turns a range of ReceivedAt, which the application's clock made, into
// one of ids, which the server's clock makes. The two have never differed by
// more than drift, or than clock says.
func (s *Store) ids(ctx context.Context, space space, from, to time.Time) (first, last string, err error) {
	first, last = "-", "+"
	if from.IsZero() && to.IsZero() {
		return first, last, nil
	}
	clock, err := s.client.HMGet(ctx, space.clock(), "early", "late").Result()
	if err != nil {
		return "", "", err
	}
	if !from.IsZero() {
		first = id(from.UnixMilli() - drifted(clock[0]))
	}
	if !to.IsZero() {
		last = id(to.UnixMilli() + drifted(clock[1]))
	}
	return first, last, nil
}

func id(ms int64) string { return strconv.FormatInt(max(0, ms), 10) }

// drift is what the scripts take no notice of, in milliseconds, and one for
// what is cut off.
const drift = 60_000 + 1

func drifted(stored any) int64 {
	text, _ := stored.(string)
	ms, _ := strconv.ParseInt(text, 10, 64) // 0 if it is not there
	return max(drift, ms+1)
}

// listed reads the deliveries of one order, the newest first. Those whose time
// is over may still be in its list.
func (s *Store) listed(ctx context.Context, space space, order string) iter.Seq2[[]redis.XMessage, error] {
	return func(yield func([]redis.XMessage, error) bool) {
		ids, err := s.client.LRange(ctx, space.list(order), 0, -1).Result()
		slices.Reverse(ids)
		for ids := range slices.Chunk(ids, page) {
			var rows []redis.XMessage
			rows, err = s.rows(ctx, space, ids)
			if err != nil || !yield(rows, nil) {
				break
			}
		}
		if err != nil {
			yield(nil, err)
		}
	}
}

// rows reads those of the rows that are still there.
func (s *Store) rows(ctx context.Context, space space, ids []string) ([]redis.XMessage, error) {
	found := make([]*redis.XMessageSliceCmd, len(ids))
	_, err := s.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for i, id := range ids {
			found[i] = pipe.XRange(ctx, space.journal(), id, id)
		}
		return nil
	})
	var rows []redis.XMessage
	for _, cmd := range found {
		rows = append(rows, cmd.Val()...)
	}
	return rows, err
}

// Delivery implements [highhelp.Journal].
func (s *Store) Delivery(ctx context.Context, projectID, id string) (highhelp.Delivery, error) {
	if err := s.enter(ctx); err != nil {
		return highhelp.Delivery{}, err
	}
	if !isID(id) {
		return highhelp.Delivery{}, highhelp.ErrNotFound
	}
	space := s.space(projectID)
	rows, err := s.client.XRange(ctx, space.journal(), id, id).Result()
	switch {
	case err != nil:
		return highhelp.Delivery{}, failure(ctx, "delivery", err)
	case len(rows) == 0 || rows[0].ID != id:
		return highhelp.Delivery{}, highhelp.ErrNotFound
	}
	return space.delivery(rows[0])
}

// isID reports whether id can be one of a row, and not a range, as "-" is.
func isID(id string) bool {
	ms, n, found := strings.Cut(id, "-")
	_, err1 := strconv.ParseUint(ms, 10, 64)
	_, err2 := strconv.ParseUint(n, 10, 64)
	return found && errors.Join(err1, err2) == nil
}

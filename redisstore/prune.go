package redisstore

import (
	"context"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/redis/go-redis/v9"
)

// Prune implements [highhelp.Pruner]. It finds the oldest rows of both kinds
// by their indexes, and makes tombstones by Update, so it waits for those who
// change a payment. A payment is never deleted.
func (s *Store) Prune(ctx context.Context, projectID string, before time.Time, limit int) (int, error) {
	if err := s.enter(ctx); err != nil || limit <= 0 {
		return 0, err
	}
	deleted, err := s.pruneJournal(ctx, projectID, before, limit)
	if err != nil {
		return deleted, failure(ctx, "prune", err)
	}
	shrunk, err := s.prunePayments(ctx, projectID, before, limit)
	return deleted + shrunk, err
}

// pruneJournal reads the journal from its beginning, as far as deliveries that
// were received before the time can be.
func (s *Store) pruneJournal(ctx context.Context, projectID string, before time.Time, limit int) (deleted int, err error) {
	space := s.space(projectID)
	_, last, err := s.ids(ctx, space, time.Time{}, before)
	for first := "-"; err == nil && deleted < limit; {
		var rows []redis.XMessage
		rows, err = s.client.XRangeN(ctx, space.journal(), first, last, page).Result()
		if err != nil || len(rows) == 0 {
			break
		}
		first = "(" + rows[len(rows)-1].ID
		var old []highhelp.Delivery
		for _, row := range rows {
			d, err := space.delivery(row)
			if err != nil {
				return deleted, err
			}
			if d.ReceivedAt.Before(before) && deleted+len(old) < limit {
				old = append(old, d)
			}
		}
		err = s.forget(ctx, space, old)
		deleted += len(old)
	}
	return deleted, err
}

// forget deletes rows, and takes them out of the lists of their orders.
func (s *Store) forget(ctx context.Context, space space, rows []highhelp.Delivery) error {
	if len(rows) == 0 {
		return nil
	}
	_, err := s.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for _, d := range rows {
			pipe.XDel(ctx, space.journal(), d.ID)
			if d.OrderID != "" {
				pipe.LRem(ctx, space.list(d.OrderID), 1, d.ID)
			}
		}
		return nil
	})
	return err
}

func (s *Store) prunePayments(ctx context.Context, projectID string, before time.Time, limit int) (shrunk int, err error) {
	space := s.space(projectID)
	orders, err := s.oldest(ctx, space.settled(), "("+micros(before), limit)
	if err != nil {
		return 0, failure(ctx, "prune", err)
	}
	for _, order := range orders {
		less := false
		err := s.Update(ctx, highhelp.Key{ProjectID: projectID, OrderID: order}, func(_ context.Context, p *highhelp.Payment) error {
			if less = false; p.UpdatedAt.Before(before) {
				*p, less = p.Tombstone()
			}
			return nil
		})
		if err != nil {
			return shrunk, err
		}
		if less {
			shrunk++
		}
	}
	return shrunk, nil
}

// Retention returns Options.JournalAge: for how long deliveries are kept at
// least, 0 until Prune is asked to delete them. Payments are kept for ever.
// [highhelp.Checkout.Doctor] compares it with the time for which the gateway is
// asked about payments.
func (s *Store) Retention() time.Duration { return s.options.JournalAge }

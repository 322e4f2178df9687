package redisstore

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/redis/go-redis/v9"
)

// page bounds how much is read from the server at once.
const page = 100

// Pending implements [highhelp.Store]. It reads the index, which holds the
// payments with CheckAt only, then those payments. One that is being changed
// meanwhile counts as it is then, so there may be fewer than limit.
func (s *Store) Pending(ctx context.Context, projectID string, due time.Time, limit int) ([]highhelp.Payment, error) {
	if err := s.enter(ctx); err != nil || limit <= 0 {
		return nil, err
	}
	space := s.space(projectID)
	orders, err := s.oldest(ctx, space.pending(), micros(due), limit)
	if err != nil {
		return nil, failure(ctx, "pending", err)
	}
	var list []highhelp.Payment
	for orders := range slices.Chunk(orders, page) {
		payments, err := s.payments(ctx, projectID, orders)
		if err != nil {
			return nil, err
		}
		for _, p := range payments {
			if !p.CheckAt.IsZero() && !p.CheckAt.After(due) {
				list = append(list, p)
			}
		}
	}
	slices.SortStableFunc(list, func(a, b highhelp.Payment) int { return a.CheckAt.Compare(b.CheckAt) })
	return list, nil
}

// oldest returns the first orders of an index, up to a score.
func (s *Store) oldest(ctx context.Context, index, upTo string, limit int) ([]string, error) {
	return s.client.ZRangeArgs(ctx, redis.ZRangeArgs{
		Key: index, Start: "-inf", Stop: upTo, ByScore: true, Count: int64(limit),
	}).Result()
}

// payments reads payments that an index names.
func (s *Store) payments(ctx context.Context, projectID string, orders []string) ([]highhelp.Payment, error) {
	space := s.space(projectID)
	stored := make([]*redis.SliceCmd, len(orders))
	_, err := s.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for i, order := range orders {
			stored[i] = pipe.HMGet(ctx, space.payment(order), paymentFields...)
		}
		return nil
	})
	if err != nil {
		return nil, failure(ctx, "pending", err)
	}
	list := make([]highhelp.Payment, len(orders))
	for i, order := range orders {
		key := space.payment(order)
		list[i], err = decode(key, highhelp.Key{ProjectID: projectID, OrderID: order}, stored[i].Val())
		if errors.Is(err, highhelp.ErrNotFound) { // a payment is never deleted
			err = &DamagedError{key, errors.New("it is not there, but an index names it")}
		}
		if err != nil {
			return nil, err
		}
	}
	return list, nil
}

package highhelp

import (
	"context"
	"iter"
	"slices"
	"strconv"
	"time"
)

// Record implements [Store]. It keeps the newest 1,000 deliveries.
func (s *MemStore) Record(ctx context.Context, d Delivery) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	d.Raw = slices.Clone(d.Raw)
	d.SignedAt, d.ReceivedAt = micro(d.SignedAt), micro(d.ReceivedAt)
	if c := s.inside(ctx); c != nil {
		c.deliveries = append(c.deliveries, d)
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.record(d)
	return nil
}

func (s *MemStore) record(d Delivery) {
	s.recorded++
	d.ID = strconv.FormatUint(s.recorded, 10)
	s.deliveries = append(s.deliveries, d)
	if len(s.deliveries) >= 2*keepDeliveries { // so that each delivery moves once
		s.deliveries = slices.Clone(s.deliveries[len(s.deliveries)-keepDeliveries:])
	}
}

// newest returns at most the 1,000 deliveries that are promised.
func (s *MemStore) newest() []Delivery {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Clone(s.deliveries[max(0, len(s.deliveries)-keepDeliveries):])
}

// Deliveries implements [Journal].
func (s *MemStore) Deliveries(ctx context.Context, like Delivery, from, to time.Time) iter.Seq2[Delivery, error] {
	return func(yield func(Delivery, error) bool) {
		if err := s.enter(ctx); err != nil {
			yield(Delivery{}, err)
			return
		}
		for _, d := range slices.Backward(s.newest()) {
			d.Raw = slices.Clone(d.Raw)
			if d.agrees(like, from, to) && !yield(d, nil) {
				return
			}
		}
	}
}

// Delivery implements [Journal].
func (s *MemStore) Delivery(ctx context.Context, projectID, id string) (Delivery, error) {
	for d, err := range s.Deliveries(ctx, Delivery{Key: Key{ProjectID: projectID}}, time.Time{}, time.Time{}) {
		if err != nil || d.ID == id {
			return d, err
		}
	}
	return Delivery{}, ErrNotFound
}

// Prune implements [Pruner].
func (s *MemStore) Prune(ctx context.Context, projectID string, before time.Time, limit int) (int, error) {
	if err := s.enter(ctx); err != nil {
		return 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	s.deliveries = slices.DeleteFunc(s.deliveries, func(d Delivery) bool {
		if n >= limit || d.ProjectID != projectID || !d.ReceivedAt.Before(before) {
			return false
		}
		n++
		return true
	})
	shrunk := 0
	for k, p := range s.payments {
		if shrunk >= limit || k.ProjectID != projectID || !p.UpdatedAt.Before(before) {
			continue
		}
		if t, less := p.Tombstone(); less {
			s.payments[k] = t
			shrunk++
		}
	}
	return n + shrunk, nil
}

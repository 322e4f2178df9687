package sqlstore

import (
	"context"
	"time"

	"github.com/go-highhelp/highhelp"
)

// Prune implements [highhelp.Pruner]. A call is two short transactions, whose
// length limit decides; a hundred to a thousand is a good one.
func (s *Store) Prune(ctx context.Context, projectID string, before time.Time, limit int) (int, error) {
	if err := s.enter(ctx); err != nil || limit <= 0 {
		return 0, err
	}
	var forgotten, shrunk int
	err := s.retry(ctx, func() (again bool, err error) {
		forgotten, again, err = s.forget(ctx, projectID, before, limit)
		return again, err
	})
	if err == nil {
		err = s.retry(ctx, func() (again bool, err error) {
			shrunk, again, err = s.shrink(ctx, projectID, before, limit)
			return again, err
		})
	}
	return forgotten + shrunk, err
}

// forget deletes deliveries, in a transaction, so that nothing is gone that was
// not counted.
func (s *Store) forget(ctx context.Context, projectID string, before time.Time, limit int) (n int, again bool, err error) {
	w, err := s.begin(ctx, false)
	if err != nil {
		return s.unpruned(ctx, err)
	}
	defer w.end()
	var gone int64
	err = s.poll(ctx, func() error {
		gone, err = affected(w.tx.ExecContext(ctx, s.q.forget, []byte(projectID), ceilMicro(before), limit))
		return err
	})
	if err != nil {
		return s.unpruned(ctx, err)
	}
	again, err = w.commit(ctx)
	return pruned(int(gone), again, err)
}

// pruned counts only what has been committed.
func pruned(n int, again bool, err error) (int, bool, error) {
	if err != nil {
		return 0, again, err
	}
	return n, false, nil
}

// unpruned sorts an error of a transaction that has not been committed.
func (s *Store) unpruned(ctx context.Context, err error) (int, bool, error) {
	again, err := s.early(ctx, "prune", err)
	return 0, again, err
}

// A candidate is a payment that a tombstone may be less than.
type candidate struct {
	orderID, payload []byte
	version          int64
}

// shrink makes tombstones. It reads before its transaction, which on SQLite
// must begin with a write, and leaves alone what has changed in between.
func (s *Store) shrink(ctx context.Context, projectID string, before time.Time, limit int) (n int, again bool, err error) {
	candidates, err := s.candidates(ctx, projectID, before, limit)
	if err != nil {
		return s.unpruned(ctx, err)
	}
	if len(candidates) == 0 {
		return 0, false, nil
	}
	w, err := s.begin(ctx, false)
	if err != nil {
		return s.unpruned(ctx, err)
	}
	defer w.end()
	for _, c := range candidates {
		tombstone, err := c.tombstone()
		if err != nil {
			return 0, false, &Error{"prune", err}
		}
		var changed int64
		err = s.poll(ctx, func() error {
			changed, err = affected(w.tx.ExecContext(ctx, s.q.shrink, tombstone, []byte(projectID), c.orderID, c.version))
			return err
		})
		if err != nil {
			return s.unpruned(ctx, err)
		}
		n += int(changed)
	}
	again, err = w.commit(ctx)
	return pruned(n, again, err)
}

func (s *Store) candidates(ctx context.Context, projectID string, before time.Time, limit int) (list []candidate, err error) {
	rows, err := s.db.QueryContext(ctx, s.q.shrinkable, []byte(projectID), ceilMicro(before), limit)
	err = each(rows, err, func() error {
		var c candidate
		err := rows.Scan(&c.orderID, &c.version, &c.payload)
		list = append(list, c)
		return err
	})
	return list, err
}

// tombstone is the payload of what is left.
func (c *candidate) tombstone() ([]byte, error) {
	var p highhelp.Payment
	if err := p.UnmarshalBinary(c.payload); err != nil {
		return nil, err
	}
	less, _ := p.Tombstone()
	return less.MarshalBinary()
}

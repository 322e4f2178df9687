package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/go-highhelp/highhelp"
)

// Update implements [highhelp.Store]. While change runs, [Tx] and [Conn] give
// it the transaction.
//
// Deadlocks and transactions that could not be serialized are tried again,
// change included, until ctx ends. An error that wraps [ErrInDoubt] leaves open
// whether the payment was saved.
func (s *Store) Update(ctx context.Context, k highhelp.Key, change func(ctx context.Context, p *highhelp.Payment) error) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	return s.retry(ctx, func() (bool, error) { return s.update(ctx, k, change) })
}

// update is one try of Update. It reports whether nothing has stayed of it and
// the next may succeed.
func (s *Store) update(ctx context.Context, k highhelp.Key, change func(ctx context.Context, p *highhelp.Payment) error) (again bool, err error) {
	w, err := s.begin(ctx, false)
	if err != nil {
		return s.early(ctx, "begin", err)
	}
	defer w.end() // rolls back what is not committed, after a panic too
	payload, err := w.raise(ctx, k)
	if err != nil {
		return s.early(ctx, "lock payment", err)
	}
	var p highhelp.Payment
	if err := p.UnmarshalBinary(payload); err != nil {
		return false, &Error{"read payment", err}
	}
	if err := change(w.context(ctx), &p); err != nil {
		return s.conflict(err), err
	}
	if err := ctx.Err(); err != nil {
		return false, &Error{"save", err}
	}
	p.Key = k // a change can't move a payment
	if err := w.save(ctx, p); err != nil {
		return s.conflict(err), err
	}
	return w.commit(ctx)
}

// conflict reports whether the database rolled a transaction back in favor of
// another. A transaction of SQLite has the lock from its first statement on, so
// an error of change can't mean that.
func (s *Store) conflict(err error) bool { return s.dialect != SQLite && s.fault(err) == faultConflict }

// early sorts an error that came before change ran.
func (s *Store) early(ctx context.Context, op string, err error) (again bool, _ error) {
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return false, highhelp.ErrNotFound
	case ctx.Err() != nil:
		return false, busy(ctx)
	case errors.As(err, new(*Error)): // there is no connection to be had
		return false, err
	}
	return s.passing(err) || s.fault(err) == faultNoAnswer, s.failed(ctx, op, err)
}

// A work is one transaction.
type work struct {
	*lease
	tx     *sql.Tx
	cancel context.CancelFunc // of the transaction's context
	ended  bool

	hold int64 // the payment's version, or on PostgreSQL the transaction's number: nobody else has it

	mu         sync.Mutex
	saving     bool
	deliveries [][]any // arguments of what was recorded
}

// begin starts a transaction that end must end. Its context does not end with
// ctx: database/sql would roll it back behind the back of change, whose next
// statement would then stand alone.
func (s *Store) begin(ctx context.Context, lazy bool) (*work, error) {
	l, err := s.lease(ctx, lazy)
	if err != nil {
		return nil, err
	}
	w := &work{lease: l}
	own, cancel := context.WithoutCancel(ctx), func() {}
	if s.dialect != SQLite { // which waits for nobody but the disk
		own, cancel = context.WithCancel(own)
	}
	w.cancel = cancel
	err = s.poll(ctx, func() error {
		return w.bound(ctx, func() error {
			w.tx, err = l.conn.BeginTx(own, &sql.TxOptions{Isolation: s.dialect.isolation()})
			return err
		})
	})
	if err != nil {
		cancel()
		l.end()
		return nil, err
	}
	return w, nil
}

// bound lets ctx end the transaction's context while f runs.
func (w *work) bound(ctx context.Context, f func() error) error {
	stop := context.AfterFunc(ctx, w.cancel)
	defer stop()
	return f()
}

// raise locks the payment, once those before it are done, and returns it with
// what only this transaction knows.
func (w *work) raise(ctx context.Context, k highhelp.Key) (payload []byte, err error) {
	q, key := w.s.q, []any{[]byte(k.ProjectID), []byte(k.OrderID)}
	query := q.raise
	if q.reread != "" {
		if _, err := w.exec(ctx, q.raise, key...); err != nil {
			return nil, err
		}
		query = q.reread
	}
	err = w.s.poll(ctx, func() error { return w.queryRow(ctx, query, key...).Scan(&w.hold, &payload) })
	return payload, err
}

// save writes the payment if it is still in the hands of the transaction that
// raised it, and then what was recorded.
func (w *work) save(ctx context.Context, p highhelp.Payment) error {
	deliveries := w.recorded()
	r, err := newRow(p)
	if err != nil {
		return &Error{"save", err}
	}
	query := w.s.q.save
	args := []any{r.updatedAt, r.checkAt, r.shrinkAt, r.payload, []byte(p.ProjectID), []byte(p.OrderID), w.hold}
	if len(deliveries) > 0 && w.s.q.saveNote != "" {
		query = w.s.q.saveNote
		args = append(args, deliveries[0]...)
		deliveries = deliveries[1:]
	}
	n, err := affected(w.exec(ctx, query, args...))
	switch {
	case errors.Is(err, sql.ErrTxDone) || w.s.fault(err) == faultAborted:
		return lost(err)
	case err != nil:
		return w.s.failed(ctx, "save", err)
	case n == 0:
		return highhelp.ErrLost
	}
	for _, d := range deliveries {
		if _, err := w.exec(ctx, w.s.q.note, d...); err != nil {
			return w.s.failed(ctx, "save delivery", err)
		}
	}
	return nil
}

// commit ends the transaction for good. What the database itself says against
// it means that it was rolled back.
func (w *work) commit(ctx context.Context) (again bool, err error) {
	err = w.bound(ctx, w.tx.Commit)
	if err == nil {
		w.ended = true
		return false, nil
	}
	w.broken = true
	switch fault := w.s.fault(err); {
	case fault == faultConflict || fault == faultWaited:
		return true, w.s.failed(ctx, "commit", err)
	case fault == faultNoAnswer:
		err = fmt.Errorf("%w: %w", ErrInDoubt, err)
	}
	return false, w.s.failed(ctx, "commit", err)
}

// end rolls back what is not committed, and gives the connection back.
func (w *work) end() {
	if !w.ended {
		timer := time.AfterFunc(goodbye, w.cancel)
		if err := w.tx.Rollback(); err != nil && !errors.Is(err, sql.ErrTxDone) {
			w.broken = true
		}
		timer.Stop()
	}
	w.cancel()
	w.lease.end()
}

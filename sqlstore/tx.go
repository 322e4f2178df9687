package sqlstore

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"github.com/go-highhelp/highhelp"
)

// insideKey leads from a context to the transaction of a Store that it was made
// for, workKey to the innermost one of any Store.
type (
	insideKey struct{ s *Store }
	workKey   struct{}
)

// inside returns the Update of s in which ctx was made, or nil.
func (s *Store) inside(ctx context.Context) *work {
	w, _ := ctx.Value(insideKey{s}).(*work)
	return w
}

// context is what change is given.
func (w *work) context(ctx context.Context) context.Context {
	return context.WithValue(context.WithValue(ctx, insideKey{w.s}, w), workKey{}, w)
}

// Tx returns the transaction that saves the payment, if ctx is that of OnPaid,
// OnDeclined or OnProgress, or of another change. What is written through it is
// committed together with the payment, or not at all.
//
// The transaction is the Store's: change must neither commit it nor roll it
// back. Statements should be given ctx. An error of a statement should be
// returned: databases may have rolled everything back by then. If they have,
// what PostgreSQL and MySQL are told next is refused or rolled back too; SQLite,
// which does this when a disk is full, when a statement is interrupted, and the
// like, would keep it.
func Tx(ctx context.Context) (*sql.Tx, bool) {
	w, ok := ctx.Value(workKey{}).(*work)
	if !ok {
		return nil, false
	}
	return w.tx, true
}

// Conn returns the connection of the transaction that [Tx] returns, for what a
// driver can do beyond database/sql. With pgx:
//
//	conn, _ := sqlstore.Conn(ctx)
//	err := conn.Raw(func(driverConn any) error {
//		c := driverConn.(*stdlib.Conn).Conn() // a *pgx.Conn inside the transaction
//		_, err := c.Exec(ctx, "UPDATE orders SET shipped = true WHERE id = $1", e.OrderID)
//		return err
//	})
//
// What holds for Tx holds for Conn. The connection is the Store's: Close would
// wait for the transaction to end, and so for ever.
func Conn(ctx context.Context) (*sql.Conn, bool) {
	w, ok := ctx.Value(workKey{}).(*work)
	if !ok {
		return nil, false
	}
	return w.conn, true
}

// Record implements [highhelp.Store]. Inside change it returns at once: the
// delivery is written when the payment is saved.
//
// A Duplicate that stands alone is not waited for until it is on the disk: the
// payment has said already what became of the event. If PostgreSQL's server or,
// on SQLite, the machine crashes, the last few of them may be missing. On SQLite
// those that wait for another writer are then written in one transaction.
func (s *Store) Record(ctx context.Context, d highhelp.Delivery) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	args, err := s.noteArgs(d)
	if err != nil {
		return &Error{"record", err}
	}
	if w := s.inside(ctx); w != nil {
		return w.record(args)
	}
	if err := s.ready(ctx); err != nil {
		return err
	}
	if err := s.note(ctx, d.Outcome == highhelp.Duplicate, args); err != nil {
		return s.failed(ctx, "record", err)
	}
	return nil
}

// note writes a delivery that stands alone. Lazy means that it need not have
// reached the disk.
func (s *Store) note(ctx context.Context, lazy bool, args []any) error {
	switch {
	case lazy && s.crowd != nil:
		return s.crowd.record(ctx, args, s.writeLazy)
	case lazy && s.q.noteLazy != "":
		return s.write(ctx, s.q.noteLazy, args)
	}
	return s.write(ctx, s.q.note, args)
}

// noteArgs are the arguments of the statements that write a delivery. The body
// has a column of its own, where it needs no base64. It is copied, because the
// arguments wait for save.
func (s *Store) noteArgs(d highhelp.Delivery) ([]any, error) {
	if err := checkKey(d.Key); err != nil {
		return nil, err
	}
	body := append([]byte{}, d.Raw...) // nil would be NULL
	d.Raw = nil
	payload, err := d.MarshalBinary()
	if err != nil {
		return nil, err
	}
	var args []any
	if s.dialect == SQLite {
		args = append(args, time.Now().UnixMicro()) // the id, unless it is taken
	}
	return append(args,
		[]byte(d.ProjectID), []byte(d.OrderID), []byte(d.PaymentID), []byte(d.Route), int64(d.Outcome), d.ReceivedAt.UnixMicro(), body, payload), nil
}

// record keeps a delivery for save.
func (w *work) record(args []any) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.saving {
		return &Error{"record", sql.ErrTxDone}
	}
	w.deliveries = append(w.deliveries, args)
	return nil
}

// recorded returns what is to be saved with the payment. What comes later, from
// a goroutine that change has left behind, is refused.
func (w *work) recorded() [][]any {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.saving = true
	return slices.Clip(w.deliveries)
}

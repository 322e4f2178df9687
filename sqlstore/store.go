package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/go-highhelp/highhelp"
)

// A Store is a [highhelp.Store] in a database, with a journal and retention.
// Make it with [New]. It is safe for concurrent use, starts no goroutine, and
// needs no closing. Several Stores, in as many processes, may share a database.
//
// Errors that are not the sentinels of package highhelp are an [*Error] or a
// [*SchemaError].
type Store struct {
	db      *sql.DB
	dialect Dialect
	prefix  string
	q       queries
	turn    chan struct{} // SQLite: holds a token while this process writes; else nil
	crowd   *crowd        // SQLite: of duplicates; else nil
	known   atomic.Pointer[known]
}

var (
	_ highhelp.Store   = (*Store)(nil)
	_ highhelp.Journal = (*Store)(nil)
	_ highhelp.Pruner  = (*Store)(nil)
)

// OneWriter reports whether the database lets one writer in at a time, as
// SQLite does. Then a Record that is to stand alone must not be made inside
// Update: it would wait for the Update that it is in.
func (s *Store) OneWriter() bool { return s.dialect == SQLite }

// maxID is how long an id may be in bytes. A MySQL that is not strict would cut
// a longer one off, and two keys would be one.
const maxID = 255

func checkKey(k highhelp.Key) error {
	if len(k.ProjectID) > maxID || len(k.OrderID) > maxID {
		return ErrLongID
	}
	return nil
}

// enter is what each method does first, but for Record inside Update.
func (s *Store) enter(ctx context.Context) error {
	if s.inside(ctx) != nil {
		return highhelp.ErrNested
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.ready(ctx)
}

// Insert implements [highhelp.Store].
func (s *Store) Insert(ctx context.Context, p highhelp.Payment) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	row, err := newRow(p)
	if err != nil {
		return &Error{"insert", err}
	}
	err = s.write(ctx, s.q.insert,
		[]any{[]byte(p.ProjectID), []byte(p.OrderID), row.updatedAt, row.checkAt, row.shrinkAt, row.payload})
	switch {
	case err == nil:
		return nil
	case s.fault(err) == faultKnown:
		return highhelp.ErrExists
	}
	return s.failed(ctx, "insert", err)
}

// A row is what is stored of a payment, but for its key and version.
type row struct {
	updatedAt         int64
	checkAt, shrinkAt sql.NullInt64
	payload           []byte
}

func newRow(p highhelp.Payment) (row, error) {
	if err := checkKey(p.Key); err != nil {
		return row{}, err
	}
	payload, err := p.MarshalBinary()
	r := row{updatedAt: p.UpdatedAt.UnixMicro(), payload: payload}
	if !p.CheckAt.IsZero() {
		r.checkAt = sql.NullInt64{Int64: p.CheckAt.UnixMicro(), Valid: true}
	}
	if _, less := p.Tombstone(); less {
		r.shrinkAt = sql.NullInt64{Int64: r.updatedAt, Valid: true}
	}
	return r, err
}

// Payment implements [highhelp.Store].
func (s *Store) Payment(ctx context.Context, k highhelp.Key) (highhelp.Payment, error) {
	if err := s.enter(ctx); err != nil {
		return highhelp.Payment{}, err
	}
	var p highhelp.Payment
	err := s.read(ctx, func() error {
		var payload []byte
		err := s.queryRow(ctx, s.q.payment, []byte(k.ProjectID), []byte(k.OrderID)).Scan(&payload)
		if err != nil {
			return err
		}
		return p.UnmarshalBinary(payload)
	})
	switch {
	case err == nil:
		return p, nil
	case errors.Is(err, sql.ErrNoRows):
		return highhelp.Payment{}, highhelp.ErrNotFound
	}
	return highhelp.Payment{}, s.failed(ctx, "read payment", err)
}

// Pending implements [highhelp.Store]. Its index holds only the payments with
// CheckAt.
func (s *Store) Pending(ctx context.Context, projectID string, due time.Time, limit int) ([]highhelp.Payment, error) {
	if err := s.enter(ctx); err != nil || limit <= 0 {
		return nil, err
	}
	var list []highhelp.Payment
	err := s.read(ctx, func() error {
		list = nil
		rows, err := s.db.QueryContext(ctx, s.q.pending, []byte(projectID), due.UnixMicro(), limit)
		return each(rows, err, func() error {
			var payload []byte
			if err := rows.Scan(&payload); err != nil {
				return err
			}
			list = append(list, highhelp.Payment{})
			return list[len(list)-1].UnmarshalBinary(payload)
		})
	})
	if err != nil {
		return nil, s.failed(ctx, "read pending payments", err)
	}
	return list, nil
}

// read runs what only reads, again if the database gave way to a writer.
func (s *Store) read(ctx context.Context, f func() error) error {
	return s.retry(ctx, func() (bool, error) {
		err := f()
		return s.passing(err), err
	})
}

// each calls f for every row, and closes the rows.
func each(rows *sql.Rows, err error, f func() error) error {
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := f(); err != nil {
			return err
		}
	}
	return rows.Err()
}

// affected returns how many rows a statement has changed.
func affected(result sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	n, err := result.RowsAffected()
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrRowsAffected, err)
	}
	return n, nil
}

// ceilMicro is the first whole microsecond that is not before t: stored times
// are whole, so what is before t is before that.
func ceilMicro(t time.Time) int64 { return t.Add(time.Microsecond - 1).UnixMicro() }

package sqlstore

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-highhelp/highhelp"
)

// What an operator may want to tell apart. Each comes wrapped in an [*Error].
var (
	// ErrReadOnly: the database, or the role, takes no writes.
	ErrReadOnly = errors.New("sqlstore: database is read-only")
	// ErrFull: there is no room left on the disk, or in the database.
	ErrFull = errors.New("sqlstore: database is full")
	// ErrInDoubt: the connection broke while a transaction was being
	// committed. [Store.Payment] tells whether it was.
	ErrInDoubt = errors.New("sqlstore: whether it was saved is not known")
	// ErrRowsAffected: the driver does not say how many rows a statement has
	// changed. Without that an Update can't be known to be whole.
	ErrRowsAffected = errors.New("sqlstore: driver does not report affected rows")
	// ErrLongID: an id has more than 255 bytes.
	ErrLongID = errors.New("sqlstore: id has more than 255 bytes")
)

// An Error is a failure of the database, or on the way to it. Unless it is
// ErrInDoubt, nothing was saved.
type Error struct {
	Op  string // what the Store was doing, such as "connect" or "save"
	Err error  // mostly the driver's
}

// Error says what the Store was doing, and Err.
func (e *Error) Error() string { return "sqlstore: " + e.Op + ": " + e.Err.Error() }

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// A SchemaError says that the tables are not those that this release needs.
type SchemaError struct {
	Have int // version of the schema that is there; 0: none
	Want int // version that this release needs
}

// Error names both versions, and says what to do.
func (e *SchemaError) Error() string {
	switch {
	case e.Have == 0:
		return fmt.Sprintf("sqlstore: there are no tables; Migrate makes them, at schema version %d", e.Want)
	case e.Have < e.Want:
		return fmt.Sprintf("sqlstore: schema has version %d, this release needs %d; Migrate brings it there", e.Have, e.Want)
	}
	return fmt.Sprintf("sqlstore: schema has version %d, of a newer release; this one knows %d", e.Have, e.Want)
}

// failed wraps what went wrong in an Error, unless it is one.
func (s *Store) failed(ctx context.Context, op string, err error) error {
	if errors.As(err, new(*Error)) {
		return err
	}
	switch s.fault(err) {
	case faultReadOnly:
		err = fmt.Errorf("%w: %w", ErrReadOnly, err)
	case faultFull:
		err = fmt.Errorf("%w: %w", ErrFull, err)
	case faultMissing:
		err = fmt.Errorf("%w: %w", &SchemaError{Want: schemaVersion}, err)
	}
	if ended := ctx.Err(); ended != nil && !errors.Is(err, ended) {
		err = fmt.Errorf("%w: %w", ended, err)
	}
	return &Error{op, err}
}

// busy says that ctx ended while others were at work.
func busy(ctx context.Context) error { return fmt.Errorf("%w: %w", highhelp.ErrBusy, ctx.Err()) }

// lost says that a transaction is not what it was before change ran.
func lost(why error) error {
	return fmt.Errorf("%w: %w", highhelp.ErrLost, why)
}

package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// An unwrapping error has nothing in it.
type unwrapping struct{ error }

func (unwrapping) Unwrap() error { return nil }

// Drivers are told apart by the form of their errors, wherever in an error
// those are.
func TestFault(t *testing.T) {
	type Error struct { // of mattn/go-sqlite3
		error
		Code int
	}
	type MySQLError struct { // of another driver
		error
		Number int64
	}
	type other struct {
		error
		Number, Code int
	}
	type numberless struct{ error }
	textual := func() error {
		type MySQLError struct {
			error
			Number string
		}
		return MySQLError{errBroken, "1062"}
	}()
	for _, c := range []struct {
		name    string
		dialect Dialect
		err     error
		want    fault
	}{
		{"nothing", PostgreSQL, nil, faultOther},
		{"no row", PostgreSQL, fmt.Errorf("x: %w", sql.ErrNoRows), faultOther},
		{"transaction over", PostgreSQL, sql.ErrTxDone, faultOther},
		{"no count", PostgreSQL, fmt.Errorf("%w: %w", ErrRowsAffected, state("40001")), faultOther},
		{"no word of the database", PostgreSQL, errBroken, faultNoAnswer},
		{"a state", PostgreSQL, state("40P01"), faultConflict},
		{"a state inside", PostgreSQL, fmt.Errorf("x: %w", state("23505")), faultKnown},
		{"another state", PostgreSQL, state("22012"), faultOther},
		{"a number of another dialect", PostgreSQL, numberError(1062), faultNoAnswer},
		{"a number", MySQL, numberError(1062), faultKnown},
		{"a number behind a pointer", MySQL, &MySQLError{nil, 1213}, faultConflict},
		{"a number with a sign", MySQL, MySQLError{nil, 1205}, faultWaited},
		{"a number inside", MySQL, fmt.Errorf("x: %w", fmt.Errorf("y: %w", numberError(1146))), faultMissing},
		{"a number among others", MySQL, errors.Join(errBroken, numberError(1114), errBroken), faultFull},
		{"a number nowhere", MySQL, errors.Join(errBroken, fmt.Errorf("x: %w", errBroken)), faultNoAnswer},
		{"nothing inside", MySQL, unwrapping{errBroken}, faultNoAnswer},
		{"another number", MySQL, numberError(1064), faultOther},
		{"a number of another error", MySQL, other{errBroken, 1062, 0}, faultNoAnswer},
		{"a number that is a text", MySQL, textual, faultNoAnswer},
		{"an error without a value", MySQL, (*MySQLError)(nil), faultNoAnswer},
		{"a state of another dialect", MySQL, state("23505"), faultNoAnswer},
		{"a code", SQLite, coded(13), faultFull},
		{"a longer code", SQLite, coded(19 | 6<<8), faultKnown},
		{"a code inside", SQLite, fmt.Errorf("x: %w", coded(5)), faultWaited},
		{"another code", SQLite, coded(1), faultOther},
		{"a code in a field", SQLite, Error{nil, 8}, faultReadOnly},
		{"an odd code in a field", SQLite, Error{nil, 13}, faultFull},
		{"a longer code in a field", SQLite, fmt.Errorf("x: %w", &Error{nil, 6 | 1<<8}), faultWaited},
		{"another code in a field", SQLite, Error{nil, 1}, faultOther},
		{"a code of another error", SQLite, other{errBroken, 0, 13}, faultNoAnswer},
		{"no code in a field", SQLite, numberless{errBroken}, faultNoAnswer},
		{"an error of the store", SQLite, &storeError{"save", errBroken}, faultNoAnswer},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.want, (&Store{dialect: c.dialect}).fault(c.err))
		})
	}
}

type storeError = Error // the test has another of that name

// numberError is an error of go-sql-driver/mysql.
func numberError(n uint16) error { return MySQLError{n} }

// An operator can tell what went wrong, and everything that was said is kept.
func TestFailed(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	known := &Error{"connect", errBroken}
	for _, c := range []struct {
		name string
		ctx  context.Context
		err  error
		is   error
		text string
	}{
		{"plain", t.Context(), errBroken, errBroken, "sqlstore: save: the connection broke"},
		{"known", t.Context(), known, known, "sqlstore: connect: the connection broke"},
		{"known inside", t.Context(), fmt.Errorf("x: %w", known), known, "x: sqlstore: connect: the connection broke"},
		{"read-only", t.Context(), state("25006"), ErrReadOnly, "sqlstore: save: sqlstore: database is read-only: state"},
		{"full", t.Context(), state("53100"), ErrFull, "sqlstore: save: sqlstore: database is full: state"},
		{"missing", t.Context(), state("42P01"), state("42P01"), "sqlstore: save: sqlstore: there are no tables; Migrate makes them, at schema version 1: state"},
		{"no time", ended, errBroken, context.Canceled, "sqlstore: save: context canceled: the connection broke"},
		{"no time, as it says", ended, context.Canceled, context.Canceled, "sqlstore: save: context canceled"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := (&Store{dialect: PostgreSQL}).failed(c.ctx, "save", c.err)
			require.EqualError(t, err, c.text)
			require.ErrorIs(t, err, c.err)
			require.ErrorIs(t, err, c.is)
			require.ErrorAs(t, err, new(*Error))
		})
	}
}

// SQLite says in words alone that there is no table; what others have in their
// words does not matter.
func TestMissing(t *testing.T) {
	gone := fmt.Errorf("x: %w", errors.New("SQL logic error: no such table: highhelp_schema (1)"))
	require.True(t, (&Store{dialect: SQLite}).missing(gone))
	require.False(t, (&Store{dialect: SQLite}).missing(errBroken))
	require.False(t, (&Store{dialect: SQLite}).missing(nil))
	require.False(t, (&Store{dialect: PostgreSQL}).missing(gone))
	require.False(t, (&Store{dialect: MySQL}).missing(gone))
}

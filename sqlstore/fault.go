package sqlstore

import (
	"database/sql"
	"errors"
	"reflect"
)

// A fault is what the Store must know of a database's error.
type fault int

const (
	faultOther    fault = iota
	faultNoAnswer       // not the database's word: the connection broke, or never was
	faultKnown          // the key is there already
	faultConflict       // a deadlock, or not serializable: rolled back, may be run again
	faultWaited         // the database waits no longer for a lock
	faultAborted        // rolled back before, behind an error that somebody swallowed
	faultMissing        // no such table
	faultReadOnly
	faultFull
)

// sqlStates are PostgreSQL's codes.
var sqlStates = map[string]fault{
	"23505": faultKnown,
	"40001": faultConflict, "40P01": faultConflict,
	"55P03": faultWaited,
	"25P02": faultAborted,
	"42P01": faultMissing, "3F000": faultMissing,
	"25006": faultReadOnly,
	"53100": faultFull,
	"57P01": faultNoAnswer, "57P02": faultNoAnswer, "57P03": faultNoAnswer, // it shuts down, or starts
}

// mysqlNumbers are those of MySQL and MariaDB. 1020 is MariaDB's word for a row
// that has changed since the snapshot, 3101 that of a replication group.
var mysqlNumbers = map[int64]fault{
	1062: faultKnown,
	1213: faultConflict, 1020: faultConflict, 3101: faultConflict,
	1205: faultWaited, 3572: faultWaited,
	1146: faultMissing,
	1290: faultReadOnly, 1792: faultReadOnly, 1836: faultReadOnly,
	1021: faultFull, 1114: faultFull,
	1053: faultNoAnswer, 1927: faultNoAnswer, // it shuts down; the connection was killed
}

// sqliteCodes are SQLite's primary result codes.
var sqliteCodes = map[int64]fault{
	5: faultWaited, 6: faultWaited, // SQLITE_BUSY, SQLITE_LOCKED
	8:  faultReadOnly,
	13: faultFull,
	19: faultKnown, // the one constraint that a statement of the Store can break
}

// fault sorts what a driver has returned. Drivers are not imported, so their
// errors are known by form: a method SQLState (pgx, lib/pq), a field Number
// (go-sql-driver/mysql), a method or field Code (modernc.org/sqlite,
// mattn/go-sqlite3).
func (s *Store) fault(err error) fault {
	for _, ours := range []error{nil, sql.ErrNoRows, sql.ErrTxDone, ErrRowsAffected} {
		if errors.Is(err, ours) {
			return faultOther
		}
	}
	switch s.dialect {
	case PostgreSQL:
		var state interface{ SQLState() string }
		if errors.As(err, &state) {
			return sqlStates[state.SQLState()]
		}
	case MySQL:
		if n, ok := numberIn(err, "MySQLError", "Number"); ok {
			return mysqlNumbers[n]
		}
	case SQLite:
		var coded interface{ Code() int }
		if errors.As(err, &coded) {
			return sqliteCodes[int64(coded.Code())&0xff]
		}
		if n, ok := numberIn(err, "Error", "Code"); ok {
			return sqliteCodes[n&0xff]
		}
	}
	return faultNoAnswer
}

// numberIn finds a struct of a name in the tree of err, and returns an integer
// field of it.
func numberIn(err error, typeName, field string) (int64, bool) {
	v := reflect.Indirect(reflect.ValueOf(err))
	if v.Kind() == reflect.Struct && v.Type().Name() == typeName {
		if f := v.FieldByName(field); f.IsValid() && f.CanInt() {
			return f.Int(), true
		} else if f.IsValid() && f.CanUint() {
			return int64(f.Uint()), true
		}
	}
	switch err := err.(type) { //nolint:errorlint // this walks the tree
	case interface{ Unwrap() error }:
		if next := err.Unwrap(); next != nil {
			return numberIn(next, typeName, field)
		}
	case interface{ Unwrap() []error }:
		for _, next := range err.Unwrap() {
			if n, ok := numberIn(next, typeName, field); ok {
				return n, true
			}
		}
	}
	return 0, false
}

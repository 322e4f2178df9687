package sqlstore

import (
	"database/sql"
	"errors"
	"fmt"
	"regexp"

	"github.com/go-highhelp/highhelp"
)

// A Dialect is a kind of database.
type Dialect string

// The kinds of databases.
const (
	PostgreSQL Dialect = "postgresql" // 12 or newer
	MySQL      Dialect = "mysql"      // MySQL 8.0 or newer, MariaDB 10.6 or newer
	SQLite     Dialect = "sqlite"     // 3.37 or newer
)

// Config is what a Store needs. New copies it.
type Config struct {
	// DB is the database. Required. The Store does not close it.
	DB *sql.DB

	// Dialect is the kind of database. Required.
	Dialect Dialect

	// Prefix begins the names of all tables and indexes. It is at most 30 lower-case
	// letters, digits and underscores, and does not begin with a digit.
	// Default: "highhelp_".
	Prefix string
}

const (
	defaultPrefix = "highhelp_"
	prefixForm    = `^[a-z_][a-z0-9_]{0,29}$`
)

// check returns the mistakes of a dialect and a prefix, and the prefix to use.
func check(d Dialect, prefix string) (string, []error) {
	var errs []error
	if d != PostgreSQL && d != MySQL && d != SQLite {
		errs = append(errs, &highhelp.ConfigError{Field: "sqlstore.Config.Dialect", Reason: fmt.Sprintf("%q is not known", string(d))})
	}
	if prefix == "" {
		prefix = defaultPrefix
	}
	if !regexp.MustCompile(prefixForm).MatchString(prefix) {
		errs = append(errs, &highhelp.ConfigError{
			Field: "sqlstore.Config.Prefix", Reason: "not up to 30 lower-case letters, digits and underscores, or it begins with a digit"})
	}
	return prefix, errs
}

// New makes a Store. It returns all mistakes of the Config at once, each a
// [*highhelp.ConfigError]. It does not talk to the database: the first call of
// another method does, and finds out whether the schema fits.
func New(cfg Config) (*Store, error) {
	prefix, errs := check(cfg.Dialect, cfg.Prefix)
	if cfg.DB == nil {
		errs = append([]error{&highhelp.ConfigError{Field: "sqlstore.Config.DB", Reason: "required"}}, errs...)
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	s := &Store{db: cfg.DB, dialect: cfg.Dialect, prefix: prefix, q: newQueries(cfg.Dialect, prefix)}
	if s.OneWriter() {
		s.turn, s.crowd = make(chan struct{}, 1), newCrowd()
	}
	return s, nil
}

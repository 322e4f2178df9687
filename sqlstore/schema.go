package sqlstore

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"strings"
)

// schemaVersion is what this release needs: the number of the last migration.
const schemaVersion = 1

//go:embed migrations
var migrations embed.FS

// A Migration is a step of the schema, from the version before it to its own.
type Migration struct {
	Version int
	// SQL are statements that end in ";\n" each. The last one notes the version in
	// the table that the Store looks at.
	SQL string
}

// Migrations returns all steps of the schema, for teams that run them with a
// tool of their own: the same that [Store.Migrate] runs. A step is never changed
// once it is released, and none goes back. Prefix is that of [Config].
func Migrations(d Dialect, prefix string) ([]Migration, error) {
	prefix, errs := check(d, prefix)
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	steps := make([]Migration, schemaVersion)
	for i := range steps {
		text, err := migrations.ReadFile(fmt.Sprintf("migrations/%s/%d.sql", d, i+1))
		if err != nil {
			return nil, err
		}
		steps[i] = Migration{i + 1, strings.ReplaceAll(string(text), defaultPrefix, prefix)}
	}
	return steps, nil
}

// ready finds out once whether the schema is what this release needs.
func (s *Store) ready(ctx context.Context) error {
	if s.known.Load() != nil {
		return nil
	}
	have, err := s.version(ctx, s.db)
	if err != nil {
		return s.failed(ctx, "read schema version", err)
	}
	if have != schemaVersion {
		return &SchemaError{have, schemaVersion}
	}
	k, err := s.learn(ctx)
	if err == nil {
		err = s.prepare(ctx, k)
	}
	if err != nil {
		return s.failed(ctx, "prepare", err)
	}
	s.known.Store(k)
	return nil
}

// Check asks the database whether it is within reach and has the schema that
// this release needs. It is for health checks and for Checkout.Doctor.
func (s *Store) Check(ctx context.Context) error {
	have, err := s.version(ctx, s.db)
	if err != nil {
		return s.failed(ctx, "read schema version", err)
	}
	if have != schemaVersion {
		return &SchemaError{have, schemaVersion}
	}
	return nil
}

type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// version reads the version of the schema; 0 means that there is none.
func (s *Store) version(ctx context.Context, q querier) (version int, err error) {
	err = s.read(ctx, func() error { return q.QueryRowContext(ctx, s.q.version).Scan(&version) })
	if s.fault(err) == faultMissing || s.missing(err) {
		return 0, nil
	}
	return version, err
}

// missing reports whether SQLite does not know the table. It has no code of its
// own for that.
func (s *Store) missing(err error) bool {
	return s.dialect == SQLite && err != nil && strings.Contains(err.Error(), "no such table")
}

package sqlstore

import (
	"context"
	"errors"
	"strings"

	"github.com/go-highhelp/highhelp"
)

// Migrate brings the schema to the version that this release needs, from any
// earlier one or from none. It never goes back: a newer schema is a
// [*SchemaError]. Several processes may call it at once.
//
// On SQLite it also turns the write-ahead log on, which stays with the file:
// with it, readers don't wait for writers.
func (s *Store) Migrate(ctx context.Context) error {
	if s.inside(ctx) != nil {
		return highhelp.ErrNested
	}
	have, err := s.version(ctx, s.db)
	switch {
	case err != nil:
		return s.failed(ctx, "read schema version", err)
	case have == schemaVersion:
		return nil
	case have > schemaVersion:
		return &SchemaError{have, schemaVersion}
	}
	if s.dialect == SQLite {
		if err := s.poll(ctx, func() error { _, err := s.db.ExecContext(ctx, "PRAGMA journal_mode = WAL"); return err }); err != nil {
			return s.failed(ctx, "turn the write-ahead log on", err)
		}
	}
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return s.failed(ctx, "connect", err)
	}
	l := &lease{s: s, conn: conn}
	defer l.close()
	if err := s.migrate(ctx, l); err != nil {
		return s.failed(ctx, "migrate", err)
	}
	return nil
}

// migrate takes the missing steps while no other process does. The first
// statement of all makes the table of versions, and may be run again.
func (s *Store) migrate(ctx context.Context, l *lease) error {
	steps, err := Migrations(s.dialect, s.prefix)
	if err != nil {
		return err
	}
	begin, commit, rollback := s.alone()
	if err = l.exec(ctx, begin); err == nil {
		err = l.exec(ctx, statements(steps[0].SQL)[0])
	}
	var have int
	if err == nil {
		have, err = s.version(ctx, l.conn)
	}
	for _, step := range steps[min(have, len(steps)):] {
		for _, text := range statements(step.SQL) {
			if err == nil {
				err = l.exec(ctx, text)
			}
		}
	}
	if err == nil {
		err = l.exec(ctx, commit)
	}
	if err == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), goodbye)
	defer cancel()
	if undo := l.exec(ctx, rollback); undo != nil {
		l.broken = true
		return errors.Join(err, undo)
	}
	return err
}

func (l *lease) exec(ctx context.Context, query string) error {
	return l.s.poll(ctx, func() error { _, err := l.conn.ExecContext(ctx, query); return err })
}

// alone returns how a migration begins, so that it is the only one, and how it
// ends. MySQL can undo no step, so there it is enough that each runs alone; a
// step that was cut short is run again.
func (s *Store) alone() (begin, commit, rollback string) {
	switch s.dialect {
	case PostgreSQL:
		return "BEGIN ISOLATION LEVEL READ COMMITTED; SELECT pg_advisory_xact_lock(7523377975159973992)", "COMMIT", "ROLLBACK"
	case MySQL:
		release := "DO RELEASE_LOCK('" + s.prefix + "migrate')"
		return "DO GET_LOCK('" + s.prefix + "migrate', 3600)", release, release
	}
	return "BEGIN IMMEDIATE", "COMMIT", "ROLLBACK"
}

// statements splits the text of a step.
func statements(text string) []string {
	var list []string
	for part := range strings.SplitSeq(text, ";\n") {
		if strings.TrimSpace(part) != "" {
			list = append(list, part)
		}
	}
	return list
}

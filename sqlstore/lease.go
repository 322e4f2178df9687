package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"math"
	"time"
)

// A lease is a connection that the store writes on. On SQLite it is this
// process's turn to write too, so that writers queue up here and not each in a
// loop of its own.
type lease struct {
	s      *Store
	conn   *sql.Conn
	leave  string // undoes in the session what the lease needs there
	broken bool   // the connection must not be used again
}

const (
	goodbye     = 5 * time.Second // bounds what has to be said to the database after ctx has ended
	longestWait = 1_000_000       // for a lock of MySQL, in seconds
)

// lease waits for a connection until ctx ends. The caller must end it. Lazy
// means that what is written need not have reached the disk.
func (s *Store) lease(ctx context.Context, lazy bool) (*lease, error) {
	if s.turn != nil {
		select {
		case s.turn <- struct{}{}:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	l := &lease{s: s}
	var err error
	if l.conn, err = s.db.Conn(ctx); err != nil {
		l.pass()
		return nil, s.failed(ctx, "connect", err)
	}
	enter, leave := s.session(ctx, lazy)
	if enter != "" {
		l.leave = leave
		if _, err := l.conn.ExecContext(s.local(ctx), enter); err != nil {
			l.end()
			return nil, err
		}
	}
	return l, nil
}

// end gives the connection back as it was, or throws it away.
func (l *lease) end() {
	defer l.pass()
	if l.leave != "" && !l.broken {
		ctx, cancel := l.s.last()
		defer cancel()
		_, err := l.conn.ExecContext(ctx, l.leave)
		l.broken = err != nil
	}
	l.close()
}

func (l *lease) close() {
	if l.broken {
		_ = l.conn.Raw(func(any) error { return driver.ErrBadConn }) // so that the pool closes it
	}
	_ = l.conn.Close()
}

// pass lets the next writer of this process in.
func (l *lease) pass() {
	if l.s.turn != nil {
		<-l.s.turn
	}
}

// last is the context of what has to be said after another has ended.
func (s *Store) last() (context.Context, context.CancelFunc) {
	if s.dialect == SQLite { // there is nobody to wait for
		return context.Background(), func() {}
	}
	return context.WithTimeout(context.Background(), goodbye)
}

// local is the context of a statement that touches one row, and waits for
// nobody, not for a connection either. SQLite's drivers start a goroutine for
// every context that can end, and what they interrupt rolls the whole
// transaction back.
func (s *Store) local(ctx context.Context) context.Context {
	if s.dialect == SQLite {
		return context.WithoutCancel(ctx)
	}
	return ctx
}

// session returns what a connection must be told before the store writes on
// it, and what undoes that.
//
// MySQL commits each statement by itself after a deadlock has ended the
// transaction. Without autocommit, what follows a deadlock that somebody
// swallowed begins another transaction instead, and goes when that does. MySQL
// also goes on waiting for a lock after the client is gone, so it is told when
// that will be.
//
// SQLite would wait in its driver, which ctx can't end.
func (s *Store) session(ctx context.Context, lazy bool) (enter, leave string) {
	switch s.dialect {
	case MySQL:
		enter, leave = "SET autocommit = 0", "SET autocommit = 1"
		if deadline, ok := ctx.Deadline(); ok {
			wait := min(max(1, int(math.Ceil(time.Until(deadline).Seconds()))), longestWait)
			enter = fmt.Sprintf("SET @highhelp_wait = @@innodb_lock_wait_timeout, innodb_lock_wait_timeout = %d, autocommit = 0", wait)
			leave = "SET innodb_lock_wait_timeout = @highhelp_wait, autocommit = 1"
		}
	case SQLite:
		k := s.known.Load()
		if k.busyTimeout > 0 {
			enter = "PRAGMA busy_timeout = 0;"
			leave = fmt.Sprintf("PRAGMA busy_timeout = %d;", k.busyTimeout)
		}
		if lazy && k.lazy {
			enter += "PRAGMA synchronous = NORMAL;"
			leave += fmt.Sprintf("PRAGMA synchronous = %d;", k.synchronous)
		}
	}
	return enter, leave
}

// write runs one statement that stands alone. On SQLite it is a transaction
// like others, because only a transaction can use a prepared statement on the
// connection that it has.
func (s *Store) write(ctx context.Context, query string, args []any) error {
	return s.retry(ctx, func() (bool, error) {
		if s.dialect == SQLite {
			return s.writeAll(ctx, query, false, args)
		}
		err := s.exec(ctx, query, args...)
		return s.passing(err), err
	})
}

// writeLazy writes deliveries to SQLite, all or none, which need not have
// reached the disk.
func (s *Store) writeLazy(ctx context.Context, all ...[]any) error {
	return s.retry(ctx, func() (bool, error) { return s.writeAll(ctx, s.q.note, true, all...) })
}

func (s *Store) writeAll(ctx context.Context, query string, lazy bool, all ...[]any) (again bool, err error) {
	w, err := s.begin(ctx, lazy)
	if err != nil {
		return s.passing(err), err
	}
	defer w.end()
	for _, args := range all {
		if err := s.poll(ctx, func() error { _, err := w.exec(ctx, query, args...); return err }); err != nil {
			return s.passing(err), err
		}
	}
	return w.commit(ctx)
}

package sqlstore_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/sqlstore"
	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"
)

// A code is an error of SQLite.
type code int

func (c code) Error() string { return fmt.Sprint("code ", int(c)) }
func (c code) Code() int     { return int(c) }

// What may become of a step: the database refuses it, or rolls it back in favor
// of another transaction, or the connection breaks.
var (
	refusals = map[sqlstore.Dialect]error{
		sqlstore.PostgreSQL: &pgconn.PgError{Code: "XX000"}, sqlstore.MySQL: &mysql.MySQLError{Number: 1105}, sqlstore.SQLite: code(1),
	}
	conflicts = map[sqlstore.Dialect]error{
		sqlstore.PostgreSQL: &pgconn.PgError{Code: "40001"}, sqlstore.MySQL: &mysql.MySQLError{Number: 1213}, sqlstore.SQLite: code(5),
	}
	errCut = errors.New("the connection is cut")
)

// A failure lets the nth step of a driver fail, and perhaps all that come then.
type failure struct {
	err     error
	n       int // counts down
	forever bool
	at      string // the first step that has failed; "": none yet
}

func (f *failure) before(step string) error {
	if f.n--; f.n > 0 || f.n < 0 && !f.forever {
		return nil
	}
	if f.at == "" {
		f.at = strings.Join(strings.Fields(step), " ")
	}
	return f.err
}

// An action is a call to a Store in a project of its own.
type action struct {
	// run returns how much it says has been written.
	run func(ctx context.Context, s *sqlstore.Store, project string) (int, error)
	// whole is that of a call that is well.
	whole int
}

var (
	errChange = errors.New("change does not want to")
	errOther  = errors.New("the answer is another")
)

// actions are those of every kind, on what populate has written.
var actions = map[string]action{
	"Insert": {func(ctx context.Context, s *sqlstore.Store, project string) (int, error) {
		return said(1, s.Insert(ctx, highhelp.Payment{Key: highhelp.Key{ProjectID: project, OrderID: "new"}}))
	}, 1},
	"Update": {func(ctx context.Context, s *sqlstore.Store, project string) (int, error) {
		k := highhelp.Key{ProjectID: project, OrderID: "0"}
		return said(3, s.Update(ctx, k, func(ctx context.Context, p *highhelp.Payment) error {
			p.Held = "written"
			return errors.Join(record(ctx, s, project, highhelp.Applied), record(ctx, s, project, highhelp.Applied))
		}))
	}, 3},
	"Update that is given up": {func(ctx context.Context, s *sqlstore.Store, project string) (int, error) {
		err := s.Update(ctx, highhelp.Key{ProjectID: project, OrderID: "0"}, func(ctx context.Context, p *highhelp.Payment) error {
			p.Held = "written"
			return errors.Join(record(ctx, s, project, highhelp.Applied), errChange)
		})
		return 0, unless(err, errChange)
	}, 0},
	"Update of nothing": {func(ctx context.Context, s *sqlstore.Store, project string) (int, error) {
		return 0, unless(s.Update(ctx, highhelp.Key{ProjectID: project, OrderID: "absent"}, hold("written")), highhelp.ErrNotFound)
	}, 0},
	"Record": {func(ctx context.Context, s *sqlstore.Store, project string) (int, error) {
		return said(1, record(ctx, s, project, highhelp.Applied))
	}, 1},
	"Record of a duplicate": {func(ctx context.Context, s *sqlstore.Store, project string) (int, error) {
		return said(1, record(ctx, s, project, highhelp.Duplicate))
	}, 1},
	"Prune": {func(ctx context.Context, s *sqlstore.Store, project string) (int, error) {
		return s.Prune(ctx, project, time.Now().Add(-time.Minute), 10)
	}, 4},
	"Payment": {func(ctx context.Context, s *sqlstore.Store, project string) (int, error) {
		p, err := s.Payment(ctx, highhelp.Key{ProjectID: project, OrderID: "0"})
		return 0, wants(err, p.OrderID == "0")
	}, 0},
	"Pending": {func(ctx context.Context, s *sqlstore.Store, project string) (int, error) {
		list, err := s.Pending(ctx, project, time.Now(), 10)
		return 0, wants(err, len(list) == 2)
	}, 0},
	"Deliveries": {func(ctx context.Context, s *sqlstore.Store, project string) (int, error) {
		list, err := journal(ctx, s, project)
		return 0, wants(err, len(list) == 2)
	}, 0},
	"Delivery": {func(ctx context.Context, s *sqlstore.Store, project string) (int, error) {
		_, err := s.Delivery(ctx, project, "9000000000000000000")
		return 0, unless(err, highhelp.ErrNotFound)
	}, 0},
}

// said is what a call that writes says of n things.
func said(n int, err error) (int, error) {
	if err != nil {
		return 0, err
	}
	return n, nil
}

// unless returns the error of a call, which is to be that.
func unless(err, that error) error {
	switch {
	case err == nil:
		return errOther
	case errors.Is(err, that):
		return nil
	}
	return err
}

// wants returns the error of a call, whose answer is right or not.
func wants(err error, right bool) error {
	if err == nil && !right {
		return errOther
	}
	return err
}

func record(ctx context.Context, s *sqlstore.Store, project string, o highhelp.Outcome) error {
	return s.Record(ctx, highhelp.Delivery{Key: highhelp.Key{ProjectID: project, OrderID: "0"}, Outcome: o, ReceivedAt: time.Now(), Error: "new"})
}

func journal(ctx context.Context, s *sqlstore.Store, project string) (list []highhelp.Delivery, err error) {
	for d, err := range s.Deliveries(ctx, highhelp.Delivery{Key: highhelp.Key{ProjectID: project}}, time.Time{}, time.Time{}) {
		if err != nil {
			return nil, err
		}
		list = append(list, d)
	}
	return list, nil
}

// populate writes two payments that are settled, two to ask about, and two old
// deliveries.
func populate(t *testing.T, s *sqlstore.Store, project string) {
	t.Helper()
	old := time.Now().Add(-time.Hour)
	for i := range 4 {
		p := highhelp.Payment{Key: highhelp.Key{ProjectID: project, OrderID: fmt.Sprint(i)}, CreatedAt: old, UpdatedAt: old}
		if i < 2 {
			p.Attempts = []highhelp.Attempt{{
				N: 1, PaymentID: "1", Amount: highhelp.Money{Minor: 100, Currency: "RUB"}, Sent: true, CreatedAt: old,
				Status: highhelp.Status{Main: "success"}, Ticket: highhelp.Ticket{URL: "https://pay.example/1"},
			}}
		} else {
			p.CheckAt = old
		}
		require.NoError(t, s.Insert(t.Context(), p))
	}
	for range 2 {
		require.NoError(t, s.Record(t.Context(), highhelp.Delivery{Key: highhelp.Key{ProjectID: project, OrderID: "0"}, ReceivedAt: old, Error: "old"}))
	}
}

// written counts what has changed since populate.
func written(t *testing.T, s *sqlstore.Store, project string) (n int) {
	t.Helper()
	if _, err := s.Payment(t.Context(), highhelp.Key{ProjectID: project, OrderID: "new"}); err == nil {
		n++
	}
	for _, id := range []string{"0", "1"} {
		p, err := s.Payment(t.Context(), highhelp.Key{ProjectID: project, OrderID: id})
		require.NoError(t, err)
		if p.Held != "" {
			n++
		}
		if p.Newest().Ticket.URL == "" {
			n++
		}
	}
	list, err := journal(t.Context(), s, project)
	require.NoError(t, err)
	n += 2 // the old ones, of which those go that are still there
	for _, d := range list {
		if d.Error == "new" {
			n++
		} else {
			n--
		}
	}
	return n
}

// Whatever step of a call fails, and in whatever way: what the call says has
// been written is what others see, no more and no less; the error tells what
// happened; and the connection comes back as it was, or not at all.
func TestEveryStepMayFail(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		for name, a := range actions {
			for how, f := range map[string]failure{
				"refused": {err: refusals[d.Dialect]}, "refused from then on": {err: refusals[d.Dialect], forever: true},
				"conflict": {err: conflicts[d.Dialect]}, "cut": {err: errCut},
			} {
				if name == "Prune" && f.forever {
					continue // its second transaction would suffer for the first
				}
				t.Run(name+" "+how, func(t *testing.T) { testSteps(t, d, name, how, a, f) })
			}
		}
	})
}

func testSteps(t *testing.T, d *database, name, how string, a action, f failure) {
	current, intact := &failure{}, d.store(t)
	db := d.wrap(t, &wrapped{before: func(step string) error { return current.before(step) }})
	db.SetMaxOpenConns(1)
	s, session := d.on(t, db), d.session(t, db)
	require.NoError(t, s.Check(t.Context()))
	_, err := s.Pending(t.Context(), "P", time.Now(), 1) // the first use is another test's
	require.NoError(t, err)
	project := ""
	for n := 1; ; n++ {
		if project == "" {
			project = fmt.Sprint(name, how, n)
			populate(t, intact, project)
		}
		now := f
		now.n = n
		current = &now
		said, err := a.run(t.Context(), s, project)
		current = &failure{}
		require.Equal(t, said, written(t, intact, project), "%s: %v", now.at, err)
		switch {
		case now.at == "": // there are no more steps
			require.NoError(t, err)
			require.Equal(t, a.whole, said)
			require.NotEqual(t, 1, n)
			return
		case overcome(d, name, how, now.at):
			require.NoError(t, err, now.at)
			require.Equal(t, a.whole, said, now.at)
		default:
			requireError(t, how, now, err)
		}
		if said != 0 {
			project = ""
		}
		require.Zero(t, db.Stats().InUse, now.at)
		require.Equal(t, session, d.session(t, db), now.at)
	}
}

// requireError wants the right error of a call whose step has failed.
func requireError(t *testing.T, how string, f failure, err error) {
	t.Helper()
	require.ErrorIs(t, err, f.err, f.at)
	var of *sqlstore.Error
	require.ErrorAs(t, err, &of, f.at)
	require.NotErrorAs(t, of.Err, new(*sqlstore.Error), "%s: one is in another", f.at)
	require.Equal(t, how == "cut" && f.at == "COMMIT", errors.Is(err, sqlstore.ErrInDoubt), "%s: %v", f.at, err)
}

// overcome reports whether a call succeeds although a step has failed.
func overcome(d *database, name, how, step string) bool {
	if step == "ROLLBACK" || strings.HasSuffix(step, "autocommit = 1") || strings.HasPrefix(step, "PRAGMA busy_timeout = 10000") {
		return true // what comes after the work
	}
	if strings.HasPrefix(step, "COUNT") || strings.HasPrefix(how, "refused") {
		return false
	}
	changes := name == "Update" && (strings.Contains(step, "updated_at = ") || strings.Contains(step, "INSERT INTO"))
	if how == "conflict" {
		return d.Dialect != sqlstore.SQLite || !changes // which has no conflicts in a transaction
	}
	// Another connection may do better, until change has run.
	return (strings.HasPrefix(name, "Update") || name == "Prune") && !changes && step != "COMMIT"
}

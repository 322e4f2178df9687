package sqlstore

import (
	"context"
	"errors"
	"testing"

	"github.com/go-highhelp/highhelp"
	"github.com/stretchr/testify/require"
)

// A coded error is one of SQLite's, by its code.
type coded int

func (coded) Error() string { return "coded" }
func (c coded) Code() int   { return int(c) }

// A MySQLError is one as its driver has it.
type MySQLError struct{ Number uint16 }

func (MySQLError) Error() string { return "number" }

const locked, full = coded(5), coded(13)

var errBroken = errors.New("the connection broke")

// failing is a function that fails so often, and how often it has run.
type failing struct {
	err         error
	times, runs int
}

func (f *failing) run() error {
	if f.runs++; f.runs <= f.times {
		return f.err
	}
	return nil
}

func TestRetry(t *testing.T) {
	s := &Store{dialect: SQLite}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		name  string
		ctx   context.Context
		f     failing
		again bool
		runs  int
		want  []error
	}{
		{"well at once", t.Context(), failing{}, true, 1, nil},
		{"well at last", t.Context(), failing{locked, 15, 0}, true, 16, nil},
		{"not again", t.Context(), failing{locked, 15, 0}, false, 1, []error{locked}},
		{"broken connections that last", t.Context(), failing{errBroken, newTries, 0}, true, newTries + 1, nil},
		{"broken connections without end", t.Context(), failing{errBroken, 100, 0}, true, newTries + 1, []error{errBroken}},
		{"no time", ended, failing{locked, 100, 0}, true, 1, []error{highhelp.ErrBusy, context.Canceled, locked}},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := s.retry(c.ctx, func() (bool, error) {
				err := c.f.run()
				return c.again && err != nil, err
			})
			require.Equal(t, c.runs, c.f.runs)
			if c.want == nil {
				require.NoError(t, err)
			}
			for _, want := range c.want {
				require.ErrorIs(t, err, want)
			}
		})
	}
}

func TestPoll(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		name    string
		dialect Dialect
		ctx     context.Context
		f       failing
		runs    int
		want    error
	}{
		{"locked for a while", SQLite, t.Context(), failing{locked, 15, 0}, 16, nil},
		{"another fault", SQLite, t.Context(), failing{full, 15, 0}, 1, full},
		{"no time", SQLite, ended, failing{locked, 15, 0}, 1, locked},
		{"a database that waits", MySQL, t.Context(), failing{MySQLError{1205}, 15, 0}, 1, MySQLError{1205}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := &Store{dialect: c.dialect}
			require.Equal(t, c.want, s.poll(c.ctx, c.f.run))
			require.Equal(t, c.runs, c.f.runs)
		})
	}
}

// state is an error of PostgreSQL.
type state string

func (state) Error() string      { return "state" }
func (s state) SQLState() string { return string(s) }

func TestPassing(t *testing.T) {
	s := &Store{dialect: PostgreSQL}
	for text, want := range map[string]bool{"40001": true, "40P01": true, "55P03": true, "23505": false, "53100": false, "25P02": false} {
		require.Equal(t, want, s.passing(state(text)), text)
	}
	require.False(t, s.passing(nil))
	require.False(t, s.passing(errBroken))
}

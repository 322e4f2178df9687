package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite"
)

// A scribe writes what a crowd gives it, one call at a time, and waits in each
// until it is let go on.
type scribe struct {
	t       *testing.T
	crowd   *crowd
	busy    bool
	batches [][]int               // what was tried, by number
	written []int                 // what is there
	refuse  func(all []int) error // default: nothing
	enough  chan struct{}
}

func newScribe(t *testing.T) *scribe {
	return &scribe{t: t, crowd: newCrowd(), enough: make(chan struct{})}
}

func (s *scribe) write(ctx context.Context, all ...[]any) error {
	require.False(s.t, s.busy, "two write at once")
	s.busy = true
	defer func() { s.busy = false }()
	var numbers []int
	for _, args := range all {
		numbers = append(numbers, args[0].(int))
	}
	s.batches = append(s.batches, numbers)
	select {
	case <-s.enough:
	case <-ctx.Done():
		return ctx.Err()
	}
	if s.refuse != nil {
		if err := s.refuse(numbers); err != nil {
			return err
		}
	}
	s.written = append(s.written, numbers...)
	return nil
}

// send gives the crowd a delivery, and returns once it waits or is in the hands
// of the scribe.
func (s *scribe) send(ctx context.Context, number int) chan error {
	answer := make(chan error, 1)
	go func() { answer <- s.crowd.record(ctx, []any{number}, s.write) }()
	synctest.Wait()
	return answer
}

func (s *scribe) sendAll(ctx context.Context, n int) (answers []chan error) {
	for i := range n {
		answers = append(answers, s.send(ctx, i))
	}
	return answers
}

// The first writes at once, the second for all that have come meanwhile, as
// many as are allowed.
func TestCrowdWritesTogether(t *testing.T) {
	for n, want := range map[int][]int{1: {1}, 2: {1, 1}, 3: {1, 2}, 65: {1, 64}, 66: {1, 64, 1}, 130: {1, 64, 64, 1}} {
		synctest.Test(t, func(t *testing.T) {
			s := newScribe(t)
			answers := s.sendAll(t.Context(), n)
			close(s.enough)
			for _, a := range answers {
				require.NoError(t, <-a)
			}
			var sizes []int
			for _, b := range s.batches {
				sizes = append(sizes, len(b))
			}
			require.Equal(t, want, sizes)
			require.Len(t, s.written, n)
			slices.Sort(s.written)
			require.Len(t, slices.Compact(s.written), n, "each once")
			require.Empty(t, s.crowd.waiting)
			require.Empty(t, s.crowd.turn)
		})
	}
}

// What is refused because of one of them is tried one by one: only that one
// hears of it.
func TestCrowdRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bad := errors.New("three is refused")
		s := newScribe(t)
		s.refuse = func(all []int) error {
			if slices.Contains(all, 3) {
				return bad
			}
			return nil
		}
		answers := s.sendAll(t.Context(), 6)
		close(s.enough)
		for i, a := range answers {
			if i == 3 {
				require.ErrorIs(t, <-a, bad)
				continue
			}
			require.NoError(t, <-a, i)
		}
		slices.Sort(s.written)
		require.Equal(t, []int{0, 1, 2, 4, 5}, s.written)
		require.Empty(t, s.crowd.waiting)
	})
}

// What is refused alone is not tried again.
func TestCrowdRefusedAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bad := errors.New("everything is refused")
		s := newScribe(t)
		s.refuse = func([]int) error { return bad }
		answer := s.send(t.Context(), 0)
		close(s.enough)
		require.ErrorIs(t, <-answer, bad)
		require.Equal(t, [][]int{{0}}, s.batches)
	})
}

// Who writes for others may have to end: they write themselves then.
func TestCrowdWriterEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScribe(t)
		first := s.send(t.Context(), 0)
		ctx, cancel := context.WithCancel(t.Context())
		second := s.send(ctx, 1)
		answers := []chan error{s.send(t.Context(), 2), s.send(t.Context(), 3)}
		s.enough <- struct{}{}
		require.NoError(t, <-first)
		synctest.Wait()
		// Whichever of the others has the turn holds all three.
		require.Len(t, s.batches[len(s.batches)-1], 3)
		cancel()
		require.ErrorIs(t, <-second, context.Canceled)
		synctest.Wait()
		close(s.enough)
		for _, a := range answers {
			require.NoError(t, <-a)
		}
		require.Empty(t, s.crowd.waiting)
		require.Empty(t, s.crowd.turn)
		for _, n := range []int{0, 2, 3} {
			require.Contains(t, s.written, n)
		}
	})
}

// Who leaves while another has its delivery in hand holds nobody up.
func TestCrowdLeftInHand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScribe(t)
		first, second := s.send(t.Context(), 0), s.send(t.Context(), 1)
		ctx, cancel := context.WithCancel(t.Context())
		third := s.send(ctx, 2)
		s.enough <- struct{}{}
		require.NoError(t, <-first)
		synctest.Wait()
		require.Equal(t, []int{1, 2}, s.batches[1])
		cancel()
		require.ErrorIs(t, <-third, context.Canceled)
		close(s.enough)
		require.NoError(t, <-second)
		require.Equal(t, []int{0, 1, 2}, s.written)
		require.Empty(t, s.crowd.waiting)
	})
}

// What could not be written when its caller was gone is not tried again.
func TestCrowdLeftInVain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bad := errors.New("two is refused")
		s := newScribe(t)
		s.refuse = func(all []int) error {
			if slices.Contains(all, 2) {
				return bad
			}
			return nil
		}
		first, second := s.send(t.Context(), 0), s.send(t.Context(), 1)
		ctx, cancel := context.WithCancel(t.Context())
		third := s.send(ctx, 2)
		s.enough <- struct{}{}
		require.NoError(t, <-first)
		synctest.Wait()
		require.Equal(t, []int{1, 2}, s.batches[1])
		cancel()
		require.ErrorIs(t, <-third, context.Canceled)
		close(s.enough)
		require.NoError(t, <-second)
		require.Equal(t, []int{0, 1}, s.written)
		require.Empty(t, s.crowd.waiting)
	})
}

// In whatever order they come, and end: each is written once.
func TestCrowdRaces(t *testing.T) {
	s := newScribe(t)
	close(s.enough)
	const callers, times = 32, 300
	answers := make(chan error, callers*times)
	for i := range callers {
		go func() {
			for n := range times {
				answers <- s.crowd.record(t.Context(), []any{i*times + n}, s.write)
			}
		}()
	}
	for range callers * times {
		require.NoError(t, <-answers)
	}
	slices.Sort(s.written)
	require.Len(t, s.written, callers*times)
	require.Len(t, slices.Compact(s.written), callers*times)
}

// Who can't wait any longer leaves, and is not written.
func TestCrowdLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScribe(t)
		first := s.send(t.Context(), 0)
		ctx, cancel := context.WithCancel(t.Context())
		second, third := s.send(ctx, 1), s.send(t.Context(), 2)
		cancel()
		require.ErrorIs(t, <-second, context.Canceled)
		close(s.enough)
		require.NoError(t, <-first)
		require.NoError(t, <-third)
		require.Equal(t, []int{0, 2}, s.written)
	})
}

// Duplicates that come while somebody else writes are all in the journal, each
// once.
func TestDuplicatesTogether(t *testing.T) {
	file := "file:" + filepath.Join(t.TempDir(), "shop.db")
	db, err := sql.Open("sqlite", file+"?_txlock=immediate&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)")
	require.NoError(t, err)
	defer db.Close()
	s, err := New(Config{DB: db, Dialect: SQLite})
	require.NoError(t, err)
	require.NoError(t, s.Migrate(t.Context()))
	key := highhelp.Key{ProjectID: "P", OrderID: "1"}
	require.NoError(t, s.Insert(t.Context(), highhelp.Payment{Key: key}))

	const n = 40
	answers := make(chan error, n)
	require.NoError(t, s.Update(t.Context(), key, func(context.Context, *highhelp.Payment) error {
		for i := range n {
			go func() {
				answers <- s.Record(context.Background(), highhelp.Delivery{
					Key: key, PaymentID: "1", Route: "success", Outcome: highhelp.Duplicate, Raw: []byte{byte(i)}})
			}()
		}
		// The first of them waits for this Update, the others for the first.
		require.Eventually(t, func() bool { return len(s.crowd.turn) == 1 }, 10*time.Second, time.Millisecond)
		return nil
	}))
	for range n {
		require.NoError(t, <-answers)
	}
	seen := map[byte]int{}
	for d, err := range s.Deliveries(t.Context(), highhelp.Delivery{Key: key}, time.Time{}, time.Time{}) {
		require.NoError(t, err)
		seen[d.Raw[0]]++
	}
	require.Len(t, seen, n)
	for i, times := range seen {
		require.Equal(t, 1, times, i)
	}
}

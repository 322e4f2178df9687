package sandbox

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"
)

var (
	// ErrNoTicket means that no ticket has the given id, or that tickets of
	// several projects have it.
	ErrNoTicket = errors.New("sandbox: no such ticket")

	// ErrNotOffered means that the ticket does not offer the action: it is
	// finished or expired, or there is no such action.
	ErrNotOffered = errors.New("sandbox: the ticket does not offer this action")
)

// A ledger holds all tickets and their callbacks under one lock. It knows
// neither HTTP nor clocks. A ticket is never forgotten, since its payment_id
// must not be used twice.
type ledger struct {
	waits *waits

	mu        sync.Mutex
	byPayment map[paymentKey]*ticket
	byRequest map[string]*ticket
	byToken   map[string]*ticket
	live      []*ticket     // not settled, the oldest first
	busy      int           // tries under way
	version   uint64        // counts changes
	changed   chan struct{} // closed at the next change
}

type paymentKey struct{ projectID, paymentID string }

func newLedger(waits *waits) *ledger {
	return &ledger{
		waits:     waits,
		byPayment: map[paymentKey]*ticket{},
		byRequest: map[string]*ticket{},
		byToken:   map[string]*ticket{},
		changed:   make(chan struct{}),
	}
}

// announce wakes everybody who waits for a change. l.mu must be held.
func (l *ledger) announce() {
	l.version++
	close(l.changed)
	l.changed = make(chan struct{})
}

// add takes in t, or returns the ticket that has its payment_id already. It
// also returns how many create requests that ticket has seen.
func (l *ledger) add(t *ticket, now time.Time) (stored Ticket, creates int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	key := paymentKey{t.ProjectID, t.PaymentID}
	if known, ok := l.byPayment[key]; ok {
		l.settle(known, now)
		known.creates++
		return known.view(), known.creates
	}
	t.creates = 1
	l.byPayment[key], l.byRequest[t.RequestID], l.byToken[t.token] = t, t, t
	l.enliven(t)
	l.announce()
	return t.view(), t.creates
}

// settle notices that the lifetime of t is over. l.mu must be held.
func (l *ledger) settle(t *ticket, now time.Time) {
	if t.expire(now, l.waits) {
		l.announce()
	}
}

// A finder finds a ticket, or returns nil. The ledger calls it under its lock.
type finder func(*ledger) *ticket

func byToken(token string) finder {
	return func(l *ledger) *ticket { return l.byToken[token] }
}

func byPayment(projectID, paymentID string) finder {
	return func(l *ledger) *ticket { return l.byPayment[paymentKey{projectID, paymentID}] }
}

// byID finds by request_id, or by a payment_id that only one project has used.
func byID(projects projects, id string) finder {
	return func(l *ledger) *ticket {
		if t, ok := l.byRequest[id]; ok {
			return t
		}
		var found *ticket
		for projectID := range projects {
			t := l.byPayment[paymentKey{projectID, id}]
			if t != nil && found != nil {
				return nil
			}
			if t != nil {
				found = t
			}
		}
		return found
	}
}

// look returns the ticket that find finds.
func (l *ledger) look(find finder, now time.Time) (Ticket, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := find(l)
	if t == nil {
		return Ticket{}, ErrNoTicket
	}
	l.settle(t, now)
	return t.view(), nil
}

// change changes the ticket that find finds, unless do fails, which must then
// leave it as it was.
func (l *ledger) change(find finder, do func(*ticket) error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := find(l)
	if t == nil {
		return ErrNoTicket
	}
	if err := do(t); err != nil {
		return err
	}
	l.enliven(t)
	l.announce()
	return nil
}

// enliven puts t where claim looks, unless it is there. l.mu must be held.
func (l *ledger) enliven(t *ticket) {
	if !t.live && !t.settled() {
		t.live = true
		l.live = append(l.live, t)
	}
}

// act does a to the ticket that find finds. With ErrNotOffered it returns the
// ticket too, unchanged.
func (l *ledger) act(find finder, a Action, now time.Time) (after Ticket, err error) {
	err = l.change(find, func(t *ticket) error {
		l.settle(t, now)
		defer func() { after = t.view() }()
		path := checkout.path(t.at, a)
		if len(path) == 0 {
			return ErrNotOffered
		}
		t.enter(path, now, l.waits)
		return nil
	})
	return after, err
}

// list returns all tickets, the newest first.
func (l *ledger) list(now time.Time) []Ticket {
	l.mu.Lock()
	defer l.mu.Unlock()
	views := make([]Ticket, 0, len(l.byRequest))
	for _, t := range l.sorted() {
		l.settle(t, now)
		views = append(views, t.view())
	}
	slices.Reverse(views)
	return views
}

// sorted returns all tickets, the oldest first. l.mu must be held.
func (l *ledger) sorted() []*ticket {
	return slices.SortedFunc(maps.Values(l.byRequest), func(a, b *ticket) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.PaymentID, b.PaymentID), cmp.Compare(a.RequestID, b.RequestID))
	})
}

// earned sums up the successful tickets of a project by currency.
func (l *ledger) earned(projectID string) map[string]int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	sums := map[string]int64{}
	for key, t := range l.byPayment {
		if key.projectID == projectID && checkout[t.at].status.Main == "success" {
			sums[t.Currency] += t.Amount
		}
	}
	return sums
}

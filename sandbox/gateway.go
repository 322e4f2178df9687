package sandbox

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"
)

// A Gateway is a simulated HighHelp gateway: an [http.Handler] that serves the
// API, the payment page and the control page, at the root of a server or,
// behind [http.StripPrefix], under the path of Config.PublicURL.
//
// It keeps everything in memory, and in Config.StateDir if there is one, and
// sends callbacks only during [Gateway.Run] and [Gateway.Deliver]. It is safe
// for concurrent use.
type Gateway struct {
	cfg      Config // complete
	projects projects
	ledger   *ledger
	journal  journal
	state    *state         // nil if nothing is kept
	report   func(Delivery) // nil if nobody listens
	assets   *assets
	handler  http.Handler

	strangerKeys func() *Keys // made when FaultWrongKey needs them
}

// New returns a Gateway. Its error joins one [*ConfigError] for each mistake,
// or says why the state can't be read.
func New(cfg Config) (*Gateway, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	g := newGateway(cfg.withDefaults())
	if g.cfg.StateDir != "" {
		if err := g.open(g.cfg.StateDir); err != nil {
			return nil, fmt.Errorf("sandbox: state: %w", err)
		}
	}
	if err := g.route(); err != nil {
		return nil, err
	}
	return g, nil
}

// newGateway returns one that serves nothing yet. The Config must be complete.
func newGateway(cfg Config) *Gateway {
	return &Gateway{
		cfg:          cfg,
		projects:     newProjects(cfg.Projects),
		ledger:       newLedger(&waits{cfg.Schedule, cfg.Jitter}),
		strangerKeys: sync.OnceValue(newStrangerKeys),
	}
}

func newLogger(l *slog.Logger) *slog.Logger {
	if l == nil {
		return slog.Default()
	}
	return l
}

// Act does what can happen to a ticket next, opening its payment page first if
// need be, and returns the ticket as it then stands. The id is a request_id,
// or a payment_id that only one project has used.
//
// It fails with [ErrNoTicket], or with [ErrNotOffered] and the unchanged
// ticket. The callbacks it causes are sent by [Gateway.Run] or
// [Gateway.Deliver].
func (g *Gateway) Act(id string, a Action) (Ticket, error) {
	return g.act(byID(g.projects, id), a)
}

func (g *Gateway) act(find finder, a Action) (Ticket, error) {
	t, err := g.ledger.act(find, a, g.cfg.Now())
	return t, g.saved(err)
}

// Ticket returns the ticket with the given request_id, or payment_id that only
// one project has used, or [ErrNoTicket].
func (g *Gateway) Ticket(id string) (Ticket, error) {
	return g.ledger.look(byID(g.projects, id), g.cfg.Now())
}

// Tickets returns all tickets, the newest first.
func (g *Gateway) Tickets() []Ticket { return g.ledger.list(g.cfg.Now()) }

// SetFaults replaces the faults of a ticket. The id is that of [Gateway.Act].
// What was queued or sent before stays as it is, but for how it is spoiled when
// it is tried again.
//
// It fails with [ErrNoTicket], or if a fault is none.
func (g *Gateway) SetFaults(id string, faults ...Fault) error {
	if err := checkFaults(faults); err != nil {
		return err
	}
	return g.saved(g.ledger.change(byID(g.projects, id), func(t *ticket) error {
		t.faults = slices.Clone(faults)
		return nil
	}))
}

// Hurry makes all unsent callbacks of a ticket due now. The id is that of
// [Gateway.Act]. It fails with [ErrNoTicket].
func (g *Gateway) Hurry(id string) error {
	return g.saved(g.ledger.hurry(byID(g.projects, id), g.cfg.Now()))
}

// NextDue returns when the next try of a callback is due, at Config.Now or
// later, or zero if nothing is unsent. Callbacks that FaultReorder holds back
// do not count.
func (g *Gateway) NextDue() time.Time { return g.ledger.nextCallback() }

// Deliveries returns the newest tries of callbacks, at most 1000, in the order
// in which they ended. What they hold must not be changed.
func (g *Gateway) Deliveries() []Delivery { return g.journal.list() }

// saved keeps a change, unless it failed with err.
func (g *Gateway) saved(err error) error {
	if err != nil && !errors.Is(err, ErrNotOffered) { // the ticket may have expired before
		return err
	}
	if failed := g.save(); failed != nil {
		return errors.Join(err, failed)
	}
	return err
}

package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"sync"
	"time"
)

// The files of Config.StateDir.
const (
	stateFile = "state.json"
	newFile   = "state.json.new" // becomes stateFile once it is whole
	logFile   = "deliveries.jsonl"
)

// stateVersion changes with what a state file means.
const stateVersion = 1

// A state is where a Gateway keeps its ledger and its log.
type state struct {
	dir string

	mu    sync.Mutex
	saved uint64 // version of the ledger in the file

	log   sync.Mutex
	lines int // of the log file
}

// savedLedger is the state file. No key is in it: what it holds is worth as
// little as the keys are.
type savedLedger struct {
	Version int
	Tickets []savedTicket
}

type savedTicket struct {
	Ticket
	Token        string
	CallbackURLs CallbackURLs
	At           place
	Seq          int
	Events       []savedEvent
	Contradicted bool
	Creates      int
}

type savedEvent struct {
	Seq          int
	Status       Status
	URL          string
	Changed, Due time.Time
	Tries        int
}

// open reads what the last Gateway left in dir, and keeps to it from now on.
func (g *Gateway) open(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	s := &state{dir: dir}
	if err := g.readLedger(s); err != nil {
		return err
	}
	if err := g.readLog(s); err != nil {
		return err
	}
	g.state = s
	return nil
}

func (g *Gateway) readLedger(s *state) error {
	data, err := s.read(stateFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var saved savedLedger
	if err := json.Unmarshal(data, &saved); err != nil {
		return fmt.Errorf("%s: %w", stateFile, err)
	}
	if saved.Version != stateVersion {
		return fmt.Errorf("%s: version %d, not %d", stateFile, saved.Version, stateVersion)
	}
	for _, t := range saved.Tickets {
		if t.damaged() {
			return fmt.Errorf("%s: a ticket is damaged", stateFile)
		}
		if g.projects.current(t.ProjectID) == nil {
			return fmt.Errorf("%s: it holds tickets of the project %q, which Config.Projects lacks", stateFile, t.ProjectID)
		}
		g.ledger.restore(t.ticket(g.cfg.PublicURL))
	}
	return nil
}

// damaged reports whether no Gateway has written t.
func (s *savedTicket) damaged() bool {
	_, known := checkout[s.At]
	return !known || s.Token == "" || s.RequestID == "" || checkFaults(s.Faults) != nil ||
		slices.ContainsFunc(s.Events, func(e savedEvent) bool { return e.Tries < 0 })
}

// restore takes in a ticket of another life.
func (l *ledger) restore(t *ticket) {
	l.byPayment[paymentKey{t.ProjectID, t.PaymentID}], l.byRequest[t.RequestID], l.byToken[t.token] = t, t, t
	l.enliven(t)
}

// ticket returns the ticket that was saved. Its page may have moved.
func (s *savedTicket) ticket(publicURL string) *ticket {
	t := &ticket{
		Ticket: s.Ticket, token: s.Token, urls: s.CallbackURLs, at: s.At, seq: s.Seq,
		faults: s.Faults, contradicted: s.Contradicted, creates: s.Creates,
	}
	t.URL = pageURL(publicURL, s.Token)
	for _, e := range s.Events {
		t.events = append(t.events, &event{seq: e.Seq, status: e.Status, url: e.URL, changed: e.Changed, due: e.Due, tries: e.Tries})
	}
	return t
}

// snapshot returns what is to be saved, and its version.
func (l *ledger) snapshot() (saved savedLedger, version uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	saved.Version = stateVersion
	for _, t := range l.sorted() {
		s := savedTicket{
			Ticket: t.view(), Token: t.token, CallbackURLs: t.urls, At: t.at, Seq: t.seq,
			Contradicted: t.contradicted, Creates: t.creates,
		}
		for _, e := range t.events {
			s.Events = append(s.Events, savedEvent{e.seq, e.status, e.url, e.changed, e.due, e.tries})
		}
		saved.Tickets = append(saved.Tickets, s)
	}
	return saved, l.version
}

// save keeps all changes up to now. Whoever waits for another save finds his
// own change saved, too.
func (g *Gateway) save() error {
	s := g.state
	if s == nil {
		return nil
	}
	g.ledger.mu.Lock()
	wanted := g.ledger.version
	g.ledger.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.saved >= wanted {
		return nil
	}
	saved, version := g.ledger.snapshot()
	data, err := json.Marshal(saved)
	if err == nil {
		err = s.replace(stateFile, newFile, data)
	}
	if err != nil {
		return fmt.Errorf("sandbox: state: %w", err)
	}
	s.saved = version
	return nil
}

// saveOrLog is for where nobody waits for the error.
func (g *Gateway) saveOrLog(ctx context.Context) {
	if err := g.save(); err != nil {
		g.cfg.Logger.LogAttrs(ctx, slog.LevelError, err.Error())
	}
}

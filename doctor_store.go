package highhelp

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"
)

// store asks the Store for a payment that can't be there, and for what it says
// of itself.
func (d *doctor) store(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	s := d.c.cfg.Store
	start := time.Now()
	_, err := s.Payment(ctx, Key{d.c.cfg.ProjectID, "doctor-" + rand.Text()})
	if !errors.Is(err, ErrNotFound) {
		d.add("store", red, fmt.Sprintf("a payment that was never made should be %q, but: %v", ErrNotFound, err),
			"look whether the database runs, and whether its schema was made")
		return
	}
	d.add("store", green, fmt.Sprintf("%T answers after %s", s, time.Since(start).Round(time.Millisecond)), "")
	if checked, ok := s.(interface{ Check(context.Context) error }); ok {
		if err := checked.Check(ctx); err != nil {
			d.add("schema", red, err.Error(), "bring the schema and the settings of the server to what this release needs")
		} else {
			d.add("schema", green, "the store finds nothing wrong with itself", "")
		}
	}
	d.durability()
	d.retention()
}

func (d *doctor) durability() {
	s := d.c.cfg.Store
	_, memory := s.(*MemStore)
	t, says := s.(interface{ Transactional() bool })
	switch {
	case memory:
		d.add("durability", yellow, "payments end with the process", "MemStore is for tests and trials: use a store that lasts")
	case says && !t.Transactional():
		d.add("durability", yellow, "OnPaid may run more than once for an order", "make it idempotent, or use a transactional store")
	default:
		d.add("durability", green, "what OnPaid does through its context is committed together with the payment", "")
	}
	if _, ok := s.(Journal); ok {
		d.add("journal", green, "callbacks are journaled, and can be replayed", "")
	} else {
		d.add("journal", yellow, "the store keeps no journal that can be read", "without one nothing can be replayed, and the log page shows payments only")
	}
}

// retention wants what is kept to outlive the time in which it may be needed.
func (d *doctor) retention() {
	s, ok := d.c.cfg.Store.(interface{ Retention() time.Duration })
	if !ok {
		return
	}
	after := d.c.cfg.Checks.After
	horizon, kept := after[len(after)-1], s.Retention()
	switch {
	case kept == 0:
		d.add("retention", green, "the store keeps everything for ever", "")
	case kept < horizon:
		d.add("retention", red, fmt.Sprintf("the store forgets after %s, but the gateway is asked about payments for %s", kept, horizon),
			"keep it longer than the last of Config.Checks.After")
	default:
		d.add("retention", green, fmt.Sprintf("the store keeps for %s, payments are asked about for %s", kept, horizon), "")
	}
}

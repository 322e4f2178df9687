package highhelp

import (
	"context"
	"sync"
	"time"
)

// A pace spreads calls evenly over time. Its fields are guarded by mu.
type pace struct {
	mu   sync.Mutex
	gap  time.Duration
	next time.Time
}

// wait returns when the next call may be made.
func (p *pace) wait(ctx context.Context) error {
	p.mu.Lock()
	now := time.Now()
	at := p.next
	if at.Before(now) {
		at = now
	}
	p.next = at.Add(p.gap)
	p.mu.Unlock()
	timer := time.NewTimer(at.Sub(now))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

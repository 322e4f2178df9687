package highhelptest

import (
	"sync"
	"time"
)

// A clock goes with that of the machine, from where it was put.
type clock struct {
	mu    sync.Mutex
	ahead time.Duration
}

// Now is the clock of the gateway: that of the machine, as far ahead as
// [Sandbox.Advance] has put it. An application that measures the age of
// signatures, or the lifetime of payment pages, should use it.
func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.ahead)
}

// Advance puts the clock of the gateway ahead. Nothing happens by that alone:
// what is due by then is sent by Deliver.
func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead += d
}

// reset puts the clock back to that of the machine.
func (c *clock) reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead = 0
}

package sqlstore

import (
	"context"
	"slices"
	"sync"
)

// mostAtOnce bounds how many deliveries are written at once, and so how long
// the next writer waits for them.
const mostAtOnce = 64

// A crowd gathers deliveries that stand alone and need not have reached the
// disk. A gateway that repeats itself sends many together, and SQLite lets one
// writer in at a time: who has the turn writes for all that wait, in one
// transaction.
type crowd struct {
	turn chan struct{} // holds a token while one of them writes

	mu      sync.Mutex
	waiting []*note
}

// A note is a delivery that waits, or that somebody has in hand.
type note struct {
	args []any
	left bool // nobody asks for it any more
}

func newCrowd() *crowd { return &crowd{turn: make(chan struct{}, 1)} }

// record returns when the delivery is written, by whomever, or ctx ends. write
// writes all or none.
func (c *crowd) record(ctx context.Context, args []any, write func(ctx context.Context, all ...[]any) error) error {
	n := &note{args: args}
	c.add(n)
	select {
	case <-ctx.Done():
		c.leave(n)
		return ctx.Err()
	case c.turn <- struct{}{}:
	}
	defer func() { <-c.turn }()
	if !c.remove(n) { // one who had the turn before has written it
		return nil
	}
	others := c.take(mostAtOnce - 1)
	if len(others) > 0 {
		all := [][]any{args}
		for _, o := range others {
			all = append(all, o.args)
		}
		if write(ctx, all...) == nil {
			return nil // the others hear of it when they have the turn
		}
		c.giveBack(others) // it may be for only one of them, or for ctx: each tries itself
	}
	return write(ctx, args)
}

func (c *crowd) add(n *note) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waiting = append(c.waiting, n)
}

// giveBack lets those wait again who were taken and have not left.
func (c *crowd) giveBack(taken []*note) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, n := range taken {
		if !n.left {
			c.waiting = append(c.waiting, n)
		}
	}
}

// take returns the first of those who wait, at most so many.
func (c *crowd) take(most int) []*note {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := min(most, len(c.waiting))
	taken := slices.Clone(c.waiting[:n])
	c.waiting = slices.Delete(c.waiting, 0, n)
	return taken
}

// leave lets n be forgotten, unless it is being written.
func (c *crowd) leave(n *note) {
	c.mu.Lock()
	n.left = true // first: from now on it is not given back
	c.mu.Unlock()
	c.remove(n)
}

// remove reports whether the note was still waiting.
func (c *crowd) remove(n *note) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := slices.Index(c.waiting, n)
	if i >= 0 {
		c.waiting = slices.Delete(c.waiting, i, i+1)
	}
	return i >= 0
}

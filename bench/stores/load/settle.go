package main

import (
	"fmt"
	"maps"
)

// settle compares all that workers have heard with what the shop knows at its
// end. It returns what does not hold.
func (p *plan) settle(r *report) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	rest := p.active
	for len(p.done) > 0 {
		rest = append(rest, <-p.done)
	}
	for _, g := range rest {
		for i := range g.orders {
			p.compare(&g.orders[i], r.Orders)
		}
	}
	shipped := p.closed // each of them once: that was checked
	for id, f := range r.Orders {
		shipped += f.Ships
		if f.Paid != (f.Ships == 1) {
			p.fail("order %s: paid is %t, OnPaid ran %d times", id, f.Paid, f.Ships)
		}
	}
	if shipped != r.Paid {
		p.fail("OnPaid ran %d times for %d orders", r.Paid, shipped)
	}
	if !maps.Equal(r.Statuses, p.statuses) {
		p.fail("the shop answered %v, the workers heard %v", r.Statuses, p.statuses)
	}
	if r.Goroutines > r.Before {
		p.fail("%d goroutines are left, there were %d", r.Goroutines, r.Before)
	}
	fmt.Printf("answers by status: %v; %d requests met the shutdown and got none\n", p.statuses, p.unanswered)
	fmt.Printf("%d orders paid and shipped once; goroutines after the shutdown: %d, before: %d\n", r.Paid, r.Goroutines, r.Before)
	return p.wrong
}

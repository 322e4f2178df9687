package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
)

// A kind is what a worker sends.
type kind int

const (
	success   kind = iota // of an order that nobody has sent it for
	duplicate             // a success again, perhaps while the first one is on its way
	progress              // late, after the success or beside it
	forged                // of three kinds in turn
	oversize
	kinds
)

// shares is the mix, of 100.
var shares = [kinds]int{success: 40, duplicate: 30, progress: 10, forged: 17, oversize: 3}

// wants is the one answer that is right.
var wants = [kinds]int{success: 200, duplicate: 200, progress: 200, forged: 401, oversize: 413}

// generationSize is how many orders are prepared, checked and dropped together.
const generationSize = 500

// An order is paid if the success was answered 200.
type order struct {
	id   string
	of   *generation
	paid bool
}

type generation struct {
	n       int
	orders  []order
	next    int      // the first order whose success was not sent
	again   []*order // whose success was not taken in
	settled int      // whose success was
	using   int      // requests on their way
}

// A plan deals out what to send, and knows what was answered.
type plan struct {
	shop   *shopProcess
	ready  chan *generation
	done   chan *generation
	ending atomic.Bool // the shop may close connections

	mu         sync.Mutex
	active     []*generation // the last one is current
	statuses   map[int]int
	unanswered int
	closed     int // orders of closed generations
	wrong      []string
}

func newPlan(s *shopProcess) *plan {
	return &plan{shop: s, ready: make(chan *generation, 4), done: make(chan *generation, 1024), statuses: map[int]int{}}
}

// A preparation makes new generations and checks old ones.
type preparation struct {
	cancel  context.CancelFunc
	running sync.WaitGroup
}

func (r *preparation) stop() {
	r.cancel()
	r.running.Wait()
}

func (p *plan) prepare(ctx context.Context) *preparation {
	ctx, cancel := context.WithCancel(ctx)
	r := &preparation{cancel: cancel}
	r.running.Go(func() {
		for n := 0; ; n++ {
			g := p.mint(n)
			select {
			case p.ready <- g:
			case <-ctx.Done():
				return
			}
		}
	})
	r.running.Go(func() {
		for {
			select {
			case g := <-p.done:
				p.close(g)
			case <-ctx.Done():
				return
			}
		}
	})
	p.mu.Lock()
	defer p.mu.Unlock()
	p.active = append(p.active, <-p.ready)
	return r
}

func (p *plan) mint(n int) *generation {
	var made int
	p.shop.ask(fmt.Sprintf("/orders?generation=%d&n=%d", n, generationSize), &made)
	g := &generation{n: n, orders: make([]order, made)}
	for i := range g.orders {
		g.orders[i] = order{id: orderID(n, i), of: g}
	}
	return g
}

// close compares all orders of a generation with what the shop knows of them.
func (p *plan) close(g *generation) {
	var fates map[string]fate
	p.shop.ask(fmt.Sprintf("/close?generation=%d", g.n), &fates)
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range g.orders {
		p.compare(&g.orders[i], fates)
	}
	p.closed += len(g.orders)
}

// compare checks one order. The caller holds mu.
func (p *plan) compare(o *order, fates map[string]fate) {
	f, known := fates[o.id]
	switch {
	case !known:
		p.fail("order %s is gone", o.id)
	case o.paid && !f.Paid:
		p.fail("order %s was answered 200 and is not paid", o.id)
	case f.Paid != (f.Ships == 1) || f.Ships > 1:
		p.fail("order %s: paid is %t, OnPaid ran %d times", o.id, f.Paid, f.Ships)
	}
}

// fail keeps the first failures. The caller holds mu.
func (p *plan) fail(format string, args ...any) {
	if len(p.wrong) < 20 {
		p.wrong = append(p.wrong, fmt.Sprintf(format, args...))
	}
}

// deal returns what to send next.
func (p *plan) deal() (kind, *order) {
	p.mu.Lock()
	defer p.mu.Unlock()
	k := kind(0)
	for n := rand.IntN(100); n >= shares[k]; k++ {
		n -= shares[k]
	}
	o := p.pick(k)
	if o == nil { // no order is left for a success, or none has one
		k = forged
		o = p.pick(k)
	}
	o.of.using++
	return k, o
}

func (p *plan) pick(k kind) *order {
	switch g := p.current(); k {
	case success:
		return g.take()
	case duplicate, progress:
		g = p.active[rand.IntN(len(p.active))]
		if g.next == 0 {
			return nil
		}
		return &g.orders[rand.IntN(g.next)]
	default:
		return &g.orders[rand.IntN(len(g.orders))]
	}
}

// current returns the newest generation that has an order left, if any has.
func (p *plan) current() *generation {
	g := p.active[len(p.active)-1]
	if g.next < len(g.orders) || len(g.again) > 0 {
		return g
	}
	select {
	case next := <-p.ready:
		p.active = append(p.active, next)
		p.retire(g)
		return next
	default:
		return g
	}
}

func (g *generation) take() *order {
	if n := len(g.again); n > 0 {
		o := g.again[n-1]
		g.again = g.again[:n-1]
		return o
	}
	if g.next == len(g.orders) {
		return nil
	}
	g.next++
	return &g.orders[g.next-1]
}

// heard takes an answer in; 0 is none.
func (p *plan) heard(k kind, o *order, status int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	g := o.of
	g.using--
	if status == 0 {
		p.unanswered++
		if !p.ending.Load() {
			p.fail("a request about %s got no answer", o.id)
		}
	} else {
		p.statuses[status]++
		if status != wants[k] && status != 503 {
			p.fail("order %s: %d in place of %d", o.id, status, wants[k])
		}
	}
	switch {
	case status == 200 && (k == success || k == duplicate):
		o.paid = true
		if k == success {
			g.settled++
		}
	case k == success:
		g.again = append(g.again, o)
	}
	p.retire(g)
}

// retire lets a generation go whose orders are all paid and asked for by no
// one. The caller holds mu.
func (p *plan) retire(g *generation) {
	if g.settled < len(g.orders) || g.using > 0 || g == p.active[len(p.active)-1] {
		return
	}
	if i := slices.Index(p.active, g); i >= 0 {
		p.active = slices.Delete(p.active, i, i+1)
		p.done <- g
	}
}

package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"
)

// atOnce runs f for every one of n, some at a time, and returns how many are
// done in a second.
func atOnce(workers, n int, f func(i int)) float64 {
	next := make(chan int, n)
	for i := range n {
		next <- i
	}
	close(next)
	start := time.Now()
	var running sync.WaitGroup
	for range workers {
		running.Go(func() {
			for i := range next {
				f(i)
			}
		})
	}
	running.Wait()
	return float64(n) / time.Since(start).Seconds()
}

const turn = 250 * time.Millisecond

// A rate is how many of something are done in a second, some at a time.
type rate func(n int) float64

// compare takes turns, and returns the ratios a/b by round, and the median
// rates.
func compare(a, b rate, rounds int) (ratios []float64, as, bs float64) {
	na, nb := perTurn(a), perTurn(b)
	var ra, rb []float64
	for i := range rounds {
		var x, y float64
		if i%2 == 0 {
			x, y = a(na), b(nb)
		} else {
			y, x = b(nb), a(na)
		}
		ra, rb, ratios = append(ra, x), append(rb, y), append(ratios, x/y)
	}
	return ratios, percentile(ra, 50), percentile(rb, 50)
}

func perTurn(r rate) int {
	r(64) // warms up
	return max(64, int(r(256)*turn.Seconds()))
}

// percentile sorts v.
func percentile(v []float64, p int) float64 {
	slices.Sort(v)
	return v[(len(v)-1)*p/100]
}

// line prints a comparison and whether the goal holds.
func line(w io.Writer, d *database, what string, workers int, a, b rate, goal float64, rounds int) {
	ratios, x, y := compare(a, b, rounds)
	var verdict string
	switch {
	case goal == 0: // there is none
	case percentile(ratios, 50) < goal:
		verdict = fmt.Sprintf("%.2f\tMISSED", goal)
	default:
		verdict = fmt.Sprintf("%.2f\tholds", goal)
	}
	fmt.Fprintf(w, "%s\t%s\t%d\t%.0f/s\t%.0f/s\t%.2f\t%.2f\t%.2f\t%s\n", d.name, what, workers, x, y,
		percentile(ratios, 50), percentile(ratios, 10), percentile(ratios, 90), verdict)
}

// applied compares callbacks that take effect with the program by hand.
func applied(ctx context.Context, w io.Writer, d *database, rounds int) {
	fmt.Fprintln(w, "\nstore\twhat\tat once\tthis\tbeside\tratio\tp10\tp90\tgoal\t")
	for i, k := range allKeys() {
		goal := []float64{0.75, 0.6}[i]
		if d.name == "Redis" {
			goal = 0
		}
		h := newHandler(d.store, k)
		for _, workers := range []int{1, 16, 64} {
			a := func(n int) float64 {
				callbacks := make([]callback, n)
				for i, id := range d.mint(ctx, n) {
					callbacks[i] = success(k, id)
				}
				return atOnce(workers, n, func(i int) { serve(h, callbacks[i]) })
			}
			b := func(n int) float64 {
				ids := d.mint(ctx, n)
				body := success(k, "order").body
				return atOnce(workers, n, func(i int) { byHand(ctx, d, ids[i], body) })
			}
			line(w, d, "applied, "+k.name, workers, a, b, goal, rounds)
		}
	}
	if d.name == "Redis" {
		update(ctx, w, d, rounds)
	}
}

// byHand is one callback of the program beside. It is bounded in time, as any
// that answers a gateway must be.
func byHand(ctx context.Context, d *database, id string, body []byte) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	check(d.bare(ctx, id, body))
}

// duplicates compares callbacks that were taken in before with those that take
// effect.
func duplicates(ctx context.Context, w io.Writer, d *database, rounds int) {
	k := allKeys()[0]
	h := newHandler(d.store, k)
	goal := 3.0
	if d.name == "Redis" { // what takes effect costs only one round trip more there
		goal = 0
	}
	for _, workers := range []int{1, 16} {
		known := make([]callback, 64)
		for i, id := range d.mint(ctx, len(known)) {
			known[i] = success(k, id)
			serve(h, known[i])
		}
		a := func(n int) float64 {
			return atOnce(workers, n, func(i int) { serve(h, known[i%len(known)]) })
		}
		b := func(n int) float64 {
			callbacks := make([]callback, n)
			for i, id := range d.mint(ctx, n) {
				callbacks[i] = success(k, id)
			}
			return atOnce(workers, n, func(i int) { serve(h, callbacks[i]) })
		}
		line(w, d, "duplicates / applied", workers, a, b, goal, rounds)
	}
}

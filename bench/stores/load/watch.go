package main

import (
	"fmt"
	"slices"
	"sync"
	"time"
)

// pause is the time between two lines of the table.
const pause = 10 * time.Second

// A watch prints what is going on, and says at the end whether it was steady.
type watch struct {
	shop *shopProcess
	keep bool

	mu      sync.Mutex
	times   []time.Duration // of requests since the last line
	samples []state
}

func newWatch(s *shopProcess, keep bool) *watch {
	return &watch{shop: s, keep: keep}
}

func (w *watch) took(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.times = append(w.times, d)
}

// run prints a line now and then until the time is over.
func (w *watch) run(span time.Duration) {
	fmt.Printf("%8s %11s %9s %9s %11s %11s %10s %10s\n", "after", "requests/s", "p50", "p99", "live heap", "goroutines", "stored", "B/payment")
	tick := time.NewTicker(pause)
	defer tick.Stop()
	start, last := time.Now(), time.Now()
	end := time.After(span)
	for {
		select {
		case <-end:
			return
		case now := <-tick.C:
			w.line(now.Sub(start), now.Sub(last))
			last = now
		}
	}
}

func (w *watch) line(after, since time.Duration) {
	w.mu.Lock()
	times := w.times
	w.times = make([]time.Duration, 0, len(times))
	w.mu.Unlock()
	slices.Sort(times)
	var s state
	w.shop.ask("/state", &s)
	w.samples = append(w.samples, s)
	each := "-"
	if w.keep {
		each = fmt.Sprintf("%.0f", s.each())
	}
	fmt.Printf("%8v %11.0f %9v %9v %7.1f MiB %11d %10d %10s\n", after.Round(time.Second), float64(len(times))/since.Seconds(),
		percentile(times, 50), percentile(times, 99), float64(s.Heap)/(1<<20), s.Goroutines, s.Stored, each)
}

func percentile(sorted []time.Duration, p int) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[(len(sorted)-1)*p/100].Round(10 * time.Microsecond)
}

// each is the live heap per stored payment.
func (s state) each() float64 { return float64(s.Heap) / float64(max(s.Stored, 1)) }

// failures compares the last third of the lines with the first one. The very
// first line is not counted: pools and buffers grow then.
func (w *watch) failures() (failures []string) {
	if len(w.samples) < 4 {
		fmt.Println("too short to tell whether heap and goroutines are flat")
		return nil
	}
	steady := w.samples[1:]
	third := (len(steady) + 2) / 3
	early, late := steady[:third], steady[len(steady)-third:]
	heap := func(s state) float64 { return float64(s.Heap) }
	slack := float64(8 << 20) // generations come and go
	if w.keep {
		heap, slack = state.each, 200
	}
	goroutines := func(s state) float64 { return float64(s.Goroutines) }
	for _, c := range []struct {
		what  string
		of    func(state) float64
		slack float64
	}{{"live heap", heap, slack}, {"goroutines", goroutines, 32}} {
		before, after := median(early, c.of), median(late, c.of)
		fmt.Printf("%s: median %.0f early, %.0f late\n", c.what, before, after)
		if after > before+c.slack {
			failures = append(failures, fmt.Sprintf("%s grows: median %.0f early, %.0f late", c.what, before, after))
		}
	}
	return failures
}

func median(samples []state, of func(state) float64) float64 {
	var values []float64
	for _, s := range samples {
		values = append(values, of(s))
	}
	slices.Sort(values)
	return values[len(values)/2]
}

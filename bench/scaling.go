package main

import (
	"fmt"
	"runtime"
	"sync"
	"time"
)

// scale returns how much more two goroutines get done than one, in the same
// time by the clock of each: what they lose to each other, to locks and shared
// cache lines, shows as time on the processor.
func scale(s subject, rounds int) ratio {
	n := 4 * calibrate(s) // a longer turn: each starts on threads that are cold
	speedups := make([]float64, rounds)
	for i := range rounds {
		one := together(s, n, 1)
		two := together(s, n, 2)
		speedups[i] = 2 * one / two
	}
	return ratio{median: percentile(speedups, 50), p10: percentile(speedups, 10), p90: percentile(speedups, 90)}
}

// together runs s in several goroutines at once and returns the nanoseconds of
// one run.
func together(s subject, n, goroutines int) float64 {
	var wg sync.WaitGroup
	took := make([]float64, goroutines)
	start := make(chan struct{})
	for i := range goroutines {
		wg.Go(func() {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			<-start
			took[i] = measure(s, n)
		})
	}
	close(start)
	wg.Wait()
	sum := 0.0
	for _, t := range took {
		sum += t
	}
	return sum / float64(goroutines)
}

const minSpeedup = 1.8

func (r *report) scaling(benches []*bench, rounds int) {
	r.head("two processors\tbody\ttimes one\tp10\tp90\tgoal\t")
	for _, b := range benches {
		for _, s := range []subject{b.verifyHMAC(), b.verifyRSA()} {
			x := scale(s, rounds)
			fmt.Fprintf(r.w, "%s\t%s\t%.2f\t%.2f\t%.2f\t%.1f\t%s\n", s.name, b.name, x.median, x.p10, x.p90, minSpeedup,
				r.verdict(x.median, minSpeedup, false))
		}
	}
	check(r.w.Flush())
}

// medians measures each subject in turn, round by round.
func medians(subjects []subject, rounds int) []float64 {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	counts, took := make([]int, len(subjects)), make([][]float64, len(subjects))
	for i, s := range subjects {
		counts[i] = max(1, calibrate(s)*int(time.Millisecond/4)/int(turn))
	}
	for range rounds {
		for i, s := range subjects {
			took[i] = append(took[i], measure(s, counts[i]))
		}
	}
	out := make([]float64, len(subjects))
	for i := range took {
		out[i] = percentile(took[i], 50)
	}
	return out
}

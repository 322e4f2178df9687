package main

import (
	"runtime"
	"slices"
	"time"
)

// A subject is one thing that is measured. It panics if it fails: a
// verification that does not verify is no measurement.
type subject struct {
	name    string
	run     func()
	prepare func(n int) // what n runs need, made before the clock starts; or nil
}

// A ratio is what two subjects cost in relation to each other.
type ratio struct {
	median, p10, p90 float64
	a, b             time.Duration // medians of one run
}

// turn is how long a subject runs before the other one does: long against the
// clock, short against what changes on the machine.
const turn = time.Millisecond

// compare takes turns between a and b.
func compare(a, b subject, rounds int) ratio {
	runtime.LockOSThread() // the clock is that of the thread
	defer runtime.UnlockOSThread()
	na, nb := calibrate(a), calibrate(b)
	runtime.GC()
	ratios, as, bs := make([]float64, rounds), make([]float64, rounds), make([]float64, rounds)
	for i := range rounds {
		if i%2 == 0 { // neither is always the one that finds the other's caches
			as[i] = measure(a, na)
			bs[i] = measure(b, nb)
		} else {
			bs[i] = measure(b, nb)
			as[i] = measure(a, na)
		}
		ratios[i] = as[i] / bs[i]
	}
	return ratio{
		percentile(ratios, 50), percentile(ratios, 10), percentile(ratios, 90),
		time.Duration(percentile(as, 50)), time.Duration(percentile(bs, 50)),
	}
}

// calibrate returns how often s runs in a turn. It warms s up, too.
func calibrate(s subject) int {
	for n := 1; ; n *= 2 {
		if took := measure(s, n) * float64(n); took > float64(turn)/2 {
			return max(1, int(float64(n)*float64(turn)/took))
		}
	}
}

// measure returns the nanoseconds of one of n runs.
func measure(s subject, n int) float64 {
	if s.prepare != nil {
		s.prepare(n)
	}
	start := now()
	for range n {
		s.run()
	}
	return float64(now()-start) / float64(n)
}

// percentile sorts v.
func percentile(v []float64, p int) float64 {
	slices.Sort(v)
	return v[(len(v)-1)*p/100]
}

package main

import (
	"fmt"
	"runtime"
)

// allocations returns how many objects and bytes a run of s allocates.
func allocations(s subject) (objects, bytes uint64) {
	const runs = 1000
	if s.prepare != nil {
		s.prepare(11 + runs)
	}
	for range 10 {
		s.run() // fills the pools
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // nothing else may allocate
	runtime.GC()
	s.run()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range runs {
		s.run()
	}
	runtime.ReadMemStats(&after)
	return (after.Mallocs - before.Mallocs) / runs, (after.TotalAlloc - before.TotalAlloc) / runs
}

// An allocGoal says how many objects and bytes a subject may allocate beyond
// another, or at all.
type allocGoal struct {
	a, beyond      func(*bench) subject
	objects, bytes uint64
}

var allocGoals = []allocGoal{
	{(*bench).verifyHMAC, nil, 1, 128},
	{(*bench).verifyRSA, (*bench).bareVerify, 1, 128},
	{(*bench).parseAndWrite, nil, 0, 0},
}

func (r *report) allocs(benches []*bench) {
	r.head("allocations\tbody\tobjects\tbytes\tgoal\t")
	for _, g := range allocGoals {
		for _, b := range benches {
			s := g.a(b)
			objects, bytes := allocations(s)
			beyond := ""
			if g.beyond != nil {
				other := g.beyond(b)
				o, n := allocations(other)
				objects, bytes = objects-min(o, objects), bytes-min(n, bytes)
				beyond = " beyond " + other.name
			}
			fmt.Fprintf(r.w, "%s%s\t%s\t%d\t%d\t%d, %d\t%s\n", s.name, beyond, b.name, objects, bytes, g.objects, g.bytes,
				r.verdict(max(float64(objects)-float64(g.objects), float64(bytes)-float64(g.bytes), 0)+1, 1, true))
		}
	}
	for _, b := range benches {
		for _, s := range []subject{b.stripe(), b.standardWebhooks(), b.playground(), b.wechatpay(), b.bareVerify()} {
			objects, bytes := allocations(s)
			fmt.Fprintf(r.w, "%s\t%s\t%d\t%d\t\t\n", s.name, b.name, objects, bytes)
		}
	}
	check(r.w.Flush())
}

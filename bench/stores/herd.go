package main

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"sync"
	"time"

	"github.com/go-highhelp/highhelp"
)

// update compares a whole Update of Redis with a bare script of the same size.
func update(ctx context.Context, w io.Writer, d *database, rounds int) {
	ids := d.mint(ctx, 64)
	body := success(allKeys()[0], "order").body
	for _, workers := range []int{1, 16} {
		a := func(n int) float64 {
			return atOnce(workers, n, func(i int) {
				k := highhelp.Key{ProjectID: project, OrderID: ids[i%len(ids)]}
				check(d.store.Update(ctx, k, func(ctx context.Context, p *highhelp.Payment) error {
					p.UpdatedAt = p.UpdatedAt.Add(time.Second)
					return d.store.Record(ctx, highhelp.Delivery{Key: k, PaymentID: k.OrderID, ReceivedAt: time.Now(), Raw: body})
				}))
			})
		}
		b := func(n int) float64 {
			return atOnce(workers, n, func(i int) { check(d.bare(ctx, ids[i%len(ids)], body)) })
		}
		line(w, d, "Update / one bare script", workers, a, b, 0, rounds)
		twice := func(n int) float64 {
			return atOnce(workers, n, func(i int) {
				check(d.bare(ctx, ids[i%len(ids)], body))
				check(d.bare(ctx, ids[i%len(ids)], nil))
			})
		}
		line(w, d, "Update / two bare scripts", workers, a, twice, 0.7, rounds)
	}
}

// herd sends 10,000 duplicates of one payment at once, through a pool of ten
// connections, and looks how long other payments take meanwhile.
func herd(ctx context.Context, w io.Writer, d *database) {
	if d.db == nil {
		return
	}
	d.db.SetMaxOpenConns(10)
	defer d.db.SetMaxOpenConns(64)
	k := allKeys()[0]
	h := newHandler(d.store, k)
	one := success(k, d.mint(ctx, 1)[0])
	others := make([]callback, 500)
	for i, id := range d.mint(ctx, len(others)) {
		others[i] = success(k, id)
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	start := time.Now()
	var running sync.WaitGroup
	for range 10_000 {
		running.Go(func() { serve(h, one) })
	}
	var took []float64
	for _, c := range others {
		begun := time.Now()
		serve(h, c)
		took = append(took, float64(time.Since(begun).Microseconds())/1000)
	}
	running.Wait()
	all := time.Since(start)
	runtime.ReadMemStats(&after)
	fmt.Fprintf(w, "\n%s: 10,000 duplicates of one payment at once, 10 connections: all answered 200 in %v; others meanwhile p50 %.1f ms, p99 %.1f ms; memory from the system +%d MiB\n",
		d.name, all.Round(time.Millisecond), percentile(took, 50), percentile(took, 99), (int64(after.Sys)-int64(before.Sys))>>20)
}

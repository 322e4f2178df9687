package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/go-highhelp/highhelp"
)

// growth measures the three hot calls with more and more settled payments
// stored, and a thousand pending. Payment is asked for rows that nobody has read
// before, and for a thousand that were read a moment ago.
func growth(ctx context.Context, w io.Writer, d *database, most int) {
	if d.db == nil {
		return
	}
	fmt.Fprintln(w, "\nstore\tstored\tPayment, first\tPayment, again\tUpdate\tPending (100)\t")
	pending := d.mint(ctx, 1000)
	var first [4]float64
	have := 0
	for _, want := range []int{10_000, 1_000_000, 10_000_000} {
		if want > most {
			return
		}
		fill(ctx, d, have, want)
		have = want
		now := [4]float64{
			median(func(i int) { must(d.store.Payment(ctx, settled(i, want))) }),
			median(func(i int) { must(d.store.Payment(ctx, settled(i%1000, want))) }),
			median(func(i int) {
				check(d.store.Update(ctx, key(pending[i%len(pending)]), func(_ context.Context, p *highhelp.Payment) error {
					p.UpdatedAt = p.UpdatedAt.Add(time.Second)
					return nil
				}))
			}),
			median(func(int) { must(d.store.Pending(ctx, project, time.Now().Add(2*time.Hour), 100)) }),
		}
		if first[0] == 0 {
			first = now
		}
		fmt.Fprintf(w, "%s\t%d\t", d.name, want)
		for i, us := range now {
			fmt.Fprintf(w, "%.0f us (%.2f)\t", us, us/first[i])
		}
		fmt.Fprintln(w)
	}
}

// settled is one of the settled payments, far from the one before.
func settled(i, of int) highhelp.Key { return key(fmt.Sprint("settled-", i*7919%of)) }

func key(id string) highhelp.Key { return highhelp.Key{ProjectID: project, OrderID: id} }

// median returns the microseconds of one call, of a thousand.
func median(f func(i int)) float64 {
	var took []float64
	for i := range 2000 {
		start := time.Now()
		f(i)
		if i >= 1000 { // the first ones warm up
			took = append(took, float64(time.Since(start).Nanoseconds())/1000)
		}
	}
	return percentile(took, 50)
}

// fill writes settled payments without the Store, which would take hours.
func fill(ctx context.Context, d *database, from, to int) {
	at := time.Now().Add(-time.Hour)
	p := highhelp.Payment{Key: key("settled"), CreatedAt: at, UpdatedAt: at, Attempts: []highhelp.Attempt{{
		N: 1, PaymentID: "settled", Amount: highhelp.Money{Minor: 10000, Currency: "RUB"}, Status: highhelp.Status{Main: "success"}, Sent: true,
		Ticket: highhelp.Ticket{PaymentID: "settled", ExpiresAt: at},
	}}}
	payload := must(p.MarshalBinary())
	columns := "INSERT INTO " + d.prefix + "payments (project_id, order_id, version, updated_at, check_at, shrink_at, payload) "
	var query string
	if d.name == "PostgreSQL" {
		query = columns + "SELECT convert_to($1, 'UTF8'), convert_to('settled-' || n, 'UTF8'), 1, $2, NULL, $2, $3 FROM generate_series($4::bigint, $5::bigint) n"
	} else {
		query = "WITH RECURSIVE series(n) AS (SELECT ?4 UNION ALL SELECT n + 1 FROM series WHERE n < ?5) " +
			columns + "SELECT CAST(?1 AS BLOB), CAST('settled-' || n AS BLOB), 1, ?2, NULL, ?2, ?3 FROM series"
	}
	const step = 250_000
	for ; from < to; from += step {
		must(d.db.ExecContext(ctx, query, project, at.UnixMicro(), payload, from, min(from+step, to)-1))
	}
	if d.name == "PostgreSQL" {
		must(d.db.ExecContext(ctx, "VACUUM ANALYZE "+d.prefix+"payments"))
	}
}

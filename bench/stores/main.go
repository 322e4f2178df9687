// Stores measures how fast callbacks are taken in through the whole handler,
// beside a hand-written program on the same database that does only what must
// be done.
//
//	go run .              every table but growth
//	go run . -rounds 10   a quick look
//	go run . -grow 1e7    how costs grow with the number of stored payments, up to that many
//
// The two sides of a ratio take turns of about a quarter of a second, and the
// ratio is taken in each round, so that what slows one down slows the other.
// The table shows the median of the ratios, and the tenth and ninetieth
// percentile. Callbacks are made and signed before a turn begins.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"runtime"
	"text/tabwriter"
)

func main() {
	rounds := flag.Int("rounds", 30, "rounds of each comparison")
	grow := flag.Float64("grow", 0, "measure growth up to so many stored payments instead")
	only := flag.String("only", "", "only this database: SQLite, PostgreSQL or Redis")
	flag.Parse()
	fmt.Printf("%s, %s/%s, %d processors, %d rounds\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), *rounds)
	ctx := context.Background()
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	defer w.Flush()
	for _, open := range []func(context.Context) *database{openSQLite, openPostgres, openRedis} {
		db := open(ctx)
		if *only == "" || *only == db.name {
			if *grow > 0 {
				growth(ctx, w, db, int(*grow))
			} else {
				applied(ctx, w, db, *rounds)
				duplicates(ctx, w, db, *rounds)
				herd(ctx, w, db)
			}
			w.Flush()
		}
		db.close()
	}
}

func must[T any](v T, err error) T {
	check(err)
	return v
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

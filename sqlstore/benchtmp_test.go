package sqlstore_test

import (
	"context"
	"database/sql"
	"fmt"
	"sync/atomic"
"syscall"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/sqlstore"
)

var bpayload = make([]byte, 700)

func BenchmarkStore(b *testing.B) {
	for _, dialect := range []sqlstore.Dialect{sqlstore.PostgreSQL, sqlstore.SQLite, sqlstore.MySQL} {
		for _, par := range []int{1, 8} {
			b.Run(fmt.Sprint(dialect, "/", par), func(b *testing.B) {
				d := newDatabase(b, dialect)
				db := d.pool(b)
				s := d.on(b, db)
				must(s.Migrate(b.Context()))
				const n = 2000
				for i := range n {
					payment(b, s, orderKey(fmt.Sprint(i)))
				}
				blob := map[sqlstore.Dialect]string{sqlstore.PostgreSQL: "bytea", sqlstore.SQLite: "blob", sqlstore.MySQL: "varbinary(255)"}[dialect]
				long := map[sqlstore.Dialect]string{sqlstore.PostgreSQL: "bytea", sqlstore.SQLite: "blob", sqlstore.MySQL: "longblob"}[dialect]
				id := map[sqlstore.Dialect]string{sqlstore.PostgreSQL: "bigserial primary key", sqlstore.SQLite: "integer primary key", sqlstore.MySQL: "bigint auto_increment primary key"}[dialect]
				run(b, db, "create table "+d.prefix+"shipped(project "+blob+" not null, id "+blob+" not null, version bigint, payload "+long+", primary key(project,id))")
				run(b, db, "create table "+d.prefix+"locks(id "+id+", project "+blob+", at bigint, payload "+long+")")
				for i := range n {
					run(b, db, "insert into "+d.prefix+"shipped values("+d.arg(1)+","+d.arg(2)+",1,"+d.arg(3)+")", []byte("P"), []byte(fmt.Sprint(i)), bpayload)
				}
				var i atomic.Int64
				parallel := func(b *testing.B, f func(ctx context.Context, id string)) {
					ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
					defer cancel()
					b.SetParallelism(max(1, par/2))
					start, c0 := time.Now(), cpu()
					if par == 1 {
						for range b.N {
							f(ctx, fmt.Sprint(i.Add(1)%n))
						}
					} else {
						b.RunParallel(func(pb *testing.PB) {
							for pb.Next() {
								f(ctx, fmt.Sprint(i.Add(1)%n))
							}
						})
					}
					_ = start; b.ReportMetric((cpu()-c0)/float64(b.N), "cpu-us")
				}
				for range 2 {
					b.Run("bare", func(b *testing.B) {
						parallel(b, func(ctx context.Context, id string) {
							tx, err := db.BeginTx(ctx, nil)
							must(err)
							var v int64
							var p []byte
							q := "select version,payload from " + d.prefix + "shipped where project=" + d.arg(1) + " and id=" + d.arg(2)
							if dialect != sqlstore.SQLite {
								q += " for update"
							} else {
								_, err := tx.ExecContext(ctx, "update "+d.prefix+"shipped set version=version where 1=0")
								must(err)
							}
							must(tx.QueryRowContext(ctx, q, []byte("P"), []byte(id)).Scan(&v, &p))
							_, err = tx.ExecContext(ctx, "update "+d.prefix+"shipped set version=version+1,payload="+d.arg(1)+" where project="+d.arg(2)+" and id="+d.arg(3), bpayload, []byte("P"), []byte(id))
							must(err)
							_, err = tx.ExecContext(ctx, "insert into "+d.prefix+"locks(project,at,payload) values("+d.arg(1)+","+d.arg(2)+","+d.arg(3)+")", []byte("P"), int64(1), bpayload)
							must(err)
							must(tx.Commit())
						})
					})
					b.Run("applied", func(b *testing.B) {
						parallel(b, func(ctx context.Context, id string) {
							k := orderKey(id)
							_, err := s.Payment(ctx, k)
							must(err)
							must(s.Update(ctx, k, func(ctx context.Context, p *highhelp.Payment) error {
								p.Attempts[0].Status = highhelp.Status{Main: "processing", Sub: "requisites"}
								p.Attempts[0].Marks = []highhelp.Mark{{Status: "success", Outcome: 1, SignedAt: time.Now(), At: time.Now()}}
								return s.Record(ctx, highhelp.Delivery{Key: k, PaymentID: id, Route: "info", Outcome: 1, ReceivedAt: time.Now(), Raw: bpayload[:450]})
							}))
						})
					})
					b.Run("read", func(b *testing.B) {
						parallel(b, func(ctx context.Context, id string) { _, err := s.Payment(ctx, orderKey(id)); must(err) })
					})
					b.Run("update", func(b *testing.B) {
						parallel(b, func(ctx context.Context, id string) {
							must(s.Update(ctx, orderKey(id), func(context.Context, *highhelp.Payment) error { return nil }))
						})
					})
					b.Run("duplicate", func(b *testing.B) {
						parallel(b, func(ctx context.Context, id string) {
							k := orderKey(id)
							_, err := s.Payment(ctx, k)
							must(err)
							must(s.Record(ctx, highhelp.Delivery{Key: k, PaymentID: id, Route: "info", Outcome: 2, ReceivedAt: time.Now(), Raw: bpayload[:450]}))
						})
					})
				}
			})
		}
	}
}

var _ *sql.DB

func cpu() float64 { var r syscall.Rusage; syscall.Getrusage(0,&r); return float64(r.Utime.Nano()+r.Stime.Nano())/1000 }

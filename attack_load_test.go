package highhelp_test

import (
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// What is refused costs memory in proportion to the limit of a body, however
// it is made, and leaves no goroutine behind.
func TestAttacksCostBoundedMemory(t *testing.T) {
	key := rawKeys()[1]
	newVictim(t, key, nil).attempt(t, attack{send: attacksOnSizes()[0].send, verdict: applied()}) // warms up
	before := runtime.NumGoroutine()
	for _, a := range append(attacksOnSizes(), attacksOnTransport()...) {
		if a.key != "" && a.key != key.name {
			continue
		}
		t.Run(a.name, func(t *testing.T) {
			v := newVictim(t, key, a.set)
			w := a.send(v)
			w.raw = w.bytes() // is memory of the sender, not of the shop
			var start, end runtime.MemStats
			runtime.ReadMemStats(&start)
			_, statuses, _ := v.exchange(w)
			runtime.ReadMemStats(&end)
			require.Equal(t, a.statuses, statuses)
			used, allowed := int64(end.TotalAlloc-start.TotalAlloc), 16*v.limit // all that was allocated, also what is free again
			t.Logf("%d KiB, %.1f times the limit", used>>10, float64(used)/float64(v.limit))
			require.LessOrEqual(t, used, allowed)
		})
	}
	require.Eventually(t, func() bool {
		return runtime.NumGoroutine() <= before+1 // the one in which Eventually asks
	}, 10*time.Second, time.Millisecond)
}

// Genuine callbacks and all that is forged come in at once. Each order that
// was paid for ships once, the others do not, and no answer is another's.
func TestAttacksAtOnce(t *testing.T) {
	for _, key := range rawKeys() {
		t.Run(key.name, func(t *testing.T) {
			v := newVictim(t, key, nil)
			type sent struct {
				*wire
				want, got int
				err       error
			}
			var all []*sent
			const paid, unpaid = 12, 4
			for i := range paid + unpaid {
				order := fmt.Sprint("at-once-", i)
				v.ticket(order)
				body := event(`"1"`, `"`+order+`"`)
				if i < paid {
					for range 3 {
						all = append(all, &sent{wire: v.signed(body), want: 200})
					}
				}
				small := v.signed(event(`"1"`, `"`+order+`"`, "10000", "1"))
				small.body = []byte(body)
				decline := v.signed(event(`"1"`, `"`+order+`"`, "success", "decline"))
				decline.body = []byte(body)
				cut := v.signed(body)
				cut.set("X-Access-Signature", cut.signature()[4:])
				for _, forged := range []*wire{small, decline, cut, v.unsigned(body), v.signed(body).set("X-Access-Timestamp", "1706883522")} {
					all = append(all, &sent{wire: forged, want: 401})
				}
				all = append(all, &sent{wire: v.signed(body + "x"), want: 400}, &sent{wire: v.signed(event(`"1"`, `"`+order+`"`, project, "other")), want: 403})
			}
			var running sync.WaitGroup
			for _, s := range all {
				running.Go(func() {
					var answer []byte
					if answer, s.err = v.talk(s.wire); s.err == nil {
						var statuses []int
						if statuses, _, s.err = s.parse(answer); len(statuses) == 1 {
							s.got = statuses[0]
						}
					}
				})
			}
			running.Wait()
			for _, s := range all {
				require.NoError(t, s.err)
				require.Equal(t, s.want, s.got)
			}
			for i := range paid + unpaid {
				order := fmt.Sprint("at-once-", i)
				if i < paid {
					require.Equal(t, 1, v.shipped(order))
					require.Equal(t, "paid", v.payment(order).State())
				} else {
					require.Zero(t, v.shipped(order))
					require.Empty(t, v.payment(order).Newest().Marks)
				}
			}
			require.Empty(t, v.kinds())
			require.NotContains(t, v.Log.String(), marker)
		})
	}
}

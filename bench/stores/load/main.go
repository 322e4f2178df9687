// Load sends callbacks at the highest rate that the machine holds, over
// keep-alive connections, to a shop in a process of its own, and checks what
// must hold whatever the rate.
//
//	go run ./load -time 10m                    payments in memory
//	go run ./load -time 1m -store sqlite       or postgres (HIGHHELP_TEST_POSTGRES)
//	go run ./load -time 1m -keep               payments in memory, never dropped
//
// The mix is new successes, repeated ones (also of orders whose success is on
// its way), late progress, forged callbacks of three kinds, and bodies over the
// limit. At the end the shop gets SIGTERM while all workers go on.
//
// The exit code is 1 unless
//
//   - every answer is the documented one, and until SIGTERM none is missing;
//   - each order whose success was answered 200 is paid in the store, and
//     OnPaid ran once for it; orders without an answer are either paid and
//     shipped once, or neither;
//   - the shop has counted as many answers of each status as the workers have;
//   - the live heap is flat, and so are the goroutines, which are gone after the
//     shutdown.
//
// MemStore never forgets a payment, so the live heap of a shop with one grows
// with every order. To see whether anything else grows, orders come in
// generations, each with a MemStore of its own behind one Store. When all
// orders of a generation are paid, and have been checked, its MemStore is
// dropped. With -keep there is one MemStore for all, and the table shows the
// live heap per stored payment instead, which must not grow.
package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// keyVariable hands the gateway's key to the shop.
const keyVariable = "HIGHHELP_LOAD_KEY"

func main() {
	span := flag.Duration("time", time.Minute, "how long until SIGTERM")
	kind := flag.String("store", "memory", "memory, sqlite or postgres")
	keep := flag.Bool("keep", false, "never drop payments from memory")
	workers := flag.Int("workers", 32, "connections")
	serve := flag.Bool("serve", false, "be the shop; used by the program itself")
	flag.Parse()
	if *serve {
		serveShop(*kind, *keep)
		return
	}
	if failures := run(*span, *kind, *keep, *workers); len(failures) > 0 {
		for _, f := range failures {
			fmt.Println("FAILED:", f)
		}
		os.Exit(1)
	}
	fmt.Println("all properties hold")
}

// run is the whole measurement. It returns what does not hold.
func run(span time.Duration, kind string, keep bool, workers int) []string {
	shop := startShop(kind, keep)
	p := newPlan(shop)
	prepared := p.prepare(context.Background())
	w := newWatch(shop, keep)
	crew := startCrew(workers, shop.Public, p, w)
	w.run(span)

	prepared.stop() // the shop has orders for a while
	p.ending.Store(true)
	check(shop.process.Signal(syscall.SIGTERM))
	end := must(io.ReadAll(shop.out))
	crew.Wait()
	failures := w.failures()
	if err := shop.wait(); err != nil {
		failures = append(failures, "the shop ended with "+err.Error())
	}
	var r report
	if err := json.Unmarshal(end, &r); err != nil {
		return append(failures, "the shop has left no report: "+err.Error())
	}
	return append(failures, p.settle(&r)...)
}

// A shopProcess is the shop as its parent sees it.
type shopProcess struct {
	Public, Admin string // addresses
	process       *os.Process
	out           io.Reader
	wait          func() error
}

func startShop(kind string, keep bool) *shopProcess {
	check(os.Setenv(keyVariable, rand.Text()+rand.Text()))
	cmd := exec.Command(must(os.Executable()), "-serve", "-store", kind, fmt.Sprint("-keep=", keep))
	cmd.Stderr = os.Stderr
	out := bufio.NewReader(must(cmd.StdoutPipe()))
	check(cmd.Start())
	s := &shopProcess{process: cmd.Process, out: out, wait: cmd.Wait}
	check(json.Unmarshal(must(out.ReadBytes('\n')), s))
	return s
}

// ask calls the shop beside the load.
func (s *shopProcess) ask(path string, answer any) {
	resp, err := http.Post("http://"+s.Admin+path, "", nil)
	check(err)
	defer resp.Body.Close()
	check(json.NewDecoder(resp.Body).Decode(answer))
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

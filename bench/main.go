package main

import (
	"crypto/rand"
	"crypto/rsa"
	"flag"
	"fmt"
	"os"
	"runtime"
)

func main() {
	rounds := flag.Int("rounds", 400, "rounds of each comparison")
	flag.Parse()
	key := must(rsa.GenerateKey(rand.Reader, 2048))
	benches := []*bench{
		newBench("850 B", callback(shortReceipt), key),
		newBench("4 KiB", callback(longReceipt), key),
		newBench("850 B, no spaces", compact(callback(shortReceipt)), key),
		newBench("4 KiB, no spaces", compact(callback(longReceipt)), key),
	}
	measured := benches[:2]
	fmt.Printf("%s, %s/%s, %d processors; %s; %d rounds of turns of %v\n",
		runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), clockName, *rounds, turn)
	r := newReport(os.Stdout)
	r.ratios(benches, *rounds)
	r.allocs(measured)
	r.handlers(measured, *rounds)
	r.scaling(measured, *rounds)
	r.linear(*rounds / 4)
	if r.missed > 0 {
		fmt.Printf("\n%d goals missed\n", r.missed)
		os.Exit(1)
	}
}

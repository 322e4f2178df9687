// Bench measures how fast callbacks are verified and decoded and requests are
// signed, beside the libraries of other gateways and beside bare cryptography.
//
//	go run .            the whole table
//	go run . -rounds 50 a quick look
//	go test .           that each subject does what its row says; allocations
//
// Two versions of a program can't be compared by two benchmarks in a row on a
// machine that others use: it drifts by more than they differ. Here the two
// sides of a ratio take turns of about a millisecond, and the ratio is taken
// in each round, so that what slows one down slows the other. The table shows
// the median of the ratios, and the tenth and ninetieth percentile.
package main

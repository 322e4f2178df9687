// Package tiny is code whose mutants are known.
package tiny

import "errors"

var errNegative = errors.New("negative")

// Price is what so many cost.
func Price(n int) (int, error) {
	if n < 0 {
		return 0, errNegative
	}
	total := 0
	for range n {
		total += 3
	}
	return total, nil
}

// Kind is tested for one of its two words only.
func Kind(word string) int {
	switch word {
	case "one":
		return 1
	case "two":
		return 2
	}
	return 0
}

// Word has indexes that must be constant.
func Word(i int) string { return [...]string{0: "zero", 1: "one"}[i] }

// Loop ends because of one statement.
func Loop(n int) (rounds int) {
	for {
		rounds++
		if rounds >= n {
			break
		}
	}
	return rounds
}

// Untested is what no test calls.
func Untested(a, b bool) bool { return a && b }

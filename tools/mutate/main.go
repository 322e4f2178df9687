// Command mutate breaks the code in one small way after the other and looks
// whether a test notices. What no test notices is a gap in the tests, or a
// change that makes no difference and is explained in survivors.txt.
//
// All mutants of a package are compiled at once: in a copy of each file every
// place that can be broken asks whether it is the one that is broken now, which
// is in the environment. So one build serves them all, and one run without any
// of them tells which test reaches which, so that each mutant meets no test in
// vain. The source is not touched: the copies are an overlay.
//
// It is run from the root of the repository, with the names of targets; see
// targets.go. Without any it runs those that are quick, with "all" every one.
// It fails on a mutant that survives and is not explained, on an explanation
// that nothing needs, and on tests that fail by themselves.
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"slices"
)

func main() {
	workers := flag.Int("workers", runtime.GOMAXPROCS(0), "tests that run at once")
	loud := flag.Bool("v", false, "tell of each mutant as it is tried")
	list := flag.String("survivors", "tools/mutate/survivors.txt", "the explained survivors")
	flag.Parse()
	chosen, err := choose(flag.Args())
	if err == nil {
		err = runAll(chosen, *list, *workers, *loud)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutate:", err)
		os.Exit(1)
	}
}

// choose returns the targets of these names.
func choose(names []string) (chosen []Target, err error) {
	for _, t := range targets {
		if slices.Contains(names, t.Name) || slices.Contains(names, "all") || len(names) == 0 && t.Quick {
			chosen = append(chosen, t)
		}
	}
	for _, name := range names {
		if name != "all" && !slices.ContainsFunc(targets, func(t Target) bool { return t.Name == name }) {
			err = fmt.Errorf("no target %s", name)
		}
	}
	return chosen, err
}

func runAll(chosen []Target, list string, workers int, loud bool) error {
	explained, err := readExplained(list)
	if err != nil {
		return err
	}
	bad := 0
	for _, t := range chosen {
		r, err := run(t, workers, loud)
		if err != nil {
			return fmt.Errorf("%s: %w", t.Name, err)
		}
		bad += r.print(os.Stdout, explained)
	}
	if bad > 0 {
		return fmt.Errorf("%d to look at", bad)
	}
	return nil
}

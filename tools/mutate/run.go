package main

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"time"
)

// run tries every mutant of a target.
func run(t Target, workers int, loud bool) (*result, error) {
	begun := time.Now()
	p, err := load(t.Dir)
	if err != nil {
		return nil, err
	}
	mutants := find(p, t)
	src, err := render(p, mutants)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "mutate-*")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	binaries, err := build(p, src, t, dir)
	if err != nil {
		return nil, err
	}
	if t.Alone {
		workers = 1
	}
	tests, err := traceAll(binaries, t, dir, workers)
	if err != nil {
		return nil, err
	}
	traced := time.Since(begun)
	trial := &trial{tests: tests, known: map[string][]string{}}
	err = each(workers, mutants, func(m *mutant) error {
		trial.try(m)
		if loud {
			fmt.Fprintf(os.Stderr, "%d of %d: %s: %s\n", m.id, len(mutants), m.fate, m.key(t.Dir))
		}
		return nil
	})
	return &result{t, p, mutants, tests, traced, time.Since(begun)}, err
}

// each does something for all, so many at once, and returns the first error.
func each[T any](workers int, all []T, do func(T) error) error {
	var first error
	var mu sync.Mutex
	var wg sync.WaitGroup
	next := 0
	for range workers {
		wg.Go(func() {
			for {
				mu.Lock()
				if next == len(all) || first != nil {
					mu.Unlock()
					return
				}
				one := all[next]
				next++
				mu.Unlock()
				if err := do(one); err != nil {
					mu.Lock()
					first = cmp.Or(first, err)
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	return first
}

// traceAll runs the tests without a mutant, one by one, and puts the quick ones
// first.
func traceAll(binaries []*binary, t Target, dir string, workers int) (tests []*test, err error) {
	for i, b := range binaries {
		names, err := b.names(t.Tests[i])
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			tests = append(tests, &test{binary: b, name: name})
		}
	}
	if len(tests) == 0 {
		return nil, fmt.Errorf("no tests")
	}
	err = each(workers, tests, func(t *test) error {
		traced, err := t.trace(t.name, filepath.Join(dir, filepath.Base(t.file)+t.name))
		if err == nil {
			*t = *traced
		}
		return err
	})
	slices.SortStableFunc(tests, func(a, b *test) int { return cmp.Compare(a.took, b.took) })
	return tests, err
}

// A batch is tests of one binary that run in one go.
type batch struct {
	*binary
	names []string
	took  time.Duration
}

// Tests that are quick go together, so that the slow ones see only what
// survives them.
const quickTest, quickBatch = 500 * time.Millisecond, 2 * time.Second

// batches are the tests that reach a mutant, the quick ones first.
func batches(m *mutant, tests []*test) (all []*batch) {
	for _, t := range tests {
		if !t.reach[m.id] {
			continue
		}
		i := slices.IndexFunc(all, func(b *batch) bool {
			return b.binary == t.binary && t.took < quickTest && b.took+t.took < quickBatch
		})
		if i < 0 {
			all = append(all, &batch{binary: t.binary})
			i = len(all) - 1
		}
		all[i].names = append(all[i].names, t.name)
		all[i].took += t.took
	}
	return all
}

// A trial knows which tests have noticed mutants of a function. They are asked
// first about the next one; the others are still asked after them.
type trial struct {
	tests []*test
	mu    sync.Mutex
	known map[string][]string // tests, by function
}

var failed = regexp.MustCompile(`(?m)^--- FAIL: ([^ /]+)`)

// try runs the tests that reach a mutant until one fails or hangs.
func (tr *trial) try(m *mutant) {
	if m.fate == unbuilt {
		return
	}
	for _, b := range append(tr.first(m), batches(m, tr.tests)...) {
		out, err := b.start(b.names, b.took, mutantVar+"="+strconv.Itoa(m.id))
		if err == nil {
			continue
		}
		m.fate = hung
		for _, name := range failed.FindAllSubmatch(out, -1) {
			m.fate = killed
			tr.note(m.in, string(name[1]))
		}
		return
	}
}

// first is a batch of the quick tests that have noticed mutants of the function
// lately.
func (tr *trial) first(m *mutant) []*batch {
	const most = 4
	tr.mu.Lock()
	defer tr.mu.Unlock()
	var first *batch
	for _, name := range tr.known[m.in] {
		i := slices.IndexFunc(tr.tests, func(t *test) bool { return t.name == name && t.reach[m.id] && t.took < quickTest })
		switch {
		case i < 0:
		case first == nil:
			first = &batch{tr.tests[i].binary, []string{name}, tr.tests[i].took}
		case first.binary == tr.tests[i].binary && len(first.names) < most:
			first.names = append(first.names, name)
			first.took += tr.tests[i].took
		}
	}
	if first == nil {
		return nil
	}
	return []*batch{first}
}

func (tr *trial) note(function, name string) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	known := slices.DeleteFunc(tr.known[function], func(n string) bool { return n == name })
	tr.known[function] = slices.Insert(known, 0, name)
}

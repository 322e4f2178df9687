package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// A result is what became of the mutants of a target.
type result struct {
	Target
	pkg     *pkg
	mutants []*mutant
	tests   []*test
	traced  time.Duration // until the first mutant ran
	took    time.Duration
}

// An explained survivor is one that no test has to notice.
type explained struct {
	reasons map[string]string // by key
	file    string
}

// readExplained reads the list of survivors: lines that each name one, and
// under them, behind tabs, the reason. Lines with a # are comments.
func readExplained(file string) (*explained, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	e := &explained{map[string]string{}, file}
	var keys []string // that the next reason is for
	for lines := bufio.NewScanner(f); lines.Scan(); {
		switch line := lines.Text(); {
		case line == "":
			keys = nil
		case strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "\t"):
			if len(keys) == 0 {
				return nil, errors.New(file + ": a reason for nothing")
			}
			for _, key := range keys {
				e.reasons[key] += strings.TrimSpace(line) + " "
			}
		default:
			if _, again := e.reasons[line]; again {
				return nil, fmt.Errorf("%s: twice: %s", file, line)
			}
			if len(keys) > 0 && e.reasons[keys[0]] != "" {
				keys = nil
			}
			keys = append(keys, line)
			e.reasons[line] = ""
		}
	}
	for key, reason := range e.reasons {
		if reason == "" {
			return nil, fmt.Errorf("%s: no reason: %s", file, key)
		}
	}
	return e, nil
}

// print writes what was found and returns how much of it is to be looked at.
func (r *result) print(out io.Writer, e *explained) (bad int) {
	count := map[fate]int{}
	known, met := 0, map[string]bool{}
	for _, m := range r.mutants {
		count[m.fate]++
		key := m.key(r.Dir)
		met[key] = true
		switch _, ok := e.reasons[key]; {
		case ok && m.fate == survived:
			known++
		case ok && m.fate == hung: // on this machine, and the reason may be that it is only slow
		case ok:
			bad++
			fmt.Fprintf(out, "%s: explained, but it doesn't survive: %s\n", e.file, key)
		case m.fate == survived:
			bad++
			fmt.Fprintf(out, "%s:%d: survives: %s\n", filepath.ToSlash(filepath.Join(r.Dir, m.file)), m.line, key)
		}
	}
	for key := range e.reasons {
		if r.covers(key) && !met[key] {
			bad++
			fmt.Fprintf(out, "%s: explained, but it is gone: %s\n", e.file, key)
		}
	}
	dead := count[killed] + count[hung]
	tried := len(r.mutants) - count[unbuilt]
	fmt.Fprintf(out, "%s: %d mutants, %d not compiled, %d killed, %d survived of which %d explained: score %s, without the explained %s; %d tests, %s\n",
		r.Name, len(r.mutants), count[unbuilt], dead, count[survived], known,
		percent(dead, tried), percent(dead, tried-known), len(r.tests), r.took.Round(time.Second))
	return bad
}

func percent(part, whole int) string {
	if whole == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f%%", 100*float64(part)/float64(whole))
}

// covers reports whether a survivor belongs to this target, by its key. One of
// a function that is nowhere in the package belongs to all of them.
func (r *result) covers(key string) bool {
	dir, rest, _ := strings.Cut(key, " ")
	name, _, _ := strings.Cut(rest, ": ")
	if dir != r.Dir {
		return false
	}
	file, ok := r.pkg.fileOf(name)
	return !ok || r.has(file) && r.takes(name)
}

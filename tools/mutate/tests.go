package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A binary is the tests of a package, with all mutants in them.
type binary struct {
	file string
	dir  string // of the package, where its tests run
	env  []string
}

// A test is one test function.
type test struct {
	*binary
	name  string
	took  time.Duration
	reach map[int]bool
}

// build compiles the tests of the target with the copy of the package in them.
func build(p *pkg, src map[string][]byte, t Target, dir string) ([]*binary, error) {
	replace := map[string]string{}
	for name, text := range src {
		replace[filepath.Join(p.dir, name)] = filepath.Join(dir, name)
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			return nil, err
		}
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return nil, err
	}
	list := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(list, overlay, 0o600); err != nil {
		return nil, err
	}
	var all []*binary
	for i, tests := range t.Tests {
		b := &binary{file: filepath.Join(dir, fmt.Sprintf("tests%d", i)), dir: tests.Dir, env: tests.Env}
		cmd := goCommand(tests.Dir, "test", "-c", "-vet=off", "-overlay", list, "-o", b.file, ".")
		if out, err := cmd.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("%w\n%s", err, out)
		}
		all = append(all, b)
	}
	return all, nil
}

// names lists the tests of a binary that a target wants.
func (b *binary) names(t Tests) (wanted []string, err error) {
	run, skip := regexp.MustCompile(t.Run), regexp.MustCompile(t.Skip)
	cmd := exec.Command(b.file, "-test.list", ".")
	cmd.Dir = b.dir
	out, err := cmd.Output()
	if err != nil {
		return nil, withStderr(err)
	}
	for _, name := range strings.Fields(string(out)) {
		if run.MatchString(name) && (t.Skip == "" || !skip.MatchString(name)) && !strings.HasPrefix(name, "Benchmark") {
			wanted = append(wanted, name)
		}
	}
	return wanted, nil
}

// memory is what a test may take of it, in kilobytes: a loop without an end
// that appends must not take it all.
const memory = 4_000_000

// errTimeout ends a test that takes too long.
var errTimeout = errors.New("it takes too long")

// start runs tests of a binary that need so long without a mutant. What spins
// is ended by the time that it has computed, which a busy machine does not
// change, and what hangs by the clock.
func (b *binary) start(names []string, took time.Duration, env ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeoutCause(context.Background(), 15*time.Second+10*took, errTimeout)
	defer cancel()
	computes := 2 + int((5 * took).Seconds())
	cmd := exec.CommandContext(ctx, "sh", "-c", fmt.Sprintf(`ulimit -t %d; ulimit -v %d 2>/dev/null; exec "$@"`, computes, memory),
		"sh", b.file, "-test.run", "^("+strings.Join(names, "|")+")$", "-test.failfast")
	cmd.Dir, cmd.Env = b.dir, slices.Concat(os.Environ(), b.env, env)
	cmd.WaitDelay = time.Second
	out, err := cmd.CombinedOutput()
	if ctx.Err() != nil {
		return out, errTimeout
	}
	return out, err
}

// trace runs a test without a mutant and notes which it reaches.
func (b *binary) trace(name, file string) (*test, error) {
	const most = 10 * time.Second
	begun := time.Now()
	if out, err := b.start([]string{name}, most, traceVar+"="+file); err != nil {
		return nil, fmt.Errorf("%s fails without a mutant: %w\n%s", name, err, out)
	}
	t := &test{b, name, time.Since(begun), map[int]bool{}}
	f, err := os.Open(file)
	if errors.Is(err, os.ErrNotExist) {
		return t, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		id, err := strconv.Atoi(lines.Text())
		if err != nil {
			return nil, err
		}
		t.reach[id] = true
	}
	return t, os.Remove(file)
}

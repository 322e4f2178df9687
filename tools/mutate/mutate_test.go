package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var tiny = Target{Name: "tiny", Dir: "testdata/tiny", Tests: []Tests{{Dir: "testdata/tiny", Run: "."}}}

// fates are the mutants of tiny, by what became of them.
var fates = map[fate][]string{
	killed: {
		"Price: n < 0 → false in if n < 0",
		"Price: n < 0 → true in if n < 0",
		"Price: n < 0 → <= in if n < 0",
		"Price: 0 → 0 + 1 in if n < 0",
		"Price: 0 → 0 - 1 in if n < 0",
		"Price: return 0, errNegative → return 0, nil",
		"Price: 0 → 0 + 1 in total := 0",
		"Price: 0 → 0 - 1 in total := 0",
		"Price: for range n → no round",
		"Price: total += 3 → left out",
		"Price: 3 → 3 + 1 in total += 3",
		"Price: 3 → 3 - 1 in total += 3",
		`Kind: "one" → another in case "one":`,
		"Kind: 1 → 1 + 1 in return 1",
		"Kind: 1 → 1 - 1 in return 1",
		"Kind: 0 → 0 + 1 in return 0",
		"Kind: 0 → 0 - 1 in return 0",
		`Word: return [...]string{0: "zero", 1: "one"}[i] → return ""`,
		"Loop: rounds >= n → true in if rounds >= n",
		"Loop: rounds >= n → > in if rounds >= n",
	},
	hung: {
		"Loop: rounds++ → left out",
		"Loop: rounds >= n → false in if rounds >= n",
		"Loop: break → left out",
	},
	unbuilt: {
		`Word: 0 → 0 + 1 in 0: "zero"`, `Word: 0 → 0 - 1 in 0: "zero"`,
		`Word: 1 → 1 + 1 in 1: "one"`, `Word: 1 → 1 - 1 in 1: "one"`,
	},
	survived: {
		`Kind: "two" → another in case "two":`,
		"Kind: 2 → 2 + 1 in return 2",
		"Kind: 2 → 2 - 1 in return 2",
		"Untested: a && b → false in return a && b",
		"Untested: a && b → true in return a && b",
		"Untested: a && → left out in return a && b",
		"Untested: && b → left out in return a && b",
	},
}

func TestTiny(t *testing.T) {
	r := runTiny(t)
	got := map[fate][]string{}
	for _, m := range r.mutants {
		got[m.fate] = append(got[m.fate], m.in+": "+m.what)
	}
	for fate, want := range fates {
		want = slices.Sorted(slices.Values(want))
		slices.Sort(got[fate])
		if !slices.Equal(want, got[fate]) {
			t.Errorf("fate %d: want\n%s\ngot\n%s", fate, strings.Join(want, "\n"), strings.Join(got[fate], "\n"))
		}
	}
}

func runTiny(t *testing.T) *result {
	t.Helper()
	t.Setenv("GOWORK", "off")
	r, err := run(tiny, 2, false)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// What is explained is no news, but an explanation that nothing needs is.
func TestReport(t *testing.T) {
	r := runTiny(t)
	explain := func(lines ...string) (*explained, error) {
		file := filepath.Join(t.TempDir(), "survivors.txt")
		if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")), 0o600); err != nil {
			t.Fatal(err)
		}
		return readExplained(file)
	}
	var all []string
	for _, what := range fates[survived] {
		all = append(all, tiny.Dir+" "+what, "\tIt is known.")
	}
	for _, c := range []struct {
		name  string
		lines []string
		bad   int
		says  string
	}{
		{"nothing explained", nil, len(fates[survived]), "testdata/tiny/tiny.go:25: survives: testdata/tiny Kind: \"two\" → another"},
		{"all explained", all, 0, "23 killed"},
		{"killed", append([]string{tiny.Dir + " " + fates[killed][0], "\tBut no."}, all...), 1, "it doesn't survive: testdata/tiny Price: n < 0"},
		{"killed by time", append([]string{tiny.Dir + " " + fates[hung][0], "\tIt is slow."}, all...), 0, "23 killed"},
		{"gone", append([]string{tiny.Dir + " Price: n > 7", "\tBut no."}, all...), 1, "it is gone: testdata/tiny Price: n > 7"},
		{"elsewhere", append([]string{"another Price: n > 7", "\tThe target is another."}, all...), 0, "tiny: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			e, err := explain(c.lines...)
			if err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			if bad := r.print(&out, e); bad != c.bad || !strings.Contains(out.String(), c.says) {
				t.Errorf("%d of\n%s", bad, &out)
			}
		})
	}
	for name, lines := range map[string][]string{
		"no reason": {"a b: c"}, "twice": {"a b: c", "\td", "a b: c", "\td"}, "a reason for nothing": {"a b: c", "\td", "", "\te"},
	} {
		if _, err := explain(lines...); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Tests that fail by themselves tell nothing of mutants.
func TestFailingTests(t *testing.T) {
	t.Setenv("GOWORK", "off")
	t.Setenv("TINY_FAILS", "1")
	if _, err := run(tiny, 2, false); err == nil || !strings.Contains(err.Error(), "TestLoop fails without a mutant") {
		t.Error(err)
	}
}

func TestChoose(t *testing.T) {
	if _, err := choose([]string{"none"}); err == nil {
		t.Error("a target that is not there")
	}
	all, err := choose([]string{"all"})
	if err != nil || len(all) != len(targets) {
		t.Error(all, err)
	}
	quick, err := choose(nil)
	if err != nil || len(quick) == 0 || len(quick) == len(all) {
		t.Error(quick, err)
	}
}

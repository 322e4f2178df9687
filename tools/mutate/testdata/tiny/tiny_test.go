package tiny

import (
	"os"
	"testing"
)

func TestPrice(t *testing.T) {
	for n, want := range map[int]int{0: 0, 1: 3, 4: 12} {
		if got, err := Price(n); got != want || err != nil {
			t.Errorf("%d: %d, %v", n, got, err)
		}
	}
	if _, err := Price(-1); err == nil {
		t.Error("no error")
	}
}

func TestKind(t *testing.T) {
	if Kind("one") != 1 || Kind("three") != 0 {
		t.Error("another kind")
	}
}

func TestWord(t *testing.T) {
	if Word(0)+Word(1) != "zeroone" {
		t.Error("another word")
	}
}

func TestLoop(t *testing.T) {
	if got := Loop(3); got != 3 || os.Getenv("TINY_FAILS") != "" {
		t.Error(got)
	}
}

package e2e

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// buildDemo compiles the demo once for all tests.
var buildDemo = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "highhelp-e2e-")
	if err != nil {
		return "", err
	}
	binary := filepath.Join(dir, "demo")
	build := exec.Command("go", "build", "-o", binary, ".")
	build.Dir = "../demo"
	build.Stderr = os.Stderr
	return binary, build.Run()
})

// startDemo runs the demo as a process and returns the address of the shop.
func startDemo(t *testing.T, env ...string) string {
	t.Helper()
	binary, err := buildDemo()
	require.NoError(t, err)
	demo := exec.Command(binary)
	demo.Env = append(append(os.Environ(), "HIGHHELP_ADDR=127.0.0.1:0"), env...)
	demo.Stderr = t.Output()
	stdout, err := demo.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, demo.Start())
	t.Cleanup(func() {
		require.NoError(t, demo.Process.Signal(syscall.SIGTERM))
		require.NoError(t, demo.Wait(), "the demo ends cleanly")
	})
	address := make(chan string, 1)
	go func() {
		for lines := bufio.NewScanner(stdout); lines.Scan(); {
			if url, ok := strings.CutPrefix(lines.Text(), "shop:"); ok {
				address <- strings.TrimSpace(url)
			}
		}
	}()
	select {
	case url := <-address:
		return url
	case <-time.After(time.Minute):
		t.Fatal("the demo did not start")
		return ""
	}
}

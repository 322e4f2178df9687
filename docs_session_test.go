//go:build unix

package highhelp_test

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A session is a shell in an empty folder. Addresses are free ones.
type session struct {
	t         *testing.T
	dir       string
	in        io.Writer
	out       *bufio.Reader
	addresses *strings.Replacer
	servers   int
}

func newSession(t *testing.T) *session {
	t.Helper()
	root, err := os.Getwd()
	require.NoError(t, err)
	s := &session{t: t, dir: t.TempDir()}
	s.addresses = strings.NewReplacer("127.0.0.1:8080", freeAddress(t), "127.0.0.1:8090", freeAddress(t))
	shell := exec.CommandContext(t.Context(), "sh")
	shell.Dir = s.dir
	shell.Env = append(os.Environ(),
		"ROOT="+root, "HOME="+s.dir, "XDG_CACHE_HOME="+s.dir, "GOBIN="+s.dir+"/bin", "PATH="+s.dir+"/bin:"+os.Getenv("PATH"),
		"GOWORK=off", "GOPROXY=off", "GOSUMDB=off", "GOFLAGS=-mod=mod -buildvcs=false",
		"GOPATH="+goEnv(t, "GOPATH"), "GOMODCACHE="+goEnv(t, "GOMODCACHE"), "GOCACHE="+goEnv(t, "GOCACHE"))
	shell.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // to end what it has started
	in, err := shell.StdinPipe()
	require.NoError(t, err)
	out, err := shell.StdoutPipe()
	require.NoError(t, err)
	shell.Stderr = shell.Stdout
	require.NoError(t, shell.Start())
	t.Cleanup(func() {
		_ = syscall.Kill(-shell.Process.Pid, syscall.SIGTERM)
		_ = shell.Wait() // it was told to end
		for n := range s.servers {
			if t.Failed() {
				t.Log(read(t, s.log(n)))
			}
		}
	})
	s.in, s.out = in, bufio.NewReader(out)
	return s
}

func goEnv(t *testing.T, name string) string {
	t.Helper()
	value, err := exec.CommandContext(t.Context(), "go", "env", name).Output()
	require.NoError(t, err)
	return strings.TrimSpace(string(value))
}

// freeAddress is one below those that systems give to whoever asks for any: it
// stays free until the session comes to it.
func freeAddress(t *testing.T) string {
	t.Helper()
	for range 100 {
		address := fmt.Sprint("127.0.0.1:", 10_000+rand.IntN(20_000))
		l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", address)
		if err == nil {
			require.NoError(t, l.Close())
			return address
		}
	}
	t.Fatal("no address is free")
	return ""
}

const mark = "--- the command has ended with"

// run lets the shell run a command.
func (s *session) run(command string) (output string, status int) {
	_, err := fmt.Fprintf(s.in, "{ %s\n} </dev/null\nprintf '\\n%s %%s\\n' $?\n", command, mark)
	require.NoError(s.t, err)
	var b strings.Builder
	for {
		line, err := s.out.ReadString('\n')
		require.NoError(s.t, err, b.String())
		if n, _ := fmt.Sscanf(line, mark+" %d", &status); n == 1 {
			return strings.TrimSuffix(b.String(), "\n"), status
		}
		b.WriteString(line)
	}
}

// serve starts a command that serves, waits until it does, and returns what it
// has written.
func (s *session) serve(command, url string) string {
	file := s.log(s.servers)
	s.servers++
	_, status := s.run(command + " >" + file + " 2>&1 &")
	require.Zero(s.t, status)
	require.Eventually(s.t, func() bool {
		resp, err := http.Get(url)
		if err != nil {
			return false
		}
		defer resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	}, time.Minute, 20*time.Millisecond, "%s does not answer", command)
	return read(s.t, file)
}

// log is where a server writes to.
func (s *session) log(n int) string { return filepath.Join(s.dir, fmt.Sprintf("server%d.log", n)) }

// logged wants a log block to be in what one of the servers has written, or is
// about to.
func (s *session) logged(b block) {
	want := regexp.MustCompile(`(?m)^` + looksLike(s.addresses.Replace(b.text)))
	require.Eventually(s.t, func() bool {
		for n := range s.servers {
			if want.MatchString(read(s.t, s.log(n))) {
				return true
			}
		}
		return false
	}, 20*time.Second, 20*time.Millisecond, "%s:%d: no server has written\n%s", b.document, b.line, b.text)
}

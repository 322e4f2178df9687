package main

import (
	"bufio"
	"context"
	"debug/elf"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/signer"
	"github.com/stretchr/testify/require"
)

// A process is a sandbox as a program of its own.
type process struct {
	t     *testing.T
	cmd   *exec.Cmd
	lines *bufio.Scanner
	errs  strings.Builder
}

func startSandbox(t *testing.T, args ...string) *process {
	t.Helper()
	p := &process{t: t, cmd: exec.Command(highhelpProgram(t), append([]string{"sandbox"}, args...)...)}
	out, err := p.cmd.StdoutPipe()
	require.NoError(t, err)
	p.cmd.Stderr = &p.errs
	p.lines = bufio.NewScanner(out)
	require.NoError(t, p.cmd.Start())
	t.Cleanup(p.stop)
	return p
}

// stop interrupts the process, which must end well.
func (p *process) stop() {
	if p.cmd.ProcessState != nil {
		return
	}
	require.NoError(p.t, p.cmd.Process.Signal(os.Interrupt))
	require.NoError(p.t, p.cmd.Wait(), p.errs.String())
}

// until reads lines until one holds text.
func (p *process) until(text string) string {
	p.t.Helper()
	for p.lines.Scan() {
		if strings.Contains(p.lines.Text(), text) {
			return p.lines.Text()
		}
	}
	p.t.Fatalf("the sandbox has not said %q: %s", text, p.errs.String())
	return ""
}

// shopOf is a shop that takes its payments as the sandbox has printed. Its
// URLs name a host of production, unless they are its own.
func shopOf(t *testing.T, r readiness, url string) (checkout *highhelp.Checkout, paid chan string, server *httptest.Server) {
	t.Helper()
	paid, server = make(chan string, 10), httptest.NewServer(nil)
	t.Cleanup(server.Close)
	key, err := signer.ReadPrivateKey(r.Env["HIGHHELP_PRIVATE_KEY_FILE"])
	require.NoError(t, err)
	var verifier signer.Verifier
	if file := r.Env["HIGHHELP_CALLBACK_HMAC_KEY_FILE"]; file != "" {
		verifier, err = signer.ReadHMACKey(file)
	} else {
		verifier, err = signer.ReadPublicKey(r.Env["HIGHHELP_CALLBACK_PUBLIC_KEY_FILE"])
	}
	require.NoError(t, err)
	if url == "" {
		url = server.URL
	}
	checkout, err = highhelp.New(highhelp.Config{
		ProjectID: r.Env["HIGHHELP_PROJECT_ID"], BaseURL: r.Env["HIGHHELP_BASE_URL"], PublicURL: url + "/pay",
		Signer: key, Verifier: verifier, Store: &highhelp.MemStore{}, Logger: slog.New(slog.DiscardHandler),
		OnPaid: func(_ context.Context, e highhelp.Event) error { paid <- e.OrderID; return nil },
	})
	require.NoError(t, err)
	server.Config.Handler = checkout.Handler(func(*http.Request) (highhelp.Order, error) { return highhelp.Order{}, highhelp.ErrNoOrder })
	return checkout, paid, server
}

// pay creates a ticket and pays it on its page.
func pay(t *testing.T, checkout *highhelp.Checkout, id string) {
	t.Helper()
	ticket, err := checkout.CreateTicket(t.Context(), highhelp.Order{ID: id, Amount: roubles})
	require.NoError(t, err)
	resp, err := http.Post(ticket.URL, "application/x-www-form-urlencoded", strings.NewReader("action=pay"))
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Less(t, resp.StatusCode, 400)
}

// receive waits for what comes from another process.
func receive(t *testing.T, from <-chan string) string {
	t.Helper()
	select {
	case got := <-from:
		return got
	case <-time.After(20 * time.Second):
		t.Fatal("it did not come")
	}
	return ""
}

// What a sandbox prints is enough to take a payment from it.
func TestSandbox(t *testing.T) {
	for _, algorithm := range []string{"rsa", "hmac"} {
		t.Run(algorithm, func(t *testing.T) {
			args := []string{"--addr", "127.0.0.1:0", "--json"}
			if algorithm == "hmac" {
				args = append(args, "--hmac")
			}
			p := startSandbox(t, args...)
			var r readiness
			require.NoError(t, json.Unmarshal([]byte(p.until(`"ready"`)), &r))
			require.NotContains(t, r.BaseURL, ":0/")
			checkout, paid, _ := shopOf(t, r, "")
			pay(t, checkout, "order-7")
			require.Equal(t, "order-7", receive(t, paid))

			var seen struct {
				Event, Time, Method, Path, Status, URL string
				Payment                                string `json:"payment_id"`
				Code                                   int    `json:"http_status"`
			}
			require.NoError(t, json.Unmarshal([]byte(p.until(`"request"`)), &seen))
			require.Equal(t, "/api/v1/widget/payin", seen.Path)
			require.Equal(t, 200, seen.Code)
			require.NoError(t, json.Unmarshal([]byte(p.until(`"success"`)), &seen))
			require.Equal(t, "callback", seen.Event)
			require.Equal(t, "order-7", seen.Payment)
			require.Equal(t, 200, seen.Code)

			resp, err := http.Get(r.Control)
			require.NoError(t, err)
			page, err := io.ReadAll(resp.Body)
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
			require.Contains(t, string(page), "order-7")

			keys := r.Keys
			p.stop()
			_, err = os.Stat(keys)
			require.ErrorIs(t, err, os.ErrNotExist, "with a free port everything goes with the process")
		})
	}
}

// The text is for people, who copy from it; and the log is one line for each
// thing that happens.
func TestSandboxText(t *testing.T) {
	dir := t.TempDir()
	p := startSandbox(t, "--addr", "127.0.0.1:0", "--dir", dir, "--fault", "duplicate=1")
	base := strings.TrimSpace(strings.TrimPrefix(p.until("gateway "), "gateway"))
	require.Contains(t, p.until("control page"), base+"/control/")
	require.Equal(t, "    export HIGHHELP_BASE_URL="+base, p.until("export"))
	require.Contains(t, p.until("PRIVATE_KEY_FILE"), dir)
	file := filepath.Join(dir, "keys", "callback_public_key_"+demoProject+".pem")
	require.Equal(t, "    export HIGHHELP_CALLBACK_PUBLIC_KEY_FILE="+shellQuote(file), p.until("CALLBACK"))
	require.Contains(t, p.until("callbackKey, err"), `signer.ReadPublicKey("`+file+`")`)
	p.until("What happens")
	r := readiness{Env: map[string]string{
		"HIGHHELP_BASE_URL": base, "HIGHHELP_PROJECT_ID": demoProject,
		"HIGHHELP_PRIVATE_KEY_FILE":         filepath.Join(dir, "keys", "private_key_"+demoProject+".pem"),
		"HIGHHELP_CALLBACK_PUBLIC_KEY_FILE": file,
	}}
	checkout, paid, server := shopOf(t, r, "")
	pay(t, checkout, "order-7")
	require.Equal(t, "order-7", receive(t, paid))
	require.Regexp(t, `^\d\d:\d\d:\d\d  <- POST /api/v1/widget/payin +200 OK$`, p.until("<- POST"))
	require.Regexp(t, `<- POST /pay/… +303 See Other$`, p.until("<- POST"))
	require.Regexp(t, `-> success +/pay/callbacks/success +order-7 +200 OK$`, p.until("-> success"))
	require.Regexp(t, `-> success +/pay/callbacks/success +order-7 +200 OK$`, p.until("-> success"))

	server.Close()
	pay(t, checkout, "order-8")
	require.Contains(t, p.until("order-8"), "refused", "what can't be delivered is said")
	resp, err := http.Post(base+"/api/v1/balance/info", "application/json", strings.NewReader("{}"))
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Contains(t, p.until("!  "), "x-access-merchant-id: missing", "and so is why a request is refused")
	p.stop()

	// The next one goes on: it still has the callbacks of order-8.
	again := startSandbox(t, "--addr", strings.TrimPrefix(base, "http://"), "--dir", dir)
	require.Contains(t, again.until("-> processing:requisites"), "order-8")
}

// Callbacks are led to where the shop can be reached.
func TestSandboxForward(t *testing.T) {
	for _, c := range []struct{ path, want string }{
		{"", "/pay/callbacks/success"},
		{"/", "/pay/callbacks/success"},
		{"/money/callbacks/info", "/money/callbacks/success"},
		{"/hook?x=1", "/hook?x=1"},
	} {
		t.Run(c.path, func(t *testing.T) {
			got := make(chan string, 10)
			local := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got <- r.URL.RequestURI() + " " + r.Host }))
			defer local.Close()
			p := startSandbox(t, "--addr", "127.0.0.1:0", "--json", "--forward-to", local.URL+c.path)
			var r readiness
			require.NoError(t, json.Unmarshal([]byte(p.until(`"ready"`)), &r))
			checkout, _, _ := shopOf(t, r, "https://shop.example")
			pay(t, checkout, "order-7")
			for range 2 {
				receive(t, got)
			}
			require.Equal(t, c.want+" "+strings.TrimPrefix(local.URL, "http://"), receive(t, got))
		})
	}
}

func TestSandboxCalls(t *testing.T) {
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer busy.Close()
	for _, c := range []struct {
		name string
		args []string
		code int
		text string
	}{
		{"everywhere", []string{"--addr", ":8090"}, 2, "other machines could reach :8090: if that is meant, add --remote"},
		{"elsewhere", []string{"--addr", "192.0.2.1:8090"}, 2, "add --remote"},
		{"no address", []string{"--addr", "here"}, 2, "--addr is not an address such as"},
		{"taken", []string{"--addr", busy.Addr().String()}, 1, "address already in use"},
		{"forward elsewhere", []string{"--forward-to", "https://shop.example"}, 2, "shop.example is not on this machine"},
		{"bad fault", []string{"--fault", "rain"}, 2, `no fault "rain"`},
		{"bad project", []string{"--addr", "127.0.0.1:0", "--project-id", "a/b"}, 1, "project id"},
		{"an argument", []string{"now"}, 2, "as an argument"},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, _, errs := call("", append([]string{"sandbox"}, c.args...)...)
			require.Equal(t, c.code, code)
			require.Contains(t, errs, c.text)
		})
	}
	require.Equal(t, `'it'\''s here'`, shellQuote("it's here"))
	require.Equal(t, "127.0.0.1:80", reachable(&net.TCPAddr{IP: net.IPv4zero, Port: 80}))
	require.Equal(t, "[::1]:80", reachable(&net.TCPAddr{IP: net.IPv6loopback, Port: 80}))
}

// The program needs nothing of the machine it runs on.
func TestStaticBinary(t *testing.T) {
	if runtime.GOOS != "linux" {
		require.FileExists(t, highhelpProgram(t))
		return
	}
	program, err := elf.Open(highhelpProgram(t))
	require.NoError(t, err)
	defer program.Close()
	for _, p := range program.Progs {
		require.NotEqual(t, elf.PT_INTERP, p.Type, "it is linked dynamically")
	}
}

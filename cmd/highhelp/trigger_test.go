package main

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/sandbox"
	"github.com/stretchr/testify/require"
)

// What a shop of package highhelp answers to a success under each fault, and
// whether it ships: the documented statuses.
func TestTriggerFaults(t *testing.T) {
	_, former := keyFolder(t, formerKeys)
	oldKey := filepath.Join(former, "callback_private_key_"+demoProject+".pem")
	for _, c := range []struct {
		fault   string
		args    []string
		codes   []int // of the last callback and its copies
		shipped int
	}{
		{"", nil, []int{200}, 1},
		{"duplicate=3", nil, []int{200, 200, 200, 200}, 1},
		{"reorder", nil, []int{200}, 1},
		{"late", nil, []int{200}, 1},
		{"contradict", nil, []int{200, 200}, 1},
		{"old-key", []string{"--former-callback-private-key", oldKey}, []int{401}, 0},
		{"wrong-key", nil, []int{401}, 0},
		{"wrong-amount", nil, []int{200}, 0},
		{"wrong-route", nil, []int{200}, 1},
		{"oversize", nil, []int{413}, 0},
		{"tampered", nil, []int{401}, 0},
		{"unsigned", nil, []int{401}, 0},
		{"truncated", nil, []int{400}, 0},
		{"slow-body=20ms", nil, []int{200}, 1},
		{"cut-off", nil, []int{0}, 0},
		{"drop", nil, []int{0}, 0},
		{"wrong-key=1", []string{"--tries", "2", "--wait", "1ms"}, []int{401, 200}, 1},
		{"cut-off=1", []string{"--tries", "2", "--wait", "1ms"}, []int{0, 200}, 1},
		{"hang-up=1", []string{"--tries", "2", "--wait", "1ms"}, []int{0, 200}, 1},
	} {
		t.Run(strings.Join(append([]string{c.fault}, c.args...), " "), func(t *testing.T) {
			shop := newTestShop(t)
			shop.order(t, "7")
			args := append([]string{"trigger", "success", "--to", shop.url, "--keys", shop.dir, "--payment-id", "7", "--fault", c.fault, "--json"}, c.args...)
			code, out, errs := call("", args...)
			require.Equal(t, exitOK, code, errs+out)
			var codes []int
			for _, r := range lines[tryReport](t, out) {
				require.True(t, r.OK, out)
				require.NotEmpty(t, r.Verdict)
				if strings.HasPrefix(r.Status, "success") || strings.HasPrefix(r.Status, "decline") {
					codes = append(codes, r.Code)
				}
			}
			require.ElementsMatch(t, c.codes, codes)
			require.Equal(t, c.shipped, shop.shippedTimes("7"))
		})
	}
	require.Len(t, faultNames(), 16, "a new kind wants its row above")
}

// Everything fifty times, the last first: the order is shipped once.
func TestTriggerRepeat(t *testing.T) {
	shop := newTestShop(t)
	shop.order(t, "7")
	code, out, errs := call("", "trigger", "--fault", "reorder", "success", "--to", shop.url, "--keys", shop.dir, "--payment-id", "7", "--repeat", "50")
	require.Equal(t, exitOK, code, errs)
	require.Equal(t, 1, shop.shippedTimes("7"))
	require.Equal(t, 150, strings.Count(out, "200 OK\n"), "a line for each")
	require.True(t, strings.HasPrefix(out, "   1  success"), out)
}

// Each kind of callback goes to its own URL.
func TestTriggerURLs(t *testing.T) {
	_, dir := keyFolder(t, testKeys)
	var got []string
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = append(got, r.URL.RequestURI()) }))
	defer server.Close()
	for _, c := range []struct {
		scenario string
		args     []string
		want     []string
	}{
		{"success", []string{"--to", "/pay/callbacks/success"}, []string{"/pay/callbacks/info", "/pay/callbacks/info", "/pay/callbacks/success"}},
		{"refusal", []string{"--to", "/pay/callbacks/info"}, []string{"/pay/callbacks/info", "/pay/callbacks/decline"}},
		{"success", []string{"--to", "/hook?shop=1"}, []string{"/hook?shop=1", "/hook?shop=1", "/hook?shop=1"}},
		{"success", []string{"--to", "/hook", "--success-to", "/paid"}, []string{"/hook", "/hook", "/paid"}},
		{"refusal", []string{"--decline-to", "/no"}, []string{"/no"}},
	} {
		got = nil
		args := []string{"trigger", c.scenario, "--keys", dir, "--payment-id", "7"}
		for i, a := range c.args {
			if i%2 == 1 {
				a = server.URL + a
			}
			args = append(args, a)
		}
		code, _, errs := call("", args...)
		require.Equal(t, exitOK, code, errs)
		require.Equal(t, c.want, got)
	}
}

// Any status and any body, signed by any key of a sandbox.
func TestTriggerAnything(t *testing.T) {
	keys, dir := keyFolder(t, testKeys)
	hmacShop := func(c *highhelp.Config) { c.Verifier = keys.CallbackHMAC }
	key := func(name string) string { return filepath.Join(dir, name) }
	body := `{"project_id":"` + demoProject + `","general":{"payment_id":"7"},"status":{"status":"success"},"payment_info":{"amount":10000,"currency":"RUB"},"more":[1.0,null]}`
	bodyFile := file(t, "body.json", body)
	for _, c := range []struct {
		name    string
		stdin   string
		change  func(*highhelp.Config)
		args    []string
		want    string
		shipped int
	}{
		{"statuses", "", nil, []string{"--keys", dir, "--status", "dispute:no_payment, success"}, "dispute:no_payment", 1},
		{"an unknown status", "", nil, []string{"--keys", dir, "--status", "weighing:twice"}, "weighing:twice", 0},
		{"another amount", "", nil, []string{"--keys", dir, "--status", "success", "--amount", "9999"}, "200 OK", 0},
		{"another currency", "", nil, []string{"--keys", dir, "--status", "success", "--currency", "KZT"}, "200 OK", 0},
		{"hmac", "", hmacShop, []string{"--keys", dir, "--hmac", "--status", "success"}, "200 OK", 1},
		{"key files", "", nil, []string{"--callback-private-key", key("callback_private_key_" + demoProject + ".pem"), "--project-id", demoProject, "--status", "success"}, "200 OK", 1},
		{"hmac file", "", hmacShop, []string{"--callback-hmac-key", key("hmac_callback_key_" + demoProject + ".txt"), "--project-id", demoProject, "--status", "success"}, "200 OK", 1},
		{"body of a file", "", nil, []string{"--keys", dir, "--body", bodyFile}, "success", 1},
		{"body of standard input", body, nil, []string{"--keys", dir, "--body", "-", "--repeat", "3"}, "   3  success", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			shop := newTestShop(t)
			if c.change != nil {
				shop = newTestShop(t, c.change)
			}
			shop.order(t, "7")
			code, out, errs := call(c.stdin, append([]string{"trigger", "--to", shop.url, "--payment-id", "7"}, c.args...)...)
			require.Equal(t, exitOK, code, errs+out)
			require.Contains(t, out, c.want)
			require.Equal(t, c.shipped, shop.shippedTimes("7"))
		})
	}
}

// What a shop answers wrongly is said, and is exit code 1.
func TestTriggerFindsFault(t *testing.T) {
	_, dir := keyFolder(t, testKeys)
	answer := http.StatusOK
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(answer)
		_, _ = io.WriteString(w, "so it is\nand more")
	}))
	defer server.Close()
	for _, c := range []struct {
		answer int
		args   []string
		want   string
	}{
		{200, []string{"--fault", "unsigned"}, "taken, although it is forged: it must be refused"},
		{500, []string{"--fault", "truncated"}, "the shop failed on it: it must be refused with 4xx"},
		{401, nil, "refused, although it is authentic"},
		{404, nil, "the shop does not know the payment"},
		{500, []string{"--fault", "wrong-amount"}, "refused, although it is authentic"},
		{503, []string{"--tries", "2", "--wait", "1ms"}, "refused, although it is authentic"},
		{302, nil, "refused, although it is authentic"},
	} {
		answer = c.answer
		code, out, errs := call("", append([]string{"trigger", "success", "--to", server.URL, "--keys", dir, "--payment-id", "7"}, c.args...)...)
		require.Equal(t, exitRefused, code)
		require.Contains(t, out, c.want)
		require.Contains(t, out, `it answered "so it is"`)
		require.Regexp(t, `\d of \d were not answered as they must be`, errs)
	}
	code, out, _ := call("{}", "trigger", "--body", "-", "--to", "http://127.0.0.1:1", "--keys", dir)
	require.Equal(t, exitRefused, code)
	require.Contains(t, out, "refused: no answer")
	answer = http.StatusNotFound
	_, _, errs := call("", "trigger", "success", "--to", server.URL, "--keys", dir)
	require.Contains(t, errs, "which no shop knows")
	require.Contains(t, errs, "see --payment-id")
}

func TestTriggerCalls(t *testing.T) {
	keys, dir := keyFolder(t, testKeys)
	real := file(t, "callback.txt", "0123456789abcdef0123456789abcdef\n")
	another := t.TempDir()
	other, err := sandbox.GenerateKeys("other")
	require.NoError(t, err)
	require.NoError(t, keys.WriteFiles(another))
	require.NoError(t, other.WriteFiles(another))
	to := []string{"--to", "http://127.0.0.1:1/x"}
	for _, c := range []struct {
		name string
		args []string
		code int
		text string
	}{
		{"nothing", nil, 2, "--to is missing"},
		{"no scenario", append(to, "--keys", dir), 2, "give a scenario (one of success, refusal"},
		{"unknown scenario", append(to, "--keys", dir, "wealth"), 2, `there is no scenario "wealth": give one of success`},
		{"two scenarios", append(to, "--keys", dir, "success", "refusal"), 2, `one scenario at a time, not also "refusal"`},
		{"scenario and status", append(to, "--keys", dir, "success", "--status", "decline"), 2, "either a scenario or --status"},
		{"scenario and body", append(to, "--keys", dir, "success", "--body", "-"), 2, "either a scenario, --status or --body"},
		{"body and fault", append(to, "--keys", dir, "--body", "-", "--fault", "drop"), 2, "--fault goes with a scenario"},
		{"bad status", append(to, "--keys", dir, "--status", "Success!"), 2, `"Success!" is no status`},
		{"bad fault", append(to, "--keys", dir, "success", "--fault", "rain"), 2, `no fault "rain"; there are duplicate`},
		{"lost create", append(to, "--keys", dir, "success", "--fault", "create-answer-lost"), 2, "there is no create request here"},
		{"old key", append(to, "--keys", dir, "success", "--fault", "old-key"), 2, "needs --former-callback-private-key"},
		{"no key", append(to, "success"), 2, "give the key that signs"},
		{"two keys", append(to, "success", "--keys", dir, "--demo"), 2, "give the key that signs"},
		{"no project", append(to, "success", "--callback-hmac-key", real), 2, "--project-id is missing"},
		{"many projects", append(to, "success", "--keys", another), 2, "choose one with --project-id: " + demoProject + ", other"},
		{"no keys there", append(to, "success", "--keys", t.TempDir()), 1, "holds no callback_private_key_*.pem"},
		{"a real key", append(to, "success", "--callback-hmac-key", real, "--project-id", "P", "--payment-id", "7"), 1, "no key of a sandbox"},
		{"a real key for a body", append(to, "--body", real, "--callback-hmac-key", real, "--project-id", "P"), 1, "could forge real callbacks"},
		{"elsewhere", []string{"success", "--keys", dir, "--to", "https://shop.example/x"}, 2, "shop.example is not on this machine: if that is meant, add --remote"},
		{"elsewhere for one kind", append(to, "success", "--keys", dir, "--decline-to", "https://shop.example/x"), 2, "--decline-to: shop.example is not on this machine"},
		{"elsewhere for a body", []string{"--keys", dir, "--body", real, "--to", "https://shop.example/x", "--info-to", "http://127.0.0.1:1"}, 2, "add --remote"},
		{"http elsewhere", []string{"success", "--keys", dir, "--to", "http://shop.example/x", "--remote", "--payment-id", "7"}, 1, "not an https URL"},
		{"demo elsewhere", []string{"success", "--demo", "--to", "https://shop.example/x", "--remote"}, 2, "--demo is for a demo on this machine"},
		{"no URL", []string{"success", "--keys", dir, "--to", "127.0.0.1:8080"}, 2, "--to is not an http or https URL"},
		{"a password", []string{"success", "--keys", dir, "--to", "http://me:secret@127.0.0.1:8080"}, 2, "--to holds a user name"},
		{"no amount", append(to, "success", "--keys", dir, "--amount", "0", "--payment-id", "7"), 1, "Trigger.Amount"},
		{"no tries", append(to, "success", "--keys", dir, "--tries", "0", "--payment-id", "7"), 2, "--tries is not at least 1"},
		{"no file", append(to, "--keys", dir, "--body", "nowhere.json"), 1, "no such file"},
		{"no JSON", append(to, "--keys", dir, "--body", real), 1, "signer: byte"},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, out, errs := call("", append([]string{"trigger"}, c.args...)...)
			require.Contains(t, errs, c.text)
			require.Equal(t, c.code, code)
			require.NotContains(t, out+errs, "secret")
		})
	}
}

// The demo ships an order that trigger pays, once.
func TestTriggerDemo(t *testing.T) {
	if _, err := os.Stat("../../demo/go.mod"); err != nil {
		if os.Getenv("HIGHHELP_TEST_REQUIRE") == "all" {
			t.Fatal("there is no demo beside this module, and HIGHHELP_TEST_REQUIRE is all")
		}
		t.Skip("there is no demo beside this module")
	}
	program, cache := build(t, "demo", "../../demo"), t.TempDir()
	t.Setenv("XDG_CACHE_HOME", cache)
	t.Setenv("HOME", cache) // where a cache is on macOS
	shop := startDemo(t, program)
	order := newDemoOrder(t, shop)
	to := shop + "/pay/callbacks/success"
	code, out, errs := call("", "trigger", "success", "--to", to, "--demo", "--payment-id", order)
	require.Equal(t, exitOK, code, errs+out)
	require.Contains(t, demoOrder(t, shop, order), `"fulfilled":1`)
	code, out, errs = call("", "trigger", "success", "--to", to, "--demo", "--payment-id", order, "--repeat", "50", "--fault", "reorder")
	require.Equal(t, exitOK, code, errs+out)
	require.Contains(t, demoOrder(t, shop, order), `"fulfilled":1`)

	again := newDemoOrder(t, shop)
	code, out, errs = call("", "trigger", "success", "--to", to, "--demo", "--payment-id", again, "--repeat", "50", "--fault", "reorder")
	require.Equal(t, exitOK, code, errs+out)
	require.Contains(t, demoOrder(t, shop, again), `"fulfilled":1`)
}

// startDemo runs the demo at a fixed address, so that it keeps its keys where
// trigger looks for them.
func startDemo(t *testing.T, program string) string {
	t.Helper()
	free := httptest.NewServer(nil)
	addr := free.Listener.Addr().String()
	free.Close()
	demo := exec.Command(program)
	demo.Env = append(os.Environ(), "HIGHHELP_ADDR="+addr, "HIGHHELP_BASE_URL=", "HIGHHELP_STORE=")
	out, err := demo.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, demo.Start())
	t.Cleanup(func() {
		require.NoError(t, demo.Process.Signal(os.Interrupt))
		require.NoError(t, demo.Wait())
	})
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if url, ok := strings.CutPrefix(lines.Text(), "shop:"); ok {
			return strings.TrimSpace(url)
		}
	}
	t.Fatal("the demo did not start")
	return ""
}

func askDemo(t *testing.T, method, url, body string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.Less(t, resp.StatusCode, 300, string(text))
	return string(text)
}

// newDemoOrder makes an order and a ticket for it.
func newDemoOrder(t *testing.T, shop string) string {
	t.Helper()
	_, id, ok := strings.Cut(askDemo(t, http.MethodPost, shop+"/orders", ""), `"id":"`)
	require.True(t, ok)
	id, _, _ = strings.Cut(id, `"`)
	askDemo(t, http.MethodPost, shop+"/pay/tickets", fmt.Sprintf(`{"order_id":%q}`, id))
	return id
}

func demoOrder(t *testing.T, shop, id string) string {
	t.Helper()
	return askDemo(t, http.MethodGet, shop+"/orders/"+id, "")
}

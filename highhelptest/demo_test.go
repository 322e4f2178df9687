package highhelptest_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-highhelp/highhelp"
	"github.com/go-highhelp/highhelp/highhelptest"
	"github.com/stretchr/testify/require"
)

// buildDemo builds the demo shop, which is a module of its own.
func buildDemo(t *testing.T) string {
	t.Helper()
	if _, err := os.Stat("../demo/go.mod"); err != nil {
		if os.Getenv("HIGHHELP_TEST_REQUIRE") == "all" {
			t.Fatal("there is no demo beside this module, and HIGHHELP_TEST_REQUIRE is all")
		}
		t.Skip("there is no demo beside this module")
	}
	program := filepath.Join(t.TempDir(), "demo")
	out, err := exec.CommandContext(t.Context(), "go", "build", "-C", "../demo", "-o", program, ".").CombinedOutput()
	require.NoError(t, err, string(out))
	return program
}

// startDemo runs the demo with s for its gateway, and returns its address.
func startDemo(t *testing.T, program string, s *highhelptest.Sandbox) string {
	t.Helper()
	files := s.KeyFiles()
	demo := exec.Command(program)
	demo.Env = append(os.Environ(),
		"HIGHHELP_ADDR=127.0.0.1:0", "HIGHHELP_STORE=memory:", "HIGHHELP_BASE_URL="+s.BaseURL,
		"HIGHHELP_PROJECT_ID="+highhelptest.ProjectID, "HIGHHELP_PRIVATE_KEY_FILE="+files.RequestPrivate,
		"HIGHHELP_CALLBACK_PUBLIC_KEY_FILE="+files.CallbackPublic)
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

// ask asks the demo for JSON.
func ask(ctx context.Context, method, url string, answer any) error {
	req, err := http.NewRequestWithContext(ctx, method, url, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Accept", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode > 299 {
		return fmt.Errorf("%s %s: %s", method, url, resp.Status)
	}
	return json.NewDecoder(resp.Body).Decode(answer)
}

// The demo, as a program of its own, is a shop as any other.
func TestSurviveDemo(t *testing.T) {
	program := buildDemo(t)
	highhelptest.Survive(t, func(s *highhelptest.Sandbox) highhelptest.Shop {
		url := startDemo(t, program, s)
		return highhelptest.Shop{
			URL: url,
			NewOrder: func(ctx context.Context) (string, highhelp.Money, error) {
				var order struct{ ID string }
				err := ask(ctx, http.MethodPost, url+"/orders", &order)
				return order.ID, highhelp.Money{Minor: 10000, Currency: "RUB"}, err
			},
			Shipped: func(ctx context.Context, id string) (int, error) {
				var order struct{ Fulfilled int }
				err := ask(ctx, http.MethodGet, url+"/orders/"+id, &order)
				return order.Fulfilled, err
			},
		}
	})
}

package e2e

import (
	"bufio"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// startExample runs an example as a process and returns the address of its
// shop.
func startExample(t *testing.T, name string, env ...string) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), name)
	build := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "./"+name)
	build.Dir, build.Stderr = "../examples", os.Stderr
	require.NoError(t, build.Run())
	example := exec.Command(binary)
	example.Env = append(append(os.Environ(), "SHOP_ADDR=127.0.0.1:0"), env...)
	example.Stderr = t.Output()
	stdout, err := example.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, example.Start())
	t.Cleanup(func() {
		require.NoError(t, example.Process.Signal(syscall.SIGTERM))
		require.NoError(t, example.Wait(), "the example ends cleanly")
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	require.NoError(t, err)
	return strings.TrimSpace(strings.TrimPrefix(line, "shop:"))
}

// The page of the single-page example orders, pays on the page of the sandbox,
// comes back and shows it, without a word in the console. A payer who is back
// before the callback sees the result when it comes.
func TestSPAInABrowser(t *testing.T) {
	b := newBrowser(t)
	shop := startExample(t, "spa")
	order := b.orderInSPA(shop)
	b.click(`[value="pay"]`)
	b.sees("Paid. It is on its way.")
	require.Equal(t, order, b.location())

	order = b.orderInSPA(shop)
	payment := b.location()
	b.run(chromedp.Navigate(order))
	b.run(chromedp.WaitVisible(`highhelp-widget[data-state="processing"]`))
	resp, err := http.PostForm(payment, url.Values{"action": {"pay"}})
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	b.sees("Paid. It is on its way.")
	b.clean()
}

// orderInSPA orders, and opens the payment page.
func (b *browser) orderInSPA(shop string) (order string) {
	b.t.Helper()
	b.run(chromedp.Navigate(shop + "/"))
	b.click("main button")
	b.sees("A notebook, 100.00 RUB")
	order = b.location()
	require.Contains(b.t, order, "/orders/")
	b.click(`[data-part="button"]`)
	b.sees("This is a simulation")
	return order
}

package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// A browser is a tab of a fresh headless Chromium that reaches this machine
// only.
type browser struct {
	t   *testing.T
	ctx context.Context

	mu       sync.Mutex
	problems []string // console errors, exceptions, violations of a policy
}

func newBrowser(t *testing.T) *browser {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(chromium(t)), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("headless", "new"), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"),
		chromedp.UserDataDir(t.TempDir()), chromedp.WindowSize(1280, 800),
	)
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	b := &browser{t: t, ctx: ctx}
	require.NoError(t, chromedp.Listen(ctx, b.listen))
	_, err := chromedp.Call(ctx, runtime.Enable, cdp.Empty{})
	require.NoError(t, err)
	_, err = chromedp.Call(ctx, log.Enable, cdp.Empty{})
	require.NoError(t, err)
	return b
}

func (b *browser) listen(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		b.problems = append(b.problems, "exception: "+e.ExceptionDetails.Text)
	case *runtime.EventConsoleAPICalled:
		if e.Type == "error" {
			b.problems = append(b.problems, "console error")
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == "error" {
			b.problems = append(b.problems, "log: "+e.Entry.Text)
		}
	}
}

// clean demands that no page had a problem so far.
func (b *browser) clean() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	require.Empty(b.t, b.problems)
}

// run does what a person does; nothing a person waits for takes longer.
func (b *browser) run(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, time.Minute)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.t.Fatalf("%v\n%s", err, b.scene())
	}
}

// scene says where the browser is, and keeps a picture of it.
func (b *browser) scene() string {
	ctx, cancel := context.WithTimeout(b.ctx, 10*time.Second)
	defer cancel()
	url, _ := chromedp.Run(ctx, chromedp.Location())
	text, _ := chromedp.Run(ctx, chromedp.TextContent("body"))
	png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err == nil && os.MkdirAll(artefacts(), 0o755) == nil {
		_ = os.WriteFile(filepath.Join(artefacts(), "failed.png"), png, 0o644)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return fmt.Sprintf("at %s\n%s\nproblems: %v", url, strings.Join(strings.Fields(text), " "), b.problems)
}

// sees waits until an element with that text is visible.
func (b *browser) sees(text string) {
	b.t.Helper()
	b.run(chromedp.WaitVisible(`//body//*[contains(text(), "` + text + `")]`))
}

func (b *browser) click(selector string) {
	b.t.Helper()
	b.run(chromedp.Click(selector, chromedp.NodeVisible))
}

func (b *browser) location() string {
	b.t.Helper()
	url, err := chromedp.Run(b.ctx, chromedp.Location())
	require.NoError(b.t, err)
	return url
}

func (b *browser) withoutScripts() {
	b.t.Helper()
	_, err := chromedp.Call(b.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	require.NoError(b.t, err)
}

// artefacts is where pictures go: into the folder of HIGHHELP_SCREENSHOTS, or
// beside the tests.
func artefacts() string {
	if dir := os.Getenv("HIGHHELP_SCREENSHOTS"); dir != "" {
		return dir
	}
	return "artifacts"
}

// picture keeps what the page looks like.
func (b *browser) picture(name string, width int64) {
	b.t.Helper()
	b.run(chromedp.EmulateViewport(width, 800))
	png, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	require.NoError(b.t, err)
	require.NoError(b.t, os.MkdirAll(artefacts(), 0o755))
	require.NoError(b.t, os.WriteFile(filepath.Join(artefacts(), name+".png"), png, 0o644))
}

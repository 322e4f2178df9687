package sandbox_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp/sandbox"
	"github.com/stretchr/testify/require"
)

// lives makes gateways that follow each other on one directory, on one clock
// and with one shop.
func lives(t *testing.T, dir string) func(...func(*sandbox.Config)) *rig {
	var first *rig
	return func(changes ...func(*sandbox.Config)) *rig {
		next := newRig(t, append([]func(*sandbox.Config){func(c *sandbox.Config) {
			c.StateDir = dir
			if first != nil {
				c.Now = first.clock.Now
			}
		}}, changes...)...)
		if first == nil {
			first = next
		}
		next.clock, next.shop = first.clock, first.shop
		return next
	}
}

// Tickets, what is unsent, faults and the log survive; the page moves with
// PublicURL.
func TestRestart(t *testing.T) {
	next := lives(t, filepath.Join(t.TempDir(), "new", "state"))
	r := next()
	r.shop.respond(refuseFirst(2, 500))
	r.create(set(r.order("1"), "general", "redirect_url", "https://shop.example/"))
	require.NoError(t, r.gateway.SetFaults("1", sandbox.Fault{Kind: sandbox.FaultDuplicate, Times: 1}, sandbox.Fault{Kind: sandbox.FaultLate, Delay: time.Minute}))
	r.act("1", sandbox.SendOTP, sandbox.WrongOTP)
	r.clock.Advance(time.Minute)
	r.deliver()
	r.create(r.order("2"))
	rows := r.gateway.Deliveries()
	before, err := r.gateway.Ticket("1")
	require.NoError(t, err)

	r = next()
	after, err := r.gateway.Ticket("1")
	require.NoError(t, err)
	require.NotEqual(t, before.URL, after.URL)
	require.Equal(t, strings.TrimPrefix(before.URL, before.URL[:strings.Index(before.URL, "/pay/")]), strings.TrimPrefix(after.URL, r.url))
	after.URL = before.URL
	require.Equal(t, before, after)
	require.Equal(t, 2, before.Unsent)
	require.Equal(t, rows, r.gateway.Deliveries())
	require.Len(t, r.gateway.Tickets(), 2)
	require.Equal(t, "2", r.gateway.Tickets()[0].PaymentID)

	// The passwords are counted on, the retries go on, and ids do too.
	r.act("1", sandbox.WrongOTP, sandbox.WrongOTP)
	require.Equal(t, "decline", r.status("1"))
	r.settle()
	require.Equal(t, 2, r.gateway.Deliveries()[len(rows)].Try, "tries are counted on")
	require.Equal(t, rows[len(rows)-1].ID+1, r.gateway.Deliveries()[len(rows)].ID)
	require.Contains(t, r.shop.told(), "/decline decline")
	ticket, err := r.gateway.Ticket("1")
	require.NoError(t, err)
	require.Zero(t, ticket.Unsent)

	r = next()
	require.Equal(t, "decline", r.status("1"))
	require.Equal(t, http.StatusConflict, r.post(createPath, r.order("1")).code, "a payment_id stays used")
	require.Equal(t, http.StatusOK, r.get(strings.Replace(after.URL, after.URL[:strings.Index(after.URL, "/pay/")], r.url, 1)).code)
}

// What a shop was answered is on the disk, also if nothing else happens.
func TestRestartAfterAnswer(t *testing.T) {
	next := lives(t, t.TempDir())
	r := next()
	ticket := r.create(r.order("1"))
	require.Equal(t, "processing:new", next().status("1"))
	r.press(ticket.URL, sandbox.Pay)
	require.Equal(t, "success", next().status("1"))
	r.deliver()
	require.Len(t, next().gateway.Deliveries(), 3)
	require.Zero(t, next().gateway.Tickets()[0].Unsent)

	r = next(func(c *sandbox.Config) { c.Faults = []sandbox.Fault{{Kind: sandbox.FaultCreateAnswerLost}} })
	_, err := r.client.Do(r.sign(r.keys.RequestPrivate, createPath, r.order("2")))
	require.ErrorIs(t, err, io.EOF)
	require.Equal(t, "processing:new", next().status("2"))
}

// A lifetime that ended meanwhile has ended.
func TestRestartAfterExpiry(t *testing.T) {
	next := lives(t, t.TempDir())
	r := next()
	r.create(r.order("1"))
	r.act("1", sandbox.Open)
	r.clock.Advance(time.Hour)
	r = next()
	r.deliver()
	require.Equal(t, []string{requisites, "/info dispute:no_payment"}, r.shop.told())
}

// No key is kept, only the owner may read, and no file is left over.
func TestStateFiles(t *testing.T) {
	dir := t.TempDir()
	r := lives(t, dir)()
	r.create(r.order("1"))
	r.act("1", sandbox.Pay)
	r.deliver()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	var names []string
	keys := t.TempDir()
	require.NoError(t, r.keys.WriteFiles(keys))
	for _, e := range entries {
		names = append(names, e.Name())
		info, err := e.Info()
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode())
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		require.NoError(t, err)
		for _, file := range keyFileNames {
			key, err := os.ReadFile(filepath.Join(keys, file))
			require.NoError(t, err)
			for line := range strings.Lines(string(key)) {
				if line = strings.TrimSpace(line); len(line) > 30 && !strings.HasPrefix(line, "-") {
					require.NotContains(t, string(data), line)
				}
			}
		}
	}
	require.Equal(t, []string{"deliveries.jsonl", "state.json"}, names)
}

func TestStateRefused(t *testing.T) {
	dir := t.TempDir()
	r := lives(t, dir)()
	r.create(r.order("1"))
	good, err := os.ReadFile(filepath.Join(dir, "state.json"))
	require.NoError(t, err)
	change := func(old, new string) string {
		require.Contains(t, string(good), old)
		return strings.ReplaceAll(string(good), old, new)
	}
	for name, c := range map[string]struct{ file, data, reason string }{
		"no JSON":         {"state.json", "{", "sandbox: state: state.json: unexpected end of JSON input"},
		"torn":            {"state.json", string(good[:len(good)/2]), "sandbox: state: state.json:"},
		"other version":   {"state.json", change(`"Version":1`, `"Version":9`), "sandbox: state: state.json: version 9, not 1"},
		"unknown place":   {"state.json", change(`"At":"new"`, `"At":"moon"`), "sandbox: state: state.json: a ticket is damaged"},
		"unknown project": {"state.json", change(projectID, "gone"), `sandbox: state: state.json: it holds tickets of the project "gone", which Config.Projects lacks`},
		"log":             {"deliveries.jsonl", "{}\nx\n", "sandbox: state: deliveries.jsonl: line 2:"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			require.NoError(t, os.WriteFile(filepath.Join(dir, c.file), []byte(c.data), 0o600))
			cfg := goodConfig()
			cfg.StateDir = dir
			_, err := sandbox.New(cfg)
			require.ErrorContains(t, err, c.reason)
		})
	}
	cfg := goodConfig()
	cfg.StateDir = filepath.Join(dir, "state.json")
	_, err = sandbox.New(cfg)
	require.ErrorContains(t, err, "sandbox: state: ")
}

// A line that a crash has torn is forgotten, and the next one is whole.
func TestTornLog(t *testing.T) {
	dir := t.TempDir()
	next := lives(t, dir)
	r := next()
	r.create(r.order("1"))
	r.act("1", sandbox.Open)
	r.deliver()
	log := filepath.Join(dir, "deliveries.jsonl")
	f, err := os.OpenFile(log, os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = f.WriteString(`{"ID":2,"Time":"2026`)
	require.NoError(t, err)
	require.NoError(t, f.Close())
	r = next()
	require.Len(t, r.gateway.Deliveries(), 1)
	r.act("1", sandbox.Refuse)
	r.deliver()
	require.Len(t, next().gateway.Deliveries(), 2)
}

// The log file does not grow without end.
func TestLogFileIsBounded(t *testing.T) {
	dir := t.TempDir()
	log := filepath.Join(dir, "deliveries.jsonl")
	var old strings.Builder
	for i := range 1999 {
		fmt.Fprintf(&old, `{"ID":%d,"Err":"sandbox: lost on the way"}`+"\n", i+1)
	}
	require.NoError(t, os.WriteFile(log, []byte(old.String()), 0o600))
	next := lives(t, dir)
	r := next()
	require.Len(t, r.gateway.Deliveries(), 1000)
	require.Equal(t, sandbox.ErrDropped, r.gateway.Deliveries()[0].Err)
	r.create(r.order("1"))
	for _, lines := range []int{2000, 1000, 1001} {
		require.NoError(t, r.gateway.Resend("1"))
		r.deliver()
		data, err := os.ReadFile(log)
		require.NoError(t, err)
		require.Equal(t, lines, strings.Count(string(data), "\n"))
	}
	rows := next().gateway.Deliveries()
	require.Len(t, rows, 1000)
	require.Equal(t, 2002, rows[999].ID)
}

// Before a shop is told of a change, the change is on the disk.
func TestSavedBeforeTold(t *testing.T) {
	dir := t.TempDir()
	r := lives(t, dir)()
	r.create(r.order("1"))
	saved := make(chan string, 1)
	r.shop.respond(func(http.ResponseWriter, *http.Request) {
		data, _ := os.ReadFile(filepath.Join(dir, "state.json"))
		saved <- string(data)
	})
	r.clock.Advance(time.Hour) // which nothing but Deliver notices
	r.deliver()
	require.Equal(t, []string{"/info dispute:no_payment"}, r.shop.told())
	require.Contains(t, <-saved, `"At":"no_payment"`)
}

// Many changes at once are all saved.
func TestStateUnderLoad(t *testing.T) {
	next := lives(t, t.TempDir())
	r := next()
	var wait sync.WaitGroup
	for i := range 20 {
		wait.Go(func() {
			id := strconv.Itoa(i)
			resp, err := r.client.Do(r.sign(r.keys.RequestHMAC, createPath, r.order(id)))
			if err == nil {
				resp.Body.Close()
				_, _ = r.gateway.Act(id, sandbox.Pay)
			}
		})
	}
	wait.Wait()
	r = next()
	require.Len(t, r.gateway.Tickets(), 20)
	for _, ticket := range r.gateway.Tickets() {
		require.Equal(t, "success", ticket.Status.String())
	}
}

// A directory that can't be written to is no reason to promise anything.
func TestStateThatCannotBeSaved(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	r := lives(t, dir)()
	r.create(r.order("1"))
	require.NoError(t, os.RemoveAll(dir))
	a := r.post(createPath, r.order("2"))
	require.Equal(t, http.StatusInternalServerError, a.code)
	require.Contains(t, a.object(t)["status_description"], "sandbox: state:")
	_, err := r.gateway.Act("1", sandbox.Pay)
	require.ErrorContains(t, err, "sandbox: state:")
	r.deliver()
	require.Contains(t, r.log.String(), "level=ERROR")
	require.Len(t, r.shop.alerts(), 3, "it goes on all the same")
}

// The state file is JSON for people, too.
func TestStateIsReadable(t *testing.T) {
	dir := t.TempDir()
	r := lives(t, dir)()
	r.create(r.order("1"))
	r.act("1", sandbox.Pay)
	data, err := os.ReadFile(filepath.Join(dir, "state.json"))
	require.NoError(t, err)
	var state struct {
		Tickets []struct {
			PaymentID string
			Status    sandbox.Status
			Events    []struct{ Status sandbox.Status }
		}
	}
	require.NoError(t, json.Unmarshal(data, &state))
	require.Equal(t, "success", state.Tickets[0].Status.Main)
	require.Len(t, state.Tickets[0].Events, 3)
}

package sandbox_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp/sandbox"
	"github.com/stretchr/testify/require"
)

// Whatever a shop signs is either a ticket that keeps every limit or a refusal
// in the documented shape.
func FuzzCreate(f *testing.F) {
	f.Add([]byte(`{"general":{"project_id":"` + projectID + `","payment_id":"1"},"payment":{"amount":1,"currency":"RUB"}}`))
	f.Add([]byte(`{"general":{"project_id":"` + projectID + `","payment_id":"1","redirect_url":"https://a/"},` +
		`"payment":{"amount":1e3,"currency":"RUB","lifetime":300,"description":""},"customer":{"country":"KZ"}}`))
	f.Add([]byte(`{"general":null,"payment":[]}`))
	keys := sharedKeys()
	f.Fuzz(func(t *testing.T, body []byte) {
		header, err := keys.RequestHMAC.Sign(body, time.Now())
		if err != nil {
			header = http.Header{}
		}
		header.Set("content-type", "application/json")
		header.Set("x-access-merchant-id", projectID)
		gateway, err := sandbox.New(sandbox.Config{
			PublicURL: "http://127.0.0.1:8090",
			Projects:  []sandbox.Project{keys.Project()},
			Logger:    slog.New(slog.DiscardHandler),
		})
		require.NoError(t, err)
		req := httptest.NewRequest(http.MethodPost, createPath, bytes.NewReader(body))
		req.Header = header
		rec := httptest.NewRecorder()
		gateway.ServeHTTP(rec, req)

		var o object
		require.NoError(t, json.Unmarshal(rec.Body.Bytes(), &o))
		if rec.Code != http.StatusOK {
			require.Contains(t, []int{400, 401, 413}, rec.Code)
			require.Equal(t, "error", o["status"])
			require.NotEmpty(t, o["status_description"])
			return
		}
		ticket, err := gateway.Ticket(o["request_id"].(string))
		require.NoError(t, err)
		require.NotEmpty(t, ticket.PaymentID)
		require.LessOrEqual(t, len(ticket.PaymentID), 255)
		require.Positive(t, ticket.Amount)
		require.LessOrEqual(t, ticket.Amount, int64(10_000_000_000_000))
		require.Regexp(t, `^[A-Z]{3}$`, ticket.Currency)
		page := httptest.NewRecorder()
		gateway.ServeHTTP(page, httptest.NewRequest(http.MethodGet, ticket.URL, nil))
		require.Equal(t, http.StatusOK, page.Code)
		requireInert(t, page.Body.String())
	})
}

// Faults that are read are written as they were meant.
func FuzzParseFaults(f *testing.F) {
	for _, k := range sandbox.FaultKinds() {
		f.Add(string(k.Kind))
		f.Add(string(k.Kind) + "=" + k.Default)
	}
	f.Add("duplicate=3, drop=always,late=1m30s,,")
	f.Add("drop=0,x=1,late=-1s")
	f.Fuzz(func(t *testing.T, text string) {
		faults, err := sandbox.ParseFaults(text)
		if err != nil {
			return
		}
		var texts []string
		for _, fault := range faults {
			require.NotEmpty(t, fault.Kind)
			texts = append(texts, fault.String())
		}
		again, err := sandbox.ParseFaults(strings.Join(texts, ","))
		require.NoError(t, err)
		require.Equal(t, faults, again)
	})
}

// Whatever is pasted into the form that explains signatures, the answer is a
// page on which nothing runs.
func FuzzExplainForm(f *testing.F) {
	f.Add(projectID, "x-access-timestamp: 1772366400\nx-access-signature: abc", `{"general":{"project_id":"1"}}`)
	f.Add("none", "", "")
	f.Add(projectID, "a\r\n b: c\n\n:", `{"a":"<script>alert(1)</script>","b":[1,2.5,null,true]}`)
	f.Add(projectID, "x-access-timestamp: 17", "\xff{")
	gateway, err := sandbox.New(sandbox.Config{
		PublicURL: "http://127.0.0.1:8090",
		Projects:  []sandbox.Project{sharedKeys().Project()},
		Logger:    slog.New(slog.DiscardHandler),
	})
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, project, headers, body string) {
		form := url.Values{"project": {project}, "headers": {headers}, "body": {body}}
		req := httptest.NewRequest(http.MethodPost, "http://127.0.0.1:8090/control/explain", strings.NewReader(form.Encode()))
		req.RemoteAddr = "127.0.0.1:4711"
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		rec := httptest.NewRecorder()
		gateway.ServeHTTP(rec, req)
		require.Equal(t, http.StatusOK, rec.Code)
		requireInert(t, rec.Body.String())
	})
}

// A state file that was tampered with is refused or good enough to go on with;
// it never stops the program.
func FuzzState(f *testing.F) {
	f.Add([]byte(`{"Version":1,"Tickets":[{"ProjectID":"`+projectID+`","PaymentID":"1","RequestID":"r","Token":"t","At":"requisites",`+
		`"Faults":["drop=2","reorder"],"Events":[{"Seq":1,"Status":{"Main":"processing","Sub":"new"},"URL":"http://127.0.0.1:1/","Tries":1}]}]}`),
		[]byte(`{"ID":1,"RequestBody":"e30=","Faults":["late=1h"],"Err":"sandbox: lost on the way"}`+"\n"))
	f.Add([]byte(`{"Version":1,"Tickets":[{}]}`), []byte("{}\n{"))
	f.Add([]byte(`{"Version":2}`), []byte{})
	f.Fuzz(func(t *testing.T, state, log []byte) {
		dir := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(dir, "state.json"), state, 0o600))
		require.NoError(t, os.WriteFile(filepath.Join(dir, "deliveries.jsonl"), log, 0o600))
		gateway, err := sandbox.New(sandbox.Config{
			PublicURL:  "http://127.0.0.1:8090",
			Projects:   []sandbox.Project{sharedKeys().Project()},
			Logger:     slog.New(slog.DiscardHandler),
			StateDir:   dir,
			HTTPClient: &http.Client{Transport: wire{shop: http.NotFoundHandler()}},
		})
		if err != nil {
			require.ErrorContains(t, err, "sandbox: state: ")
			return
		}
		_ = gateway.Tickets()
		require.NoError(t, gateway.Deliver(t.Context()))
		for _, path := range []string{"/control/", "/control/deliveries/1"} {
			req := httptest.NewRequest(http.MethodGet, "http://127.0.0.1:8090"+path, nil)
			req.RemoteAddr = "127.0.0.1:4711"
			rec := httptest.NewRecorder()
			gateway.ServeHTTP(rec, req)
			require.NotEqual(t, http.StatusInternalServerError, rec.Code)
			requireInert(t, rec.Body.String())
		}
	})
}

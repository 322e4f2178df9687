package highhelptest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-highhelp/highhelp"
)

// Sign returns the callback that tells of e, signed with the callback key of
// [Keys] as the gateway signs it.
//
// Its URL is http://127.0.0.1/callbacks/ and the route: that of e, or the one
// of its Status. An [http.Handler] takes the request as it is; for a server use
// [Post]. What e leaves out is filled in: ProjectID, PaymentID (the OrderID),
// RequestID and SignedAt (now). An amount of zero is not stated. If e.Raw is
// set, it is sent and signed as it is, and must be JSON; the rest of e then
// only says when and where.
func Sign(t testing.TB, e highhelp.Event) *http.Request {
	t.Helper()
	body := e.Raw
	if body == nil {
		body = bodyOf(t, e)
	}
	at := e.SignedAt
	if at.IsZero() {
		at = time.Now()
	}
	header, err := Keys(t).CallbackPrivate.Sign(body, at)
	if err != nil {
		t.Fatalf("highhelptest: sign: %v", err)
	}
	header.Del("X-Access-Token") // for requests only
	header.Set("Content-Type", "application/json")
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://127.0.0.1"+pathOf(e), bytes.NewReader(body))
	if err != nil {
		t.Fatalf("highhelptest: sign: %v", err)
	}
	req.Header = header
	return req
}

// Post sends the callback that [Sign] makes to a server: below mounted, which
// is where [highhelp.Checkout.Handler] is, such as http://127.0.0.1:8080/pay.
// It returns the answer, whose body has been read and need not be closed.
func Post(t testing.TB, mounted string, e highhelp.Event) *http.Response {
	t.Helper()
	req := Sign(t, e)
	target, err := req.URL.Parse(strings.TrimSuffix(mounted, "/") + pathOf(e))
	if err != nil {
		t.Fatalf("highhelptest: post: %v", err)
	}
	req.URL, req.Host = target, target.Host
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatalf("highhelptest: post: %v", err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("highhelptest: post: %v", err)
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp
}

func pathOf(e highhelp.Event) string {
	route := e.Route
	switch {
	case route != "":
	case e.Status.Final():
		route = e.Status.Main
	default:
		route = "info"
	}
	return "/callbacks/" + route
}

// object is a JSON object of a callback.
type object map[string]any

// bodyOf writes a callback as the gateway does.
func bodyOf(t testing.TB, e highhelp.Event) []byte {
	t.Helper()
	info := object{"type": "payin"}
	if e.Amount.Minor != 0 {
		info["amount"] = e.Amount.Minor
	}
	if e.Amount.Currency != "" {
		info["currency"] = e.Amount.Currency
	}
	body, err := json.Marshal(object{
		"project_id": or(e.ProjectID, ProjectID),
		"general": object{
			"request_id": or(e.RequestID, "0f0d2a44-6fd8-4a0e-9a38-5d4f1f0f3f1a"),
			"payment_id": or(e.PaymentID, e.OrderID),
		},
		"status": object{
			"status": e.Status.Main, "sub_status": orNull(e.Status.Sub), "status_description": orNull(e.Status.Description),
		},
		"payment_info": info,
	})
	if err != nil {
		t.Fatalf("highhelptest: sign: %v", err)
	}
	return body
}

func or(value, fallback string) string {
	if value == "" {
		return fallback
	}
	return value
}

func orNull(value string) any {
	if value == "" {
		return nil
	}
	return value
}

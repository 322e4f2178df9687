package sandbox

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"
)

// A refusal is the answer to a request that is not carried out. Its reason
// names headers and fields, never their values.
type refusal struct {
	code    int
	project string // if known
	reason  string
}

func (r *refusal) Error() string { return r.reason }

func refuse(code int, reasons ...string) error {
	return &refusal{code: code, reason: strings.Join(reasons, "; ")}
}

// errAnswerLost cuts the connection in place of an answer.
var errAnswerLost = errors.New("the answer is lost")

// ticketAnswer is the answer to create and info. That its status fields are
// flat is documented; where the rest stands is what a public client reads.
type ticketAnswer struct {
	statusFields
	RequestID   string       `json:"request_id"`
	PaymentID   string       `json:"payment_id"`
	ProjectID   string       `json:"project_id,omitempty"`
	Amount      int64        `json:"amount,omitempty"`
	Currency    string       `json:"currency,omitempty"`
	Integration *integration `json:"integration,omitempty"`
}

type integration struct {
	FormURL string `json:"form_url"`
}

type balanceAnswer struct {
	Balance []balanceRow `json:"balance"`
}

// A balanceRow is in minor units.
type balanceRow struct {
	Currency     string `json:"currency"`
	Amount       int64  `json:"amount"`
	LockedAmount int64  `json:"locked_amount"`
}

// answer writes out, or the refusal that err is.
func (g *Gateway) answer(w http.ResponseWriter, r *http.Request, out any, err error) {
	if errors.Is(err, errAnswerLost) {
		g.cfg.Logger.LogAttrs(r.Context(), slog.LevelWarn, "sandbox: answer lost", slog.String("path", r.URL.Path))
		panic(http.ErrAbortHandler) // the server cuts the connection, and says no more about it
	}
	code := http.StatusOK
	if err != nil {
		code = http.StatusInternalServerError
		var no *refusal
		if errors.As(err, &no) {
			code = no.code
			g.logRefusal(r, no)
		}
		out = Status{Main: "error", Description: err.Error()}.fields()
		if g.cfg.RefusalsAre200 {
			code = http.StatusOK
		}
	}
	body, err := json.Marshal(out)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(code)
	_, _ = w.Write(body)
}

func (g *Gateway) logRefusal(r *http.Request, no *refusal) {
	g.cfg.Logger.LogAttrs(r.Context(), slog.LevelWarn, "sandbox: request refused",
		slog.String("path", r.URL.Path),
		slog.String("project_id", no.project),
		slog.Int("code", no.code),
		slog.String("reason", no.reason))
}

package highhelp

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/go-highhelp/highhelp/signer"
)

// The stops of a callback, in their order: read, verify, decode, apply,
// record, answer.

// receive makes stops read to decode: it returns the verified Event of a
// callback, or why there is none.
func (c *Checkout) receive(w http.ResponseWriter, r *http.Request, route string, came arrival) (Event, []byte, error) {
	_, end := c.cfg.Hooks.start(r.Context(), "callback.read", "", "")
	body, err := c.readCallback(w, r)
	end(err)
	if err != nil {
		return Event{}, body, err
	}
	e, err := c.watchedVerify(r, body, route, came)
	return e, body, err
}

func (c *Checkout) watchedVerify(r *http.Request, body []byte, route string, came arrival) (e Event, err error) {
	_, end := c.cfg.Hooks.start(r.Context(), "callback.verify", "", "")
	err = errPanic // of the Verifier, until it has returned
	defer func() { end(err) }()
	e, err = c.verify(r.Header, body, route, came)
	return e, err
}

// verify makes stops verify and decode.
func (c *Checkout) verify(h http.Header, body []byte, route string, came arrival) (Event, error) {
	doc := c.documents.Get().(*signer.Document)
	defer c.documents.Put(doc)
	if err := doc.Reset(body); err != nil {
		return Event{}, err
	}
	match, err := c.keys.Load().verifier.Verify(doc, h)
	if err != nil {
		return Event{}, err
	}
	e, err := c.decode(doc, match)
	if err != nil {
		return Event{}, err
	}
	e.Route, e.KeyName, e.SignedAt, e.ReceivedAt, e.Raw = route, match.Key, match.SignedAt, c.now(), body
	if limit := c.cfg.Tolerance; limit > 0 && e.ReceivedAt.Sub(e.SignedAt).Abs() > limit {
		return Event{}, errTolerance
	}
	text := c.texts.Get().(*[]byte)
	defer c.texts.Put(text)
	if *text, err = doc.AppendCanonical((*text)[:0], match.Scheme); err != nil {
		return Event{}, err
	}
	if s := &match.Scheme; s.AmountPath != "" || s.CurrencyPath != "" {
		came.decide = []string{s.AmountPath, s.CurrencyPath}
	}
	return e.verified(sha256.Sum256(*text), came), nil
}

func (c *Checkout) readCallback(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.Method != http.MethodPost {
		return nil, errMethod
	}
	// That the gateway sends the type is documented, but a proxy may drop it.
	if !hasType(r, "application/json", true) {
		return nil, errMedia
	}
	return readBody(w, r, c.cfg.MaxBodyBytes, c.cfg.EventTimeout)
}

// mostRoom is what is made ready for a body before it has come.
const mostRoom = 16 << 10

// readBody reads a body of bounded size in bounded time.
func readBody(w http.ResponseWriter, r *http.Request, limit int64, timeout time.Duration) ([]byte, error) {
	// A ResponseWriter without deadlines is wrapped by a middleware that does
	// not let them through; the server's own timeouts hold then.
	control := http.NewResponseController(w)
	timed := control.SetReadDeadline(time.Now().Add(timeout)) == nil
	// The length is the sender's word: believed as far as it costs little.
	room := bytes.NewBuffer(make([]byte, 0, min(max(r.ContentLength, 0), limit, mostRoom)+bytes.MinRead))
	_, err := room.ReadFrom(http.MaxBytesReader(w, r.Body, limit))
	body := room.Bytes()
	if timed && err == nil {
		// Else it would cut the connection while the answer is made. After an
		// error it stays: the server would wait for the rest of the body.
		_ = control.SetReadDeadline(time.Time{})
	}
	switch {
	case a[*http.MaxBytesError](err):
		return nil, errTooLarge
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, errSlow
	case err != nil:
		return nil, fmt.Errorf("%w: it ended early", errBody)
	case len(body) == 0 && r.ContentLength > 0 && r.PostForm == nil:
		return nil, fmt.Errorf("%w: a middleware has read it before this handler", errBody)
	}
	return body, nil
}

// decode reads the event from the document that was verified.
func (c *Checkout) decode(doc *signer.Document, match signer.Match) (Event, error) {
	f, err := doc.Fields(match.Scheme)
	if err != nil {
		return Event{}, err
	}
	switch {
	case f.ProjectID == "":
		return Event{}, fmt.Errorf("%w: project_id", errFields)
	case f.PaymentID == "":
		return Event{}, fmt.Errorf("%w: general:payment_id", errFields)
	case f.Status == "":
		return Event{}, fmt.Errorf("%w: status:status", errFields)
	case f.ProjectID != c.cfg.ProjectID:
		return Event{}, errProject
	}
	text, _ := doc.Text("status:status_description")
	if text == "None" {
		text = ""
	}
	orderID, _ := orderOf(f.PaymentID)
	return Event{
		Key:       Key{f.ProjectID, orderID},
		PaymentID: f.PaymentID, RequestID: storable(f.RequestID, maxID),
		Status: Status{f.Status, f.SubStatus, storable(text, maxDescription)},
		Amount: Money{f.Amount, f.Currency},
	}, nil
}

// refused keeps a callback that is not authentic: nothing that it says of
// itself, only that it came. A request that is no callback is not kept.
func (c *Checkout) refused(ctx context.Context, route string, body []byte, came arrival, cause error) {
	if errors.Is(cause, errMethod) || errors.Is(cause, errMedia) {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.cfg.EventTimeout)
	defer cancel()
	e := Event{Key: Key{ProjectID: c.cfg.ProjectID}, Route: route, ReceivedAt: c.now(), Raw: body}
	_ = c.journal(ctx, c.row(&e, came, 0, cause)) // said there
}

// failed keeps an authentic callback that could not be taken in: the journal
// outlives the rollback, so that the event can be replayed. An Info answer can
// be had again, and is not kept.
func (c *Checkout) failed(ctx context.Context, e *Event, cause error) {
	if e.Route == routePoll {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.cfg.EventTimeout)
	defer cancel()
	_ = c.journal(ctx, c.delivery(e, 0, cause)) // said there
}

// journal keeps a row that may get lost: what it tells of has changed nothing.
func (c *Checkout) journal(ctx context.Context, d Delivery) error {
	if err := c.record(ctx, d); err != nil {
		c.cfg.Hooks.count(ctx, "journal_failure", "route", d.Route)
		c.log.WarnContext(ctx, "highhelp: journal failed", "route", d.Route, "payment_id", d.PaymentID, "error", err)
		return err
	}
	return nil
}

func (c *Checkout) record(ctx context.Context, d Delivery) (err error) {
	ctx, end := c.cfg.Hooks.start(ctx, "callback.record", "", "")
	err = errPanic // of the Store, until it has returned
	defer func() { end(err) }()
	err = c.cfg.Store.Record(ctx, d)
	return err
}

// logCallback writes the one line of a callback. Nothing of a callback that is
// not authentic is in it.
func (c *Checkout) logCallback(ctx context.Context, e Event, route string, o Outcome, status int, took time.Duration, err error) {
	level := slog.LevelInfo
	attrs := []slog.Attr{
		slog.String("route", route), slog.Int("http_status", status), slog.Duration("duration", took),
		slog.String("outcome", o.String()),
	}
	if e.proof != nil {
		attrs = append(attrs, slog.String("order_id", e.OrderID), slog.String("payment_id", e.PaymentID),
			slog.String("status", e.Status.String()), slog.String("key", e.KeyName))
	}
	if err != nil {
		level = slog.LevelWarn
		if status >= http.StatusInternalServerError {
			level = slog.LevelError
		}
		attrs = append(attrs, slog.String("error", err.Error()))
	}
	c.log.LogAttrs(ctx, level, "highhelp: callback", attrs...)
}

package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/go-highhelp/highhelp/sandbox"
	"github.com/go-highhelp/highhelp/signer"
)

// runBody signs the body of a file as it is, and sends it.
func (t *triggering) runBody(c *console) error {
	switch {
	case len(c.args) > 0 || t.statuses != "":
		return usageError{"either a scenario, --status or --body"}
	case t.faults != "":
		return usageError{"--fault goes with a scenario or --status: a body of --body is sent as it is"}
	}
	to, err := parseTarget("to", t.to, *t.remote)
	if err != nil {
		return err
	}
	project, err := t.keys.projectFor(to)
	if err != nil {
		return err
	}
	body, err := c.readFile(t.body)
	if err != nil {
		return err
	}
	if key, ok := project.CallbackSigner.(interface{ Sandbox() bool }); !ok || !key.Sandbox() {
		return errors.New("the key is none of a sandbox: with a real one this program could forge real callbacks")
	}
	report := newTally(c, nil, false)
	for i := range max(t.repeat, 1) {
		d, err := t.post(c.ctx, project.CallbackSigner, body)
		if err != nil {
			return err
		}
		d.ID, d.Try, d.GaveUp = i+1, 1, true
		report.add(d)
	}
	return report.end()
}

// post signs and sends body once. What the shop answers is no error.
func (t *triggering) post(ctx context.Context, key signer.Signer, body []byte) (d sandbox.Delivery, err error) {
	ctx, cancel := context.WithTimeout(ctx, t.timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.to, bytes.NewReader(body))
	if err != nil {
		return d, err
	}
	if req.Header, err = key.Sign(body, time.Now()); err != nil {
		return d, err
	}
	req.Header.Del("X-Access-Token") // for requests only
	req.Header.Set("Content-Type", "application/json")
	d.URL, d.Status = t.to, statusIn(body)
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		d.Err = unwrapURL(err)
		return d, nil
	}
	defer resp.Body.Close()
	d.HTTPStatus = resp.StatusCode
	d.AnswerBody, _ = io.ReadAll(io.LimitReader(resp.Body, 16<<10)) // the code alone counts
	return d, nil
}

// statusIn returns the status that a body tells, for people.
func statusIn(body []byte) (s sandbox.Status) {
	doc, err := signer.Parse(body)
	if err != nil {
		return s
	}
	f, err := doc.Fields(signer.Scheme{})
	if err != nil {
		return s
	}
	return sandbox.Status{Main: f.Status, Sub: f.SubStatus}
}

// unwrapURL drops the method and URL that the client puts before an error: the
// report has them already.
func unwrapURL(err error) error {
	var e *url.Error
	if errors.As(err, &e) {
		return e.Err
	}
	return err
}

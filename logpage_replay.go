package highhelp

import (
	"net/http"
	"net/url"
)

// A logReplay is what a replay, or a dry run of one, has come to.
type logReplay struct {
	Dry      bool
	ID       string // of the one delivery, or ""
	Delivery Delivery
	From, To string // of a range
	Counts   []logCount
	Rows     []Delivery
	More     int // rows that are not shown
	Error    string
}

type logCount struct {
	Outcome Outcome
	Number  int
}

// replayRows is how many deliveries of a range are shown.
const replayRows = 200

// post replays one delivery or a range, dry or not. The journal's rows are
// named by their IDs only: nothing that a browser says becomes an event.
func (l *logPage) post(w http.ResponseWriter, r *http.Request) {
	if err := l.c.origin.Check(r); err != nil {
		l.fail(w, r, errCrossOrigin)
		return
	}
	if !isForm(r) {
		l.fail(w, r, errMedia)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, l.c.cfg.MaxBodyBytes)
	if err := r.ParseForm(); err != nil {
		l.fail(w, r, errBody)
		return
	}
	dry := r.PostForm.Get("confirm") != "yes"
	if id := r.PostForm.Get("delivery"); id != "" {
		l.replayOne(w, r, id, dry)
		return
	}
	l.replayRange(w, r, dry)
}

func (l *logPage) replayOne(w http.ResponseWriter, r *http.Request, id string, dry bool) {
	j, err := l.c.journalOf()
	if err != nil {
		l.fail(w, r, err)
		return
	}
	d, err := j.Delivery(r.Context(), l.c.cfg.ProjectID, id)
	if err == nil && !d.replayable() {
		err = ErrUnverified
	}
	if err != nil {
		l.fail(w, r, storeFailure(err))
		return
	}
	o, err := l.c.Replay(r.Context(), id, dry)
	if err == nil && !dry { // so that loading the page anew repeats nothing
		http.Redirect(w, r, orderHref(d.OrderID), http.StatusSeeOther)
		return
	}
	status, data := http.StatusOK, logReplay{Dry: dry, ID: id, Delivery: d}
	data.Delivery.Outcome = o
	if err != nil {
		status, data.Error = statusOf(err).status, err.Error()
	}
	l.render(w, status, l.view("replay.html", "Replay", data))
}

func (l *logPage) replayRange(w http.ResponseWriter, r *http.Request, dry bool) {
	data := logReplay{Dry: dry, From: r.PostForm.Get("from"), To: r.PostForm.Get("to")}
	times, err := span(data.From, data.To)
	if err != nil { // it must not become a longer time than was meant
		l.fail(w, r, err)
		return
	}
	list, err := l.c.ReplayFailed(r.Context(), times[0], times[1], dry)
	if err != nil && len(list) == 0 {
		l.fail(w, r, err)
		return
	}
	if err != nil {
		l.c.log.WarnContext(r.Context(), "highhelp: replay stopped", "error", err)
		data.Error = "It has stopped early. See the program's log."
	}
	counts := map[Outcome]int{}
	for _, d := range list {
		counts[d.Outcome]++
	}
	for o := Outcome(0); o <= DoublePaid; o++ {
		if counts[o] > 0 {
			data.Counts = append(data.Counts, logCount{o, counts[o]})
		}
	}
	data.Rows = list[:min(len(list), replayRows)]
	data.More = len(list) - len(data.Rows)
	l.render(w, http.StatusOK, l.view("replay.html", "Replay", data))
}

func orderHref(id string) string { return "?" + url.Values{"order": {id}}.Encode() }

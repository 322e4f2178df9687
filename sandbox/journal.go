package sandbox

import (
	"cmp"
	"net/http"
	"slices"
	"sync"
	"time"
)

const (
	maxJournal = 1000     // rows of the delivery log
	maxLogged  = 16 << 10 // bytes of each body in it
)

// A Delivery is one try of one callback: what was sent and what was answered.
type Delivery struct {
	ID        int       // counts from 1
	Time      time.Time // when it began
	ProjectID string
	PaymentID string
	RequestID string
	Status    Status // that it was about
	URL       string
	Try       int     // 1 is the first; 0 for a replay
	ReplayOf  int     // ID of the delivery that this one repeats, or 0
	Faults    []Fault // that spoiled it

	RequestHeader http.Header
	RequestBody   []byte // the first 16 KiB
	Cut           bool   // there was more of it

	// HTTPStatus is the code of the answer, or 0 if none came.
	HTTPStatus   int
	AnswerHeader http.Header
	AnswerBody   []byte // the first 16 KiB
	// Err says why no answer came, or is nil.
	Err error
	// GaveUp reports that this was the last try.
	GaveUp bool
}

// OK reports whether the shop took the callback: any 2xx.
func (d Delivery) OK() bool { return d.HTTPStatus >= 200 && d.HTTPStatus <= 299 }

// A journal keeps the newest deliveries.
type journal struct {
	mu   sync.Mutex
	last int // id
	rows []Delivery

	unbounded bool
}

// find returns the delivery with that ID.
func (j *journal) find(id int) (Delivery, bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	i, ok := slices.BinarySearchFunc(j.rows, id, func(d Delivery, id int) int { return cmp.Compare(d.ID, id) })
	if !ok {
		return Delivery{}, false
	}
	return j.rows[i], true
}

// add gives d its ID and keeps it.
func (j *journal) add(d Delivery) Delivery {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.last++
	d.ID = j.last
	j.append(d)
	return d
}

// restore takes in a delivery of another life.
func (j *journal) restore(d Delivery) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.last = max(j.last, d.ID)
	j.append(d)
}

// append keeps d. j.mu must be held.
func (j *journal) append(d Delivery) {
	if len(j.rows) == maxJournal && !j.unbounded {
		j.rows = slices.Delete(j.rows, 0, 1)
	}
	j.rows = append(j.rows, d)
}

func (j *journal) list() []Delivery {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.rows)
}

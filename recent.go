package highhelp

import (
	"hash/maphash"
	"sync/atomic"
)

// recentEvents are those that this process has taken in lately, or most of
// them: what is forgotten, or was taken in elsewhere, costs time and nothing
// else. The gateway repeats what it has just sent, so that few are enough.
type recentEvents struct {
	seed  maphash.Seed
	slots [1024]atomic.Uint64
}

func (r *recentEvents) slot(e *Event) (*atomic.Uint64, uint64) {
	h := maphash.Comparable(r.seed, [...]string{e.PaymentID, e.Status.Main, e.Status.Sub})
	return &r.slots[h%uint64(len(r.slots))], h
}

func (r *recentEvents) add(e *Event) {
	slot, h := r.slot(e)
	slot.Store(h)
}

func (r *recentEvents) has(e *Event) bool {
	slot, h := r.slot(e)
	return slot.Load() == h
}

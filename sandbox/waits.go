package sandbox

import (
	"math/rand/v2"
	"time"
)

// waits are the pauses before the tries of a callback.
type waits struct {
	schedule []time.Duration
	jitter   float64
}

// before returns the pause before the try of that number, from 1.
func (w *waits) before(try int) time.Duration {
	wait := w.schedule[try-1]
	return wait + time.Duration(rand.Float64()*w.jitter*float64(wait))
}

// over reports whether there is no try after that many.
func (w *waits) over(tries int) bool { return tries >= len(w.schedule) }

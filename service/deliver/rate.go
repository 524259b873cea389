package deliver

import (
	"slices"
	"time"
)

// rate bounds how often something is done within any time of some length.
type rate struct {
	most   int
	within time.Duration
	times  []time.Time // the last ones, at most most
}

// wait is how long the next one has to wait; not above 0: it need not.
func (r *rate) wait(now time.Time) time.Duration {
	if len(r.times) < r.most {
		return 0
	}
	return r.times[0].Add(r.within).Sub(now)
}

// took takes that it is done once more.
func (r *rate) took(now time.Time) {
	if len(r.times) >= r.most {
		r.times = slices.Delete(r.times, 0, 1)
	}
	r.times = append(r.times, now)
}

package send

import (
	"math"
	"time"
)

// pace says when datagrams are due. All times count from the start, so that a late
// wake-up is made up for and nothing drifts.
type pace struct {
	rate float64 // a second; 0: as fast as possible
	n    int     // how many in all
}

// due is how many datagrams should be sent by a time after the start.
func (p pace) due(elapsed time.Duration) int {
	if p.rate == 0 {
		return p.n
	}
	// The little that is added keeps rounding from putting off what is due right now.
	due := math.Floor(elapsed.Seconds()*p.rate+1e-6) + 1
	if due >= float64(p.n) {
		return p.n
	}
	return int(due)
}

// minNap is the shortest sleep: above 1000 datagrams a second they go out in small
// bursts, as a timer for each would cost more than they do.
const minNap = time.Millisecond

// nap is how long to sleep when sent datagrams are out and no more are due.
func (p pace) nap(sent int, elapsed time.Duration) time.Duration {
	at := math.Ceil(float64(sent) / p.rate * float64(time.Second))
	if at >= math.MaxInt64 {
		return math.MaxInt64
	}
	return max(minNap, time.Duration(at)-elapsed)
}

package engine

import (
	"sync"
	"time"

	"linklog/service/health"
)

// stuckAfter is how long the pipeline may stand still with work to do: a slow disk takes
// seconds for a batch.
const stuckAfter = 2 * time.Minute

// steps is how far the pipeline was when it was last looked, and since when.
type steps struct {
	mu           sync.Mutex
	read, stored uint64
	since        time.Time
}

// IsStuck reports whether the pipeline has stood still for a while with work to do, and
// nothing that is known to be wrong explains it. It is to be called now and then.
func (e *Engine) IsStuck() bool { return e.isStuck(time.Now()) }

func (e *Engine) isStuck(now time.Time) bool {
	read := e.reading.Load()
	pending, stored := e.ring.pending(), e.ring.storedSoFar()
	works := pending > 0 || max(read, e.opened) < e.spool.Last()
	explained := e.health.Has(health.HistoryUnwritten, health.SpoolUnwritten)
	s := &e.steps
	s.mu.Lock()
	defer s.mu.Unlock()
	if !works || explained || s.since.IsZero() || read != s.read || stored != s.stored {
		s.read, s.stored, s.since = read, stored, now
	}
	return now.Sub(s.since) > stuckAfter
}

package engine

import (
	"time"

	"linklog/service/health"
	"linklog/service/history"
)

// Trim removes what is older than it may be by a clock that is confirmed, and then
// what is too much.
func (e *Engine) Trim() {
	e.mu.Lock()
	keep := e.keep
	e.mu.Unlock()
	var err error
	if keep.Days > 0 {
		_, err = e.remove("age", e.clock.Confirmed().AddDate(0, 0, -keep.Days), 0)
	}
	if err == nil {
		_, err = e.remove("size", time.Time{}, int64(keep.Size))
	}
	e.health.Check(health.HistoryUntrimmed, err)
}

// Purge removes the files of the history in which all is older than a time.
func (e *Engine) Purge(before time.Time) ([]history.SegmentInfo, error) {
	return e.remove("request", before, 0)
}

// Removed is what was removed from the history since the service started.
type Removed struct {
	Files  int
	Events int64
	Until  time.Time // of the latest event that was removed
	When   time.Time // it was done last; zero: never
	Why    string    // and for what: "age", "size" or "request"
}

// remove removes the oldest files of the history, and says so.
func (e *Engine) remove(why string, before time.Time, maxBytes int64) ([]history.SegmentInfo, error) {
	removed, err := e.history.Trim(before, maxBytes)
	for _, s := range removed {
		e.trimmed.Store(max(e.trimmed.Load(), s.Last))
		e.log.Info("old events removed", "why", why, "file", s.File, "events", s.Rows, "since", s.Since, "until", s.Until)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, s := range removed {
		r := &e.removed
		r.Files++
		r.Events += s.Rows
		r.Until, r.When, r.Why = s.Until, e.clock.Wall().UTC().Round(0), why
	}
	return removed, err
}

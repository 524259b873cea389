package engine

import (
	"time"

	"linklog/capture"
	"linklog/service/alerts"
	"linklog/service/archive"
	"linklog/service/book"
	"linklog/service/book/dns"
	"linklog/service/health"
	"linklog/service/history"
	"linklog/service/spool"
)

// Stats is how things stand. Numbers are of the time since the service started unless
// they say otherwise.
type Stats struct {
	// Counts are of decoded datagrams: Received = Events + Repeats + Other + Rejected.
	Counts    capture.Counts
	Gaps      uint64
	PerMinute uint64 // events of the last 60 seconds

	Spool     int64  // bytes of what was received, for the history or to mend it
	Last      uint64 // Seq of the newest event
	Waiting   int    // events that are not in the history yet
	Segments  []history.SegmentInfo
	Removed   Removed
	Names     dns.Stats
	Hosts     book.Stats
	Learning  time.Time // until then new hosts make no alerts; zero: there is no such period
	NewHosts  int
	LastAlert uint64
	Muted     time.Time // until when; zero: not muted
}

// Stats tells how things stand.
func (e *Engine) Stats() Stats {
	s := Stats{
		Last: e.Last(), Waiting: e.ring.pending(), Segments: e.history.Segments(), Spool: e.spool.Size(),
		Hosts: e.book.Stats(), Learning: e.alerts.LearningUntil(), LastAlert: e.alerts.Last(), Muted: e.alerts.Mute(),
	}
	if e.names != nil {
		s.Names = e.names.Stats()
	}
	var err error
	s.NewHosts, err = e.book.CountNew()
	e.health.Check(health.HostsUnreadable, err)
	e.mu.Lock()
	defer e.mu.Unlock()
	s.Counts, s.Gaps, s.PerMinute, s.Removed = e.counts, e.gapped, e.rate.perMinute(e.clock.Second()), e.removed
	return s
}

// Decoded is the number of datagrams that were decoded, and perMinute that of the last
// 60 seconds.
func (e *Engine) Decoded() (received, perMinute uint64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.counts.Received(), e.rate.perMinute(e.clock.Second())
}

// Hosts is what is known of external hosts and devices. Names of the user's own are
// given through Engine.SetLabel, so that followers hear of them.
func (e *Engine) Hosts() *book.Store { return e.book }

// Alerts is what the user is told.
func (e *Engine) Alerts() *alerts.Alerts { return e.alerts }

// History is what is stored. Names of the user's own are not in it: see Each.
func (e *Engine) History() *history.History { return e.history }

// Imported is what was imported from old logs, apart from the history.
func (e *Engine) Imported() *archive.Archive { return e.archive }

// Spool is where what is received goes.
func (e *Engine) Spool() *spool.Spool { return e.spool }

package service

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"time"

	"linklog/capture"
	"linklog/service/alerts"
	"linklog/service/archive"
	"linklog/service/book"
	"linklog/service/book/dns"
	"linklog/service/history"
)

// Status is how things stand. Numbers are of the time since the service started
// unless they say otherwise.
type Status struct {
	Started time.Time
	Port    uint16 // UDP port of the traps
	Open    bool   // the port is ours: what comes is received

	// Counts are of decoded datagrams: Received = Events + Other + Rejected.
	Counts    capture.Counts
	Gaps      uint64
	PerMinute uint64 // events of the last 60 seconds

	// What did not become an event: dropped by the kernel (Inexact: it does not count
	// ours apart, and Dropped is 0), refused by the rate of a source, not written to
	// the spool. And datagrams of machines that are not taken.
	Dropped, Refused, Unspooled uint64
	Inexact                     bool
	Strange                     uint64

	// Buffer is the sockets' receive buffer in bytes, and Room the number of traps it holds.
	Buffer, Room int

	Routers   []Router   // whose datagrams are taken, the latest first
	Strangers []Stranger // whose are not, the latest first

	// Before are routers that were heard before the service started and not since, the
	// latest first.
	Before []Router

	Spool int64 // bytes of what was received, for the history or to mend it
	Used  int64 // bytes of the data folder

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
	Troubles  []Trouble // by where
}

// Trouble is something that is wrong now.
type Trouble struct {
	Where, Text string
}

// shownSources bounds the lists of a Status.
const shownSources = 64

// Status tells how things stand.
func (e *Engine) Status() Status {
	s := Status{Started: e.startedAt(), Port: e.Port(), Last: e.Last(), Waiting: e.ring.pending(), Unspooled: e.lostSpool.Load()}
	if l := e.listener.Load(); l != nil {
		s.Open = true
		s.Buffer, s.Room = l.Buffer()
	}
	exact := false
	s.Dropped, exact = e.dropped()
	s.Inexact = !exact
	s.Routers, s.Strangers, s.Refused, s.Strange = e.sources.snapshot()
	s.Before = e.routersBefore(s.Routers)
	slices.SortFunc(s.Routers, latestFirst)
	slices.SortFunc(s.Strangers, func(a, b Stranger) int { return b.Last.Compare(a.Last) })
	s.Routers = s.Routers[:min(len(s.Routers), shownSources)]
	s.Segments, s.Spool, s.Used = e.history.Segments(), e.spool.Size(), e.used()
	if e.names != nil {
		s.Names = e.names.Stats()
	}
	s.Hosts, s.Learning, s.LastAlert, s.Muted = e.hosts.Stats(), e.alerts.LearningUntil(), e.alerts.Last(), e.alerts.Mute()
	newHosts, err := e.hosts.CountNew()
	e.trouble("hosts file", err)
	s.NewHosts = newHosts

	e.mu.Lock()
	defer e.mu.Unlock()
	s.Counts, s.Gaps, s.PerMinute = e.counts, e.gaps, e.rate.perMinute(e.clock.second.Load())
	s.Removed = e.removed
	for where, text := range e.troubles {
		s.Troubles = append(s.Troubles, Trouble{where, text})
	}
	slices.SortFunc(s.Troubles, func(a, b Trouble) int { return strings.Compare(a.Where, b.Where) })
	return s
}

// Lost is the number of datagrams that are known to be lost since the start.
func (s *Status) Lost() uint64 { return s.Dropped + s.Refused + s.Unspooled }

// Hosts is what is known of external hosts and devices. Names of the user's own are
// given through Engine.SetLabel, so that followers hear of them.
func (e *Engine) Hosts() *book.Store { return e.hosts }

// Alerts is what the user is told.
func (e *Engine) Alerts() *alerts.Alerts { return e.alerts }

// History is what is stored. Names of the user's own are not in it: see Each.
func (e *Engine) History() *history.History { return e.history }

// Imported is what was imported from old logs, apart from the history.
func (e *Engine) Imported() *archive.Archive { return e.archive }

// EachImported is Each for what was imported.
func (e *Engine) EachImported(ctx context.Context, q history.Query, f func(*capture.Event) error) error {
	cache := make(map[netip.Addr]string)
	return e.archive.Each(ctx, e.labelled(q), func(ev *capture.Event) error {
		e.fillNames(ev, cache)
		return f(ev)
	})
}

// Each calls f with the events of the history that match, with the best names
// that are known, as history.Each does.
func (e *Engine) Each(ctx context.Context, q history.Query, f func(*capture.Event) error) error {
	e.Settle(ctx)
	cache := make(map[netip.Addr]string)
	return e.history.Each(ctx, e.labelled(q), func(ev *capture.Event) error {
		e.fillNames(ev, cache)
		return f(ev)
	})
}

// labelled lets the filter of a query know the user's own names.
func (e *Engine) labelled(q history.Query) history.Query {
	if q.Filter != nil && q.Filter.NeedsNames() {
		q.Labels = e.hosts.Labels()
	}
	return q
}

// Count gives the number of events that Each would call its function with.
func (e *Engine) Count(ctx context.Context, q history.Query) (int64, error) {
	e.Settle(ctx)
	return e.history.Count(ctx, e.labelled(q))
}

// CountImported is Count for what was imported.
func (e *Engine) CountImported(ctx context.Context, q history.Query) (int64, error) {
	return e.archive.Count(ctx, e.labelled(q))
}

// Group counts the events of the history that match, as history.Group does.
func (e *Engine) Group(ctx context.Context, q history.Query, g history.Grouping) (history.Groups, error) {
	e.Settle(ctx)
	return e.history.Group(ctx, e.labelled(q), g)
}

// settleWithin bounds how long a reader of the history waits for the newest events.
const settleWithin = time.Second

// Settle waits a moment until what was received before the call is in the history,
// which takes it in batches, so that whoever asks finds what he has just seen.
func (e *Engine) Settle(ctx context.Context) {
	last := e.Last()
	for deadline := time.Now().Add(settleWithin); e.history.LastSeq() < last && e.ring.pending() > 0 && time.Now().Before(deadline); {
		select {
		case <-time.After(5 * time.Millisecond):
		case <-ctx.Done():
			return
		}
	}
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
		r.Until, r.When, r.Why = s.Until, e.clock.wall().UTC().Round(0), why
	}
	return removed, err
}

// Alive tells that the engine still works: it takes every lock for a moment. It
// does not return if one of them is never released.
func (e *Engine) Alive() bool {
	e.Last()
	e.Summary()
	return true
}

// Package gap keeps what was lost as records of the spool, so that each loss becomes an
// event in its place among the others.
package gap

import (
	"encoding/json"
	"log/slog"
	"net/netip"
	"slices"
	"sync"
	"time"

	"linklog/capture"
	"linklog/service/health"
	"linklog/service/spool"
)

// Gap is what the spool keeps of a loss, as JSON: the record's time is its end.
type Gap struct {
	Since time.Time `json:"since"`
	Lost  uint64    `json:"lost,omitempty"` // datagrams at least; 0: nobody knows
	Text  string    `json:"text"`           // see capture.GapText

	// Of is the Seq of the record that shows it, and Router who sent that, where one does.
	Of     uint64     `json:"of,omitempty"`
	Router netip.Addr `json:"router,omitzero"`
}

// record makes a gap that ends now a record of the spool.
func (g Gap) record(now time.Time) (spool.Record, error) {
	if g.Since.After(now.Round(0)) {
		g.Since = now // the clock was set back meanwhile
	}
	g.Since = g.Since.Round(0)
	data, err := json.Marshal(g)
	return spool.Record{Kind: spool.Gap, Time: now.UTC().Round(0), Data: data}, err
}

// Read reads a gap from its record. One that cannot be read is still a gap.
func Read(r *spool.Record, ev *capture.Event) {
	*ev = capture.Event{Seq: r.Seq, Time: r.Time, Kind: capture.Gap, Text: capture.GapText(capture.GapUnknown)}
	var g Gap
	if json.Unmarshal(r.Data, &g) == nil {
		ev.Since, ev.Lost, ev.Text = g.Since.UTC(), g.Lost, capture.Clean(g.Text)
	}
}

// Of is the Seq of the record that shows a gap, of which this is the record, and who sent that.
func Of(r *spool.Record) (seq uint64, router netip.Addr) {
	var g Gap
	if json.Unmarshal(r.Data, &g) != nil {
		return 0, router
	}
	return g.Of, g.Router
}

// Log records gaps. Its methods may be called from any goroutine.
type Log struct {
	now    func() time.Time
	health *health.Health
	log    *slog.Logger

	mu        sync.Mutex
	spool     *spool.Spool // nil: it is not open yet
	unwritten []Gap        // that found no room in the spool
}

// maxUnwritten bounds the gaps that wait for room in the spool.
const maxUnwritten = 64

// NewLog returns a Log, which keeps what it is told until Begin. now is the computer's
// clock.
func NewLog(now func() time.Time, h *health.Health, log *slog.Logger) *Log {
	return &Log{now: now, health: h, log: log}
}

// Begin records gaps in a spool from now on.
func (l *Log) Begin(s *spool.Spool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.spool = s
	l.write()
}

// Add records a gap. One that finds no room is kept for Retry.
func (l *Log) Add(g Gap) {
	l.log.Warn("a gap", "why", capture.InWords(g.Text), "lost", g.Lost, "since", g.Since)
	l.mu.Lock()
	defer l.mu.Unlock()
	same := slices.IndexFunc(l.unwritten, func(w Gap) bool { return w.Text == g.Text })
	switch {
	case same >= 0:
		l.unwritten[same].Lost += g.Lost
	case len(l.unwritten) < maxUnwritten:
		l.unwritten = append(l.unwritten, g)
	default:
		l.log.Error("a gap could not be recorded", "why", capture.InWords(g.Text), "lost", g.Lost)
	}
	l.write()
}

// write writes the gaps that wait, as far as there is room; mu is held.
func (l *Log) write() {
	for l.spool != nil && len(l.unwritten) > 0 {
		record, err := l.unwritten[0].record(l.now())
		if err == nil {
			_, err = l.spool.Append([]spool.Record{record})
		}
		if err != nil {
			l.health.Check(health.SpoolUnwritten, err)
			return
		}
		l.unwritten = l.unwritten[1:]
	}
}

// Retry records what found no room before, if the spool could not be written. Then there
// is room again.
func (l *Log) Retry() {
	if !l.health.Has(health.SpoolUnwritten) {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.write()
	if len(l.unwritten) == 0 {
		l.health.Over(health.SpoolUnwritten, "")
	}
}

package engine

import (
	"context"
	"sync"

	"linklog/service/flows"
	"linklog/service/health"
	"linklog/service/history"
	"linklog/service/spool"
)

// laters are reports of connections that last, for events that were made of them before: they wait
// until these are stored.
type laters struct {
	mu   sync.Mutex
	list []history.Later // in the order of Seq
}

// maxLaters bounds them, while the history cannot be written: of more, the newest count nothing.
const maxLaters = 1 << 16

// add takes a record of the spool.
func (l *laters) add(r *spool.Record) {
	x, ok := flows.ReadLater(r)
	l.mu.Lock()
	defer l.mu.Unlock()
	if ok && len(l.list) < maxLaters {
		l.list = append(l.list, history.Later{Seq: x.Seq, Of: x.Of, Src: x.Out, Dst: x.Back})
	}
}

// storeLater adds what was reported later to events, all of which are stored up to a Seq. It returns up
// to where that is so of the reports, too.
func (e *Engine) storeLater(done uint64) uint64 {
	l := &e.later
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for n < len(l.list) && l.list[n].Of <= done {
		n++
	}
	if n == 0 {
		return done
	}
	err := e.history.AddLater(context.Background(), l.list[:n])
	e.health.Check(health.HistoryUnwritten, err)
	if err != nil {
		return min(done, l.list[0].Seq-1)
	}
	if l.list = l.list[n:]; len(l.list) == 0 {
		l.list = nil
	}
	return done
}

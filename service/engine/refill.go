package engine

import (
	"context"
	"time"

	"linklog/capture"
	"linklog/filter"
	"linklog/service/gap"
	"linklog/service/history"
	"linklog/service/spool"
)

// maxHoles bounds the holes that wait to be filled.
const maxHoles = 64

// refill fills holes in the history from the spool, until ctx ends.
func (e *Engine) refill(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case hole := <-e.holes:
			e.tellLost(hole.First, hole.Last)
			n, err := e.fill(ctx, hole)
			if err != nil && ctx.Err() == nil {
				e.log.Error("the events of a history file could not be restored", "first", hole.First, "last", hole.Last, "error", err)
				e.gaps.Add(lostEvents(hole.First, hole.Last))
			} else if n > 0 {
				e.log.Info("the events of a history file were restored", "first", hole.First, "last", hole.Last, "events", n)
			}
		}
	}
}

// tellLost tells, once and for all, which events of a hole are beyond the spool.
func (e *Engine) tellLost(first, last uint64) {
	if last = min(last, e.spool.First()-1); first > last {
		return
	}
	if told, err := e.isTold(first, last); err != nil || !told {
		e.gaps.Add(lostEvents(first, last))
	}
}

// isTold reports whether there is a gap already that says so.
func (e *Engine) isTold(first, last uint64) (told bool, err error) {
	q := history.Query{Filter: filter.OfKind(capture.Gap), WithoutNames: true}
	err = e.history.Each(context.Background(), q, func(ev *capture.Event) error {
		code, values, _ := capture.ReadGap(ev.Text)
		told = told || code == capture.GapEventsLost && values["First"] == first && values["Last"] == last
		return nil
	})
	return told, err
}

// fill stores again what the spool has of a hole, and counts it.
func (e *Engine) fill(ctx context.Context, hole history.Hole) (stored int, err error) {
	first := max(hole.First, e.spool.First())
	if first > min(hole.Last, e.spool.Last()) {
		return 0, nil
	}
	reader, err := e.spool.Reader(first)
	if err != nil {
		return 0, err
	}
	defer reader.Close()
	d := e.newDecoding()
	records := make([]spool.Record, 256)
	events := make([]capture.Event, len(records))
	for {
		n, err := reader.Next(ctx, records)
		if err != nil {
			return stored, err
		}
		within := 0
		for within < n && records[within].Seq <= hole.Last {
			within++
		}
		kept := 0
		for i := range records[:within] {
			if d.read(&records[i], &events[kept], new(capture.Counts)) {
				e.book.Observe(&events[kept])
				kept++
			}
		}
		if kept > 0 {
			if err := e.history.Append(ctx, events[:kept]); err != nil {
				return stored, err
			}
			stored += kept
		}
		if within < n || records[within-1].Seq >= min(hole.Last, e.spool.Last()) {
			return stored, nil
		}
	}
}

// lostEvents is a gap that says which events are no longer there. Not all of the
// numbers need have been given.
func lostEvents(first, last uint64) gap.Gap {
	return gap.Gap{Since: time.Now(), Text: capture.GapText(capture.GapEventsLost, "First", first, "Last", last)}
}

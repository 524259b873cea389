package engine

import (
	"context"
	"errors"
	"time"

	"linklog/capture"
	"linklog/filter"
	"linklog/service/book"
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
			n, rest, err := e.fill(ctx, hole)
			if err != nil && ctx.Err() == nil {
				e.log.Error("the events of a history file could not be restored", "first", rest, "last", hole.Last, "error", err)
				e.tellOnce(rest, hole.Last)
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
	e.tellOnce(first, last)
}

// tellOnce tells that events are lost, unless that was told.
func (e *Engine) tellOnce(first, last uint64) {
	if told, err := e.isTold(first, last); err != nil || !told {
		e.gaps.Add(lostEvents(first, last))
	}
}

// errFound ends a query.
var errFound = errors.New("found")

// isTold reports whether there is a gap already that says so.
func (e *Engine) isTold(first, last uint64) (told bool, err error) {
	q := history.Query{Filter: filter.OfKind(capture.Gap), WithoutNames: true}
	err = e.history.Each(context.Background(), q, func(ev *capture.Event) error {
		code, values, _ := capture.ReadGap(ev.Text)
		if code == capture.GapEventsLost && values["First"] == first && values["Last"] == last {
			return errFound
		}
		return nil
	})
	if errors.Is(err, errFound) {
		return true, nil
	}
	return false, err
}

// fill stores again what the spool has of a hole, counts that, and tells what it does not
// have. After an error rest is the first that may be missing still.
func (e *Engine) fill(ctx context.Context, hole history.Hole) (stored int, rest uint64, err error) {
	rest = hole.First
	reader, err := e.reread(rest, rest)
	if err != nil {
		return 0, rest, err
	}
	defer reader.Close()
	e.tellLost(hole.First, hole.Last)
	last := min(hole.Last, e.spool.Last())
	d := e.newDecoding()
	records := make([]spool.Record, 256)
	events := make([]capture.Event, len(records))
	then := e.book.Then()
	late := book.NewLate(then.Again)
	keep := func(events []capture.Event) error {
		if len(events) == 0 {
			return nil
		}
		if err := e.history.Append(ctx, events); err != nil {
			return err
		}
		stored += len(events)
		rest = max(rest, events[len(events)-1].Seq+1)
		return nil
	}
	for reader.Seq() <= last {
		n, err := reader.Next(ctx, records)
		missing, is := missingIn(err)
		switch {
		case err == nil, is && missing.To < rest: // of what comes before
		case is:
			e.tellOnce(max(missing.From, rest), min(missing.To, last))
		default:
			return stored, rest, err
		}
		kept := 0
		for i := range records[:n] {
			if records[i].Kind == spool.Erased {
				continue
			}
			// What comes before is read for what it says of those in the hole.
			ev := &events[kept]
			is := d.read(&records[i], ev, new(capture.Counts))
			if ev.Kind != capture.Gap {
				if s, found := d.Sighting(ev); found && e.trust.believes(&s) {
					then.Sight(&s)
				}
			}
			if is && ev.Kind == capture.Traffic && e.isPrivate(ev, false) != nil {
				continue // not to be recorded now, whatever was then
			}
			if is {
				then.Observe(ev)
			}
			if is && hole.First <= records[i].Seq && records[i].Seq <= last {
				e.book.Observe(ev) // whether it was new
				then.Observe(ev)   // the device is called as it was then, as far as that is known
				kept++
			}
		}
		if n > 0 {
			if err := keep(late.Pass(events[:kept], records[n-1].Time)); err != nil {
				return stored, rest, err
			}
		}
		if late.Oldest() == nil {
			rest = max(rest, reader.Seq())
		}
	}
	if err := keep(late.All()); err != nil {
		return stored, rest, err
	}
	return stored, max(rest, reader.Seq()), nil
}

// lostEvents is a gap that says which events are no longer there. Not all of the
// numbers need have been given.
func lostEvents(first, last uint64) gap.Gap {
	return gap.Gap{Since: time.Now(), Text: capture.GapText(capture.GapEventsLost, "First", first, "Last", last)}
}

package engine

import (
	"context"
	"time"

	"linklog/capture"
	"linklog/service/clock"
	"linklog/service/gap"
	"linklog/service/health"
	"linklog/service/history"
)

const (
	aDay = 24 * time.Hour

	// clockMarks is how far the clock must have been ahead for its events to be marked.
	clockMarks = aDay
)

// startClock begins with what is known of the time when the service ran last: by its
// file, or else, as an earlier LinkLog leaves it, by its last sign of life or the last
// event that is stored.
func (e *Engine) startClock() {
	newest := e.Newest()
	seen := newest
	if !e.o.Alive.IsZero() {
		seen = e.o.Alive
	}
	if err := e.clock.Begin(seen, newest, e.history.LastSeq()); err != nil {
		e.log.Warn("the state of the clock cannot be read", "error", err)
	}
}

// LookAtClock finds out what became of the clock, and mends what it left when it was
// ahead. It is to be called every second.
func (e *Engine) LookAtClock() {
	change := e.clock.Look(e.Received())
	if change.Calm.Abs() > clock.Forgives {
		e.log.Warn("this computer's clock is trusted from now on", "days ahead of before", days(change.Calm))
		if err := e.alerts.Shift(change.Calm); err != nil {
			e.log.Error("what lasts could not be set", "error", err)
		}
	}
	if change.Mend || e.health.Has(health.HostsInFuture) {
		e.health.Check(health.HostsInFuture, e.book.NotAfter(e.clock.Calm()))
	}
	if change.Back > clockMarks {
		e.markAhead(change)
	}
	e.mu.Lock()
	keep := e.keep.Days
	e.mu.Unlock()
	e.clock.Tell(e.health, keep)
}

func days(d time.Duration) int { return int(d.Round(aDay) / aDay) }

// markAhead tells, among the events, which of them have times of a clock that was
// ahead. They stay as they are: what is written is not rewritten.
func (e *Engine) markAhead(c clock.Change) {
	ctx := context.Background()
	e.Settle(ctx)
	// By the right clock, or later: the service may not have run all the time.
	began := e.clock.Calm().Add(-c.Step.Held)
	q := history.Query{After: c.Step.From - 1, Since: began.Add(c.Step.By / 2), Limit: 1, WithoutNames: true}
	var ends [2]uint64
	for i := range ends {
		q.OldestFirst = i == 0
		err := e.history.Each(ctx, q, func(ev *capture.Event) error {
			ends[i] = ev.Seq
			return nil
		})
		if err != nil || ends[i] == 0 {
			return // nothing came meanwhile, or the file is told about elsewhere
		}
	}
	text := capture.GapText(capture.GapClock, "Days", days(c.Back), "First", ends[0], "Last", ends[1])
	if ends[0] == ends[1] {
		text = capture.GapText(capture.GapClockOne, "Days", days(c.Back), "First", ends[0])
	}
	e.gaps.Add(gap.Gap{Since: began, Text: text})
}

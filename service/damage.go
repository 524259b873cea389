package service

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"time"

	"linklog/capture"
	"linklog/capture/decode"
	"linklog/filter"
	"linklog/service/history"
	"linklog/service/spool"
	"linklog/service/sqlite"
)

// What is wrong with a file is told in two ways: as a trouble of the status, until
// the next start, and, where events are lost with it, as a gap among the events.

// damaged takes a file of the history that was set aside while it was in use. It
// must not wait: the history holds its locks.
func (e *Engine) damaged(d history.Damage) {
	e.tellDamage("history file ", d)
	if d.First == 0 {
		return // no events
	}
	select {
	case e.holes <- history.Hole{First: d.First, Last: d.Last}:
	default:
		e.appendGap(lostEvents(d.First, d.Last))
	}
}

// damagedImport is damaged for what was imported, which nobody else has.
func (e *Engine) damagedImport(d history.Damage) { e.tellDamage("imported file ", d) }

func (e *Engine) tellDamage(what string, d history.Damage) {
	why := "damaged and set aside"
	if !errors.Is(d.Err, sqlite.ErrDamaged) {
		why = "not usable and set aside"
	}
	e.log.Error("a file of the history was set aside", "file", d.File, "first", d.First, "last", d.Last, "why", why, "error", d.Err)
	e.trouble(what+d.File, fmt.Errorf("%s: %w", why, d.Err))
}

// tellUnused tells of files that are left alone, or cannot be written.
func (e *Engine) tellUnused(what string, r history.Report) {
	for _, u := range r.Refused {
		e.trouble(what+u.File, fmt.Errorf("not used until this is fixed and the service restarted: %w", u.Err))
	}
	for _, u := range r.Fixed {
		e.trouble(what+u.File, fmt.Errorf(stillRead+": %w", u.Err))
	}
}

// stillRead begins the trouble of a file that is only not written.
const stillRead = "it is read, but not written"

// Hides reports whether a trouble is of a file whose events are not shown, though they are
// there, or were.
func Hides(where, text string) bool {
	isFile := strings.HasPrefix(where, "history file ") || strings.HasPrefix(where, "imported file ") || where == "imported events"
	return isFile && !strings.HasPrefix(text, stillRead)
}

// lostEvents is a gap that says which events are no longer there. Not all of the
// numbers need have been given.
func lostEvents(first, last uint64) gap {
	return gap{Since: time.Now(), Text: fmt.Sprintf("%s: a file of the history was damaged or is missing", eventsLost(first, last))}
}

func eventsLost(first, last uint64) string {
	return fmt.Sprintf("events %d to %d are lost", first, last)
}

// tellReports tells what was found when the files were opened.
func (e *Engine) tellReports(s spool.Report) {
	report := e.history.Report()
	for _, d := range report.Damaged {
		e.tellDamage("history file ", d)
		if d.First > 0 { // the rest comes from the spool: see from
			last := d.Last
			if last == 0 {
				last = math.MaxUint64
			}
			e.tellLost(d.First, last)
		}
	}
	for _, d := range e.archive.Report().Damaged {
		e.tellDamage("imported file ", d)
	}
	e.tellUnused("history file ", report)
	e.tellUnused("imported file ", e.archive.Report())
	for _, hole := range report.Missing {
		if len(e.holes) < cap(e.holes) {
			e.holes <- hole
		}
	}
	switch r := e.hosts.Report(); {
	case r.SetAside != "":
		e.trouble("hosts file "+filepath.Base(r.SetAside), fmt.Errorf("the file was damaged and set aside as %s: %w", r.SetAside, r.Err))
	case r.Created && (e.history.LastSeq() > 0 || e.spool.First() > 1):
		e.trouble("hosts file state.db", errors.New("it was missing or empty, though there is a history: the names you gave, what you ignore "+
			"and which hosts are known begin anew, but for what the spool still tells"))
	}
	e.tellSpool(s)
}

// tellSpool tells what is lost with the spool. What its readers find, decode tells.
func (e *Engine) tellSpool(s spool.Report) {
	if s.Cut > 0 || len(s.Lost) > 0 || len(s.SetAside) > len(s.Unusable) {
		e.log.Warn("the spool was damaged", "cut", s.Cut, "lost", s.Lost, "set aside", s.SetAside)
	}
	for _, u := range s.Unusable {
		e.trouble("spool file "+u.File, u.Err)
	}
	stored := e.history.LastSeq()
	if stored == 0 && e.history.Blind() {
		return // what came before is in a file that cannot be read, as far as anybody knows
	}
	if stored == 0 {
		e.tellLost(1, math.MaxUint64) // the history, if there was one, began with 1
		return
	}
	var gone *spool.GoneError
	reader, err := e.spool.Reader(stored + 1)
	switch {
	case err == nil:
		_ = reader.Close() // it has read nothing
	case errors.As(err, &gone) && s.Files > 0:
		e.appendGap(lostReceived(gone))
		return
	case errors.As(err, &gone): // how many there were, nobody knows
		e.appendGap(gap{Since: time.Now(), Text: fmt.Sprintf("the spool was damaged or is missing, and with it what was received as %d and later, if it was not stored yet", gone.From)})
		return
	}
	switch {
	case s.New:
		e.appendGap(gap{Since: time.Now(), Text: fmt.Sprintf("the spool is missing, and with it what was received as %d and later, if it was not stored yet", stored+1)})
	case s.CutKept > 0:
		e.appendGap(gap{Since: time.Now(), Text: "the end of the spool was damaged, as by a loss of power: some of what was received last may be lost"})
	}
}

func lostReceived(g *spool.GoneError) gap {
	return gap{Since: time.Now(), Text: fmt.Sprintf("the spool no longer had what was received as %d to %d", g.From, g.To)}
}

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
				e.log.Error("what a file of the history had could not be stored again", "first", hole.First, "last", hole.Last, "error", err)
				e.appendGap(lostEvents(hole.First, hole.Last))
			} else if n > 0 {
				e.log.Info("what a file of the history had is stored again", "first", hole.First, "last", hole.Last, "events", n)
			}
		}
	}
}

// tellLost tells, once and for all, which events of a hole are beyond the spool.
func (e *Engine) tellLost(first, last uint64) {
	if last = min(last, e.spool.First()-1); first > last {
		return
	}
	var told int64
	f := filter.Filter{Text: eventsLost(first, last)}
	matcher, err := f.Compile(nil)
	if err == nil {
		told, err = e.history.Count(context.Background(), history.Query{Filter: matcher, Limit: 1})
	}
	if err != nil || told == 0 {
		e.appendGap(lostEvents(first, last))
	}
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
	decoder := new(decode.Decoder)
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
		for i := range records[:within] {
			e.event(decoder, &records[i], &events[i])
		}
		if within > 0 {
			if err := e.history.Append(ctx, events[:within]); err != nil {
				return stored, err
			}
			stored += within
		}
		if within < n || events[within-1].Seq >= min(hole.Last, e.spool.Last()) {
			return stored, nil
		}
	}
}

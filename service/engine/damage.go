package engine

import (
	"cmp"
	"errors"
	"math"
	"path/filepath"
	"slices"
	"time"

	"linklog/capture"
	"linklog/service/gap"
	"linklog/service/health"
	"linklog/service/history"
	"linklog/service/spool"
	"linklog/service/sqlite"
)

// What is wrong with a file is told in two ways: as a trouble of the status, until
// the next start, and, where events are lost with it, as a gap among the events.

// damaged takes a file of the history that was set aside while it was in use. It
// must not wait: the history holds its locks.
func (e *Engine) damaged(d history.Damage) {
	e.tellDamage(health.HistoryFileDamaged, health.HistoryFileUnusable, d)
	if d.First == 0 {
		return // no events
	}
	select {
	case e.holes <- history.Hole{First: d.First, Last: d.Last}:
	default:
		e.gaps.Add(lostEvents(d.First, d.Last))
	}
}

// damagedImport is damaged for what was imported, which nobody else has.
func (e *Engine) damagedImport(d history.Damage) {
	e.tellDamage(health.ImportFileDamaged, health.ImportFileUnusable, d)
}

func (e *Engine) tellDamage(damaged, unusable health.Code, d history.Damage) {
	code := damaged
	if !errors.Is(d.Err, sqlite.ErrDamaged) {
		code = unusable
	}
	e.log.Error("a file of the history was set aside", "file", d.File, "first", d.First, "last", d.Last, "why", code, "error", d.Err)
	e.tellFile(code, d.File, d.Err)
}

// tellFiles tells of files that are left alone, or cannot be written.
func (e *Engine) tellFiles(unused, fixed health.Code, r history.Report) {
	for _, u := range r.Refused {
		e.tellFile(unused, u.File, u.Err)
	}
	for _, u := range r.Fixed {
		e.tellFile(fixed, u.File, u.Err)
	}
}

func (e *Engine) tellFile(code health.Code, file string, err error) {
	e.health.Report(health.New(code, file, "Error", err))
}

// tellReports tells what was found when the files were opened.
func (e *Engine) tellReports(s spool.Report) {
	report := e.history.Report()
	for _, d := range report.Damaged {
		e.tellDamage(health.HistoryFileDamaged, health.HistoryFileUnusable, d)
		if d.First > 0 { // the rest comes from the spool: see from
			last := d.Last
			if last == 0 {
				last = math.MaxUint64
			}
			e.tellLost(d.First, last)
		}
	}
	for _, d := range e.archive.Report().Damaged {
		e.tellDamage(health.ImportFileDamaged, health.ImportFileUnusable, d)
	}
	e.tellFiles(health.HistoryFileUnused, health.HistoryFileFixed, report)
	e.tellFiles(health.ImportFileUnused, health.ImportFileFixed, e.archive.Report())
	for _, hole := range report.Missing {
		if len(e.holes) < cap(e.holes) {
			e.holes <- hole
		}
	}
	switch r := e.book.Report(); {
	case r.SetAside != "":
		e.health.Report(health.New(health.HostsFileDamaged, filepath.Base(r.SetAside), "File", r.SetAside, "Error", r.Err))
	case r.Created && (e.history.LastSeq() > 0 || e.spool.First() > 1):
		e.health.Report(health.New(health.HostsFileMissing, "state.db"))
	}
	e.tellSpool(s)
}

// tellSpool tells what is lost with the spool. What its readers find, decode tells.
func (e *Engine) tellSpool(s spool.Report) {
	lost, more := s.LostEnd(e.opened)
	switch {
	case lost > 0 || more || len(s.Lost) > 0 || len(s.SetAside) > len(s.Unusable):
		e.log.Warn("the spool was damaged", "cut", s.Cut, "messages cut", lost, "lost", s.Lost, "set aside", s.SetAside)
	case s.Cut > 0:
		e.log.Info("the end of the spool, in which nothing was that is lost, was cut off", "bytes", s.Cut)
	}
	for _, u := range s.Unusable {
		e.tellFile(health.SpoolFileUnusable, u.File, u.Err)
	}
	if all := e.tellBegin(s); !all && (lost > 0 || more) {
		e.gaps.Add(gap.Gap{Since: time.Now(), Lost: lost, Text: capture.GapText(capture.GapSpoolCut)})
	}
}

// tellBegin tells what is missing between the history and the spool; all is true if it is
// all that came after what the history has.
func (e *Engine) tellBegin(s spool.Report) (all bool) {
	stored := e.history.LastSeq()
	if stored == 0 {
		first := uint64(1) // the history, if there was one, began with it
		if len(e.history.Segments()) > 0 {
			first += s.GivenUp // all of it was forgotten
		}
		if !e.history.Blind() { // else it is in a file that cannot be read, as far as anybody knows
			e.tellLost(first, math.MaxUint64)
		}
		return false
	}
	var gone *spool.GoneError
	reader, err := e.spool.Reader(stored + 1)
	switch {
	case err == nil:
		_ = reader.Close() // it has read nothing
	case errors.As(err, &gone) && gone.To <= s.GivenUp: // as something was forgotten: it was stored, or only counted
		return false
	case errors.As(err, &gone) && s.Files > 0:
		e.gaps.Add(lostReceived(gone.Range))
		return false
	case errors.As(err, &gone): // how many there were, nobody knows
		e.gaps.Add(gap.Gap{Since: time.Now(), Text: capture.GapText(capture.GapSpoolLost, "From", gone.From)})
		return true
	}
	if s.New {
		e.gaps.Add(gap.Gap{Since: time.Now(), Text: capture.GapText(capture.GapSpoolMissing, "From", stored+1)})
	}
	return s.New
}

// lacks is how many of some records the history does not have: those behind its last event,
// and in files of it that are damaged.
func (e *Engine) lacks(r spool.Range) (n uint64) {
	last := e.history.LastSeq()
	holes := []spool.Range{{From: last + 1, To: math.MaxUint64}}
	for _, d := range e.history.Report().Damaged {
		if to := min(d.Last, last); d.First > 0 && d.First <= to {
			holes = append(holes, spool.Range{From: d.First, To: to})
		}
	}
	slices.SortFunc(holes, func(a, b spool.Range) int { return cmp.Compare(a.From, b.From) })
	for _, hole := range holes { // two files side by side have the same hole
		if from, to := max(r.From, hole.From), min(r.To, hole.To); from <= to {
			n += to - from + 1
			r.From = to + 1
		}
	}
	return n
}

func lostReceived(r spool.Range) gap.Gap {
	return gap.Gap{Since: time.Now(), Text: capture.GapText(capture.GapSpoolGone, "First", r.From, "Last", r.To)}
}

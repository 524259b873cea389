package history

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"linklog/capture"
	"linklog/service/datafile"
	"linklog/service/sqlite"
)

// Append stores events. They must have a Seq, and should be in its order; an
// event whose Seq is stored already is not stored again, so that a caller who
// does not know what he stored before a crash sends it once more.
//
// One call is one transaction, or two if a segment ends in between; it waits for
// the disk, so up to a thousand events, or what arrives in a tenth of a second,
// should go into one, and more of them in one when the caller is late. On an error
// the events of the last transaction are not stored, those before are; the same
// call can be made again. ErrFull says that there was no room for them.
func (h *History) Append(ctx context.Context, events []capture.Event) error {
	for i := range events {
		if events[i].Seq == 0 || events[i].Seq > maxSeq {
			return fmt.Errorf("append to history: event without a sequence number from 1 to %d", uint64(maxSeq))
		}
	}
	h.appending.Lock()
	defer h.appending.Unlock()
	for len(events) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		if h.ctx.Err() != nil {
			return ErrClosed
		}
		seg, n, err := h.place(events)
		if err != nil {
			return fmt.Errorf("append to history: %w", err)
		}
		if seg == nil {
			events = events[n:] // they are in a file that is not used, as far as anybody knows
			continue
		}
		err = h.insert(seg, events[:n])
		if errors.Is(err, sqlite.ErrDamaged) {
			// The file is of no use for writing any more. What it lost is reported;
			// new events go on in a new one.
			if err = h.setAside(seg, err); err != nil {
				return fmt.Errorf("append to history: %w", err)
			}
			continue
		}
		if err != nil {
			return fmt.Errorf("append to history: %w", err)
		}
		events = events[n:]
	}
	return nil
}

// maxSeq is what SQLite's keys can hold.
const maxSeq = 1<<63 - 1

// place finds the segment of the first event and how many of the following go
// with it. The caller holds appending.
func (h *History) place(events []capture.Event) (*segment, int, error) {
	segments := h.list()
	e := &events[0]
	if len(segments) == 0 {
		seg, err := h.create(max(h.spent()+1, h.oldest), e)
		if err == nil && h.oldest == 0 {
			err = h.setOldest(seg.number, 0)
		}
		return seg, h.fitting(seg, e.Seq, events), err
	}
	live := segments[len(segments)-1]
	before := uint64(0) // the last Seq of the segments before
	if n := len(segments); n > 1 {
		before = segments[n-2].stats.last
	}
	from := live.stats.first
	if live.stats.rows == 0 {
		from = e.Seq
	}
	switch {
	case e.Seq <= before || e.Seq < from:
		return h.placeOld(segments, events)
	case e.Seq > live.stats.last && (h.isSealed(live) || h.spent() > live.number || h.fitting(live, e.Seq, events[:1]) == 0 || sqlite.Bytes(live.path) >= h.o.SegmentBytes):
		seg, err := h.create(max(live.number, h.spent())+1, e)
		h.nudge() // the one before can be sealed
		return seg, h.fitting(seg, e.Seq, events), err
	}
	return live, h.fitting(live, from, events), nil
}

// fitting gives the number of events, from the first, that go into the live
// segment together: those it has already, and new ones until it is full or a new
// month begins.
func (h *History) fitting(seg *segment, from uint64, events []capture.Event) int {
	if seg == nil {
		return 0
	}
	room := h.o.SegmentRows - seg.stats.rows
	latest := h.o.Latest()
	for i := range events {
		e := &events[i]
		if e.Seq < from {
			return i
		}
		if e.Seq <= seg.stats.last {
			continue
		}
		if room--; room < 0 || !h.o.AnyTime && (i > 0 || seg.stats.rows > 0) && nextSegment(seg.month, e.Time) && !e.Time.After(latest) {
			return i
		}
	}
	return len(events)
}

// placeOld finds the place of events that belong before the live segment: they
// are there already as a rule, or fill the hole that a damaged file left.
func (h *History) placeOld(segments []*segment, events []capture.Event) (*segment, int, error) {
	seq := events[0].Seq
	i := 0 // the first segment that begins after seq
	for segments[i].stats.rows > 0 && segments[i].stats.first <= seq {
		i++
	}
	next := segments[i]
	run := 1
	for run < len(events) && events[run].Seq > events[run-1].Seq && (next.stats.first == 0 || events[run].Seq < next.stats.first) {
		run++
	}
	before := 0
	if i > 0 {
		before = segments[i-1].number
		if inside := segments[i-1]; seq <= inside.stats.last || next.number == before+1 {
			for end := inside.stats.last; seq <= end && run > 1 && events[run-1].Seq > end; {
				run--
			}
			return inside, run, nil
		}
	}
	if next.number > before+1 && slices.Contains(h.refused, next.number-1) {
		return nil, run, nil
	}
	if next.number > before+1 {
		// The file that was here is gone: another takes its place.
		seg, err := h.create(next.number-1, &events[0])
		return seg, run, err
	}
	return next, run, nil
}

// create begins a new segment. The caller holds appending.
func (h *History) create(number int, first *capture.Event) (*segment, error) {
	month := monthOf(time.Unix(0, min(nanoseconds(first.Time), nanoseconds(h.o.Latest())))) // a year of four digits in any case
	seg := &segment{path: filepath.Join(h.dir, fileName(month, number)), number: number, month: month, stats: emptyStats()}
	w, err := openWriter(seg.path, true, sqlite.Usual, &h.o)
	if err != nil {
		return nil, err
	}
	if err = w.begin(number, h.o.now()); err == nil {
		err = datafile.SyncFolder(h.dir)
	}
	if err != nil {
		w.close()
		_ = sqlite.Remove(seg.path) // it holds nothing; Open copes with it, too
		return nil, err
	}
	seg.w = w
	h.add(seg)
	return seg, nil
}

// begin writes the one row of segment.
func (w *writer) begin(number int, now time.Time) error {
	return w.c.Exec("INSERT OR IGNORE INTO segment (id, number, created) VALUES (1, ?, ?)", int64(number), now.UnixNano())
}

// writer gives the segment's writer, opening it if need be. The caller holds
// seg.mu.
func (seg *segment) writer(o *Options) (*writer, error) {
	if seg.w == nil {
		w, err := openWriter(seg.path, false, seg.how, o)
		if err != nil {
			return nil, err
		}
		seg.w = w
	}
	return seg.w, nil
}

func (seg *segment) closeWriter() error {
	seg.mu.Lock()
	defer seg.mu.Unlock()
	if seg.w == nil {
		return nil
	}
	err := seg.w.close()
	seg.w = nil
	return err
}

// insert stores events in a segment. The caller holds appending.
func (h *History) insert(seg *segment, events []capture.Event) error {
	if seg.fixed != nil {
		// Those that have their place here are here as a rule, and nothing can be done
		// for others.
		h.o.Log.Warn("events are not stored again in a file that cannot be written", "file", seg.path, "first", events[0].Seq, "events", len(events))
		return nil
	}
	seg.mu.Lock()
	defer seg.mu.Unlock()
	w, err := seg.writer(&h.o)
	if err != nil {
		return err
	}
	now := seg.stats // only written under appending
	low := events[0].Seq
	for i := range events {
		seg.shortTo = min(seg.shortTo, nanoseconds(events[i].Time))
		low = min(low, events[i].Seq)
		now.add(events[i].Seq, nanoseconds(events[i].Time))
	}
	added, late := int64(0), false
	err = w.transaction(func() (err error) {
		if added, err = w.insert(events); err != nil {
			return err
		}
		late = added > 0 && (low <= seg.stats.last || seg.complete)
		if late {
			return w.outdate(low, now.last)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if late {
		seg.edits++
		seg.covered, seg.short = 0, false
		seg.edited = time.Now()
	}
	if added == 0 {
		return nil // all replayed
	}
	block := seg.stats.last >> blockBits
	now.rows += added
	h.mu.Lock()
	seg.stats = now
	if late {
		seg.sealed = false
	}
	h.last = max(h.last, now.last)
	h.mu.Unlock()
	if late || now.last>>blockBits != block {
		h.nudge()
	}
	if seg.how != sqlite.Usual {
		h.meet(seg)
	}
	return nil
}

// meetAll opens as others can open them, too, the files that were opened alone for want
// of room, and tells whether there is still none.
func (h *History) meetAll() (again bool) {
	n := h.names
	n.mu.Lock()
	if n.c != nil && n.how != sqlite.Usual {
		n.meet()
	}
	again = n.how != sqlite.Usual
	n.mu.Unlock()
	h.appending.Lock()
	defer h.appending.Unlock()
	for _, seg := range h.list() {
		seg.mu.Lock()
		if seg.fixed == nil && seg.how != sqlite.Usual {
			h.meet(seg)
			again = again || seg.how != sqlite.Usual
		}
		seg.mu.Unlock()
	}
	return again
}

// meet opens a segment as others can open it, too, now that there is room. The caller
// holds appending and seg.mu.
func (h *History) meet(seg *segment) {
	h.closeReaders(seg, false)
	defer h.openReaders(seg)
	if seg.w != nil {
		_ = seg.w.close() // what was written is written
	}
	seg.w = nil
	opened := func(how sqlite.Mode) {
		h.mu.Lock()
		defer h.mu.Unlock()
		seg.how = how
	}
	opened(sqlite.Usual)
	if _, err := seg.writer(&h.o); err != nil {
		opened(sqlite.Alone)
	}
}

// outdate drops the blocks of rows from low to high, for some were added there.
func (w *writer) outdate(low, high uint64) error {
	first, last := int64(low>>blockBits), int64(high>>blockBits)
	if err := w.c.Exec("DELETE FROM blocks WHERE block BETWEEN ? AND ?", first, last); err != nil {
		return err
	}
	if err := w.c.Exec("DELETE FROM columns WHERE id BETWEEN ? AND ?", columnID(first, 0), columnID(last+1, 0)-1); err != nil {
		return err
	}
	return w.c.Exec("UPDATE segment SET sealed = 0")
}

func (h *History) isSealed(seg *segment) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return seg.sealed
}

// nudge wakes the background worker.
func (h *History) nudge() {
	select {
	case h.wake <- struct{}{}:
	default:
	}
}

package archive

import (
	"cmp"
	"container/heap"
	"context"
	"fmt"
	"iter"
	"math"
	"slices"
	"sync/atomic"
	"time"

	"linklog/capture"
	"linklog/service/history"
)

// IndexQuery says which events an index is of.
type IndexQuery struct {
	history.Query // Limit and Second mean nothing; After and Before are Seqs of received events

	Received *history.History // nil: only what was imported
	Imported bool             // also what was imported
	Cut      *Cut             // only the side of it that the order goes to; nil: all
	Every    int              // matches between marks, at least 1

	Progress *Progress // not nil
}

// Progress is how far an Index is. It may be read while it goes on.
type Progress struct {
	Found        atomic.Int64  // events that match
	Searched, Of atomic.Int64  // events that were searched, or need not be, and all
	Last         atomic.Uint64 // the highest Seq of what was received when it began
}

// Mark is a place among the matches.
type Mark struct {
	Count int64     // matches before it
	Cut   Cut       // the next matches are on its other side
	Time  time.Time // of the match before it, to the second
}

// Index finds the matches among what was received and what was imported, in the order in
// which Merge has them, and calls f at the beginning and at each Every-th: from its Cut on a page can be read at
// once, in both directions. It returns where it ended. It takes constant memory, and reads no
// rows but where two logs have events of the same second.
func (a *Archive) Index(ctx context.Context, q IndexQuery, f func(Mark) error) (Mark, error) {
	ix := indexer{ctx: ctx, newest: !q.OldestFirst, every: int64(q.Every), progress: q.Progress, f: f}
	defer ix.stop()
	live, imported := q.Query, q.Query
	live.Limit, live.Second, live.Plans = 0, nil, nil
	imported.Limit, imported.Second, imported.Plans, imported.After, imported.Before = 0, nil, new(history.Plans), 0, 0
	ix.mark.Cut = first(live, 0)
	if h := q.Received; h != nil {
		stored := h.LastSeq()
		ix.progress.Last.Store(stored)
		ix.mark.Cut = first(live, stored)
		if live = q.Cut.Received(live); live.Before == 0 || live.Before > stored {
			live.Before = stored + 1
		}
		if rows, start, end := h.Extent(live); rows > 0 {
			ix.progress.Of.Add(rows)
			ix.add(&stream{h: h, live: true, start: start, end: end, read: ix.blocks(h, live)})
		}
	}
	if q.Cut != nil {
		ix.mark.Cut = *q.Cut
	}
	if h := a.there(); h != nil && q.Imported {
		parts, err := a.parts(ctx, h, imported)
		if err != nil {
			return ix.mark, fmt.Errorf("imported events: %w", err)
		}
		rows, _, _ := h.Extent(imported)
		ix.progress.Of.Add(rows)
		if parts = q.Cut.imported(parts, q.OldestFirst); depth(parts) > maxStreams {
			m := newMerger(ctx, h, imported, parts)
			start, end := slices.MinFunc(parts, func(a, b part) int { return a.start.Compare(b.start) }), slices.MaxFunc(parts, func(a, b part) int { return a.end.Compare(b.end) })
			ix.add(&stream{h: h, start: start.start, end: end.end, read: rowsOf(m)})
			parts = nil
		}
		for _, p := range parts {
			ix.add(&stream{h: h, start: p.start, end: p.end, read: ix.blocks(h, p.q)})
		}
	}
	err := f(ix.mark)
	if err == nil {
		err = ix.run()
	}
	if err == nil {
		ix.progress.Searched.Store(ix.progress.Of.Load())
		err = ix.place()
	}
	return ix.mark, err
}

// maxStreams runs are searched at a time, with the columns of a block each. Where more
// overlap, their rows are read, which takes longer, and less memory.
const maxStreams = 32

// chunk is what a stream has at once.
type chunk struct {
	history.Matches
	times []time.Time // of the events from at on; nil: not known yet
	at    int
}

// stream gives matches in its order.
type stream struct {
	h          *history.History
	live       bool
	start, end time.Time // there are none outside of these
	read       func(yield func(*chunk) bool) error

	next func() (*chunk, bool)
	stop func()
	err  error // set when it has ended
	*chunk
	pos int // the next of chunk
}

// indexer merges streams.
type indexer struct {
	ctx      context.Context
	newest   bool
	every    int64
	progress *Progress
	f        func(Mark) error

	waiting []*stream // not begun
	active  []*stream // a heap by their next match
	err     error     // of a comparison

	mark     Mark
	imported lastImported
	edge     int64 // the second that received matches came to: the lowest, or the highest if the oldest come first
	edged    bool
}

// lastImported is the last imported match.
type lastImported struct {
	h    *history.History
	seq  uint64
	time time.Time // zero: not known yet
}

func (ix *indexer) add(s *stream) { ix.waiting = append(ix.waiting, s) }

func (ix *indexer) stop() {
	for _, s := range append(ix.waiting, ix.active...) {
		if s.stop != nil {
			s.stop()
		}
	}
}

// blocks reads the matches of a query by blocks.
func (ix *indexer) blocks(h *history.History, q history.Query) func(yield func(*chunk) bool) error {
	return func(yield func(*chunk) bool) error {
		return h.EachMatch(ix.ctx, q, func(rows int64) { ix.progress.Searched.Add(rows) }, func(m *history.Matches) error {
			if !yield(&chunk{Matches: *m}) {
				return errStopped
			}
			return nil
		})
	}
}

// rowsOf reads the matches of a merger.
func rowsOf(m *merger) func(yield func(*chunk) bool) error {
	return func(yield func(*chunk) bool) error {
		var c chunk
		err := m.run(func(e *capture.Event) error {
			c.Seqs, c.Seconds, c.times = append(c.Seqs, e.Seq), append(c.Seconds, e.Time.Unix()), append(c.times, e.Time)
			if len(c.Seqs) < firstPage {
				return nil
			}
			if !yield(&c) {
				return errStopped
			}
			c = chunk{Matches: history.Matches{Seqs: c.Seqs[:0], Seconds: c.Seconds[:0]}, times: c.times[:0]}
			return nil
		})
		if err == nil && len(c.Seqs) > 0 {
			yield(&c)
		}
		return err
	}
}

func (ix *indexer) run() error {
	slices.SortStableFunc(ix.waiting, func(a, b *stream) int {
		if ix.newest {
			return b.end.Compare(a.end)
		}
		return a.start.Compare(b.start)
	})
	for {
		for len(ix.waiting) > 0 && (len(ix.active) == 0 || !ix.before(ix.active[0].second(), ix.waiting[0].edge(ix.newest))) {
			s := ix.waiting[0]
			ix.waiting = ix.waiting[1:]
			s.next, s.stop = iter.Pull(func(yield func(*chunk) bool) { s.err = s.read(yield) })
			if more, err := s.fill(); err != nil {
				return err
			} else if more {
				heap.Push(ix, s)
			}
		}
		if len(ix.active) == 0 {
			return cmp.Or(ix.err, ix.ctx.Err())
		}
		s := ix.active[0]
		if err := ix.take(s, ix.reach(s)); err != nil {
			return err
		}
		more, err := true, error(nil)
		if s.pos == len(s.Seqs) {
			if more, err = s.fill(); err != nil {
				return err
			}
		}
		if more {
			heap.Fix(ix, 0)
		} else {
			heap.Pop(ix)
		}
		if ix.err != nil {
			return ix.err
		}
	}
}

// second is the time of the next match.
func (s *stream) second() int64 { return s.Seconds[s.pos] }

// edge is the second before which, in the order, a stream has nothing.
func (s *stream) edge(newest bool) int64 {
	if newest {
		return s.end.Unix()
	}
	return s.start.Unix()
}

// fill goes to the next chunk; false: there is none.
func (s *stream) fill() (more bool, err error) {
	if s.chunk, more = s.next(); !more {
		return false, s.err
	}
	s.pos = 0
	return true, nil
}

// before reports whether one second comes before another.
func (ix *indexer) before(a, b int64) bool { return a < b != ix.newest && a != b }

// reach is how many matches of the first stream come before all others: at least one.
func (ix *indexer) reach(s *stream) int {
	rest := s.Seconds[s.pos:]
	bound, some := int64(0), false
	for _, other := range ix.active[1:min(3, len(ix.active))] { // one of them is the second
		if t := other.second(); !some || ix.before(t, bound) {
			bound, some = t, true
		}
	}
	if len(ix.waiting) > 0 {
		if t := ix.waiting[0].edge(ix.newest); !some || ix.before(t, bound) {
			bound, some = t, true
		}
	}
	if !some {
		return len(rest)
	}
	n := 1
	for n < len(rest) && ix.before(rest[n], bound) {
		n++
	}
	return n
}

// take counts the next n matches of a stream.
func (ix *indexer) take(s *stream, n int) error {
	for n > 0 {
		step := int(min(int64(n), ix.every-ix.mark.Count%ix.every))
		n -= step
		s.pos += step
		ix.mark.Count += int64(step)
		last := s.pos - 1
		ix.mark.Time = time.Unix(s.Seconds[last], 0).UTC()
		switch {
		case !s.live:
			ix.imported = lastImported{h: s.h, seq: s.Seqs[last]}
			if i := last - s.at; i >= 0 && i < len(s.times) {
				ix.imported.time = s.times[i]
			}
		case ix.newest:
			ix.mark.Cut.Live = s.Seqs[last]
			ix.received(slices.Min(s.Seconds[last+1-step : s.pos]))
		default:
			ix.mark.Cut.Live = s.Seqs[last] + 1
			ix.received(slices.Max(s.Seconds[last+1-step : s.pos]))
		}
		ix.progress.Found.Store(ix.mark.Count)
		if ix.mark.Count%ix.every == 0 {
			if err := ix.place(); err != nil {
				return err
			}
			if err := ix.f(ix.mark); err != nil {
				return err
			}
		}
	}
	return nil
}

// received notes how far received matches came.
func (ix *indexer) received(second int64) {
	if !ix.edged || ix.before(ix.edge, second) {
		ix.edge, ix.edged = second, true
	}
}

// place puts into the cut how far it came with what was imported: to the last match, or to
// what was received beside it, so that also what is imported later falls on its side.
func (ix *indexer) place() error {
	im, cut := &ix.imported, &ix.mark.Cut
	if im.seq != 0 {
		if im.time.IsZero() {
			times, err := im.h.Times(ix.ctx, []uint64{im.seq})
			if err != nil {
				return err
			}
			if im.time = times[0]; im.time.IsZero() { // it was removed this moment
				im.time = ix.mark.Time
			}
		}
		cut.Time, cut.Seq = im.time.UnixNano(), im.seq
		if !ix.newest {
			cut.Seq++
		}
	}
	// All that was imported is on the same side of the whole second: nothing was passed over.
	if at := ix.edge; ix.edged && ix.newest && at < math.MaxInt64/int64(time.Second) && (at+1)*1e9 < cut.Time {
		cut.Time, cut.Seq = (at+1)*1e9, 0
	} else if ix.edged && !ix.newest && at*1e9 > cut.Time {
		cut.Time, cut.Seq = at*1e9, 0
	}
	return nil
}

// time is that of the next match of a stream.
func (ix *indexer) time(s *stream) time.Time {
	if i := s.pos - s.at; s.times == nil || i < 0 || i >= len(s.times) {
		n := 1
		for n < firstPage && s.pos+n < len(s.Seconds) && s.Seconds[s.pos+n] == s.Seconds[s.pos] {
			n++
		}
		times, err := s.h.Times(ix.ctx, s.Seqs[s.pos:s.pos+n])
		ix.err = cmp.Or(ix.err, err)
		s.times, s.at = times, s.pos
	}
	t := s.times[s.pos-s.at]
	if t.IsZero() {
		t = time.Unix(s.second(), 0)
	}
	return t
}

// Len and the following are for package heap.
func (ix *indexer) Len() int { return len(ix.active) }

func (ix *indexer) Less(i, j int) bool {
	a, b := ix.active[i], ix.active[j]
	if ix.newest {
		a, b = b, a
	}
	if x, y := a.second(), b.second(); x != y {
		return x < y
	}
	if order := ix.time(a).Compare(ix.time(b)); order != 0 {
		return order < 0
	}
	if a.live != b.live {
		return a.live
	}
	return a.Seqs[a.pos] < b.Seqs[b.pos]
}

func (ix *indexer) Swap(i, j int) { ix.active[i], ix.active[j] = ix.active[j], ix.active[i] }

func (ix *indexer) Push(s any) { ix.active = append(ix.active, s.(*stream)) }

func (ix *indexer) Pop() any {
	n := len(ix.active) - 1
	s := ix.active[n]
	ix.active[n] = nil
	ix.active = ix.active[:n]
	s.stop()
	return s
}

package history

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"linklog/service/sqlite"
)

// Range is one of Seqs, with both ends.
type Range struct{ First, Last uint64 }

// Remove removes the events with the Seqs of some ranges, and returns how many those were.
// Each file is one transaction: after a crash, or beside an error, some files are
// without them and the others as they were, and the same call removes the rest.
func (h *History) Remove(ctx context.Context, ranges []Range) (removed int64, err error) {
	for _, seg := range h.list() {
		inside := h.inside(seg, ranges)
		if len(inside) == 0 {
			continue
		}
		if err := ctx.Err(); err != nil {
			return removed, err
		}
		n, scrubbed, err := h.removeFrom(seg, inside)
		removed += n
		if err != nil {
			return removed, fmt.Errorf("remove from history: %w", err)
		}
		if scrubbed != nil { // what is stored here later takes the room
			h.o.Log.Warn("a file of the history stays as large as it was", "file", seg.path, "error", scrubbed)
		}
	}
	h.nudge()
	return removed, nil
}

// inside are those of some ranges that a segment may have events of, or volumes of events.
func (h *History) inside(seg *segment, ranges []Range) (inside []Range) {
	h.mu.Lock()
	st, earlier := seg.stats, seg.earlier
	h.mu.Unlock()
	for _, r := range ranges {
		if st.rows > 0 && r.First <= st.last && r.Last >= st.first || slices.ContainsFunc(earlier, func(seq uint64) bool { return r.First <= seq && seq <= r.Last }) {
			inside = append(inside, r)
		}
	}
	return inside
}

// removeFrom is Remove for one segment. What was only in these events, addresses and names
// too, is in no byte of the file afterwards, unless scrubbed says why: there may be no room for
// a copy of the file.
func (h *History) removeFrom(seg *segment, ranges []Range) (removed int64, scrubbed, err error) {
	if seg.fixed != nil {
		return 0, nil, seg.fixed
	}
	seg.mu.Lock()
	changed := false
	changed, scrubbed, err = h.rewrite(seg, func(w *writer, st stats) (err error) {
		removed, err = w.remove(ranges, st.last)
		return err
	})
	seg.mu.Unlock()
	if !changed {
		return removed, scrubbed, err
	}
	// In this order, as whoever stores events does: they may go on while a large file is rewritten.
	h.appending.Lock()
	defer h.appending.Unlock()
	if !slices.Contains(h.list(), seg) {
		return removed, scrubbed, err // removed or set aside meanwhile
	}
	return removed, scrubbed, errors.Join(err, h.recount(seg), h.carry())
}

// rewrite changes a segment within a transaction, so that what was taken out is in no byte of the
// file, unless scrubbed says why. Its blocks are built again. The caller holds seg.mu.
func (h *History) rewrite(seg *segment, change func(*writer, stats) error) (changed bool, scrubbed, err error) {
	h.closeReaders(seg, false)
	defer h.openReaders(seg)
	h.mu.Lock()
	gone, st := seg.gone, seg.stats
	h.mu.Unlock()
	if gone {
		return false, nil, nil
	}
	h.plans.forget()
	w, err := seg.writer(&h.o)
	if err != nil {
		return false, nil, err
	}
	if err := w.overwrite(); err != nil {
		return false, nil, err
	}
	err = w.transaction(func() error { return change(w, st) })
	if err != nil {
		return false, nil, err
	}
	scrubbed = scrub(w.c)
	err = w.close() // what it remembers of hosts and texts may be gone
	seg.w = nil
	seg.edits++
	seg.covered, seg.complete, seg.edited = 0, false, time.Now()
	return true, scrubbed, err
}

// overwrite lets what is deleted be overwritten, also where there is no room for a copy without it.
func (w *writer) overwrite() error {
	return w.c.Each(func(sqlite.Row) error { return nil }, "PRAGMA secure_delete = ON")
}

// scrub lets nothing that was removed stay in a file, nor in its log: deleted earlier, by a build
// that did not overwrite it, it may be in room that is free.
func scrub(c *sqlite.Conn) error {
	if err := c.Exec("VACUUM"); err != nil {
		return err
	}
	busy := int64(0)
	err := c.Each(func(row sqlite.Row) error {
		busy = row.Int(0)
		return nil
	}, "PRAGMA wal_checkpoint(TRUNCATE)")
	if err == nil && busy != 0 {
		err = sqlite.ErrOpen
	}
	return err
}

// remove removes events within a transaction, and what nothing else needs.
func (w *writer) remove(ranges []Range, last uint64) (removed int64, err error) {
	remove, err := w.c.Prepare("DELETE FROM log WHERE seq BETWEEN ? AND ?")
	if err != nil {
		return 0, err
	}
	defer remove.Close()
	volumes, err := w.c.Prepare("DELETE FROM volumes WHERE seq BETWEEN ? AND ?")
	if err != nil {
		return 0, err
	}
	defer volumes.Close()
	outdated := int64(-1) // the last block that was dropped
	for _, r := range ranges {
		low, high := r.First, min(r.Last, max(last, r.First))
		n, err := remove.Exec(int64(low), int64(high))
		if removed += n; err != nil {
			return 0, err
		}
		if _, err := volumes.Exec(int64(low), int64(high)); err != nil {
			return 0, err
		}
		first, end := int64(low>>blockBits), int64(high>>blockBits)
		if first == outdated && end == outdated {
			continue
		}
		if err := w.outdate(low, high); err != nil {
			return 0, err
		}
		outdated = end
	}
	for _, orphans := range [...]string{
		"DELETE FROM gaps WHERE seq NOT IN (SELECT seq FROM log)",
		"DELETE FROM texts WHERE id NOT IN (SELECT text FROM log WHERE text IS NOT NULL)",
		"DELETE FROM shapes WHERE id NOT IN (SELECT shape FROM log)",
		// The ids of hosts have no gaps.
		"DELETE FROM hosts WHERE NOT EXISTS (SELECT 1 FROM log)",
		"UPDATE hosts SET hash = 0, addr = '', name = '' WHERE (addr <> '' OR name <> '')" +
			" AND id NOT IN (SELECT src FROM log WHERE src IS NOT NULL) AND id NOT IN (SELECT dst FROM log WHERE dst IS NOT NULL)",
		"DELETE FROM packs", // they are made again
		"DELETE FROM columns WHERE id < 0",
	} {
		if err := w.c.Exec(orphans); err != nil {
			return 0, err
		}
	}
	return removed, nil
}

// recount reads anew what a segment holds, after some of it was removed. Its blocks are
// built again. The caller holds appending.
func (h *History) recount(seg *segment) error {
	r, err := openReader(seg)
	if err != nil {
		return err
	}
	defer r.close()
	now, err := inspect(r)
	if err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	seg.stats, seg.sealed = now, false
	return nil
}

// CountRanges gives the number of events with the Seqs of some ranges.
func (h *History) CountRanges(ctx context.Context, ranges []Range) (n int64, err error) {
	for _, r := range ranges {
		q := Query{After: r.First - 1, Before: min(r.Last, math.MaxUint64-1) + 1}
		m, err := h.Count(ctx, q)
		if n += m; err != nil {
			return n, err
		}
	}
	return n, nil
}

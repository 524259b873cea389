package history

import (
	"context"
	"fmt"
	"math"
	"time"
)

// Range is one of Seqs, with both ends.
type Range struct{ First, Last uint64 }

// Remove removes the events with the Seqs of some ranges, and returns how many those were.
// Each file is one transaction: after a crash, or beside an error, some files are
// without them and the others as they were, and the same call removes the rest. Addresses
// stay in the dictionary of a file as long as it has any event.
func (h *History) Remove(ctx context.Context, ranges []Range) (removed int64, err error) {
	h.appending.Lock()
	defer h.appending.Unlock()
	for _, seg := range h.list() {
		var inside []Range
		for _, r := range ranges {
			if seg.stats.rows > 0 && r.First <= seg.stats.last && r.Last >= seg.stats.first {
				inside = append(inside, r)
			}
		}
		if len(inside) == 0 {
			continue
		}
		if err := ctx.Err(); err != nil {
			return removed, err
		}
		n, err := h.removeFrom(seg, inside)
		removed += n
		if err != nil {
			return removed, fmt.Errorf("remove from history: %w", err)
		}
	}
	h.nudge()
	return removed, nil
}

// removeFrom is Remove for one segment. The caller holds appending.
func (h *History) removeFrom(seg *segment, ranges []Range) (removed int64, err error) {
	if seg.fixed != nil {
		return 0, seg.fixed
	}
	seg.mu.Lock()
	defer seg.mu.Unlock()
	h.closeReaders(seg, false)
	defer h.openReaders(seg)
	h.plans.forget()
	w, err := seg.writer(&h.o)
	if err != nil {
		return 0, err
	}
	err = w.transaction(func() error {
		remove, err := w.c.Prepare("DELETE FROM log WHERE seq BETWEEN ? AND ?")
		if err != nil {
			return err
		}
		defer remove.Close()
		for _, r := range ranges {
			low, high := max(r.First, seg.stats.first), min(r.Last, seg.stats.last)
			n, err := remove.Exec(int64(low), int64(high))
			if removed += n; err != nil {
				return err
			}
			if err := w.outdate(low, high); err != nil {
				return err
			}
		}
		for _, orphans := range [...]string{
			"DELETE FROM gaps WHERE seq NOT IN (SELECT seq FROM log)",
			"DELETE FROM texts WHERE id NOT IN (SELECT text FROM log WHERE text IS NOT NULL)",
			// The ids of hosts have no gaps.
			"DELETE FROM hosts WHERE NOT EXISTS (SELECT 1 FROM log)",
			"DELETE FROM packs WHERE NOT EXISTS (SELECT 1 FROM log)",
		} {
			if err := w.c.Exec(orphans); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	// The room is given back if there is enough for a copy just now; if not, what is
	// stored here later takes it.
	if err := w.c.Exec("VACUUM"); err != nil {
		h.o.Log.Warn("a file of the history stays as large as it was", "file", seg.path, "error", err)
	}
	err = w.close() // what it remembers of hosts and texts may be gone
	seg.w = nil
	if err != nil {
		return removed, err
	}
	seg.edits++
	seg.covered, seg.complete, seg.edited = 0, false, time.Now()
	return removed, h.recount(seg)
}

// recount reads anew what a segment holds, after some of it was removed. Its blocks are
// built again.
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

package history

import (
	"context"
	"math/bits"
	"slices"
	"time"
)

// Matches are events of one block that match a query, in its order, by their numbers: what
// can be known of them without their rows.
type Matches struct {
	Seqs    []uint64
	Seconds []int64 // since 1970, of the time of each
}

// EachMatch calls f with the events that Each would call its function with, whatever the
// limit, a block at a time. What it gets is valid during the call only. searched, if not nil,
// is called with the number of events that were looked at or passed over, often and from
// the same goroutine; of all, it is told Rows.
func (h *History) EachMatch(ctx context.Context, q Query, searched func(rows int64), f func(*Matches) error) error {
	s, err := h.search(ctx, q)
	if err != nil {
		return err
	}
	s.searched = searched
	var found Matches
	return s.segments(func(seg *segment) error {
		return s.scan(seg, func(r *reader, b *block, m *bitmap) error {
			seconds, err := s.column(r, b, fieldSecond)
			if err != nil {
				return err
			}
			found.Seqs, found.Seconds = found.Seqs[:0], found.Seconds[:0]
			from := floorSecond(b.start)
			for i, w := range m {
				for ; w != 0; w &= w - 1 {
					slot := i<<6 + bits.TrailingZeros64(w)
					found.Seqs = append(found.Seqs, b.base+uint64(slot))
					found.Seconds = append(found.Seconds, from+int64(seconds[slot]))
				}
			}
			if !s.q.OldestFirst {
				slices.Reverse(found.Seqs)
				slices.Reverse(found.Seconds)
			}
			return nil
		}, func() error {
			if err := f(&found); err != nil {
				return callerError{err}
			}
			return nil
		})
	})
}

// Extent gives the number of events in the files that may have some for the bounds of a
// query, and the times of the earliest and latest in them.
func (h *History) Extent(q Query) (rows int64, start, end time.Time) {
	s := h.bounds(context.Background(), q)
	h.mu.Lock()
	defer h.mu.Unlock()
	all := emptyStats()
	for _, seg := range h.segments {
		if st := seg.stats; s.within(&st) {
			rows += st.rows
			all.start, all.end = min(all.start, st.start), max(all.end, st.end)
		}
	}
	if rows == 0 {
		return 0, time.Time{}, time.Time{}
	}
	return rows, time.Unix(0, all.start).UTC(), time.Unix(0, all.end).UTC()
}

// Times gives the times of events by their Seqs, which are in either order. Of those that
// were removed it is zero.
func (h *History) Times(ctx context.Context, seqs []uint64) ([]time.Time, error) {
	times := make([]time.Time, len(seqs))
	if len(seqs) == 0 {
		return times, nil
	}
	q := Query{After: min(seqs[0], seqs[len(seqs)-1]) - 1, Before: max(seqs[0], seqs[len(seqs)-1]) + 1, OldestFirst: seqs[0] < seqs[len(seqs)-1]}
	s := h.bounds(ctx, q)
	rest, at := seqs, 0
	return times, s.segments(func(seg *segment) error {
		h.mu.Lock()
		st := seg.stats
		h.mu.Unlock()
		n := 0
		for n < len(rest) && st.first <= rest[n] && rest[n] <= st.last {
			n++
		}
		now := rest[:n]
		rest = rest[n:]
		defer func() { at += n }()
		return h.read(seg, func(r *reader) error { return r.times(now, times[at:at+n]) })
	})
}

package history

import (
	"errors"
	"fmt"
	"math"
	"time"

	"linklog/service/sqlite"
)

// Trim removes the oldest files, as long as all they hold is from before a time, and
// as long as the history takes more than maxBytes; zero: no such limit. A file goes as a
// whole, and the one that is being written never: the history can be longer by a file,
// and larger than maxBytes by one. It returns what was removed, also beside an error.
//
// What is removed is gone: the caller must be sure of the time. Damaged files that
// were set aside do not count and stay.
func (h *History) Trim(before time.Time, maxBytes int64) (removed []SegmentInfo, err error) {
	h.appending.Lock()
	defer h.appending.Unlock()
	infos := h.Segments()
	if len(infos) == 0 {
		return nil, nil
	}
	total := int64(0)
	if before.IsZero() || maxBytes > 0 { // else the bound stays as it is
		total = h.names.bound(maxBytes)
	}
	for _, info := range infos {
		total += info.Bytes
	}
	segments := h.list()
	latest := h.o.Latest()
	for i, seg := range segments[:len(segments)-1] {
		info := infos[i]
		old := false
		if !before.IsZero() {
			if info.Until.After(latest) || Unset(info.Until) && info.Rows > 0 {
				if info.Until, err = h.until(segments[i:], latest); err != nil {
					return removed, fmt.Errorf("trim history: %w", err)
				}
			}
			old = info.Until.Before(before)
		}
		if large := maxBytes > 0 && total > maxBytes; !info.Sealed || !old && !large {
			break
		}
		// Before, so that nothing in between makes it look lost; after, where a full
		// disk has room only then.
		begin := func() error { return h.setOldest(segments[i+1].number, max(h.before, info.Last)) }
		noted := begin()
		h.remove(seg)
		if err = seg.closeWriter(); err == nil {
			err = sqlite.Remove(seg.path)
		}
		if err == nil && noted != nil {
			err = begin()
		}
		if err != nil {
			return removed, fmt.Errorf("trim history: %w", err)
		}
		total -= info.Bytes
		removed = append(removed, info)
	}
	if len(removed) > 0 {
		// Names of addresses that appear in no event any more.
		since := latest
		for _, info := range infos[len(removed):] {
			if info.Rows > 0 && info.Since.Before(since) {
				since = info.Since
			}
		}
		if since.Equal(latest) {
			return removed, nil // what is left does not say
		}
		if err := h.names.forgetBefore(since); err != nil {
			return removed, fmt.Errorf("trim history: %w", err)
		}
	}
	return removed, nil
}

// until is the time of the latest event in the first of some segments that is not from
// a later time than there can be, nor from a clock that nobody had set. If there is none,
// those in the segments behind it came later.
func (h *History) until(segments []*segment, latest time.Time) (time.Time, error) {
	low, high := int64(firstSet*time.Second), nanoseconds(latest)
	for _, seg := range segments {
		until, found := int64(math.MinInt64), false
		err := h.read(seg, func(r *reader) error {
			blocks, err := r.blocks()
			if err != nil {
				return err
			}
			for _, w := range windows(blocks, 0, math.MaxInt64) {
				if w.block != nil && w.block.end >= low && w.block.end <= high {
					until, found = max(until, w.block.end), true
					continue
				}
				err := r.each("SELECT max(time) FROM log WHERE seq BETWEEN ? AND ? AND time BETWEEN ? AND ?", func(row sqlite.Row) error {
					if row[0] != nil {
						until, found = max(until, row.Int(0)), true
					}
					return nil
				}, int64(w.low), int64(w.high), low, high)
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil || found {
			return time.Unix(0, until).UTC(), err
		}
	}
	return latest, nil
}

// setOldest notes with which file the history begins, and the highest Seq before
// it, and waits for the disk. The caller holds appending.
func (h *History) setOldest(number int, before uint64) error {
	n := h.names
	n.mu.Lock()
	defer n.mu.Unlock()
	err := n.try(func() error {
		if err := n.c.Exec("PRAGMA synchronous = FULL"); err != nil {
			return err
		}
		err := n.c.Exec("INSERT OR REPLACE INTO oldest (id, number, before) VALUES (1, ?, ?)", int64(number), int64(before))
		return errors.Join(err, n.c.Exec("PRAGMA synchronous = NORMAL"))
	})
	if err != nil {
		return fmt.Errorf("note the oldest file of the history: %w", err)
	}
	h.mu.Lock()
	h.oldest, h.before = number, before
	h.mu.Unlock()
	return nil
}

// findOldest reads what setOldest noted. If nothing is known, as with a folder of
// an older version or when names.db was lost, the files there are begin the history.
func (h *History) findOldest(files []segmentFile) error {
	n := h.names
	n.mu.Lock()
	err := n.try(func() error {
		return n.c.Each(func(row sqlite.Row) error {
			h.oldest, h.before = int(row.Int(0)), uint64(row.Int(1))
			return nil
		}, "SELECT number, before FROM oldest")
	})
	n.mu.Unlock()
	if err != nil || h.oldest > 0 || len(files) == 0 {
		return err
	}
	before := uint64(0)
	if first := files[0].number; first > 1 && len(h.segments) > 0 && h.segments[0].number == first {
		before = max(h.segments[0].stats.first, 1) - 1
	}
	if err = h.setOldest(files[0].number, before); errors.Is(err, sqlite.ErrFull) {
		return nil // the next time
	}
	return err
}
